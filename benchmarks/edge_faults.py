"""The edge node under faults: the network cut for days, SIGKILL at random, a full disk, a clock that jumps; and its
memory with 1,000 channels.

    python benchmarks/edge_faults.py [--only cut kills disk clock memory] [--days 3] [--kills 50] [--json F]

Every value is a known function of its channel and its time, and every event is known from it, so each reading and each
event that reaches the platform is held against what it must be: nothing lost but what was thinned and told, nothing
twice, in the order of event time. `cut` and `clock` turn the node's clocks by hand, `kills`, `disk` and `memory` run it
as a process of its own. The platform is the stand-in of the tests, which keeps what comes. `disk` mounts a small tmpfs
and needs the right to do so; where it lacks it, it says so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform as machine
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.edge import feed as feeds
from tests.edge.made import SECOND, START, Hands, sample
from tests.edge.standin import StandIn

from yufang.edge.batches import EdgeBatch, decode
from yufang.edge.config import EdgeConfig, read_config
from yufang.edge.connectors.contract import Emit
from yufang.edge.identity import load_key, new_key, public_text
from yufang.edge.node import Node
from yufang.edge.runner import Runner
from yufang.edge.sync import Sync
from yufang.sensing.readings import Quality

LIMIT = {"kind": "high_high", "value": 50.0, "source": "bench", "hysteresis": 5.0}
PERIOD, HIGH = 3600, 5  # each channel is high for HIGH readings of every PERIOD
FIVE = [{"kind": kind} for kind in ("limits", "rate", "cusum", "stuck", "spike")]


def value(channel: int, k: int) -> float:
    """The k-th reading of a channel: calm with two decimals, and high now and then."""
    if (k + channel * 37) % PERIOD < HIGH and k >= HIGH:
        return 80.0 + channel % 10
    return round(10 + channel % 20 + ((k * 7919 + channel * 104_729) % 1000) / 500, 2)


def expected_events(channels: int, readings: int) -> Counter[tuple[str, str]]:
    """(channel, state) → how often, of the rule `limits` over the first `readings` of each channel."""
    found: Counter[tuple[str, str]] = Counter()
    for c in range(channels):
        high = False
        first = (-c * 37) % PERIOD
        for start in range(first - PERIOD, readings, PERIOD):
            for k in range(max(HIGH, start, 0), min(start + HIGH + 1, readings)):
                now = value(c, k) > 50
                if now != high:
                    found[f"ch{c}", "raised" if now else "cleared"] += 1
                    high = now
    return found


def config(home: Path, channels: int, every_s: float, **more: Any) -> EdgeConfig:
    one = {"device": "plc", "quantity": "gas:ch4", "unit": "%LEL", "every_s": every_s, "limits": [LIMIT]}
    data = {
        "name": "bench",
        "home": str(home),
        "channels": [{"key": f"ch{c}"} | one for c in range(channels)],
        "connectors": [{"name": "plc", "kind": feeds.KIND, "time": "trusted", "repeats": "drop"}],
        "rules": [{"kind": "limits"}],
        "health": {"port": 0},
    }
    return read_config(data | more, home)


class Tally:
    """Holds everything that came against what it must be."""

    def __init__(self, channels: int, step_us: int, begin_us: int) -> None:
        self.channels, self.step_us, self.begin_us = channels, step_us, begin_us
        self.kept = self.dropped = self.wrong = self.twice = self.thinned = self.missing_marks = 0
        self._seen = bytearray()  # one byte for each reading that may come

    def take(self, batch: EdgeBatch) -> None:
        found = batch.readings
        self.dropped += sum(int(t["dropped"]) for t in batch.thinning)
        self.thinned += bool(batch.thinning)
        for c, at, v, flag in zip(
            found.channel.tolist(), found.time.tolist(), found.value.tolist(), found.flag.tolist(), strict=True
        ):
            if flag & Quality.MISSING:
                self.missing_marks += 1
                continue
            channel = int(batch.keys[c][2:])
            k, rest = divmod(at - self.begin_us, self.step_us)
            self.wrong += rest != 0 or value(channel, k) != v
            place = k * self.channels + channel
            if place >= len(self._seen):
                self._seen.extend(bytes(place + 1_000_000 - len(self._seen)))
            self.twice += self._seen[place]
            self._seen[place] = 1
            self.kept += 1


def told(events: list[dict[str, Any]]) -> tuple[Counter[tuple[str, str]], int, bool]:
    """((channel, state) → how often, keys that came twice, whether each channel's and all events are in order)."""
    keys = Counter(event["key"] for event in events)
    times = [event["at"] for event in events]
    return (
        Counter((e["channel"], e["state"]) for e in events),
        sum(n - 1 for n in keys.values()),
        times == sorted(times),
    )


def verdict(
    batches: list[EdgeBatch], events: list[dict[str, Any]], channels: int, readings: int, step_us: int, begin_us: int
) -> dict[str, Any]:
    """What came, held against what it must be: `readings` of each of `channels`, and the events known from them."""
    tally = Tally(channels, step_us, begin_us)
    for batch in batches:
        tally.take(batch)
    counts, twice, ordered = told(events)
    as_expected = counts == expected_events(channels, readings)
    unexplained = readings * channels - tally.kept - tally.dropped
    return {
        "readings": readings * channels,
        "kept": tally.kept,
        "dropped_and_told": tally.dropped,
        "thinned_batches": tally.thinned,
        "unexplained": unexplained,
        "wrong": tally.wrong,
        "twice": tally.twice,
        "events": sum(counts.values()),
        "events_as_expected": as_expected,
        "events_twice": twice,
        "events_in_order": ordered,
        "ok": not (unexplained or tally.wrong or tally.twice or twice) and as_expected and ordered,
    }


# ── 1: three days without a network ───────────────────────────────────────────────────────────────────────────────────


def cut(asked: argparse.Namespace, home: Path) -> dict[str, Any]:
    """A node of `channels`, one reading every `every` seconds each, `days` without a network; then it is back."""
    hands, channels, step = Hands(), asked.channels, int(asked.every)
    cut_for = int(asked.days * 86_400)
    box = Node(config(home, channels, 3600.0, outbox={"limit_mb": asked.limit_mb}), clock=hands.clock())
    keys, begin = [f"ch{c}" for c in range(channels)], int(hands.wall * SECOND)
    began, readings = time.monotonic(), cut_for // step
    for k in range(readings):
        at = begin + k * step * SECOND
        for c in range(channels):
            box.take("plc", sample(keys[c], value(c, k), at))
        box.tick()
        hands.on(step)
    box.seal()
    took, figures = time.monotonic() - began, box.outbox.figures()
    size = (home / "outbox.db").stat().st_size
    stand = StandIn(public_text(new_key(home / "node.key")), keep=str(home / "platform.db"))
    stand.ahead_s = hands.wall - time.time()
    back, lag = asyncio.run(_send_all(box, stand, home, channels, step, hands))
    found = verdict(stand.batches("readings"), stand.events(), channels, readings, step * SECOND, begin)
    return found | {
        "days": asked.days,
        "every_s": step,
        "batches": figures.waiting["readings"],
        "disk_mb": round(size / 2**20, 1),
        "limit_mb": asked.limit_mb,
        "events_all_there_after_s": round(lag, 2),
        "all_there_after_s": round(back, 1),
        "simulated_in_s": round(took, 1),
        "ok": found["ok"] and size <= asked.limit_mb * 2**20,
    }


async def _send_all(
    box: Node, stand: StandIn, home: Path, channels: int, step: int, hands: Hands
) -> tuple[float, float]:
    """Let the network come back; (seconds until everything was there, until all events were)."""
    async with stand.serving() as url:
        bare = config(home, channels, step, platform={"url": url, "report_every_s": 5})
        assert bare.platform is not None
        sync, stop = Sync(box, bare.platform, 7, load_key(home / "node.key")), asyncio.Event()
        began, events_there = time.monotonic(), 0.0
        wall = hands.wall
        task = asyncio.create_task(sync.run(stop))
        while any((waiting := box.outbox.figures().waiting).values()):
            await asyncio.sleep(0.2)
            passed = time.monotonic() - began
            hands.on(wall + passed - hands.wall)
            if not waiting["events"] and not events_there:
                events_there = passed
        stop.set()
        await task
    return time.monotonic() - began, events_there or time.monotonic() - began


# ── a node as a process of its own ────────────────────────────────────────────────────────────────────────────────────


def child(home: Path) -> None:
    """Run the node that `home/plan.json` describes: its device keeps what it measured and sends from what was lost."""
    plan = json.loads((home / "plan.json").read_bytes())
    step_us, channels = int(plan["step_s"] * SECOND), plan["channels"]
    keys = [f"ch{c}" for c in range(channels)]

    async def device(emit: Emit, stop: asyncio.Event) -> None:
        begin, now = plan["begin_us"], int(time.time() * 1e6)
        last = runner.node.outbox.last_time_us()
        k = max(0, (last - begin) // step_us - 20) if last else 0
        while k < plan["readings"] and not stop.is_set():
            now = int(time.time() * 1e6)
            while k < plan["readings"] and (begin + k * step_us <= now or plan["hurry"]):
                for c in range(channels):
                    emit(sample(keys[c], value(c, k), begin + k * step_us))
                k += 1
                if plan["hurry"] and k % plan["hurry"] == 0:
                    break
            await asyncio.sleep(0.05)
        (home / "all-emitted").touch()

    feeds.PLANS["plc"] = feeds.PLANS["feed"] = device
    platform = {"url": plan["url"], "report_every_s": 1, "timeout_s": 5} if plan["url"] else None
    # Sampling of an hour: a machine that is busy shall not make channels look silent here.
    found = config(home, channels, 3600.0, platform=platform, **plan["more"])

    async def go() -> None:
        nonlocal runner
        runner = Runner(found)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, runner.stop.set)

        def ready(port: int) -> None:
            (home / "port.new").write_text(str(port), "ascii")
            (home / "port.new").replace(home / "port")

        await runner.run(ready)

    runner: Runner = None  # type: ignore[assignment]
    asyncio.run(go())


def start(home: Path, **plan: Any) -> subprocess.Popen[bytes]:
    """Start the node of `home`; the plan is kept for the next start."""
    if plan:
        (home / "plan.json").write_text(json.dumps(plan), "utf-8")
    (home / "port").unlink(missing_ok=True)
    quiet = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, __file__, "--child", str(home)], env=quiet)


def wait_for(what: Callable[[], Any], seconds: float, process: subprocess.Popen[bytes] | None = None) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if what():
            return True
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the node ended with {process.returncode}")
        time.sleep(0.02)
    return False


def page_of(home: Path) -> dict[str, Any]:
    """The node's health page."""
    import urllib.request

    port = (home / "port").read_text("ascii")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health.json", timeout=60) as answer:
        return dict(json.load(answer))


class Serving:
    """The stand-in in a thread of its own."""

    def __init__(self, stand: StandIn) -> None:
        self.stand, self.url = stand, ""
        self._loop = asyncio.new_event_loop()
        self._stop: asyncio.Event | None = None

    def __enter__(self) -> str:
        ready = threading.Event()

        async def go() -> None:
            self._stop = asyncio.Event()
            async with self.stand.serving() as self.url:
                ready.set()
                await self._stop.wait()

        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(go()), daemon=True)
        self._thread.start()
        ready.wait(10)
        return self.url

    def __exit__(self, *_: object) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


def enrol(home: Path, url: str) -> str:
    """Make the node's key and its enrolment; the public key."""
    public = public_text(new_key(home / "node.key"))
    (home / "node.json").write_text(json.dumps({"node_id": 7, "url": url, "signers": []}), "utf-8")
    return public


def waiting_of(home: Path) -> int:
    """Batches that wait, read from the outbox itself; -1 while there is none."""
    import sqlite3

    try:
        database = sqlite3.connect(f"file:{home / 'outbox.db'}?mode=ro", uri=True, timeout=5)
        with database:
            (count,) = database.execute("SELECT count(*) FROM batch WHERE acked = 0").fetchone()
            (journal,) = database.execute("SELECT count(*) FROM journal WHERE sealed = 0").fetchone()
        database.close()
        return int(count + journal)
    except sqlite3.Error:
        return -1


def finish(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(60)


# ── 2: killed at random ───────────────────────────────────────────────────────────────────────────────────────────────


def kills(asked: argparse.Namespace, home: Path) -> dict[str, Any]:
    """Start the node and kill it (SIGKILL) 0.1 to 2 s after it stands, again and again, while readings flow."""
    rng, channels, readings = random.Random(3), 200, 120 * asked.kills
    stand = StandIn(keep=":memory:")
    began = time.monotonic()
    with Serving(stand) as url:
        stand.public_key = enrol(home, url)
        plan = {"channels": channels, "step_s": 1.0, "begin_us": START * SECOND, "readings": readings}
        plan |= {"url": url, "hurry": 4, "more": {"outbox": {"commit_s": 0.2, "batch_s": 0.7}}}
        process = start(home, **plan)
        at_work = 0
        for _ in range(asked.kills):
            wait_for((home / "port").exists, 60, process)
            before = stand.count("readings")
            time.sleep(rng.uniform(0.1, 2.0))
            at_work += stand.count("readings") > before
            process.kill()
            process.wait()
            process = start(home)
        wait_for((home / "all-emitted").exists, 600, process)
        time.sleep(2.0)
        wait_for(lambda: waiting_of(home) == 0, 600, process)
        finish(process)
        process = start(home)  # what was sealed at the end is sent too
        time.sleep(1.0)
        wait_for(lambda: waiting_of(home) == 0, 120, process)
        finish(process)
        found = verdict(stand.batches("readings"), stand.events(), channels, readings, SECOND, START * SECOND)
    took = round(time.monotonic() - began, 1)
    ok = found["ok"] and not found["dropped_and_told"]
    return found | {"kills": asked.kills, "killed_while_sending": at_work, "took_s": took, "ok": ok}


# ── 3: the disk is full ───────────────────────────────────────────────────────────────────────────────────────────────


def disk(asked: argparse.Namespace, home: Path) -> dict[str, Any]:
    """A node on a disk of 24 MB that somebody else fills to the last byte; later there is room again."""
    room = home / "disk"
    room.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(room)], check=False).returncode:
        return {"ok": None, "why": "no right to mount a tmpfs"}
    stand = StandIn(keep=":memory:")
    process: Any = None
    try:
        node = room / "node"
        node.mkdir()
        channels, readings = 1000, 900
        stand.public_key = enrol(node, "http://127.0.0.1:9")
        plan = {"channels": channels, "step_s": 1.0, "begin_us": START * SECOND, "readings": readings}
        # The bound is larger than the disk: it is the disk that gives out.
        plan |= {"url": "http://127.0.0.1:9", "hurry": 2}
        plan |= {"more": {"outbox": {"limit_mb": 200, "commit_s": 0.2, "batch_s": 0.7}}}
        process = start(node, **plan)
        wait_for((node / "port").exists, 60, process)
        wait_for(lambda: page_of(node)["readings"] > 50_000, 240, process)
        _fill(room / "somebody-else")
        said = wait_for(lambda: page_of(node)["outbox"]["disk_full"], 240, process)
        wait_for((node / "all-emitted").exists, 600, process)
        time.sleep(1.0)
        during = page_of(node)
        (room / "somebody-else").unlink()
        healed = wait_for(lambda: not page_of(node)["outbox"]["disk_full"], 60, process)
        time.sleep(2.0)
        finish(process)
        batches, events = _outbox(node)
        found = verdict(batches, events, channels, readings, SECOND, START * SECOND)
    finally:
        process.kill()
        process.wait()
        subprocess.run(["umount", str(room)], check=False)
    return found | {
        "said_so_on_its_page": said,
        "said_that_it_is_over": healed,
        "held_in_memory_when_all_was_sent": during["outbox"]["held_readings"],
        "ok": found["ok"] and said and healed,
    }


def _fill(path: Path) -> None:
    """Write until the disk has no byte left."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)


def _outbox(home: Path) -> tuple[list[EdgeBatch], list[dict[str, Any]]]:
    """All batches of readings and all events that wait in an outbox."""
    from yufang.edge.outbox import Outbox

    outbox = Outbox(home / "outbox.db", limit_bytes=10**9)
    batches = [decode(one.payload) for one in outbox.pending("readings", 10**6)]
    events = [dict(e) for one in outbox.pending("events", 10**6) for e in decode(one.payload).events]
    outbox.close()
    return batches, events


# ── 4: the clock jumps ────────────────────────────────────────────────────────────────────────────────────────────────


def clock(asked: argparse.Namespace, home: Path) -> dict[str, Any]:
    """The system's clock jumps two hours ahead, back, two hours behind, and back, while readings are stamped here."""
    hands, channels = Hands(), asked.channels
    more = {"connectors": [{"name": "plc", "kind": feeds.KIND, "time": "received"}]}
    box = Node(config(home, channels, 1.0, **more), clock=hands.clock())
    for k in range(400):
        jump = {80: 7200, 160: -7200, 240: -7200, 320: 7200}.get(k, 0)
        hands.on(1)
        hands.wall += jump
        box.clock.look()
        for c in range(channels):
            box.take("plc", sample(f"ch{c}", value(c, k)))
        box.tick()
    box.seal()
    batches = [decode(one.payload) for one in box.outbox.pending("readings", 10**6)]
    events = [dict(e) for one in box.outbox.pending("events", 10**6) for e in decode(one.payload).events]
    found = verdict(batches, events, channels, 400, SECOND, (START + 1) * SECOND)
    skewed = sum(int(((batch.readings.flag & Quality.CLOCK_SKEW) != 0).sum()) for batch in batches)
    ok = found["ok"] and skewed == 160 * channels
    return found | {"jumps": box.clock.jumps, "flagged_clock_skew": skewed, "ok": ok}


# ── 6: memory ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def memory(asked: argparse.Namespace, home: Path) -> dict[str, Any]:
    """Resident memory of a node with 1,000 channels at one reading a second, five rules, and every connector loaded."""
    stand = StandIn(keep=":memory:")
    with Serving(stand) as url:
        stand.public_key = enrol(home, url)
        now = int(time.time() * 1e6)
        broker = {"host": "127.0.0.1", "port": 9, "topics": [{"topic": "a/#", "channel": "a"}]}
        plc = {"host": "127.0.0.1", "port": 9, "registers": [{"address": 0, "channel": "a"}]}
        server = {"url": "opc.tcp://127.0.0.1:9", "variables": [{"node": "ns=2;i=1", "channel": "a"}]}
        connected = [
            {"name": "feed", "kind": feeds.KIND, "time": "trusted"},
            {"name": "broker", "kind": "mqtt", "settings": broker},
            {"name": "plc", "kind": "modbus", "settings": plc},
            {"name": "server", "kind": "opcua", "settings": server},
        ]
        more = {"rules": FIVE, "connectors": connected, "outbox": {"batch_s": 5}}
        plan = {"channels": asked.channels, "step_s": 1.0, "begin_us": now, "readings": 10**9, "url": url}
        process = start(home, **plan, hurry=0, more=more)
        try:
            wait_for((home / "port").exists, 120, process)
            used: list[float] = []
            cpu = None
            ends = time.monotonic() + asked.seconds
            while time.monotonic() < ends:
                time.sleep(1.0)
                used.append(_rss(process.pid))
                if cpu is None and len(used) == 5:
                    cpu = (page_of(home)["processor_s"], time.monotonic())
            state = page_of(home)
            assert cpu is not None
            share = (state["processor_s"] - cpu[0]) / (time.monotonic() - cpu[1])
        finally:
            finish(process)
    return {
        "channels": asked.channels,
        "rules": [rule["kind"] for rule in FIVE],
        "rules_quarantined": [rule["name"] for rule in state["rules"] if rule["quarantined"]],
        "connectors": [row["kind"] for row in state["connectors"]],
        "connectors_that_could_not_start": [t["en"] for t in state["troubles"] if t["place"] == "settings"],
        "readings": state["readings"],
        "resident_mb_most": max(used),
        "resident_mb_end": used[-1],
        "processor_share": round(share, 3),
        "batches_taken": stand.count("readings"),
        "ok": max(used) <= 150 and not any(rule["quarantined"] for rule in state["rules"]),
    }


def _rss(pid: int) -> float:
    told = Path(f"/proc/{pid}/status").read_text("ascii")
    return round(int(told.partition("VmRSS:")[2].split()[0]) / 1024, 1)


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = {"cut": cut, "kills": kills, "disk": disk, "clock": clock, "memory": memory}
    parser.add_argument("--only", nargs="*", choices=list(parts), default=list(parts))
    parser.add_argument("--channels", type=int, default=1000)
    parser.add_argument("--days", type=float, default=3.0)
    parser.add_argument("--every", type=int, default=30, help="seconds between two readings of a channel, in `cut`")
    parser.add_argument("--limit-mb", type=int, default=16, help="the outbox's bound in `cut`; small, so that it thins")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60, help="how long `memory` watches")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found: dict[str, Any] = {"python": machine.python_version()}
    for name in asked.only:
        with tempfile.TemporaryDirectory(prefix=f"yufang-edge-{name}-") as folder:
            found[name] = parts[name](asked, Path(folder))
        print(name, json.dumps(found[name], indent=1), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), "utf-8")
    if not all(found[name]["ok"] is not False for name in asked.only):
        sys.exit(1)


if __name__ == "__main__":
    main()
