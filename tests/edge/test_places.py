"""What a node tells of itself and its tags: its channels once, positions of now, zones that change while it runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.edge import feed as feeds
from tests.edge.made import Hands, sample
from tests.edge.standin import StandIn
from tests.edge.test_runner import FEED, QUICK, enrolled, platform_of, ran, until
from yufang.edge.config import read_config
from yufang.edge.connectors.contract import Emit, Sample
from yufang.edge.node import Node
from yufang.edge.outbox import Outbox
from yufang.edge.register import read_register
from yufang.edge.runner import Runner

TAG = [{"key": f"t1/{q[-1]}", "device": "t1", "quantity": q, "unit": "m"} for q in ("position_x", "position_y")]
RULE = {"kind": "positions", "zones": "platform", "tick_s": 0.1}


def zone(key: str, x: float) -> dict[str, Any]:
    outline = [[x, 0], [x + 20, 0], [x + 20, 20], [x, 20]]
    return {"key": key, "kind": "forbidden", "outline": outline, "hold_s": 0.2, "release_s": 0.2, "enter_p": 0.6}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yufang.edge.runner.STOP_S", 0.3)


def node_at(home: Path, url: str, **more: Any) -> Runner:
    """An enrolled node that reports often."""
    enrolled(home, url).node.close()
    quick = {"url": url, "report_every_s": 0.2, "timeout_s": 2, "positions_every_s": 0.5}
    data = {"name": "box", "home": str(home), "platform": quick, "outbox": QUICK, "health": {"port": 0}}
    return Runner(read_config(data | more, home))


def wearing(home: Path, url: str) -> Runner:
    """A node with one tag that reports fixes, and a rule that asks the platform for its zones."""
    return node_at(home, url, channels=TAG, rules=[RULE], connectors=[FEED])


async def standing(emit: Emit, stop: asyncio.Event) -> None:
    """Somebody stands at (10, 10)."""
    while not stop.is_set():
        emit(Sample("t1/x", None, 10.0, 0))
        emit(Sample("t1/y", None, 10.0, 0))
        await asyncio.sleep(0.05)


def test_zones_that_change_hold_at_once_and_positions_are_told_while_they_are_of_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(feeds.PLANS, "plc", standing)
    platform = platform_of(tmp_path)
    platform.zones = {"sha256": "a", "zones": [zone("far", 60.0)]}

    def told() -> list[tuple[str, str]]:
        return [(event["state"], event["evidence"]["zone"]) for event in platform.events()]

    def refused(runner: Runner) -> bool:
        return any(t["place"] == "zones" for t in runner.node.outbox.troubles())

    async def go() -> None:
        async with platform.serving() as url:
            runner = wearing(tmp_path, url)

            async def meanwhile() -> None:
                await until(lambda: platform.positions, 30)
                assert told() == []
                platform.zones = {"sha256": "b", "zones": [zone("here", 0.0)]}
                await until(lambda: told() == [("raised", "here")], 30)
                platform.zones = {"sha256": "c", "zones": [zone("far", 60.0)]}
                await until(lambda: told() == [("raised", "here"), ("cleared", "here")], 30)
                platform.zones = {"sha256": "d", "zones": [{"key": "x", "outline": []}]}
                await until(lambda: refused(runner), 30)
                assert runner.node.zones.sha256 == "c", "zones that can't be leave the old ones"

            await ran(runner, meanwhile())
        again = wearing(tmp_path, "http://127.0.0.1:9")
        assert [z["key"] for z in again.node.zones.zones] == ["far"], "and they are there without a network"
        assert not any("rule" in t["source"] for t in again.node.outbox.troubles()), "nor is any state lost"
        again.node.close()

    asyncio.run(go())
    (fix,) = platform.positions[-1]["fixes"]
    assert (fix["tag"], abs(fix["x"] - 10.0) < 2, fix["sd_m"] < 5) == ("t1", True, True)


def test_a_tag_that_is_not_heard_any_more_has_no_position_to_tell(tmp_path: Path) -> None:
    hands = Hands()
    data = {"name": "box", "home": str(tmp_path), "channels": TAG, "rules": [RULE | {"zones": []}]}
    box = Node(read_config(data, tmp_path), clock=hands.clock())
    for _ in range(5):
        hands.on(0.5)
        box.take("plc", sample("t1/x", 5.0))
        box.take("plc", sample("t1/y", 5.0))
        box.tick()
    assert [fix["tag"] for fix in box.rules.fixes(box.clock.now_us())] == ["t1"]
    hands.on(60)
    box.tick()
    assert box.rules.fixes(box.clock.now_us()) == []
    box.close()


def reported(home: Path, platform: StandIn, keys: list[str]) -> None:
    """Run a node with these channels until it has reported three times."""
    rows = [{"key": key, "quantity": "gas:ch4", "unit": "%LEL"} for key in keys]

    async def go() -> None:
        async with platform.serving() as url:
            before = len(platform.reports)
            await ran(node_at(home, url, channels=rows), until(lambda: len(platform.reports) >= before + 3))

    asyncio.run(go())


def test_the_channels_are_told_once_and_again_when_they_change(tmp_path: Path) -> None:
    platform = platform_of(tmp_path)
    for keys in (["gas-0"], ["gas-0"], ["gas-0", "gas-1"]):
        reported(tmp_path, platform, keys)
    told = [[row["key"] for row in read_register(body)[1]] for body in platform.registers]
    assert told == [["gas-0"], ["gas-0", "gas-1"]]


def test_a_register_that_is_refused_is_told_and_not_sent_again(tmp_path: Path) -> None:
    platform = platform_of(tmp_path)
    platform.refuse.add(("register", 0))
    reported(tmp_path, platform, ["gas-0"])
    kept = Outbox(tmp_path / "outbox.db", limit_bytes=2**24, keep_acked_s=60)
    assert [(t["source"], t["times"]) for t in kept.troubles() if t["place"] == "register"] == [("platform", 1)]
    kept.close()


def test_a_mines_limit_of_a_table_that_ended_stays_and_is_told(tmp_path: Path) -> None:
    row = {"key": "ch4", "quantity": "gas:ch4", "unit": "%vol", "place": "CH4-04"}
    data = {"name": "box", "home": str(tmp_path), "channels": [row], "health": {"port": 0}}
    runner = Runner(read_config(data, tmp_path))
    assert runner.node.channels[0].limits[0].kind == "high"
    assert "not in force" in runner.node.channels[0].limits[0].source
    (told,) = [t for t in runner.node.outbox.troubles() if t["source"] == "limits"]
    assert "ch4" in told["zh"]
    assert "核对" in told["zh"]
    runner.node.close()
