"""`yufang cases attribute`, `attribution-train`, `report`: causes and chains of narratives, long reports as cases."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from yufang.commands.errors import UserError

if TYPE_CHECKING:
    from yufang.cases.attribution import Attribution
    from yufang.cases.reports import StructuredCase

app = typer.Typer(no_args_is_help=True, help="归因：原因、事件、伤害 / Attribution: cause, event, injury.")

_COLOURS = {"cause": "yellow", "event": "cyan", "injury": "red", "damage": "magenta"}
_KINDS_ZH = {"cause": "原因", "event": "事件", "injury": "伤害", "damage": "损失"}
_FACTORS_ZH = {"human": "人", "machine": "机", "material": "料", "method": "法", "environment": "环"}
_LARGEST = 200 * 1024 * 1024  # bytes of a file taken whole


class Tongue(StrEnum):
    zh = "zh"
    ja = "ja"
    en = "en"


@app.command()
def attribute(
    file: Annotated[
        Path | None, typer.Argument(help="叙述文件 / .txt: one narrative a line; .jsonl, .csv, .parquet with --column.")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="一条叙述 / One narrative.")] = None,
    column: Annotated[str, typer.Option(help="叙述所在的列 / The column that holds the narrative.")] = "narrative",
    model: Annotated[Path | None, typer.Option(help="attribution-train 写出的模型 / A trained model.")] = None,
    language: Annotated[Tongue | None, typer.Option(help="缺省按文字判断 / Else told by the script.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="每条一个 JSON 对象 / One JSON object a narrative.")] = False,
) -> None:
    """从叙述到五类原因与因果链 / From narratives to causes of the five kinds and the chain cause → event → injury."""
    from yufang.cases.attribution import AttributionError, Attributor
    from yufang.cases.attribution.store import load_model

    if (file is None) == (text is None):
        raise UserError("give either a file or --text", "yufang cases attribute FILE, or --text '…'")
    texts = [text] if text is not None else list(_narratives(file, column))  # type: ignore[arg-type]
    try:
        attributor = Attributor(load_model(model)) if model else Attributor()
        for begin in range(0, len(texts), 1000):
            batch = texts[begin : begin + 1000]
            for one, found in zip(
                batch, attributor.attribute_many(batch, language.value if language else None), strict=True
            ):
                if as_json:
                    typer.echo(json.dumps({"text": one, **asdict(found)}, ensure_ascii=False))
                else:
                    _show(one, found)
    except AttributionError as error:
        raise UserError(error.message, error.way_out) from error


@app.command("attribution-train")
def train(
    marked: Annotated[Path, typer.Option(help="标注数据（JSON 或 JSONL）/ Marked narratives.")],
    out: Annotated[Path, typer.Option(help="模型文件 / Where the model is written (.npz).")],
    language: Annotated[Tongue | None, typer.Option(help="缺省按文字判断 / Else told by the script.")] = None,
    seed: Annotated[int, typer.Option(help="同种子同结果 / Same seed, same model.")] = 0,
) -> None:
    """用标注数据训练序列模型 / Train the sequence model on narratives that people marked."""
    from yufang.cases.attribution import AttributionError, Attributor
    from yufang.cases.attribution.marked import read_marked
    from yufang.cases.attribution.store import save_model

    try:
        rows = read_marked(marked)
        attributor = Attributor.train(rows, language.value if language else None, seed)
        model = next(iter(attributor.models.values()))
        save_model(model, out)
    except AttributionError as error:
        raise UserError(error.message, error.way_out) from error
    lost = sum(row.lost for row in rows)
    note = f"; {lost} marks left out, their words don't stand in the text" if lost else ""
    typer.echo(f"{model.version}: {model.marked} narratives, tags {', '.join(model.tags)}{note}")
    measured = ", ".join(f"{name} {value:.3f}" for name, value in model.measured.items() if name != "spans")
    typer.echo(f"out of fold: {measured} → {out}")


@app.command()
def report(
    file: Annotated[Path, typer.Argument(help="事故调查报告（UTF-8 文本）/ A report as UTF-8 text.")],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON / Print JSON.")] = False,
) -> None:
    """把长报告变成结构化案例 / Turn a long report into a structured case."""
    from yufang.cases.attribution import AttributionError
    from yufang.cases.reports import structure

    try:
        case = structure(_content(file))
    except AttributionError as error:
        raise UserError(error.message, error.way_out) from error
    if as_json:
        typer.echo(json.dumps(asdict(case), ensure_ascii=False, indent=2))
    else:
        _show_case(case)


def _content(file: Path) -> str:
    """The text of a file in whatever encoding it is written."""
    from yufang.lake.encoding import decode

    try:
        if file.stat().st_size > _LARGEST:
            raise UserError(f"{file} is larger than {_LARGEST // 1024**2} MiB", "Split it.")
        text, _ = decode(file.read_bytes(), str(file))
        return text
    except OSError as error:
        raise UserError(f"{file} can't be read ({error.strerror or error})", "Check the path.") from error
    except ValueError as error:
        raise UserError(f"{file}: {error}", "Save it as UTF-8.") from error


def _narratives(file: Path, column: str) -> Iterator[str]:
    """The narratives of a file: its lines, or one column of a table."""
    if file.suffix.lower() in (".txt", ""):
        yield from (line for line in _content(file).splitlines() if line.strip())
        return
    from yufang.lake.errors import LakeError
    from yufang.lake.readers import read_source

    try:
        frame = read_source(file).frame
    except LakeError as error:
        raise UserError(str(error), "Give .txt, .csv, .xlsx, .jsonl or .parquet.") from error
    if column not in frame.columns:
        raise UserError(f"{file} has no column {column!r}", f"--column one of: {', '.join(frame.columns[:20])}")
    yield from (str(cell) for cell in frame[column].to_list() if cell is not None)


def _show(text: str, found: Attribution) -> None:
    console = _console()
    styled = Text(text)
    for span in found.spans:
        styled.stylize(f"bold {_COLOURS[span.kind]}", span.start, span.end)
    console.print(styled)
    for place, span in enumerate(found.spans):
        line = Text(f"  {place} {_KINDS_ZH[span.kind]}/{span.kind} ", style=_COLOURS[span.kind])
        line += Text(f"[{span.start}, {span.end}) {span.confidence:.2f} {span.text}")
        guesses = " ".join(f"{_FACTORS_ZH[one.factor]}/{one.factor} {one.probability:.2f}" for one in span.factors)
        line += Text(f"  {guesses}" if guesses else "", style="bold")
        line += Text(f"  ({', '.join(span.why)})", style="dim")
        console.print(line)
    for step in found.links:
        console.print(Text(f"  {step.source} → {step.target} ({step.why})", style="dim"))
    if not found.spans:
        console.print(Text("  没有找到原因、事件或伤害 / nothing found", style="dim"))
    if not found.calibrated:
        console.print(
            Text(f"  {found.language}: 仅凭规则，置信度未校准 / by patterns, confidence not calibrated", style="dim")
        )


def _show_case(case: StructuredCase) -> None:
    console = _console()
    single: list[tuple[str, Any]] = [
        ("时间 time", case.time), ("地点 place", case.place), ("类型 type", case.accident_type),
        ("死亡 deaths", case.deaths), ("受伤 injured", case.injured), ("失踪 missing", case.people_missing),
        ("损失 loss", case.loss),
    ]  # fmt: skip
    for name, said in single:
        shown = "—" if said is None else f"{said.value}  [{said.start}, {said.end}) {said.confidence:.2f} {said.rule}"
        console.print(Text(f"{name}: {shown}"))
    many: list[tuple[str, Any]] = [
        ("企业 enterprises", case.enterprises), ("直接原因 direct causes", case.direct_causes),
        ("管理原因 management causes", case.management_causes), ("教训与措施 lessons", case.lessons),
    ]  # fmt: skip
    for name, passages in many:
        console.print(Text(f"{name}: {len(passages) or '—'}", style="bold"))
        for one in passages:
            console.print(Text(f"  [{one.start}, {one.end}) {one.confidence:.2f} {one.text}  ({one.rule})"))
    if case.missing:
        console.print(Text(f"未提及 not told: {', '.join(case.missing)}", style="yellow"))


def _console() -> Console:
    return Console(soft_wrap=True, width=None if sys.stdout.isatty() else 140)
