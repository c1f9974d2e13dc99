"""Start the plants, let them run, say where they are; and the configuration of an edge node that listens to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yufang.demo.plants.battery import BatteryShop
from yufang.demo.plants.coal import Longwall
from yufang.demo.plants.cold_store import ColdStore
from yufang.demo.plants.model import Plant
from yufang.demo.plants.stamping import Stamping
from yufang.demo.plants.tank_farm import TankFarm

FIRST_PORT = 18830
MODBUS = ("tankfarm", "coldstore")


class PlantsError(ValueError):
    """What can't be started, and the way out."""

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(message)
        self.way_out = way_out


@dataclass
class Plants:
    """Five plants behind their servers. `every_s`: real seconds between two steps; `speed`: simulated seconds in one.

    `leak_after`: simulated seconds from the start until the tank farm's pump flange blows; None for never.
    """

    host: str = "127.0.0.1"
    ports_from: int = FIRST_PORT
    seed: int = 7
    leak_after: float | None = 120.0
    every_s: float = 0.5
    speed: float = 1.0
    start_hour: float = 9.0

    def __post_init__(self) -> None:
        self.ports = {name: self.ports_from + n for n, name in enumerate(("mqtt", "opcua", *MODBUS))}
        kinds = (TankFarm, Stamping, Longwall, ColdStore, BatteryShop)
        self.plants: list[Plant] = [kind(self.seed, self.start_hour) for kind in kinds]
        self.by_key = {plant.key: plant for plant in self.plants}
        self.by_key["tankfarm"].leak_at = self.leak_after

    async def start(self) -> None:
        """Start all servers. Raises PlantsError for a taken port or a missing library; then nothing runs."""
        try:
            from yufang.demo.plants import servers
        except ModuleNotFoundError as error:
            raise PlantsError(
                f"the simulated plants need {error.name} / 模拟工厂需要 {error.name}",
                "Install the extra: pip install 'yufang[plants]' / 请安装附加组件 yufang[plants]",
            ) from error
        servers.quiet()
        self.broker = servers.MqttBroker(self.host, self.ports["mqtt"])
        self.opcua = servers.OpcuaServer(self.host, self.ports["opcua"])
        self.modbus = {k: servers.ModbusDevice(self.host, self.ports[k], self.by_key[k].tags) for k in MODBUS}
        self.mqtt = servers.MqttPlant(self.host, self.ports["mqtt"], self.by_key["longwall"])
        self.sparkplug = servers.SparkplugNode(self.host, self.ports["mqtt"], self.by_key["battery"])
        for plant in self.plants:
            plant.step(self.every_s * self.speed)
        try:
            await self.broker.start()
            await self.opcua.start([self.by_key["stamping"]])
            for device in self.modbus.values():
                await device.start()
            await self.mqtt.start()
            await self.sparkplug.start()
        except (OSError, RuntimeError) as error:
            await self.stop()
            raise PlantsError(
                f"a server can't listen on {self.host} ({error}) / 服务器无法监听 {self.host}（{error}）",
                "Stop what uses the port, or give other ports with --ports-from. / "
                "请停用占用端口的程序，或用 --ports-from 换一段端口。",
            ) from error

    async def run(self, stop: asyncio.Event) -> None:
        """Move all plants on until `stop`."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not stop.is_set():
            for plant in self.plants:
                await self.show(plant.key, plant.step(self.every_s * self.speed))
            due = max(due + self.every_s, loop.time())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), max(0.001, due - loop.time()))

    async def show(self, plant: str, values: Mapping[str, float]) -> None:
        """Put values of one plant on its server."""
        match self.by_key[plant].protocol:
            case "modbus":
                self.modbus[plant].write(values)
            case "opcua":
                await self.opcua.write(plant, values)
            case "mqtt":
                await self.mqtt.publish(values)
            case "sparkplug":
                await self.sparkplug.publish(values)

    async def stop(self) -> None:
        """Stop all servers; those that never started are passed over."""
        stops = [self.sparkplug.stop, self.mqtt.stop, self.opcua.stop]
        stops += [device.stop for device in self.modbus.values()]
        for stop in (*stops, self.broker.stop):
            with contextlib.suppress(Exception):
                await stop()

    def address(self, plant: Plant) -> str:
        """Where the readings of a plant are."""
        match plant.protocol:
            case "modbus":
                return f"modbus tcp {self.host}:{self.ports[plant.key]}, unit 1, input registers; siren: coil 0"
            case "opcua":
                return f"opc.tcp://{self.host}:{self.ports['opcua']}/yufang, object {plant.key}"
            case "mqtt":
                return f"mqtt://{self.host}:{self.ports['mqtt']}, plants/{plant.key}/#"
        return f"mqtt://{self.host}:{self.ports['mqtt']}, spBv1.0/yufang/+/{plant.key} (Sparkplug B)"


def edge_config(plants: Plants, *, name: str = "demo-edge", poll_s: float = 0.25) -> dict[str, Any]:
    """The configuration of an edge node that listens to all five plants and sounds the tank farm's siren.

    Plain data in the form of the edge's configuration file: name, channels, connectors, outputs.
    """
    channels = [_channel(plant, tag) for plant in plants.plants for tag in plant.tags]
    connectors = [_connector(plants, plant, poll_s) for plant in plants.plants]
    outputs = [
        {
            "name": f"{key}-siren",
            "kind": "modbus",
            "when": {"kinds": ["high", "high_high"], "channels": [f"{key}.*"]},
            "settings": {"host": plants.host, "port": plants.ports[key], "coil": 0},
        }
        for key in MODBUS
    ]
    return {"name": name, "channels": channels, "connectors": connectors, "outputs": outputs}


def _channel(plant: Plant, tag: Any) -> dict[str, Any]:
    limits: Any = "standard"
    if tag.limits:
        source = "演示设定 demo setting"
        limits = [
            {"kind": kind, "value": value, "source": source, "hysteresis": 0.02 * abs(value)}
            for kind, value in tag.limits
        ]
    return {
        "key": f"{plant.key}.{tag.key}",
        "device": f"{plant.key}.{tag.key.partition('.')[0]}",
        "quantity": tag.quantity,
        "unit": tag.unit,
        "low": tag.low,
        "high": tag.high,
        "every_s": 1.0,
        "area": tag.area,
        "x": tag.x,
        "y": tag.y,
        "z": tag.z,
        "limits": limits,
    }


def _connector(plants: Plants, plant: Plant, poll_s: float) -> dict[str, Any]:
    host, settings = plants.host, {}
    match plant.protocol:
        case "modbus":
            registers = [
                {
                    "channel": f"{plant.key}.{tag.key}",
                    "table": tag.address.table,
                    "address": tag.address.address,
                    "type": tag.address.type,
                    "scale": tag.address.scale,
                }
                for tag in plant.tags
            ]
            settings = {"host": host, "port": plants.ports[plant.key], "every_s": poll_s, "registers": registers}
        case "opcua":
            folder = {"root": f"nsu=urn:yufang:demo:plants;s={plant.key}", "channel": plant.key + ".{path}"}
            settings = {"url": f"opc.tcp://{host}:{plants.ports['opcua']}/yufang", "folders": [folder]}
        case "mqtt":
            topic = {
                "topic": f"plants/{plant.key}/{{device}}",
                "channel": plant.key + ".{device}.{key}",
                "payload": {"each": "values", "time": "time"},
            }
            settings = {"host": host, "port": plants.ports["mqtt"], "topics": [topic]}
        case "sparkplug":
            settings = {
                "host": host,
                "port": plants.ports["mqtt"],
                "groups": ["yufang"],
                "node_channel": "{node}.{metric}",
            }
    return {"name": plant.key, "kind": plant.protocol, "settings": settings}
