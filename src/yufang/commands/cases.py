"""`yufang cases`: train a coder on a table, code another, list suspect codes, start without any codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from yufang.cases import Coder, CoderError, load_coder, save_coder
from yufang.cases.card import Card, ColdStartPart, Levels, Plan, ScopePart, load_card, save_card, scope_path
from yufang.cases.coder import FoldReport
from yufang.cases.label_errors import DESK_SHARE, find_suspects
from yufang.commands.attribution import app as attribution
from yufang.commands.errors import UserError
from yufang.lake import LakeError
from yufang.lake.readers import read_source
from yufang.lake.spreadsheet import plain_frame
from yufang.standards import UnknownList, code_list

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.registered_commands.extend(attribution.registered_commands)

_Files = Annotated[list[Path], typer.Argument(help="CSV, XLSX, Parquet, JSONL", show_default=False)]
_File = Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet, JSONL", show_default=False)]
_Facet = Annotated[str, typer.Option(help="编码的列 / the column that holds the codes, and the facet's name.")]
_Text = Annotated[str, typer.Option(help="叙述所在列 / the column that holds the narrative.")]
_Seed = Annotated[int, typer.Option(help="同种子同结果 / same seed, same result.")]
_Wanted = Annotated[float, typer.Option(help="自动编码应达到的准确率 / accuracy wanted of automatic codes.")]
_Tree = Annotated[
    str, typer.Option(help="带上级的编码表 / a code list with parents: uncertain leaves answer the parent.")
]
_WRITES = (".csv", ".parquet", ".jsonl")


@contextmanager
def _clear() -> Iterator[None]:
    """Turn the rooms' errors into the one message a person reads."""
    try:
        yield
    except CoderError as error:
        raise UserError(error.message, error.way_out) from error
    except LakeError as error:
        raise UserError(error.message, error.way_out) from error
    except UnknownList as error:
        raise UserError(str(error), "`yufang standards list` shows the code lists.") from error


def _read(paths: list[Path], columns: tuple[str, ...]) -> pl.DataFrame:
    """Rows of one file or several, as text columns; UserError where a column is missing."""
    frames = []
    for path in paths:
        frame = read_source(path).frame
        missing = [column for column in columns if column not in frame.columns]
        if missing:
            raise UserError(
                f"{path} has no column {missing[0]!r}; it has {', '.join(c for c in frame.columns if c != '_row')}",
                "Name the right one with --text, --facet or --scope.",
            )
        frames.append(frame)
    return pl.concat(frames, how="diagonal")


def _coded(frame: pl.DataFrame, facet: str, text: str, told: Console) -> pl.DataFrame:
    """The rows that carry both a narrative and a code; says how many do not."""
    filled = [pl.col(c).str.strip_chars().str.len_chars().fill_null(0) > 0 for c in (text, facet)]
    rows = frame.filter(*filled).with_columns(pl.col(facet).str.strip_chars())
    if rows.height < frame.height:
        told.print(f"{frame.height - rows.height} rows without {text} or {facet} are left out", style="yellow")
    if not rows.height:
        raise UserError(
            f"no row has both {text!r} and {facet!r}", "Check the columns, or start with `yufang cases coldstart`."
        )
    return rows


@app.command("train")
def train_(
    files: _Files,
    facet: _Facet,
    out: Annotated[Path, typer.Option(help="模型文件 / the model's file, .npz")],
    text: _Text = "narrative",
    scope: Annotated[str, typer.Option(help="行业或其他分组 / industry=C33, or any column=value.")] = "",
    tree: _Tree = "",
    wanted: _Wanted = 0.95,
    seed: _Seed = 0,
    transformer: Annotated[
        Path | None, typer.Option(help="本地模型文件夹（需附加包 deep） / a local model folder (extra deep).")
    ] = None,
) -> None:
    """训练编码模型 / Train a coder on coded rows; with --scope also one for that industry, kept where it is better."""
    from yufang.cases.hierarchy import Tree, fit_thresholds
    from yufang.cases.reliability import by_class, plan
    from yufang.cases.scopes import Scope, fit_scope
    from yufang.cases.second_readers import second_readers

    console = Console()
    with _clear():
        _model_name(out)
        asked = Scope.parse(scope) if scope else None
        levels = Tree.of_list(code_list(tree)) if tree else None
        rows = _coded(_read(files, (facet, text, *((asked.column,) if asked else ()))), facet, text, console)
        texts, labels = rows[text].to_list(), rows[facet].to_list()
        readers = second_readers(transformer)
        coder = Coder(facet, wanted_accuracy=wanted, second_readers=readers).fit(texts, labels, seed=seed)
        chosen = plan(labels, coder.labels, coder.out_of_fold, wanted)
        table = by_class(labels, coder.labels, coder.out_of_fold, chosen)
        part, own, thresholds = None, None, None
        if levels is not None:
            found = fit_thresholds(coder.out_of_fold, labels, coder.labels, levels, wanted)
            thresholds = Levels(code_list=tree, thresholds=found)
        _say_report(console, coder.report, len(chosen.held))
        _say_classes(console, table)
        if asked is not None:
            fitted = fit_scope(coder, texts, labels, asked.holds(rows[asked.column].to_list()), str(asked), seed=seed)
            _say_scope(console, fitted.report)
            own = fitted.own
            if own is not None:
                part = ScopePart(
                    column=asked.column,
                    value=asked.value,
                    weight=fitted.report.weight,
                    threshold=fitted.report.threshold,
                    version=own.version,
                )
        card = Card(
            version=coder.version,
            facet=facet,
            text_column=text,
            plan=Plan(threshold=chosen.threshold, held=chosen.held),
            levels=thresholds,
            scope=part,
        )
        if own is not None:
            save_coder(own, scope_path(out))
        else:
            scope_path(out).unlink(missing_ok=True)
        _save(coder, card, out)
        console.print(f"{out}: {coder.version}")


@app.command()
def code(
    model: Annotated[Path, typer.Argument(help="模型文件 / the model's file, .npz", show_default=False)],
    file: _File,
    out: Annotated[Path, typer.Option(help=f"结果文件 / the results: {', '.join(_WRITES)}")],
    text: Annotated[str, typer.Option(help="叙述所在列 / the narrative's column; the one trained on by default.")] = "",
) -> None:
    """给叙述编码 / Code a table's narratives: code, probability, and whether it stands without a person."""
    from yufang.cases.coded_rows import code_rows

    with _clear():
        _table_name(out)
        coder = load_coder(model)
        card = load_card(model, coder.version)
        column = text or (card.text_column if card else "narrative")
        needed = (column, card.scope.column) if card and card.scope else (column,)
        frame = _read([file], needed)
        own = load_coder(scope_path(model)) if card and card.scope else None
        coded = code_rows(frame, column, coder, card, own)
        _write(pl.concat([frame.drop("_row"), coded], how="horizontal"), out)
        auto = int((coded[coded.columns[2]] == "auto").sum())
        Console().print(f"{out}: {coded.height} rows, {auto} auto, {coded.height - auto} for people")


@app.command()
def suspects(
    files: _Files,
    facet: _Facet,
    text: _Text = "narrative",
    share: Annotated[float, typer.Option(help="交人复核的比例 / share of the rows to put to people.")] = DESK_SHARE,
    out: Annotated[Path | None, typer.Option(help=f"结果文件 / the list: {', '.join(_WRITES)}")] = None,
    seeds: Annotated[int, typer.Option(help="平均几个模型 / how many coders to average.", min=1, max=9)] = 1,
) -> None:
    """找出可疑编码 / List the coded rows whose code is most likely wrong, the most suspect first."""
    console = Console()
    with _clear():
        if out is not None:
            _table_name(out)
        rows = _coded(_read(files, (facet, text)), facet, text, console)
        found = find_suspects(facet, rows[text].to_list(), rows[facet].to_list(), share=share, seeds=range(seeds))
        place = found["row"].to_numpy()
        told = found.drop("row").with_columns(row=rows["_row"][place], **{text: rows[text][place]})
    if out is not None:
        _write(told, out)
        console.print(f"{out}: {told.height} of {rows.height} rows to look at again")
        return
    table = Table(title=f"{facet}: {told.height} of {rows.height}", title_justify="left", box=None, padding=(0, 2))
    for header in ("row", "given", "likely", "p_given", "p_likely", text):
        table.add_column(header, overflow="fold")
    for one in told.head(20).iter_rows(named=True):
        shown = (f"{one['p_given']:.3f}", f"{one['p_likely']:.3f}", one[text][:60])
        table.add_row(str(one["row"]), one["given"], one["likely"], *shown)
    console.print(table)


@app.command()
def coldstart(
    texts: Annotated[list[Path], typer.Option(help="没有编码的叙述 / files of narratives without codes.")],
    out: Annotated[Path, typer.Option(help="模型文件 / the model's file, .npz")],
    facet: Annotated[str, typer.Option(help="分类 / the facet.")] = "accident_type",
    code_list_: Annotated[
        str, typer.Option("--list", help="编码表 / the code list; GB 6441-2025 types by default.")
    ] = "",
    functions: Annotated[Path | None, typer.Option(help="自己的标注函数 / your own labelling functions, YAML.")] = None,
    text: _Text = "narrative",
    wanted: _Wanted = 0.95,
    seed: _Seed = 0,
) -> None:
    """无编码起步 / Train a coder without a single coded row, from labelling functions."""
    from yufang.cases.coldstart import learn, load_functions

    console = Console()
    with _clear():
        _model_name(out)
        chosen = load_functions(facet, code_list_ or None, functions)
        frame = _read(texts, (text,))
        start = learn(chosen, frame[text].drop_nulls().to_list(), seed=seed, wanted=wanted)
        part = ColdStartPart(
            code_list=chosen.code_list,
            functions=str(functions.resolve()) if functions else "",
            columns=start.model.names,
            prior=tuple(start.model.prior.tolist()),
            accuracy=tuple(start.model.accuracy.tolist()),
        )
        card = Card(version=start.coder.version, facet=facet, text_column=text, cold_start=part)
        _save(start.coder, card, out)
    names = {entry.code: entry.name_zh for entry in code_list(chosen.code_list)}
    for code_, count in start.by_code.items():
        console.print(f"  {code_} {names.get(code_, '')}: {count}")
    console.print(f"{start.texts} texts, {start.covered} spoken of, {start.learned} rows learned from")
    console.print(
        "没有人核对过：每条都交人确认，直到编码台有了答案 / "
        "Nobody has checked these codes: every case goes to a person until the desk has answers to train on.",
        style="yellow",
    )
    console.print(f"{out}: {start.coder.version}")


def _model_name(out: Path) -> None:
    if out.suffix != ".npz":
        raise UserError(f"--out {out} doesn't end in .npz", "Name the model for instance body_part.npz.")
    if not out.resolve().parent.is_dir():
        raise UserError(f"--out {out}: the folder {out.parent} doesn't exist", "Make it first, or name another.")


def _table_name(out: Path) -> None:
    if out.suffix.lower() not in _WRITES:
        raise UserError(f"--out {out} has an unknown ending", f"Use one of {', '.join(_WRITES)}.")
    if not out.resolve().parent.is_dir():
        raise UserError(f"--out {out}: the folder {out.parent} doesn't exist", "Make it first, or name another.")


def _save(coder: Coder, card: Card, out: Path) -> None:
    save_coder(coder, out)
    save_card(card, out)


def _write(frame: pl.DataFrame, out: Path) -> None:
    """Write a table whole or not at all."""
    unfinished = out.with_name(out.name + ".part")
    try:
        if out.suffix.lower() == ".parquet":
            frame.write_parquet(unfinished)
        elif out.suffix.lower() == ".jsonl":
            frame.write_ndjson(unfinished)
        else:
            plain_frame(frame).write_csv(unfinished, include_bom=True)
        unfinished.replace(out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise UserError(f"can't write {out}: {error}", "Choose a folder that can be written.") from error


def _say_report(console: Console, report: FoldReport, held: int) -> None:
    console.print(
        f"{report.rows} rows, {report.classes} codes · out of fold: accuracy {report.accuracy:.3f}, calibration error "
        f"{report.expected_calibration_error:.3f}, {report.auto_share:.0%} automatic at {report.auto_accuracy:.3f} · "
        f"{held} codes never automatic",
        soft_wrap=True,
    )


def _say_classes(console: Console, table: pl.DataFrame) -> None:
    shown = Table(title="常见编码 / frequent codes", title_justify="left", box=None, padding=(0, 2))
    for header in ("code", "rows", "precision", "recall", "never automatic"):
        shown.add_column(header, overflow="fold")
    for one in table.sort("rows", "code", descending=[True, False]).head(12).iter_rows(named=True):
        precision = f"{_two(one['precision'])} ({one['precision_low']:.2f}-{one['precision_high']:.2f})"
        recall = f"{_two(one['recall'])} ({one['recall_low']:.2f}-{one['recall_high']:.2f})"
        shown.add_row(one["code"], str(one["rows"]), precision, recall, one["reason"])
    console.print(shown)


def _say_scope(console: Console, report: Any) -> None:
    console.print(
        f"{report.scope}: {report.rows} rows · accuracy general {report.general_accuracy:.3f}, own "
        f"{report.scoped_accuracy:.3f}, blended {report.blended_accuracy:.3f} ± {report.accuracy_gain_error:.3f} · "
        + (f"kept with weight {report.weight:.2f}" if report.kept else f"not kept: {report.reason}"),
        soft_wrap=True,
    )


def _two(share: float | None) -> str:
    return "–" if share is None or np.isnan(share) else f"{share:.2f}"
