"""The map moves with what happens: it listens to the events of the other rooms and to the clock, and makes the maps of
the enterprises concerned anew, each at most once a second."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from yufang.server.live.events import (
    CHANNEL,
    EpisodeChanged,
    ForecastMade,
    HazardChanged,
    PeopleMoved,
    PermitChanged,
    ReadingsTaken,
)
from yufang.server.riskmap import actions, queries
from yufang.server.scope import Actor, scoped

log = logging.getLogger(__name__)

EVERY_S = 1.0  # an enterprise's map is made at most so often
TICK_S = 0.25
CLOCK_S = 2.0  # so often it is asked whose map time alone has changed
SIGN_S = 4.0  # so often the maps that are kept say so
AGAIN_S = 5.0  # after a failure
MOVES_IT = frozenset(
    kind.name for kind in (ReadingsTaken, EpisodeChanged, ForecastMade, PeopleMoved, HazardChanged, PermitChanged)
)


@dataclass(slots=True)
class Pace:
    """Whose map is to be made when: `heard` since its last making, and not within a second of that."""

    waiting: dict[int, float] = field(default_factory=dict)  # enterprise → not before
    made: dict[int, float] = field(default_factory=dict)

    def heard(self, enterprise_id: int, at: float) -> None:
        """Something of this enterprise changed."""
        self.waiting.setdefault(enterprise_id, max(at, self.made.get(enterprise_id, -EVERY_S) + EVERY_S))

    def take(self, at: float) -> list[int]:
        """The enterprises whose turn it is, the longest waiting first; they wait no more."""
        found = sorted((due, key) for key, due in self.waiting.items() if due <= at)
        for _, key in found:
            del self.waiting[key]
            self.made[key] = at
        return [key for _, key in found]

    def failed(self, enterprise_id: int, at: float) -> None:
        """Its making failed: it waits for another."""
        self.waiting[enterprise_id] = at + AGAIN_S


async def follow(params: dict[str, Any]) -> None:
    """Keep the maps until cancelled, listening on a connection of its own; a lost one is opened again."""
    pace = Pace()
    with ThreadPoolExecutor(1, thread_name_prefix="riskmap") as hands:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(autocommit=True, **params) as listening:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    await _keep(listening, pace, hands)
            except (psycopg.Error, DatabaseError) as error:
                log.warning("risk map: the database connection was lost (%s); trying again", error)
                await asyncio.sleep(1)


async def _keep(listening: psycopg.AsyncConnection[Any], pace: Pace, hands: ThreadPoolExecutor) -> None:
    loop = asyncio.get_running_loop()
    for enterprise_id in await loop.run_in_executor(hands, _asked, "kept"):
        pace.heard(enterprise_id, time.monotonic())
    clock = sign = time.monotonic()
    while True:
        async for notice in listening.notifies(timeout=TICK_S):
            event = json.loads(notice.payload)
            if event.get("event") in MOVES_IT and event.get("enterprise_id"):
                pace.heard(int(event["enterprise_id"]), time.monotonic())
        now = time.monotonic()
        if now - clock >= CLOCK_S:
            clock = now
            for enterprise_id in await loop.run_in_executor(hands, _asked, "due"):
                pace.heard(enterprise_id, now)
        for enterprise_id in pace.take(now):
            if not await loop.run_in_executor(hands, _made, enterprise_id):
                pace.failed(enterprise_id, time.monotonic())
        if now - sign >= SIGN_S:
            sign = now
            await loop.run_in_executor(hands, _signed)


def _asked(what: str) -> list[int]:
    try:
        with scoped(Actor.platform()):
            return queries.kept() if what == "kept" else queries.due(timezone.now())
    finally:
        connection.close()


def _made(enterprise_id: int) -> bool:
    """Make one map; False where that failed. One enterprise's trouble doesn't keep the others."""
    try:
        actions.refresh(Actor.platform(), enterprise_id, timezone.now())
    except Exception:
        log.exception("risk map of enterprise %s: it could not be made; trying again", enterprise_id)
        return False
    finally:
        connection.close()
    return True


def _signed() -> None:
    try:
        actions.keep_on(Actor.platform(), timezone.now())
    finally:
        connection.close()
