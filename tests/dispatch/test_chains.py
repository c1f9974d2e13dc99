"""Who is told at which level; a duty that nobody holds falls to the next level and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.dispatch import ChainError, default_rules, read_rules, tell
from yufang.dispatch.chains import NAMES

HIGH = default_rules().chain("high")
WHOS = ("on_site_supervisor", "zone", "team_leader", "safety_manager", "regulator")


def test_a_high_alert_tells_the_on_site_supervisor_and_everyone_in_the_zone_at_once() -> None:
    told = tell(HIGH, 0, {"on_site_supervisor": [1], "zone": [2, 3, 1], "team_leader": [4]})
    assert [(r.person, r.who) for r in told.people] == [(1, "on_site_supervisor"), (2, "zone"), (3, "zone")]
    assert told.fallen == ()


def test_a_hole_falls_to_the_next_level_and_says_so_while_the_zone_is_told_all_the_same() -> None:
    told = tell(HIGH, 0, {"zone": [2], "safety_manager": [9]})
    assert [(r.person, r.level) for r in told.people] == [(2, 0), (9, 2)]
    assert [(f.who, f.instead) for f in told.fallen] == [("on_site_supervisor", 1), ("team_leader", 2)]
    assert told.fallen[0].sentence()[0] == "当前没有现场负责人值班,已改为通知上一级。"


def test_a_chain_that_ends_in_a_hole_says_that_nobody_is_left() -> None:
    told = tell(HIGH, 3, {})
    assert told.people == ()
    assert told.fallen[-1].instead is None
    assert "no further level" in told.fallen[-1].sentence()[1]


@given(
    level=st.integers(-1, 9),
    found=st.dictionaries(st.sampled_from(WHOS), st.lists(st.integers(1, 6), max_size=4)),
    tier=st.sampled_from(["high", "medium", "low", "unheard-of"]),
)
def test_nobody_is_told_twice_and_somebody_answers_wherever_anybody_further_up_could(
    level: int, found: dict[str, list[int]], tier: str
) -> None:
    chain = default_rules().chain(tier)
    told = tell(chain, level, found)
    people = [r.person for r in told.people]
    assert len(people) == len(set(people))
    start = max(0, min(level, len(chain.levels) - 1))
    could = any(found.get(who) for step in chain.levels[start:] for who in step.answers)
    answers = {who for step in chain.levels for who in step.answers}
    if could:
        assert any(set(found.get(who, ())) & set(people) for who in answers)
    assert bool(told.fallen) == (not any(found.get(w) for w in chain.levels[start].answers))


def test_medium_and_low_alerts_go_to_the_bell_only() -> None:
    rules = default_rules()
    assert [rules.chain(t).ways for t in ("high", "medium", "low")] == ["all", "in_app", "in_app"]
    assert rules.minutes("high", 0) == 5
    assert rules.minutes("high", 3) is None
    assert timedelta(minutes=rules.minutes("medium", 0) or 0) == timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("minutes: 5}", "minutes: null}", ["chains.high", "level 0"]),
        ("answers: [regulator], minutes: null", "answers: [zone], minutes: null", ["zone must answer", "who"]),
        ("who: [team_leader]", "who: [foreman]", ["chains.high.levels.1.who.0", "foreman"]),
        ('start: "22:00"', 'start: "25:00"', ["quiet.start", "25:00"]),
        ("seconds: [5, 20]", "seconds: []", ["back_off.seconds"]),
        ("urn:", "- urn:", ["not valid YAML"]),
    ],
)
def test_rules_that_cannot_be_used_say_where_and_what(before: str, after: str, names: list[str]) -> None:
    from importlib import resources

    text = resources.files("yufang.dispatch").joinpath("chains.yaml").read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(ChainError) as refused:
        read_rules(text.replace(before, after, 1))
    for name in names:
        assert name in str(refused.value)


def test_every_duty_has_a_name_in_both_languages() -> None:
    assert set(NAMES) == set(WHOS)
