"""What the ledger keeps of this room: ids, results, days and hashes of texts."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any


def text_hash(text: str) -> str:
    """Enough to prove a text, nothing to read in it."""
    return hashlib.sha256(text.encode()).hexdigest()


def answer_facts(item_id: int, result: str, note: str, hazard_id: int | None) -> dict[str, Any]:
    """Of an answer; `hazard` is the hazard that a finding opened."""
    return {"item": item_id, "result": result, "hazard": hazard_id, "note_sha256": text_hash(note)}


def photo_facts(item_id: int, sha256: str) -> dict[str, Any]:
    """Of a photo."""
    return {"item": item_id, "photo_sha256": sha256}


def order_facts(enterprise_id: int, deadline: date, hazard_ids: list[int], basis: str) -> dict[str, Any]:
    """Of an order as it was issued."""
    return {
        "enterprise": enterprise_id,
        "deadline": deadline.isoformat(),
        "hazards": hazard_ids,
        "basis_sha256": text_hash(basis),
    }
