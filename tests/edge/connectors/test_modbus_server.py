"""Modbus TCP against a real server in this process: connector and output."""

import asyncio
from typing import Any

from tests.edge.connectors.test_mqtt_server import Listening
from tests.edge.ports import free_port, until
from yufang.demo.plants.model import Address, Tag, spaced
from yufang.demo.plants.servers import ModbusDevice, quiet
from yufang.edge import outputs
from yufang.edge.connectors import Trouble
from yufang.sensing.detectors import Event
from yufang.sensing.wire import Quality

TAGS = spaced(
    [
        Tag("lel", "gas:ch4", "%LEL", 0, 100, 0, 0),
        Tag("temperature", "temperature", "degC", -40, 60, 0, 0, address=Address(type="int16", scale=0.1)),
    ]
)
EVENT = Event.of(
    detector="limits",
    channel="lel",
    kind="high",
    state="raised",
    since=1,
    at=1,
    value=30.0,
    limit=25.0,
    unit="%LEL",
    deviation=5.0,
    sureness=1.0,
    reason_zh="超限",
    reason_en="above its limit",
)


def _registers(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"channel": "lel", "table": "input", "address": 0, "type": "float32"},
        {"channel": "temperature", "table": "input", "address": 2, "type": "int16", "scale": 0.1},
        *more,
    ]


def test_registers_are_polled_and_again_after_the_device_restarted() -> None:
    async def run() -> None:
        quiet()
        port = free_port()
        device = ModbusDevice("127.0.0.1", port, TAGS)
        device.write({"lel": 12.5, "temperature": -7.3})
        await device.start()
        settings = {"host": "127.0.0.1", "port": port, "every_s": 0.02, "reconnect_first_s": 0.05, "timeout_s": 0.3}
        async with Listening("modbus", settings | {"registers": _registers()}) as heard:
            await until(lambda: len(heard.samples) >= 4)
            assert [(s.channel, round(float(s.value or 0), 3)) for s in heard.samples[:2]] == [
                ("lel", 12.5),
                ("temperature", -7.3),
            ]
            await device.stop()
            await until(lambda: not heard.connector.status.connected)
            device.write({"lel": 80.0})
            await device.start()
            await until(lambda: heard.connector.status.connected)
            await until(lambda: heard.samples[-2].value == 80.0)
            assert [kind for kind, _ in heard.kinds()] == ["lost", "back"]
        await device.stop()

    asyncio.run(run())


def test_a_register_that_the_device_does_not_have_harms_only_itself() -> None:
    async def run() -> None:
        quiet()
        port = free_port()
        device = ModbusDevice("127.0.0.1", port, TAGS)
        device.write({"lel": 12.5, "temperature": 20.0})
        await device.start()
        poison = {"channel": "poison", "table": "input", "address": 5, "type": "uint16"}
        settings = {"host": "127.0.0.1", "port": port, "every_s": 0.02, "registers": _registers(poison)}
        async with Listening("modbus", settings) as heard:
            await until(lambda: len(heard.samples) >= 8)
            assert [s.channel for s in heard.samples[:3]] == ["lel", "temperature", "poison"]
            assert heard.samples[2].value is None
            assert heard.samples[2].quality == Quality.BAD
            assert [s.channel for s in heard.samples].count("poison") == 1  # tried again after half a minute
            assert heard.kinds() == [("refused", f"127.0.0.1:{port}/1 input 5")]
            assert "illegal data address" in heard.troubles[0].en
        await device.stop()

    asyncio.run(run())


def test_a_siren_is_read_back_kept_through_a_restart_and_left_safe() -> None:
    async def run() -> None:
        quiet()
        port = free_port()
        device = ModbusDevice("127.0.0.1", port, [])
        await device.start()
        told: list[Trouble] = []
        settings = {"host": "127.0.0.1", "port": port, "coil": 3, "check_s": 0.1, "deadline_s": 0.3, "heartbeat": 9}
        siren = outputs.build("modbus", "siren", settings, told.append)
        stop = asyncio.Event()
        running = asyncio.create_task(siren.run(stop))
        acted = await siren.act(EVENT, True)
        assert acted.state == "done"
        assert device.coils[3]
        await device.stop()
        failed = await siren.act(EVENT, True)
        assert failed.state == "failed"
        assert failed.took_s < 1.0
        assert failed.zh
        device.coils = [False] * 16  # a device that lost its power
        await device.start()
        await until(lambda: device.coils[3])  # set again without being told to
        stop.set()
        await running
        assert not device.coils[3]
        assert {trouble.kind for trouble in told} >= {"lost", "failed", "back"}
        await device.stop()

    asyncio.run(run())


def test_a_device_that_takes_the_order_and_does_not_obey_is_found_by_the_read_back() -> None:
    async def run() -> None:
        quiet()
        port = free_port()
        device = ModbusDevice("127.0.0.1", port, [])
        device.stuck = True
        await device.start()
        told: list[Trouble] = []
        siren = outputs.build("modbus", "siren", {"host": "127.0.0.1", "port": port, "coil": 0}, told.append)
        acted = await siren.act(EVENT, True)
        assert acted.state == "failed"
        assert "reads False after it was set True" in acted.en
        stop = asyncio.Event()
        stop.set()
        await siren.run(stop)
        await device.stop()

    asyncio.run(run())
