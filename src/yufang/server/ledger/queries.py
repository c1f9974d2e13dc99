"""Reads of the ledger: checkpoint, entries, proofs, verification."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import connection

from yufang.ledger import CompactRange, Tree
from yufang.server.accounts.models import Person
from yufang.server.errors import not_found
from yufang.server.ledger.contracts import CheckpointOut, EntryPage, EntryRow, ProofOut
from yufang.server.ledger.models import Leaf
from yufang.server.ledger.sentences import sentences
from yufang.server.paging import window


def _hashes() -> tuple[list[bytes], datetime | None]:
    """Every leaf hash in order, and the time of the newest leaf. Hashes tell nothing, so no scope applies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT leaf_hash, at FROM yufang_ledger_hashes()")
        rows = cursor.fetchall()
    return [bytes(row[0]) for row in rows], rows[-1][1] if rows else None


def checkpoint() -> CheckpointOut:
    """Size and root of the log as it stands."""
    hashes, at = _hashes()
    log = CompactRange()
    for leaf in hashes:
        log.append(leaf)
    return CheckpointOut(size=log.size, root_hash=log.root().hex(), at=at)


def entries(page: int, size: int) -> EntryPage:
    """The log, newest first."""
    leaves = Leaf.objects.order_by("-index")
    found = list(leaves[window(page, size)])
    actors = Person.objects.filter(id__in={leaf.actor_id for leaf in found})
    people = {p.pk: (p.name, p.name_en or p.name) for p in actors}
    return EntryPage(total=leaves.count(), items=[_entry(leaf, people) for leaf in found])


def _entry(leaf: Leaf, people: dict[int, tuple[str, str]]) -> EntryRow:
    unknown = "yufang" if leaf.actor_id is None else f"#{leaf.actor_id}"
    by = people.get(leaf.actor_id or 0, (unknown, unknown))
    zh, en = sentences(leaf.action, by, leaf.subject, bytes(leaf.data))
    return EntryRow(
        index=leaf.index,
        at=leaf.at,
        action=leaf.action,
        actor=by[0],
        subject=leaf.subject,
        sentence_zh=zh,
        sentence_en=en,
        leaf_hash=bytes(leaf.leaf_hash).hex(),
    )


def proof(index: int) -> ProofOut:
    """Inclusion proof of one leaf in the log as it stands."""
    if not Leaf.objects.filter(index=index).exists():
        raise not_found()
    tree = Tree(_hashes()[0])
    return ProofOut(
        index=index,
        size=len(tree),
        leaf_hash=tree.leaf(index).hex(),
        root_hash=tree.root().hex(),
        path=[step.hex() for step in tree.inclusion_proof(index)],
    )


def newest_content(action: str, path: str) -> str:
    """Content hash of the newest load of this kind for the organisation at `path`; "" before the first."""
    leaf = Leaf.objects.filter(action=action, path=path).order_by("-index").first()
    return str(json.loads(bytes(leaf.data))["facts"]["content_sha256"]) if leaf else ""
