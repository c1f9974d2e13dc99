"""Subscribe, read, emit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from yufang.edge.connectors.backoff import keep
from yufang.edge.connectors.contract import Emit, Status, Tell
from yufang.edge.connectors.gate import Gate
from yufang.edge.connectors.mqtt.link import BrokerSettings, client, dropped
from yufang.edge.connectors.mqtt.topics import Template, template
from yufang.edge.connectors.payload import Payload, Unreadable, fill
from yufang.edge.connectors.settings import Strict, read


class Topic(Strict):
    """One subscription: which topics, what their messages hold, which channels they become."""

    topic: str = Field(min_length=1, title="主题", description="Template, such as plant/{area}/{device}/gas.")
    channel: str = Field(default="{topic}", min_length=1, title="通道", description="Channel, such as {device}.{key}.")
    device: str = Field(
        default="", title="设备", description="What counts as one device; {device} or the topic when empty."
    )
    qos: int = Field(default=1, ge=0, le=2, title="服务质量", description="0, 1 or 2.")
    payload: Payload = Field(default_factory=Payload, title="报文", description="How a message is read.")

    @field_validator("topic")
    @classmethod
    def _template(cls, given: str) -> str:
        template(given)
        return given


class MqttSettings(BrokerSettings):
    """An MQTT broker and its topics."""

    topics: list[Topic] = Field(
        min_length=1, title="主题列表", description="Subscriptions; the first that matches reads."
    )


class MqttConnector:
    """Messages of a broker as samples."""

    def __init__(self, name: str, settings: MqttSettings, tell: Tell) -> None:
        self.name = name
        self.status = Status()
        self.settings = settings
        self.gate = Gate(
            name, self.status, tell, most=settings.max_channels, per_device=settings.max_channels_per_device
        )
        self._topics: list[tuple[Template, Topic]] = [(template(t.topic), t) for t in settings.topics]

    async def run(self, emit: Emit, stop: asyncio.Event) -> None:
        """Emit samples until `stop`; reconnects and subscribes again by itself."""
        self.gate.open(emit)
        at = f"mqtt://{self.settings.host}:{self.settings.port}"
        first, most = self.settings.reconnect_first_s, self.settings.reconnect_most_s
        await keep(self._session, gate=self.gate, stop=stop, where=at, first=first, most=most)

    async def _session(self) -> None:
        async with client(self.settings) as broker:
            for shape, topic in self._topics:
                granted = await broker.subscribe(shape.filter, qos=topic.qos)
                codes = [code if isinstance(code, int) else code.value for code in granted]
                if any(code >= 0x80 for code in codes):
                    self.gate.refuse(
                        shape.filter,
                        "代理拒绝订阅该主题，请检查账号权限。",
                        "the broker refused this subscription; check the account's rights.",
                    )
            self.gate.connected()
            async for message in broker.messages:
                self.take(str(message.topic), message.payload)
                if lost := dropped(broker):
                    self.gate.trouble(
                        "bounded",
                        "queue",
                        f"读不过来，{lost} 条报文被丢弃。",
                        f"{lost} messages were dropped: they come faster than they are read.",
                    )

    def take(self, topic: str, payload: Any) -> None:
        """Read one message. One that can't be read is told with its topic and passed over."""
        body = payload if isinstance(payload, bytes | bytearray) else b""
        if len(body) > self.settings.limit_bytes:
            self.gate.trouble(
                "bounded",
                topic,
                f"报文超过 {self.settings.limit_bytes} 字节，未读取。",
                f"message of more than {self.settings.limit_bytes} bytes was not read.",
            )
            return
        for shape, rule in self._topics:
            names = shape.match(topic)
            if names is not None:
                self._read(topic, bytes(body), rule, names)
                return

    def _read(self, topic: str, body: bytes, rule: Topic, names: dict[str, str]) -> None:
        received = self.gate.now()
        try:
            device = fill(rule.device, names) if rule.device else names.get("device", topic)
            for one in rule.payload.read(body, lambda error: self.gate.refuse(topic, error.zh, error.en)):
                self.gate.take(
                    fill(rule.channel, names | one.names),
                    one.time_us,
                    one.value,
                    where=topic,
                    device=device,
                    received_us=received,
                )
        except Unreadable as error:
            self.gate.refuse(topic, error.zh, error.en)


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> MqttConnector:
    """The connector of these settings. Raises SettingsError."""
    return MqttConnector(name, read(MqttSettings, "mqtt", name, settings), tell)
