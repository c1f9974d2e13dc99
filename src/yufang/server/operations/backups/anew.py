"""The ledger of a home folder that was restored to before what was published.

Whoever holds a published checkpoint that is ahead of the restored database would see other leaves in place of those
that are gone: a fork. So the log goes on under a new name and key, and says which one it continues (`CONTINUES`, which
becomes a leaf at the next start). What was published stays beside it and still proves what was there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg

from yufang.ledger.checkpoint import TreeHead, open_checkpoint
from yufang.ledger.note import NoteError, read_key
from yufang.server.ledger.keeping import CONTINUES


def begin_anew(home: Path, params: dict[str, Any], leaves: int) -> TreeHead | None:
    """Set the published log of `home` aside where it is ahead of the database's `leaves`; returns its head then.

    Nothing is done where the log's key lies outside of the home folder: the operator's own key isn't ours to replace.
    """
    folder, key = home / "ledger", home / "ledger_key"
    told = _published(folder)
    if told is None or told.size <= leaves or not key.exists():
        return None
    aside = home / f"ledger-until-{told.size}"
    folder.rename(aside)
    key.rename(aside / key.name)
    folder.mkdir(mode=0o700)
    (folder / "keys").write_bytes((aside / "keys").read_bytes())  # earlier checkpoints stay verifiable
    continues = {"origin": told.origin, "published": told.size, "root_hash": told.root.hex(), "kept": leaves}
    (folder / CONTINUES).write_text(json.dumps(continues), encoding="utf-8")
    with psycopg.connect(**params) as connection:
        connection.execute("DELETE FROM ledger_head")
    return told


def _published(folder: Path) -> TreeHead | None:
    """The head that stands in the folder; None where none does, or one that isn't ours (`ledger verify` names it)."""
    try:
        keys = [read_key(line) for line in (folder / "keys").read_text(encoding="utf-8").split()]
        return open_checkpoint((folder / "checkpoint").read_bytes(), keys).head
    except (OSError, ValueError, NoteError):
        return None
