"""Rules are data: a deployment's own values stand over those that ship, and what can't be is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from yufang.sensing.riskmap.rules import RulesProblem, read_rules, shipped, step


def test_the_colours_are_those_of_lec() -> None:
    from yufang.standards.risk import default_bands

    for score in (0, 20, 69.9, 70, 159.9, 160, 320, 320.1, 5000):
        colour = shipped().colours[shipped().level(score) - 1].key
        assert colour == default_bands("lec").of(score).colour


def test_own_values_stand_over_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "riskmap.yaml"
    path.write_text(
        "colours: [{key: red, from: 200}, {key: orange, from: 100}, {key: yellow, from: 50}, {key: blue, from: 0}]\n"
        "reach_m: {combustible: 50}\npeople: {bands: {0: 2, 5: 10}}\n",
        "utf-8",
    )
    own = read_rules(path)
    assert own.level(200) == 1
    assert own.reach_m == {**shipped().reach_m, "combustible": 50}
    assert own.people.bands == {0: 2, 5: 10}
    assert own.people.unknown == shipped().people.unknown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colours: [{key: red, from: 10}]", "four|order"),
        ("near: much", "near"),
        ("nearer: 1", "nearer"),
        ("people: {bands: {1: 3}}", "begin at 0"),
        ("- a list", "mapping"),
        ("near: [", "rules"),
    ],
)
def test_rules_that_can_not_be_are_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "riskmap.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(RulesProblem, match=told) as refused:
        read_rules(path)
    assert "请改正" in refused.value.zh


def test_a_step_holds_from_its_bound_on() -> None:
    assert [step({0.5: 1.0, 0.8: 3.0}, value) for value in (0.4, 0.5, 0.79, 0.8)] == [None, 1.0, 1.0, 3.0]
