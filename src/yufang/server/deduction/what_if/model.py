"""The deduction model at work: a region's own where a run left one, else the packs' priors. Read once a process."""

from __future__ import annotations

import os
import shutil
import threading
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:  # the kernels behind it are imported where a model is used
    from yufang.deduction import Deducer

MODEL, GRAPH = "deduction.model", "graph"
_LONG_AGO = date(2000, 1, 1)  # the packs' priors hold on any day
_one_at_a_time = threading.Lock()


def _place(region_id: int) -> Path:
    home: Path = settings.CONFIG.home.resolve()
    return home / "models" / "deduction" / str(region_id)


def adopt(region_id: int, folder: Path) -> bool:
    """Take a run's model and the graph it speaks of into the home folder. False where the run left none.

    A model that this version can't read stays outside: the packs then answer alone.
    """
    from yufang.deduction.store import ModelFileError, load

    source, graph = folder / "models" / MODEL, folder / GRAPH
    if not source.exists() or not (graph / "graph.json").exists():
        return False
    try:
        load(source)
    except ModelFileError:
        return False
    target = _place(region_id)
    unfinished = target.with_name(target.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    shutil.copyfile(source, unfinished / MODEL)
    shutil.copytree(graph, unfinished / GRAPH)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(unfinished, target)
    return True


def deducer(region_id: int | None) -> Deducer:
    """Ready to answer for the enterprises of a region."""
    with _one_at_a_time:  # two first questions at once must not read everything twice
        if region_id is not None:
            path = _place(region_id) / MODEL
            try:
                found = _of_region(str(path), path.stat().st_mtime_ns)
            except OSError:
                found = None
            if found is not None:
                return found
        return _of_packs()


@lru_cache(maxsize=2)
def _of_region(path: str, changed: int) -> Deducer | None:
    """None where the model or its graph is of another version of the program or of its packs."""
    from yufang.deduction import Deducer
    from yufang.deduction.store import ModelFileError, load
    from yufang.graph import GraphError, RiskGraph
    from yufang.packs import installed_packs

    try:
        graph = RiskGraph.read(Path(path).parent / GRAPH, installed_packs())
        return Deducer(load(Path(path)), graph)
    except (ModelFileError, GraphError, OSError, KeyError, ValueError):
        return None


@lru_cache(maxsize=1)
def _of_packs() -> Deducer:
    from yufang.deduction import Deducer, fit
    from yufang.graph import RiskGraph
    from yufang.packs import installed_packs

    graph = RiskGraph.build(installed_packs())
    return Deducer(fit(None, None, graph, at=_LONG_AGO), graph)


def day(found: Deducer, today: date) -> date:
    """The day of the visit: that of a region's run, so that a list agrees with the page; today for the packs alone."""
    return max(found.model.at, today) if found.model.at == _LONG_AGO else found.model.at


def warm() -> None:
    """Read what answers need and answer once, so that the first person does not wait for it."""
    from yufang.deduction import EnterpriseContext

    places = sorted(_place(0).parent.glob("*/" + MODEL), key=lambda path: path.stat().st_mtime, reverse=True)
    for found in (
        deducer(int(places[0].parent.name) if places and places[0].parent.name.isdigit() else None),
        deducer(None),
    ):
        found.points(EnterpriseContext(enterprise_id="", industry_code="3311"), at=day(found, date.today()))
