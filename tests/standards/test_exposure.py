"""Claims about exposure limits, explosive limits, alarms, heat, noise and mine air."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang import standards

GASES = [limit for limit in standards.exposure_limits() if limit.molar_mass is not None]


@pytest.mark.parametrize(
    "name", ["H2S", "h2s", "硫化氢", "Hydrogen sulfide", "hydrogen sulphide", "7783-06-4", " 硫化氢 "]
)
def test_a_substance_is_found_by_key_name_alias_or_cas(name: str) -> None:
    found = standards.limits(name)
    assert (found.key, found.mac, found.twa, found.stel) == ("H2S", 10, None, None)


def test_every_limit_is_positive_ordered_and_has_an_oel() -> None:
    for limit in standards.exposure_limits():
        values = [v for v in (limit.mac, limit.twa, limit.stel, limit.twa_respirable) if v is not None]
        assert values, limit.key
        assert all(v > 0 for v in values)
        assert limit.oel[1] in values
        if limit.twa is not None and limit.stel is not None:
            assert limit.twa <= limit.stel
        if limit.twa is not None and limit.twa_respirable is not None:
            assert limit.twa_respirable <= limit.twa
        assert standards.limits(limit.key) == limit


def test_silica_is_stricter_the_more_free_silica_it_holds() -> None:
    limits = [standards.limits(key) for key in ("DUST-SI-10", "DUST-SI-50", "DUST-SI-80")]
    assert [limit.twa for limit in limits] == [1, 0.7, 0.5]
    assert [limit.twa_respirable for limit in limits] == [0.7, 0.3, 0.2]
    assert standards.limits("矽尘").key == "DUST-SI-10"


def test_an_unsure_limit_says_so() -> None:
    assert standards.limits("苯").confidence == "memory_low"
    assert standards.limits("苯").note_zh
    assert standards.limits("CO").confidence == "memory_high"


@pytest.mark.parametrize("name", ["", "  ", "unobtainium", "硫化"])
def test_an_unknown_substance_is_refused(name: str) -> None:
    with pytest.raises(standards.UnknownCode):
        standards.limits(name)


@pytest.mark.parametrize(
    ("key", "mg_m3", "ppm"), [("H2S", 10, 7.2), ("NH3", 20, 28.7), ("CL2", 1, 0.34), ("CO", 27.5, 24.0)]
)
def test_well_known_conversions(key: str, mg_m3: float, ppm: float) -> None:
    assert standards.limits(key).ppm(mg_m3) == pytest.approx(ppm, abs=0.06)


@given(
    st.floats(1e-6, 1e6),
    st.sampled_from([limit.molar_mass for limit in GASES]),
    st.floats(-40, 60),
    st.floats(60, 120),
)
def test_converting_there_and_back_changes_nothing(value: float, mass: float, celsius: float, kpa: float) -> None:
    there = standards.ppm_to_mg_m3(value, mass, celsius, kpa)
    assert standards.mg_m3_to_ppm(there, mass, celsius, kpa) == pytest.approx(value, rel=1e-9)


def test_impossible_air_is_refused() -> None:
    with pytest.raises(standards.OutOfScale, match="temperature_c"):
        standards.ppm_to_mg_m3(1, 28, -300)
    with pytest.raises(standards.OutOfScale, match="pressure_kpa"):
        standards.mg_m3_to_ppm(1, 28, 20, 0)


def test_a_dust_or_fume_has_no_ppm() -> None:
    assert standards.limits("电焊烟尘").ppm(4) is None
    assert standards.limits("铅烟").ppm(0.03) is None


def test_methane_alarms_by_share_of_its_explosive_limit() -> None:
    low, high = standards.alarm_setpoints("瓦斯")
    assert (low.level, low.value, low.unit, low.vol_pct) == (1, 25, "%LEL", 1.25)
    assert (high.level, high.value, high.unit, high.vol_pct) == (2, 50, "%LEL", 2.5)


def test_hydrogen_sulfide_alarms_both_as_fuel_and_as_poison() -> None:
    units = [(point.level, point.unit, point.value) for point in standards.alarm_setpoints("H2S")]
    assert units == [(1, "%LEL", 25), (2, "%LEL", 50), (1, "mg/m3", 10), (2, "mg/m3", 20)]
    assert standards.alarm_setpoints("H2S")[2].ppm == pytest.approx(7.18, abs=0.01)


def test_oxygen_alarms_on_want_and_on_excess() -> None:
    low, high = standards.alarm_setpoints("氧气")
    assert (low.direction, low.value) == ("below", 19.5)
    assert (high.direction, high.value) == ("above", 23.5)


@given(st.sampled_from([limit.key for limit in GASES]))
def test_the_second_alarm_lies_above_the_first(key: str) -> None:
    points = standards.alarm_setpoints(key)
    for unit in {point.unit for point in points}:
        first, second = (point.value for point in points if point.unit == unit)
        assert second == 2 * first


def test_a_substance_without_limit_has_no_alarm() -> None:
    with pytest.raises(standards.UnknownCode):
        standards.alarm_setpoints("N2")


@given(st.sampled_from([25, 50, 75, 100]), st.sampled_from([1, 2, 3, 4]))
def test_heavier_work_and_longer_heat_lower_the_wbgt_limit(rate: int, work: int) -> None:
    here = standards.wbgt_limit(rate, work)
    if work < 4:
        assert standards.wbgt_limit(rate, work + 1) <= here
    if rate < 100:
        assert standards.wbgt_limit(rate + 25, work) <= here


def test_wbgt_and_noise_limits_off_their_tables_are_refused() -> None:
    assert standards.wbgt_limit(100, 1) == 30
    assert standards.wbgt_limit(25, 4) == 30
    with pytest.raises(standards.OutOfScale, match="contact_rate_pct"):
        standards.wbgt_limit(60, 1)
    with pytest.raises(standards.OutOfScale, match="work_class"):
        standards.wbgt_limit(100, 5)
    with pytest.raises(standards.OutOfScale, match="hours"):
        standards.noise_limit_dba(0)


@pytest.mark.parametrize(("hours", "dba"), [(8, 85), (4, 88), (2, 91), (1, 94), (16, 82)])
def test_half_the_time_allows_three_decibels_more(hours: float, dba: float) -> None:
    assert standards.noise_limit_dba(hours) == pytest.approx(dba)


@pytest.mark.parametrize(
    ("celsius", "code"),
    [(34.9, None), (35, "HOT-35"), (36.9, "HOT-35"), (37, "HOT-37"), (39.9, "HOT-37"), (40, "HOT-40")],
)
def test_the_hotter_the_day_the_stricter_the_rule(celsius: float, code: str | None) -> None:
    rule = standards.hot_weather_rule(celsius)
    assert (rule.code if rule else None) == code
    if rule and celsius >= 40:
        assert rule.stop
    if code == "HOT-37":
        assert rule is not None
        assert rule.hours_max == 6


def test_methane_sensors_cut_power_no_earlier_than_they_alarm() -> None:
    limits = standards.methane_limits(date(2020, 1, 1))
    assert len(limits) == 25
    for limit in limits:
        assert 0.5 <= limit.alarm <= 1.5
        assert (limit.power_off is None) == (limit.restore_below is None) == (limit.scope_en == "")
        if limit.power_off is not None and limit.restore_below is not None:
            assert limit.power_off >= limit.alarm >= limit.restore_below
        assert limit.confidence == "older_edition"


def test_the_old_mine_rules_are_not_given_out_as_todays() -> None:
    assert len(standards.mine_air_rules()) == 24
    for ask in (standards.methane_limits, standards.mine_air_rules):
        assert ask(date(2026, 1, 31))
        with pytest.raises(standards.NotInForce, match="2026-01-31"):
            ask(date(2026, 2, 1))
