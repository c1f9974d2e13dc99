"""Late, repeated and out-of-order readings are put into event time, channel by channel."""

from __future__ import annotations

import numpy as np
import pytest

from yufang.sensing.detectors import Engine
from yufang.sensing.detectors.check import START, example_channels, example_readings
from yufang.sensing.detectors.order import SLOTS
from yufang.sensing.readings import Readings

KINDS = [{"kind": "limits"}, {"kind": "stuck"}]


def engine(lateness_s: float = 0.0, *, jit: bool = False, channels: int = 3) -> Engine:
    return Engine.from_config({"lateness_s": lateness_s, "detectors": KINDS, "jit": jit}, example_channels(channels))


@pytest.mark.parametrize("jit", [False, True])
def test_what_comes_out_of_order_within_the_bound_tells_the_events_of_the_ordered_stream(jit: bool) -> None:
    readings = example_readings(3, 500)
    late = np.random.default_rng(2).uniform(0, 4e6, len(readings))
    shuffled = readings.take(np.argsort(readings.time + late, kind="stable"))
    ordered, waiting = engine(jit=jit), engine(5.0, jit=jit)
    wanted = ordered.update(readings)
    told = [*waiting.update(shuffled), *waiting.flush()]
    assert sorted(map(repr, told)) == sorted(map(repr, wanted))
    assert wanted
    assert waiting.late == 0


def test_what_is_later_than_the_bound_is_counted_and_left_out() -> None:
    times = [0, 10, 20, 30, 21, 12, 12, 30]
    batch = Readings.of([0] * 8, START + 1_000_000 * np.array(times), [99.0] * 8)
    strict, waiting = engine(), engine(9.0)
    strict.update(batch)
    waiting.update(batch)
    # 30 - 9 = 21: what came at 21 is just in time; 12 is older than 20, which went on when 30 came.
    assert (strict.late, strict.repeated) == (3, 1)
    assert (waiting.late, waiting.repeated) == (2, 1)


def test_no_channel_waits_for_more_than_its_slots() -> None:
    waiting = engine(86_400.0)
    count = SLOTS + 10
    batch = Readings.of([0] * count, START + 1_000_000 * np.arange(count), [10.0] * (count - 1) + [99.0])
    assert waiting.update(batch) == []
    assert [event.kind for event in waiting.flush()] == ["high_high"]
    sizes = sum(array.nbytes for array in waiting.snapshot().values())
    waiting.update(Readings.of([0] * 500, START + 10**9 + 1_000_000 * np.arange(500), [10.0] * 500))
    assert sum(array.nbytes for array in waiting.snapshot().values()) == sizes


def test_what_waits_survives_a_restart() -> None:
    readings = example_readings(3, 300)
    whole = engine(5.0)
    wanted = [*whole.update(readings), *whole.flush()]
    first, second = engine(5.0), engine(5.0)
    told = first.update(readings.take(slice(0, 401)))
    second.restore(first.snapshot())
    told += [*second.update(readings.take(slice(401, None))), *second.flush()]
    assert list(map(repr, told)) == list(map(repr, wanted))


@pytest.mark.parametrize("lateness_s", [0.0, 5.0])
def test_a_clock_that_was_two_hours_ahead_blinds_nothing_once_it_is_set_back(lateness_s: float) -> None:
    ahead = START + 7_200_000_000
    own = engine(lateness_s)
    own.update(Readings.of([0] * 3, [START, START + 10**6, ahead], [10.0] * 3))
    blind = Readings.of([0] * 8, START + 2_000_000 + 1_000_000 * np.arange(8), [99.0] * 8)
    told = own.update(blind)
    if lateness_s == 0:  # with a bound the wrong reading waits, and what is right goes on before it
        assert told == []
        assert own.late == 8
    own.set_back(START + 10_000_000)
    later = Readings.of([0] * 20, START + 11_000_000 + 1_000_000 * np.arange(20), [99.0] * 20)
    assert {event.kind for event in [*told, *own.update(later)]} == {"high", "high_high"}


def test_detectors_of_one_engine_may_wait_for_different_times() -> None:
    config = {"jit": False, "detectors": [{"kind": "limits"}, {"kind": "spike", "lateness_s": 3}]}
    own = Engine.from_config(config, example_channels(1))
    time = START + 1_000_000 * np.arange(60)
    value = 10.0 + np.random.default_rng(0).normal(0, 0.1, 60)
    value[50] = 40.0
    told = [(n, event.kind) for n in range(60) for event in own.update(Readings.of([0], [time[n]], [value[n]]))]
    assert told == [(50, "high_high"), (51, "high_high"), (54, "spike")]
