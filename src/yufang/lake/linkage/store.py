"""Linkages kept in the lake's folder: records, pairs, clusters, history, decisions and the model. One rename counts.

lake/linkage/<kind>/linkage.json      which files hold the newest linkage
lake/linkage/<kind>/*-<version>.parquet, model-<version>.json
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import polars as pl

from yufang.lake.engine import write_whole
from yufang.lake.linkage.clusters import Decision
from yufang.lake.linkage.contracts import KINDS
from yufang.lake.linkage.engines import LinkageEngine
from yufang.lake.linkage.errors import LinkageError
from yufang.lake.linkage.linking import ID, Linkage, Progress, kind_of, link_records
from yufang.lake.linkage.model import Model, read_model
from yufang.lake.manifest import writing
from yufang.lake.store import Lake

NAME = "linkage.json"
_HISTORY = pl.Schema(
    {  # type: ignore[arg-type]
        "at": pl.String,
        "event": pl.String,
        "from_ids": pl.List(pl.String),
        "to_ids": pl.List(pl.String),
        "records": pl.Int64,
        "reason": pl.String,
        "who": pl.String,
    }
)
_DECISIONS = pl.Schema({name: pl.Boolean if name == "same" else pl.String for name in Decision._fields})


@dataclass(frozen=True, slots=True)
class Stored:
    """A linkage as it was kept."""

    kind: str
    version: int
    model: Model
    records: pl.DataFrame
    pairs: pl.DataFrame
    clusters: pl.DataFrame  # record_id, cluster_id
    history: pl.DataFrame  # at, event, from_ids, to_ids, records, reason, who; oldest first
    decisions: pl.DataFrame  # left, right, same, who, at, reason

    @property
    def members(self) -> dict[str, str]:
        """record → cluster."""
        return dict(self.clusters.iter_rows())

    def told(self) -> list[Decision]:
        """Everything that people decided."""
        return [Decision(*row) for row in self.decisions.iter_rows()]


def read_linkage(lake: Lake, kind: str) -> Stored:
    """The newest linkage of `kind`. Raises LinkageError where there is none, or where it can't be read."""
    folder = lake.root / "linkage" / kind_of(kind).name
    try:
        about: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LinkageError("unlinked", folder=lake.root, kind=kind) from error
    except ValueError as error:
        raise LinkageError("broken_store", file=folder / NAME, reason=str(error).splitlines()[0]) from error
    version = about["version"]
    model = read_model(folder / f"model-{version}.json", kind_of(kind))
    try:
        tables = {name: pl.read_parquet(folder / f"{name}-{version}.parquet") for name in _TABLES}
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LinkageError("broken_store", file=folder, reason=str(error).splitlines()[0]) from error
    return Stored(kind, version, model, **tables)


_TABLES = ("records", "pairs", "clusters", "history", "decisions")


def link_lake(
    lake: Lake,
    kind: str,
    files: Iterable[tuple[str, pl.DataFrame]] = (),
    *,
    at: datetime,
    who: str = "yufang",
    model: Model | None = None,
    engine: LinkageEngine | None = None,
    progress: Progress | None = None,
) -> Linkage:
    """Link the lake's own enterprises (for employers) and the rows of `files` (name, frame), and keep the result.

    What was linked before keeps its cluster ids, and what people decided stays decided. Raises LinkageError.
    """
    frames = [_named(frame, name) for name, frame in files]
    if kind == "employers":
        frames.insert(0, lake_employers(lake))
    frames = [frame for frame in frames if frame.height]
    if not frames:
        raise LinkageError("too_few", source=lake.root, rows=0)
    before = _before(lake, kind)
    found = link_records(
        pl.concat(frames, how="diagonal_relaxed"),
        kind,
        at=at,
        who=who,
        model=model,
        engine=engine,
        before=before.members if before else None,
        decisions=before.told() if before else (),
        retired=_retired(before),
        source=", ".join(name for name, _ in files) or "lake",
        progress=progress,
    )
    keep(lake, found, before, before.decisions if before else _DECISIONS.to_frame())
    return found


def decide(
    lake: Lake, kind: str, left: str, right: str, *, same: bool, at: datetime, who: str, reason: str = ""
) -> Linkage:
    """Keep a person's word on two records and cluster anew; no pair is scored again. Raises LinkageError."""
    from yufang.lake.linkage.linking import recluster

    before = read_linkage(lake, kind)
    if left == right:
        raise LinkageError("same_record", value=left)
    for record in (left, right):
        if record not in before.members:
            raise LinkageError("unknown_record", value=record)
    left, right = sorted((left, right))
    word = Decision(left, right, same, who, at.isoformat(timespec="seconds"), reason)
    decisions = pl.concat([before.decisions, pl.DataFrame([word], schema=_DECISIONS, orient="row")])
    found = recluster(
        kind,
        before.model,
        before.records,
        before.pairs,
        before=before.members,
        decisions=[Decision(*row) for row in decisions.iter_rows()],
        retired=_retired(before),
        at=at,
        who=who,
        reason=reason or ("same" if same else "different"),
    )
    keep(lake, found, before, decisions)
    return found


def keep(lake: Lake, found: Linkage, before: Stored | None, decisions: pl.DataFrame) -> None:
    """Write a linkage beside the one before and make it the newest by one rename; older files go."""
    folder = lake.root / "linkage" / found.kind
    version = before.version + 1 if before else 1
    rows = [astuple(change) for change in found.clustering.changes]
    history = pl.DataFrame([(*r[:2], list(r[2]), list(r[3]), *r[4:]) for r in rows], schema=_HISTORY, orient="row")
    tables = {
        "records": found.records,
        "pairs": found.pairs,
        "clusters": found.clusters,
        "history": pl.concat([before.history, history]) if before else history,
        "decisions": decisions,
    }
    with writing(lake.root):
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            write_whole(table, folder / f"{name}-{version}.parquet")
        found.model.write(folder / f"model-{version}.json")
        beside = folder / f".{NAME}.part"
        with beside.open("w", encoding="utf-8") as file:
            json.dump({"format": 1, "kind": found.kind, "version": version}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / NAME)
        for old in folder.glob("*-*"):
            if not old.stem.endswith(f"-{version}"):
                old.unlink()


def lake_employers(lake: Lake) -> pl.DataFrame:
    """The lake's enterprises as records to be linked; the import has already joined what is written alike."""
    return lake.table("enterprises").select(
        pl.col("enterprise_id").alias(ID),
        pl.coalesce(pl.col("source"), pl.lit("lake")).alias("source"),
        "name",
        "credit_code",
        "region",
        pl.col("industry_code").alias("industry"),
    )


def linked_kinds(lake: Lake) -> list[str]:
    """Kinds that the lake holds a linkage of."""
    return [kind for kind in KINDS if (lake.root / "linkage" / kind / NAME).exists()]


def _named(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Rows of a file with ids that no other file has, under its name as their source."""
    if ID in frame.columns:
        given = pl.col(ID).cast(pl.String).str.strip_chars().replace("", None)
        ids = pl.concat_str(pl.lit(f"{name}#"), given)  # null where no id is given
    else:
        ids = pl.concat_str(pl.lit(f"{name}#"), pl.int_range(1, pl.len() + 1).cast(pl.String))
    return frame.with_columns(ids.alias(ID), pl.lit(name).alias("source"))


def _before(lake: Lake, kind: str) -> Stored | None:
    try:
        return read_linkage(lake, kind)
    except LinkageError as error:
        if error.code == "unlinked":
            return None
        raise


def _retired(before: Stored | None) -> set[str]:
    """Ids that were ever given: none comes back for something else."""
    if before is None:
        return set()
    ids = pl.concat([before.history["from_ids"], before.history["to_ids"]]).explode().drop_nulls()
    return {*ids, *before.clusters["cluster_id"]}
