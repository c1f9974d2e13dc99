"""A client of an MQTT broker that no broker can fill: size of a message, length of the queue."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from pydantic import Field, model_validator

from yufang.edge.connectors.settings import Link, Port, Secret, Tls

_SLICE = 64 * 1024  # bytes taken from the socket at once


class BrokerSettings(Link):
    """Where the broker is and how to sign in."""

    host: str = Field(min_length=1, title="代理地址", description="Host name or address of the broker.")
    port: Port = Field(default=1883, title="端口", description="1883, or 8883 with TLS.")
    version: Literal["3.1.1", "5"] = Field(default="3.1.1", title="协议版本", description="MQTT version.")
    client_id: str | None = Field(default=None, max_length=65, title="客户端标识", description="Made up when empty.")
    keep_session_s: int = Field(
        default=0,
        ge=0,
        le=7 * 86_400,
        title="会话保留",
        description="Seconds for which the broker keeps what is sent while this node is away (quality 1 and 2).",
    )
    username: str | None = Field(default=None, title="用户名", description="User name at the broker.")
    password: Secret | None = Field(default=None, title="密码", description="Password at the broker.")
    tls: Tls | None = Field(default=None, title="TLS", description="TLS of the connection; none when empty.")
    keepalive_s: int = Field(default=10, ge=1, le=3600, title="保活间隔", description="Seconds between signs of life.")
    timeout_s: float = Field(default=5, gt=0, le=120, title="超时", description="Wait for the broker's answers.")
    limit_bytes: int = Field(
        default=1_048_576, ge=128, le=64 << 20, title="报文上限", description="Largest message read."
    )
    queue: int = Field(default=10_000, ge=1, title="队列长度", description="Messages waiting to be read at most.")

    @model_validator(mode="after")
    def _named(self) -> BrokerSettings:
        if self.keep_session_s and not self.client_id:
            raise ValueError("keep_session_s needs a client_id / keep_session_s 需要填写 client_id")
        return self


class Truncated(bytearray):
    """The packet being read: keeps the first `most` bytes and drops the rest, so that a 1 GB message costs none."""

    most = 0

    def __iadd__(self, data: Any) -> Truncated:  # type: ignore[misc]
        room = self.most - len(self)
        if room > 0:
            self.extend(data[:room])
        return self


class CountingQueue(asyncio.Queue[aiomqtt.Message]):
    """A bounded queue that knows how many messages found it full."""

    dropped = 0

    def put_nowait(self, item: aiomqtt.Message) -> None:
        if self.full():
            self.dropped += 1
            return
        super().put_nowait(item)


def client(settings: BrokerSettings, *, will: aiomqtt.Will | None = None) -> aiomqtt.Client:
    """A client of the broker, not connected yet. Raises SettingsError for an unreadable secret or certificate."""
    properties: Any = None
    session: dict[str, Any]
    if settings.version == "5":
        # The broker itself keeps larger messages back (MQTT 5, 3.1.2.11.4).
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = settings.limit_bytes
        if settings.keep_session_s:
            properties.SessionExpiryInterval = settings.keep_session_s
        session = {"clean_start": not settings.keep_session_s}
    else:
        # MQTT 3.1.1 can't say how long: the broker decides.
        session = {"clean_session": not settings.keep_session_s}
    made = aiomqtt.Client(
        settings.host,
        settings.port,
        username=settings.username,
        password=settings.password.read("password") if settings.password else None,
        identifier=settings.client_id,
        protocol=aiomqtt.ProtocolVersion.V5 if settings.version == "5" else aiomqtt.ProtocolVersion.V311,
        keepalive=settings.keepalive_s,
        timeout=settings.timeout_s,
        tls_context=settings.tls.context("tls") if settings.tls else None,
        will=will,
        queue_type=CountingQueue,
        max_queued_incoming_messages=settings.queue,
        properties=properties,
        **session,
    )
    _bound(made._client, settings.limit_bytes)
    return made


def dropped(made: aiomqtt.Client) -> int:
    """Messages that found the queue full since this was last asked."""
    queue = made._queue
    assert isinstance(queue, CountingQueue)
    count, queue.dropped = queue.dropped, 0
    return count


def _bound(paho: Any, limit: int) -> None:
    """Let paho read a message beyond `limit` without keeping it.

    MQTT 3.1.1 has no way to tell a broker how much one takes. Dropping the connection instead would bring the same
    message back at every reconnect where it is retained or of quality 1. So it is read to its end in small slices,
    its first `limit` + 1 bytes are kept, it's acknowledged, and the connector refuses it by its length.
    paho has no hook for that: its packet buffer is changed at the first read of the body.
    """
    receive = paho._sock_recv

    def slices(size: int) -> bytes:
        packet = paho._in_packet
        # The packet holds topic and headers too: a message as large as the limit must still come whole.
        most = limit + 65_536
        if (
            packet["have_remaining"]
            and packet["remaining_length"] > most
            and not isinstance(packet["packet"], Truncated)
        ):
            packet["packet"] = Truncated()
            packet["packet"].most = most
        return bytes(receive(min(size, _SLICE)))

    paho._sock_recv = slices
