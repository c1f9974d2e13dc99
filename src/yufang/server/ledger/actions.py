"""The only code that writes to the ledger."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

from yufang.ledger import canonical
from yufang.server.ledger import queries
from yufang.server.ledger.contracts import CheckpointOut
from yufang.server.ledger.models import Checkpoint
from yufang.server.scope import Actor, action


def append(acting_user: Actor, path: str, name: str, subject: str, facts: dict[str, Any]) -> int:
    """Append the leaf of action `name` on `subject` (`room:id`) in the running transaction; returns its index.

    `facts` say what was done without personal data: ids and hashes, no names and no free text. Appends wait for one
    another until the transaction ends, so the log has no gap and no fork.
    """
    at = timezone.now()
    event = {
        "action": name,
        "actor": acting_user.person_id,
        "at": at.isoformat(timespec="microseconds"),
        "subject": subject,
        "facts": facts,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT yufang_ledger_append(%s, %s, %s, %s, %s, %s)",
            [path, at, acting_user.person_id, name, subject, canonical(event)],
        )
        row = cursor.fetchone()
    return int(row[0])


@action
def keep_checkpoint(acting_user: Actor) -> CheckpointOut:
    """Keep the root of the log as it stands, so that a later rewrite of bytes and hashes together shows."""
    now = queries.checkpoint()
    if now.size:
        Checkpoint.objects.bulk_create(
            [Checkpoint(size=now.size, root_hash=bytes.fromhex(now.root_hash), at=timezone.now())],
            ignore_conflicts=True,
        )
    return now


def append_load(acting_user: Actor, path: str, name: str, rows: int, content: str) -> int:
    """Append the one leaf of a bulk load: how many rows, and the hash of their content."""
    return append(acting_user, path, name, "load:", {"rows": rows, "content_sha256": content})
