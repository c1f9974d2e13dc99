"""Reads of agreements: both sides see them, the giver sees who read."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.db import connection
from django.db.models import Count

from yufang.server.errors import not_found
from yufang.server.privacy.contracts import PartnerOut, SharedReadOut, SharingAgreementOut
from yufang.server.privacy.models import SharingAgreement, SharingRead, SharingWord
from yufang.server.scope import Actor

State = Literal["proposed", "active", "declined", "revoked", "expired"]


def state_of(row: SharingAgreement, now: datetime) -> State:
    """proposed, active, declined, revoked or expired."""
    if row.revoked_at is not None:
        return "revoked"
    word = SharingWord.objects.filter(agreement=row).values_list("word", flat=True).first()
    if word == SharingWord.Word.DECLINED:
        return "declined"
    if row.until <= now:
        return "expired"
    return "active" if word == SharingWord.Word.ACCEPTED else "proposed"


def agreements(acting_user: Actor, now: datetime) -> list[SharingAgreementOut]:
    """Agreements that one's organisation gives or receives by, newest first."""
    rows = SharingAgreement.objects.order_by("-id")[:200]
    reads = dict(
        SharingRead.objects.filter(agreement__in=[row.pk for row in rows])
        .values_list("agreement")
        .annotate(Count("id"))
        .order_by()
    )
    return [_out(acting_user, row, reads.get(row.pk, 0), now) for row in rows]


def agreement(acting_user: Actor, agreement_id: int, now: datetime) -> SharingAgreementOut:
    """One agreement. Refuses with 404."""
    row = SharingAgreement.objects.filter(id=agreement_id).first()
    if row is None:
        raise not_found()
    return _out(acting_user, row, SharingRead.objects.filter(agreement=row).count(), now)


def _out(acting_user: Actor, row: SharingAgreement, reads: int, now: datetime) -> SharingAgreementOut:
    state = state_of(row, now)
    word = SharingWord.objects.filter(agreement=row).first()
    gives, gets = row.path.startswith(acting_user.scope), row.receiver_path.startswith(acting_user.scope)
    may = acting_user.may("privacy.share")
    return SharingAgreementOut(
        id=row.pk,
        side="both" if gives and gets else ("giver" if gives else "receiver"),
        giver=row.giver_name,
        receiver=row.receiver_name,
        datasets=row.datasets,
        purpose=row.purpose,
        legal_basis=row.legal_basis,
        min_cell=row.min_cell,
        until=row.until,
        state=state,
        proposed_by=row.proposed_by_name,
        proposed_at=row.proposed_at,
        answered_by=word.by_name if word else None,
        answered_at=word.at if word else None,
        revoked_at=row.revoked_at,
        revoked_why=row.revoked_why,
        may_answer=may and state == "proposed" and acting_user.scope == row.receiver_path,
        may_read=may and state == "active" and acting_user.scope == row.receiver_path,
        may_revoke=may and state in ("proposed", "active") and acting_user.scope == row.path,
        reads=reads,
    )


def reads(acting_user: Actor, agreement_id: int) -> list[SharedReadOut]:
    """Who read what by an agreement, for the giver's side. Refuses with 404."""
    row = SharingAgreement.objects.filter(id=agreement_id).first()
    if row is None or not row.path.startswith(acting_user.scope):
        raise not_found()
    return [
        SharedReadOut(dataset=one.dataset, by=one.by_name, rows=one.rows, at=one.at)
        for one in SharingRead.objects.filter(agreement=row).order_by("-at", "-id")[:500]
    ]


def partners_with_paths() -> list[tuple[int, str, str]]:
    """(id, name, path) of organisations that something can be shared with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name, path FROM yufang_sharing_partners()")
        return [(int(number), name, path) for number, name, path in cursor.fetchall()]


def partners(acting_user: Actor) -> list[PartnerOut]:
    """The same for a person to choose from, without one's own and those above, who see it anyway."""
    return [
        PartnerOut(id=number, name=name)
        for number, name, path in partners_with_paths()
        if not acting_user.scope.startswith(path)
    ]
