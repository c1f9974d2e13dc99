"""Values of the database that are sealed: their form, the ring they are sealed with, and where they stand.

A sealed value is text: `y1.KEY.BOX`, the id of its key and the base64url of nonce, ciphertext and tag. It is bound to
its table, column and row: moved elsewhere it doesn't open.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from yufang.server.privacy.ring import FileKeyRing, KeyProblem, KeyRing

_FORM = "y1"
KEY_FILE = "field_keys.json"


def ring() -> KeyRing:
    """The ring of this deployment."""
    return file_ring()


def file_ring() -> FileKeyRing:
    """The ring in the home folder, which can be turned."""
    return _ring_at(settings.CONFIG.home.resolve() / KEY_FILE)


@lru_cache(maxsize=8)
def _ring_at(file: Path) -> FileKeyRing:
    return FileKeyRing(file)


def seal(plain: bytes, column: str, row: object) -> str:
    """Seal `plain` for one row of `column` (`table.column`); `row` is a value of the row that stays."""
    key, box = ring().seal(plain, _bound(column, row))
    return f"{_FORM}.{key}.{base64.urlsafe_b64encode(box).decode()}"


def open_sealed(sealed: str, column: str, row: object) -> bytes:
    """What was sealed for this row of this column. Raises KeyProblem."""
    form, _, rest = sealed.partition(".")
    key, _, box = rest.partition(".")
    try:
        raw = base64.urlsafe_b64decode(box)
    except (binascii.Error, ValueError):
        raw = b""
    if form != _FORM or not raw:
        raise KeyProblem("加密字段格式不对，请从备份恢复。", "this is no sealed value; restore it from a backup")
    return ring().open(key, raw, _bound(column, row))


def is_sealed(value: str | bytes | None) -> bool:
    """Whether a stored value has the form of a sealed one."""
    text = bytes(value[:3]) if isinstance(value, bytes | memoryview) else (value or "")[:3].encode()
    return text == b"y1."


def fingerprint(purpose: str, text: str) -> str:
    """Blind index of a value, as 64 hex digits: equal values are found, none is read."""
    return ring().fingerprint(purpose, text.strip().upper().encode()).hex()


def _bound(column: str, row: object) -> bytes:
    if row is None:
        raise ValueError(f"{column}: the row that a sealed value is bound to has no value yet")
    return f"yufang\0{column}\0{row}".encode()


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values. `row` is the column that they are bound to; `before` opens what an earlier version
    left there (a plain value or another cipher), from the stored value to the plain bytes; None: nothing else was."""

    table: str
    column: str
    row: str
    key: str = "id"
    binary: bool = False
    before: Callable[[Any], bytes] | None = None

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


_COLUMNS: dict[str, SealedColumn] = {}


def register(column: SealedColumn) -> SealedColumn:
    """Say that a column holds sealed values, so that keys are turned and old values migrated in it."""
    _COLUMNS[column.name] = column
    return column


def columns() -> list[SealedColumn]:
    """Every column of sealed values."""
    return [_COLUMNS[name] for name in sorted(_COLUMNS)]
