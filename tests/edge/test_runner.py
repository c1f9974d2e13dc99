"""A whole node in one loop: connectors, rules, outputs, page, and the exchange with a platform that comes and goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.edge import feed as feeds
from tests.edge.made import config
from tests.edge.standin import StandIn
from yufang.edge import connectors, outputs
from yufang.edge.bundles import BundleStore, make_bundle, open_bundle
from yufang.edge.connectors.contract import Answer, Emit, Sample, SettingsError, Status, Tell
from yufang.edge.errors import EdgeError
from yufang.edge.identity import new_key, public_text
from yufang.edge.outputs.contract import Acted
from yufang.edge.runner import Runner
from yufang.sensing.detectors.contract import Event

QUICK = {"commit_s": 0.1, "batch_s": 0.2}
FEED = {"name": "plc", "kind": feeds.KIND}


class Siren:
    """An output that notes what it was told; fails as often as it is asked to."""

    def __init__(self, name: str, fails: int = 0, hangs: bool = False) -> None:
        self.name, self.fails, self.hangs = name, fails, hangs
        self.told: list[tuple[bool, float]] = []

    async def run(self, stop: asyncio.Event) -> None:
        await stop.wait()

    async def act(self, event: Event, on: bool) -> Acted:
        if self.hangs:
            await asyncio.sleep(60)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("no siren")
        self.told.append((on, time.monotonic()))
        return Acted(self.name, on, "done", 0.0)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yufang.edge.runner.STOP_S", 0.3)


@pytest.fixture
def sirens(monkeypatch: pytest.MonkeyPatch) -> dict[str, Siren]:
    made: dict[str, Siren] = {}

    def build(kind: str, name: str, settings: Any, tell: Tell) -> Siren:
        if kind == "none":
            raise SettingsError("没有", "there is none")
        made[name] = Siren(name, int(settings.get("fails", 0)), bool(settings.get("hangs", False)))
        return made[name]

    monkeypatch.setattr(outputs, "build", build)
    return made


def values(*found: float, every_s: float = 0.02) -> Callable[[Emit, asyncio.Event], Any]:
    async def plan(emit: Emit, stop: asyncio.Event) -> None:
        for value in found:
            emit(Sample("gas-0", None, value, 0))
            await asyncio.sleep(every_s)

    return plan


async def until(what: Callable[[], Any], seconds: float = 10.0) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "it did not come to that"
        await asyncio.sleep(0.01)


async def ran(runner: Runner, meanwhile: Any) -> None:
    """Run the node while `meanwhile` lasts."""
    task = asyncio.create_task(runner.run())
    try:
        await meanwhile
    finally:
        runner.stop.set()
        await asyncio.wait_for(task, 15)


def enrolled(home: Path, url: str, **more: Any) -> Runner:
    """A node that is enrolled at `url`; its public key stands in node.json."""
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "node.key").exists():
        new_key(home / "node.key")
    (home / "node.json").write_bytes(orjson.dumps({"node_id": 7, "url": url, "signers": more.pop("signers", [])}))
    platform = {"url": url, "report_every_s": 0.2, "timeout_s": 2}
    return Runner(config(home, channels=1, platform=platform, connectors=[FEED], outbox=QUICK, **more))


def platform_of(home: Path, **more: Any) -> StandIn:
    from yufang.edge.identity import load_key

    home.mkdir(parents=True, exist_ok=True)
    key = new_key(home / "node.key") if not (home / "node.key").exists() else load_key(home / "node.key")
    return StandIn(public_text(key), **more)


def test_a_siren_sounds_within_the_second_and_falls_silent_when_all_episodes_are_over(
    tmp_path: Path, sirens: dict[str, Siren], monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[float] = []

    async def plan(emit: Emit, stop: asyncio.Event) -> None:
        began.append(time.monotonic())
        emit(Sample("gas-0", None, 60.0, 0))
        emit(Sample("gas-1", None, 60.0, 0))
        await asyncio.sleep(0.2)
        emit(Sample("gas-0", None, 10.0, 0))
        await asyncio.sleep(0.2)
        assert [on for on, _ in sirens["siren"].told] == [True]  # gas-1 still holds it
        emit(Sample("gas-1", None, 10.0, 0))

    monkeypatch.setitem(feeds.PLANS, "plc", plan)
    siren = [{"name": "siren", "kind": "coil"}, {"name": "stuck", "kind": "coil", "settings": {"hangs": True}}]

    async def go() -> None:
        runner = Runner(config(tmp_path, connectors=[FEED], outputs=siren))
        await ran(runner, until(lambda: len(sirens["siren"].told) == 2))

    asyncio.run(go())
    (on, at), (off, _) = sirens["siren"].told
    assert (on, off) == (True, False)
    assert at - began[0] < 1.0  # without a network, with another output that hangs


def test_an_output_that_fails_is_tried_again_and_told(
    tmp_path: Path, sirens: dict[str, Siren], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(feeds.PLANS, "plc", values(60.0))
    siren = [{"name": "siren", "kind": "coil", "settings": {"fails": 1}}]

    async def go() -> None:
        runner = Runner(config(tmp_path, connectors=[FEED], outputs=siren))
        await ran(runner, until(lambda: sirens["siren"].told))
        assert sirens["siren"].told[0][0] is True

    asyncio.run(go())


def test_after_a_restart_the_siren_sounds_again_while_the_gas_is_high(
    tmp_path: Path, sirens: dict[str, Siren], monkeypatch: pytest.MonkeyPatch
) -> None:
    siren = [{"name": "siren", "kind": "coil"}]

    async def go() -> None:
        monkeypatch.setitem(feeds.PLANS, "plc", values(60.0))
        await ran(Runner(config(tmp_path, connectors=[FEED], outputs=siren)), until(lambda: sirens["siren"].told))
        monkeypatch.setitem(feeds.PLANS, "plc", values())
        await ran(Runner(config(tmp_path, connectors=[FEED], outputs=siren)), until(lambda: sirens["siren"].told))

    asyncio.run(go())
    assert sirens["siren"].told[0][0] is True


def test_a_poison_connector_and_a_missing_output_stop_nothing(
    tmp_path: Path, sirens: dict[str, Siren], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[float] = []

    async def poison(emit: Emit, stop: asyncio.Event) -> None:
        tries.append(time.monotonic())
        raise RuntimeError("poison")

    monkeypatch.setitem(feeds.PLANS, "bad", poison)
    monkeypatch.setitem(feeds.PLANS, "plc", values(60.0))
    named = [FEED, {"name": "bad", "kind": feeds.KIND}, {"name": "typo", "kind": "mqqt"}]
    siren = [{"name": "siren", "kind": "coil"}, {"name": "gone", "kind": "none"}]

    async def go() -> None:
        runner = Runner(config(tmp_path, connectors=named, outputs=siren))
        await ran(runner, until(lambda: sirens["siren"].told and len(tries) > 1))
        assert tries[1] - tries[0] > 0.2  # not in a busy loop

    asyncio.run(go())
    from yufang.edge.outbox import Outbox

    troubles = Outbox(tmp_path / "outbox.db", limit_bytes=10**8).troubles()
    assert {"bad", "typo", "gone"} <= {one["source"] for one in troubles}
    assert "poison" in next(one["en"] for one in troubles if one["source"] == "bad")


def test_what_was_seen_without_a_network_comes_once_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers are lost too: what was taken and not answered is sent again and taken once."""
    monkeypatch.setattr("yufang.edge.sync.FIRST_WAIT_S", 0.05)
    monkeypatch.setattr("yufang.edge.sync.MOST_WAIT_S", 0.2)
    monkeypatch.setitem(feeds.PLANS, "plc", values(*([10.0] * 10), *([60.0] * 10), *([11.0] * 10)))
    platform = platform_of(tmp_path)

    async def go() -> None:
        async with platform.serving() as url:
            platform.cut = True
            runner = enrolled(tmp_path, url)

            async def meanwhile() -> None:
                await until(lambda: runner.node.intake.taken >= 30)
                await until(lambda: runner.sync is not None and runner.sync.state.failures > 0)
                platform.cut, platform.lose_answers = False, 2
                runner.node.seal()
                await until(lambda: not any(runner.node.outbox.figures().waiting.values()))

            await ran(runner, meanwhile())

    asyncio.run(go())
    # Values differ by rounding of the stamps only; what counts is that each came once.
    found = [row for row in platform.readings() if row[2] == row[2]]
    assert len(found) == len(set(found))
    assert [event["state"] for event in platform.events()] == ["raised", "cleared"]


def test_what_the_platform_lost_is_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that went back to a backup of yesterday asks for what it doesn't have."""
    monkeypatch.setitem(feeds.PLANS, "plc", values(*[10.0, 60.0] * 16, every_s=0.04))
    platform = platform_of(tmp_path)

    async def go() -> None:
        async with platform.serving() as url:
            runner = enrolled(tmp_path, url)

            async def meanwhile() -> None:
                await until(lambda: platform.count("readings") >= 5)
                platform.forget("readings", 1, 3)
                platform.forget("events", 0, 1)
                await until(lambda: platform.count("readings") >= runner.node.outbox.figures().next["readings"])
                await until(lambda: platform.count("events") >= runner.node.outbox.figures().next["events"])

            await ran(runner, meanwhile())

    asyncio.run(go())
    keys = [event["key"] for event in platform.events()]
    assert len(keys) == len(set(keys))
    assert [event["at"] for event in platform.events()] == sorted(event["at"] for event in platform.events())


def test_a_batch_that_the_platform_cannot_take_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(feeds.PLANS, "plc", values(*[10.0] * 25, every_s=0.04))
    platform = platform_of(tmp_path)
    platform.refuse = {("readings", 1)}

    async def go() -> None:
        async with platform.serving() as url:
            runner = enrolled(tmp_path, url)
            await ran(runner, until(lambda: platform.count("readings") >= 3))

    asyncio.run(go())
    assert {batch.sequence for batch in platform.batches("readings")} >= {0, 2, 3}


def test_a_node_whose_clock_is_wrong_signs_by_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(feeds.PLANS, "plc", values(60.0))
    platform = platform_of(tmp_path, ahead_s=7200.0)

    async def go() -> None:
        async with platform.serving() as url:
            runner = enrolled(tmp_path, url)
            await ran(runner, until(lambda: platform.count("events")))
            assert runner.node.clock.skewed  # and its readings say so

    asyncio.run(go())


def test_a_signed_bundle_is_put_to_work_and_a_forged_one_is_refused_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(feeds.PLANS, "plc", values(10.0))
    platform, key, stranger = platform_of(tmp_path), Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "rules.yaml").write_text("rules: [{kind: limits}, {kind: stuck}]", "utf-8")
    when = datetime(2026, 11, 1, tzinfo=UTC)
    good = make_bundle(folder, key, kind="rules", name="gas", version=2, made_at=when)
    forged = make_bundle(folder, stranger, kind="rules", name="gas", version=3, made_at=when)
    platform.bundles = {open_bundle(good, [public_text(key)]).sha256: good, "f" * 64: forged}

    async def go() -> None:
        async with platform.serving() as url:
            runner = enrolled(tmp_path, url, signers=[public_text(key)])

            async def meanwhile() -> None:
                wanted = [{"sha256": sha256} for sha256 in platform.bundles]
                platform.desired = {"version": 5, "settings": {"batch_s": 0.3, "rules": []}, "bundles": wanted}
                await until(lambda: platform.reports and platform.reports[-1]["reported"]["desired_version"] == 5)

            await ran(runner, meanwhile())
            assert [rule.name for rule in runner.node.rules.rules] == ["limits", "stuck"]

    asyncio.run(go())
    reported = platform.reports[-1]["reported"]
    assert [(b["name"], b["version"]) for b in reported["bundles"]] == [("gas", 2)]
    refused = {one["what"]: one["en"] for one in reported["refused"]}
    assert "not trusted" in refused[f"bundle {'f' * 64}"]
    assert "rules" in refused["settings"]  # unsigned rules are none


@pytest.mark.parametrize("damage", ["signature", "files", "manifest", "older", "poison"])
def test_a_bundle_that_is_not_as_it_was_signed_leaves_the_old_one(tmp_path: Path, damage: str) -> None:
    key = Ed25519PrivateKey.generate()
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "rules.yaml").write_text("rules: [{kind: limits}]", "utf-8")
    when = datetime(2026, 11, 1, tzinfo=UTC)

    def made(version: int) -> dict[str, Any]:
        found = make_bundle(folder, key, kind="rules", name="gas", version=version, made_at=when)
        return dict(orjson.loads(found))

    runner = Runner(config(tmp_path, signers=[public_text(key)]))
    runner.install(orjson.dumps(made(5)))
    other = made(6)
    if damage == "signature":
        other["signature"] = made(7)["signature"]
    elif damage == "files":
        other["files"]["rules.yaml"] = other["files"]["rules.yaml"][::-1]
    elif damage == "manifest":
        other["manifest"]["files"]["../x"] = "0" * 64
    elif damage == "older":
        (folder / "more.txt").write_text("changed", "utf-8")
        other = made(4)
    else:
        (folder / "rules.yaml").write_text("rules: [{kind: no-such-detector}]", "utf-8")
        other = made(6)
    with pytest.raises(EdgeError) as refused:
        runner.install(orjson.dumps(other))
    assert refused.value.zh
    store = BundleStore(tmp_path, [public_text(key)])
    assert [bundle.version for bundle in store.installed().values()] == [5]
    runner.node.close()


def test_the_page_answers_and_takes_pushed_readings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Push:
        name, path, limit = "push", "/push", 1000

        def __init__(self) -> None:
            self.status = Status()
            self.emit: Emit | None = None

        async def run(self, emit: Emit, stop: asyncio.Event) -> None:
            self.emit = emit
            await stop.wait()

        def take(self, body: bytes, headers: Any) -> Answer:
            assert self.emit is not None
            self.emit(Sample("gas-0", None, float(body), 0))
            return Answer(202, b"{}")

    monkeypatch.setattr(connectors, "build", lambda kind, name, settings, tell: Push())

    async def go() -> None:
        runner = Runner(config(tmp_path, connectors=[{"name": "push", "kind": "http"}]))

        async def meanwhile() -> None:
            await until(lambda: runner.port)
            url = f"http://127.0.0.1:{runner.port}"
            async with aiohttp.ClientSession() as session:
                assert (await session.post(url + "/push", data=b"60")).status == 202
                assert (await session.post(url + "/push", data=b"6" * 2000)).status == 413
                await until(lambda: runner.node.events_told)
                page = await (await session.get(url)).text()
                state = await (await session.get(url + "/health.json")).json()
            assert "边缘节点" in page
            assert (state["readings"], state["open"]) == (1, 1)

        await ran(runner, meanwhile())

    asyncio.run(go())
