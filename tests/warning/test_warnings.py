"""Tier from level, probability and time; measures by the hierarchy of controls."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from yufang.deduction.contracts import HazardPoint, LecScore, Measure, PathStep, SupportingRecord
from yufang.profiles.contracts import RiskProfile
from yufang.warning import TierError, default_table, default_text, read_table, warn_of_point, warnings_for

AT = date(2026, 7, 1)
GUARD = Measure(level="engineering", text_zh="加装联锁护罩", text_en="fit an interlocked guard")
GLOVES = Measure(level="ppe", text_zh="佩戴手套", text_en="wear gloves")
REMOVE = Measure(level="eliminate", text_zh="改用机械手送料", text_en="feed by robot")


def point(colour: str, probability: float, last: date | None = None) -> HazardPoint:
    record = SupportingRecord(record_id="R1", origin="inspection", on=last, enterprise_name="甲", text="护罩缺失")
    step = PathStep(source="甲", relation="has", target="压力机", provenance="R1", support=1)
    return HazardPoint(
        key="machinery/ME-01", rank=1, title_zh="压力机光幕盲区", title_en="Press light-curtain blind zone",
        equipment="压力机", part="光幕", circumstance_zh="连续冲程", circumstance_en="continuous strokes",
        consequence_zh="断指", consequence_en="amputation", accident_type="WSA10005", severity="serious",
        probability=probability, lec=LecScore(likelihood=6, exposure=6, consequence=7, score=252, colour=colour),
        measures=(GLOVES, GUARD, REMOVE), clause="GB 27607", training="压力机安全", ppe=(), signals=(),
        path=(step,) if last else (), records=(record,) if last else (), model_version="t",
        training_en="press safety", signals_en=("curtain muted",),
    )  # fmt: skip


def profile(colour: str, trend: float, month: date = AT) -> RiskProfile:
    return RiskProfile(
        enterprise_id="E1", month=month, injuries_12m=2, lost_days_12m=9, hazards_12m=1, expected_injuries=1.5,
        expected_injuries_low=1, expected_injuries_high=2, expected_lost_days=30, credibility=0.5, class_code="33",
        score=98, colour=colour, trend=trend, peer_percentile=97, reasons_zh=("近12个月工伤2人",),
        reasons_en=("2 injured",),
    )  # fmt: skip


def tiers(*points: HazardPoint) -> list[tuple[str, str]]:
    return [(w.tier, w.rule) for w in warnings_for([("E1", p) for p in points], [], at=AT)]


def test_a_red_and_likely_point_reaches_the_supervisor_now() -> None:
    (warning,) = warnings_for([("E1", point("red", 0.65))], [], at=AT)
    assert (warning.tier, warning.route, warning.due_on) == ("high", "supervisor_now", AT + timedelta(days=1))
    assert (warning.training, warning.training_en) == ("压力机安全", "press safety")
    assert "停止" in warning.procedure_zh
    assert "stops" in warning.procedure_en


def test_measures_come_in_the_hierarchy_of_controls() -> None:
    (warning,) = warnings_for([("E1", point("red", 0.65))], [], at=AT)
    assert [m.level for m in warning.measures] == ["eliminate", "engineering", "ppe"]
    assert REMOVE.text_zh in warning.procedure_zh


def test_a_fresh_record_of_their_own_raises_the_tier() -> None:
    assert tiers(point("orange", 0.35)) == [("medium", "P4")]
    assert tiers(point("orange", 0.35, AT - timedelta(days=30))) == [("high", "P3")]
    assert tiers(point("orange", 0.35, AT - timedelta(days=200))) == [("medium", "P4")]
    assert tiers(point("red", 0.40, AT - timedelta(days=200))) == [("high", "P2")]


def test_what_is_unlikely_and_mild_warns_nobody() -> None:
    assert tiers(point("blue", 0.2)) == []


def test_medium_and_low_go_into_the_next_inspection() -> None:
    (warning,) = warnings_for([("E1", point("yellow", 0.2))], [], at=AT)
    assert (warning.tier, warning.route) == ("low", "next_inspection")


def test_a_profile_warns_by_its_newest_month_only() -> None:
    old = profile("red", 0.9, date(2026, 1, 1))
    (warning,) = warnings_for([], [old, profile("orange", 0.3)], at=AT)
    assert (warning.tier, warning.rule, warning.subject_key) == ("medium", "R3", "profile")
    assert "近12个月工伤2人" in warning.reason_zh


def test_high_tiers_come_first_and_the_order_never_varies() -> None:
    points = [("E1", point("yellow", 0.2)), ("E1", replace(point("red", 0.6), key="x")), ("E1", point("red", 0.25))]
    assert [w.tier for w in warnings_for(points, [], at=AT)] == ["high", "medium", "low"]
    assert warnings_for(points[::-1], [], at=AT) == warnings_for(points, [], at=AT)


def test_every_rule_of_the_table_can_decide() -> None:
    table = default_table()
    decided = set()
    for colour in ("red", "orange", "yellow", "blue"):
        for percent in range(101):
            for age in (None, 10, 100, 400):
                rule = table.for_point(colour, percent / 100, age)
                decided.add(rule.rule if rule else None)
        for trend in (-0.5, 0.3, 0.8):
            rule = table.for_profile(colour, trend)
            decided.add(rule.rule if rule else None)
    assert {r.rule for r in (*table.points, *table.profiles)} <= decided


# The rules as they were written out before they became a decision table: colours, probability, newest record at most
# this old; colours and trend.
POINT_RULES = [
    ("P1", {"red"}, 0.60, None, "high", 1),
    ("P2", {"red"}, 0.35, 365, "high", 1),
    ("P3", {"orange"}, 0.30, 90, "high", 1),
    ("P4", {"red", "orange"}, 0.20, None, "medium", 14),
    ("P5", {"yellow"}, 0.30, 180, "medium", 14),
    ("P6", {"red", "orange", "yellow"}, 0.15, None, "low", 60),
    ("P7", {"blue"}, 0.40, None, "low", 90),
]
PROFILE_RULES = [
    ("R1", {"red"}, 0.50, "high", 3),
    ("R2", {"red"}, None, "medium", 14),
    ("R3", {"orange"}, 0.25, "medium", 14),
    ("R4", {"orange", "yellow"}, 0.25, "low", 60),
]


def test_the_shipped_table_decides_as_the_rules_were_agreed() -> None:
    table, chance = default_table(), Random(5)
    exact = [0.15, 0.2, 0.3, 0.35, 0.4, 0.6]
    for _ in range(4_000):
        colour = chance.choice(["red", "orange", "yellow", "blue"])
        p = chance.choice([chance.random(), chance.choice(exact)])
        age = chance.choice([None, chance.randrange(800), 90, 91, 180, 181, 365, 366])
        held = (
            (rule, tier, due)
            for rule, colours, least, fresh, tier, due in POINT_RULES
            if colour in colours and p >= least and (fresh is None or (age is not None and age <= fresh))
        )
        found = table.for_point(colour, p, age)
        assert (found and (found.rule, found.tier, found.due_days)) == next(held, None)
        trend = chance.choice([chance.uniform(-1, 2), 0.25, 0.5])
        of_profile = (
            (rule, tier, due)
            for rule, colours, least, tier, due in PROFILE_RULES
            if colour in colours and (least is None or trend >= least)
        )
        found = table.for_profile(colour, trend)
        assert (found and (found.rule, found.tier, found.due_days)) == next(of_profile, None)


def test_many_points_are_tiered_as_each_by_itself() -> None:
    chance, table = Random(6), default_table()
    points = [
        replace(point(chance.choice(["red", "orange", "blue"]), chance.random(), AT - timedelta(days=at)), key=str(at))
        for at in range(300)
    ]
    together = warnings_for([("E1", p) for p in points], [], at=AT)
    alone = [w for p in points if (w := warn_of_point("E1", p, at=AT, table=table))]
    assert {w.subject_key: w for w in together} == {w.subject_key: w for w in alone}


SHIPPED = default_text()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("points: [", "not well-formed XML"),
        (SHIPPED.replace('>"red"<', '>"pink"<', 1), "“pink” never occurs"),
        (SHIPPED.replace('name="due_days"', 'name="days"', 1), "due_days"),
        (SHIPPED.replace('label="P1"', 'label="R1"', 1), "stands twice"),
        (SHIPPED.replace('id="profiles"', 'id="others"'), "no table “profiles”"),
        (SHIPPED.replace('hitPolicy="FIRST"', 'hitPolicy="UNIQUE"', 1), "P1 and P2 overlap"),
        (SHIPPED.replace("<text>age_days<", "<text>age<"), "“age” is no fact"),
        (SHIPPED.replace('<text>"high"<', '<text>"severe"<', 1), "not allowed"),
    ],
)
def test_a_broken_table_names_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(TierError, match=says):
        read_table(text)
