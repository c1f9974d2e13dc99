"""From a simulated gas probe to the siren's coil, through an edge node and no platform: MQTT, OPC UA, Modbus in turn.

    python benchmarks/probe_to_siren.py [--rises 120] [--channels 1]

The clock starts when the probe's value passes the alarm set-point of GB/T 50493 (25 %LEL for methane) and is put on its
server (published, written to the variable, written to the register); it stops when the Modbus server of the siren takes
the write of the coil. Between them stand the real servers, the node's connector, its tick, the limit detector, and the
Modbus output with its read-back. Each rise starts at a random moment of the poll or publishing interval. Servers and
node share one process and one core, so that what is measured is the worst case. `--channels` adds probes that also
send once a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiomqtt

from yufang.demo.plants.model import Address, Plant, Tag, spaced
from yufang.demo.plants.servers import ModbusDevice, MqttBroker, OpcuaServer, quiet
from yufang.edge.config import EdgeConfig
from yufang.edge.runner import Runner

HOST = "127.0.0.1"
MQTT_PORT, OPCUA_PORT, PROBE_PORT, SIREN_PORT = 18_900, 18_901, 18_902, 18_903
CALM, GAS = 4.0, 32.0  # %LEL before and after the rise; the limit is 25
LIMIT_S = 1.0

Put = Callable[[dict[str, float]], Awaitable[None]]


class Probes(Plant):
    """Methane probes that say what they are told."""

    key = "probes"

    def __init__(self, count: int) -> None:
        super().__init__()
        tag = [Tag(f"p{n}", "gas:ch4", "%LEL", 0, 100, 0, 0, address=Address()) for n in range(count)]
        self.tags = spaced(tag)


def config(protocol: str, count: int, home: Path) -> EdgeConfig:
    """An edge node that listens by one protocol and sounds one siren."""
    names = [f"p{n}" for n in range(count)]
    settings: dict[str, Any] = {
        "mqtt": {
            "host": HOST,
            "port": MQTT_PORT,
            "topics": [{"topic": "probes/{device}", "channel": "{device}", "payload": {"value": "v", "time": "t"}}],
        },
        "opcua": {
            "url": f"opc.tcp://{HOST}:{OPCUA_PORT}/yufang",
            "publish_ms": 100,
            "sample_ms": 100,
            "variables": [{"node": f"nsu=urn:yufang:demo:plants;s=probes.{n}", "channel": n} for n in names],
        },
        "modbus": {
            "host": HOST,
            "port": PROBE_PORT,
            "every_s": 0.25,
            "registers": [
                {"channel": n, "table": "input", "address": 2 * i, "type": "float32"} for i, n in enumerate(names)
            ],
        },
    }[protocol]
    return EdgeConfig.model_validate(
        {
            "name": "bench",
            "home": home,
            "channels": [
                {"key": n, "quantity": "gas:ch4", "unit": "%LEL", "low": 0, "high": 100, "every_s": 1.0} for n in names
            ],
            "connectors": [{"name": protocol, "kind": protocol, "settings": settings}],
            "outputs": [
                {
                    "name": "siren",
                    "kind": "modbus",
                    "when": {"kinds": ["high"], "channels": ["p0"]},
                    "settings": {"host": HOST, "port": SIREN_PORT, "coil": 0},
                }
            ],
            "health": {"port": 0},
        }
    )


async def measure(protocol: str, put: Put, siren: ModbusDevice, rises: int, count: int) -> list[float]:
    """Seconds from probe to coil of each rise."""
    took: list[float] = []
    switched = asyncio.Event()
    moments: list[float] = []

    def on_coil(coil: int, on: bool) -> None:
        if coil == 0:
            moments.append(time.perf_counter())
            switched.set()

    async def until(on: bool) -> float:
        while True:
            await asyncio.wait_for(switched.wait(), 30)
            switched.clear()
            if siren.siren == on:
                return moments[-1]

    siren.on_coil = on_coil
    chance = random.Random(7)
    with tempfile.TemporaryDirectory() as home:
        runner = Runner(config(protocol, count, Path(home)))
        running = asyncio.create_task(runner.run())
        others = asyncio.create_task(_others(put, count))
        await put({"p0": CALM})
        await asyncio.sleep(3.0)
        for _ in range(rises):
            await asyncio.sleep(chance.uniform(0.1, 0.6))
            switched.clear()
            began = time.perf_counter()
            await put({"p0": GAS})
            took.append(await until(True) - began)
            await asyncio.sleep(0.05)
            await put({"p0": CALM})
            await until(False)
        others.cancel()
        runner.stop.set()
        await running
    return took


async def _others(put: Put, count: int) -> None:
    """The other probes: each once a second, spread over the second."""
    if count < 2:
        return
    chance = random.Random(8)
    while True:
        for part in range(10):
            some = range(1 + part, count, 10)
            await put({f"p{n}": CALM + chance.random() for n in some})
            await asyncio.sleep(0.1)


async def run(rises: int, count: int) -> dict[str, list[float]]:
    """All three protocols in turn."""
    quiet()
    probes = Probes(count)
    broker, opcua = MqttBroker(HOST, MQTT_PORT), OpcuaServer(HOST, OPCUA_PORT)
    device, siren = ModbusDevice(HOST, PROBE_PORT, probes.tags), ModbusDevice(HOST, SIREN_PORT, [])
    await broker.start()
    await opcua.start([probes])
    await device.start()
    await siren.start()
    found: dict[str, list[float]] = {}
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
            found[protocol] = await measure(protocol, put, siren, rises, count)
    for server in (opcua, device, siren, broker):
        await server.stop()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rises", type=int, default=120)
    parser.add_argument("--channels", type=int, default=1)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    found = asyncio.run(run(given.rises, given.channels))
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {given.channels} channels"
    )
    late = False
    for protocol, took in found.items():
        ordered = sorted(took)
        p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)) - 1)]
        late |= ordered[-1] > LIMIT_S
        print(
            f"{protocol:7} rises {len(took)}  median {statistics.median(took) * 1000:6.0f} ms  "
            f"p99 {p99 * 1000:6.0f} ms  worst {ordered[-1] * 1000:6.0f} ms"
        )
    raise SystemExit(1 if late else 0)


if __name__ == "__main__":
    main()
