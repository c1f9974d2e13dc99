"""Link the records of one or several files: prepare, score, cluster, and say what a person should look at first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from yufang.lake.linkage.clusters import Clustering, Decision, Edge, cluster, newest
from yufang.lake.linkage.contracts import KINDS, Kind
from yufang.lake.linkage.employers import EMPLOYERS, employer_features
from yufang.lake.linkage.engines import DuckDBLinkage, LinkageEngine
from yufang.lake.linkage.errors import LinkageError
from yufang.lake.linkage.model import Model, shipped_model
from yufang.lake.linkage.persons import PERSONS, person_features

ID, SOURCE = "record_id", "source"
# (stage, done, total): stages are prepare, score, cluster.
Progress = Callable[[str, int, int], None]
_KINDS: dict[str, tuple[Kind, Callable[[pl.DataFrame], pl.DataFrame]]] = {
    "employers": (EMPLOYERS, employer_features),
    "persons": (PERSONS, person_features),
}
assert tuple(_KINDS) == KINDS
PREFIX = {"employers": "CE", "persons": "CP"}


@dataclass(frozen=True, slots=True)
class Linkage:
    """What linking found.

    `records`: record_id, source, the kind's fields. `pairs`: left, right (record ids, left < right), weight (bits),
    probability, state (accepted, desk), gain, and for each field gamma_ and mw_. `clustering`: ids and history.
    """

    kind: str
    model: Model
    records: pl.DataFrame
    pairs: pl.DataFrame
    clustering: Clustering

    @property
    def clusters(self) -> pl.DataFrame:
        """record_id, cluster_id; one row a record."""
        return pl.DataFrame(
            sorted(self.clustering.members.items()),
            schema={ID: pl.String, "cluster_id": pl.String},
            orient="row",
        )


def kind_of(name: str) -> Kind:
    """The kind called `name`. Raises LinkageError for one that there isn't."""
    if name not in _KINDS:
        raise LinkageError("unknown_kind", kind=name, kinds=", ".join(KINDS))
    return _KINDS[name][0]


def check_records(frame: pl.DataFrame, kind: Kind, source: str) -> pl.DataFrame:
    """`frame` as records: record_id, source and the kind's fields as text, missing ones empty, sorted by id.

    Without a column record_id the rows are numbered. Raises LinkageError for doubled or empty ids, for fewer than two
    records, and where nothing is there to link by.
    """
    given = [name for name in kind.fields if name in frame.columns]
    text = frame.select(
        pl.col(name).cast(pl.String).str.strip_chars().replace("", None)
        for name in (ID, SOURCE, *given)
        if name in frame.columns
    )
    if ID not in text.columns:
        text = text.with_columns(pl.format("{}#{}", pl.lit(source), pl.int_range(1, pl.len() + 1)).alias(ID))
    if SOURCE not in text.columns:
        text = text.with_columns(pl.lit(source).alias(SOURCE))
    usable = [name for name in kind.strong if name in given and text[name].null_count() < text.height]
    if not usable:
        raise LinkageError("no_usable_field", source=source, kind=kind.name, fields=", ".join(kind.strong))
    if text.height < 2:
        raise LinkageError("too_few", source=source, rows=text.height)
    empty = text.with_row_index("row", 1).filter(pl.col(ID).is_null())
    if not empty.is_empty():
        raise LinkageError("empty_id", source=source, count=empty.height, row=empty["row"][0])
    doubled = text.group_by(ID).len().filter(pl.col("len") > 1).sort("len", ID, descending=[True, False])
    if not doubled.is_empty():
        value, count = doubled.row(0)
        raise LinkageError("duplicate_id", source=source, value=value, count=count, ids=doubled.height)
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in kind.fields if name not in given]
    return text.with_columns(missing).select(ID, SOURCE, *kind.fields).sort(ID)


def features_of(records: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """What is compared, one row for each of `records`, numbered by `uid`."""
    made = _KINDS[kind.name][1](records)
    return made.with_row_index("uid").with_columns(pl.col("uid").cast(pl.Int64))


def link_records(
    frame: pl.DataFrame,
    kind_name: str,
    *,
    at: datetime,
    who: str = "yufang",
    model: Model | None = None,
    engine: LinkageEngine | None = None,
    before: Mapping[str, str] | None = None,
    decisions: Iterable[Decision] = (),
    retired: Iterable[str] = (),
    source: str = "records",
    progress: Progress | None = None,
) -> Linkage:
    """Link the rows of `frame` (columns: record_id, source, the kind's fields; see `check_records`).

    `before` and `retired` are the clusters of the last time, `decisions` what people said; `at` goes into the history.
    Raises LinkageError for records that can't be linked.
    """
    kind = kind_of(kind_name)
    tell = progress or (lambda stage, done, total: None)
    tell("prepare", 0, 1)
    records = check_records(frame, kind, source)
    features = features_of(records, kind)
    tell("prepare", 1, 1)
    model = model or shipped_model(kind)
    tell("score", 0, 1)
    scored = (engine or DuckDBLinkage()).score(features, kind, model, model.desk)
    tell("score", 1, 1)
    tell("cluster", 0, 1)
    found = recluster(
        kind.name,
        model,
        records,
        named_pairs(scored, records[ID]),
        before=before,
        decisions=decisions,
        retired=retired,
        at=at,
        who=who,
        exclusive=exclusive_values(features, records, kind),
    )
    tell("cluster", 1, 1)
    return found


def recluster(
    kind_name: str,
    model: Model,
    records: pl.DataFrame,
    pairs: pl.DataFrame,
    *,
    at: datetime,
    who: str,
    reason: str = "",
    before: Mapping[str, str] | None = None,
    decisions: Iterable[Decision] = (),
    retired: Iterable[str] = (),
    exclusive: Mapping[str, str] | None = None,
) -> Linkage:
    """Cluster records by pairs that are scored already: after a person's decision nothing else has changed.

    pairs: left, right, probability, weight, and `sure` (which are joined without a person) or what fields say.
    """
    kind = kind_of(kind_name)
    decided = newest(decisions)
    if "sure" not in pairs.columns:
        pairs = pairs.with_columns(joins(kind, model).alias("sure"))
    edges = pairs.filter("sure").select("left", "right", "weight")
    clustering = cluster(
        records[ID].to_list(),
        map(Edge._make, edges.iter_rows()),
        before=before,
        decisions=decided,
        exclusive=exclusive_values(features_of(records, kind), records, kind) if exclusive is None else exclusive,
        at=at,
        reason=reason or f"model {model.version}",
        who=who,
        prefix=PREFIX[kind.name],
        retired=retired,
    )
    return Linkage(kind.name, model, records, ranked(pairs, clustering.members, decided), clustering)


def joins(kind: Kind, model: Model) -> pl.Expr:
    """Whether a scored pair is joined without a person: likely enough, and more than one likeness speaking for it.

    What rests on a single field, and that not equal but alike (a code with a typing error, a short form of the name),
    is for a person to see, however rare the likeness is by chance.
    """
    speaks = [pl.col(f"mw_{c.field}") > 1.0 for c in kind.comparisons]
    equal = [
        s & (pl.col(f"gamma_{c.field}") == len(c.levels) - 1) for s, c in zip(speaks, kind.comparisons, strict=True)
    ]
    enough = (pl.sum_horizontal(s.cast(pl.Int8) for s in speaks) >= 2) | pl.any_horizontal(equal)
    return (pl.col("probability") >= model.accept) & enough


def named_pairs(scored: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Scored pairs by record ids instead of row numbers; `ids` in the order of the rows."""
    left, right = ids.gather(scored["uid_l"]), ids.gather(scored["uid_r"])
    return scored.drop("uid_l", "uid_r").insert_column(0, left.alias("left")).insert_column(1, right.alias("right"))


def exclusive_values(features: pl.DataFrame, records: pl.DataFrame, kind: Kind) -> dict[str, str]:
    """record → the value of which a cluster holds only one (None where a record has none)."""
    if kind.exclusive is None:
        return {}
    return dict(zip(records[ID], features[kind.exclusive], strict=True))


def ranked(pairs: pl.DataFrame, members: Mapping[str, str], decisions: Iterable[Decision]) -> pl.DataFrame:
    """Pairs with `state` and `gain`, most useful first; `sure`: which need no person (see `joins`).

    state: decided (a person's word), accepted (the machine's, in one cluster), desk (a person should look).
    gain: entropy of the probability (bits) times the number of record pairs that the answer would join or part, as
    log2(1 + n): uncertainty times impact on the clusters. 0 for what needs no look.
    """
    sizes = pl.DataFrame({"cluster": list(members.values())}, schema={"cluster": pl.String}).group_by("cluster").len()
    where = pl.DataFrame(
        {"record": list(members), "cluster": list(members.values())},
        schema={"record": pl.String, "cluster": pl.String},
    ).join(sizes, on="cluster")
    pairs = pairs.drop("state", "gain", strict=False)
    told = pl.DataFrame(
        [(*sorted((d.left, d.right)), True) for d in decisions],
        schema={"left": pl.String, "right": pl.String, "told": pl.Boolean},
        orient="row",
    )
    for side in ("left", "right"):
        one = where.rename({"record": side, "cluster": f"cluster_{side}", "len": f"size_{side}"})
        pairs = pairs.join(one, on=side, how="left", maintain_order="left")
    pairs = pairs.join(told, on=["left", "right"], how="left", maintain_order="left")
    together = pl.col("cluster_left") == pl.col("cluster_right")
    # Sure of itself, and kept apart by a valid code or a person's word on others: that too a person should see.
    state = (
        pl.when(pl.col("told").is_not_null())
        .then(pl.lit("decided"))
        .when(together & pl.col("sure"))
        .then(pl.lit("accepted"))
        .otherwise(pl.lit("desk"))
    )
    moved = pl.when(together).then(pl.col("size_left")).otherwise(pl.col("size_left") * pl.col("size_right"))
    p = pl.col("probability").clip(1e-9, 1 - 1e-9)
    bits = -(p * p.log() + (1 - p) * (1 - p).log()) / math.log(2)
    pairs = pairs.with_columns(state.alias("state")).with_columns(
        pl.when(pl.col("state") == "desk").then(bits * (1 + moved).log(2)).otherwise(0.0).round(6).alias("gain")
    )
    pairs = pairs.drop("told", "size_left", "size_right", "cluster_left", "cluster_right")
    return pairs.sort("gain", "left", "right", descending=[True, False, False])
