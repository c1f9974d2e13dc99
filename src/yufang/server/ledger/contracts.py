"""What leaves the room."""

from __future__ import annotations

from datetime import datetime

from yufang.server.errors import Contract


class CheckpointOut(Contract):
    """The root of the log's first `size` leaves; hashes are hexadecimal."""

    size: int
    root_hash: str
    at: datetime | None


class EntryRow(Contract):
    index: int
    at: datetime
    action: str
    actor: str
    subject: str
    sentence_zh: str
    sentence_en: str
    leaf_hash: str


class EntryPage(Contract):
    total: int
    items: list[EntryRow]


class ProofOut(Contract):
    """RFC 6962 inclusion proof: audit `path` from the leaf to the root of the first `size` leaves."""

    index: int
    size: int
    leaf_hash: str
    root_hash: str
    path: list[str]


class Verification(Contract):
    """Result of re-hashing the whole log. `first_bad_index`: the first leaf that isn't what was written."""

    ok: bool
    size: int
    first_bad_index: int | None
    reason: str
