"""From a simulated gas probe to a signed-in console: MQTT, OPC UA and Modbus, through an edge node and a platform.

    python benchmarks/probe_to_console.py [--rises 60]

The clock starts when the probe's value passes the alarm set-point of GB/T 50493 (25 %LEL for methane) and is put on its
server; it stops when a signed-in client of the console's event stream reads the event that names the alarm, and again
when that client has fetched the open event over the API. Between them stand the real servers, the node's connector,
tick, limit detector and outbox, its signed batch, the platform (`yufang serve`, a process of its own with its own
PostgreSQL, jobs running), its transaction with the ledger's leaf and the alert, LISTEN/NOTIFY and the stream. The node
batches readings every 10 s as it does by default: an event doesn't wait for that. The channels are registered at the
platform by the node itself. Exits with 1 where the 99th percentile is above two seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import platform
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import aiomqtt
from probe_to_siren import CALM, GAS, HOST, MQTT_PORT, OPCUA_PORT, PROBE_PORT, Probes, Put, config
from sensing_world import World, served

from yufang.demo.plants.servers import ModbusDevice, MqttBroker, OpcuaServer, quiet
from yufang.edge.config import EdgeConfig
from yufang.edge.enrolment import enrol
from yufang.edge.runner import Runner

LIMIT_S = 2.0


class Console:
    """The event stream as a signed-in page hears it: when it told of an event that is open, or over."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._heard: asyncio.Queue[tuple[bool, float]] = asyncio.Queue()
        self.open = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled; again where the stream ends."""
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(timeout=timeout, headers={"Cookie": self._world.cookie}) as session:
            while True:
                async with session.get(self._world.url + "/api/events") as stream:
                    assert stream.status == 200, await stream.text()
                    self.open.set()
                    await self._read(stream)

    async def _read(self, stream: aiohttp.ClientResponse) -> None:
        name = ""
        async for line in stream.content:
            text = line.decode().strip()
            if text.startswith("event:"):
                name = text[6:].strip()
            elif text.startswith("data:") and name == "sensing.event":
                self._heard.put_nowait((bool(json.loads(text[5:])["open"]), time.perf_counter()))

    async def until(self, opened: bool) -> float:
        """When the next event that is open (or over) was read."""
        while True:
            told, at = await asyncio.wait_for(self._heard.get(), 60)
            if told == opened:
                return at


async def node_of(world: World, protocol: str, home: Path) -> EdgeConfig:
    """An edge node that listens by one protocol, enrolled at the platform, with its default batches."""
    name = f"bench-{protocol}"
    made = world.post("/api/edge/nodes", {"organisation_id": world.enterprise, "name": name})
    await enrol(home, world.url, made["token"])
    plain = config(protocol, 1, home).model_dump(mode="json", exclude_defaults=True)
    key = f"{protocol}-p0"
    plain["channels"] = [channel | {"key": key} for channel in plain["channels"]]
    plain["connectors"] = json.loads(
        json.dumps(plain["connectors"]).replace('"channel": "{device}"', f'"channel": "{protocol}-{{device}}"')
        .replace('"channel": "p0"', f'"channel": "{key}"')
    )  # fmt: skip
    plain |= {"outputs": [], "platform": {"url": world.url}, "home": str(home)}
    return EdgeConfig.model_validate(plain)


async def measure(world: World, protocol: str, put: Put, rises: int) -> tuple[list[float], list[float]]:
    """Seconds from probe to stream, and to the answer of the API, of each rise."""
    streamed: list[float] = []
    fetched: list[float] = []
    chance = random.Random(7)
    console = Console(world)
    listening = asyncio.create_task(console.run())
    await asyncio.wait_for(console.open.wait(), 30)
    path = f"{world.url}/api/sensing/events?enterprise_id={world.enterprise}&open_only=true"
    with tempfile.TemporaryDirectory() as home:
        runner = Runner(await node_of(world, protocol, Path(home)))
        running = asyncio.create_task(runner.run())
        async with aiohttp.ClientSession(headers={"Cookie": world.cookie}) as session:
            await put({"p0": CALM})
            await asyncio.sleep(4.0)
            for _ in range(rises):
                await asyncio.sleep(chance.uniform(0.1, 0.6))
                began = time.perf_counter()
                await put({"p0": GAS})
                streamed.append(await console.until(True) - began)
                async with session.get(path) as answer:
                    rows = (await answer.json())["items"]
                assert any(row["kind"] == "high" for row in rows), rows
                fetched.append(time.perf_counter() - began)
                await put({"p0": CALM})
                await console.until(False)
        runner.stop.set()
        await running
    listening.cancel()
    return streamed, fetched


async def run(world: World, rises: int) -> dict[str, tuple[list[float], list[float]]]:
    """All three protocols in turn."""
    quiet()
    probes = Probes(1)
    broker, opcua = MqttBroker(HOST, MQTT_PORT), OpcuaServer(HOST, OPCUA_PORT)
    device = ModbusDevice(HOST, PROBE_PORT, probes.tags)
    await broker.start()
    await opcua.start([probes])
    await device.start()
    found = {}
    async with aiomqtt.Client(HOST, MQTT_PORT) as publisher:

        async def by_mqtt(values: dict[str, float]) -> None:
            for key, value in values.items():
                body = json.dumps({"v": value, "t": time.time_ns() // 1000})
                await publisher.publish(f"probes/{key}", body, qos=0)

        async def by_opcua(values: dict[str, float]) -> None:
            await opcua.write("probes", values)

        async def by_modbus(values: dict[str, float]) -> None:
            device.write(values)

        for protocol, put in (("mqtt", by_mqtt), ("opcua", by_opcua), ("modbus", by_modbus)):
            found[protocol] = await measure(world, protocol, put, rises)
    for server in (opcua, device, broker):
        await server.stop()
    return found


def p99(took: list[float]) -> float:
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, round(0.99 * len(ordered)) - 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rises", type=int, default=60)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with served() as world:
        found: dict[str, Any] = asyncio.run(run(world, given.rises))
    machine = platform.processor() or platform.machine()
    print(f"{machine}, Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("| protocol | rises | median ms | p99 ms | worst ms | with the API, p99 ms |\n|---|---|---|---|---|---|")
    late = False
    for protocol, (streamed, fetched) in found.items():
        late |= p99(streamed) > LIMIT_S
        figures = (statistics.median(streamed), p99(streamed), max(streamed), p99(fetched))
        print(f"| {protocol} | {len(streamed)} | " + " | ".join(f"{1000 * x:.0f}" for x in figures) + " |")
    raise SystemExit(1 if late else 0)


if __name__ == "__main__":
    main()
