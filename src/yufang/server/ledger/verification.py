"""Verification of the ledger in the database: stored bytes, kept checkpoints, and the rows that leaves speak of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from yufang.ledger import Checkpoint as Point
from yufang.ledger import VerifyReport, verify
from yufang.server.ledger.contracts import Verification
from yufang.server.ledger.models import Checkpoint

# A room tells which rows leaves speak of: (leaf index, what the row is called, facts that the leaf must hold).
Witness = Callable[[], Iterable[tuple[int, str, dict[str, Any]]]]
_witnesses: list[Witness] = []

_REASONS = {
    "altered": "the bytes of leaf {first} are not those that were appended",
    "hash_altered": "the stored hash of leaf {first} was changed; its bytes are whole",
    "missing": "leaf {first} has a hash and no bytes",
    "surplus": "leaf {first} has bytes and no hash",
    "rewritten": "leaves {first} to {last} were rewritten together with their hashes: a kept checkpoint differs",
    "shorter": "leaf {first} is gone: a kept checkpoint has it",
}


def witness(source: Witness) -> Witness:
    """Register the rows of a room. Called from the room's `apps.py`."""
    if source not in _witnesses:
        _witnesses.append(source)
    return source


def verify_database() -> Verification:
    """Re-hash every stored leaf, compare the kept checkpoints, then the rows that leaves speak of.

    Needs a scope that covers the whole tree (`scoped(Actor.platform())`). Names the first leaf that isn't what was
    written.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT index, data, leaf_hash FROM ledger_leaf ORDER BY index")
        rows = [(int(i), bytes(data), bytes(kept)) for i, data, kept in cursor.fetchall()]
    points = [Point(size, bytes(root)) for size, root in Checkpoint.objects.values_list("size", "root_hash")]
    report = verify([data for _, data, _ in rows], [kept for _, _, kept in rows], points)
    gap = next((n for n, (index, _, _) in enumerate(rows) if index != n), None)
    if gap is not None and (report.first is None or gap <= report.first):
        return _bad(len(rows), gap, f"leaf {gap} is missing")
    if not report.ok:
        return _told(report)
    changed = _first_changed_row(rows)
    return changed or Verification(ok=True, size=len(rows), first_bad_index=None, reason="")


def _bad(size: int, index: int, reason: str) -> Verification:
    return Verification(ok=False, size=size, first_bad_index=index, reason=reason)


def _told(report: VerifyReport) -> Verification:
    reason = _REASONS[report.verdict].format(first=report.first, last=report.last)
    return _bad(report.size, report.first or 0, reason)


def _first_changed_row(rows: list[tuple[int, bytes, bytes]]) -> Verification | None:
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
