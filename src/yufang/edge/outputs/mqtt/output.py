"""Publish the order; let the broker publish the safe state when the edge dies."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aiomqtt
from pydantic import Field

from yufang.edge.connectors.backoff import keep
from yufang.edge.connectors.contract import Status, Tell
from yufang.edge.connectors.gate import Gate
from yufang.edge.connectors.mqtt.link import BrokerSettings, client
from yufang.edge.connectors.settings import read
from yufang.edge.outputs.contract import Acted
from yufang.edge.outputs.deadline import within
from yufang.edge.outputs.message import message, safe

if TYPE_CHECKING:
    from yufang.sensing.detectors import Event


class MqttOutputSettings(BrokerSettings):
    """A broker and the topic that the device listens to."""

    topic: str = Field(min_length=1, pattern=r"^[^+#]+$", title="主题", description="Topic of the orders.")
    safe_on: bool = Field(default=False, title="安全状态", description="State when the edge stops or dies.")
    retain: bool = Field(default=True, title="保留", description="A device that connects later gets the last order.")
    deadline_s: float = Field(default=0.8, gt=0, le=60, title="期限", description="Wait for the broker.")


class MqttOutput:
    """Orders on a topic, quality of service 1."""

    def __init__(self, name: str, settings: MqttOutputSettings, tell: Tell) -> None:
        self.name = name
        self.settings = settings
        self.status = Status()
        self._tell = tell
        self._gate = Gate(name, self.status, tell)
        self._last: bytes | None = None
        self._broker: aiomqtt.Client | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the connection until `stop`; then publish the safe state."""
        where = f"mqtt://{self.settings.host}:{self.settings.port}/{self.settings.topic}"
        first, most = self.settings.reconnect_first_s, min(self.settings.reconnect_most_s, 5.0)
        await keep(lambda: self._session(stop), gate=self._gate, stop=stop, where=where, first=first, most=most)

    async def _session(self, stop: asyncio.Event) -> None:
        rest = safe(self.name, self.settings.safe_on)
        will = aiomqtt.Will(self.settings.topic, rest, qos=1, retain=self.settings.retain)
        async with client(self.settings, will=will) as broker:
            self._broker = broker
            try:
                await self._publish(self._last or rest)  # the will may have been sent while we were away
                self._gate.connected()
                async for _ in broker.messages:
                    pass
            finally:
                self._broker = None
                if stop.is_set():
                    await broker.publish(self.settings.topic, rest, qos=1, retain=self.settings.retain, timeout=1)

    async def act(self, event: Event, on: bool) -> Acted:
        """Publish the order; the broker's word that it has it is all there is."""
        self._last = message(self.name, event, on)

        async def order() -> bool:
            await self._publish(self._last or b"")
            return False  # the broker has it; whether the device acted it can't know

        return await within(self.name, on, self.settings.deadline_s, order, self._tell, self.settings.topic)

    async def _publish(self, body: bytes) -> None:
        if self._broker is None:
            raise ConnectionError("no connection to the broker; sent as soon as it is back")
        await self._broker.publish(self.settings.topic, body, qos=1, retain=self.settings.retain)


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> MqttOutput:
    """The output of these settings. Raises SettingsError."""
    return MqttOutput(name, read(MqttOutputSettings, "mqtt", name, settings), tell)
