"""A broker that plays a script: what a well-behaved one wouldn't send, and MQTT 5, which the real one lacks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable


def publish(topic: str, body: bytes, *, v5: bool) -> bytes:
    """One PUBLISH of quality 0."""
    name = topic.encode()
    rest = len(name).to_bytes(2, "big") + name + (b"\x00" if v5 else b"") + body
    return b"\x30" + length(len(rest)) + rest


def length(size: int) -> bytes:
    """The remaining length of a packet."""
    out = bytearray()
    while True:
        size, part = divmod(size, 128)
        out.append(part | (0x80 if size else 0))
        if not size:
            return bytes(out)


async def packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next packet of a client: kind and body."""
    kind = (await reader.readexactly(1))[0]
    size = shift = 0
    while True:
        part = (await reader.readexactly(1))[0]
        size |= (part & 0x7F) << shift
        shift += 7
        if part < 0x80:
            return kind, await reader.readexactly(size)


class ScriptedBroker:
    """Answers CONNECT and SUBSCRIBE, then writes `chunks`. `connect` keeps the CONNECT of the last client."""

    def __init__(self, chunks: Callable[[], AsyncIterator[bytes]], *, v5: bool) -> None:
        self.chunks, self.v5 = chunks, v5
        self.connect = b""
        self.port = 0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[ScriptedBroker]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                kind, body = await packet(reader)
                if kind >> 4 == 1:
                    self.connect = body
                    writer.write(b"\x20\x03\x00\x00\x00" if self.v5 else b"\x20\x02\x00\x00")
                elif kind >> 4 == 8:
                    writer.write(
                        (b"\x90\x04" if self.v5 else b"\x90\x03") + body[:2] + (b"\x00" if self.v5 else b"") + b"\x01"
                    )
                    async for chunk in self.chunks():
                        writer.write(chunk)
                        await writer.drain()
                elif kind >> 4 == 14:
                    break
        writer.close()
