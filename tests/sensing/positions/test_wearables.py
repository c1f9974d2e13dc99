"""Heart rates are judged by the person's own usual range; a fall is an impact and then stillness."""

from __future__ import annotations

import numpy as np
import pytest

from yufang.sensing.channels import Channel
from yufang.sensing.detectors.check import check_detector
from yufang.sensing.detectors.contract import Event
from yufang.sensing.positions.wearables import Fall, HeartRate
from yufang.sensing.readings import Readings

START = 1_750_000_000_000_000
HEART = [Channel(key=f"{p}/hr", device=p, quantity="heart_rate", unit="count/minute") for p in ("calm", "brisk")]
WRIST = [Channel(key=f"{p}/acc", device=p, quantity="acceleration", unit="g0") for p in ("a", "b")]


def beats(minutes: int = 40) -> Readings:
    """Both at 130 a minute for four minutes: of the calm one that is far off, the brisk one works so all day."""
    rng = np.random.default_rng(0)
    usual = np.array([70.0, 122.0])
    seconds = np.arange(0, minutes * 60, 5)
    value = usual + rng.normal(0, 4, (len(seconds), 2))
    value[(seconds >= 1500) & (seconds < 1740)] = 130.0
    return Readings.of(np.tile([0, 1], len(seconds)), np.repeat(START + seconds * 1_000_000, 2), value.ravel())


def shakes(kind: str) -> Readings:
    """25 readings a second for 40 s of walking; an impact at 10 s, then as `kind` says."""
    rng = np.random.default_rng(0)
    at = np.arange(0, 40, 0.04)
    value = 1 + 0.4 * np.sin(2 * np.pi * 1.9 * at) + rng.normal(0, 0.05, len(at))
    if kind != "walk":
        value[250:253] = 3.6
    if kind == "lies":
        value[256:] = 1 + rng.normal(0, 0.01, len(at) - 256)
        value[900:] = 1 + 0.6 * np.sin(2 * np.pi * 1.9 * at[900:])
    return Readings.of(np.zeros(len(at), np.int32), START + (at * 1e6).astype(np.int64), value)


def told(events: list[Event]) -> list[tuple[str, str, str]]:
    return [(event.channel, event.kind, event.state) for event in events]


def test_the_same_rate_is_high_for_one_and_usual_for_the_other() -> None:
    events = HeartRate.from_config({}, HEART, jit=False).update(beats())
    assert told(events) == [("calm/hr", "heart_high", "raised"), ("calm/hr", "heart_high", "cleared")]
    assert events[0].sureness > 0.9
    assert 65 < events[0].evidence["own_mean"] < 80


def test_before_the_person_is_known_only_the_caps_hold() -> None:
    early = beats(30)
    value = np.where(early.time < START + 600_000_000, 150.0, 190.0)
    events = HeartRate.from_config({"known_s": 86_400}, HEART, jit=False).update(
        Readings.of(early.channel, early.time, value)
    )
    assert {event.limit for event in events} == {180.0}
    assert {event.sureness for event in events} == {0.5}
    low = HeartRate.from_config({}, HEART, jit=False).update(Readings.of(early.channel, early.time, value * 0 + 30.0))
    assert {event.kind for event in low} == {"heart_low"}


@pytest.mark.parametrize(("kind", "raised"), [("walk", 0), ("stumbles", 0), ("lies", 1)])
def test_a_fall_is_an_impact_and_then_stillness(kind: str, raised: int) -> None:
    events = Fall.from_config({}, WRIST, jit=False).update(shakes(kind))
    assert [event.state for event in events] == ["raised", "cleared"][: 2 * raised]
    if raised:
        assert events[0].evidence["impact_g"] == pytest.approx(3.6)
        assert events[0].since == START + 10_000_000
        assert 12_000_000 <= events[0].at - events[0].since < 17_000_000


def test_gravity_may_come_in_metres() -> None:
    channels = [Channel(key="a/acc", device="a", quantity="acceleration", unit="m/s^2")]
    batch = shakes("lies")
    events = Fall.from_config({}, channels, jit=False).update(
        Readings.of(batch.channel, batch.time, batch.value * 9.80665)
    )
    assert [event.kind for event in events] == ["fall", "fall"]
    with pytest.raises(ValueError, match="unit"):
        Fall.from_config({}, [Channel(key="a", device="a", quantity="acceleration", unit="kg")], jit=False)


def test_the_battery() -> None:
    check_detector(lambda channels: HeartRate.from_config({}, channels, jit=False), HEART, beats(), points=2)
    check_detector(lambda channels: Fall.from_config({}, channels, jit=False), WRIST, shakes("lies"), points=2)
