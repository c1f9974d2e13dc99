"""The only code that writes details of people, reads them on record, and carries out exports, erasures and holds."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from yufang.privacy import masked_identity, valid_identity_number
from yufang.server.accounts.models import Person
from yufang.server.errors import Refused, forbidden, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.privacy import erasing, exporting, vault
from yufang.server.privacy.access import note
from yufang.server.privacy.contracts import DetailsIn, DetailsOut, FitnessNotes, FoundPerson
from yufang.server.privacy.models import ErasureRequest, LegalHold, PersonalDetails, PersonalExport
from yufang.server.scope import Actor, action

EXPORT_DAYS = 7
_IDENTITY = "details.identity_number"


@action
def read_details(acting_user: Actor, person_id: int, purpose: str, full: bool = False) -> DetailsOut:
    """What is kept of a person beyond the account; anybody else's with a purpose, on record."""
    person = _person(acting_user, person_id, "privacy.personal")
    if person.pk != acting_user.person_id:
        what = "details_full" if full else "details"
        note(acting_user, what, path=person.path, person_id=person.pk, purpose=purpose)
        facts = {"full": full}
        ledger.append(acting_user, person.path, "privacy.details_read", f"person:{person.pk}", facts)
    return details_out(person, full=full)


def details_out(person: Person, *, full: bool) -> DetailsOut:
    """Opens the sealed values: only for actions that note the reading, and for the person themselves."""
    row = PersonalDetails.objects.filter(person=person).first()
    number = row.identity_number if row else ""
    return DetailsOut(
        person_id=person.pk,
        name=person.name,
        identity_number=number if full else masked_identity(number),
        phone=row.phone if row else "",
        birth_year=int(row.birth_year) if row and row.birth_year else None,
        health=FitnessNotes(**row.health) if row and row.health else None,
        changed_at=row.changed_at if row else None,
    )


@action
def put_details(acting_user: Actor, person_id: int, body: DetailsIn) -> DetailsOut:
    """Keep details of a person; what is empty is deleted."""
    person = _person(acting_user, person_id, "privacy.personal")
    number = body.identity_number.strip().upper()
    if number and not valid_identity_number(number):
        raise Refused(
            422,
            "identity_number",
            "身份证号 18 位的日期或校验位不对，请核对后重新填写。",
            "The date or the check character of the identity number doesn't fit; compare it and enter it again.",
            "identity_number",
        )
    index = vault.fingerprint(_IDENTITY, number) if number else ""
    if number and PersonalDetails.objects.filter(identity_index=index).exclude(person=person).exists():
        raise Refused(
            409,
            "identity_taken",
            "另一名人员已登记这个身份证号，请核对。",
            "Another person is on record with this identity number; compare the two.",
            "identity_number",
        )
    row = PersonalDetails.objects.select_for_update().filter(person=person).first() or PersonalDetails(person=person)
    row.path, row.identity_number, row.identity_index = person.path, number, index
    row.phone, row.birth_year = body.phone.strip(), str(body.birth_year or "")
    row.health = body.health.model_dump() if body.health else None
    row.changed_at, row.changed_by_id = timezone.now(), acting_user.person_id
    row.save()
    kinds = [name for name, value in body.model_dump().items() if value]
    ledger.append(acting_user, person.path, "privacy.details_changed", f"person:{person.pk}", {"kinds": kinds})
    return details_out(person, full=False)


@action
def find_by_identity(acting_user: Actor, number: str, purpose: str) -> FoundPerson:
    """The person of an identity number, by its blind index; on record for the one who is found."""
    _may(acting_user, "privacy.personal")
    row = (
        PersonalDetails.objects.select_related("person")
        .filter(identity_index=vault.fingerprint(_IDENTITY, number))
        .first()
    )
    if row is None:
        return FoundPerson(person_id=None, name=None)
    note(acting_user, "identity_search", path=row.path, person_id=row.person_id, purpose=purpose)
    return FoundPerson(person_id=row.person_id, name=row.person.name)


@action
def ask_export(acting_user: Actor, person_id: int | None, purpose: str, now: datetime) -> int:
    """Ask for all that is kept of oneself, or, with `privacy.decide`, of another; returns the export's id. While one
    is under way, asking again gives that one."""
    own = person_id is None or person_id == acting_user.person_id
    if not own:
        _may(acting_user, "privacy.decide")
        _with_purpose(purpose)
    person = _person(acting_user, person_id or acting_user.person_id or 0, "" if own else "privacy.decide")
    waiting = PersonalExport.objects.filter(person=person, state=PersonalExport.State.WAITING).first()
    if waiting is not None:
        return int(waiting.pk)
    row = PersonalExport.objects.create(
        path=person.path, person=person, asked_by_id=acting_user.person_id, purpose=purpose.strip(), asked_at=now
    )
    note(acting_user, "export", path=person.path, person_id=person.pk, purpose=purpose)
    ledger.append(acting_user, person.path, "privacy.export_asked", f"person:{person.pk}", {"export": row.pk})
    _queue(row.pk)
    return int(row.pk)


def _queue(export_id: int) -> None:
    from yufang.server.privacy.tasks import make_export

    make_export.defer(export_id=export_id)


@action
def make_export(acting_user: Actor, export_id: int, now: datetime) -> None:
    """Pack an export; one that is made or gone stays as it is."""
    row = PersonalExport.objects.select_for_update(of=("self",)).filter(id=export_id, state="waiting").first()
    if row is None:
        return
    person = Person.objects.select_related("organisation").get(id=row.person_id)
    by = Person.objects.filter(id=row.asked_by_id).values_list("name", flat=True).first() or "yufang"
    content = exporting.packed(person, by, row.purpose, now)
    row.sha256, row.size = exporting.put(row.file, content), len(content)
    row.state, row.ready_at, row.expires_at = row.State.READY, now, now + timedelta(days=EXPORT_DAYS)
    row.save()
    facts = {"export": row.pk, "sha256": row.sha256}
    ledger.append(acting_user, row.path, "privacy.export_made", f"person:{row.person_id}", facts)


@action
def fail_export(acting_user: Actor, export_id: int) -> None:
    """Say that an export could not be made, so that it can be asked for again."""
    PersonalExport.objects.filter(id=export_id, state="waiting").update(state=PersonalExport.State.FAILED)


@action
def fetch_export(acting_user: Actor, export_id: int, now: datetime) -> bytes:
    """The ZIP, for the person or whoever asked for it. Each fetching by another is on record."""
    row = PersonalExport.objects.filter(id=export_id).first()
    mine = acting_user.person_id is not None and row is not None
    if row is None or not mine or acting_user.person_id not in (row.person_id, row.asked_by_id):
        raise not_found()
    content = exporting.get(row.file) if row.state == row.State.READY and (row.expires_at or now) > now else None
    if content is None:
        raise Refused(
            409,
            "export_gone",
            "这份导出尚未完成或已过期删除，请重新申请。",
            "This export is not ready or was deleted after its week; ask for a new one.",
        )
    note(acting_user, "export_fetched", path=row.path, person_id=row.person_id, purpose=row.purpose)
    ledger.append(acting_user, row.path, "privacy.export_fetched", f"person:{row.person_id}", {"export": row.pk})
    return content


@action
def ask_erasure(acting_user: Actor, reason: str, now: datetime) -> int:
    """Ask to be erased. A named person decides; asking again while one waits gives that one."""
    person = _person(acting_user, acting_user.person_id or 0, "")
    open_one = ErasureRequest.objects.filter(person=person, state=ErasureRequest.State.ASKED).first()
    if open_one is not None:
        return int(open_one.pk)
    row = ErasureRequest.objects.create(
        path=person.path, person=person, asked_by=person, reason=reason.strip(), asked_at=now
    )
    ledger.append(acting_user, person.path, "privacy.erasure_asked", f"person:{person.pk}", {"request": row.pk})
    return int(row.pk)


@action
def decide_erasure(acting_user: Actor, request_id: int, accept: bool, answer: str, now: datetime) -> None:
    """Carry an erasure out, or refuse it with an answer (permission privacy.decide; never one's own request)."""
    _may(acting_user, "privacy.decide")
    row = ErasureRequest.objects.select_for_update(of=("self",)).select_related("person").filter(id=request_id).first()
    if row is None:
        raise not_found()
    if row.state != row.State.ASKED:
        raise Refused(409, "decided", "这份申请已经处理过。", "This request was decided already; reload the list.")
    if row.person_id == acting_user.person_id:
        raise Refused(
            403, "own_request", "不能处理本人的申请，请由他人处理。", "Somebody else has to decide on your request."
        )
    if not accept and not answer.strip():
        raise Refused(
            422,
            "answer",
            "拒绝时须写明理由，当事人会看到。",
            "Say why it is refused; the person reads it.",
            "answer",
        )
    if accept and LegalHold.objects.filter(person_id=row.person_id, lifted_at__isnull=True).exists():
        raise Refused(
            409,
            "legal_hold",
            "该人员的资料正依法留存，解除留存后才能删除。",
            "A legal hold keeps this person's records; lift it first.",
        )
    if accept:
        row.outcome = [one.model_dump() for one in erasing.erase(acting_user, row.person)]
        row.reason = ""
    row.state = row.State.DONE if accept else row.State.REFUSED
    row.decided_by_id, row.decided_at, row.answer = acting_user.person_id, now, answer.strip()
    row.save()
    facts = {"request": row.pk, "accepted": accept, "kinds": len(row.outcome)}
    ledger.append(acting_user, row.path, "privacy.erasure_decided", f"person:{row.person_id}", facts)
    if accept:
        files = list(PersonalExport.objects.filter(person_id=row.person_id).values_list("file", flat=True))
        for name in files:
            transaction.on_commit(functools.partial(exporting.drop, name))


@action
def hold(acting_user: Actor, person_id: int | None, record: str, reason: str, now: datetime) -> int:
    """Stop erasure and retention of a person's records, or of a record type (permission privacy.decide)."""
    _may(acting_user, "privacy.decide")
    from yufang.ledger.retention import retention_rules

    person = _person(acting_user, person_id, "privacy.decide") if person_id else None
    if person is None and record not in retention_rules():
        raise Refused(
            422,
            "record",
            f"没有记录类型 {record}，请从列表中选择，或指定人员。",
            f"There is no record type {record}; choose one of the list, or name a person.",
            "record",
        )
    path = person.path if person else acting_user.scope
    row = LegalHold.objects.create(
        path=path,
        person=person,
        record="" if person else record,
        reason=reason.strip(),
        by_id=acting_user.person_id,
        at=now,
    )
    subject = f"person:{person.pk}" if person else f"record:{record}"
    ledger.append(acting_user, path, "privacy.hold_set", subject, {"hold": row.pk})
    return int(row.pk)


@action
def lift_hold(acting_user: Actor, hold_id: int, now: datetime) -> None:
    """End a legal hold; again changes nothing."""
    _may(acting_user, "privacy.decide")
    row = LegalHold.objects.select_for_update(of=("self",)).filter(id=hold_id).first()
    if row is None:
        raise not_found()
    if row.lifted_at is None:
        row.lifted_at, row.lifted_by_id = now, acting_user.person_id
        row.save(update_fields=["lifted_at", "lifted_by"])
        ledger.append(acting_user, row.path, "privacy.hold_lifted", f"hold:{row.pk}", {})


def _person(acting_user: Actor, person_id: int, permission: str) -> Person:
    """The person, if they are oneself or `permission` is held and they are in one's scope."""
    if person_id != acting_user.person_id and permission:
        _may(acting_user, permission)
    person = Person.objects.select_related("organisation").filter(id=person_id).first()
    if person is None:
        raise not_found()
    return person


def _may(acting_user: Actor, permission: str) -> None:
    if not acting_user.may(permission):
        raise forbidden(permission)


def _with_purpose(purpose: str) -> None:
    if not purpose.strip():
        raise Refused(422, "purpose", "请写明用途，当事人会看到。", "Say what for; the person reads it.", "purpose")
