"""Reads: one's own page, the access log, requests, holds and retention."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from yufang.ledger.retention import retention_rules
from yufang.server.accounts import glass
from yufang.server.accounts.models import Person
from yufang.server.errors import not_found
from yufang.server.privacy.actions import details_out
from yufang.server.privacy.contracts import (
    Accesses,
    AccessOut,
    ErasureOut,
    ErasureOutcome,
    ExportOut,
    HoldOut,
    KeptOut,
    MyPrivacy,
    Retention,
    RetentionRuleOut,
    RetentionRunOut,
)
from yufang.server.privacy.exporting import concerns
from yufang.server.privacy.holdings import holdings
from yufang.server.privacy.models import ErasureRequest, LegalHold, PersonalAccess, PersonalExport, RetentionRun
from yufang.server.privacy.retention import confirmed
from yufang.server.scope import Actor

OWN_ACCESSES = 50
_ERASE = {
    "keep": ("依法保留，姓名换成假名。", "Kept, with a pseudonym for the name."),
    "delete": ("删除账号时删除。", "Deleted with an erasure."),
    "clear": ("删除账号时清空个人内容。", "Emptied of personal content with an erasure."),
}


def mine(acting_user: Actor) -> MyPrivacy:
    """All about oneself; one's own details are opened without a note. The actor is a person (404 otherwise)."""
    person = _person(acting_user.person_id or 0)
    person_id = int(person.pk)
    log = _accesses().filter(person_id=person_id)
    return MyPrivacy(
        name=person.name,
        details=details_out(person, full=False),
        kept=kept(person_id),
        accesses=[access_out(row) for row in log[:OWN_ACCESSES]],
        accesses_total=log.count(),
        emergencies=glass.concerning(acting_user, person.path),
        exports=exports(person_id),
        erasures=[erasure_out(row) for row in _erasures().filter(person_id=person_id)[:20]],
    )


def kept(person_id: int) -> list[KeptOut]:
    """In which kinds of record a person stands."""
    found = []
    for model, holding in holdings():
        rows = model.objects.filter(concerns(holding, person_id)).distinct().count()
        if rows:
            zh, en = _ERASE[holding.erase]
            found.append(
                KeptOut(
                    record=model._meta.label_lower,
                    zh=holding.zh,
                    en=holding.en,
                    rows=rows,
                    law=holding.law,
                    erase=holding.erase,
                    keep_zh=zh,
                    keep_en=en,
                )
            )
    return found


def exports(person_id: int) -> list[ExportOut]:
    """The newest exports of a person."""
    return [export_out(row) for row in PersonalExport.objects.filter(person_id=person_id).order_by("-id")[:10]]


def export(export_id: int, reader_id: int | None) -> ExportOut:
    """One export, for the person or whoever asked for it."""
    row = PersonalExport.objects.filter(id=export_id).first()
    if row is None or reader_id is None or reader_id not in (row.person_id, row.asked_by_id):
        raise not_found()
    return export_out(row)


def export_out(row: PersonalExport) -> ExportOut:
    return ExportOut.model_validate(row, from_attributes=True)


def own_accesses(person_id: int, page: int, size: int) -> Accesses:
    """Who read one's own record, newest first."""
    return _page(_accesses().filter(person_id=person_id), page, size)


def accesses(person_id: int | None, what: str, page: int, size: int) -> Accesses:
    """The log of everybody in scope, for whoever oversees."""
    rows = _accesses()
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    if what:
        rows = rows.filter(what=what)
    return _page(rows, page, size)


def _accesses() -> QuerySet[Any]:
    return PersonalAccess.objects.select_related("person").order_by("-at", "-id")


def _page(rows: QuerySet[Any], page: int, size: int) -> Accesses:
    start = (page - 1) * size
    found = [access_out(row) for row in rows[start : start + size]]
    return Accesses(items=found, total=rows.count(), page=page, size=size)


def access_out(row: PersonalAccess) -> AccessOut:
    return AccessOut(
        id=row.pk,
        at=row.at,
        reader=row.reader_name,
        what=row.what,
        purpose=row.purpose,
        break_glass=row.break_glass,
        person_id=row.person_id,
        person=row.person.name if row.person else None,
        subject=row.subject,
    )


def erasures(state: str) -> list[ErasureOut]:
    """Requests for erasure in scope; `state` "" for all."""
    rows = _erasures()
    return [erasure_out(row) for row in (rows.filter(state=state) if state else rows)[:200]]


def erasure(request_id: int) -> ErasureOut:
    """One request. Refuses with 404."""
    row = _erasures().filter(id=request_id).first()
    if row is None:
        raise not_found()
    return erasure_out(row)


def _erasures() -> QuerySet[Any]:
    return ErasureRequest.objects.select_related("person", "decided_by").order_by("-id")


def erasure_out(row: ErasureRequest) -> ErasureOut:
    return ErasureOut(
        id=row.pk,
        person_id=row.person_id,
        person=row.person.name,
        reason=row.reason,
        state=row.state,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by.name if row.decided_by else None,
        answer=row.answer,
        outcome=[ErasureOutcome(**one) for one in row.outcome],
    )


def holds() -> list[HoldOut]:
    """Legal holds in scope, open ones first."""
    rows = LegalHold.objects.select_related("person", "by").order_by("-lifted_at", "-id")[:200]
    return [
        HoldOut(
            id=row.pk,
            person_id=row.person_id,
            person=row.person.name if row.person else None,
            record=row.record,
            reason=row.reason,
            by=row.by.name if row.by else None,
            at=row.at,
            lifted_at=row.lifted_at,
        )
        for row in rows
    ]


def retention() -> Retention:
    """The rules that end a record's time, whether they are at work, and the newest runs."""
    held = set(LegalHold.objects.filter(lifted_at__isnull=True).values_list("record", flat=True))
    rules = [
        RetentionRuleOut(
            record=rule.type,
            zh=rule.zh,
            en=rule.en,
            keep_days=_days(rule.at_most or rule.at_least),
            then="goes" if confirmed(rule) else ("unconfirmed" if rule.at_most else "kept"),
            law_zh=rule.source,
            law_en=rule.source,
            held=rule.type in held,
        )
        for rule in retention_rules().values()
    ]
    runs = [
        RetentionRunOut(at=row.at, counts=row.counts, held=row.held, ledger_index=row.ledger_index)
        for row in RetentionRun.objects.order_by("-id")[:14]
    ]
    return Retention(rules=rules, runs=runs)


def _days(period: Any) -> int | None:
    return None if period is None else round(365.25 * period.years + 30.4 * period.months + period.days)


def _person(person_id: int) -> Person:
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        raise not_found()
    return person
