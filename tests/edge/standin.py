"""A stand-in for the platform that speaks the edge's contract: keeps what comes, by (epoch, lane, sequence), once.

With `keep`, a file, it keeps it there, so that a process of its own may be killed too. The real platform's answers are
tested in tests/server/test_edge.py; this one lets tests cut the network, forget what came and refuse.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from yufang.edge.batches import EdgeBatch, decode
from yufang.edge.identity import read_header, request_holds
from yufang.edge.register import read_register

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class StandIn:
    """The platform's side of the exchange. `cut` makes every request end without an answer."""

    def __init__(self, public_key: str = "", *, keep: str = ":memory:", ahead_s: float = 0.0) -> None:
        self.public_key, self.ahead_s = public_key, ahead_s
        self.cut = False
        self.lose_answers = 0  # of the next requests: they are taken and not answered
        self.refuse: set[tuple[str, int]] = set()
        self.desired: dict[str, Any] = {}
        self.bundles: dict[str, bytes] = {}
        self.reports: list[dict[str, Any]] = []
        self.registers: list[bytes] = []
        self.zones: dict[str, Any] = {}
        self.positions: list[dict[str, Any]] = []
        self.gone: list[Any] = []
        self.port = 0
        self._database = sqlite3.connect(keep, isolation_level=None, check_same_thread=False)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS batch (epoch, lane, sequence, payload, at, PRIMARY KEY (epoch, lane, sequence))"
        )

    # ── what came ─────────────────────────────────────────────────────────────────────────────────────────────────

    def batches(self, lane: str) -> list[EdgeBatch]:
        rows = self._database.execute("SELECT payload FROM batch WHERE lane = ? ORDER BY epoch, sequence", [lane])
        return [decode(payload) for (payload,) in rows]

    def events(self) -> list[dict[str, Any]]:
        return [dict(event) for batch in self.batches("events") for event in batch.events]

    def readings(self) -> list[tuple[str, int, float]]:
        found = []
        for batch in self.batches("readings"):
            r = batch.readings
            found += [
                (batch.keys[c], t, v)
                for c, t, v in zip(r.channel.tolist(), r.time.tolist(), r.value.tolist(), strict=True)
            ]
        return found

    def forget(self, lane: str, first: int, last: int) -> None:
        self._database.execute("DELETE FROM batch WHERE lane = ? AND sequence BETWEEN ? AND ?", [lane, first, last])

    def count(self, lane: str) -> int:
        return int(self._database.execute("SELECT count(*) FROM batch WHERE lane = ?", [lane]).fetchone()[0])

    # ── answering ─────────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        app = web.Application(client_max_size=4_000_000)
        app.router.add_post("/api/edge/batches", self._batch)
        app.router.add_post("/api/edge/report", self._report)
        app.router.add_post("/api/edge/register", self._take_register)
        app.router.add_post("/api/edge/positions", self._take_positions)
        app.router.add_get("/api/edge/bundles/{sha256}", self._bundle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield f"http://127.0.0.1:{self.port}"
        finally:
            await runner.cleanup()

    async def _checked(self, request: web.Request) -> bytes:
        if self.cut:
            assert request.transport is not None
            request.transport.abort()
            raise web.HTTPServiceUnavailable
        body = await request.read()
        signed = read_header(request.headers.get("Authorization", ""))
        now_us = int((time.time() + self.ahead_s) * 1e6)
        if signed is None or not request_holds(self.public_key, signed, request.method, request.path_qs, body):
            raise _problem(web.HTTPUnauthorized, "edge_signature")
        if abs(signed.time_us - now_us) > 300_000_000:
            raise _problem(web.HTTPUnauthorized, "edge_time", Date=formatdate(now_us / 1e6, usegmt=True))
        return body

    async def _batch(self, request: web.Request) -> web.Response:
        body = await self._checked(request)
        lane, sequence, epoch = request.query["lane"], int(request.query["sequence"]), request.query["epoch"]
        if (lane, sequence) in self.refuse:
            raise _problem(web.HTTPUnprocessableEntity, "no_batch")
        done = self._database.execute(
            "INSERT OR IGNORE INTO batch VALUES (?, ?, ?, ?, ?)", [epoch, lane, sequence, body, time.time()]
        )
        if self.lose_answers:
            self.lose_answers -= 1
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(0)
        return self._json({"again": not done.rowcount, "missing": self._gaps(epoch, lane)})

    async def _report(self, request: web.Request) -> web.Response:
        report = orjson.loads(await self._checked(request))
        self.reports.append(report)
        self.gone.append(report["gone"])
        missing = {lane: self._gaps(report["epoch"], lane, told["next"]) for lane, told in report["lanes"].items()}
        known = {read_register(body)[0] for body in self.registers}
        unknown = report["channels_sha256"] not in known
        answer = {"missing": missing, "desired": self.desired, "register_wanted": unknown}
        if self.zones and (report.get("zones") or {}).get("sha256") != self.zones["sha256"]:
            answer["zones"] = self.zones
        return self._json(answer)

    async def _take_register(self, request: web.Request) -> web.Response:
        body = await self._checked(request)
        if ("register", 0) in self.refuse:
            raise _problem(web.HTTPUnprocessableEntity, "register_refused")
        self.registers.append(body)
        return self._json({"refusals": []})

    async def _take_positions(self, request: web.Request) -> web.Response:
        self.positions.append(orjson.loads(await self._checked(request)))
        return self._json({"kept": 0})

    async def _bundle(self, request: web.Request) -> web.Response:
        await self._checked(request)
        return web.Response(body=self.bundles[request.match_info["sha256"]], headers=self._date())

    def _gaps(self, epoch: str, lane: str, upto: int | None = None) -> list[tuple[int, int]]:
        rows = self._database.execute(
            "SELECT sequence FROM batch WHERE epoch = ? AND lane = ? ORDER BY sequence", [epoch, lane]
        )
        gaps, expected = [], 0
        for (sequence,) in rows:
            if sequence > expected:
                gaps.append((expected, sequence - 1))
            expected = sequence + 1
        if upto is not None and upto > expected:
            gaps.append((expected, upto - 1))
        return gaps

    def _json(self, answer: dict[str, Any]) -> web.Response:
        return web.Response(body=orjson.dumps(answer), content_type="application/json", headers=self._date())

    def _date(self) -> dict[str, str]:
        return {"Date": formatdate(time.time() + self.ahead_s, usegmt=True)}


def _problem(kind: type[web.HTTPException], code: str, **headers: str) -> web.HTTPException:
    told = {"code": code, "message_zh": f"拒绝：{code}", "message_en": f"refused: {code}"}
    return kind(text=orjson.dumps(told).decode(), content_type="application/json", headers=headers or None)  # type: ignore[call-arg]
