"""The real servers that stand before the simulated plants: they know values, not physics."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC

import aiomqtt
from amqtt.broker import Broker as AmqttBroker
from asyncua import ua
from asyncua.common.node import Node
from asyncua.server.server import Server
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from yufang.demo.plants.model import Plant, Tag
from yufang.edge.connectors.sparkplug.payload import BOOLEAN, DOUBLE, INT64, Metric, Payload, decode, encode

NAMESPACE = "urn:yufang:demo:plants"
_WORD = 0xFFFF


def quiet() -> None:
    """What the libraries say of clients that come and go is of no use to somebody who watches a demo."""
    for name in ("amqtt", "asyncua", "pymodbus", "transitions", "mqtt"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


class MqttBroker:
    """An MQTT 3.1.1 broker in this process. Anybody who reaches it may use it: it binds to one address."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._broker: AmqttBroker | None = None

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        await _free(self.host, self.port)
        self._broker = AmqttBroker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{self.host}:{self.port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await self._broker.start()

    async def stop(self) -> None:
        """Close all connections."""
        if self._broker is not None:
            await self._broker.shutdown()
            self._broker = None


class OpcuaServer:
    """An OPC UA server with one object for each plant and a variable for each tag."""

    def __init__(self, host: str, port: int) -> None:
        self.url = f"opc.tcp://{host}:{port}/yufang"
        self._host, self._port = host, port
        self._server: Server | None = None
        self._nodes: dict[tuple[str, str], Node] = {}

    async def start(self, plants: Sequence[Plant]) -> None:
        """Listen. Raises OSError where the port is taken."""
        await _free(self._host, self._port)
        server = Server()
        await server.init()
        server.set_endpoint(self.url)
        server.set_server_name("yufang demo plants (made up)")
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        space = await server.register_namespace(NAMESPACE)
        for plant in plants:
            above = ua.NodeId(ua.String(plant.key), ua.Int16(space))
            folder = await server.nodes.objects.add_object(above, plant.key)
            for tag in plant.tags:
                node = ua.NodeId(ua.String(f"{plant.key}.{tag.key}"), ua.Int16(space))
                self._nodes[plant.key, tag.key] = await folder.add_variable(node, tag.key, 0.0, ua.VariantType.Double)
        await server.start()
        self._server = server

    async def write(self, plant: str, values: Mapping[str, float]) -> None:
        """New values, all with the time of now."""
        if self._server is None:
            return
        now = ua.DateTime.now(UTC)
        for key, value in values.items():
            told = ua.DataValue(ua.Variant(value, ua.VariantType.Double), SourceTimestamp=now)
            await self.write_value(plant, key, told)

    async def write_value(self, plant: str, key: str, value: ua.DataValue) -> None:
        """One value with whatever status and time it has."""
        if self._server is not None:
            await self._server.write_attribute_value(self._nodes[plant, key].nodeid, value)

    async def pause(self) -> None:
        """Close all sessions and listen no more; `resume` starts again with the same variables."""
        if self._server is not None:
            await self._server.stop()

    async def resume(self) -> None:
        """Listen again."""
        if self._server is not None:
            await self._server.start()

    async def stop(self) -> None:
        """Close all sessions."""
        if self._server is not None:
            await self._server.stop()
            self._server = None
            self._nodes.clear()


class ModbusDevice:
    """A Modbus TCP device: its tags as input registers from 0, sixteen coils from 0 (coil 0 is the siren)."""

    def __init__(self, host: str, port: int, tags: Sequence[Tag]) -> None:
        self.host, self.port = host, port
        self._tags = {tag.key: tag for tag in tags}
        self._size = max((tag.address.address + _words(tag) for tag in tags), default=1)
        self._server: ModbusTcpServer | None = None
        self._words = [0] * self._size
        self.coils = [False] * 16
        self.stuck = False  # a device that answers every write and does nothing
        self.on_coil: Callable[[int, bool], None] = lambda coil, on: None

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        await _free(self.host, self.port)
        device = SimDevice(
            id=1,
            simdata=(
                [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
                [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
                [SimData(0, count=64, values=0, datatype=DataType.REGISTERS)],
                [SimData(0, count=self._size, values=0, datatype=DataType.REGISTERS)],
            ),
            action=self._asked,
        )
        self._server = ModbusTcpServer(device, address=(self.host, self.port))
        await self._server.serve_forever(background=True)

    async def _asked(
        self, function: int, start: int, address: int, count: int, registers: list[int], values: object
    ) -> None:
        """Before each answer: the registers take the latest values, and what is written to a coil is noted."""
        if function == 4:
            registers[: self._size] = self._words
        elif function in (5, 15) and isinstance(values, list) and self.stuck:
            values[:] = [False] * len(values)
        elif function in (5, 15) and isinstance(values, list):
            for offset, value in enumerate(values):
                if address + offset < len(self.coils):
                    self.coils[address + offset] = bool(value)
                    self.on_coil(address + offset, bool(value))

    def write(self, values: Mapping[str, float]) -> None:
        """New values."""
        for key, value in values.items():
            at = self._tags[key].address
            if at.type == "float32":
                high, low = struct.unpack(">HH", struct.pack(">f", value))
                self._words[at.address : at.address + 2] = [high, low]
            else:
                self._words[at.address] = round(value / at.scale) & _WORD

    @property
    def siren(self) -> bool:
        return self.coils[0]

    async def stop(self) -> None:
        """Close all connections."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]
            self._server = None


class MqttPlant:
    """A plant that publishes JSON: one message a device, `plants/<plant>/<device>`."""

    def __init__(self, host: str, port: int, plant: Plant) -> None:
        self._host, self._port, self._plant = host, port, plant
        self._client: aiomqtt.Client | None = None

    async def start(self) -> None:
        """Connect."""
        self._client = aiomqtt.Client(self._host, self._port, timeout=5)
        await self._client.__aenter__()

    async def publish(self, values: Mapping[str, float]) -> None:
        """One message for each device of the plant; lost where the broker is gone."""
        if self._client is None:
            return
        devices: dict[str, dict[str, float]] = {}
        for key, value in values.items():
            device, _, name = key.partition(".")
            devices.setdefault(device, {})[name or "value"] = round(value, 4)
        now = time.time_ns() // 1_000_000
        for device, found in devices.items():
            body = json.dumps({"time": now, "values": found})
            await self._client.publish(f"plants/{self._plant.key}/{device}", body, qos=0)

    async def stop(self) -> None:
        """Disconnect."""
        if self._client is not None:
            with contextlib.suppress(Exception):
                await self._client.__aexit__(None, None, None)
            self._client = None


class SparkplugNode:
    """A plant as a Sparkplug B edge-of-network node: born with names, then data by alias; born again when asked."""

    def __init__(self, host: str, port: int, plant: Plant) -> None:
        self._host, self._port, self._plant = host, port, plant
        self._client: aiomqtt.Client | None = None
        self._listening: asyncio.Task[None] | None = None
        self._seq = 0
        self._born = 0
        self._aliases = {tag.key: alias for alias, tag in enumerate(plant.tags, 1)}

    def _topic(self, kind: str) -> str:
        return f"spBv1.0/yufang/{kind}/{self._plant.key}"

    def _death(self) -> bytes:
        return encode(Payload((Metric("bdSeq", datatype=INT64, value=float(self._born)),), _now_ms()))

    async def start(self) -> None:
        """Connect with the death as will, listen for commands, be born."""
        will = aiomqtt.Will(self._topic("NDEATH"), self._death(), qos=1)
        self._client = aiomqtt.Client(self._host, self._port, timeout=5, will=will)
        await self._client.__aenter__()
        await self._client.subscribe(self._topic("NCMD"), qos=1)
        self._listening = asyncio.ensure_future(self._listen(self._client))
        await self.birth()

    async def birth(self) -> None:
        """Tell all metrics with name, alias and datatype."""
        self._seq = 0
        now = _now_ms()
        metrics = [
            Metric("bdSeq", datatype=INT64, value=float(self._born)),
            Metric("Node Control/Rebirth", datatype=BOOLEAN, value=0.0),
        ]
        for key, alias in self._aliases.items():
            metrics.append(Metric(key, alias, now, DOUBLE, self._plant.values.get(key)))
        await self._publish("NBIRTH", metrics)

    async def publish(self, values: Mapping[str, float]) -> None:
        """New values by alias."""
        now = _now_ms()
        await self._publish("NDATA", [Metric(None, self._aliases[k], now, DOUBLE, v) for k, v in values.items()])

    async def _publish(self, kind: str, metrics: list[Metric]) -> None:
        if self._client is not None:
            body = encode(Payload(tuple(metrics), _now_ms(), self._seq))
            self._seq = (self._seq + 1) % 256
            await self._client.publish(self._topic(kind), body, qos=0)

    async def _listen(self, client: aiomqtt.Client) -> None:
        with contextlib.suppress(aiomqtt.MqttError):
            async for message in client.messages:
                told = decode(bytes(message.payload)) if isinstance(message.payload, bytes) else Payload(())
                if any(m.name == "Node Control/Rebirth" and m.value for m in told.metrics):
                    await self.birth()

    async def stop(self) -> None:
        """Tell the death and disconnect."""
        if self._listening is not None:
            self._listening.cancel()
        if self._client is not None:
            with contextlib.suppress(Exception):
                await self._client.publish(self._topic("NDEATH"), self._death(), qos=1, timeout=1)
                await self._client.__aexit__(None, None, None)
            self._client = None


def _words(tag: Tag) -> int:
    return 2 if tag.address.type == "float32" else 1


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _free(host: str, port: int) -> None:
    """Raise OSError where somebody listens already: not every library says so."""
    server = await asyncio.start_server(lambda reader, writer: None, host, port, reuse_address=True)
    server.close()
    await server.wait_closed()
