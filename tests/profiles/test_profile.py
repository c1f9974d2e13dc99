"""Profiles of a region: who stands out, why, and that nothing later is used."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from yufang.lake.tables import ENTERPRISES, HAZARD_RECORDS, INJURY_CASES
from yufang.profiles import ColourBands, profile_region

AT = date(2026, 7, 1)


def frame(schema: pl.Schema, rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def region(rates: list[float], seed: int = 1) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Enterprises of 200 people each with these yearly injury counts, over five years."""
    rng = np.random.default_rng(seed)
    enterprises = [
        {"enterprise_id": f"E{i}", "name": f"E{i}", "industry_code": "33", "employees": 200} for i in range(len(rates))
    ]
    cases, hazards = [], []
    for i, rate in enumerate(rates):
        for _ in range(rng.poisson(rate * 5)):
            on = AT - timedelta(days=int(rng.integers(1, 1826)))
            cases.append({"enterprise_id": f"E{i}", "occurred_on": on, "injured": 1, "lost_days": 20.0})
        for _ in range(rng.poisson(2)):
            on = AT - timedelta(days=int(rng.integers(1, 1826)))
            hazards.append({"enterprise_id": f"E{i}", "found_on": on})
    return frame(ENTERPRISES, enterprises), frame(INJURY_CASES, cases), frame(HAZARD_RECORDS, hazards)


def newest(profiles: tuple) -> dict:  # type: ignore[type-arg]
    return {p.enterprise_id: p for p in profiles if p.month == AT}


def test_the_enterprise_with_most_injuries_ranks_first_and_says_why() -> None:
    rates = [0.2] * 59 + [6.0]
    profiles = newest(profile_region(*region(rates), at=AT))
    worst = max(profiles.values(), key=lambda p: p.score)
    assert worst.enterprise_id == "E59"
    assert worst.colour == "red"
    assert worst.expected_injuries_low < 6.0 < worst.expected_injuries_high * 1.3
    assert "12个月工伤" in worst.reasons_zh[0]
    assert "injured" in worst.reasons_en[0]


def test_expected_injuries_add_up_to_what_happens() -> None:
    rates = list(np.random.default_rng(3).gamma(1.0, 0.8, 300))
    profiles = newest(profile_region(*region(rates), at=AT))
    assert sum(p.expected_injuries for p in profiles.values()) == pytest.approx(sum(rates), rel=0.15)


def test_nothing_dated_later_moves_a_profile() -> None:
    enterprises, cases, hazards = region([1.0] * 40)
    later = frame(
        INJURY_CASES,
        [{"enterprise_id": "E0", "occurred_on": AT + timedelta(days=d), "injured": 3} for d in range(0, 200, 5)],
    )
    assert profile_region(enterprises, pl.concat([cases, later]), hazards, at=AT) == profile_region(
        enterprises, cases, hazards, at=AT
    )


def test_an_enterprise_without_records_is_expected_like_its_class() -> None:
    enterprises, cases, hazards = region([1.0] * 40)
    fresh = frame(ENTERPRISES, [{"enterprise_id": "NEW", "name": "NEW", "industry_code": "33", "employees": 200}])
    profile = newest(profile_region(pl.concat([enterprises, fresh]), cases, hazards, at=AT))["NEW"]
    assert 0 < profile.expected_injuries < 1.2
    assert profile.injuries_12m == 0


def test_a_death_makes_it_orange_at_least() -> None:
    enterprises, cases, hazards = region([0.5] * 50)
    death = frame(INJURY_CASES, [{"enterprise_id": "E7", "occurred_on": AT - timedelta(days=30), "deaths": 1}])
    profile = newest(profile_region(enterprises, pl.concat([cases, death]), hazards, at=AT))["E7"]
    assert profile.colour in {"red", "orange"}
    assert profile.reasons_zh[0] == "近12个月死亡1人"


def test_history_has_one_profile_a_month() -> None:
    profiles = [p for p in profile_region(*region([1.0] * 5), at=AT, months=12) if p.enterprise_id == "E0"]
    assert [p.month for p in profiles][-2:] == [date(2026, 6, 1), AT]
    assert len(profiles) == 12


def test_an_industry_known_only_for_those_hurt_is_not_used_as_a_class() -> None:
    enterprises, cases, hazards = region([1.0] * 40)
    only_hurt = enterprises.with_columns(
        industry_code=pl.when(pl.col("enterprise_id") == "E1").then(pl.lit("33")).otherwise(pl.lit(None))
    )
    assert {p.class_code for p in profile_region(only_hurt, cases, hazards, at=AT)} == {""}


def test_an_empty_region_is_refused() -> None:
    enterprises, cases, hazards = region([1.0])
    with pytest.raises(ValueError, match="no enterprises"):
        profile_region(enterprises.clear(), cases, hazards, at=AT)


def test_colour_bands_must_rise() -> None:
    with pytest.raises(ValueError, match="must rise"):
        ColourBands(red=50, orange=60)
