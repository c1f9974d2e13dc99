"""A Sparkplug host application that only listens and asks for rebirths."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiomqtt
from pydantic import Field

from yufang.edge.connectors.backoff import keep
from yufang.edge.connectors.contract import Emit, Status, Tell
from yufang.edge.connectors.gate import Gate, repeating
from yufang.edge.connectors.mqtt.link import BrokerSettings, client
from yufang.edge.connectors.payload import Unreadable, fill
from yufang.edge.connectors.settings import read
from yufang.edge.connectors.sparkplug.nodes import Heard, Nodes
from yufang.edge.connectors.sparkplug.payload import BOOLEAN, BadPayload, Metric, Payload, decode, encode
from yufang.sensing.wire import Quality

REBIRTH_AGAIN_US = 5_000_000  # a node is asked at most this often
SPACE = "spBv1.0"
KINDS = ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH")


class SparkplugSettings(BrokerSettings):
    """A broker and the Sparkplug groups to hear."""

    groups: list[str] = Field(default=["+"], min_length=1, title="组", description="Group ids; + hears all.")
    channel: str = Field(
        default="{group}.{node}.{device}.{metric}", title="通道", description="Channel of a device's metric."
    )
    node_channel: str = Field(
        default="{group}.{node}.{metric}", title="节点通道", description="Channel of a node's own metric."
    )
    host_id: str | None = Field(
        default=None,
        title="主机标识",
        description="Announce this host (STATE); nodes that wait for a primary host need it.",
    )
    repeat_s: float = Field(
        default=1.0, ge=0, le=3600, title="未变重报", description="Emit an unchanged value again after this; 0: never."
    )
    skip: list[str] = Field(
        default=["bdSeq", "Node Control/Rebirth"], title="略过", description="Metrics that are no readings."
    )


class SparkplugConnector:
    """Births and data of Sparkplug nodes as samples."""

    def __init__(self, name: str, settings: SparkplugSettings, tell: Tell) -> None:
        self.name = name
        self.status = Status()
        self.settings = settings
        self.gate = Gate(
            name, self.status, tell, most=settings.max_channels, per_device=settings.max_channels_per_device
        )
        self.nodes = Nodes(settings.max_channels_per_device)
        self._asked: dict[tuple[str, str], int] = {}
        self._heard: set[tuple[str, str]] = set()  # nodes heard since the connection stands; as many as `nodes` holds

    async def run(self, emit: Emit, stop: asyncio.Event) -> None:
        """Emit samples until `stop`."""
        self.gate.open(emit)
        at = f"mqtt://{self.settings.host}:{self.settings.port}/{SPACE}"
        first, most = self.settings.reconnect_first_s, self.settings.reconnect_most_s
        await keep(self._session, gate=self.gate, stop=stop, where=at, first=first, most=most)

    async def _session(self) -> None:
        state = f"{SPACE}/STATE/{self.settings.host_id}"
        now_ms = self.gate.now() // 1000
        will = None
        if self.settings.host_id:  # section 5.2: the will is set before the birth, with the same timestamp
            will = aiomqtt.Will(state, json.dumps({"online": False, "timestamp": now_ms}), qos=1, retain=True)
        async with client(self.settings, will=will) as broker:
            self.nodes.forget()
            self._heard.clear()
            for group in self.settings.groups:
                await broker.subscribe(f"{SPACE}/{group}/#", qos=1)
            if self.settings.host_id:
                await broker.publish(state, json.dumps({"online": True, "timestamp": now_ms}), qos=1, retain=True)
            for group, node in self.nodes.known():
                await self._ask(broker, group, node)
            self.gate.connected()
            async with repeating(self.gate, self.settings.repeat_s):
                async for message in broker.messages:
                    wanted = self.take(str(message.topic), message.payload)
                    if wanted is not None:
                        await self._ask(broker, *wanted)

    async def _ask(self, broker: aiomqtt.Client, group: str, node: str) -> None:
        """Ask a node to be born again, at most every few seconds (section 6.4.20, Node Control/Rebirth)."""
        now = self.gate.now()
        last = self._asked.get((group, node))
        if last is not None and 0 <= now - last < REBIRTH_AGAIN_US:
            return
        self._asked[group, node] = now
        order = Metric("Node Control/Rebirth", timestamp=now // 1000, datatype=BOOLEAN, value=1.0)
        body = encode(Payload((order,), now // 1000))
        await broker.publish(f"{SPACE}/{group}/NCMD/{node}", body, qos=0)

    def take(self, topic: str, payload: Any) -> tuple[str, str] | None:
        """Read one message; (group, node) where that node must be asked for a rebirth."""
        parts = topic.split("/")
        if len(parts) not in (4, 5) or parts[0] != SPACE or parts[2] not in KINDS:
            return None  # STATE, commands: not ours
        group, kind, node = parts[1], parts[2], parts[3]
        device = parts[4] if len(parts) == 5 else ""
        body = bytes(payload) if isinstance(payload, bytes | bytearray) else b""
        if len(body) > self.settings.limit_bytes:
            self.gate.trouble(
                "bounded",
                topic,
                f"报文超过 {self.settings.limit_bytes} 字节，未读取。",
                f"message of more than {self.settings.limit_bytes} bytes was not read.",
            )
            return None
        try:
            told = decode(body)
        except BadPayload as error:
            self.gate.refuse(topic, f"不是 Sparkplug B 报文（{error}）。", f"not a Sparkplug B payload ({error}).")
            return None
        heard = self.nodes.hear(group, kind, node, device, told)
        if heard.rebirth is None and (group, node) in self.nodes:
            self._heard.add((group, node))
        self._emit(topic, group, node, told, heard)
        if heard.rebirth is not None and (group, node) not in self._heard:
            # Who joins late has heard no birth: asking for it is the rule, not a trouble.
            self._heard.add((group, node))
            return group, node
        if heard.rebirth is not None:
            self.gate.trouble(
                "refused",
                f"{SPACE}/{group}/{node}",
                f"需要节点重新上报全部测点（{heard.rebirth}）。",
                f"the node is asked to be born again ({heard.rebirth}).",
            )
            return group, node
        return None

    def _emit(self, topic: str, group: str, node: str, told: Payload, heard: Heard) -> None:
        received = self.gate.now()
        if heard.unknown and heard.rebirth is None:
            limit = self.settings.max_channels_per_device
            self.gate.trouble(
                "bounded",
                topic,
                f"{heard.unknown} 个测点没有名称，或节点超过 {limit} 个测点，未接收。",
                f"{heard.unknown} metrics have no name, or the node has more than {limit}: not taken.",
            )
        for device, name, metric in heard.values:
            if name in self.settings.skip:
                continue
            at = metric.timestamp or told.timestamp
            quality = int(Quality.BAD if metric.bad else Quality.MISSING if metric.value is None else Quality.GOOD)
            self._one(topic, group, node, device, name, at * 1000 if at else None, metric.value, quality, received)
        for device, name in heard.silent:
            if name not in self.settings.skip:
                at = told.timestamp * 1000 if told.timestamp else None
                self._one(topic, group, node, device, name, at, None, int(Quality.MISSING), received)

    def _one(
        self,
        topic: str,
        group: str,
        node: str,
        device: str,
        metric: str,
        time_us: int | None,
        value: float | str | None,
        quality: int,
        received: int,
    ) -> None:
        names = {"group": group, "node": node, "device": device, "metric": metric.replace("/", ".")}
        try:
            channel = fill(self.settings.channel if device else self.settings.node_channel, names)
        except Unreadable as error:
            self.gate.refuse(topic, error.zh, error.en)
            return
        self.gate.take(
            channel,
            time_us,
            value,
            where=topic,
            device=f"{group}/{node}/{device}",
            quality=quality,
            received_us=received,
        )


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> SparkplugConnector:
    """The connector of these settings. Raises SettingsError."""
    return SparkplugConnector(name, read(SparkplugSettings, "sparkplug", name, settings), tell)
