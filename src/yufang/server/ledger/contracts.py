"""What leaves the room."""

from __future__ import annotations

from datetime import datetime

from yufang.server.errors import Contract


class CheckpointOut(Contract):
    """The root of the log's first `size` leaves; hashes are hexadecimal."""

    size: int
    root_hash: str
    at: datetime | None


class WitnessRow(Contract):
    """A witness that is asked to cosign. `size`: what it last cosigned; `problem`: what is wrong now, "" if nothing."""

    name: str
    url: str
    size: int
    cosigned_at: datetime | None
    problem: str


class SignedCheckpoint(Contract):
    """The newest checkpoint that the log signed: the note as published, its parts, and who cosigned it or one before.

    `key` verifies the log's signature; `behind`: leaves appended since. Empty strings before the first was signed.
    """

    origin: str
    key: str
    size: int
    root_hash: str
    at: datetime | None
    note: str
    behind: int
    cosigned_size: int
    witnesses: list[WitnessRow]


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


class ConsistencyOut(Contract):
    """RFC 6962 consistency proof that the log of `size` leaves begins with that of `old`."""

    old: int
    size: int
    old_root_hash: str
    root_hash: str
    path: list[str]


class FindingOut(Contract):
    """Something that isn't what it was. `kind` says what, `where` which row or file, `first` … `last` which leaves."""

    kind: str
    first: int | None
    last: int | None
    where: str
    zh: str
    en: str


class Verification(Contract):
    """Result of re-hashing the whole log. `first_bad_index`: the first leaf that isn't what was written."""

    ok: bool
    size: int
    first_bad_index: int | None
    reason: str
    findings: tuple[FindingOut, ...] = ()
    at: datetime | None = None
    seconds: float = 0.0


class RetentionRow(Contract):
    """How long one type of record is kept; periods are ISO 8601 (P1Y), "" for none. See floor 1 `ledger.retention`."""

    type: str
    zh: str
    en: str
    since: str
    at_least: str
    at_most: str
    source: str
    verified: bool
