"""Claims of a stored deduction model: it answers as before, and a file of another format is refused in one message."""

from __future__ import annotations

import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.graph.small_pack import make_pack
from yufang.deduction import DeductionModel, EnterpriseContext, OwnEquipment, deduce, fit, update
from yufang.deduction.store import ModelFileError, load, save
from yufang.graph import RiskGraph

from .world import citations

AT = date(2023, 1, 1)


@pytest.fixture(scope="module")
def world() -> tuple[RiskGraph, DeductionModel]:
    records = citations(500)
    graph = RiskGraph.build([make_pack()], None, records, at=AT)
    shop = EnterpriseContext(
        enterprise_id="s",
        name="五金厂",
        industry_code="3311",
        inventory=(OwnEquipment(name="压力机", model="J23", parameters=(("stroke_rate", "55次/分"),)),),
    )
    return graph, fit(records, None, graph, at=AT, contexts={"s": shop})


def test_a_stored_model_answers_as_the_one_that_was_fitted(
    world: tuple[RiskGraph, DeductionModel], tmp_path: Path
) -> None:
    graph, model = world
    save(model, tmp_path / "deduction.model")
    again = load(tmp_path / "deduction.model")
    assert again.version == model.version
    assert again.contexts == dict(model.contexts)
    for name in [*list(model.vocabulary.home_at)[:6], "無人知曉營造有限公司"]:
        context = EnterpriseContext(enterprise_id=name, name=name)
        points = deduce(model, graph, context, at=AT)
        assert points
        assert deduce(again, graph, context, at=AT) == points
    assert deduce(again, graph, again.contexts["s"], at=AT) == deduce(model, graph, model.contexts["s"], at=AT)


def test_answers_update_a_stored_model_as_they_update_the_fitted_one(
    world: tuple[RiskGraph, DeductionModel], tmp_path: Path
) -> None:
    graph, model = world
    save(model, tmp_path / "m")
    answers = pl.DataFrame({"enterprise_id": ["s"], "key": ["shop/TS-01"], "on": [AT], "result": ["confirmed"]})
    later = AT + timedelta(days=1)
    one, other = (update(m, graph, answers, at=later) for m in (model, load(tmp_path / "m")))
    assert one.version == other.version


def test_the_same_model_is_the_same_file(world: tuple[RiskGraph, DeductionModel], tmp_path: Path) -> None:
    for name in ("a", "b"):
        save(world[1], tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def _changed(source: Path, target: Path, **about: object) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "model.json":
                content = json.dumps(json.loads(content) | about).encode()
            new.writestr(name, content)
    return target


def test_a_file_of_another_format_is_refused_with_the_way_out(
    world: tuple[RiskGraph, DeductionModel], tmp_path: Path
) -> None:
    save(world[1], tmp_path / "m")
    with pytest.raises(ModelFileError, match=r"format is 99; this version of yufang reads format 1") as told:
        load(_changed(tmp_path / "m", tmp_path / "newer", format=99))
    assert "yufang run" in told.value.way_out
    with pytest.raises(ModelFileError, match="other features"):
        load(_changed(tmp_path / "m", tmp_path / "other", features=["x"]))


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_model_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(ModelFileError, match="can't be read as a deduction model"):
        load(tmp_path / "m")


def test_a_missing_file_and_a_foreign_archive_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is missing"):
        load(tmp_path / "none")
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("model.json", "[]")
    with pytest.raises(ModelFileError, match="not a deduction model"):
        load(tmp_path / "zip")
