"""Ranges become positions that know how unsure they are."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sensing.positions.world import ANCHORS, START, Walk, ranges
from yufang.sensing.positions import kernel as k
from yufang.sensing.positions.errors import PositionError
from yufang.sensing.positions.model import Ranging
from yufang.sensing.positions.smoothing import smooth
from yufang.sensing.positions.tracker import Anchor, Tag, Tracker
from yufang.sensing.readings import Readings

ROOM = [Anchor(key=str(a["key"]), x=a["x"], y=a["y"], z=a["z"]) for a in ANCHORS]


def round_trip(at: float) -> tuple[float, float]:
    """Along the hall at 1.3 m/s and back."""
    along = (1.3 * at) % 60
    return 5 + min(along, 60 - along), 8.0


def tracker(ranging: Ranging | None = None) -> Tracker:
    return Tracker([Tag(key="w")], ROOM, ranging, jit=False)


def feed(tracker: Tracker, readings: Readings) -> None:
    zero = np.zeros(len(readings), np.int64)
    tracker.update(zero, readings.time, zero, readings.channel.astype(np.int64), readings.value, zero.astype(float))


def follow(tracker: Tracker, readings: Readings, walk: Walk, every: int = 25) -> tuple[np.ndarray, np.ndarray]:
    """(error in m, squared normalised error) after each `every` readings."""
    errors, odds = [], []
    for begin in range(0, len(readings), every):
        part = readings.take(slice(begin, begin + every))
        feed(tracker, part)
        now = tracker.at(int(part.time[-1]))
        if now.known[0]:
            gap = now.place[0] - walk((int(part.time[-1]) - START) / 1e6)
            errors.append(np.hypot(*gap))
            odds.append(gap @ np.linalg.solve(now.cov[0], gap))
    return np.array(errors), np.array(odds)


def test_a_walker_is_found_to_a_hand_and_the_ellipse_holds_him() -> None:
    errors, odds = follow(tracker(), ranges({"w": round_trip}, 60), round_trip)
    assert np.sqrt(np.mean(errors**2)) < 0.2
    assert np.mean(odds < 5.991) > 0.9


def test_a_blocked_anchor_bends_its_own_bias_and_not_the_place() -> None:
    def blocked(anchor: str, at: float) -> float | None:
        return 2.0 if anchor in ("A1", "A2") and 20 < at < 40 else 0.0

    readings = ranges({"w": round_trip}, 60, heard=blocked)
    wise, naive = tracker(), tracker(Ranging(blocked_share=0.0, gate=1e9, degrees=1e9))
    errors, _ = follow(wise, readings, round_trip)
    plain, _ = follow(naive, readings, round_trip)
    assert np.sqrt(np.mean(errors**2)) < 0.5 * np.sqrt(np.mean(plain**2))
    assert errors.max() < 1.0
    during = tracker()
    feed(during, readings.take(readings.time < START + 39_000_000))
    assert during.excess(0)["A1"] == pytest.approx(2.0, abs=0.3)
    assert during.excess(0)["A4"] == pytest.approx(0.0, abs=0.3)


def test_a_blind_zone_grows_the_uncertainty_and_the_dot_stays_behind_no_wall() -> None:
    one = tracker()
    feed(one, ranges({"w": round_trip}, 10))
    last = START + 9_800_000
    sd = [float(one.at(last + int(s * 1e6)).sd[0]) for s in (0, 1, 5, 30, 300)]
    assert sd == sorted(sd)
    assert sd[0] < 0.3
    assert sd[2] > 2
    assert sd[4] > 20
    walked = np.hypot(*(one.at(last + 300_000_000).place[0] - one.at(last).place[0]))
    assert walked < 1.3 * 3.5  # the velocity is forgotten: no dot that runs away
    assert one.at(last + 30_000_000).age_s[0] == pytest.approx(30, abs=0.5)


def test_two_anchors_locate_nobody() -> None:
    def two(anchor: str, at: float) -> float | None:
        return 0.0 if anchor in ("A1", "A2") else None

    one = tracker()
    feed(one, ranges({"w": round_trip}, 5, heard=two))
    now = one.at(START + 5_000_000)
    assert not now.known[0]
    assert np.isnan(now.place[0]).all()
    assert np.isinf(now.age_s[0])


def test_anchors_in_a_line_leave_two_places_and_the_covariance_says_so() -> None:
    line = [Anchor(key=str(n), x=10.0 * n, y=0.0, z=3.0) for n in range(3)]
    one = Tracker([Tag(key="w")], line, jit=False)
    for step in range(40):
        at = START + step * 100_000
        far = [float(np.sqrt((7 - a.x) ** 2 + 6.0**2 + (1.1 - a.z) ** 2)) for a in line]
        one.update(
            np.zeros(3, np.int64),
            np.full(3, at),
            np.zeros(3, np.int64),
            np.arange(3),
            np.array(far),
            np.zeros(3),
        )
        if one.at(at).known[0]:
            break
    now = one.at(at)
    assert now.known[0]
    assert step >= 25
    assert abs(now.place[0, 0] - 7) < 0.5
    assert now.sd[0] > 4


def test_fixes_alone_are_followed_too() -> None:
    one = Tracker([Tag(key="w")], (), jit=False)
    rng = np.random.default_rng(0)
    for second in range(60):
        x, y = round_trip(second)
        one.update(
            np.zeros(2, np.int64),
            np.full(2, START + second * 1_000_000),
            np.array([k.FIX_X, k.FIX_Y]),
            np.full(2, -1),
            np.array([x, y]) + rng.normal(0, 1.5, 2),
            np.full(2, 1.5),
        )
    now = one.at(START + 59_000_000)
    assert np.hypot(*(now.place[0] - round_trip(59))) < 3
    assert 0.3 < now.sd[0] < 3


def test_nonsense_moves_nothing() -> None:
    one, other = tracker(), tracker()
    readings = ranges({"w": round_trip}, 5)
    feed(one, readings)
    feed(other, readings)
    for wrong in (np.nan, np.inf, -1.0, 1e300):
        one.update(*(np.zeros(1, np.int64) for _ in range(1)), readings.time[-1:] + 1, *(np.zeros(1, np.int64),) * 2,
                   np.array([wrong]), np.zeros(1))  # fmt: skip
    assert all(np.array_equal(a, b) for a, b in zip(one.snapshot().values(), other.snapshot().values(), strict=True))


def test_a_wrong_track_is_given_up() -> None:
    one = tracker()
    feed(one, ranges({"w": lambda at: (5.0, 5.0)}, 10))
    there = ranges({"w": lambda at: (35.0, 15.0)}, 12)
    feed(one, Readings.of(there.channel, there.time + 10_000_000, there.value))
    now = one.at(START + 22_000_000)
    assert np.hypot(*(now.place[0] - (35, 15))) < 0.5


def test_looking_back_is_better_than_at_once() -> None:
    readings = ranges({"w": round_trip}, 20)
    track = smooth(tracker(), readings.time, readings.channel.astype(np.int64), readings.value)
    at = readings.time[200::25]
    walked = np.array([round_trip((int(t) - START) / 1e6) for t in at])
    back = np.hypot(*(track.at(at) - walked).T)
    at_once, _ = follow(tracker(), readings, round_trip)
    assert np.sqrt(np.mean(back**2)) < np.sqrt(np.mean(at_once[8:] ** 2))


def test_a_floor_is_that_of_the_anchor_heard_last() -> None:
    floors = {1: 0.0, 2: 5.0}
    anchors = [Anchor(key=a.key, x=a.x, y=a.y, z=a.z + 5, floor=2) for a in ROOM]
    one = Tracker([Tag(key="w")], anchors, floors=floors, jit=False)
    assert one.at(START).floor[0] == 1
    readings = ranges({"w": round_trip}, 3)
    feed(one, readings)
    now = one.at(START + 3_000_000)
    assert now.floor[0] == 2
    assert np.hypot(*(now.place[0] - round_trip(2.8))) < 0.6
    with pytest.raises(PositionError, match="floors"):
        Tracker([], [Anchor(key="a", x=0, y=0, z=0, floor=3)], floors=floors, jit=False)
