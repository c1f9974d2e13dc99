"""Verification of the ledger in the database: the stored bytes, the kept checkpoints, and the rows that leaves speak of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from yufang.server.ledger._temporary import leaf_hash, root_hash
from yufang.server.ledger.contracts import Verification
from yufang.server.ledger.models import Checkpoint

# A room tells which rows leaves speak of: (leaf index, what the row is called, facts that the leaf must hold).
Witness = Callable[[], Iterator[tuple[int, str, dict[str, Any]]]]
_witnesses: list[Witness] = []


def witness(source: Witness) -> Witness:
    """Register the rows of a room. Called from the room's `apps.py`."""
    if source not in _witnesses:
        _witnesses.append(source)
    return source


def verify_database() -> Verification:
    """Re-hash every stored leaf, compare the kept checkpoints, then the rows that leaves speak of.

    Needs a scope that covers the whole tree. Names the first leaf that isn't what was written.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT index, data, leaf_hash FROM ledger_leaf ORDER BY index")
        rows = [(int(i), bytes(data), bytes(kept)) for i, data, kept in cursor.fetchall()]
    size = len(rows)
    for expected, (index, data, kept) in enumerate(rows):
        if index != expected:
            return _bad(size, expected, f"leaf {expected} is missing")
        if leaf_hash(data) != kept:
            return _bad(size, index, f"the bytes of leaf {index} are not what was appended")
    return _check_roots([kept for _, _, kept in rows]) or _check_rows(rows) or Verification(
        ok=True, size=size, first_bad_index=None, reason=""
    )


def _bad(size: int, index: int, reason: str) -> Verification:
    return Verification(ok=False, size=size, first_bad_index=index, reason=reason)


def _check_roots(hashes: list[bytes]) -> Verification | None:
    """A leaf whose bytes and hash were changed together is given away by the checkpoint after it."""
    good = 0
    for size, root in Checkpoint.objects.order_by("size").values_list("size", "root_hash"):
        if size > len(hashes):
            return _bad(len(hashes), len(hashes), f"leaf {len(hashes)} is missing: a checkpoint has {size}")
        if root_hash(hashes[:size]) != bytes(root):
            return _bad(
                len(hashes), good, f"one of the leaves {good} to {size - 1} was written anew: the root differs"
            )
        good = size
    return None


def _check_rows(rows: list[tuple[int, bytes, bytes]]) -> Verification | None:
    """A business row that was changed behind the platform's back no longer says what its leaf says."""
    found: tuple[int, str] | None = None
    for source in _witnesses:
        for index, name, facts in source():
            if found is not None and index >= found[0]:
                continue
            if index >= len(rows):
                found = (index, f"{name} speaks of leaf {index}, which is missing")
                continue
            written = json.loads(rows[index][1])["facts"]
            if any(written.get(key) != value for key, value in facts.items()):
                found = (index, f"{name} no longer says what leaf {index} says")
    return _bad(len(rows), *found) if found else None
