"""Turning keys: a new key goes to work, every row is sealed anew in batches, and the old key retires when none is left.

Each batch is a transaction of its own. Killed anywhere, the next run goes on: rows are under the old key or the new,
both are in the ring, and the ring says which one is leaving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from yufang.server.ledger import actions as ledger
from yufang.server.privacy import vault
from yufang.server.privacy.ring import KeyProblem
from yufang.server.privacy.vault import SealedColumn
from yufang.server.scope import Actor, action
from yufang.server.sensing import actions as sensing

BATCH = 500


@dataclass(frozen=True, slots=True)
class Turned:
    """A turn that ended: the key that retired, the one at work, values sealed anew by column."""

    old: str
    new: str
    values: dict[str, int]


def rotate(
    acting_user: Actor, now: datetime, tell: Callable[[str, int], None] = lambda c, n: None, batch: int = BATCH
) -> Turned:
    """Turn the key, or end the turn that an earlier run began. `tell` hears of each batch (column, values so far)."""
    ring = vault.file_ring()
    old, new = ring.turn(now)
    values: dict[str, int] = {}
    for column in vault.columns():
        values[column.name] = 0
        # A request that sealed just before the turn may commit behind a pass: passes go on until one finds nothing.
        while found := sum(_batches(acting_user, column, _under(column, old), _reseal, batch, tell)):
            values[column.name] += found
    _leaf(acting_user, "privacy.keys_turned", old, {"to": new, "values": sum(values.values())})
    ring.retire(old)
    return Turned(old, new, values)


def seal_plain(
    acting_user: Actor, tell: Callable[[str, int], None] = lambda c, n: None, batch: int = BATCH
) -> dict[str, int]:
    """Seal what earlier versions left plain or under another cipher; again does nothing. Values by column."""
    values: dict[str, int] = {}
    for column in vault.columns():
        if column.before is not None:
            values[column.name] = sum(_batches(acting_user, column, _unsealed(column), _seal_first, batch, tell))
    values["sensing_channel.last_value"] = sensing.forget_personal_values(acting_user)
    if any(values.values()):
        _leaf(acting_user, "privacy.values_sealed", "fields", {"values": sum(values.values())})
    return values


def rows_under(acting_user: Actor, key_id: str) -> dict[str, int]:
    """How many values of each column a key still seals."""
    return {column.name: _count(acting_user, column, key_id) for column in vault.columns()}


def destroy(acting_user: Actor, key_id: str) -> None:
    """Destroy a retired key that no row carries. Raises KeyProblem."""
    used = {name: n for name, n in rows_under(acting_user, key_id).items() if n}
    if used:
        where = ", ".join(f"{name}: {n}" for name, n in used.items())
        raise KeyProblem(
            f"仍有数据使用密钥 {key_id}（{where}），请先运行 yufang privacy rotate-keys。",
            f"values are still under the key {key_id} ({where}); run yufang privacy rotate-keys first",
        )
    vault.file_ring().destroy(key_id)
    _leaf(acting_user, "privacy.key_destroyed", key_id, {})


Change = Callable[[SealedColumn, Any, Any], Any]


def _batches(
    acting_user: Actor,
    column: SealedColumn,
    condition: tuple[str, list[Any]],
    change: Change,
    size: int,
    tell: Callable[[str, int], None],
) -> Iterator[int]:
    """Go through a column by key; yields how many values each batch changed."""
    after, total = None, 0
    while True:
        changed, after = _batch(acting_user, column, condition, change, size, after)
        if after is None:
            return
        total += changed
        yield changed
        tell(column.name, total)


@action
def _batch(
    acting_user: Actor, column: SealedColumn, condition: tuple[str, list[Any]], change: Change, size: int, after: Any
) -> tuple[int, Any]:
    sql, params = condition
    beyond = f"AND {column.key} > %s" if after is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column.key}, {column.row}, {column.column} FROM {column.table} "
            f"WHERE {sql} {beyond} ORDER BY {column.key} LIMIT %s FOR UPDATE",
            [*params, *([after] if after is not None else []), size],
        )
        rows = cursor.fetchall()
        for key, row, value in rows:
            fresh = change(column, row, value)
            cursor.execute(f"UPDATE {column.table} SET {column.column} = %s WHERE {column.key} = %s", [fresh, key])
    return len(rows), rows[-1][0] if rows else None


def _reseal(column: SealedColumn, row: Any, value: Any) -> Any:
    return _stored(column, vault.open_sealed(_text(value), column.name, row), row)


def _seal_first(column: SealedColumn, row: Any, value: Any) -> Any:
    assert column.before is not None
    return _stored(column, column.before(bytes(value) if column.binary else value), row)


def _stored(column: SealedColumn, plain: bytes, row: Any) -> Any:
    sealed = vault.seal(plain, column.name, row)
    return sealed.encode() if column.binary else sealed


def _text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode()


def _under(column: SealedColumn, key_id: str) -> tuple[str, list[Any]]:
    return _begins(column, f"y1.{key_id}.", "=")


def _unsealed(column: SealedColumn) -> tuple[str, list[Any]]:
    sql, params = _begins(column, "y1.", "<>")
    return f"({sql} AND {column.column} IS NOT NULL AND length({column.column}) > 0)", params


def _begins(column: SealedColumn, prefix: str, sign: str) -> tuple[str, list[Any]]:
    start: Any = prefix.encode() if column.binary else prefix
    return f"substring({column.column} FROM 1 FOR {len(prefix)}) {sign} %s", [start]


@action
def _count(acting_user: Actor, column: SealedColumn, key_id: str) -> int:
    sql, params = _under(column, key_id)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {column.table} WHERE {sql}", params)
        return int(cursor.fetchone()[0])


@action
def _leaf(acting_user: Actor, name: str, subject: str, facts: dict[str, Any]) -> None:
    ledger.append(acting_user, acting_user.scope, name, f"keys:{subject}", facts)
