"""OPC UA against a real server in this process. One test for all: building its address space takes seconds."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from tests.edge.connectors.test_mqtt_server import Listening
from tests.edge.ports import free_port, until
from yufang.demo.plants.model import Plant, Tag
from yufang.demo.plants.servers import NAMESPACE, OpcuaServer, quiet
from yufang.edge.connectors import SettingsError
from yufang.edge.connectors.opcua.connector import node_id
from yufang.sensing.wire import Quality


class Press(Plant):
    key = "press"

    def __init__(self) -> None:
        super().__init__()
        self.tags = [Tag("gas", "gas:ch4", "%LEL", 0, 100, 0, 0), Tag("oil", "pressure", "MPa", 0, 25, 0, 0)]


def test_variables_are_heard_with_their_status_and_again_after_the_server_restarted() -> None:
    async def run() -> None:
        quiet()
        server = OpcuaServer("127.0.0.1", free_port())
        await server.start([Press()])
        settings: dict[str, Any] = {
            "url": server.url,
            "publish_ms": 20,
            "sample_ms": 20,
            "reconnect_first_s": 0.05,
            "reconnect_most_s": 0.2,
            "repeat_s": 0.2,
            "variables": [
                {"node": f"nsu={NAMESPACE};s=press.gas", "channel": "gas"},
                {"node": f"nsu={NAMESPACE};s=press.none", "channel": "none"},
                {"node": "nsu=urn:nowhere;s=x", "channel": "nowhere"},
            ],
            "folders": [{"root": f"nsu={NAMESPACE};s=press", "channel": "press.{path}"}],
        }
        async with Listening("opcua", settings) as heard:
            await server.write("press", {"gas": 1.0, "oil": 9.0})
            await until(lambda: (s := heard.last("gas")) and s.value == 1.0)
            await until(lambda: (s := heard.last("press.oil")) and s.value == 9.0)
            assert heard.kinds() == [("refused", "nsu=urn:nowhere;s=x"), ("refused", "ns=2;s=press.none")]
            bad = ua.DataValue(ua.Variant(7.0), StatusCode=ua.StatusCode(ua.StatusCodes.BadSensorFailure))
            await server.write_value("press", "gas", bad)
            await until(lambda: (s := heard.last("gas")) and s.quality == Quality.BAD)
            count = len([s for s in heard.samples if s.channel == "press.oil"])
            await until(lambda: len([s for s in heard.samples if s.channel == "press.oil"]) > count)  # 9.0 still holds
            await server.write_value("press", "gas", ua.DataValue(ua.Variant([1.0, 2.0])))
            await until(lambda: ("refused", "ns=2;s=press.gas") in heard.kinds())
            await server.pause()
            await until(lambda: not heard.connector.status.connected)
            await server.resume()
            await until(lambda: heard.connector.status.connected)
            await server.write("press", {"gas": 2.0})
            await until(lambda: (s := heard.last("gas")) and s.value == 2.0)
            found = heard.last("gas")
            assert found is not None
            assert found.time_us is not None
            assert heard.connector.status.details["server_state"] == "Running"
        await server.stop()

    asyncio.run(run())


def test_a_namespace_is_found_by_its_name_whatever_its_index() -> None:
    assert node_id("nsu=urn:b;s=x.y", ["ua", "urn:a", "urn:b"]) == ua.NodeId("x.y", 2)
    for wrong in ("nsu=urn:c;s=x", "hello", "ns=x;i=1"):
        with pytest.raises(ValueError, match=r"."):
            node_id(wrong, ["ua"])


def test_a_server_that_announces_a_gigabyte_is_hung_up_on() -> None:
    sent: list[int] = []

    async def liar(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"ACKF" + (1 << 30).to_bytes(4, "little"))
        try:
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
                sent.append(65_536)
        except ConnectionError:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(liar, "127.0.0.1", 0)
        url = f"opc.tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = {"url": url, "variables": [{"node": "i=1", "channel": "c"}], "reconnect_first_s": 30}
        heard = Listening("opcua", settings)
        stop = asyncio.Event()
        task = asyncio.create_task(heard.connector.run(heard.samples.append, stop))
        await until(lambda: ("lost", url) in heard.kinds())
        assert heard.kinds()[0] == ("bounded", url)
        assert sum(sent) < 8 << 20
        stop.set()
        await task
        server.close()

    asyncio.run(run())


def test_a_certificate_that_is_not_there_ends_the_connector_with_its_name(tmp_path: Path) -> None:
    settings = {
        "url": "opc.tcp://127.0.0.1:1",
        "variables": [{"node": "i=1", "channel": "c"}],
        "security": {"cert": str(tmp_path / "a.pem"), "key": str(tmp_path / "b.pem"), "trust_any": True},
    }
    heard = Listening("opcua", settings)
    with pytest.raises(SettingsError, match=r"a\.pem"):
        asyncio.run(heard.connector.run(heard.samples.append, asyncio.Event()))
