"""`yufang lake`: the health of the lake's data, its rules, and personal data masked and given back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from yufang.commands.errors import UserError
from yufang.commands.lake import chinese, user_error
from yufang.commands.linkage import app as linkage
from yufang.lake import Lake, LakeError
from yufang.lake.cleaning import DIMENSIONS, load_catalogue
from yufang.lake.cleaning.catalogue import Catalogue
from yufang.lake.headers import normalise_header
from yufang.lake.health import HealthReport, SourceHealth, audit
from yufang.lake.privacy import LABELS, Vault, apart, key_id, make_key, mask, mask_whole, read_key, unmask
from yufang.lake.readers import ROW, read_source
from yufang.lake.spreadsheet import plain_frame

app = typer.Typer(add_completion=False, no_args_is_help=True)
app.add_typer(linkage, name="link")

Rules = Annotated[
    Path | None,
    typer.Option("--rules", "-r", envvar="YUFANG_RULES", help="本单位的清洗规则 / the organisation's own rules"),
]
_NAMES = {
    "completeness": ("完整", "complete"),
    "validity": ("有效", "valid"),
    "freshness": ("新鲜", "fresh"),
    "contradiction": ("无矛盾", "consistent"),
    "duplication": ("无重复", "unique"),
}
_WHOLE = {
    "姓名",
    "职工姓名",
    "伤者姓名",
    "死者姓名",
    "联系人",
    "name of injured",
    "employee name",
    "victim",
    "worker name",
}
_WHOLE_PLAIN = frozenset(normalise_header(name) for name in _WHOLE)


def _say(zh: str, en: str) -> str:
    return zh if chinese() else en


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError as error:
        raise UserError(f"{text!r} is not a day (YYYY-MM-DD)", "Write it like 2024-03-05.") from error


@app.command()
def health(
    lake: Annotated[Path, typer.Argument(help="数据湖目录 / the lake's folder", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")] = False,
    today: Annotated[str | None, typer.Option(help="以哪一天为准 / the day to stand on (YYYY-MM-DD)")] = None,
    worst: Annotated[int, typer.Option(min=0, max=1000, help="列出最差的几行 / how many worst rows")] = 5,
    rules: Rules = None,
) -> None:
    """数据健康：完整、有效、新鲜、矛盾、重复 / Completeness, validity, freshness, contradiction, duplication."""
    if not (lake / "manifest.json").is_file():
        raise UserError(f"{lake} holds no lake", "Name the folder that `yufang import --lake` wrote.")
    try:
        catalogue = load_catalogue(rules)
        report = audit(Lake(lake), today=_day(today), catalogue=catalogue, worst=worst)
    except LakeError as error:
        raise user_error(error) from error
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False, default=str, indent=1))
        return
    _show(Console(), report, catalogue)


def _show(console: Console, report: HealthReport, catalogue: Catalogue) -> None:
    language = 0 if chinese() else 1
    overall = "–" if report.overall is None else f"{report.overall:.1%}"
    title = _say(f"数据健康 {report.as_of}：总体 {overall}", f"Data health {report.as_of}: overall {overall}")
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1))
    table.add_column(_say("来源", "source"), overflow="fold")
    for header in (_say("行", "rows"), _say("总体", "overall"), *(_NAMES[name][language] for name in DIMENSIONS)):
        table.add_column(header, justify="right")
    table.add_column(_say("12个月前→今", "12 months"), justify="right")
    table.add_column(_say("负责人", "owner"), overflow="fold")
    for source in report.sources:
        scores = [m.score for m in source.measures]
        cells = [f"{source.rows:,}", *(_percent(score) for score in (source.overall, *scores))]
        table.add_row(f"{source.source}\n{source.table}", *cells, _trend(report, source), source.owner or "–")
    console.print(table)
    for source in report.sources:
        _show_source(console, source, catalogue)


def _percent(score: float | None) -> str:
    return "–" if score is None else f"{score:.1%}"


def _trend(report: HealthReport, source: SourceHealth) -> str:
    line = [p.overall for p in report.trend if (p.source, p.table) == (source.source, source.table)]
    known = [score for score in line if score is not None]
    return f"{_percent(known[0])} → {_percent(known[-1])}" if len(known) > 1 else "–"


def _show_source(console: Console, source: SourceHealth, catalogue: Catalogue) -> None:
    language = "zh" if chinese() else "en"
    if source.by_rule:
        told = ", ".join(f"{catalogue.title(c.rule, language)} {c.count:,}" for c in source.by_rule[:6])
        console.print(f"{source.source}: {told}", soft_wrap=True)
    for row in source.worst:
        reasons = "; ".join(
            f"{catalogue.title(r.rule, language)} [{r.field}: {r.value}]".replace("[: ", "[") for r in row.reasons
        )
        lacks = _say(f"缺 {row.missing} 项", f"{row.missing} missing")
        console.print(
            f"  {_say('行', 'row')} {row.source_row} {row.key}: {reasons or lacks}", soft_wrap=True, markup=False
        )


@app.command()
def rules(
    own: Annotated[Path | None, typer.Argument(help="本单位的规则文件 / the organisation's file")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")] = False,
) -> None:
    """列出并检查清洗规则 / List the cleaning rules and check the organisation's own."""
    try:
        catalogue = load_catalogue(own)
    except LakeError as error:
        raise user_error(error) from error
    if as_json:
        listed = {key: rule.model_dump(mode="json", by_alias=True) for key, rule in catalogue.rules.items()}
        print(json.dumps(listed, ensure_ascii=False, indent=1))
        return
    language = "zh" if chinese() else "en"
    table = Table(box=None, padding=(0, 2))
    for header in (
        "id",
        _say("规则", "rule"),
        _say("操作", "operation"),
        _say("级别", "severity"),
        _say("负责人", "owner"),
        "",
    ):
        table.add_column(header, no_wrap=header == "id")
    for rule in catalogue.rules.values():
        state = "" if rule.on else _say("关", "off")
        table.add_row(rule.id, getattr(rule.title, language), rule.operation, rule.severity, rule.owner, state)
    Console().print(table)


Vaulted = Annotated[Path | None, typer.Option("--vault", help="保险库文件 / the vault's file")]
Keyed = Annotated[
    Path | None, typer.Option("--key", help="密钥文件，与保险库分开存放 / key file, kept apart from the vault")
]


@app.command("mask")
def mask_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet, JSONL", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="写到 / write to (.csv, .parquet)")],
    columns: Annotated[str, typer.Option(help="只处理这些列，逗号分隔 / only these columns, comma-separated")] = "",
    vault: Vaulted = None,
    key: Keyed = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="新建密钥文件 / make the key file")] = False,
) -> None:
    """把个人信息换成代号；只有持密钥者能还原 / Replace personal data by tokens; only the key leads back."""
    if (vault is None) != (key is None):
        raise UserError(
            _say("--vault 和 --key 要一起给", "--vault and --key go together"),
            _say("两者都给（可还原）或都不给（不可还原）", "give both (reversible) or neither (no way back)"),
        )
    try:
        held, secret = _open(vault, key, new_key)
        source = read_source(file)
        frame, counts = _masked(source.frame, _chosen(source.columns, columns), held)
        if vault is not None and held is not None:
            held.save(vault, secret)  # first the way back, then the text that needs it
        _write(frame.drop(ROW), out)
    except LakeError as error:
        raise user_error(error) from error
    told = ", ".join(f"{LABELS[kind][0 if chinese() else 1]} {n}" for kind, n in counts.items()) or "0"  # type: ignore[index]
    Console().print(_say(f"已写入 {out}；代号：{told}", f"written to {out}; masked: {told}"), soft_wrap=True)
    if held is not None:
        Console().print(_say(f"密钥编号 {key_id(secret)}", f"key id {key_id(secret)}"))


def _open(vault: Path | None, key: Path | None, new_key: bool) -> tuple[Vault | None, bytes]:
    if vault is None or key is None:
        return None, b""
    apart(vault, key)
    secret = make_key(key) if new_key else read_key(key)
    return (Vault.open(vault, secret) if vault.exists() else Vault()), secret


def _chosen(present: list[str], columns: str) -> list[str]:
    wanted = [name.strip() for name in columns.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in present]
    if unknown:
        raise UserError(
            _say(f"没有列 {', '.join(unknown)}", f"there is no column {', '.join(unknown)}"),
            _say(f"现有：{', '.join(present)}", f"there are: {', '.join(present)}"),
        )
    return wanted or present


def _masked(frame: pl.DataFrame, columns: list[str], vault: Vault | None) -> tuple[pl.DataFrame, dict[str, int]]:
    counts: dict[str, int] = {}
    changed: list[pl.Series] = []
    for name in columns:
        texts = frame[name].to_list()
        if normalise_header(name) in _WHOLE_PLAIN:
            masked = mask_whole(texts, LABELS["name"], vault)
            counts["name"] = counts.get("name", 0) + sum(a != b for a, b in zip(texts, masked, strict=True))
        else:
            both = mask(texts, vault)
            masked = [text for text, _ in both]
            for _, found in both:
                for one in found:
                    counts[one.kind] = counts.get(one.kind, 0) + 1
        changed.append(pl.Series(name, masked, dtype=pl.String))
    return frame.with_columns(changed), counts


@app.command("unmask")
def unmask_(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet, JSONL", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="写到 / write to (.csv, .parquet)")],
    vault: Annotated[Path, typer.Option("--vault", help="保险库文件 / the vault's file")],
    key: Annotated[Path, typer.Option("--key", help="密钥文件 / the key file")],
) -> None:
    """用密钥还原代号 / Give back what the tokens stand for."""
    try:
        held = Vault.open(vault, read_key(key))
        frame = read_source(file).frame.drop(ROW)
        restored = [pl.Series(name, unmask(frame[name].to_list(), held), dtype=pl.String) for name in frame.columns]
        _write(pl.DataFrame(restored), out)
    except LakeError as error:
        raise user_error(error) from error
    Console().print(_say(f"已写入 {out}", f"written to {out}"), soft_wrap=True)


def _write(frame: pl.DataFrame, out: Path) -> None:
    """Write beside the goal and rename, so that no half of a file is left."""
    writers: dict[str, Any] = {".csv": plain_frame(frame).write_csv, ".parquet": frame.write_parquet}
    write = writers.get(out.suffix.lower())
    if write is None:
        raise UserError(
            _say(f"不能写 {out.suffix or '–'} 文件", f"files of type {out.suffix or '–'} can't be written"),
            _say("用 .csv 或 .parquet", "use .csv or .parquet"),
        )
    beside = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write(beside)
        beside.replace(out)
    except OSError as error:
        raise UserError(f"{out}: {error.strerror or error}", "Name a folder that can be written.") from error
