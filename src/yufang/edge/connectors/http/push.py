"""Take what a device posts: served by the node's local page, or on a port of its own."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import Field

from yufang.edge.connectors.backoff import keep
from yufang.edge.connectors.contract import Answer, Emit, Status, Tell
from yufang.edge.connectors.gate import Gate
from yufang.edge.connectors.payload import Payload, Unreadable, fill
from yufang.edge.connectors.settings import Link, Port, Secret, read


class PushSettings(Link):
    """A path to which devices post readings."""

    path: str = Field(
        pattern=r"^/[A-Za-z0-9/_.-]*$", title="路径", description="Path of the endpoint, such as /push/hall."
    )
    channel: str = Field(default="{key}", min_length=1, title="通道", description="Channel, such as hall.{key}.")
    payload: Payload = Field(default_factory=lambda: Payload(each=""), title="报文", description="How a body is read.")
    token: Secret | None = Field(default=None, title="令牌", description="Must come as Authorization: Bearer.")
    limit_bytes: int = Field(
        default=1_048_576, ge=128, le=64 << 20, title="报文上限", description="Largest body taken."
    )
    host: str = Field(default="127.0.0.1", title="监听地址", description="Address of a port of its own.")
    port: Port | None = Field(
        default=None, title="监听端口", description="A port of its own; the local page when empty."
    )


class PushConnector:
    """Bodies that devices post as samples. Satisfies `Pushed`."""

    def __init__(self, name: str, settings: PushSettings, tell: Tell) -> None:
        self.name = name
        self.status = Status()
        self.settings = settings
        self.path = settings.path
        self.limit = settings.limit_bytes
        self._token = settings.token.read(f"http {name} token") if settings.token else None
        self.gate = Gate(
            name, self.status, tell, most=settings.max_channels, per_device=settings.max_channels_per_device
        )

    async def run(self, emit: Emit, stop: asyncio.Event) -> None:
        """Take bodies until `stop`; listens itself only where a port is set."""
        self.gate.open(emit)
        if self.settings.port is None:
            self.gate.connected()
            await stop.wait()
            self.status.connected = False
            return
        first, most = self.settings.reconnect_first_s, self.settings.reconnect_most_s
        await keep(self._session, gate=self.gate, stop=stop, where=self.path, first=first, most=most)

    async def _session(self) -> None:
        app = web.Application(client_max_size=self.limit)
        app.router.add_post(self.path, self._answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.settings.host, self.settings.port).start()
            self.gate.connected()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            self._too_large()
            answer = _say(413, f"最多 {self.limit} 字节。", f"{self.limit} bytes at most.")
        else:
            answer = self.take(body, {name.lower(): value for name, value in request.headers.items()})
        return web.Response(status=answer.status, body=answer.body, content_type="application/json")

    def _too_large(self) -> None:
        self.gate.trouble(
            "bounded",
            self.path,
            f"报文超过 {self.limit} 字节，未接收。",
            f"a body of more than {self.limit} bytes was not taken.",
        )

    def take(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Read one pushed body: all of it or nothing. 200 with the number taken, 401, 413, 422 with the reason."""
        if self._token is not None:
            given = headers.get("authorization", "").removeprefix("Bearer ").encode()
            if not hmac.compare_digest(given, self._token.encode()):
                self.gate.refuse(self.path, "令牌不对或未提供。", "a wrong token, or none.")
                return _say(401, "令牌不对或未提供。", "A wrong token, or none.")
        if len(body) > self.limit:
            self._too_large()
            return _say(413, f"最多 {self.limit} 字节。", f"{self.limit} bytes at most.")
        try:
            found = [(fill(self.settings.channel, one.names), one) for one in self.settings.payload.read(body)]
        except Unreadable as error:
            self.gate.refuse(self.path, error.zh, error.en)
            return _say(422, error.zh, error.en)
        received = self.gate.now()
        taken = sum(
            self.gate.take(channel, one.time_us, one.value, where=self.path, device=self.path, received_us=received)
            for channel, one in found
        )
        return Answer(200, json.dumps({"taken": taken, "refused": len(found) - taken}).encode())


def _say(status: int, zh: str, en: str) -> Answer:
    return Answer(status, json.dumps({"zh": zh, "en": en}, ensure_ascii=False).encode())


def make_push(name: str, settings: Mapping[str, Any], tell: Tell) -> PushConnector:
    """The connector of these settings. Raises SettingsError."""
    return PushConnector(name, read(PushSettings, "http", name, settings), tell)
