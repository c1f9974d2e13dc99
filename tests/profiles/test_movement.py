"""Why a score moved: shares of causes that sum to the change, told with the facts behind them."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.profiles import ProfileInputError, RiskProfile, profile_region
from yufang.profiles.movement import shapley
from yufang.profiles.wording import rounded

from .test_profile import AT, frame, region

SINCE = date(2026, 4, 1)
SCORES = st.lists(st.floats(-60, 60), min_size=1, max_size=8)


def with_burns(cases: pl.DataFrame) -> pl.DataFrame:
    new = [
        {
            "enterprise_id": "E40",
            "occurred_on": AT - timedelta(days=20 + 10 * n),
            "injured": 1,
            "lost_days": 60.0,
            "accident_type": "WSA10008",
            "equipment": "2号线",
        }
        for n in range(2)
    ]
    return pl.concat([cases, frame(cases.schema, new)])


def of(profiles: tuple[RiskProfile, ...], owner: str, month: date = AT) -> RiskProfile:
    return next(p for p in profiles if p.enterprise_id == owner and p.month == month)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=16, max_size=16))
def test_shapley_shares_sum_to_the_change_of_any_function(values: list[float]) -> None:
    causes = ("a", "b", "c", "d")

    def value(present: frozenset[str]) -> np.ndarray:
        return np.array([values[sum(1 << i for i, c in enumerate(causes) if c in present)]])

    shares = shapley(causes, value)
    assert sum(float(s[0]) for s in shares.values()) == pytest.approx(values[15] - values[0], abs=1e-9)


def test_a_cause_that_changes_nothing_has_no_share_and_equal_causes_share_equally() -> None:
    shares = shapley(("x", "y", "idle"), lambda s: np.array([float("x" in s) * 2 + float("y" in s) * 2]))
    assert float(shares["idle"][0]) == 0
    assert float(shares["x"][0]) == pytest.approx(float(shares["y"][0])) == pytest.approx(2.0)


def test_the_parts_of_every_profile_sum_to_the_change_of_its_score() -> None:
    profiles = profile_region(*region([0.3, 1.0, 2.0, 4.0] * 15), at=AT)
    score = {(p.enterprise_id, p.month): p.score for p in profiles}
    seen = 0
    for p in profiles:
        if p.movement and (p.enterprise_id, p.movement.since) in score:
            change = p.score - score[p.enterprise_id, p.movement.since]
            assert p.movement.change == pytest.approx(change, abs=1e-9)
            assert sum(part.points for part in p.movement.parts) == pytest.approx(change, abs=1e-9)
            seen += 1
    assert seen > 1000


def test_two_burns_on_one_line_are_told_with_their_points() -> None:
    enterprises, cases, hazards = region([0.5] * 40 + [0.0])
    moved = of(profile_region(enterprises, with_burns(cases), hazards, at=AT), "E40").movement
    assert moved is not None
    assert moved.since == SINCE
    assert moved.change > 5
    assert moved.parts[0].cause == "new_injuries"
    assert moved.parts[0].text_zh.startswith("同一处（2号线）发生2起")
    assert "two cases of" in moved.text_en
    assert "at the same place (2号线)" in moved.text_en
    assert moved.text_en.startswith(f"+{round(moved.change)} since April: ")


def test_expired_certificates_move_the_score_where_they_foretold_injuries_and_are_named() -> None:
    rng = np.random.default_rng(4)
    enterprises, cases, hazards = region([0.4] * 150)
    signals, more = [], []
    for month in range(36):  # certificates expire; those enterprises have more injuries in the year that follows
        day = date(2023 + (6 + month) // 12, (6 + month) % 12 + 1, 10)
        for i in rng.choice(150, 6, replace=False):
            row = {"enterprise_id": f"E{i}", "on": day, "kind": "certificate", "count": 3.0}
            signals.append(row | {"label_zh": "{n}名焊工证书过期", "label_en": "certificates of {n} welders expired"})
            for _ in range(rng.poisson(2.5)):
                after = day + timedelta(days=int(rng.integers(1, 200)))
                more.append({"enterprise_id": f"E{i}", "occurred_on": after, "injured": 1, "lost_days": 20.0})
    signals.append(signals[0] | {"enterprise_id": "E77", "on": AT - timedelta(days=9)})
    all_cases = pl.concat([cases, frame(cases.schema, more)])
    profiles = profile_region(enterprises, all_cases, hazards, at=AT, signals=pl.DataFrame(signals))
    profile = of(profiles, "E77")
    assert "近3个月3名焊工证书过期" in profile.reasons_zh
    assert profile.movement is not None
    part = next(p for p in profile.movement.parts if p.cause == "certificate")
    assert part.points > 0
    assert part.text_en == "certificates of 3 welders expired"


def test_signals_that_foretold_nothing_change_no_expectation() -> None:
    enterprises, cases, hazards = region([0.0] * 10)
    signal = pl.DataFrame([{"enterprise_id": "E1", "on": AT - timedelta(days=5), "kind": "sensor", "count": 40.0}])
    plain = of(profile_region(enterprises, cases, hazards, at=AT), "E1")
    told = of(profile_region(enterprises, cases, hazards, at=AT, signals=signal), "E1")
    assert told.expected_injuries == plain.expected_injuries
    assert "近3个月传感器报警40次" in told.reasons_zh


@pytest.mark.parametrize(
    ("table", "row", "said"),
    [
        ("signals", {"enterprise_id": "E1", "on": AT, "kind": "rumour", "count": 1.0}, "'rumour'"),
        ("exposure", {"enterprise_id": "E1", "payroll": -5.0}, "payroll of E1 is -5"),
        ("exposure", {"who": "E1", "hours": 5.0}, "enterprise_id is missing"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_by_name(table: str, row: dict[str, object], said: str) -> None:
    with pytest.raises(ProfileInputError, match=said):
        profile_region(*region([1.0] * 5), at=AT, **{table: pl.DataFrame([row])})  # type: ignore[arg-type]


def test_twice_the_hours_at_the_same_injuries_is_half_the_rate() -> None:
    enterprises, cases, hazards = region([2.0] * 30)
    hours = pl.DataFrame([{"enterprise_id": "E5", "month": None, "hours": 400 * 2000 / 12.0}])
    plain = of(profile_region(enterprises, cases, hazards, at=AT), "E5")
    told = of(profile_region(enterprises, cases, hazards, at=AT, exposure=hours), "E5")
    assert (told.exposure_basis, plain.exposure_basis) == ("hours", "headcount")
    assert told.exposure == pytest.approx(2 * plain.exposure)
    assert told.rungs[0].rate == pytest.approx(plain.rungs[0].rate / 2)


def test_payroll_counts_at_the_pay_per_head_of_those_who_tell_both() -> None:
    enterprises, cases, hazards = region([1.0] * 6)
    unknown = enterprises.with_columns(employees=pl.lit(None, dtype=pl.Int64))
    rows = [{"enterprise_id": f"E{i}", "headcount": 100.0, "payroll": 600_000.0} for i in range(3)]
    rows.append({"enterprise_id": "E4", "headcount": None, "payroll": 1_200_000.0})
    told = of(profile_region(unknown, cases, hazards, at=AT, exposure=pl.DataFrame(rows)), "E4")
    assert told.exposure_basis == "payroll"
    assert told.exposure == pytest.approx(2.0)


@given(SCORES)
def test_shown_points_sum_to_the_rounded_change(points: list[float]) -> None:
    shown = rounded(points)
    assert sum(shown) == round(sum(points))
    assert all(abs(n - p) < 1 for n, p in zip(shown, points, strict=True))
