"""The gate that every sample of a connector passes: bounds on channels, counts, and troubles told without a flood."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Literal

from yufang.edge.connectors.contract import Emit, Sample, Status, Tell, Trouble

TELL_AGAIN_US = 60_000_000
MOST_PLACES = 500  # distinct places whose troubles are told apart
MOST_NAME = 200  # characters of a channel's name
MOST_TEXT = 200  # characters of a text value


def clock() -> int:
    """Now in UTC microseconds."""
    return time.time_ns() // 1000


class Gate:
    """Takes what a connector read, keeps its bounds, writes its status.

    A device that opens a million channels gets `per_device` of them and one trouble a minute that counts the rest;
    the connector as a whole holds at most `most` names.
    """

    def __init__(
        self,
        name: str,
        status: Status,
        tell: Tell,
        *,
        most: int = 10_000,
        per_device: int = 1_000,
        now: Callable[[], int] = clock,
    ) -> None:
        self.name = name
        self.status = status
        self.now = now
        self._tell = tell
        self._most = most
        self._per_device = per_device
        self._emit: Emit | None = None
        self._known: set[str] = set()
        self._of_device: dict[str, int] = {}
        self._held: dict[str, Sample] | None = None  # last sample of each channel, where values are sent on change only
        self._told: dict[tuple[str, str], tuple[int, int]] = {}  # (kind, where) → last told, times since

    def open(self, emit: Emit) -> None:
        """Samples go to `emit` from now on."""
        self._emit = emit

    def take(
        self,
        channel: str,
        time_us: int | None,
        value: float | str | None,
        *,
        where: str,
        device: str = "",
        quality: int = 0,
        received_us: int | None = None,
    ) -> bool:
        """Emit one sample. False where it was refused; then a trouble says why, with `where` it came from."""
        if channel not in self._known and not self._admit(channel, device or where, where):
            return False
        if isinstance(value, str) and len(value) > MOST_TEXT:
            self.refuse(
                where,
                f"文本值有 {len(value)} 个字符，上限 {MOST_TEXT}。",
                f"text of {len(value)} characters, {MOST_TEXT} at most.",
            )
            return False
        received = self.now() if received_us is None else received_us
        self.status.samples += 1
        self.status.last_sample_us = received
        sample = Sample(channel, time_us, value, received, quality)
        if self._held is not None:
            self._held[channel] = sample
        if self._emit is not None:
            self._emit(sample)
        return True

    async def repeat(self, every_s: float) -> None:
        """Until cancelled: emit every value again that stands unchanged for `every_s`, moved on in its own time.

        For sources that send changes only (OPC UA, Sparkplug): while they are alive a value that isn't sent again
        still holds, and is not silence. A value that is missing isn't repeated.
        """
        self._held = {}
        every_us = round(every_s * 1e6)
        try:
            while True:
                await asyncio.sleep(every_s / 2)
                now = self.now()
                for sample in list(self._held.values()):
                    gone = now - sample.received_us
                    if gone < every_us or sample.value is None:
                        continue
                    at = None if sample.time_us is None else sample.time_us + gone
                    self.take(
                        sample.channel, at, sample.value, where=self.name, quality=sample.quality, received_us=now
                    )
        finally:
            self._held = None

    def _admit(self, channel: str, device: str, where: str) -> bool:
        if not channel or len(channel) > MOST_NAME or not channel.isprintable():
            shown = channel[:40]
            self.refuse(
                where,
                f"通道名“{shown}”不可用：1-{MOST_NAME} 个可见字符。",
                f"channel name {shown!r} can't be used: 1 to {MOST_NAME} printable characters.",
            )
            return False
        if len(self._known) >= self._most:
            self.trouble(
                "bounded",
                self.name,
                f"通道已达 {self._most} 个上限，新通道不再接收；如属正常请调大 max_channels。",
                f"{self._most} channels are open, new ones are refused; raise max_channels if that is meant.",
            )
            return False
        mine = self._of_device.get(device, 0)
        if mine >= self._per_device:
            self.trouble(
                "bounded",
                device[:MOST_NAME],
                f"该设备已开通 {mine} 个通道，新通道不再接收；如属正常请调大 max_channels_per_device。",
                f"the device has {mine} channels open, new ones are refused; raise max_channels_per_device if meant.",
            )
            return False
        self._of_device[device] = mine + 1
        self._known.add(channel)
        self.status.channels = len(self._known)
        return True

    def doubt(self) -> None:
        """What was held is not known to hold any more: repeat nothing until it comes anew."""
        if self._held is not None:
            self._held.clear()

    def refuse(self, where: str, zh: str, en: str) -> None:
        """A message or value was passed over."""
        self.trouble("refused", where, zh, en)

    def connected(self) -> None:
        """The connection stands."""
        again = self.status.since_us is not None
        self.status.connected = True
        self.status.since_us = self.now()
        if again:
            self.status.reconnects += 1
            self._send(Trouble(self.name, "back", self.name, "已重新连接。", "Connected again.", self.now()))

    def lost(self, where: str, why: str) -> None:
        """The connection is gone; said once a minute while it stays away."""
        self.status.connected = False
        self.trouble("lost", where, f"连接中断，正在重连（{why}）。", f"Connection lost, trying again ({why}).")

    def trouble(
        self, kind: Literal["refused", "lost", "back", "bounded", "failed"], where: str, zh: str, en: str
    ) -> None:
        """Tell a trouble; the same kind at the same place at most once a minute, with how often it happened since."""
        if kind in ("refused", "bounded"):
            self.status.refused += 1
        where = where[:MOST_NAME]
        key = (kind, where)
        if key not in self._told and len(self._told) >= MOST_PLACES:
            key = (kind, "…")
        now = self.now()
        last, times = self._told.get(key, (None, 0))
        if last is not None and 0 <= now - last < TELL_AGAIN_US:
            self._told[key] = (last, times + 1)
            return
        self._told[key] = (now, 0)
        self._send(Trouble(self.name, kind, where, zh, en, now, times + 1))

    def _send(self, trouble: Trouble) -> None:
        self.status.last_trouble = trouble
        self._tell(trouble)


@contextlib.asynccontextmanager
async def repeating(gate: Gate, every_s: float) -> AsyncIterator[None]:
    """Unchanged values are emitted again while the block lasts; never for 0."""
    if every_s <= 0:
        yield
        return
    task = asyncio.ensure_future(gate.repeat(every_s))
    await asyncio.sleep(0)  # from now on values are held
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
