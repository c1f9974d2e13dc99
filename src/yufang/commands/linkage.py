"""`yufang lake link`: link employers or persons across files, look at uncertain pairs, decide, follow a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from yufang.commands.errors import UserError
from yufang.commands.lake import chinese
from yufang.lake import Lake, LakeError
from yufang.lake.linkage import Linkage, LinkageEngine, LinkageError, features_of, kind_of, read_model
from yufang.lake.linkage.evidence import evidence
from yufang.lake.linkage.linking import check_records
from yufang.lake.linkage.store import decide, link_lake, read_linkage
from yufang.lake.readers import read_source

app = typer.Typer(no_args_is_help=True, help="把各机构名录中的同一单位、同一人员关联起来 / Link employers and persons.")


class What(StrEnum):
    """What is linked."""

    employers = "employers"
    persons = "persons"


Kind = Annotated[What, typer.Argument(help="employers 单位 | persons 人员")]
LakeFolder = Annotated[Path, typer.Option("--lake", "-l", envvar="YUFANG_LAKE", help="数据湖目录 / the lake's folder")]
Columns = Annotated[
    list[str] | None,
    typer.Option("--columns", "-c", help="字段=列名，可多次 / FIELD=COLUMN, may be repeated"),
]


@contextmanager
def _told() -> Iterator[None]:
    """The room's errors in the person's language."""
    try:
        yield
    except (LinkageError, LakeError) as error:
        raise UserError(*error.zh) if chinese() else UserError(error.message, error.way_out) from error


@app.command("run")
def run_(
    kind: Kind,
    files: Annotated[list[Path] | None, typer.Argument(help="CSV, XLSX, Parquet, JSONL", show_default=False)] = None,
    lake: LakeFolder = Path("lake"),
    columns: Columns = None,
    model: Annotated[Path | None, typer.Option(help="关联模型 / a model that `train` wrote")] = None,
    spark: Annotated[str, typer.Option(help="Spark 主节点地址 / address of a Spark master")] = "",
) -> None:
    """关联并保存：簇号不变，人工决定不变 / Link and keep: clusters keep their ids, decisions stay."""
    with _told():
        tables = [(path.name, _read(path, kind.value, columns)) for path in files or []]
        chosen = read_model(model, kind_of(kind.value)) if model else None
        now = datetime.now().astimezone()
        with _engine(spark) as engine:
            found = link_lake(Lake(lake), kind.value, tables, at=now, model=chosen, engine=engine)
    _summary(found)


@app.command("train")
def train_(
    kind: Kind,
    files: Annotated[list[Path], typer.Argument(help="CSV, XLSX, Parquet, JSONL", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="模型文件 / where the model goes")],
    columns: Columns = None,
    seed: Annotated[int, typer.Option(help="Same seed, same model.")] = 0,
) -> None:
    """用自己的记录（不需标注）训练关联模型 / Fit a model on records of your own; no labels are needed."""
    from yufang.lake.linkage.train import train

    with _told():
        frame = pl.concat([_read(path, kind.value, columns) for path in files], how="diagonal_relaxed")
        known = kind_of(kind.value)
        names = ", ".join(path.name for path in files)
        numbered = frame.drop("record_id", strict=False) if len(files) > 1 else frame
        made = train(features_of(check_records(numbered, known, names), known), known, seed=seed, name=names)
    made.write(out)
    Console().print(f"{out}: {made.version} ({made.trained_on})", soft_wrap=True, highlight=False)


@app.command("pairs")
def pairs_(
    kind: Kind,
    lake: LakeFolder = Path("lake"),
    count: Annotated[int, typer.Option(help="几对 / how many", min=1)] = 20,
) -> None:
    """待人判定的记录对，收益大的在前 / Pairs for a person to decide, the most useful first."""
    with _told():
        stored = read_linkage(Lake(lake), kind.value)
    rows = {row["record_id"]: row for row in stored.records.iter_rows(named=True)}
    known = kind_of(kind.value)
    desk = stored.pairs.filter(pl.col("state") == "desk")
    table = Table(title=f"{'待判定' if chinese() else 'to be decided'}: {desk.height}", title_justify="left")
    for column in ("left", "right", "name", "name", "p", "gain", "evidence (bits)"):
        table.add_column(column, overflow="fold")
    for pair in desk.head(count).iter_rows(named=True):
        told = [f"{e.field} {e.bits:+.1f}" for e in evidence(pair, known) if abs(e.bits) >= 0.5]
        left, right = rows[pair["left"]], rows[pair["right"]]
        table.add_row(
            pair["left"],
            pair["right"],
            left["name"],
            right["name"],
            f"{pair['probability']:.2f}",
            f"{pair['gain']:.2f}",
            ", ".join(told),
        )
    Console().print(table)


@app.command("decide")
def decide_(
    kind: Kind,
    left: Annotated[str, typer.Argument(help="记录编号 / a record's id")],
    right: Annotated[str, typer.Argument(help="另一记录编号 / the other's id")],
    same: Annotated[bool, typer.Option("--same/--different", help="同一 / 不同")],
    who: Annotated[str, typer.Option(help="谁决定 / who decides")],
    reason: Annotated[str, typer.Option(help="理由 / why")] = "",
    lake: LakeFolder = Path("lake"),
) -> None:
    """记下一个人的判定并重新成簇；以后的分数都不能推翻它 / A person's word; no later score overrules it."""
    with _told():
        now = datetime.now().astimezone()
        found = decide(Lake(lake), kind.value, left, right, same=same, at=now, who=who, reason=reason)
    for change in found.clustering.changes:
        Console().print(f"{change.event}: {' '.join(change.from_ids)} → {' '.join(change.to_ids)}", highlight=False)
    for word in found.clustering.overruled:
        told = "与更新的判定矛盾，未生效" if chinese() else "overruled by newer decisions"
        Console().print(f"{word.left} = {word.right} ({word.who}, {word.at}): {told}", highlight=False, soft_wrap=True)


@app.command("history")
def history_(
    kind: Kind,
    cluster: Annotated[str, typer.Argument(help="簇号 / a cluster's id")],
    lake: LakeFolder = Path("lake"),
) -> None:
    """一个簇的来龙去脉 / What became of a cluster, and of what it came."""
    with _told():
        stored = read_linkage(Lake(lake), kind.value)
    touched = pl.col("from_ids").list.contains(cluster) | pl.col("to_ids").list.contains(cluster)
    console = Console(soft_wrap=True, highlight=False)
    for row in stored.history.filter(touched).iter_rows(named=True):
        console.print(
            f"{row['at']}  {row['event']}  {' '.join(row['from_ids']) or '–'} → {' '.join(row['to_ids']) or '–'}  "
            f"{row['records']}  {row['reason']}  {row['who']}"
        )
    members = stored.clusters.filter(pl.col("cluster_id") == cluster).join(stored.records, on="record_id")
    for row in members.iter_rows(named=True):
        console.print(f"  {row['record_id']}  {row['name'] or '–'}  ({row['source']})")


@contextmanager
def _engine(master: str) -> Iterator[LinkageEngine | None]:
    """Spark where a master is named, else the default."""
    if not master:
        yield None
        return
    from yufang.lake.linkage.spark import SparkLinkage
    from yufang.lake.spark import SparkEngine

    engine = SparkEngine(master)
    try:
        yield SparkLinkage(engine.session)
    finally:
        engine.close()


def _read(path: Path, kind: str, columns: list[str] | None) -> pl.DataFrame:
    """A file's rows with the kind's field names: as `--columns` says, else where the headings are known ones."""
    from yufang.lake.linkage.headings import renamed

    given = dict(item.partition("=")[::2] for item in columns or [])
    return renamed(read_source(path).frame, kind, given, path.name)


def _summary(found: Linkage) -> None:
    sizes = found.clusters.group_by("cluster_id").len()["len"]
    counts = dict(found.pairs.group_by("state").len().iter_rows())
    words = (
        ("记录", "records", found.records.height),
        ("簇", "clusters", sizes.len()),
        ("含多条记录的簇", "clusters of several records", int((sizes > 1).sum())),
        ("自动关联的记录对", "pairs joined", counts.get("accepted", 0)),
        ("待判定", "to be decided", counts.get("desk", 0)),
        ("人工判定", "decided by people", counts.get("decided", 0)),
    )
    zh = chinese()
    line = ", ".join(f"{word_zh if zh else word} {count:,}" for word_zh, word, count in words)
    Console().print(f"{line} ({found.model.version}: {found.model.trained_on})", soft_wrap=True, highlight=False)
