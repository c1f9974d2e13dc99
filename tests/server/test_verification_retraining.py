"""What people found on site teaches the region's ranking model, and no answer twice."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from tests.deduction.world import citations
from yufang.deduction import EnterpriseContext, deduce, fit
from yufang.deduction.store import load, save
from yufang.graph import RiskGraph
from yufang.packs import installed_packs
from yufang.server.deduction.retraining import BASE, MODEL, Label, retrain, retrain_apart

AT = date(2023, 1, 1)
RARE = "乙規則第4條"  # two of a hundred building visits find it


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A region's model and graph, as a run leaves them."""
    place = tmp_path_factory.mktemp("model")
    records = citations(300)
    graph = RiskGraph.build(installed_packs(), None, records, at=AT)
    graph.write(place / "graph")
    save(fit(records, None, graph, at=AT), place / MODEL)
    return place


def chance(folder: Path, firm: str) -> float:
    graph = RiskGraph.read(folder / "graph", installed_packs())
    context = EnterpriseContext(enterprise_id=firm, name=firm)
    points = deduce(load(folder / MODEL), graph, context, n=40, at=date(2023, 6, 1))
    return max((p.probability for p in points if RARE in p.key), default=0.0)


def test_answers_move_the_model_and_are_learnt_once(folder: Path) -> None:
    before, version = chance(folder, "永昌1營造有限公司"), load(folder / MODEL).version
    found = [Label(f"F{n}", f"article/{RARE}", date(2023, 2, 1), "confirmed") for n in range(60)]
    first = retrain(folder, found, date(2023, 3, 1))
    assert first != version
    assert load(folder / MODEL).version == first
    after = chance(folder, "永昌1營造有限公司")
    assert after > before
    assert retrain(folder, found, date(2023, 3, 1)) == first, "the same answers, the same model: none learnt twice"
    assert load(folder / BASE).version == version, "what the run left stays"


def test_a_region_without_a_model_or_without_answers_is_left_alone(tmp_path: Path) -> None:
    label = Label("F1", "article/x", date(2023, 2, 1), "confirmed")
    assert asyncio.run(retrain_apart(tmp_path, [label], AT)) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_cant_be_read_stays_as_it_is(folder: Path, tmp_path: Path) -> None:
    (tmp_path / MODEL).write_bytes(b"broken")
    label = Label("F1", "article/x", date(2023, 2, 1), "confirmed")
    assert asyncio.run(retrain_apart(tmp_path, [label], AT)) == ""
    assert (tmp_path / MODEL).read_bytes() == b"broken"
