"""`yufang bench linkage`: employers across files, beside an exact join of names and a plain fuzzy threshold.

Tasks: `corrupted` (made-up employers with the errors of registers), `persons` (made-up workers likewise), `taiwan`
(employers of serious accidents among those cited), `million` (the clock). A model is fitted and thresholds are chosen
on other rows than are scored.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from rapidfuzz import fuzz

from yufang.bench import linkage_taiwan
from yufang.lake.linkage import DuckDBLinkage, Linkage, Model, features_of, kind_of, link_records, shipped_model
from yufang.lake.linkage.contracts import Kind
from yufang.lake.linkage.corruption import corrupted, made_employers
from yufang.lake.linkage.linking import check_records
from yufang.lake.linkage.person_corruption import corrupted_persons, made_persons
from yufang.lake.linkage.train import train as fit
from yufang.lake.names import normalise_name

Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Bools: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
TASKS = ("corrupted", "persons", "taiwan", "million")
FIRMS = 0.65  # firms a record
WANTED = 0.99  # precision of what is joined without a person
NEVER = datetime(2000, 1, 1)  # benches have no clock; the history isn't looked at


def run(
    train: Path | None = None, test: Path | None = None, seed: int = 0, task: str = "corrupted", rows: int | None = None
) -> dict[str, Any]:
    """Metrics of `task`. `rows` instead of 100,000 (corrupted, persons) or 1,000,000 (million) records.

    Raises ValueError for an unknown task, FileNotFoundError where the Taiwanese files are missing.
    """
    if task == "corrupted":
        return run_corrupted(rows or 100_000, seed)
    if task == "persons":
        return run_persons(rows or 100_000, seed)
    if task == "million":
        return run_million(rows or 1_000_000, seed)
    if task == "taiwan":
        if train is None:
            raise ValueError("the task taiwan reads citations.parquet and serious_accidents.parquet: give --train")
        return linkage_taiwan.run(train, test, seed)
    raise ValueError(f"unknown task {task!r}; there are: {', '.join(TASKS)}")


def run_corrupted(records: int, seed: int) -> dict[str, Any]:
    """Fitted on one made-up world, scored on another with other firms and other errors."""
    kind = kind_of("employers")
    learnt = made(records, 2 * seed + 1)
    model, fuzzy_cut = fitted(learnt, seed)
    rows = made(records, 2 * seed + 2_000_002)
    found = link_records(rows.drop("entity"), "employers", at=NEVER, model=model)
    entity = entities(found, rows)
    result = {"records": records, "firms": rows["entity"].n_unique(), **_model(model)}
    result |= clusters_score(found.clusters["cluster_id"].to_numpy(), entity) | desk_score(found, entity)
    plain = link_records(rows.drop("entity"), "employers", at=NEVER, model=shipped_model(kind))
    result["peers"] = {
        "shipped model": clusters_score(plain.clusters["cluster_id"].to_numpy(), entity) | desk_score(plain, entity),
        "exact normalised name": clusters_score(exact(found.records), entity),
        "token set": fuzzy(found.records, model, fuzzy_cut, entity),
    }
    return result


def run_persons(records: int, seed: int) -> dict[str, Any]:
    """Workers across files: fitted on one made-up world, scored on another."""
    kind = kind_of("persons")
    model = fitted_persons(made_workers(records, 2 * seed + 1), seed)
    rows = made_workers(records, 2 * seed + 2_000_002)
    found = link_records(rows.drop("entity"), "persons", at=NEVER, model=model)
    entity = entities(found, rows)
    result = {"records": records, "workers": rows["entity"].n_unique(), **_model(model)}
    result |= clusters_score(found.clusters["cluster_id"].to_numpy(), entity) | desk_score(found, entity)
    plain = link_records(rows.drop("entity"), "persons", at=NEVER, model=shipped_model(kind))
    features = features_of(found.records, kind)
    peers = {
        "same whole identity number": pl.col("id"),
        "same name and day of birth": pl.concat_str("name", "birth", separator="|"),
    }
    result["peers"] = {
        "shipped model": clusters_score(plain.clusters["cluster_id"].to_numpy(), entity) | desk_score(plain, entity),
        **{name: clusters_score(joined_by(features, key), entity) for name, key in peers.items()},
    }
    return result


def made_workers(records: int, seed: int) -> pl.DataFrame:
    """Made-up workers' records, as many to a worker as firms have in `made`."""
    return corrupted_persons(made_persons(int(records * FIRMS), seed), records, seed + 100)


def fitted_persons(rows: pl.DataFrame, seed: int) -> Model:
    """A model for workers' `rows` (with `entity`), thresholds chosen on these rows."""
    kind = kind_of("persons")
    records = check_records(rows, kind, "training rows")
    entity = records.join(rows.select("record_id", "entity"), on="record_id", how="left", maintain_order="left")
    features = features_of(records, kind)
    model = fit(features, kind, seed=seed, name="made-up workers")
    return with_thresholds(model, features, kind, entity["entity"].to_numpy())


def joined_by(features: pl.DataFrame, key: pl.Expr) -> list[str]:
    """The peer that joins records of one `key`; those without it stand alone."""
    keys = features.select(key.alias("key"))["key"]
    return [value or f"#{i}" for i, value in enumerate(keys)]


def run_million(records: int, seed: int) -> dict[str, Any]:
    """The clock: from records in memory to clusters with ids, with the model that ships."""
    rows = made(records, seed + 5)
    seconds: dict[str, float] = {}
    started = time.perf_counter(), time.process_time()

    def tell(stage: str, done: int, total: int) -> None:
        seconds[stage] = time.perf_counter() - seconds.get(stage, 0.0)

    found = link_records(rows.drop("entity"), "employers", at=NEVER, progress=tell)
    took, worked = time.perf_counter() - started[0], time.process_time() - started[1]
    entity = entities(found, rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # KiB on Linux
    result: dict[str, Any] = {
        "records": records,
        "link_seconds": round(took, 1),
        "cpu_seconds": round(worked, 1),
        "peak_gib": round(peak, 2),
        "stage_seconds": {stage: round(value, 1) for stage, value in seconds.items()},
        "pairs_kept": found.pairs.height,
    }
    result |= clusters_score(found.clusters["cluster_id"].to_numpy(), entity) | desk_score(found, entity)
    with clock() as elapsed:
        names = exact(found.records)
    result["peers"] = {"exact normalised name": clusters_score(names, entity) | {"link_seconds": elapsed[0]}}
    return result


def made(records: int, seed: int) -> pl.DataFrame:
    """Made-up records, two thirds of them of firms that stand there once."""
    return corrupted(made_employers(int(records * FIRMS), seed), records, seed + 100)


def fitted(rows: pl.DataFrame, seed: int) -> tuple[Model, float]:
    """A model for `rows` (with `entity`) and the fuzzy peer's cut, thresholds chosen on these rows."""
    kind = kind_of("employers")
    records = check_records(rows, kind, "training rows")
    entity = records.join(rows.select("record_id", "entity"), on="record_id", how="left", maintain_order="left")
    features = features_of(records, kind)
    model = with_thresholds(
        fit(features, kind, seed=seed, name="made-up employers"), features, kind, entity["entity"].to_numpy()
    )
    scores, truth = fuzzy_scores(records, features, model, entity["entity"].to_numpy())
    return model, best_cut(scores, truth)


def with_thresholds(model: Model, features: pl.DataFrame, kind: Kind, entity: Any) -> Model:
    """`model` with the thresholds that suit the records of `features`, whose true `entity` is known."""
    pairs = DuckDBLinkage().score(features, kind, model, 0.005)
    accept, desk = thresholds(pairs["probability"].to_numpy(), same_entity(pairs, entity))
    return replace(model, accept=accept, desk=desk)


def thresholds(probability: Floats, same: Bools) -> tuple[float, float]:
    """(accept, desk): the lowest probability above which WANTED of the pairs match, and that below which few do.

    Below `desk` lie at most 2 in 1,000 of the matching pairs that were scored.
    """
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(same[order])
    precise = np.flatnonzero(hits / np.arange(1, len(order) + 1) >= WANTED)
    accept = float(probability[order][precise[-1]]) if len(precise) else 0.99
    deep = int(np.searchsorted(hits, 0.998 * hits[-1])) if len(hits) else 0
    desk = float(probability[order][min(deep, len(order) - 1)]) if len(hits) else 0.05
    return round(min(max(accept, 0.3), 0.99), 4), round(min(max(desk, 0.01), 0.2), 4)


def same_entity(pairs: pl.DataFrame, entity: Any) -> Bools:
    """Whether the two rows of each pair (uid_l, uid_r) are one firm."""
    same: Bools = entity[pairs["uid_l"].to_numpy()] == entity[pairs["uid_r"].to_numpy()]
    return same


def entities(found: Linkage, rows: pl.DataFrame) -> Any:
    """The true firm of each record, in the order of `found.clusters`."""
    joined = found.clusters.join(rows.select("record_id", "entity"), on="record_id", how="left", maintain_order="left")
    return joined["entity"].to_numpy()


def clusters_score(cluster: Any, entity: Any) -> dict[str, float]:
    """Precision, recall and F1 over all pairs of records that a clustering puts together."""
    frame = pl.DataFrame({"cluster": pl.Series(cluster), "entity": pl.Series(entity)})
    joined = _pairs(frame.group_by("cluster").len()["len"])
    true = _pairs(frame.group_by("entity").len()["len"])
    return figures(_pairs(frame.group_by("cluster", "entity").len()["len"]), joined, true)


def figures(hits: float, joined: float, true: float) -> dict[str, float]:
    """Precision, recall and F1 from counts of pairs."""
    precision, recall = hits / max(joined, 1), hits / max(true, 1)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-12)}


def _pairs(sizes: pl.Series) -> float:
    n = sizes.cast(pl.Int64).to_numpy()
    return float((n * (n - 1) // 2).sum())


def desk_score(found: Linkage, entity: Any) -> dict[str, float]:
    """What the desk holds: pairs, how many of them match, and the true pairs that it could still add."""
    place = dict(zip(found.clusters["record_id"], entity, strict=True))
    desk = found.pairs.filter(pl.col("state") == "desk")
    same = [place[a] == place[b] for a, b in desk.select("left", "right").iter_rows()]
    return {"desk_pairs": float(len(same)), "desk_matches": float(sum(same))}


def exact(records: pl.DataFrame) -> list[str]:
    """The peer that joins records of one normalised name."""
    return [normalise_name(name) if name else f"#{i}" for i, name in enumerate(records["name"])]


def fuzzy_scores(records: pl.DataFrame, features: pl.DataFrame, model: Model, entity: Any) -> tuple[Floats, Bools]:
    """RapidFuzz's token set ratio (characters are the tokens) of every pair that the same blocking brings together."""
    met = (
        DuckDBLinkage().raw(features, kind_of("employers"), model, None).select("uid_l", "uid_r").sort("uid_l", "uid_r")
    )
    texts = [" ".join(normalise_name(name)) if name else "" for name in records["name"]]
    scores = [fuzz.token_set_ratio(texts[a], texts[b]) for a, b in met.iter_rows()]
    return np.array(scores, dtype=np.float64), same_entity(met, entity)


def best_cut(scores: Floats, same: Bools) -> float:
    """The cut of the best F1 over pairs."""
    cuts = np.arange(50.0, 101.0)
    hits = np.array([same[scores >= cut].sum() for cut in cuts], dtype=np.float64)
    kept = np.array([(scores >= cut).sum() for cut in cuts], dtype=np.float64)
    f1 = 2 * hits / np.maximum(kept + same.sum(), 1)
    return float(cuts[int(np.argmax(f1))])


def fuzzy(records: pl.DataFrame, model: Model, cut: float, entity: Any) -> dict[str, float]:
    """The fuzzy peer with its cut from the training rows; over pairs as they meet, the kinder way for it."""
    scores, same = fuzzy_scores(records, features_of(records, kind_of("employers")), model, entity)
    true = _pairs(pl.Series(entity).value_counts()["count"])
    kept = scores >= cut
    return figures(float(same[kept].sum()), float(kept.sum()), true) | {"cut": cut}


def _model(model: Model) -> dict[str, Any]:
    return {"accept": model.accept, "desk": model.desk, "model": model.version}


@contextmanager
def clock() -> Iterator[list[float]]:
    """Seconds that the block took, in the list that it is given."""
    elapsed = [0.0]
    started = time.perf_counter()
    yield elapsed
    elapsed[0] = round(time.perf_counter() - started, 1)
