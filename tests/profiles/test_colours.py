"""Colours by rules as data: the first that holds decides, and a table that can't be used is refused by name."""

import pytest

from yufang.profiles import ColourError, default_colours, profile_region, read_colours

from .test_profile import AT, region

MINE = """
urn: urn:test
version: "1"
rules:
  - {rule: X1, colour: red, injuries_12m: 1, score: 50}
  - {rule: X2, colour: yellow, unmended: 1}
  - {rule: X3, colour: blue}
"""


def test_the_first_rule_that_holds_decides() -> None:
    table = read_colours(MINE)
    assert table.decide(60, 0, 2, 0).rule == "X1"
    assert table.decide(40, 0, 9, 1).colour == "yellow"
    assert table.decide(99, 3, 0, 0).colour == "blue"


def test_the_shipped_rules_keep_a_death_at_orange_and_the_top_red() -> None:
    table = default_colours()
    assert table.decide(97, 0).colour == "red"
    assert table.decide(10, 1).colour == "orange"
    assert table.decide(70, 0).colour == "yellow"
    assert table.decide(0, 0).colour == "blue"


def test_profiles_follow_a_local_table_and_name_the_rule() -> None:
    profiles = profile_region(*region([0.1] * 30 + [5.0]), at=AT, months=1, bands=read_colours(MINE))
    worst = next(p for p in profiles if p.enterprise_id == "E30")
    assert (worst.colour, worst.colour_rule) == ("red", "X1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MINE.replace("colour: red", "colour: pink"), "rules.0.colour"),
        (MINE.replace("X2", "X1"), "X1 stands twice"),
        (MINE.replace("  - {rule: X3, colour: blue}\n", ""), "X2, must hold always"),
        (MINE.replace("score: 50", "scroe: 50"), "scroe"),
        ("rules: [", "not valid YAML"),
    ],
)
def test_a_wrong_table_is_refused(text: str, said: str) -> None:
    with pytest.raises(ColourError, match=said):
        read_colours(text)
