"""Poll the blocks, read their values, emit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from pydantic import Field
from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusIOException

from yufang.edge.connectors.backoff import keep
from yufang.edge.connectors.contract import Emit, Status, Tell
from yufang.edge.connectors.gate import Gate
from yufang.edge.connectors.modbus.registers import Block, Register, blocks, value
from yufang.edge.connectors.settings import Link, Port, read
from yufang.sensing.wire import Quality

RETRY_S = 30.0  # a register that the device refused is tried again after this long

_WORDS = {
    1: ("功能码不支持", "illegal function"),
    2: ("地址不存在", "illegal data address"),
    3: ("数量不允许", "illegal data value"),
    4: ("设备故障", "server device failure"),
    5: ("设备已受理，尚未完成", "acknowledge"),
    6: ("设备忙", "server device busy"),
    8: ("存储校验错", "memory parity error"),
    10: ("网关路径不可用", "gateway path unavailable"),
    11: ("网关后的设备无应答", "gateway target failed to respond"),
}


class ModbusSettings(Link):
    """A Modbus TCP device (or a gateway to one) and its registers."""

    host: str = Field(min_length=1, title="设备地址", description="Host name or address.")
    port: Port = Field(default=502, title="端口", description="TCP port.")
    unit: int = Field(default=1, ge=0, le=255, title="单元号", description="Unit (slave) id.")
    every_s: float = Field(default=0.25, ge=0.01, le=3600, title="轮询周期", description="Seconds between two polls.")
    timeout_s: float = Field(default=1.0, gt=0, le=60, title="超时", description="Wait for one answer.")
    gap: int = Field(
        default=8, ge=0, le=120, title="合并间隔", description="Unused registers read over to save a request."
    )
    registers: list[Register] = Field(min_length=1, title="寄存器", description="The values of the device.")


class ModbusConnector:
    """Registers of a device as samples."""

    def __init__(self, name: str, settings: ModbusSettings, tell: Tell) -> None:
        self.name = name
        self.status = Status()
        self.settings = settings
        self.gate = Gate(
            name, self.status, tell, most=settings.max_channels, per_device=settings.max_channels_per_device
        )
        self._where = f"{settings.host}:{settings.port}/{settings.unit}"
        self._gap = settings.gap
        self._apart: dict[tuple[str, int, str], float] = {}  # refused alone: table, address, channel → try again at

    async def run(self, emit: Emit, stop: asyncio.Event) -> None:
        """Emit samples until `stop`."""
        self.gate.open(emit)
        first, most = self.settings.reconnect_first_s, self.settings.reconnect_most_s
        await keep(self._session, gate=self.gate, stop=stop, where=self._where, first=first, most=most)

    async def _session(self) -> None:
        given = self.settings
        # Reconnecting is ours: the library's own would hide a lost device from the status.
        client = AsyncModbusTcpClient(
            given.host, port=given.port, timeout=given.timeout_s, retries=1, reconnect_delay=0, name=self.name
        )
        try:
            if not await client.connect():
                raise ConnectionError("no connection")
            answered = False
            loop = asyncio.get_running_loop()
            due = loop.time()
            while True:
                for block in self._plan(loop.time()):
                    await self._read(client, block)
                if not answered:
                    self.gate.connected()
                    answered = True
                due = max(due + given.every_s, loop.time() - given.every_s)  # late polls are not made up for
                await asyncio.sleep(max(0.0, due - loop.time()))
        finally:
            client.close()

    def _plan(self, now: float) -> list[Block]:
        """The blocks of one poll, without the registers that the device refused lately."""
        for key in [key for key, again in self._apart.items() if again <= now]:
            del self._apart[key]
        wanted = [r for r in self.settings.registers if (r.table, r.address, r.channel) not in self._apart]
        return blocks(wanted, self._gap)

    async def _read(self, client: AsyncModbusTcpClient, block: Block) -> None:
        """Read one block. Where the device refuses it, read its values one by one: a poison register harms itself."""
        words, refusal = await self._ask(client, block)
        if refusal is None:
            received = self.gate.now()
            for register in block.registers:
                start = register.address - block.address
                self._emit(register, words[start : start + register.size], received)
            return
        if len(block.registers) > 1 and refusal in (2, 3, 4):
            self._gap = 0  # it may be the unused registers between that the device refuses
            for register in block.registers:
                await self._read(client, Block(block.table, register.address, register.size, (register,)))
            return
        zh, en = _WORDS.get(refusal, ("异常应答", "exception"))
        for register in block.registers:
            where = f"{self._where} {register.table} {register.address}"
            self.gate.refuse(where, f"设备拒绝读取：{refusal} {zh}。", f"the device refused the read: {refusal} {en}.")
            if refusal in (1, 2, 3):
                again = asyncio.get_running_loop().time() + RETRY_S
                self._apart[register.table, register.address, register.channel] = again
            self.gate.take(register.channel, None, None, where=where, device=self._where, quality=int(Quality.BAD))

    async def _ask(self, client: AsyncModbusTcpClient, block: Block) -> tuple[list[Any], int | None]:
        """The words of a block, or the exception code of the device. Raises ConnectionError for no answer."""
        ask = {
            "coil": client.read_coils,
            "discrete": client.read_discrete_inputs,
            "holding": client.read_holding_registers,
            "input": client.read_input_registers,
        }[block.table]
        try:
            answer = await ask(block.address, count=block.count, device_id=self.settings.unit)
        except (ModbusIOException, ConnectionException) as error:
            raise ConnectionError(str(error)) from error
        except ModbusException as error:
            raise ConnectionError(f"{block.table} {block.address}: {error}") from error
        if answer.isError():
            return [], int(getattr(answer, "exception_code", 4))
        words = list(answer.bits[: block.count] if block.table in ("coil", "discrete") else answer.registers)
        return words, None

    def _emit(self, register: Register, words: list[Any], received: int) -> None:
        where = f"{self._where} {register.table} {register.address}"
        try:
            found = value(register, words)
        except ValueError as error:
            self.gate.refuse(where, f"应答过短（{error}）。", f"the answer was too short ({error}).")
            return
        quality = Quality.BAD if found is None else Quality.GOOD
        self.gate.take(
            register.channel, None, found, where=where, device=self._where, quality=int(quality), received_us=received
        )


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> ModbusConnector:
    """The connector of these settings. Raises SettingsError."""
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # told as a trouble, once
    return ModbusConnector(name, read(ModbusSettings, "modbus", name, settings), tell)
