"""Post the order; post it again until it is taken."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aiohttp
from pydantic import Field

from yufang.edge.connectors.backoff import wait_s
from yufang.edge.connectors.contract import Status, Tell
from yufang.edge.connectors.gate import clock
from yufang.edge.connectors.settings import Secret, Strict, Tls, read
from yufang.edge.outputs.contract import Acted
from yufang.edge.outputs.deadline import within
from yufang.edge.outputs.message import message, safe

if TYPE_CHECKING:
    from yufang.sensing.detectors import Event


class HttpOutputSettings(Strict):
    """An address and what to leave behind."""

    url: str = Field(pattern=r"^https?://", title="地址", description="Address that takes the orders by POST.")
    safe_on: bool = Field(default=False, title="安全状态", description="State to post when the edge stops.")
    deadline_s: float = Field(default=0.8, gt=0, le=60, title="期限", description="Wait for the answer.")
    headers: dict[str, str] = Field(default_factory=dict, title="请求头", description="Headers to send.")
    token: Secret | None = Field(default=None, title="令牌", description="Sent as Authorization: Bearer.")
    tls: Tls | None = Field(default=None, title="TLS", description="Own authority or client certificate.")


class HttpOutput:
    """Orders by POST. An order that was not taken is posted again; a newer one replaces it."""

    def __init__(self, name: str, settings: HttpOutputSettings, tell: Tell) -> None:
        self.name = name
        self.settings = settings
        self.status = Status()
        self._tell = tell
        self._token = settings.token.read(f"http {name} token") if settings.token else None
        self._tls: Any = settings.tls.context("tls") if settings.tls else True
        self._session: aiohttp.ClientSession | None = None
        self._owed: bytes | None = None
        self._owing = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Post what is owed until `stop`; then post the safe state."""
        tries = 0
        while not stop.is_set():
            if self._owed is not None:
                owed = self._owed
                with contextlib.suppress(Exception):  # told by `act` already
                    await asyncio.wait_for(self._post(owed), self.settings.deadline_s)
                    tries = 0
                if self._owed is not None:
                    await _either(stop, self._owing, wait_s(tries, 0.25, 5.0))
                    tries += 1
                continue
            await _either(stop, self._owing, None)

        async def order() -> bool:
            await self._post(safe(self.name, self.settings.safe_on))
            return True

        await within(self.name, self.settings.safe_on, self.settings.deadline_s, order, self._tell, self.settings.url)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def act(self, event: Event, on: bool) -> Acted:
        """Post the order; an answer of 2xx confirms it."""
        body = message(self.name, event, on)
        self._owed = body

        async def order() -> bool:
            await self._post(body)
            return True

        acted = await within(self.name, on, self.settings.deadline_s, order, self._tell, self.settings.url)
        if acted.state == "failed":
            self._owing.set()
        return acted

    async def _post(self, body: bytes) -> None:
        if self._session is None:
            headers = {"Content-Type": "application/json"} | self.settings.headers
            if self._token is not None:
                headers["Authorization"] = f"Bearer {self._token}"
            self._session = aiohttp.ClientSession(headers=headers)
        try:
            async with self._session.post(self.settings.url, data=body, ssl=self._tls, allow_redirects=False) as answer:
                if not 200 <= answer.status < 300:
                    raise ConnectionError(f"HTTP {answer.status}")
        except BaseException:
            self.status.connected = False
            raise
        self.status.connected, self.status.since_us = True, clock()
        if self._owed is body:
            self._owed = None


async def _either(stop: asyncio.Event, owing: asyncio.Event, wait: float | None) -> None:
    waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(owing.wait())]
    try:
        await asyncio.wait(waits, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
    finally:
        owing.clear()
        for one in waits:
            one.cancel()


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> HttpOutput:
    """The output of these settings. Raises SettingsError."""
    return HttpOutput(name, read(HttpOutputSettings, "http", name, settings), tell)
