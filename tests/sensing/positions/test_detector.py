"""Who is where becomes events, with the probability that they are true."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.sensing.positions.world import ANCHORS, START, channels_of, detector, ranges, square
from yufang.sensing.detectors.check import check_detector
from yufang.sensing.detectors.contract import Event
from yufang.sensing.positions.detector import PositionDetector
from yufang.sensing.positions.errors import PositionError
from yufang.sensing.positions.inside import inside, more_than, within
from yufang.sensing.positions.zones import Zone

FORBIDDEN = {"key": "press", "kind": "forbidden", "outline": square(20, 4, 28, 12), "name_zh": "冲压区", "hold_s": 1}


def crossing(at: float) -> tuple[float, float]:
    """From x = 5 to x = 35 at 1.5 m/s through the forbidden zone, then standing."""
    return min(5 + 1.5 * at, 35.0), 8.0


def kinds(events: list[Event]) -> list[tuple[str, str, str]]:
    return [(event.kind, event.state, str(event.evidence.get("tag", ""))) for event in events]


def test_a_forbidden_zone_is_entered_and_left() -> None:
    events = detector(["w"], zones=[FORBIDDEN]).update(ranges({"w": crossing}, 25))
    assert kinds(events) == [("zone_forbidden", "raised", "w"), ("zone_forbidden", "cleared", "w")]
    raised, cleared = events
    entered = START + 10_000_000
    assert 0 <= raised.since - entered < 1_500_000
    assert 1_000_000 <= raised.at - raised.since < 2_000_000
    assert raised.sureness > 0.7
    assert raised.detector == "positions/press"
    assert "冲压区" in raised.reason_zh
    assert raised.episode == cleared.episode
    assert 0 <= cleared.at - (START + 15_300_000 + 5_000_000) < 2_000_000


def test_walking_along_the_line_raises_nothing_until_it_is_likely() -> None:
    along = detector(["w"], zones=[FORBIDDEN])
    events = along.update(ranges({"w": lambda at: (24.0 + 0.1 * np.sin(at), 3.5)}, 20))
    assert events == []
    assert 0.0 < inside(along.at(START + 20_000_000).place, along.at(START + 20_000_000).cov, np.array(
        square(20, 3.4, 28, 12)))[0] < 1.0  # fmt: skip


def test_blind_inside_is_missed_and_not_let_go() -> None:
    def into(at: float) -> tuple[float, float]:
        return min(18 + 1.5 * at, 24.0), 8.0

    watched = FORBIDDEN | {"sight_s": 20}
    one = detector(["w", "v"], zones=[watched])
    both = ranges({"w": into, "v": lambda at: (2.0, 2.0)}, 60)
    alone = both.take((both.channel >= 5) | (both.time < START + 10_000_000))
    events = one.update(alone)
    assert kinds(events) == [("zone_forbidden", "raised", "w"), ("position_lost", "raised", "w")]
    assert 20 <= events[1].value < 21
    assert events[1].evidence["sd_m"] > 5


def test_a_required_zone_is_left() -> None:
    post = {"key": "post", "kind": "required", "outline": square(0, 0, 15, 20), "groups": ["guard"]}
    tags = [{"key": "g", "groups": ["guard"]}, {"key": "w"}]
    events = detector(["g", "w"], tags=tags, zones=[post]).update(ranges({"g": crossing, "w": crossing}, 15))
    assert kinds(events) == [("zone_left", "raised", "g")]


def test_the_third_in_a_room_for_two_is_one_too_many() -> None:
    room = {"key": "room", "outline": square(0, 0, 15, 20), "max_people": 2}
    people = {name: (lambda at, n=n: (4.0 + n, 5.0 + 3 * n)) for n, name in enumerate(("a", "b"))}
    guest = {"c": lambda at: (max(30 - 1.5 * at, 8.0), 3.0)}
    events = detector(["a", "b", "c"], zones=[room]).update(ranges(people | guest, 20))
    assert [(event.kind, event.state) for event in events] == [("crowding", "raised")]
    assert events[0].limit == 2
    assert 2.5 < events[0].value < 3.1
    assert events[0].since > START + 9_000_000


def test_alone_for_too_long() -> None:
    pit = {"key": "pit", "outline": square(0, 0, 40, 20), "lone_after_s": 10, "buddy_m": 10}
    two = {"a": lambda at: (5.0, 5.0), "b": lambda at: (min(8 + 1.5 * at, 35.0), 5.0)}
    events = detector(["a", "b"], zones=[pit]).update(ranges(two, 20))
    assert sorted(kinds(events)) == [("lone_worker", "raised", "a"), ("lone_worker", "raised", "b")]
    together = detector(["a", "b"], zones=[pit]).update(ranges(two | {"b": lambda at: (7.0, 5.0)}, 20))
    assert together == []


def test_somebody_who_does_not_stir() -> None:
    def stops(at: float) -> tuple[float, float]:
        return min(5 + 1.2 * at, 17.0), 8.0

    one = detector(["w"], still_s=15)
    events = one.update(ranges({"w": stops}, 40))
    assert kinds(events) == [("no_motion", "raised", "w")]
    assert events[0].at - START >= 24_000_000
    rest = {"key": "rest", "outline": square(10, 0, 25, 20), "still_ok": True}
    assert detector(["w"], still_s=15, zones=[rest]).update(ranges({"w": stops}, 40)) == []


def test_a_truck_that_comes_at_somebody_is_told_before_it_is_there() -> None:
    tags = [{"key": "truck", "vehicle": True}]
    at_him = {"truck": lambda at: (2 + 3.0 * at, 10.0), "w": lambda at: (36.0, 10.0)}
    events = detector(["truck", "w"], tags=tags, near_m=4).update(ranges(at_him, 11))
    first = events[0]
    assert (first.kind, first.state, first.evidence["vehicle"]) == ("vehicle_near", "raised", "truck")
    assert first.value > 6
    assert 2 < first.evidence["closing_m_s"] < 4
    assert first.evidence["closest_in_s"] > 0
    past = {"truck": lambda at: (2 + 3.0 * at, 1.0), "w": lambda at: (20.0, 18.0)}
    assert detector(["truck", "w"], tags=tags, near_m=4).update(ranges(past, 11)) == []


def test_hours_are_local_and_may_pass_midnight() -> None:
    night = Zone.from_data(FORBIDDEN | {"hours": [{"days": [7], "from": "22:00", "to": "06:00"}]})
    hour = 3_600_000_000
    assert night.holds(START, 480)  # Sunday 23:06 in Beijing
    assert night.holds(START + 6 * hour, 480)
    assert not night.holds(START + 7 * hour, 480)
    assert not night.holds(START, 0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"outline": [[0, 0], [1, 1]]}, "2 corners"),
        ({"outline": [[0, 0], [4, 4], [4, 0], [0, 4]]}, "cross"),
        ({"outline": [[0, 0], [float("nan"), 4], [4, 0]]}, "finite"),
        ({"kind": "secret"}, "forbidden / required / watch"),
        ({"enter_p": 2}, "enter_p"),
        ({"exit_p": 0.9}, "below enter_p"),
        ({"hours": [{"days": [8], "from": "08:00", "to": "18:00"}]}, "hours"),
        ({"colour": "red"}, "colour"),
        ({"key": ""}, "key"),
    ],
)
def test_a_wrong_zone_is_refused_by_name(change: dict[str, Any], told: str) -> None:
    with pytest.raises(PositionError) as caught:
        detector(["w"], zones=[FORBIDDEN | change])
    assert told in str(caught.value)
    assert caught.value.way_out
    assert all(caught.value.zh)


def test_channels_of_unknown_anchors_and_wrong_snapshots_are_refused() -> None:
    with pytest.raises(PositionError, match="A1"):
        PositionDetector.from_config({"anchors": []}, channels_of(["w"]), jit=False)
    kept = detector(["w"], zones=[FORBIDDEN]).snapshot()
    with pytest.raises(PositionError):
        detector(["w"]).restore({name: kept[name] for name in kept if name != "last"})
    with pytest.raises(PositionError):
        detector(["other"], zones=[FORBIDDEN]).restore(kept)


def test_the_battery() -> None:
    zones = [
        FORBIDDEN | {"sight_s": 10},
        {"key": "all", "outline": square(0, 0, 40, 20), "max_people": 1, "lone_after_s": 2, "buddy_m": 6},
    ]
    walks = {"truck": lambda at: (30 - 2.0 * at, 9.0), "v": lambda at: (12.0, 5.0), "w": crossing}
    tags = ["truck", "v", "w"]

    def make(channels: Any) -> PositionDetector:
        config = {
            "anchors": ANCHORS,
            "tags": [{"key": "truck", "vehicle": True}],
            "zones": zones,
            "still_s": 4,
            "near_m": 3,
            "tick_s": 1,
        }
        return PositionDetector.from_config(config, channels, jit=False)

    def four(anchor: str, at: float) -> float | None:
        return None if anchor == "A5" else 0.0

    events = check_detector(make, channels_of(tags), ranges(walks, 14, every_s=1.0, heard=four), points=1)
    told = {event.kind for event in events}
    assert told == {"zone_forbidden", "crowding", "lone_worker", "no_motion", "vehicle_near"}


def test_the_probability_of_being_inside_is_that_of_counting() -> None:
    rng = np.random.default_rng(0)
    outline = np.array([(0, 0), (10, 0), (10, 4), (5, 4), (5, 8), (0, 8.0)])
    for spread in (0.05, 0.5, 3.0):
        root = rng.normal(size=(2, 2)) * spread
        drawn = np.array([4.7, 4.4]) + rng.normal(size=(40_000, 2)) @ root.T
        x, y = drawn.T
        counted = np.mean((x > 0) & (y > 0) & (((x < 10) & (y < 4)) | ((x < 5) & (y < 8))))
        told = inside(np.array([[4.7, 4.4]]), (root @ root.T)[None], outline)[0]
        assert told == pytest.approx(counted, abs=0.01)
        near = np.mean(np.hypot(x, y) < 6)
        assert within(np.array([[4.7, 4.4]]), (root @ root.T)[None], 6.0)[0] == pytest.approx(near, abs=0.01)
    assert more_than(2, np.full(4, 0.5)) == pytest.approx(5 / 16)
    for one, other in pairwise((0, 1, 2, 3)):
        assert more_than(one, np.full(4, 0.7)) > more_than(other, np.full(4, 0.7))


def test_other_zones_hold_at_once_and_what_they_end_is_cleared_under_its_own_id() -> None:
    one = detector(["w"], zones=[FORBIDDEN, FORBIDDEN | {"key": "far", "outline": square(1, 1, 3, 3)}])
    walk = ranges({"w": lambda at: (min(5 + 1.5 * at, 24.0), 8.0)}, 30)
    half = START + 18_000_000
    (raised,) = one.update(walk.take(walk.time < half))
    moved = Zone.from_data(FORBIDDEN | {"key": "store", "outline": square(22, 6, 30, 12)})
    (cleared,) = one.change_zones([moved], half)
    assert (cleared.state, cleared.episode, cleared.sureness) == ("cleared", raised.episode, 1.0)
    assert "变更" in cleared.reason_zh
    again = one.update(walk.take(walk.time >= half))
    assert [(e.state, e.evidence["zone"]) for e in again] == [("raised", "store")]
    assert one.change_zones([moved], half + 1) == [], "the same zones again change nothing"
    other = detector(["w"], zones=[FORBIDDEN])
    with pytest.raises(PositionError):
        other.restore(one.snapshot())  # its states are of another zone
