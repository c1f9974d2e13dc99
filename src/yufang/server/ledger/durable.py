"""Commits that reach the disk together: the log's lock ends when a commit is written, not when the disk has it.

Appends wait for one another from the append to the end of the transaction. An ordinary commit ends with a wait for the
disk, so that one write after another would each wait for it alone. Here the commit record is written (in the order of
the log), locks go, and only then the disk is waited for, together with all the others who wait: one flush serves all.
Whoever asked gets the answer after the flush, as ever. A crash in between loses what nobody was told of, from the end
of the log and without a gap: the write-ahead log holds commits in the order of their leaves.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

# In the same round trip as the append; it ends with the transaction, or with the savepoint that is rolled back.
COMMIT_FIRST = "set_config('synchronous_commit', 'off', true)"


def wait_after_commit() -> None:
    """Wait for the disk once the running transaction has committed, before anything else that waits for the commit."""
    hooks: list[Any] = connection.run_on_commit
    if not any(hook is flush for _, hook, _ in hooks):
        hooks.insert(0, (set(connection.savepoint_ids), flush, False))


def flush() -> None:
    """Return when everything that was committed so far is on the disk (and with the standbys that commits wait for).

    A transaction of its own: its commit waits as `synchronous_commit` says, and is behind all that came before it.
    """
    if connection.in_atomic_block:
        raise RuntimeError("what this transaction writes is not committed yet: flush behind it")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'yufang.ledger', '')")
