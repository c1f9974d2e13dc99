"""Ask a device's web address again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
from pydantic import Field

from yufang.edge.connectors.backoff import keep
from yufang.edge.connectors.contract import Emit, Status, Tell
from yufang.edge.connectors.gate import Gate
from yufang.edge.connectors.payload import Payload, Unreadable, fill
from yufang.edge.connectors.settings import Link, Secret, Tls, read

_LOST_AFTER = 3  # polls in a row without an answer


class PollSettings(Link):
    """An address that answers readings."""

    url: str = Field(pattern=r"^https?://", title="地址", description="Address to ask.")
    channel: str = Field(default="{key}", min_length=1, title="通道", description="Channel, such as boiler.{key}.")
    payload: Payload = Field(
        default_factory=lambda: Payload(each=""), title="报文", description="How an answer is read."
    )
    every_s: float = Field(
        default=1.0, ge=0.05, le=86_400, title="轮询周期", description="Seconds between two questions."
    )
    timeout_s: float = Field(default=5.0, gt=0, le=120, title="超时", description="Wait for a whole answer.")
    limit_bytes: int = Field(
        default=1_048_576, ge=128, le=64 << 20, title="应答上限", description="Largest answer read."
    )
    headers: dict[str, str] = Field(default_factory=dict, title="请求头", description="Headers to send.")
    token: Secret | None = Field(default=None, title="令牌", description="Sent as Authorization: Bearer.")
    tls: Tls | None = Field(default=None, title="TLS", description="Own authority or client certificate.")


class PollConnector:
    """Answers of one address as samples."""

    def __init__(self, name: str, settings: PollSettings, tell: Tell) -> None:
        self.name = name
        self.status = Status()
        self.settings = settings
        self.gate = Gate(
            name, self.status, tell, most=settings.max_channels, per_device=settings.max_channels_per_device
        )

    async def run(self, emit: Emit, stop: asyncio.Event) -> None:
        """Emit samples until `stop`."""
        self.gate.open(emit)
        first, most = self.settings.reconnect_first_s, self.settings.reconnect_most_s
        await keep(self._session, gate=self.gate, stop=stop, where=self.settings.url, first=first, most=most)

    async def _session(self) -> None:
        given = self.settings
        headers = dict(given.headers)
        if given.token is not None:
            headers["Authorization"] = f"Bearer {given.token.read('token') or ''}"
        timeout = aiohttp.ClientTimeout(total=given.timeout_s)
        tls = given.tls.context("tls") if given.tls else True
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            failed = 0
            loop = asyncio.get_running_loop()
            due = loop.time()
            while True:
                try:
                    await self._ask(session, tls)
                    failed = 0
                    if not self.status.connected:
                        self.gate.connected()
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    failed += 1
                    if failed >= _LOST_AFTER or not self.status.connected:
                        raise ConnectionError(str(error) or type(error).__name__) from error
                due = max(due + given.every_s, loop.time() - given.every_s)
                await asyncio.sleep(max(0.0, due - loop.time()))

    async def _ask(self, session: aiohttp.ClientSession, tls: Any) -> None:
        given = self.settings
        async with session.get(given.url, ssl=tls, allow_redirects=False) as answer:
            if answer.status != 200:
                raise aiohttp.ClientError(f"HTTP {answer.status}")
            body = bytearray()
            async for part in answer.content.iter_chunked(65_536):
                body += part
                if len(body) > given.limit_bytes:
                    self.gate.trouble(
                        "bounded",
                        given.url,
                        f"应答超过 {given.limit_bytes} 字节，未读取。",
                        f"answer of more than {given.limit_bytes} bytes was not read.",
                    )
                    answer.close()
                    return
        self._take(bytes(body))

    def _take(self, body: bytes) -> None:
        received = self.gate.now()

        def skip(error: Unreadable) -> None:
            self.gate.refuse(self.settings.url, error.zh, error.en)

        try:
            for one in self.settings.payload.read(body, skip):
                self.gate.take(
                    fill(self.settings.channel, one.names),
                    one.time_us,
                    one.value,
                    where=self.settings.url,
                    device=self.settings.url,
                    received_us=received,
                )
        except Unreadable as error:
            skip(error)


def make_poll(name: str, settings: Mapping[str, Any], tell: Tell) -> PollConnector:
    """The connector of these settings. Raises SettingsError."""
    return PollConnector(name, read(PollSettings, "http", name, settings), tell)
