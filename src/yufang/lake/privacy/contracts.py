"""What is found in a text that belongs to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "identity", "phone", "plate", "card", "address", "email"]
KINDS: tuple[Kind, ...] = ("name", "identity", "phone", "plate", "card", "address", "email")
# What masked texts call each kind: Chinese, English.
LABELS: dict[Kind, tuple[str, str]] = {
    "name": ("姓名", "NAME"),
    "identity": ("身份证", "ID"),
    "phone": ("电话", "PHONE"),
    "plate": ("车牌", "PLATE"),
    "card": ("银行卡", "CARD"),
    "address": ("住址", "ADDRESS"),
    "email": ("邮箱", "EMAIL"),
}


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """Personal data at [start, end) of a text: its kind, how sure that is (0-1) and why."""

    start: int
    end: int
    kind: Kind
    confidence: float
    why: str
