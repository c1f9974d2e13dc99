"""What is too large is refused at the door, before it is read; what is not passes untouched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from yufang.server.uploads import Bounded

LARGEST = 100


async def _reading(scope: Any, receive: Any, send: Any) -> None:
    """An application that reads its request whole and answers how much it was."""
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def ask(chunks: Iterable[bytes], length: int | None) -> tuple[int, bytes, int]:
    """(status, body, how many chunks had been asked for when the answer began)."""
    waiting, said, heard = list(chunks), [], [0, 0]

    async def receive() -> dict[str, Any]:
        heard[0] += 1
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            heard[1] = heard[0]
        said.append(message)

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    asyncio.run(Bounded(_reading, LARGEST)({"type": "http", "headers": headers}, receive, send))
    body = b"".join(m.get("body", b"") for m in said if m["type"] == "http.response.body")
    assert not said[-1].get("more_body"), "the answer ends"
    return said[0]["status"], body, heard[1]


def test_what_fits_passes() -> None:
    assert ask([b"x" * 60, b"x" * 40], 100)[:2] == (200, b"100")
    assert ask([b""], None)[:2] == (200, b"0")


def test_what_says_that_it_is_too_large_is_answered_before_a_byte_is_read() -> None:
    status, body, read = ask([b"x" * 60] * 4, 60 * 1024 * 1024)
    assert (status, read) == (413, 0)
    problem = json.loads(body)
    assert problem["code"] == "photo_too_large"
    assert "60.0 MB" in problem["message_zh"]


@pytest.mark.parametrize("stated", [None, 50])
def test_what_turns_out_to_be_too_large_is_answered_at_the_first_byte_too_many(stated: int | None) -> None:
    status, _, read = ask([b"x" * 60] * 9, stated)
    assert (status, read) == (413, 2)


def test_a_gigabyte_that_streams_in_is_stopped_and_never_held() -> None:
    heard, said = [0], []
    chunk = b"x" * 65_536

    async def receive() -> dict[str, Any]:
        heard[0] += len(chunk)
        return {"type": "http.request", "body": chunk, "more_body": heard[0] < 1 << 30}

    async def send(message: dict[str, Any]) -> None:
        said.append((heard[0], message))

    scope = {"type": "http", "headers": [], "path": "/api/sensing/batches"}
    asyncio.run(Bounded(_reading)(scope, receive, send))
    begun, first = said[0]
    assert first["status"] == 413
    assert begun <= 16 * 1024 * 1024 + len(chunk)
    assert json.loads(said[1][1]["body"])["code"] == "batch_too_large"
    assert heard[0] < 128 * 1024 * 1024
