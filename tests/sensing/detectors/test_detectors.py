"""What each detector finds, when, and what it lets pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.channels import Channel, Limit
from yufang.sensing.detectors.changepoint import Changepoint
from yufang.sensing.detectors.check import START
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.control import Cusum, Ewma
from yufang.sensing.detectors.exposure import Stel, Twa
from yufang.sensing.detectors.faults import Spike, Stuck
from yufang.sensing.detectors.limits import Limits
from yufang.sensing.detectors.seasonal import Seasonal
from yufang.sensing.detectors.slope import Drift, Rate
from yufang.sensing.readings import Readings

S = 1_000_000


def channel(*limits: Limit, every_s: float = 1.0, key: str = "co-1") -> Channel:
    return Channel(
        key=key, device="d", quantity="gas:co", unit="ppm", low=0.0, high=100.0, every_s=every_s, limits=limits
    )


def limit(kind: str, value: float, **rest: float) -> Limit:
    return Limit(kind=kind, value=value, unit="ppm", source="GB/T 50493-2019 5.5.2", **rest)  # type: ignore[arg-type]


def readings(values: NDArray[np.float64] | list[float], every_s: float = 1.0, start: int = START) -> Readings:
    n = len(values)
    return Readings.of(np.zeros(n), start + np.round(np.arange(n) * every_s * S).astype(np.int64), values)


def at(event: Event) -> float:
    """Seconds after the first reading."""
    return (event.at - START) / S


def test_a_limit_is_raised_after_its_hold_and_cleared_below_its_hysteresis() -> None:
    own = Limits.from_config({"clear_hold_s": 2}, [channel(limit("high", 25.0, hysteresis=5.0, hold_s=3.0))], jit=False)
    values = [10, 26, 10, 26, 25, 27, 30, 28, 22, 19, 22, 19, 18, 17, 10]
    raised, cleared = own.update(readings(values))
    # 26 for one reading is too short; from second 3 on it stays at or above 25.
    assert (raised.state, raised.since, at(raised)) == ("raised", START + 3 * S, 6.0)
    # 22 is not back yet (25 - 5), and 19 has to last two seconds.
    assert (cleared.state, cleared.since, at(cleared)) == ("cleared", START + 3 * S, 13.0)
    assert raised.episode == cleared.episode
    assert (raised.limit, raised.deviation, raised.unit) == (25.0, 5.0, "ppm")
    assert "GB/T 50493-2019 5.5.2" in raised.reason_zh
    assert "GB/T 50493-2019 5.5.2" in raised.reason_en
    assert cleared.evidence["extreme"] == 30.0


def test_high_and_high_high_are_two_episodes_and_low_is_at_or_below() -> None:
    own = Limits.from_config({}, [channel(limit("high", 25.0), limit("high_high", 50.0), limit("low", 5.0))], jit=False)
    told = own.update(readings([10, 60, 10, 5, 6]))
    assert [(e.kind, e.state, at(e)) for e in told] == [
        ("high", "raised", 1.0), ("high_high", "raised", 1.0), ("high", "cleared", 2.0), ("high_high", "cleared", 2.0),
        ("low", "raised", 3.0), ("low", "cleared", 4.0),
    ]  # fmt: skip


def test_a_limit_in_another_unit_is_converted() -> None:
    kelvin = Limit(kind="high", value=363.15, unit="K", source="x", hysteresis=5.0)
    hot = Channel(key="t", device="d", quantity="temperature", unit="degC", limits=(kelvin,))
    raised, cleared = Limits.from_config({}, [hot], jit=False).update(readings([80.0, 91.0, 86.0, 84.0]))
    assert round(raised.limit or 0, 6) == 90.0
    assert at(cleared) == 3.0


def test_readings_too_sparse_for_the_hold_still_raise() -> None:
    own = Limits.from_config({}, [channel(limit("high", 25.0, hold_s=10.0))], jit=False)
    assert len(own.update(readings([30.0, 30.0], every_s=600.0))) == 1


def test_a_steady_rise_is_told_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1.0, 600)
    own = Rate.from_config({}, [channel(limit("rate", 10.0))], jit=False)
    assert own.update(readings(50 + noise)) == []
    rising = 50 + np.maximum(0, np.arange(300)) * 0.25 + noise[:300]  # 15 ppm a minute
    (raised,) = own.update(readings(rising, start=START + 3600 * S))
    assert 25 <= (raised.at - START) / S - 3600 <= 90
    assert 10 <= raised.value <= 16
    assert (raised.unit, raised.limit) == ("ppm/min", 10.0)


def test_drift_over_days_is_told_and_the_daily_rhythm_is_not() -> None:
    minutes = np.arange(0, 8 * 1440, 5)
    rhythm = 50 + 3 * np.sin(2 * np.pi * minutes / 1440) + np.random.default_rng(0).normal(0, 0.5, len(minutes))
    own = Drift.from_config({"window_s": 4 * 86400, "limit_per_day": 2.0}, [channel(every_s=300.0)], jit=False)
    settled = [event for event in own.update(readings(rhythm, 300.0)) if at(event) > 3 * 86400]
    assert settled == []
    drifting = Drift.from_config({"window_s": 4 * 86400, "limit_per_day": 2.0}, [channel(every_s=300.0)], jit=False)
    told = drifting.update(readings(rhythm - 4.0 * minutes / 1440, 300.0))
    assert [(e.kind, e.state) for e in told if at(e) > 3 * 86400 or e.state == "raised"][-1] == ("drift", "raised")
    assert told[-1].value < -2.0


def _mean_of_window(time: NDArray[np.float64], value: NDArray[np.float64], end: float, window: float) -> float:
    """By a fine grid, straight between readings; time in seconds."""
    grid = np.linspace(end - window, end, 20_001)
    return float(np.interp((grid[1:] + grid[:-1]) / 2, time, value).mean())


def test_stel_is_the_mean_of_fifteen_minutes_by_gbz_2_1() -> None:
    rng = np.random.default_rng(1)
    time = np.cumsum(rng.uniform(0.5, 3.0, 3000))
    value = 20 + 10 * np.sin(2 * np.pi * time / 2000) + rng.normal(0, 1.0, 3000)
    own = Stel.from_config({}, [channel(limit("stel", 22.0))], jit=False)
    told = own.update(Readings.of(np.zeros(3000), START + np.round(time * S).astype(np.int64), value))
    whole = [event for event in told if at(event) > time[0] + 900]
    for event in whole:
        assert abs(event.value - _mean_of_window(time, value, at(event), 900.0)) < 0.02
    exact = np.array([_mean_of_window(time, value, t, 900.0) for t in time[time > time[0] + 900][::10]])
    over = whole[0].state == "cleared"  # raised before a whole window was known
    states = []
    for mean in exact:  # cleared 5 % below the limit
        if mean > 22.0 if not over else mean <= 22.0 * 0.95:
            over = not over
            states.append("raised" if over else "cleared")
    assert [event.state for event in whole] == states
    assert len(states) > 2


def test_twa_counts_a_shift_of_eight_hours_and_no_exposure_outside_it() -> None:
    own = Twa.from_config({}, [channel(limit("twa", 20.0), every_s=60.0)], jit=False)
    # Nothing before, then 50 ppm: 50 · 3.2 h = 20 · 8 h.
    values = np.r_[np.zeros(600), np.full(300, 50.0), np.zeros(700)]
    raised, cleared = own.update(readings(values, 60.0))
    assert abs(at(raised) - (600 + 192) * 60) <= 120
    assert (raised.kind, raised.limit) == ("twa", 20.0)
    assert cleared.state == "cleared"
    short = Twa.from_config({}, [channel(limit("twa", 20.0), every_s=60.0)], jit=False)
    assert short.update(readings(np.r_[np.zeros(600), np.full(185, 50.0), np.zeros(700)], 60.0)) == []


def test_unknown_time_counts_as_none_where_too_little_is_known_and_is_never_bridged() -> None:
    own = Stel.from_config({}, [channel(limit("stel", 20.0))], jit=False)
    time = np.r_[np.arange(0, 300), np.arange(900, 1000)]
    batch = Readings.of(np.zeros(400), START + time * S, np.full(400, 30.0))
    assert own.update(batch) == [], "30 ppm for 400 s of 900 known: at least 13.3, nobody knows more"
    (raised,) = own.update(Readings.of(np.zeros(400), START + np.arange(1000, 1400) * S, np.full(400, 90.0)))
    assert raised.evidence["known_s"] < 0.75 * 900
    assert "缺测按零计" in raised.reason_zh
    assert raised.value <= raised.evidence["floor"] + 1e-9


def test_cusum_finds_a_small_shift_soon_and_hardly_ever_none() -> None:
    rng = np.random.default_rng(2)
    own = Cusum.from_config({}, [channel(key=f"c{n}") for n in range(20)])
    value = rng.normal(50, 1.0, (1200, 20))
    value[700:, :10] += 1.5
    batch = Readings.of(np.tile(np.arange(20), 1200), START + np.repeat(np.arange(1200), 20) * S, value.ravel())
    told = [event for event in own.update(batch) if event.state == "raised"]
    shifted = {event.channel: event for event in told if at(event) >= 700}
    assert {f"c{n}" for n in range(10)} <= set(shifted)
    assert max(at(shifted[f"c{n}"]) for n in range(10)) <= 700 + 30
    assert all(abs((shifted[f"c{n}"].since - START) / S - 700) <= 12 for n in range(10)), "says since when"
    assert sum(event.channel not in {f"c{n}" for n in range(10)} for event in told) <= 1


def test_ewma_finds_a_shift_and_clears_when_it_is_over() -> None:
    value = np.random.default_rng(3).normal(50, 1.0, 900)
    value[400:500] -= 2.0
    raised, cleared = Ewma.from_config({}, [channel()], jit=False).update(readings(value))
    assert 400 <= at(raised) <= 430
    assert 500 <= at(cleared) <= 540
    assert raised.deviation is not None
    assert "低于平时" in raised.reason_zh


def test_one_wild_reading_moves_neither_chart() -> None:
    value = np.random.default_rng(4).normal(50, 1.0, 500)
    value[300] = 100.0
    assert Cusum.from_config({}, [channel()], jit=False).update(readings(value)) == []
    assert Ewma.from_config({}, [channel()], jit=False).update(readings(value)) == []


def test_what_is_usual_at_this_hour_is_no_event_and_the_same_value_at_another_is() -> None:
    minutes = np.arange(0, 7 * 1440, 2)
    rng = np.random.default_rng(5)
    day = 20 + 15 * (((minutes // 60) % 24 >= 8) & ((minutes // 60) % 24 < 18))
    value = day + rng.normal(0, 0.5, len(minutes))
    value[(minutes >= 2 * 1440) & (minutes < 2 * 1440 + 600)] += 12.0  # one bad day while learning
    odd = (minutes >= 6 * 1440 + 120) & (minutes < 6 * 1440 + 180)  # 35 ppm at two in the morning
    value[odd] += 15.0
    start = START - START % (86_400 * S)
    own = Seasonal.from_config({"utc_offset_h": 0}, [channel(every_s=120.0)], jit=False)
    told = own.update(readings(value, 120.0, start))
    late = [event for event in told if event.at >= start + 4 * 86_400 * S]
    assert [event.state for event in late] == ["raised", "cleared"]
    assert late[0].since == start + int(minutes[odd][0]) * 60 * S
    assert abs(late[0].evidence["usual"] - 20.0) < 0.5


def test_a_change_of_level_is_dated() -> None:
    value = np.random.default_rng(6).normal(50, 1.0, 1500)
    value[803:] += 2.0
    (told,) = Changepoint.from_config({}, [channel()], jit=False).update(readings(value))
    assert told.momentary
    assert abs((told.since - START) / S - 803) <= 10
    assert abs(told.value - 52.0) < 0.7
    assert at(told) <= 850


def test_a_spike_is_no_change_of_level_and_a_step_is_no_spike() -> None:
    value = np.random.default_rng(7).normal(50, 1.0, 900)
    value[500] += 40.0
    assert Changepoint.from_config({}, [channel()], jit=False).update(readings(value)) == []
    (told,) = Spike.from_config({}, [channel()], jit=False).update(readings(value))
    assert ((told.since - START) / S, at(told)) == (500.0, 501.0)
    assert abs((told.deviation or 0.0) - 40.0) < 4.0
    step = np.random.default_rng(7).normal(50, 1.0, 900)
    step[500:] += 40.0
    assert Spike.from_config({}, [channel()], jit=False).update(readings(step)) == []


def test_a_probe_that_stands_still_is_stuck_and_a_gas_at_zero_is_not() -> None:
    rng = np.random.default_rng(8)
    value = np.round(rng.normal(50, 1.0, 600), 1)
    value[300:400] = value[300]
    raised, cleared = Stuck.from_config({}, [channel()], jit=False).update(readings(value))
    assert (raised.since - START) / S == 300.0
    assert at(raised) == 330.0
    assert at(cleared) == 400.0
    zero = np.where(rng.random(20_000) < 0.01, 0.1, 0.0)
    assert Stuck.from_config({}, [channel()]).update(readings(zero)) == []
