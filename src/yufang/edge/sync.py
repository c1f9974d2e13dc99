"""What the node and the platform tell each other, when there is a network.

Events go first, each lane in its order; then one batch of readings, and events again. Every `report_every_s` the node
reports how it stands and learns which sequences the platform misses and what it should be like. Whatever fails is
tried again with a growing, jittered wait; the rest of the node doesn't notice.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from yufang.edge.batches import LANES
from yufang.edge.bundles import MAX_BUNDLE_BYTES
from yufang.edge.config import Platform
from yufang.edge.errors import EdgeError
from yufang.edge.identity import sign_request
from yufang.edge.node import Node
from yufang.edge.outbox import Pending
from yufang.edge.register import register_of

FIRST_WAIT_S, MOST_WAIT_S = 1.0, 60.0
MOST_ANSWER_BYTES = 4 * 1024 * 1024
MOST_FIXES = 1_000  # of one message
_FOR_GOOD = {400, 413, 415, 422}  # a batch that is refused so will be refused again

Desired = Callable[[dict[str, Any], Callable[[str], Any]], Any]


class Offline(Exception):
    """The platform can't be reached, or says to wait."""


@dataclass(slots=True)
class SyncState:
    """How the exchange stands, for the health page."""

    online: bool = False
    last_ok_us: int | None = None
    last_error: str = ""
    sent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LANES, 0))
    again: int = 0
    failures: int = 0


class Sync:
    """The exchange of one node with its platform.

    `desired(wanted, fetch)` is awaited with what the node should be like; `reported()` gives what it is like.
    """

    def __init__(
        self,
        node: Node,
        platform: Platform,
        node_id: int,
        key: Ed25519PrivateKey,
        *,
        reported: Callable[[], dict[str, Any]] = dict,
        desired: Desired | None = None,
    ) -> None:
        self._node, self._platform, self._id, self._key = node, platform, node_id, key
        self._reported, self._desired = reported, desired
        self.state = SyncState()
        self._session: aiohttp.ClientSession | None = None
        self._gone: dict[str, list[tuple[int, int]]] = {}
        self._signed_us = 0
        self._off_us = 0  # the platform's time minus ours, once it refused ours
        self._register = register_of(node.config)
        self._register_refused = ""
        self.wake = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Exchange until `stop`."""
        loop = asyncio.get_running_loop()
        wait, next_report, next_fixes = FIRST_WAIT_S, loop.time(), loop.time()
        tls: ssl.SSLContext | bool = True
        if self._platform.ca is not None:
            tls = ssl.create_default_context(cafile=self._platform.ca)
        timeout = aiohttp.ClientTimeout(total=self._platform.timeout_s)
        connector = aiohttp.TCPConnector(ssl=tls, limit=2)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as self._session:
            while not stop.is_set():
                try:
                    if loop.time() >= next_report:
                        await self.report()
                        next_report = loop.time() + self._platform.report_every_s
                    if loop.time() >= next_fixes:
                        next_fixes = loop.time() + self._platform.positions_every_s
                        await self.send_fixes()
                    busy = await self.send_one()
                    wait = FIRST_WAIT_S
                    pause = 0.0 if busy else min(1.0, max(0.0, min(next_report, next_fixes) - loop.time()))
                except Offline as error:
                    self.state.online, self.state.last_error = False, str(error)
                    self.state.failures += 1
                    pause, wait = wait * random.uniform(0.5, 1.0), min(MOST_WAIT_S, 2 * wait)
                    next_report = loop.time()  # the first thing when it is back
                if pause:
                    self.wake.clear()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._woken(stop, self.state.online), pause)

    async def send_one(self) -> bool:
        """Send the oldest batch that waits, events before readings. False where none waits."""
        for lane in LANES:
            waiting = self._node.outbox.pending(lane)
            if waiting:
                await self._send(waiting[0])
                return True
        return False

    async def send_fixes(self) -> None:
        """Tell where the tags are now. Only now: what could not be told is forgotten, nothing of it is kept here."""
        fixes = self._node.rules.fixes(self._node.clock.now_us())
        for start in range(0, len(fixes), MOST_FIXES):
            body = orjson.dumps({"fixes": fixes[start : start + MOST_FIXES]})
            try:
                await self._json("POST", "/api/edge/positions", body)
            except EdgeError as error:
                now_us = self._node.clock.now_us()
                self._node.outbox.note("platform", "positions", "refused", error.zh, error.en, now_us)

    async def report(self) -> None:
        """Tell how the node stands; take what the platform misses and wants."""
        status = self._node.status()
        figures = status["outbox"]
        body = {
            "epoch": self._node.outbox.epoch,
            "lanes": {lane: {"first": figures["first"][lane], "next": figures["next"][lane]} for lane in LANES},
            "gone": {lane: ranges for lane, ranges in self._gone.items() if ranges},
            "health": status | {"sync": {"sent": self.state.sent, "failures": self.state.failures}},
            "troubles": self._node.outbox.troubles(20),
            "reported": self._reported(),
            "channels_sha256": self._register[0],
            "zones": self._node.zones.wanted([rule.asked for rule in self._node.rules.rules]),
        }
        answer = await self._json("POST", "/api/edge/report", orjson.dumps(body))
        self._gone = {}
        if answer.get("register_wanted") and self._register[0] != self._register_refused:
            await self._send_register()
        for lane in LANES:
            self._again(lane, answer.get("missing", {}).get(lane, []))
        if isinstance(answer.get("zones"), dict):
            self._take_zones(answer["zones"])
        wanted = answer.get("desired")
        if self._desired is not None and isinstance(wanted, dict):
            await self._desired(wanted, self._bundle)

    def _take_zones(self, told: dict[str, Any]) -> None:
        try:
            self._node.take_zones(told)
        except EdgeError as error:
            now_us = self._node.clock.now_us()
            self._node.outbox.note("platform", "zones", "refused", error.zh, error.en, now_us)

    async def _send_register(self) -> None:
        """Tell the platform which channels the node has. What it refuses as a whole is not sent again unchanged."""
        now_us = self._node.clock.now_us()
        try:
            answer = await self._json("POST", "/api/edge/register", self._register[1])
        except EdgeError as error:
            self._register_refused = self._register[0]
            self._node.outbox.note("platform", "register", "refused", error.zh, error.en, now_us)
            return
        for row in answer.get("refusals", [])[:20]:
            place = f"register {row.get('channel', '')}"
            zh, en = str(row.get("reason_zh", "")), str(row.get("reason_en", ""))
            self._node.outbox.note("platform", place, "refused", zh, en, now_us)

    async def _send(self, batch: Pending) -> None:
        target = f"/api/edge/batches?lane={batch.lane}&sequence={batch.sequence}&epoch={self._node.outbox.epoch}"
        try:
            answer = await self._json("POST", target, batch.payload)
        except EdgeError as error:
            self._node.outbox.refuse(batch.lane, batch.sequence)
            place = f"{batch.lane} {batch.sequence}"
            self._node.outbox.note("platform", place, "refused", error.zh, error.en, self._node.clock.now_us())
            return
        self._node.outbox.acknowledge(batch.lane, batch.sequence)
        self.state.sent[batch.lane] += 1
        self._again(batch.lane, answer.get("missing", []))

    def _again(self, lane: str, missing: Any) -> None:
        """What the platform misses waits again; what isn't here any more is told with the next report."""
        if not isinstance(missing, list):
            return
        ranges = [(int(first), int(last)) for first, last in missing[:1000]]
        if not ranges:
            return
        self.state.again += sum(last - first + 1 for first, last in ranges)
        self._gone.setdefault(lane, []).extend(self._node.outbox.wanted_again(lane, ranges))

    async def _bundle(self, sha256: str) -> bytes:
        return await self._exchange("GET", f"/api/edge/bundles/{sha256}", b"", MAX_BUNDLE_BYTES)

    async def _json(self, method: str, target: str, body: bytes) -> dict[str, Any]:
        found = await self._exchange(method, target, body, MOST_ANSWER_BYTES)
        try:
            answer = orjson.loads(found)
        except orjson.JSONDecodeError as error:
            raise Offline(f"the answer of {target.partition('?')[0]} is no JSON") from error
        if not isinstance(answer, dict):
            raise Offline(f"the answer of {target.partition('?')[0]} is no object")
        return answer

    async def _exchange(self, method: str, target: str, body: bytes, most: int) -> bytes:
        """One signed request. Raises Offline where it may go better later, EdgeError where it never will."""
        assert self._session is not None
        for last in (False, True):
            headers = sign_request(self._key, self._id, method, target, body, self._now_us())
            if body:
                json = body[:1] == b"{"
                headers["Content-Type"] = "application/json" if json else "application/octet-stream"
            try:
                async with self._session.request(
                    method, self._platform.url + target, data=body or None, headers=headers, allow_redirects=False
                ) as response:
                    content = await response.content.read(most + 1)
                    while len(content) <= most and (more := await response.content.read(most + 1)):
                        content += more
                    status, date = response.status, response.headers.get("Date", "")
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Offline(f"{type(error).__name__}: {error}") from error
            if len(content) > most:
                raise Offline(f"an answer of more than {most} bytes")
            if 200 <= status < 300:
                self._in_touch(date)
                return content
            code, zh, en = _problem(content, status)
            if status == 401 and code in ("edge_time", "edge_repeated") and not last and self._adjust(date):
                continue
            if status in _FOR_GOOD:
                raise EdgeError(zh, en, field=code)
            raise Offline(f"{status} {en}")
        raise Offline("the platform refuses this node's time")

    def _now_us(self) -> int:
        """The time to sign: later than the last, and by the platform's clock once it refused ours."""
        self._signed_us = max(self._signed_us + 1, self._node.clock.now_us() + self._off_us)
        return self._signed_us

    def _adjust(self, date: str) -> bool:
        platform_us = _date_us(date)
        if platform_us is None:
            return False
        self._off_us = platform_us - self._node.clock.now_us()
        self._signed_us = 0
        return True

    def _in_touch(self, date: str) -> None:
        self.state.online, self.state.last_error = True, ""
        self.state.last_ok_us = self._node.clock.now_us()
        platform_us = _date_us(date)
        if platform_us is not None:
            self._node.clock.told(platform_us)

    async def _woken(self, stop: asyncio.Event, by_work: bool) -> None:
        waiting = [asyncio.create_task(stop.wait())]
        if by_work:  # offline, new work is no reason to try sooner
            waiting.append(asyncio.create_task(self.wake.wait()))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()


def _date_us(date: str) -> int | None:
    """The middle of the second that a Date header names, in µs; None where it names none."""
    try:
        return int(parsedate_to_datetime(date).timestamp() * 1e6) + 500_000
    except (TypeError, ValueError, IndexError):
        return None


def _problem(content: bytes, status: int) -> tuple[str, str, str]:
    """(code, zh, en) of a refusal."""
    try:
        told = orjson.loads(content)
        return str(told["code"]), str(told["message_zh"]), str(told["message_en"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "", f"平台回答 {status}", f"the platform answered {status}"
