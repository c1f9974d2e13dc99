"""Every read of a person's record is written down, in the transaction that reads, where the person finds it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Q
from django.utils import timezone

from yufang.server.accounts.models import Person
from yufang.server.positions.models import Wearing
from yufang.server.privacy.models import PersonalAccess
from yufang.server.scope import Actor


def note(
    acting_user: Actor,
    what: str,
    *,
    path: str,
    person_id: int | None = None,
    subject: str = "",
    purpose: str = "",
    break_glass: bool = False,
) -> None:
    """Note, inside the running transaction, that `acting_user` reads `what` of a person.

    path: where the person (or the record of somebody without an account) belongs. One's own record is not noted.
    What is read through an emergency access is marked so, with the reason for which it was opened.
    """
    if person_id is not None and person_id == acting_user.person_id:
        return
    PersonalAccess.objects.create(
        path=path,
        person_id=person_id,
        subject=subject or f"person:{person_id}",
        reader_id=acting_user.person_id,
        reader_name=acting_user.name,
        what=what,
        purpose=(purpose.strip() or acting_user.emergency)[:300],
        break_glass=break_glass or bool(acting_user.emergency),
        at=timezone.now(),
    )


def note_wearers(
    acting_user: Actor,
    what: str,
    *,
    enterprise_id: int,
    device_key: str,
    channel_id: int,
    path: str,
    span: tuple[int, int],
) -> None:
    """The same of everybody who wore the device `device_key` during `span` (µs); of nobody in particular where it is on
    record as worn by nobody."""
    begin, over = (datetime.fromtimestamp(t / 1e6, UTC) for t in span)
    subject = f"channel:{channel_id}"
    worn = Wearing.objects.filter(
        Q(returned_at__isnull=True) | Q(returned_at__gte=begin),
        device__enterprise_id=enterprise_id,
        device__key=device_key,
        issued_at__lte=over,
    )
    people = dict(Person.objects.filter(id__in=worn.values("person_id")).values_list("id", "path"))
    for person_id, where in people.items():
        note(acting_user, what, path=where, person_id=person_id, subject=subject)
    if not people:
        note(acting_user, what, path=path, subject=subject)
