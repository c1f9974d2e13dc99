"""From written names to a pack's equipment, tasks and materials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.packs import Pack, installed_packs, match_equipment, match_material, match_task


@pytest.fixture(scope="module")
def machinery() -> Pack:
    return next(pack for pack in installed_packs() if pack.key == "machinery")


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("mechanical_press", "mechanical_press"),
        ("冲床", "mechanical_press"),
        ("JH21-110开式压力机", "mechanical_press"),
        ("４号 冲 床", "mechanical_press"),
        ("Stamping presses", "mechanical_press"),
        ("YQ32-315四柱液压机", "hydraulic_press"),
        ("行车", "overhead_crane"),
        ("LD型电动单梁起重机(5t)", "overhead_crane"),
        ("3t电动叉车", "forklift"),
        ("Forklift trucks, 2 of them", "forklift"),
        ("螺杆空压机", "air_compressor"),
        ("Air compressor 37 kW", "air_compressor"),
        ("CNC", "machining_centre"),
        ("铝件打磨除尘器", "dust_collector"),
    ],
)
def test_what_people_write_finds_the_equipment(machinery: Pack, written: str, key: str) -> None:
    found = match_equipment(machinery, written)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize("written", ["", "机", "设备", "compressor oil", "办公桌", "express delivery", "?"])
def test_what_means_nothing_or_too_much_finds_none(machinery: Pack, written: str) -> None:
    assert match_equipment(machinery, written) is None


def test_the_head_noun_decides_between_two_names(machinery: Pack) -> None:
    """Of two names of the same length the last one counts: Chinese puts the head noun last."""
    found = match_equipment(machinery, "冲床叉车")
    assert found is not None
    assert found.key == "forklift"


def test_tasks_and_materials_are_found_the_same_way(machinery: Pack) -> None:
    task = match_task(machinery, "钣金折弯")
    assert task is not None
    assert task.key == "shearing_bending"
    for written in ("7429-90-5", "铝粉", "Aluminium dust"):
        material = match_material(machinery, written)
        assert material is not None
        assert material.key == "aluminium_dust"


def test_every_name_and_alias_finds_its_own_entry() -> None:
    for pack in installed_packs():
        for entry in pack.equipment:
            for name in (entry.key, entry.name.zh, entry.name.en, *entry.aliases):
                found = match_equipment(pack, name)
                assert found is not None, (pack.key, entry.key, name)
                assert found.key == entry.key, (pack.key, entry.key, name)


@given(st.text(max_size=40))
def test_any_text_is_answered_without_an_error(written: str) -> None:
    for pack in installed_packs():
        match_equipment(pack, written)
        match_task(pack, written)
        match_material(pack, written)
