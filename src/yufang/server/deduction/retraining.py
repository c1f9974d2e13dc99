"""The region's ranking model learns from answers, every night, in a process of its own.

It starts each time from the model that a run left (kept beside it as `BASE`), so no answer is learnt twice; what it
makes replaces the model at work whole or not at all. A region without a model of its own is left to the packs' priors.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

MODEL, BASE, GRAPH = "deduction.model", "deduction.base.model", "graph"


class Label(NamedTuple):
    """What a visit found out about one key: `confirmed` or `not_found`."""

    enterprise_id: str
    key: str
    on: date
    result: str


def place(region_id: int) -> Path:
    """Where the region's model stands (see `what_if.model.adopt`)."""
    home: Path = settings.CONFIG.home.resolve()
    return home / "models" / "deduction" / str(region_id)


def retrain(folder: Path, labels: Sequence[Label], at: date) -> str:
    """Learn `labels` on top of the base model in `folder`, as of `at`; returns the version now at work.

    Raises OSError, ModelFileError or GraphError where the model or its graph can't be read; the model at work stays.
    """
    import polars as pl

    from yufang.deduction import update
    from yufang.deduction.store import load, save
    from yufang.graph import RiskGraph
    from yufang.packs import installed_packs

    base = folder / BASE
    if not base.exists():
        unfinished = base.with_name(BASE + ".part")
        shutil.copyfile(folder / MODEL, unfinished)
        unfinished.replace(base)
    model = load(base)
    at = max(at, model.at)
    answers = pl.DataFrame(
        labels,
        schema={"enterprise_id": pl.String, "key": pl.String, "on": pl.Date, "result": pl.String},
        orient="row",
    )
    # A made-up region stands still at its day: answers given later count as given on the eve of the forecast.
    answers = answers.with_columns(on=pl.min_horizontal("on", pl.lit(at - timedelta(days=1))))
    learnt = update(model, RiskGraph.read(folder / GRAPH, installed_packs()), answers, at=at)
    save(learnt, folder / MODEL)
    return learnt.version


async def retrain_apart(folder: Path, labels: Sequence[Label], at: date) -> str:
    """`retrain` in another process, so that answering people don't wait; "" where there is no model, or it failed."""
    if not labels or not (folder / MODEL).exists():
        return ""
    with tempfile.TemporaryDirectory() as work:
        job = Path(work) / "labels.json"
        job.write_text(json.dumps([[e, k, on.isoformat(), r] for e, k, on, r in labels]), encoding="utf-8")
        module = "yufang.server.deduction.retraining"
        arguments = (str(folder), str(job), at.isoformat())
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            said, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        return said.decode().strip() if process.returncode == 0 else ""


if __name__ == "__main__":
    rows = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    told = [Label(e, k, date.fromisoformat(on), r) for e, k, on, r in rows]
    print(retrain(Path(sys.argv[1]), told, date.fromisoformat(sys.argv[3])))
