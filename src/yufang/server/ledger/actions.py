"""The only code that writes to the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection
from django.utils import timezone

from yufang.ledger import canonical
from yufang.ledger.commitments import SALT_BYTES, commitment
from yufang.server.ledger import durable, queries
from yufang.server.ledger.contracts import CheckpointOut
from yufang.server.ledger.models import Checkpoint, Head, Salt
from yufang.server.scope import Actor, action, at_the_end, do_what_is_left


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf to append: the organisation's path, the action's name, its subject (`room:id`) and the facts."""

    path: str
    name: str
    subject: str
    facts: dict[str, Any]


def append_last(
    acting_user: Actor,
    path: str,
    name: str,
    subject: str,
    facts: dict[str, Any],
    then: Callable[[int], object] = lambda index: None,
) -> None:
    """`append` as the last thing of the outermost action: nobody waits while the rest of it is worked out.

    then: what needs the index, such as saving the row that speaks of the leaf. Leaves keep the order in which they were
    asked for: an `append` in between appends what was put off first.
    """
    at = timezone.now()
    at_the_end(lambda: then(_append(acting_user, path, name, subject, facts, at)))


def append(acting_user: Actor, path: str, name: str, subject: str, facts: dict[str, Any]) -> int:
    """Append the leaf of action `name` on `subject` (`room:id`) in the running transaction; returns its index.

    `facts` say what was done without personal data: ids and hashes, no names and no free text; `commit_to` gives what
    may stand for personal data. Appends wait for one another until the transaction's commit is written, so the log has
    no gap and no fork: append last (`append_last`), or many at once by `append_many`.
    """
    do_what_is_left()
    return _append(acting_user, path, name, subject, facts, timezone.now())


def _append(acting_user: Actor, path: str, name: str, subject: str, facts: dict[str, Any], at: datetime) -> int:
    leaf = _leaf(acting_user, Entry(path, name, subject, facts), at.isoformat(timespec="microseconds"))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT yufang_ledger_append(%s, %s, %s, %s, %s, %s), {durable.COMMIT_FIRST}",
            [path, at, acting_user.person_id, name, subject, leaf],
        )
        row = cursor.fetchone()
    durable.wait_after_commit()
    return int(row[0])


def append_many(acting_user: Actor, entries: Sequence[Entry]) -> range:
    """Append leaves in this order in the running transaction, in one round trip; returns their indices."""
    if not entries:
        return range(0)
    do_what_is_left()
    at = timezone.now()
    said = at.isoformat(timespec="microseconds")
    connection.ensure_connection()
    # Parameters in binary, past Django's cursor, which writes each byte of a leaf as four letters of SQL.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            "SELECT yufang_ledger_append_at(%b::timestamptz, %b::bigint, %b::text[], %b::text[], %b::text[], "
            f"%b::bytea[]), {durable.COMMIT_FIRST}",
            [
                at,
                acting_user.person_id,
                [entry.path for entry in entries],
                [entry.name for entry in entries],
                [entry.subject for entry in entries],
                [_leaf(acting_user, entry, said) for entry in entries],
            ],
        )
        row = cursor.fetchone()
    assert row is not None
    durable.wait_after_commit()
    return range(row[0], row[0] + len(entries))


def _leaf(acting_user: Actor, entry: Entry, at: str) -> bytes:
    return canonical(
        {
            "action": entry.name,
            "actor": acting_user.person_id,
            "at": at,
            "facts": entry.facts,
            "path": entry.path,
            "subject": entry.subject,
        }
    )


def append_load(acting_user: Actor, path: str, name: str, rows: int, content: str) -> int:
    """Append the one leaf of a bulk load: how many rows, and the hash of their content."""
    return append(acting_user, path, name, "load:", {"rows": rows, "content_sha256": content})


def commit_to(acting_user: Actor, path: str, subject: str, field: str, value: Any) -> str:
    """A salted commitment to personal data, to stand in the facts of a leaf in its place (hex). In the running
    transaction; the salt is kept beside the log until `erase_salts` removes it."""
    salt = secrets.token_bytes(SALT_BYTES)
    told = commitment(salt, value)
    Salt.objects.create(path=path, subject=subject, field=field, commitment=told, salt=salt)
    return told


def erase_salts(acting_user: Actor, subject: str) -> int:
    """Make every commitment made for `subject` say nothing: their salts go, the leaves stay. Returns how many."""
    return Salt.objects.filter(subject=subject).delete()[0]


@action
def keep_checkpoint(acting_user: Actor) -> CheckpointOut:
    """Keep the root of the log as it stands, so that a later rewrite of bytes and hashes together shows."""
    now = queries.checkpoint()
    if now.size:
        kept = {head.kind: head for head in Head.objects.all()}
        rows = [Checkpoint(size=now.size, root_hash=bytes.fromhex(now.root_hash), at=timezone.now())]
        best = kept.get(Head.Kind.COSIGNED) or kept.get(Head.Kind.SIGNED)
        if best is not None and best.size != now.size:
            rows.append(Checkpoint(size=best.size, root_hash=best.root_hash, at=best.at, note=best.note))
        elif best is not None and bytes(best.root_hash) == bytes(rows[0].root_hash):
            rows[0].note = best.note
        Checkpoint.objects.bulk_create(rows, ignore_conflicts=True)
    return now
