"""One listening connection for the process, and a queue for each open stream."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import psycopg

from yufang.server.live.events import CHANNEL

log = logging.getLogger(__name__)

# A stream that falls so far behind is closed; the browser opens a new one and reads the page afresh.
BACKLOG = 500


class Broadcaster:
    """Hands events from PostgreSQL to the streams whose scope covers them."""

    def __init__(self) -> None:
        self._streams: dict[asyncio.Queue[dict[str, Any] | None], str] = {}
        self._closed = False

    async def listen(self, params: dict[str, Any]) -> None:
        """Listen until cancelled; a lost connection is opened again."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(autocommit=True, **params)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notice in connection.notifies():
                        self.hand_out(json.loads(notice.payload))
            except psycopg.Error as error:
                log.warning("live events: the database connection was lost (%s); trying again", error)
                self.drop_all()  # whoever missed events reads afresh
                await asyncio.sleep(1)

    def hand_out(self, event: dict[str, Any]) -> None:
        """Put `event` into the queue of every stream that may see its path."""
        for queue, scope in list(self._streams.items()):
            if not str(event.get("path", "")).startswith(scope):
                continue
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self._drop(queue)

    @contextlib.asynccontextmanager
    async def stream(self, scope: str) -> AsyncIterator[asyncio.Queue[dict[str, Any] | None]]:
        """A queue of the events under `scope`; None in it means the end."""
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(BACKLOG)
        self._streams[queue] = scope
        if self._closed:
            queue.put_nowait(None)
        try:
            yield queue
        finally:
            self._streams.pop(queue, None)

    def open_streams(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def close(self) -> None:
        """End every stream: the server stops."""
        self._closed = True
        self.drop_all()

    def drop_all(self) -> None:
        """End every stream; browsers open new ones."""
        for queue in list(self._streams):
            self._drop(queue)

    def _drop(self, queue: asyncio.Queue[dict[str, Any] | None]) -> None:
        self._streams.pop(queue, None)
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)


broadcaster = Broadcaster()
