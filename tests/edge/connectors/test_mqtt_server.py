"""MQTT and Sparkplug B against a real broker in this process, and against one that misbehaves."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import aiomqtt

from tests.edge.ports import free_port, until
from tests.edge.scripted import ScriptedBroker, length, publish
from yufang.demo.plants.battery import BatteryShop
from yufang.demo.plants.servers import MqttBroker, SparkplugNode, quiet
from yufang.edge.connectors import Sample, Trouble, build
from yufang.sensing.wire import Quality

QUICK = {"host": "127.0.0.1", "reconnect_first_s": 0.05, "reconnect_most_s": 0.2}
TOPIC = {"topic": "p/{device}", "channel": "{device}.{key}", "payload": {"each": "values", "time": "t"}}


class Listening:
    """A connector that runs while the block lasts."""

    def __init__(self, kind: str, settings: dict[str, Any]) -> None:
        self.samples: list[Sample] = []
        self.troubles: list[Trouble] = []
        self.connector: Any = build(kind, kind, settings, self.troubles.append)
        self._stop = asyncio.Event()

    async def __aenter__(self) -> "Listening":
        self._task = asyncio.create_task(self.connector.run(self.samples.append, self._stop))
        await until(lambda: self.connector.status.connected)
        return self

    async def __aexit__(self, *of: object) -> None:
        self._stop.set()
        await asyncio.wait_for(self._task, 5)

    def kinds(self) -> list[tuple[str, str]]:
        return [(trouble.kind, trouble.where) for trouble in self.troubles]

    def last(self, channel: str) -> Sample | None:
        return next((sample for sample in reversed(self.samples) if sample.channel == channel), None)


def test_readings_come_through_a_broker_and_again_after_it_restarted() -> None:
    async def run() -> None:
        quiet()
        port = free_port()
        broker = MqttBroker("127.0.0.1", port)
        await broker.start()
        async with Listening("mqtt", QUICK | {"port": port, "limit_bytes": 2000, "topics": [TOPIC]}) as heard:
            async with aiomqtt.Client("127.0.0.1", port) as client:
                for body in (
                    b"\xff\xfe poison",
                    b'{"values": {"ch4": 1.5, "bad": {"x": 1}, "co": NaN}, "t": 1763812800000}',
                    json.dumps({"values": {"x": "y" * 5000}}).encode(),
                    b'{"values": {"ch4": 2.5}}',
                ):
                    await client.publish("p/d1", body, qos=1)
                await client.publish("elsewhere/d1", b"not ours", qos=1)
                await until(lambda: len(heard.samples) == 3)
            assert [s.channel for s in heard.samples] == ["d1.ch4", "d1.co", "d1.ch4"]
            assert heard.samples[0].time_us == 1_763_812_800_000_000
            assert heard.samples[2].time_us is None
            assert heard.kinds() == [("refused", "p/d1"), ("bounded", "p/d1")]
            await broker.stop()
            await until(lambda: not heard.connector.status.connected)
            await broker.start()
            await until(lambda: heard.connector.status.connected)
            async with aiomqtt.Client("127.0.0.1", port) as client:
                await client.publish("p/d1", b'{"values": {"ch4": 3.5}}', qos=1)
                await until(lambda: len(heard.samples) == 4)
            assert [kind for kind, _ in heard.kinds()][-2:] == ["lost", "back"]
        await broker.stop()

    asyncio.run(run())


def test_a_sparkplug_node_is_heard_asked_for_its_birth_and_falls_silent_when_it_dies() -> None:
    async def run() -> None:
        quiet()
        port = free_port()
        broker, shop = MqttBroker("127.0.0.1", port), BatteryShop()
        await broker.start()
        node = SparkplugNode("127.0.0.1", port, shop)
        shop.step(1.0)
        await node.start()  # born before anybody listens: the connector must ask
        settings = QUICK | {"port": port, "node_channel": "{node}.{metric}", "repeat_s": 0}
        async with Listening("sparkplug", settings) as heard:
            await node.publish(shop.step(1.0))
            await until(lambda: heard.last("battery.h2-1"))
            count = len(heard.samples)
            await node.publish(shop.step(1.0))
            await until(lambda: len(heard.samples) == count + len(shop.tags))
            found = heard.last("battery.rack01.voltage")
            assert found is not None
            assert found.value == shop.values["rack01.voltage"]
            assert found.time_us is not None
            assert heard.last("battery.bdSeq") is None
            await node.stop()
            await until(lambda: heard.samples[-1].value is None)
            silent = heard.last("battery.h2-1")
            assert silent is not None
            assert silent.quality == Quality.MISSING
        await broker.stop()

    asyncio.run(run())


def test_a_message_of_64_megabytes_costs_no_memory_and_the_next_one_is_read() -> None:
    size = 64 << 20

    async def flood() -> AsyncIterator[bytes]:
        head = b"\x00\x05p/big"
        yield b"\x30" + length(size) + head
        left, part = size - len(head), b"x" * (1 << 20)
        while left:
            yield part[:left]
            left -= min(left, len(part))
        yield publish("p/d1", b'{"values": {"ch4": 4.0}}', v5=False)

    async def run() -> None:
        async with ScriptedBroker(flood, v5=False).running() as broker:
            tracemalloc.start()
            async with Listening("mqtt", QUICK | {"port": broker.port, "topics": [TOPIC]}) as heard:
                await until(lambda: heard.samples)
                assert heard.kinds() == [("bounded", "p/big")]
                assert heard.samples[0].value == 4.0
                assert heard.connector.status.reconnects == 0
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 10 << 20

    asyncio.run(run())


def test_a_session_that_outlives_the_connection_is_asked_for_only_where_it_is_set() -> None:
    async def nothing() -> AsyncIterator[bytes]:
        for chunk in ():
            yield chunk

    async def connect(v5: bool, seconds: int) -> bytes:
        async with ScriptedBroker(nothing, v5=v5).running() as broker:
            settings = {"version": "5" if v5 else "3.1.1", "client_id": "edge-1", "keep_session_s": seconds}
            async with Listening("mqtt", QUICK | settings | {"port": broker.port, "topics": [TOPIC]}):
                return broker.connect

    clean, expiry = 0x02, b"\x11" + (60).to_bytes(4, "big")  # connect flag; property Session Expiry Interval
    assert asyncio.run(connect(False, 0))[7] & clean
    assert not asyncio.run(connect(False, 60))[7] & clean
    assert asyncio.run(connect(True, 0))[7] & clean
    kept = asyncio.run(connect(True, 60))
    assert not kept[7] & clean
    assert expiry in kept


def test_mqtt_5_is_spoken_and_the_broker_is_told_the_largest_message() -> None:
    async def say() -> AsyncIterator[bytes]:
        yield publish("p/d1", b'{"values": {"ch4": 5.0}}', v5=True)

    async def run() -> None:
        async with ScriptedBroker(say, v5=True).running() as broker:
            settings = QUICK | {"port": broker.port, "version": "5", "limit_bytes": 4096, "topics": [TOPIC]}
            async with Listening("mqtt", settings) as heard:
                await until(lambda: heard.samples)
                assert heard.samples[0].value == 5.0
            assert broker.connect[:7] == b"\x00\x04MQTT\x05"
            assert b"\x27" + (4096).to_bytes(4, "big") in broker.connect  # property Maximum Packet Size

    asyncio.run(run())


def test_values_without_a_birth_are_not_guessed() -> None:
    troubles: list[Trouble] = []
    samples: list[Sample] = []
    connector: Any = build("sparkplug", "s", QUICK, troubles.append)
    connector.gate.open(samples.append)
    by_alias = b"\x12\x0b\x10\x01\x69\x00\x00\x00\x00\x00\x00\x23\x40"  # alias 1 is 9.5
    assert connector.take("spBv1.0/g/NDATA/n", by_alias) == ("g", "n")
    assert not troubles  # whoever joins late asks for the birth; no trouble yet
    assert connector.take("spBv1.0/g/NDATA/n", by_alias) == ("g", "n")
    assert connector.take("spBv1.0/g/NDATA/n", b"\xff\xff") is None
    assert connector.take("spBv1.0/STATE/host", b"{}") is None
    assert [trouble.where for trouble in troubles] == ["spBv1.0/g/n", "spBv1.0/g/NDATA/n"]
    assert not samples
