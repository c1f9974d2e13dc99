"""Bad input at full size, beside a source that behaves: what is answered, and whether that source is slowed.

    python benchmarks/sensing_bad_input.py [--gigabytes 1] [--million 1000000] [--only platform]

A platform (`yufang serve` with its own PostgreSQL) and an edge node take, one after another: NaN, infinities and texts,
a unit that doesn't convert, a million channels that nobody registered, replayed batches, forged signatures, a message
of 1 GB with and without its length told, and at the node a body of 1 GB by HTTP and a message of 64 MB by MQTT. All the
while a source that behaves, a process of its own, sends ten readings every tenth of a second to the same place; its
95th percentile is told before and during each. The million channels come as fast as they are answered, whatever the
answer: told to wait (429), that source sends the next message at once. Last it does wait, and sends a good reading
among five thousand unknown ones. Exits with 1 where something bad was taken, or the good source had an error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sensing_world import World, served

from yufang.edge.batches import EdgeBatch, encode
from yufang.edge.config import read_config
from yufang.edge.identity import sign_request
from yufang.edge.runner import Runner
from yufang.sensing.readings import Readings
from yufang.sensing.wire_arrow import to_arrow_ipc

JSON, ARROW = "application/json", "application/vnd.apache.arrow.stream"
QUIET_S, LEAST_S = 6.0, 4.0
MQTT_PORT = 18_911
# Broker and publisher are no part of the node: they run in processes of their own.
BROKER = """
import asyncio
from yufang.demo.plants.servers import MqttBroker, quiet
async def go():
    quiet()
    await MqttBroker("127.0.0.1", {port}).start()
    await asyncio.Event().wait()
asyncio.run(go())
"""
PUBLISHER = """
import asyncio, aiomqtt
async def go():
    async with aiomqtt.Client("127.0.0.1", {port}) as client:
        await client.publish("probes/gas", b"x" * {size}, qos=0, timeout=120)
        await asyncio.sleep(2)
asyncio.run(go())
"""
AGAIN = 100


def behave(url: str, key: str) -> None:
    """Be a source that behaves, until killed: send every tenth of a second, and print when and how long it took."""
    number, to_edge = 0, not key
    while True:
        began, now = time.monotonic(), time.time_ns() // 1000
        if to_edge:
            body: dict[str, Any] = {"good": 1.5 + number % 7 / 10}
        else:
            rows = [{"channel": "good-0", "time": now + n, "value": 1.5} for n in range(10)]
            body = {"source": "good", "sequence": number, "readings": rows}
        headers = {"Content-Type": JSON} | ({} if to_edge else {"Authorization": f"Bearer {key}"})
        error = ""
        try:
            status, told = post(url, json.dumps(body).encode(), headers)
            if status != 200 or told["taken" if to_edge else "readings"] != (1 if to_edge else 10):
                error = f"{status} {told}"
        except OSError as broken:
            error = f"{type(broken).__name__}: {broken}"
        print(json.dumps([began, time.monotonic() - began, error]), flush=True)
        number += 1
        time.sleep(max(0.0, 0.1 - (time.monotonic() - began)))


@dataclass
class Good:
    """A source that behaves, in a process of its own, and what it noted."""

    url: str
    key: str = ""  # none: it sends to an edge node
    took: list[tuple[float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def start(self) -> None:
        command = [sys.executable, __file__, "--good", self.url, "--key", self.key]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        while not self.took:
            time.sleep(0.1)

    def _read(self) -> None:
        for line in self._process.stdout or ():
            began, took, error = json.loads(line)
            self.took.append((began, took))
            if error:
                self.errors.append(error)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)
        self._reader.join(60)

    def p95(self, since: float, until: float) -> float:
        found = [took for at, took in self.took if since <= at <= until]
        return statistics.quantiles(found, n=20)[-1] * 1000 if len(found) > 2 else float("nan")


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """(status, answer) of one request."""
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, dict(json.load(answer))
    except urllib.error.HTTPError as error:
        text = error.read()
        with suppress(ValueError):
            return error.code, dict(json.loads(text))
        return error.code, {}


def flood(port: int, path: str, headers: dict[str, str], size: int, told: bool) -> tuple[int, float]:
    """Stream `size` bytes to a server: (status it answered, 0 where it only hung up; MB that it let us send)."""
    block = b"x" * (1 << 20)
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{k}: {v}" for k, v in headers.items())]
    lines += [f"Content-Length: {size}" if told else "Transfer-Encoding: chunked", "", ""]
    sent, status = 0, 0
    with socket.create_connection(("127.0.0.1", port), timeout=120) as link:
        try:
            link.sendall("\r\n".join(lines).encode())
            link.settimeout(0.0)
            while sent < size:
                link.setblocking(False)
                with suppress(BlockingIOError):
                    if link.recv(1, socket.MSG_PEEK):
                        break  # it has answered
                link.setblocking(True)
                link.sendall(block if told else b"%x\r\n" % len(block) + block + b"\r\n")
                sent += len(block)
            if not told and sent >= size:
                link.sendall(b"0\r\n\r\n")
        except OSError:
            pass  # it hung up
        link.setblocking(True)
        link.settimeout(120)
        with suppress(OSError, ValueError, IndexError):
            status = int(link.recv(4096).split()[1])
    return status, sent / 2**20


class Platform:
    """Bad input for the platform."""

    def __init__(self, world: World) -> None:
        self.world, self.url = world, world.url + "/api/sensing/batches"
        for key, unit in (("good-0", "%LEL"), ("bad-0", "%LEL")):
            body = {"organisation_id": world.enterprise, "key": key, "device": key, "quantity": "gas:ch4", "unit": unit}
            world.post("/api/sensing/channels", body | {"low": 0, "high": 100})
        self.good_key, self.bad_key = (
            world.post("/api/sensing/sources", {"organisation_id": world.enterprise, "name": name})["key"]
            for name in ("good", "bad")
        )
        self.number = 0

    def _send(self, key: str, source: str, number: int, rows: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        now = time.time_ns() // 1000
        made = [{"time": now + n, **row} for n, row in enumerate(rows)]
        body = json.dumps({"source": source, "sequence": number, "readings": made}).encode()
        return post(self.url, body, {"Authorization": f"Bearer {key}", "Content-Type": JSON})

    def bad(self, rows: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        self.number += 1
        return self._send(self.bad_key, "bad", self.number - 1, rows)

    def not_numbers(self) -> str:
        rows = [{"channel": "bad-0", "value": v} for v in ("high", True, {"a": 1}, [1])]
        status, told = self.bad(rows)
        assert (status, told["readings"], told["refused"]) == (200, 0, 4), told
        reasons = {r["reason_en"] for r in told["refusals"]}
        columns = ([0] * 3, [time.time_ns() // 1000 + n for n in range(3)], [np.nan, np.inf, -np.inf])
        self.number += 1
        body = to_arrow_ipc(Readings.of(*columns), ["bad-0"], source="bad", sequence=self.number - 1)
        status, told = post(self.url, body, {"Authorization": f"Bearer {self.bad_key}", "Content-Type": ARROW})
        assert status == 200, told
        self.number += 1
        rows = '{"channel": "bad-0", "time": 1, "value": 1}, NaN, {"channel": "bad-0", "value": Infinity}'
        torn = f'{{"source": "bad", "sequence": {self.number - 1}, "readings": [{rows}]}}'.encode()
        status, told = post(self.url, torn, {"Authorization": f"Bearer {self.bad_key}", "Content-Type": JSON})
        assert (status, told["readings"], told["refused"]) == (200, 0, 3), told
        reasons |= {r["reason_en"] for r in told["refusals"]}
        return f"refused ({'; '.join(sorted(reasons))}); NaN and ±inf as values are kept as missing, with a flag"

    def other_unit(self) -> str:
        status, told = self.bad([{"channel": "bad-0", "value": 3.0, "unit": "kg"}] * 50)
        assert (status, told["readings"], told["refused"]) == (200, 0, 50), told
        return f"refused: {told['refusals'][0]['reason_en']}"

    def a_million(self, count: int) -> str:
        self.number += 1
        rows = [{"channel": f"k{n}", "time": 1, "value": 1} for n in range(count)]
        body = json.dumps({"source": "bad", "sequence": self.number - 1, "readings": rows}).encode()
        status, told = post(self.url, body, {"Authorization": f"Bearer {self.bad_key}", "Content-Type": JSON})
        assert status == 413 or told["readings"] == 0, told
        at_once, read, unread, why = status, 0, 0, ""
        for start in range(0, count, 5_000):
            rows = [{"channel": f"k{start + n}", "value": 1.0} for n in range(min(5_000, count - start))]
            status, told = self.bad(rows)
            if status == 429:
                unread += len(rows)
                continue
            assert (status, told["readings"], told["refused"]) == (200, 0, len(rows)), told
            read, why = read + len(rows), told["refusals"][0]["reason_en"]
        self._good_among_unknown()
        told_of = f"{read:,} refused ({why}), {unread:,} told to wait (429)"
        return f"at once: {at_once}; in {count // 5_000} messages: {told_of}"

    def _good_among_unknown(self) -> None:
        """Sent again as it is, when it is told to: what is good of a message is taken in the end."""
        rows = [{"channel": f"k{n}", "value": 1.0} for n in range(5_000)] + [{"channel": "bad-0", "value": 2.0}]
        status, told = self.bad(rows)
        ends = time.monotonic() + 60
        while status == 429 and time.monotonic() < ends:
            time.sleep(1)
            self.number -= 1
            status, told = self.bad(rows)
        assert (status, told["readings"], told["refused"]) == (200, 1, 5_000), told

    def replayed(self) -> str:
        answers = [self._send(self.bad_key, "bad", 0, [{"channel": "bad-0", "value": 9.0}]) for _ in range(AGAIN)]
        assert all(status == 200 and told["again"] for status, told in answers), answers[0]
        return f"{AGAIN} times `again`, nothing taken"

    def forged(self) -> str:
        made = self.world.post("/api/edge/nodes", {"organisation_id": self.world.enterprise, "name": "victim"})
        target = "/api/edge/batches?lane=readings&sequence=0&epoch=ab"
        now = time.time_ns() // 1000
        body = encode(EdgeBatch("readings", 0, Readings.of([0], [now], [9.0]), ("bad-0",)))
        key, codes = Ed25519PrivateKey.generate(), []
        for n in range(AGAIN):
            headers = sign_request(key, made["node"]["id"], "POST", target, body, now + n)
            codes.append(post(self.world.url + target, body, headers | {"Content-Type": "application/octet-stream"})[0])
        assert set(codes) <= {401, 429}, set(codes)
        return f"{AGAIN} requests refused: {sorted(set(codes))}"

    def flooded(self, size: int, told: bool) -> str:
        headers = {"Authorization": f"Bearer {self.bad_key}", "Content-Type": JSON}
        status, sent = flood(self.world.port, "/api/sensing/batches", headers, size, told)
        assert status in (0, 400, 413), status
        return f"{status or 'hung up'} after {sent:,.0f} MB" + ("" if told else " (length not told)")


class Edge:
    """Bad input for an edge node in this process, in an event loop of its own."""

    def __init__(self, home: Path) -> None:
        channels = [{"key": key, "quantity": "gas:ch4", "unit": "%LEL"} for key in ("good", "bad", "gas")]
        topics = [{"topic": "probes/{device}", "channel": "{device}", "payload": {"value": "v"}}]
        pushed = {"mode": "push", "path": "/push/hall", "channel": "{key}"}
        link = {"host": "127.0.0.1", "port": MQTT_PORT, "topics": topics}
        data = {
            "name": "bench", "home": str(home), "channels": channels, "health": {"port": 0},
            "connectors": [
                {"name": "push", "kind": "http", "settings": pushed},
                {"name": "mqtt", "kind": "mqtt", "settings": link},
            ],
        }  # fmt: skip
        self.runner = Runner(read_config(data, home))
        self.broker = subprocess.Popen([sys.executable, "-c", BROKER.format(port=MQTT_PORT)])
        self.loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self.loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        assert self._ready.wait(60)

    async def _run(self) -> None:
        self.loop.create_task(self._connected())
        await self.runner.run()

    async def _connected(self) -> None:
        while not all(connector is not None and connector.status.connected for _, connector in self.runner._connectors):
            await asyncio.sleep(0.1)
        self._ready.set()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.runner.stop.set)
        self._thread.join(60)
        self.broker.terminate()

    def flooded(self, size: int, told: bool) -> str:
        before = self.runner.node.intake.taken
        status, sent = flood(self.runner.port, "/push/hall", {"Content-Type": JSON}, size, told)
        assert status in (0, 400, 413), status
        assert self.runner.node.intake.taken - before < 10_000
        return f"{status or 'hung up'} after {sent:,.0f} MB" + ("" if told else " (length not told)")

    def mqtt(self, size: int) -> str:
        publisher = [sys.executable, "-c", PUBLISHER.format(port=MQTT_PORT, size=size)]
        subprocess.run(publisher, check=False, capture_output=True, timeout=300)
        ends = time.monotonic() + 60
        while time.monotonic() < ends and not self._told():
            time.sleep(0.2)
        return self._told() or "the broker did not let it through"

    def _told(self) -> str:
        found = asyncio.run_coroutine_threadsafe(self._troubles(), self.loop).result(30)
        return next((t["en"] for t in found if t["source"] == "mqtt" and "bytes" in t["en"]), "")

    async def _troubles(self) -> list[dict[str, Any]]:
        return self.runner.node.outbox.troubles(50)


def tried(place: str, good: Good, cases: list[tuple[str, Callable[[], str]]], just: str) -> bool:
    """Run the cases beside the good source, a row each; whether all was as it should be."""
    good.start()
    fine = True
    try:
        time.sleep(QUIET_S / 2)
        for name, case in (one for one in cases if just in one[0]):
            quiet = time.monotonic()
            time.sleep(QUIET_S)
            before = good.p95(quiet, time.monotonic())
            began = time.monotonic()
            try:
                said = case()
            except AssertionError as error:
                fine, said = False, f"NOT AS IT SHOULD BE: {str(error)[:200]}"
            took = time.monotonic() - began
            if took < LEAST_S:
                time.sleep(LEAST_S - took)  # some answers of the good source, too
            during = good.p95(began, time.monotonic())
            print(f"| {place} | {name} | {said} | {took:.1f} | {before:.0f} | {during:.0f} |", flush=True)
    finally:
        good.stop()
    for error in sorted(set(good.errors)):
        print(f"  the good source: {error}")
    return fine and not good.errors


def on_platform(gigabytes: float, million: int, just: str) -> bool:
    size = int(gigabytes * 2**30)
    with served() as world:
        bad = Platform(world)
        return tried("platform", Good(bad.url, bad.good_key), [
            ("NaN, ±inf, texts", bad.not_numbers),
            ("unit that doesn't convert", bad.other_unit),
            ("forged signatures", bad.forged),
            ("a batch replayed", bad.replayed),
            (f"{gigabytes:g} GB", lambda: bad.flooded(size, True)),
            (f"{gigabytes:g} GB, chunked", lambda: bad.flooded(size, False)),
            (f"{million:,} unknown channels", lambda: bad.a_million(million)),
        ], just)  # fmt: skip


def on_edge(gigabytes: float, just: str) -> bool:
    size = int(gigabytes * 2**30)
    with tempfile.TemporaryDirectory() as home:
        edge = Edge(Path(home))
        try:
            return tried("edge", Good(f"http://127.0.0.1:{edge.runner.port}/push/hall"), [
                (f"{gigabytes:g} GB by HTTP", lambda: edge.flooded(size, True)),
                (f"{gigabytes:g} GB by HTTP, chunked", lambda: edge.flooded(size, False)),
                ("64 MB by MQTT", lambda: edge.mqtt(64 << 20)),
            ], just)  # fmt: skip
        finally:
            edge.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--only", choices=("platform", "edge"))
    parser.add_argument("--million", type=int, default=1_000_000)
    parser.add_argument("--just", default="", help="only cases with this text in their name, such as unknown")
    parser.add_argument("--good", help=argparse.SUPPRESS)
    parser.add_argument("--key", help=argparse.SUPPRESS, default="")
    given = parser.parse_args()
    if given.good:
        behave(given.good, given.key)
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("| where | what | answer | took s | good p95 ms before | during |\n|---|---|---|---|---|---|", flush=True)
    fine = given.only == "edge" or on_platform(given.gigabytes, given.million, given.just)
    fine &= given.only == "platform" or on_edge(given.gigabytes, given.just)
    raise SystemExit(0 if fine else 1)


if __name__ == "__main__":
    main()
