"""`yufang import`: take files of records into the lake and say what became of every row."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from yufang.commands.errors import UserError
from yufang.lake import KINDS, ImportResult, Lake, LakeError, import_file, load_mapping
from yufang.lake.cleaning import load_catalogue
from yufang.lake.cleaning.catalogue import Catalogue
from yufang.lake.readers import SUFFIXES

app = typer.Typer(add_completion=False)

_STAGES = {
    "read": ("读取", "read"),
    "clean": ("清洗", "clean"),
    "link": ("关联", "link"),
    "write": ("写入", "write"),
}


def chinese() -> bool:
    """Say whether this person's terminal asks for Chinese (YUFANG_LANG, else the locale)."""
    names = ("YUFANG_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    language = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return language.lower().startswith("zh")


def user_error(error: LakeError) -> UserError:
    """Say a lake's error in the person's language."""
    return UserError(*error.zh) if chinese() else UserError(error.message, error.way_out)


@app.command()
def import_(
    kind: Annotated[str, typer.Argument(help=f"记录类型 / kind of record: {', '.join(KINDS)}", show_default=False)],
    files: Annotated[list[Path], typer.Argument(help="CSV, XLSX, Parquet, JSONL", show_default=False)],
    mapping: Annotated[
        str | None, typer.Option("--mapping", "-m", help="映射文件或内置映射名 / mapping file, or a shipped one's name")
    ] = None,
    lake: Annotated[
        Path, typer.Option("--lake", "-l", envvar="YUFANG_LAKE", help="数据湖目录 / the lake's folder")
    ] = Path("lake"),
    rules: Annotated[
        Path | None,
        typer.Option("--rules", "-r", envvar="YUFANG_RULES", help="本单位的清洗规则 / the organisation's own rules"),
    ] = None,
) -> None:
    """把记录文件导入数据湖 / Take files of records into the lake."""
    console = Console()
    try:
        if kind not in KINDS:
            raise LakeError("unknown_kind", kind=kind, kinds=", ".join(KINDS))
        chosen = load_mapping(mapping, kind) if mapping else None
        catalogue = load_catalogue(rules)
        now = datetime.now().astimezone()
        store = Lake(lake)
        for path in _expand(files):
            with _bar() as bar:
                task = bar.add_task(path.name, total=4)

                def tell(stage: str, done: int, total: int, bar: Progress = bar, task: int = task) -> None:
                    place = list(_STAGES).index(stage)
                    words = _STAGES[stage][0 if chinese() else 1]
                    bar.update(task, completed=place + done / total, description=words)  # type: ignore[arg-type]

                result = import_file(
                    path, kind, store, chosen, progress=tell, at=now, today=now.date(), catalogue=catalogue
                )
            _show(console, result, catalogue)
    except LakeError as error:
        raise user_error(error) from error


def _expand(files: list[Path]) -> list[Path]:
    """Replace a folder by the files in it."""
    paths: list[Path] = []
    for path in files:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.is_file() and p.suffix.lower() in SUFFIXES)
            if not inside:
                raise LakeError("empty_folder", folder=path, suffixes=" ".join(SUFFIXES))
            paths += inside
        else:
            paths.append(path)
    return paths


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _show(console: Console, result: ImportResult, catalogue: Catalogue) -> None:
    zh, record = chinese(), result.record
    if result.already_imported:
        told = "已经导入过，未作改动" if zh else "already imported, nothing changed"
        console.print(f"{record.file}: {told} ({record.taken} / {record.rows})", soft_wrap=True)
        return
    counts = (
        ("行", "rows", record.rows),
        ("已导入", "taken", record.taken),
        ("已拒收", "rejected", record.rejected),
        ("库中已有", "already known", record.known),
        ("新企业", "new enterprises", record.enterprises),
    )
    line = ", ".join(f"{name_zh if zh else name} {count}" for name_zh, name, count in counts)
    console.print(f"{record.file}: {line}", soft_wrap=True)
    if result.unused_columns:
        told = "未使用的列" if zh else "columns not used"
        console.print(f"  {told}: {', '.join(result.unused_columns)}", soft_wrap=True)
    mixed = record.encoding.split("+")
    if len(mixed) > 1:
        parts = ", ".join(part.replace(":", " × ") for part in mixed)
        told = (
            "文件混用几种编码，已逐行解码（编码 × 行数）"
            if zh
            else "encodings mixed, each line decoded (encoding × lines)"
        )
        console.print(f"  {told}: {parts}", soft_wrap=True)
    for title, by_rule in (
        ("拒收的行" if zh else "rejected rows", result.rejects_by_rule),
        ("改动的值（保留原值）" if zh else "changed values (originals kept)", result.changes_by_rule),
        ("可疑的值（照收，待核对）" if zh else "doubtful values (kept, to be checked)", result.findings_by_rule),
    ):
        _show_rules(console, title, by_rule, catalogue)


def _show_rules(console: Console, title: str, counts: dict[tuple[str, str], int], catalogue: Catalogue) -> None:
    if not counts:
        return
    language = "zh" if chinese() else "en"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2))
    for header in ("字段", "规则", "数量") if language == "zh" else ("field", "rule", "count"):
        table.add_column(header, justify="right" if header in ("数量", "count") else "left")
    for (field, rule), count in counts.items():
        table.add_row(field, catalogue.title(rule, language), str(count))
    console.print(table)
