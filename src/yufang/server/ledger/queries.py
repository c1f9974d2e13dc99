"""Reads of the ledger: checkpoints, entries, proofs."""

from __future__ import annotations

import json

from django.db import connection
from django.db.models import Q

from yufang.ledger import retention_rules
from yufang.ledger.note import NoteError, read_note
from yufang.ledger.proof import Proof, write_proofs
from yufang.ledger.retention import Period
from yufang.ledger.tiles import WIDTH, Tile, TileError, bundle, width_in
from yufang.server.accounts.models import Person
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import keeping, tree
from yufang.server.ledger.contracts import (
    CheckpointOut,
    ConsistencyOut,
    EntryPage,
    EntryRow,
    FindingOut,
    ProofOut,
    RetentionRow,
    SignedCheckpoint,
    Verification,
    WitnessRow,
)
from yufang.server.ledger.models import Head, Leaf, Verified, Witness
from yufang.server.ledger.sentences import sentences
from yufang.server.paging import window

MOST_LEAVES_OF_A_RECORD = 500
MOST_COUNTED = 1_000
# (database, scope, subject) → up to which leaf was counted, and how many there were.
_counted: dict[tuple[str, str, str, str], tuple[int, int]] = {}


def checkpoint() -> CheckpointOut:
    """Size and root of the log as it stands."""
    leaves, at = tree.size()
    try:
        return CheckpointOut(size=leaves, root_hash=tree.tree(leaves).root().hex(), at=at)
    except TileError as error:
        raise tree.damaged(error) from error


def signed_checkpoint() -> SignedCheckpoint:
    """The newest checkpoint that was signed, and what its witnesses say."""
    heads = {head.kind: head for head in Head.objects.all()}
    head, cosigned = heads.get(Head.Kind.SIGNED), heads.get(Head.Kind.COSIGNED)
    rows = {row.name: row for row in Witness.objects.all()}
    told = []
    try:
        wanted = keeping.witnesses()
    except NoteError as error:  # the operator sees it where the witnesses would stand
        wanted = []
        told.append(WitnessRow(name="YUFANG_LEDGER_WITNESSES", url="", size=0, cosigned_at=None, problem=str(error)))
    for asked in wanted:
        row = rows.get(asked.key.name) or Witness(name=asked.key.name)
        told.append(
            WitnessRow(name=row.name, url=asked.url, size=row.size, cosigned_at=row.cosigned_at, problem=row.problem)
        )
    newest = cosigned if cosigned and head and cosigned.size == head.size else head
    return SignedCheckpoint(
        origin=head.note.partition("\n")[0] if head else "",
        key=str(keeping.signer().key) if head else "",
        size=head.size if head else 0,
        root_hash=bytes(head.root_hash).hex() if head else "",
        at=head.at if head else None,
        note=newest.note if newest else "",
        behind=tree.size()[0] - (head.size if head else 0),
        cosigned_size=cosigned.size if cosigned else 0,
        witnesses=told,
    )


def entries(page: int, size: int, subject: str = "") -> EntryPage:
    """The log, newest first; with `subject` (`hazard:17`) the leaves of one record."""
    leaves = Leaf.objects.filter(Q(subject=subject) if subject else Q()).order_by("-index")
    found = list(leaves[window(page, size)])
    actors = Person.objects.filter(id__in={leaf.actor_id for leaf in found})
    people = {p.pk: (p.name, p.name_en or p.name) for p in actors}
    return EntryPage(total=_count(subject), items=[_entry(leaf, people) for leaf in found])


def _count(subject: str) -> int:
    """How many leaves the scope shows, of one record or of all. What was counted before is not counted again: leaves
    are never taken away, so that only those behind the last count are looked at."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('yufang.scope', true)")
        [scope] = cursor.fetchone()
        if scope == "/" and not subject:
            return checkpoint_size()
        key = (str(connection.settings_dict["HOST"]), str(connection.settings_dict["NAME"]), scope, subject)
        upto, counted = _counted.get(key, (0, 0))
        # One statement sees one moment: what comes meanwhile is counted the next time.
        cursor.execute(
            "SELECT coalesce((SELECT size FROM yufang_ledger_size()), 0), "
            "(SELECT count(*) FROM ledger_leaf WHERE index >= %s AND (%s = '' OR subject = %s))",
            [upto, subject, subject],
        )
        size, more = cursor.fetchone()
        if size < upto:  # the database was restored to an earlier moment
            _counted.pop(key, None)
            return _count(subject)
    if len(_counted) >= MOST_COUNTED:
        _counted.clear()
    _counted[key] = (size, counted + int(more))
    return counted + int(more)


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
    log = tree.tree()
    try:
        return ProofOut(
            index=index,
            size=len(log),
            leaf_hash=log.leaf(index).hex(),
            root_hash=log.root().hex(),
            path=[step.hex() for step in log.inclusion_proof(index)],
        )
    except TileError as error:
        raise tree.damaged(error) from error


def consistency(old: int) -> ConsistencyOut:
    """Proof that the log as it stands begins with its first `old` leaves."""
    leaves = tree.size()[0]
    if not 0 <= old <= leaves:
        raise Refused(
            422,
            "size_beyond",
            f"账本只有 {leaves} 条，没有 {old} 条的检查点。",
            f"The ledger has {leaves} leaves; there is no checkpoint of {old}.",
            "old",
        )
    try:
        log = tree.tree(leaves)
        return ConsistencyOut(
            old=old,
            size=leaves,
            old_root_hash=log.root(old).hex(),
            root_hash=log.root().hex(),
            path=[step.hex() for step in log.consistency_proof(old)],
        )
    except TileError as error:
        raise tree.damaged(error) from error


def proofs(*, index: int | None = None, subject: str = "") -> list[Proof]:
    """What proves one leaf, or all leaves of one record, against the newest checkpoint that covers them.

    Refuses with 404 where the scope shows none, with 409 where a leaf is younger than the newest checkpoint.
    """
    chosen = Q(index=index) if index is not None else Q(subject=subject)
    leaves = list(Leaf.objects.filter(chosen).order_by("index")[:MOST_LEAVES_OF_A_RECORD])
    if not leaves:
        raise not_found()
    covering = Head.objects.filter(size__gt=leaves[-1].index)
    # A checkpoint with witnesses says more than a newer one without.
    head = covering.filter(kind=Head.Kind.COSIGNED).first() or covering.first()
    if head is None:
        raise Refused(
            409,
            "not_signed_yet",
            "这条记录还没有进入签名检查点，请几秒后重试。",
            "This record is not covered by a signed checkpoint yet; try again in a few seconds.",
        )
    log = tree.tree(head.size)
    note = read_note(head.note)
    try:
        return [Proof(bytes(e.data), e.index, tuple(log.inclusion_proof(e.index)), note) for e in leaves]
    except TileError as error:
        raise tree.damaged(error) from error


def proof_file(*, index: int | None = None, subject: str = "") -> str:
    """The proof file of one leaf or one record. Refuses as `proofs` does."""
    return write_proofs(proofs(index=index, subject=subject))


def entry_bundle(tile: Tile) -> bytes:
    """A bundle of entries, for whoever's scope holds every one. Refuses with 404 what isn't there, 403 the rest."""
    if tile.width > width_in(checkpoint_size(), 0, tile.index):
        raise not_found()
    first = tile.index * WIDTH
    rows = Leaf.objects.filter(index__gte=first, index__lt=first + tile.width).order_by("index")
    entries = [bytes(data) for data in rows.values_list("data", flat=True)]
    if len(entries) < tile.width:
        raise Refused(
            403,
            "beyond_scope",
            "这一段账本含有您权限范围以外的记录；请改用 /api/ledger/stream。",
            "This part of the ledger holds entries beyond your scope; use /api/ledger/stream.",
        )
    return bundle(entries)


def checkpoint_size() -> int:
    """How many leaves there are."""
    return tree.size()[0]


def newest_content(action: str, path: str) -> str:
    """Content hash of the newest load of this kind for the organisation at `path`; "" before the first."""
    leaf = Leaf.objects.filter(action=action, path=path).order_by("-index").first()
    return str(json.loads(bytes(leaf.data))["facts"]["content_sha256"]) if leaf else ""


def last_verification() -> Verification | None:
    """What the newest verification of the whole log found; None before the first."""
    row = Verified.objects.order_by("-id").first()
    if row is None:
        return None
    findings = tuple(FindingOut(**finding) for finding in row.findings)
    named = [finding.first for finding in findings if finding.first is not None]
    return Verification(
        ok=not findings,
        size=row.size,
        first_bad_index=min(named, default=None),
        reason=findings[0].en if findings else "",
        findings=findings,
        at=row.at,
        seconds=row.seconds,
    )


def retention() -> list[RetentionRow]:
    """How long records are kept, by type."""
    return [
        RetentionRow(
            type=rule.type,
            zh=rule.zh,
            en=rule.en,
            since=rule.since,
            at_least=_iso(rule.at_least),
            at_most=_iso(rule.at_most),
            source=rule.source,
            verified=rule.verified,
        )
        for rule in retention_rules().values()
    ]


def _iso(period: Period | None) -> str:
    if period is None:
        return ""
    parts = ((period.years, "Y"), (period.months, "M"), (period.days, "D"))
    return "P" + "".join(f"{count}{unit}" for count, unit in parts if count)
