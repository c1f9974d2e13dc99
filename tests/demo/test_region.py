"""The made-up region: the same seed makes the same region, its records tell of its hidden truth, nothing looks real."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from yufang.demo import write_region
from yufang.demo.geography import CENTRE, make_districts
from yufang.demo.world import industries, make_world
from yufang.packs import installed_packs

TODAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("region")
    write_region(folder, seed=3, today=TODAY, enterprises=60)
    return folder


def test_the_same_seed_makes_the_same_records(region: Path, tmp_path: Path) -> None:
    write_region(tmp_path, seed=3, today=TODAY, enterprises=60)
    for name in ("records/injury_cases.csv", "records/inspections.jsonl", "region.json"):
        assert (tmp_path / name).read_bytes() == (region / name).read_bytes()


def test_another_seed_makes_another_region(region: Path, tmp_path: Path) -> None:
    write_region(tmp_path, seed=4, today=TODAY, enterprises=60)
    name = "records/injury_cases.csv"
    assert (tmp_path / name).read_bytes() != (region / name).read_bytes()


def test_there_are_eight_industries_and_their_equipment_is_in_the_packs() -> None:
    packs = {p.key: {e.key for e in p.equipment} for p in installed_packs()}
    assert len(industries()) == 8
    for industry in industries():
        assert set(industry["equipment"]) <= packs[industry["pack"]], industry["code"]


def test_every_injury_with_a_cause_happened_while_the_hazard_was_there() -> None:
    world = make_world(seed=5, today=TODAY, enterprises=40)
    spans = {}
    for owner, key, begin, end in world.present:
        spans.setdefault((owner, key), []).append((begin, end))
    checked = 0
    for injury in world.injuries:
        if injury.hazard_key:
            # An injury falls into the quarter in which the hazard was there, so a quarter is the tolerance.
            assert any(
                (injury.on - begin).days > -92 and (end == date.max or (injury.on - end).days < 92)
                for begin, end in spans[(injury.enterprise.id, injury.hazard_key)]
            )
            checked += 1
    assert checked > 50


def test_narratives_vary(region: Path) -> None:
    text = (region / "records/injury_cases.csv").read_bytes().decode("gb18030")
    told = pl.read_csv(text.encode())["事故经过"]
    assert told.n_unique() > 0.97 * len(told)
    assert told.str.len_chars().mean() > 25  # type: ignore[operator]
    assert not told.str.contains(r"[{}]").any()


def test_nothing_passes_for_real(region: Path) -> None:
    about = json.loads((region / "region.json").read_text("utf-8"))
    assert about["synthetic"] is True
    assert "虚构" in about["name_zh"]
    # Open ocean: no point within two degrees is land.
    for feature in about["districts"]["features"]:
        for lon, lat in feature["geometry"]["coordinates"][0]:
            assert abs(lon - CENTRE[0]) < 2
            assert abs(lat - CENTRE[1]) < 2


def test_districts_tile_the_prefecture() -> None:
    districts = make_districts(np.random.default_rng(1))
    rng = np.random.default_rng(2)
    points = np.array(CENTRE) + rng.uniform(-0.15, 0.15, (400, 2))
    assert [sum(d.contains(lon, lat) for d in districts) for lon, lat in points] == [1] * 400
