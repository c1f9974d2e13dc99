"""Loads of many rows: COPY into a temporary table, then one INSERT … SELECT under row-level security.

COPY straight into a tenant table is refused to a role that policies bind, and should be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Staged:
    """Rows in the temporary table `stage`: how many, and the hash of their content."""

    rows: int
    content: str


def stage(columns: Mapping[str, str], rows: Iterable[Sequence[Any]], *, after: str = "") -> Staged:
    """Fill the temporary table `stage` (`columns`: name → SQL type). It goes when the transaction ends.

    `after` goes into the content hash: a load that stands on another is new when the other is.
    """
    digest, count = hashlib.sha256(after.encode()), 0
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS stage")
        cursor.execute(f"CREATE TEMP TABLE stage ({declared}) ON COMMIT DROP")
        with cursor.copy(f"COPY stage ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
                digest.update(repr(row).encode())
                count += 1
        cursor.execute("ANALYZE stage")
    return Staged(rows=count, content=digest.hexdigest())


def name_owners(region_id: int) -> None:
    """Fill the temporary table `owners` (id, path, key, name) with the enterprises of a region.

    Joined instead of the organisations themselves: the planner knows nothing yet of rows that this load brought, and
    only a table's owner may tell it.
    """
    run("DROP TABLE IF EXISTS owners")
    run(
        """
        CREATE TEMP TABLE owners ON COMMIT DROP AS SELECT id, path, key, name FROM accounts_organisation
        WHERE parent_id = %(region)s AND kind = 'enterprise'
        """,
        {"region": region_id},
    )
    run("ANALYZE owners")


def run(sql: str, params: Mapping[str, Any] | None = None) -> int:
    """Execute one statement; returns the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or {})
        return int(cursor.rowcount)


def as_json(value: Any) -> str:
    """JSON of contracts of floor 1 (frozen dataclasses with slots), nested as they come."""
    return json.dumps(value, ensure_ascii=False, default=_plain).replace("\\u0000", "")


def _plain(value: Any) -> Any:
    if hasattr(value, "__slots__"):
        return {name: getattr(value, name) for name in value.__slots__}
    return str(value)


def clean(text: str | None) -> str:
    """PostgreSQL keeps no NUL in texts; missing is empty."""
    return (text or "").replace("\x00", "")
