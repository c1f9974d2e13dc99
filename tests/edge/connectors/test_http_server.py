"""HTTP, polled and pushed, against real servers in this process; and the outputs that speak HTTP and MQTT."""

import asyncio
import json
from typing import Any

import aiohttp
import aiomqtt
import pytest
from aiohttp import web

from tests.edge.connectors.test_modbus_server import EVENT
from tests.edge.connectors.test_mqtt_server import Listening
from tests.edge.ports import free_port, until
from yufang.demo.plants.servers import MqttBroker, quiet
from yufang.edge import outputs
from yufang.edge.connectors import Pushed, Trouble, build


class Device:
    """A web server that answers what it's told and keeps what is posted."""

    def __init__(self) -> None:
        self.answer: bytes | None = b'{"ch4": 1.5}'
        self.posted: list[dict[str, Any]] = []
        self.status = 200
        self.port = free_port()

    async def __aenter__(self) -> "Device":
        app = web.Application()
        app.router.add_get("/", self._get)
        app.router.add_post("/", self._post)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *of: object) -> None:
        await self._runner.cleanup()

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if self.answer is not None:
            return web.Response(body=self.answer, status=self.status)
        endless = web.StreamResponse()
        await endless.prepare(request)
        while True:  # an answer without an end
            await endless.write(b"[" * 65_536)

    async def _post(self, request: web.Request) -> web.Response:
        self.posted.append(await request.json())
        return web.Response(status=self.status)


def test_an_address_is_polled_and_an_endless_answer_is_cut_off() -> None:
    async def run() -> None:
        async with Device() as device:
            url = f"http://127.0.0.1:{device.port}/"
            settings = {"url": url, "channel": "boiler.{key}", "every_s": 0.05, "reconnect_first_s": 0.05}
            async with Listening("http", settings) as heard:
                await until(lambda: heard.last("boiler.ch4"))
                device.answer = b"<html>"
                await until(lambda: ("refused", url) in heard.kinds())
                device.answer = None
                await until(lambda: ("bounded", url) in heard.kinds())
                device.answer, device.status = b"{}", 503
                await until(lambda: not heard.connector.status.connected)
                assert "503" in heard.troubles[-1].en
                device.answer, device.status = b'{"ch4": 2.5}', 200
                await until(lambda: (s := heard.last("boiler.ch4")) and s.value == 2.5)

    asyncio.run(run())


def test_a_pushed_body_is_taken_whole_or_refused_with_its_reason() -> None:
    told: list[Trouble] = []
    samples: list[Any] = []
    settings = {
        "mode": "push",
        "path": "/push/hall",
        "token": {"value": "s3"},
        "channel": "hall.{key}",
        "limit_bytes": 500,
    }
    connector: Any = build("http", "hall", settings, told.append)
    assert isinstance(connector, Pushed)
    connector.gate.open(samples.append)
    right = {"authorization": "Bearer s3"}
    assert connector.take(b'{"ch4": 1, "co": 2}', {}).status == 401
    assert connector.take(b'{"ch4": 1, "co": {}}', right).status == 422
    assert connector.take(b"x" * 501, right).status == 413
    assert not samples
    answer = connector.take(b'{"ch4": 1, "co": 2}', right)
    assert json.loads(answer.body) == {"taken": 2, "refused": 0}
    assert [one.channel for one in samples] == ["hall.ch4", "hall.co"]


def test_a_body_that_announces_a_gigabyte_is_refused_before_it_is_sent() -> None:
    async def run() -> None:
        port = free_port()
        settings = {"mode": "push", "path": "/push", "port": port}
        async with Listening("http", settings) as heard:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n" + b"[" * (2 << 20))
            assert b" 413 " in await reader.readline()
            writer.close()
            assert heard.kinds() == [("bounded", "/push")]
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"http://127.0.0.1:{port}/push", data=b'{"a": 1}') as ok,
            ):
                assert ok.status == 200
            assert heard.last("a")

    asyncio.run(run())


def test_an_order_over_http_is_posted_again_until_it_is_taken_and_left_safe() -> None:
    async def run() -> None:
        async with Device() as device:
            told: list[Trouble] = []
            url = f"http://127.0.0.1:{device.port}/"
            siren = outputs.build("http", "siren", {"url": url, "deadline_s": 0.5}, told.append)
            stop = asyncio.Event()
            running = asyncio.create_task(siren.run(stop))
            device.status = 500
            assert (await siren.act(EVENT, True)).state == "failed"
            device.status = 200
            device.posted.clear()
            await until(lambda: device.posted)
            assert device.posted[0]["on"] is True
            assert device.posted[0]["event"]["channel"] == "lel"
            assert (await siren.act(EVENT, False)).state == "done"
            device.posted.clear()
            stop.set()
            await asyncio.wait_for(running, 5)
            assert device.posted == [{"output": "siren", "on": False, "event": None}]

    asyncio.run(run())


@pytest.mark.parametrize("safe_on", [False, True])
def test_an_order_over_mqtt_is_kept_by_the_broker_and_left_safe(safe_on: bool) -> None:
    async def run() -> None:
        quiet()
        port = free_port()
        broker = MqttBroker("127.0.0.1", port)
        await broker.start()
        told: list[Trouble] = []
        settings = {"host": "127.0.0.1", "port": port, "topic": "site/siren", "safe_on": safe_on}
        siren: Any = outputs.build("mqtt", "siren", settings, told.append)
        assert (await siren.act(EVENT, True)).state == "failed"  # not connected yet: sent as soon as it is
        stop = asyncio.Event()
        running = asyncio.create_task(siren.run(stop))
        heard: list[bool] = []
        async with aiomqtt.Client("127.0.0.1", port) as lamp:
            await lamp.subscribe("site/siren", qos=1)

            async def listen() -> None:
                async for message in lamp.messages:
                    heard.append(json.loads(bytes(message.payload or b""))["on"])  # type: ignore[arg-type]

            listening = asyncio.create_task(listen())
            await until(lambda: heard == [True])
            assert (await siren.act(EVENT, False)).state == "sent"
            await until(lambda: heard == [True, False])
            stop.set()
            await asyncio.wait_for(running, 5)
            await until(lambda: heard == [True, False, safe_on])
            listening.cancel()
        await broker.stop()

    asyncio.run(run())
