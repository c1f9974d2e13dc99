"""Write the coil, read it back, keep it so."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field
from pymodbus.client import AsyncModbusTcpClient

from yufang.edge.connectors.backoff import wait_s
from yufang.edge.connectors.contract import Status, Tell, Trouble
from yufang.edge.connectors.gate import clock
from yufang.edge.connectors.settings import Port, Strict, read
from yufang.edge.outputs.contract import Acted
from yufang.edge.outputs.deadline import within

if TYPE_CHECKING:
    from yufang.sensing.detectors import Event


class ModbusOutputSettings(Strict):
    """A coil and what it does when nobody watches."""

    host: str = Field(min_length=1, title="设备地址", description="Host name or address.")
    port: Port = Field(default=502, title="端口", description="TCP port.")
    unit: int = Field(default=1, ge=0, le=255, title="单元号", description="Unit (slave) id.")
    coil: int = Field(ge=0, le=65_535, title="线圈", description="Address of the coil, from 0.")
    inverted: bool = Field(default=False, title="反相", description="The device acts while the coil is off.")
    safe_on: bool = Field(default=False, title="安全状态", description="State to leave behind when the edge stops.")
    deadline_s: float = Field(default=0.8, gt=0, le=60, title="期限", description="Wait for the confirmation.")
    check_s: float = Field(
        default=1.0, ge=0.1, le=3600, title="核对周期", description="Seconds between two read-backs."
    )
    heartbeat: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        title="心跳寄存器",
        description="Holding register counted up at every check: the device can go to its own safe state without it.",
    )


class ModbusOutput:
    """A coil that is kept as it was last ordered.

    The coil is read back after every order and at every check: where somebody or a restart of the device changed it,
    it is set again. When the edge stops the coil is left in its safe state. A killed edge can't do that: a device that
    must fall to a safe state by itself watches the heartbeat register.
    """

    def __init__(self, name: str, settings: ModbusOutputSettings, tell: Tell) -> None:
        self.name = name
        self.settings = settings
        self.status = Status()
        self._tell = tell
        self._where = f"{settings.host}:{settings.port}/{settings.unit} coil {settings.coil}"
        self._wanted = settings.safe_on
        self._client: AsyncModbusTcpClient | None = None
        self._lock = asyncio.Lock()
        self._beats = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the connection and the coil until `stop`; then leave the safe state behind."""
        tries = 0
        while not stop.is_set():
            wait = self.settings.check_s
            try:
                async with self._lock:
                    await asyncio.wait_for(self._check(), self.settings.deadline_s + 1)
                tries = 0
            except Exception as error:  # whatever the device does, it is tried again
                await self._lost(str(error).strip() or type(error).__name__)
                wait = wait_s(tries, 0.25, 5.0)
                tries += 1
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
        await self._leave_safe()

    async def act(self, event: Event, on: bool) -> Acted:
        """Bring the coil to `on` and read it back."""
        self._wanted = on

        async def order() -> bool:
            async with self._lock:
                await self._set(self._wanted)
            return True

        acted = await within(self.name, on, self.settings.deadline_s, order, self._tell, self._where)
        if acted.state == "failed":
            self._drop()  # the next check connects anew and sets what is wanted
        return acted

    async def _connected(self) -> AsyncModbusTcpClient:
        if self._client is not None and self._client.connected:
            return self._client
        self._drop()
        given = self.settings
        client = AsyncModbusTcpClient(
            given.host, port=given.port, timeout=given.deadline_s, retries=0, reconnect_delay=0, name=self.name
        )
        if not await client.connect():
            client.close()
            raise ConnectionError("no connection")
        self._client = client
        return client

    async def _set(self, on: bool) -> None:
        """Write the coil and read it back. Raises where it doesn't read as written."""
        client = await self._connected()
        level = on != self.settings.inverted
        answer = await client.write_coil(self.settings.coil, level, device_id=self.settings.unit)
        if answer.isError():
            raise ConnectionError(f"the device refused the write: {answer}")
        if await self._read(client) != level:
            raise ConnectionError(f"the coil reads {not level} after it was set {level}")

    async def _read(self, client: AsyncModbusTcpClient) -> bool:
        answer = await client.read_coils(self.settings.coil, count=1, device_id=self.settings.unit)
        if answer.isError():
            raise ConnectionError(f"the device refused the read: {answer}")
        return bool(answer.bits[0])

    async def _check(self) -> None:
        client = await self._connected()
        if await self._read(client) != (self._wanted != self.settings.inverted):
            await self._set(self._wanted)
        if self.settings.heartbeat is not None:
            self._beats = (self._beats + 1) % 65_536
            await client.write_register(self.settings.heartbeat, self._beats, device_id=self.settings.unit)
        if not self.status.connected:
            back = self.status.since_us is not None
            self.status.connected, self.status.since_us = True, clock()
            if back:
                self.status.reconnects += 1
                self._tell(Trouble(self.name, "back", self._where, "已重新连接。", "Connected again.", clock()))

    async def _lost(self, why: str) -> None:
        self._drop()
        if self.status.connected or self.status.last_trouble is None:
            trouble = Trouble(
                self.name,
                "lost",
                self._where,
                f"输出设备失联（{why}）。",
                f"The output is out of reach ({why}).",
                clock(),
            )
            self.status.last_trouble = trouble
            self._tell(trouble)
        self.status.connected = False

    async def _leave_safe(self) -> None:
        self._wanted = self.settings.safe_on

        async def order() -> bool:
            async with self._lock:
                await self._set(self._wanted)
            return True

        await within(self.name, self._wanted, self.settings.deadline_s, order, self._tell, self._where)
        self._drop()
        self.status.connected = False

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> ModbusOutput:
    """The output of these settings. Raises SettingsError."""
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # told as a trouble, once
    return ModbusOutput(name, read(ModbusOutputSettings, "modbus", name, settings), tell)
