"""The main job: records in → cleaned → coded → risk graph → hazard points → profiles → tiered warnings.

Pure of the clock: the day it stands on is given, or is the day after the newest record. Each stage tells its progress;
the import resumes where it was broken off, the later stages are worked out anew from the lake.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from yufang.deduction import EnterpriseContext, HazardPoint, OwnEquipment, deduce_many, fit
from yufang.deduction.store import save
from yufang.graph import Knowledge, RiskGraph
from yufang.lake import FolderResult, Lake, import_folder
from yufang.packs import installed_packs
from yufang.profiles import profile_region
from yufang.run.coding import FacetReport, code_cases
from yufang.run.results import RunResults
from yufang.warning import TierTable, warnings_for

STAGES = ("import", "code", "graph", "learn", "deduce", "profile", "warn")
Tell = Callable[[str, int, int], None]
LARGE_REGION = 2000  # enterprises; above it each gets the five likeliest points instead of ten


class RunError(ValueError):
    """A run that cannot go on; the message says what is missing and the way out."""


@dataclass(slots=True)
class RunOutcome:
    """What a run found, with what its report needs."""

    folder: Path
    at: date
    imported: FolderResult
    lake: Lake
    results: RunResults
    facets: list[FacetReport]
    graph_nodes: int
    graph_edges: int
    model_version: str
    visits_learned: int
    seconds: dict[str, float] = field(default_factory=dict)
    region: dict[str, Any] = field(default_factory=dict)


def run(
    records: Path,
    out: Path,
    *,
    mapping: Path | None = None,
    at: date | None = None,
    imported_at: datetime | None = None,
    seed: int = 0,
    region: dict[str, Any] | None = None,
    tell: Tell | None = None,
    tiers: TierTable | None = None,
) -> RunOutcome:
    """Run every stage on the files of `records` and write `out`/lake and `out`/results.

    `tiers` decide what is warned of; without, the tables that ship with the package.

    Raises LakeError where nothing can be imported and RunError where the records name no enterprise or no date.
    """
    tell = tell or (lambda stage, done, total: None)
    seconds: dict[str, float] = {}
    clock = _Clock(seconds)
    lake = Lake(out / "lake")
    imported = import_folder(records, lake, mapping, progress=_within("import", tell), at=imported_at)
    enterprises, equipment = lake.table("enterprises"), lake.table("equipment")
    cases, hazards = lake.table("injury_cases"), lake.table("hazard_records")
    at = at or day_after(cases, hazards)
    if not len(enterprises):
        raise RunError("the records name no enterprise; map a column to enterprise_name")
    clock.lap("import")
    codes, coded, facets = code_cases(cases, hazards, seed=seed, tell=_within("code", tell), models=out / "models")
    clock.lap("code")
    tell("graph", 0, 1)
    graph = RiskGraph.build(installed_packs(), coded, hazards, at=at)
    graph.write(out / "graph")
    Knowledge.build(graph, coded, hazards).write(out / "graph")
    tell("graph", 1, 1)
    clock.lap("graph")
    contexts = enterprise_contexts(enterprises, equipment)
    tell("learn", 0, 1)
    model = fit(hazards, coded, graph, at=at, seed=seed, contexts={c.enterprise_id: c for c in contexts})
    tell("learn", 1, 1)
    save(model, out / "models" / "deduction.model")
    clock.lap("learn")
    n = 10 if len(contexts) <= LARGE_REGION else 5
    deduced = deduce_many(model, graph, contexts, at=at, n=n, progress=lambda d, t: tell("deduce", d, t))
    points = tuple((owner, point) for owner, found in deduced for point in found)
    clock.lap("deduce")
    profiles = profile_region(enterprises, coded, hazards, at=at, progress=lambda d, t: tell("profile", d, t))
    clock.lap("profile")
    tell("warn", 0, 1)
    warnings = warnings_for(points, profiles, at=at, table=tiers)
    results = RunResults(codes=codes, points=points, profiles=profiles, warnings=warnings)
    results.write(out)
    tell("warn", 1, 1)
    clock.lap("warn")
    return RunOutcome(
        folder=out,
        at=at,
        imported=imported,
        lake=lake,
        results=results,
        facets=facets,
        graph_nodes=len(graph.nodes),
        graph_edges=len(graph.edges),
        model_version=model.version,
        visits_learned=model.visits_learned,
        seconds=seconds,
        region=region or {},
    )


class _Clock:
    """Seconds a stage took, for the report; nothing is decided by it."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds
        self._since = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._seconds[stage] = round(now - self._since, 2)
        self._since = now


def _within(stage: str, tell: Tell) -> Tell:
    """Progress of a stage's own steps, told under the stage's name."""
    return lambda step, done, total: tell(f"{stage}:{step}", done, total)


def day_after(cases: pl.DataFrame, hazards: pl.DataFrame) -> date:
    """The day after the newest dated record. Raises RunError where no record carries a date."""
    newest = [d for d in (cases["occurred_on"].max(), hazards["found_on"].max()) if isinstance(d, date)]
    if not newest:
        raise RunError("no record carries a date; map a column to occurred_on (cases) or found_on (hazards)")
    return max(newest) + timedelta(days=1)


def enterprise_contexts(enterprises: pl.DataFrame, equipment: pl.DataFrame) -> list[EnterpriseContext]:
    """What is known of each enterprise, with its equipment's kinds and names."""
    owned = dict(
        equipment.group_by("enterprise_id")
        .agg(pl.concat_list(pl.col("kind").drop_nulls().implode(), pl.col("name").drop_nulls().implode()).first())
        .iter_rows()
    )
    machines: dict[str, list[OwnEquipment]] = {}
    for owner, name, kind, model, count in equipment.select(
        "enterprise_id", "name", "kind", "model", "count"
    ).iter_rows():
        if name or kind:
            own = OwnEquipment(name=name or kind, kind=kind or "", model=model or "", count=count)
            machines.setdefault(owner, []).append(own)
    return [
        EnterpriseContext(
            enterprise_id=row["enterprise_id"],
            name=row["name"] or "",
            industry_code=row["industry_code"] or "",
            region=row["region"] or "",
            employees=row["employees"],
            equipment=tuple(dict.fromkeys(owned.get(row["enterprise_id"]) or ())),
            processes=tuple(row["processes"] or ()),
            materials=tuple(row["materials"] or ()),
            inventory=tuple(machines.get(row["enterprise_id"], ())),
        )
        for row in enterprises.iter_rows(named=True)
    ]


def top_points(results: RunResults, count: int) -> list[tuple[str, HazardPoint]]:
    """The likeliest points of the region, at most one of a kind for each enterprise."""
    return sorted(results.points, key=lambda pair: -pair[1].probability)[:count]
