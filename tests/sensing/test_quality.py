"""What is wrong with a reading is flagged, whatever the cut into batches; a repaired value keeps the one that came."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from yufang.sensing.channels import Channel
from yufang.sensing.quality import QualityMarks, QualityRules
from yufang.sensing.readings import Quality, Readings

AT = 1_780_000_000_000_000  # 2026-05-28
SECOND = 1_000_000
GAS = Channel(key="g", device="d", quantity="gas:ch4", unit="%LEL", low=0.0, high=100.0)


def stream(values: list[float] | np.ndarray, start: int = AT, every_s: int = 1) -> Readings:
    n = len(values)
    return Readings.of([0] * n, start + np.arange(n) * every_s * SECOND, values)


def flagged(readings: Readings, flag: Quality) -> list[int]:
    return np.flatnonzero(readings.flag & np.uint16(flag)).tolist()


def noise(n: int, level: float = 10.0, seed: int = 1) -> np.ndarray:
    return np.round(level + np.random.default_rng(seed).normal(0, 0.2, n), 2)


def marks(channel: Channel = GAS, **rules: float | bool) -> QualityMarks:
    return QualityMarks([channel], QualityRules(**rules), jit=False)  # type: ignore[arg-type]


def test_range_calibration_and_clock_need_no_past() -> None:
    channel = replace(GAS, calibration_expires=date(2026, 5, 27))
    found = marks(channel).mark(stream([-1.0, 50.0, 100.5]), received=AT - 10 * SECOND)
    assert flagged(found, Quality.OUT_OF_RANGE) == [0, 2]
    assert flagged(found, Quality.UNCALIBRATED) == [0, 1, 2]
    assert flagged(found, Quality.CLOCK_SKEW) == [0, 1, 2]
    assert not marks(replace(channel, calibration_expires=date(2026, 12, 31))).mark(stream([50.0]), AT).flag.any()


def test_a_day_of_calibration_is_a_day_of_the_house() -> None:
    # The last day ends at midnight in UTC+8, 16:00 UTC.
    end = 1_779_897_600_000_000  # 2026-05-28T00:00+08:00
    channel = replace(GAS, calibration_expires=date(2026, 5, 27))
    found = marks(channel).mark(stream([1.0, 1.0], start=end - SECOND), received=end)
    assert flagged(found, Quality.UNCALIBRATED) == [1]


def test_a_value_that_stands_still_is_stuck_and_clean_air_is_not() -> None:
    moved = np.concatenate([noise(300), np.full(200, 9.87)])
    found = flagged(marks().mark(stream(moved), AT + 10**9), Quality.STUCK)
    assert found
    assert found[0] >= 300 + 60 - 1
    assert found[-1] == 499
    assert not flagged(marks().mark(stream(np.zeros(5000)), AT + 10**10), Quality.STUCK)


def test_a_spike_is_one_reading_and_a_true_step_stays() -> None:
    values = noise(200)
    values[100] = 60.0  # alone
    values[150:] += 40.0  # a leak
    found = marks().mark(stream(values), AT + 10**9)
    assert flagged(found, Quality.SPIKE) == [100, 150]
    assert found.usable().all(), "a flag keeps no reading from the detectors"


def test_a_repaired_spike_keeps_the_value_that_came() -> None:
    values = noise(100)
    values[70] = 60.0
    found = marks(repair_spikes=True).mark(stream(values), AT + 10**9)
    assert found.value[70] == values[69]
    assert found.raw is not None
    assert found.raw[70] == 60.0
    assert np.isnan(np.delete(found.raw, 70)).all()
    assert flagged(found, Quality.REPAIRED) == [70]


def test_a_background_that_creeps_is_drift_and_a_leak_that_ends_is_not() -> None:
    day = 24 * 60
    base = noise(9 * day, seed=3)
    creeping = base.copy()
    creeping[4 * day :] += np.linspace(0, 8, 5 * day)
    found = flagged(marks().mark(stream(creeping, every_s=60), AT + 10**12), Quality.DRIFT)
    assert found
    assert found[0] > 4 * day
    leak = base.copy()
    leak[5 * day : 5 * day + 30] += 50.0
    assert not flagged(marks().mark(stream(leak, every_s=60), AT + 10**12), Quality.DRIFT)


def test_late_readings_are_told_and_move_no_state() -> None:
    found = marks()
    found.mark(stream(noise(50)), AT + 10**9)
    before = found.snapshot()
    late = found.mark(stream([99.0], start=AT + 10 * SECOND), AT + 10**9)
    assert flagged(late, Quality.LATE) == [0]
    assert all(np.array_equal(found.snapshot()[name], column) for name, column in before.items())


def test_a_clock_that_runs_ahead_makes_nothing_after_it_late() -> None:
    found = marks()
    ahead = found.mark(stream([1.0], start=AT + 7_200 * SECOND), received=AT)
    after = found.mark(stream([1.0], start=AT + SECOND), received=AT + SECOND)
    assert flagged(ahead, Quality.CLOCK_SKEW) == [0]
    assert not after.flag.any()


def test_a_channel_that_went_silent_is_told() -> None:
    found = QualityMarks([GAS, replace(GAS, key="h")], jit=False)
    found.mark(Readings.of([0, 1], [AT, AT + 60 * SECOND], [1.0, 1.0]), AT + 60 * SECOND)
    assert found.silent(AT + 61 * SECOND).tolist() == [0]
    assert found.silent(AT + 4 * SECOND).tolist() == []


@pytest.mark.parametrize("cut", [1, 7, 61, 499])
def test_the_cut_into_batches_and_a_restart_change_nothing(cut: int) -> None:
    rng = np.random.default_rng(5)
    channels = [replace(GAS, key=f"g{n}") for n in range(3)]
    values = np.round(10 + rng.normal(0, 0.3, 600), 2)
    values[[100, 333]] = 90.0
    values[400:] = np.where(np.arange(200) % 3 == 0, 4.2, values[400:])
    whole = Readings.of(np.arange(600) % 3, AT + np.arange(600) * SECOND, values)
    one = QualityMarks(channels, jit=False).mark(whole, AT + 10**9)
    marks_now, flags = QualityMarks(channels, jit=False), []
    for start in range(0, 600, cut):
        flags.append(marks_now.mark(whole.take(slice(start, start + cut)), AT + 10**9).flag)
        state = marks_now.snapshot()
        marks_now = QualityMarks(channels, jit=False)
        marks_now.restore(state)
    assert np.array_equal(np.concatenate(flags), one.flag)
    assert one.flag.any()


def test_a_snapshot_of_other_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        marks().restore(QualityMarks([GAS, GAS], jit=False).snapshot())
