"""Which registers to read in one request, and what their words mean. Pure.

Source: MODBUS Application Protocol Specification V1.1b3, sections 6.1 to 6.4: at most 2000 coils or discrete inputs,
125 holding or input registers in one request. Values of several registers are a convention of the device: the order
of the words is set by `words`, the order of the two bytes within a word by `bytes`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator

from yufang.edge.connectors.settings import Strict

Table = Literal["coil", "discrete", "holding", "input"]
Kind = Literal["bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
MOST = {"coil": 2000, "discrete": 2000, "holding": 125, "input": 125}
_FORMAT = {
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "uint64": ">Q",
    "float32": ">f",
    "float64": ">d",
}


class Register(Strict):
    """One value of a device: where it stands, how it's written, what it means."""

    channel: str = Field(min_length=1, title="通道", description="Channel of its values.")
    table: Table = Field(default="holding", title="寄存器类型", description="coil, discrete, holding or input.")
    address: int = Field(ge=0, le=65_535, title="地址", description="Address from 0, as sent on the wire.")
    type: Kind = Field(default="uint16", title="数据类型", description="How the words are read.")
    bit: int | None = Field(default=None, ge=0, le=15, title="位", description="One bit of a 16-bit register.")
    words: Literal["big", "little"] = Field(default="big", title="字序", description="big: the high word comes first.")
    bytes: Literal["big", "little"] = Field(
        default="big", title="字节序", description="big: the high byte comes first."
    )
    scale: float = Field(default=1.0, title="系数", description="Value = raw * scale + offset.")
    offset: float = Field(default=0.0, title="偏移", description="Value = raw * scale + offset.")
    invalid: list[int] = Field(
        default_factory=list, title="无效码", description="Raw whole numbers by which the device says it has no value."
    )

    @model_validator(mode="after")
    def _fits(self) -> Register:
        bits = self.table in ("coil", "discrete")
        if self.bit is not None and (bits or self.type != "uint16"):
            raise ValueError("bit goes with holding or input and type uint16 / bit 只用于 uint16 的保持或输入寄存器")
        if not bits and self.type == "bool":
            raise ValueError(
                "bool goes with coil or discrete; of a register take bit / bool 只用于线圈或离散量；寄存器请用 bit"
            )
        if self.address + self.size > 65_536:
            raise ValueError("the value goes beyond address 65535 / 该值超出地址 65535")
        if not (math.isfinite(self.scale) and math.isfinite(self.offset)) or self.scale == 0:
            raise ValueError("scale must be a number other than 0 / 系数须为非零数字")
        return self

    @property
    def size(self) -> int:
        """Registers or bits that the value takes."""
        return 1 if self.table in ("coil", "discrete") else struct.calcsize(_FORMAT[self.type]) // 2


@dataclass(frozen=True, slots=True)
class Block:
    """One request: `count` registers of `table` from `address`, and the values that stand in it."""

    table: Table
    address: int
    count: int
    registers: tuple[Register, ...]


def blocks(registers: Sequence[Register], gap: int) -> list[Block]:
    """The fewest requests that read all `registers`, reading over at most `gap` unused ones between two values."""
    made: list[Block] = []
    for table in MOST:
        mine = sorted((r for r in registers if r.table == table), key=lambda r: r.address)
        group: list[Register] = []
        end = 0
        for one in mine:
            if group and (one.address - end > gap or max(end, one.address + one.size) - group[0].address > MOST[table]):
                made.append(_block(group, end))
                group = []
            if not group:
                end = one.address
            group.append(one)
            end = max(end, one.address + one.size)
        if group:
            made.append(_block(group, end))
    return made


def _block(group: list[Register], end: int) -> Block:
    first = group[0]
    return Block(first.table, first.address, end - first.address, tuple(group))


def value(register: Register, words: Sequence[int] | Sequence[bool]) -> float | None:
    """The value of `register` in the words of its place (`register.size` of them); None for an invalid code.

    Raises ValueError where the answer is too short.
    """
    if len(words) < register.size:
        raise ValueError(f"{len(words)} of {register.size} registers came")
    if register.table in ("coil", "discrete"):
        raw: float = 1.0 if words[0] else 0.0
    elif register.bit is not None:
        raw = float(int(words[0]) >> register.bit & 1)
    else:
        raw = _number(register, words)
        if raw in register.invalid:
            return None
    return raw * register.scale + register.offset


def _number(register: Register, words: Sequence[int] | Sequence[bool]) -> float:
    ordered = [int(word) & 0xFFFF for word in words[: register.size]]
    if register.words == "little":
        ordered.reverse()
    packed = b"".join(word.to_bytes(2, "big" if register.bytes == "big" else "little") for word in ordered)
    (found,) = struct.unpack(_FORMAT[register.type], packed)
    return float(found)
