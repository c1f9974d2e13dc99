"""Server-sent events."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections, transaction
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from yufang.server.accounts import queries as accounts
from yufang.server.accounts.session import PERSON_KEY, STAMP_KEY, actor, oneself
from yufang.server.live.broadcast import broadcaster
from yufang.server.scope import set_local

router = Router(tags=["live"])
HEARTBEAT = 15.0  # seconds
# A stream ends at most so many seconds after its session did. With two thousand streams each look costs.
LOOK_EVERY = 60.0


@router.get(
    "/events",
    openapi_extra={"responses": {200: {"description": "text/event-stream", "content": {"text/event-stream": {}}}}},
)
def events(request: HttpRequest) -> StreamingHttpResponse:
    """Events of the rows that the signed-in person may see, as they happen."""
    acting_user = actor(request)
    oneself(request)  # the stream ends with the session that it belongs to; a key has none
    session = request.session
    key, person_id, stamp = session.session_key, session[PERSON_KEY], session[STAMP_KEY]

    def still_signed_in() -> bool:
        try:
            if key is None or not session.exists(key):
                return False
            with transaction.atomic():
                set_local("yufang.person", str(person_id))
                return accounts.person_in_session(person_id, stamp) is not None
        finally:
            close_old_connections()

    response = StreamingHttpResponse(
        _stream(acting_user.scope, sync_to_async(close_old_connections), sync_to_async(still_signed_in)),
        content_type="text/event-stream",
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.headers["Content-Encoding"] = "identity"  # keeps the compressing middleware from buffering it
    return response


async def _stream(scope: str, let_go: Any, still_signed_in: Any) -> AsyncIterator[bytes]:
    # Django gives a request's database connection back when its answer ends, which here is hours away.
    await let_go()
    yield b": open\n\n"
    clock = asyncio.get_running_loop().time
    look_at = clock() + LOOK_EVERY * random.uniform(0.5, 1.0)  # streams that began together look apart
    async with broadcaster.stream(scope) as queue:
        while True:
            try:
                event = await asyncio.wait_for(queue.get(), HEARTBEAT)
                said = b"" if event is None else frame(event)
            except TimeoutError:
                said = b": beat\n\n"
            if clock() >= look_at:
                if not await still_signed_in():
                    return
                look_at = clock() + LOOK_EVERY
            if not said:
                return
            yield said


def frame(event: dict[str, Any]) -> bytes:
    """One event in the stream's format; the path stays inside."""
    name = event["event"]
    data = {k: v for k, v in event.items() if k not in {"event", "path"}}
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
