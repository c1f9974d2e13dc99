"""The front door for uploads: what says that it is too large, or turns out to be, is refused before it is read.

Django reads a request's body whole before any of our code runs. This stands before it, counts, and answers 413 with the
sentence that the API gives, on the first byte too many; by `Content-Length` on none at all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from yufang.server.errors import Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

LARGEST = 16 * 1024 * 1024  # a photo of 15 MB and the form around it
# Many clients read an answer only when they have sent all: so much is listened to, and thrown away.
_LISTEN_TO = 96 * 1024 * 1024
_LISTEN_FOR = 30.0  # seconds


class _TooLarge(Exception):
    def __init__(self, size: int) -> None:
        self.size = size


class Bounded:
    """An application whose requests carry at most `largest` bytes."""

    def __init__(self, application: Application, largest: int = LARGEST) -> None:
        self.application = application
        self.largest = largest

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        stated = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        if stated.isdigit() and int(stated) > self.largest:
            await self._refuse(scope, int(stated), receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > self.largest:
                raise _TooLarge(came)
            return message

        try:
            await self.application(scope, counted, send)
        except _TooLarge as error:
            await self._refuse(scope, error.size, receive, send)

    async def _refuse(self, scope: MutableMapping[str, Any], size: int, receive: Receive, send: Send) -> None:
        body = json.dumps(_problem(scope.get("path", ""), size, self.largest).model_dump(), ensure_ascii=False).encode()
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        try:
            async with asyncio.timeout(_LISTEN_FOR):
                heard = 0
                while heard < _LISTEN_TO:
                    message = await receive()
                    heard += len(message.get("body", b""))
                    if message["type"] == "http.disconnect" or not message.get("more_body", False):
                        break
        except TimeoutError:
            pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


# Where machines send: nobody there has a photo to make smaller.
_MACHINES = ("/api/sensing/", "/api/edge/")


def _problem(path: str, size: int, largest: int) -> Problem:
    megabytes, limit = size / 1024 / 1024, largest // 1024 // 1024 - 1
    if path.startswith(_MACHINES):
        return Problem(
            code="batch_too_large",
            message_zh=f"消息有 {megabytes:.1f} MB，上限 {limit} MB；请分成更小的批次发送。",
            message_en=f"The message has {megabytes:.1f} MB, the most is {limit} MB; send it in smaller batches.",
        )
    return Problem(
        code="photo_too_large",
        message_zh=f"上传的文件有 {megabytes:.1f} MB，上限 {limit} MB；请缩小后重发或去掉它，已填写的内容不会丢失。",
        message_en=f"The upload has {megabytes:.1f} MB, the most is {limit} MB. Make it smaller or leave it out; what "
        "you wrote is not lost.",
        field="file",
    )
