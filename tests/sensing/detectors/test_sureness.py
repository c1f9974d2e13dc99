"""Sureness is a probability: of the events told with sureness p, a share p is true, in worlds made by the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from yufang.sensing.channels import Channel, Limit
from yufang.sensing.detectors.changepoint import Changepoint
from yufang.sensing.detectors.check import START
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.control import Cusum
from yufang.sensing.detectors.exposure import Stel, Twa
from yufang.sensing.detectors.faults import Spike, Stuck
from yufang.sensing.detectors.limits import Limits
from yufang.sensing.detectors.slope import Drift, Rate
from yufang.sensing.detectors.sureness import UNKNOWN, real
from yufang.sensing.readings import Readings

S = 1_000_000


def channels(count: int, *limits: Limit) -> list[Channel]:
    return [
        Channel(key=str(n), device="d", quantity="gas:co", unit="ppm", low=0.0, high=1000.0, limits=limits)
        for n in range(count)
    ]


def flow(values: NDArray[np.float64], every_s: int = 1) -> Readings:
    """values: (time, channel)."""
    steps, count = values.shape
    time = START + np.repeat(np.arange(steps), count) * every_s * S
    return Readings.of(np.tile(np.arange(count), steps), time, values.ravel())


def first_raised(events: list[Event]) -> dict[int, Event]:
    found: dict[int, Event] = {}
    for event in events:
        if event.state == "raised":
            found.setdefault(int(event.channel), event)
    return found


def calibrated(sureness: list[float], truth: list[bool], *, least: int = 300, tolerance: float = 0.08) -> None:
    p, true = np.array(sureness), np.array(truth)
    assert len(p) >= least
    for low, high in ((0.0, 0.6), (0.6, 0.9), (0.9, 1.01)):
        inside = (p >= low) & (p < high)
        if inside.sum() >= 150:
            gap = abs(p[inside].mean() - true[inside].mean())
            assert gap < tolerance, f"{low}-{high}: said {p[inside].mean():.3f}, was {true[inside].mean():.3f}"


def test_of_a_limit() -> None:
    rng = np.random.default_rng(0)
    count = 4000
    level = rng.uniform(10.0, 50.0, count)  # any level is as likely beforehand, limit 30, noise 4
    values = rng.normal(0.0, 4.0, (62, count))
    values[60:] += level  # noise was learned below the limit
    own = Limits.from_config({}, channels(count, Limit(kind="high", value=30.0, unit="ppm", source="x", hold_s=1.0)))
    found = first_raised(own.update(flow(values)))
    calibrated([e.sureness for e in found.values()], [bool(level[c] > 30.0) for c in found])


def test_of_a_rise() -> None:
    rng = np.random.default_rng(1)
    count = 1500
    slope = rng.uniform(-6.0, 12.0, count)  # per minute; limit 3
    values = 500 + rng.normal(0.0, 1.5, (40, count)) + np.arange(40)[:, None] * slope / 60.0
    limit = Limit(kind="rate", value=3.0, unit="ppm", source="x")
    own = Rate.from_config({"certain": 0, "window_s": 60}, channels(count, limit))
    # Looked at once, as soon as a line is judged: who waits for the first crossing picks the lucky ones.
    early = {c: e for c, e in first_raised(own.update(flow(values))).items() if e.evidence["over_s"] < 31.5}
    calibrated([e.sureness for e in early.values()], [bool(slope[c] > 3.0) for c in early], tolerance=0.12)


def test_of_a_drift() -> None:
    rng = np.random.default_rng(7)
    count, block_s = 1500, 1800
    slope = rng.uniform(-9.0, 9.0, count)  # a day; limit 3, either way
    values = 500 + rng.normal(0.0, 1.0, (40, count)) + np.arange(40)[:, None] * slope * block_s / 86_400
    config = {"limit_per_day": 3.0, "block_s": block_s, "window_s": 86_400, "certain": 0}
    found = first_raised(Drift.from_config(config, channels(count)).update(flow(values, block_s)))
    early = {c: e for c, e in found.items() if e.evidence["over_s"] < 43_200 + 1.5 * block_s}
    true = [bool(slope[c] * np.sign(e.value) > 3.0) for c, e in early.items()]
    calibrated([e.sureness for e in early.values()], true, tolerance=0.12)


@pytest.mark.parametrize(("kind", "every_s"), [(Stel, 10), (Stel, 2), (Twa, 300)])
def test_of_an_exposure(kind: type[Stel] | type[Twa], every_s: int) -> None:
    """The mean is judged when three quarters of its window are known: the rest is like what is known."""
    rng = np.random.default_rng(8)
    count, window, slot = 1200, kind.WINDOW_S, kind.WINDOW_S / kind.SLOT_COUNT
    steps = int(0.75 * window / every_s) + 3
    level = rng.uniform(25.0, 35.0, count)  # any mean is as likely beforehand, limit 30
    of_slot = (np.arange(steps) * every_s // slot).astype(int)
    own = level + rng.normal(0.0, 4.0, (of_slot[-1] + 1, count))  # what each slot was
    before = level + rng.normal(0.0, 4.0, count)  # and the quarter that nobody saw
    truth = 0.75 * own[of_slot].mean(axis=0) + 0.25 * before
    values = own[of_slot] + rng.normal(0.0, 12.0, (steps, count))
    limit = Limit(kind=kind.LIMIT_KIND, value=30.0, unit="ppm", source="x")
    made = [replace(c, every_s=float(every_s)) for c in channels(count, limit)]
    found = first_raised(kind.from_config({}, made).update(flow(values, every_s)))
    # Looked at once, when the mean is first judged: who waits for the first crossing picks the lucky ones.
    early = {c: e for c, e in found.items() if e.evidence["known_s"] <= 0.75 * window + 1.5 * every_s}
    calibrated([e.sureness for e in early.values()], [bool(truth[c] > 30.0) for c in early], tolerance=0.1)


def test_of_cusum() -> None:
    rng = np.random.default_rng(2)
    count, learn, steps = 1500, 300, 400
    change = learn + rng.geometric(1 / 300, count)
    side = rng.choice([-1.0, 1.0], count)
    values = 100 + 5 * rng.normal(0.0, 1.0, (learn + steps, count))
    values += 5 * side * (np.arange(learn + steps)[:, None] >= change)
    own = Cusum.from_config({"learn": learn, "threshold": 6, "expected_every": 300}, channels(count))
    found = first_raised(own.update(flow(values)))
    true = [bool((e.at - START) / S >= change[c] and (e.deviation or 0) * side[c] > -20) for c, e in found.items()]
    calibrated([e.sureness for e in found.values()], true)


def test_of_a_change_of_level() -> None:
    rng = np.random.default_rng(3)
    count, learn, steps = 1500, 100, 60
    change = learn + rng.geometric(1 / 60, count)
    values = 100 + rng.normal(0.0, 1.0, (learn + steps, count))
    values += rng.normal(0.0, 3.0, count) * (np.arange(learn + steps)[:, None] >= change)
    config = {"block": 1, "learn": learn, "expected_every": 60, "shift": 3, "sure": 0.6}
    found = first_raised(Changepoint.from_config(config, channels(count)).update(flow(values)))
    true = [bool((e.at - START) / S >= change[c]) for c, e in found.items()]
    calibrated([e.sureness for e in found.values()], true, tolerance=0.1)


def test_of_a_stuck_probe() -> None:
    rng = np.random.default_rng(4)
    count, before, steps = 1500, 200, 60
    stuck = before + rng.geometric(1 / 100, count)
    values = np.empty((before + steps, count))
    values[0] = 50.0
    for n in range(1, before + steps):  # a healthy probe repeats its value half of the time
        same = (rng.random(count) < 0.5) | (n >= stuck)
        values[n] = np.where(same, values[n - 1], rng.normal(50.0, 1.0, count))
    own = Stuck.from_config({"hold_s": 0, "sure": 0.5, "expected_every": 100}, channels(count))
    told = [e for e in own.update(flow(values)) if e.state == "raised" and (e.at - START) / S >= before + 10]
    calibrated([e.sureness for e in told], [bool((e.at - START) / S >= stuck[int(e.channel)]) for e in told])


def test_of_a_spike() -> None:
    rng = np.random.default_rng(5)
    count, steps = 300, 300
    values = 100 + rng.normal(0.0, 1.0, (steps, count))
    spikes = (rng.random((steps, count)) < 0.01) & (np.arange(steps)[:, None] > 100)
    values += spikes * rng.normal(0.0, 30.0, (steps, count))
    own = Spike.from_config({"threshold": 2.5, "prior": 0.01}, channels(count))
    told = [e for e in own.update(flow(values)) if (e.since - START) / S > 100]
    true = [bool(spikes[(e.since - START) // S, int(e.channel)]) for e in told]
    calibrated([e.sureness for e in told], true, tolerance=0.12)


def test_of_a_deviation_that_is_noise_or_real() -> None:
    rng = np.random.default_rng(6)
    effect = rng.random(200_000) < 0.05
    z = rng.normal(0.0, np.where(effect, np.sqrt(101.0), 1.0))
    sureness = np.array([real(float(x), 0.05) for x in z[:20_000]])
    calibrated(sureness.tolist(), effect[:20_000].tolist(), tolerance=0.05)


def test_unknown_noise_is_said_to_be_unknown() -> None:
    own = Limits.from_config({}, channels(1, Limit(kind="high", value=30.0, unit="ppm", source="x")), jit=False)
    (event,) = own.update(flow(np.array([[10.0], [31.0]])))
    assert event.sureness == UNKNOWN
    assert event.evidence["noise_sd"] is None
