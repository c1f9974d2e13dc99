"""Bounds, and troubles that are told without a flood."""

import asyncio

import pytest

from yufang.edge.connectors.backoff import keep, wait_s
from yufang.edge.connectors.contract import Sample, SettingsError, Status, Trouble
from yufang.edge.connectors.gate import Gate, repeating


class Desk:
    """What a gate emitted and told, on a clock that stands still unless it's moved."""

    def __init__(self, **bounds: int) -> None:
        self.samples: list[Sample] = []
        self.troubles: list[Trouble] = []
        self.now = 1_000_000_000
        self.status = Status()
        self.gate = Gate("g", self.status, self.troubles.append, now=lambda: self.now, **bounds)
        self.gate.open(self.samples.append)


def test_a_device_with_a_flood_of_new_channels_is_bounded_and_the_others_are_not() -> None:
    desk = Desk(most=500, per_device=100)
    for n in range(50_000):
        desk.gate.take(f"mad.{n}", None, 1.0, where="topic/mad", device="mad")
    assert desk.gate.take("good.ch4", None, 2.0, where="topic/good", device="good")
    assert desk.status.channels == 101
    assert desk.status.refused == 49_900
    assert [(t.kind, t.where) for t in desk.troubles] == [("bounded", "mad")]
    assert desk.gate.take("mad.0", None, 3.0, where="topic/mad", device="mad")  # what was known before goes on
    desk.now += 61_000_000
    desk.gate.take("mad.50001", None, 1.0, where="topic/mad", device="mad")
    assert desk.troubles[-1].times == 49_900  # the 49,899 since, and this one


def test_all_devices_together_stay_below_the_bound_of_the_connector() -> None:
    desk = Desk(most=50, per_device=10)
    for n in range(1000):
        desk.gate.take(f"d{n}.x", None, 1.0, where=f"t/{n}", device=f"d{n}")
    assert desk.status.channels == 50


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 201, "a\x00"])
def test_a_name_that_can_be_no_channel_is_refused(name: str) -> None:
    desk = Desk()
    assert not desk.gate.take(name, None, 1.0, where="w")
    assert desk.troubles[0].kind == "refused"
    assert not desk.samples


def test_troubles_at_ever_new_places_do_not_fill_the_memory() -> None:
    desk = Desk()
    for n in range(5_000):
        desk.gate.refuse(f"topic/{n}", "坏", "bad")
    assert len(desk.troubles) == 501
    assert len(desk.gate._told) == 501


def test_waits_double_to_their_ceiling_and_are_never_in_step() -> None:
    for tries, ceiling in ((0, 0.5), (3, 4.0), (50, 30.0)):
        waits = [wait_s(tries, 0.5, 30.0) for _ in range(50)]
        assert all(ceiling / 2 <= wait <= ceiling for wait in waits)
        assert len(set(waits)) > 40


def test_a_session_that_fails_in_any_way_is_tried_again() -> None:
    desk = Desk()
    tried: list[int] = []

    async def run() -> None:
        stop = asyncio.Event()

        async def session() -> None:
            tried.append(1)
            if len(tried) == 1:
                raise OSError("refused")
            if len(tried) == 2:
                raise ZeroDivisionError  # a defect of a library
            if len(tried) == 3:
                return
            stop.set()
            await asyncio.sleep(60)

        await asyncio.wait_for(keep(session, gate=desk.gate, stop=stop, where="w", first=0.001, most=0.002), 5)

    asyncio.run(run())
    assert len(tried) == 4
    assert desk.troubles[0].kind == "lost"


def test_settings_that_can_never_work_are_not_tried_again() -> None:
    desk = Desk()

    async def session() -> None:
        raise SettingsError("没有文件", "no file")

    async def run() -> None:
        await keep(session, gate=desk.gate, stop=asyncio.Event(), where="w", first=0.001, most=0.002)

    with pytest.raises(SettingsError, match="no file"):
        asyncio.run(run())


def test_a_value_that_stands_unchanged_is_emitted_again_in_its_own_time_and_a_missing_one_is_not() -> None:
    async def run() -> None:
        desk = Desk()
        async with repeating(desk.gate, 0.02):
            desk.gate.take("a", 5_000, 1.0, where="w", quality=4)
            desk.gate.take("gone", 5_000, None, where="w")
            await asyncio.sleep(0.03)
            assert len(desk.samples) == 2  # the clock stands still
            desk.now += 30_000
            while len(desk.samples) < 3:
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.03)
        assert desk.samples[2:] == [Sample("a", 35_000, 1.0, desk.now, 4)]
        desk.now += 30_000
        await asyncio.sleep(0.03)
        assert len(desk.samples) == 3  # the connection is gone: nothing is known to hold

    asyncio.run(run())
