"""Writing rosters, shifts and who stands in."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils import timezone

from yufang.server.accounts.models import Organisation, Person
from yufang.server.dispatch.models import Roster, Shift, StandIn
from yufang.server.dispatch.roster_queries import last_week_of
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action

LONGEST = timedelta(days=14)


@action
def open_roster(acting_user: Actor, organisation_id: int, duty: str, *, synthetic: bool = False) -> int:
    """Make the roster of a duty, or find it; returns its id."""
    home = Organisation.objects.filter(id=organisation_id).first()
    if home is None:
        raise not_found()
    regulator = home.kind == Organisation.Kind.REGULATOR
    if regulator != (duty == Roster.Duty.REGULATOR):
        raise Refused(
            422,
            "wrong_duty",
            "监管值班只能设在监管机构，其他值班只能设在企业、厂区或班组。",
            "The regulator's duty belongs to a regulator; the others to an enterprise, a site or a team.",
            "duty",
        )
    roster, fresh = Roster.objects.get_or_create(
        organisation=home, duty=duty, defaults={"path": home.path, "synthetic": synthetic}
    )
    if fresh:
        ledger.append(acting_user, home.path, "dispatch.roster_opened", f"roster:{roster.pk}", {"duty": duty})
    return int(roster.pk)


@action
def close_roster(acting_user: Actor, roster_id: int) -> None:
    """Take a roster away: its duty is then held by everyone of the role."""
    roster = _roster(roster_id)
    ledger.append(acting_user, roster.path, "dispatch.roster_closed", f"roster:{roster.pk}", {})
    roster.delete()


@action
def add_shift(acting_user: Actor, roster_id: int, person_id: int, starts_at: datetime, ends_at: datetime) -> int:
    """Put a person on duty from `starts_at` until before `ends_at`; returns the shift's id."""
    roster = _roster(roster_id)
    _check_span(starts_at, ends_at, LONGEST)
    person = _person(person_id, roster.path)
    try:
        with transaction.atomic():
            shift = Shift.objects.create(
                path=roster.path, roster=roster, person=person, starts_at=starts_at, ends_at=ends_at
            )
    except IntegrityError as error:
        raise Refused(
            409,
            "shift_exists",
            f"{person.name} 在这个时间已有班次。",
            f"{person.name_en or person.name} has a shift that begins then already.",
            "person_id",
        ) from error
    _leaf(acting_user, roster, "shift_added", shift.pk)
    return int(shift.pk)


@action
def change_shift(acting_user: Actor, shift_id: int, person_id: int, starts_at: datetime, ends_at: datetime) -> None:
    """Move a shift, or give it to somebody else."""
    shift = _shift(shift_id)
    _check_span(starts_at, ends_at, LONGEST)
    person = _person(person_id, shift.roster.path)
    taken = Shift.objects.filter(roster=shift.roster, person=person, starts_at=starts_at).exclude(id=shift.pk)
    if taken.exists():
        raise Refused(
            409,
            "shift_exists",
            f"{person.name} 在这个时间已有班次。",
            f"{person.name_en or person.name} has a shift that begins then already.",
            "person_id",
        )
    shift.person, shift.starts_at, shift.ends_at = person, starts_at, ends_at
    shift.save(update_fields=["person", "starts_at", "ends_at"])
    _leaf(acting_user, shift.roster, "shift_changed", shift.pk)


@action
def remove_shift(acting_user: Actor, shift_id: int) -> None:
    """Take a shift away."""
    shift = _shift(shift_id)
    _leaf(acting_user, shift.roster, "shift_removed", shift.pk)
    shift.delete()


@action
def repeat_week(acting_user: Actor, roster_id: int, start: datetime) -> int:
    """Copy the week before `start` into the week from `start`, at the same hours; returns how many shifts came."""
    roster = _roster(roster_id)
    before = last_week_of(roster, start)
    if not before:
        raise Refused(
            409,
            "nothing_to_repeat",
            "上一周没有班次可复制，请先排一周。",
            "The week before has no shift to repeat; make one week first.",
        )
    zone = ZoneInfo(timezone.get_default_timezone_name())
    fresh = [
        Shift(
            path=roster.path,
            roster=roster,
            person_id=s.person_id,
            starts_at=_a_week_later(s.starts_at, zone),
            ends_at=_a_week_later(s.ends_at, zone),
        )
        for s in before
    ]
    have = set(roster.shifts.filter(starts_at__gte=start).values_list("person_id", "starts_at"))
    fresh = [s for s in fresh if (s.person_id, s.starts_at) not in have]
    Shift.objects.bulk_create(fresh)
    facts = {"shifts": len(fresh), "duty": roster.duty}
    ledger.append(acting_user, roster.path, "dispatch.week_repeated", f"roster:{roster.pk}", facts)
    return len(fresh)


def _a_week_later(at: datetime, zone: ZoneInfo) -> datetime:
    """The same hour of the clock on the wall, also where the clocks change in between."""
    return at.astimezone(zone) + timedelta(days=7)


@action
def add_stand_in(
    acting_user: Actor, person_id: int, stand_in_id: int | None, starts_at: datetime, ends_at: datetime, why: str
) -> int:
    """Say that a person is away, and who takes their shifts (nobody: the shifts become holes)."""
    _check_span(starts_at, ends_at, timedelta(days=370))
    person = _person(person_id, acting_user.scope)
    if stand_in_id == person_id:
        raise Refused(
            422,
            "own_stand_in",
            "不能由本人代替自己，请选择其他人或留空。",
            "Nobody stands in for themselves; choose someone else or nobody.",
            "stand_in_id",
        )
    other = _person(stand_in_id, acting_user.scope) if stand_in_id is not None else None
    row = StandIn.objects.create(
        path=person.path, person=person, stand_in=other, starts_at=starts_at, ends_at=ends_at, why=why.strip()[:200]
    )
    facts = {"person": person.pk, "stand_in": other.pk if other is not None else None}
    ledger.append(acting_user, person.path, "dispatch.stand_in_named", f"stand_in:{row.pk}", facts)
    return int(row.pk)


@action
def remove_stand_in(acting_user: Actor, stand_in_id: int) -> None:
    """The person is back."""
    row = StandIn.objects.filter(id=stand_in_id).first()
    if row is None:
        raise not_found()
    ledger.append(acting_user, row.path, "dispatch.stand_in_removed", f"stand_in:{row.pk}", {"person": row.person_id})
    row.delete()


def _roster(roster_id: int) -> Roster:
    roster = Roster.objects.select_for_update().filter(id=roster_id).first()
    if roster is None:
        raise not_found()
    return roster


def _shift(shift_id: int) -> Shift:
    shift = Shift.objects.select_for_update(of=("self",)).select_related("roster").filter(id=shift_id).first()
    if shift is None:
        raise not_found()
    return shift


def _person(person_id: int, path: str) -> Person:
    """Someone of the organisation `path`, or of the enterprise that it belongs to."""
    person = Person.objects.filter(id=person_id, active=True).first()
    if person is None or not (person.path.startswith(path) or path.startswith(person.path)):
        raise Refused(
            422,
            "unknown_person",
            "此人不在本单位，请从列表中选择。",
            "That person is not of this organisation; choose someone from the list.",
            "person_id",
        )
    return person


def _check_span(starts_at: datetime, ends_at: datetime, longest: timedelta) -> None:
    if not starts_at < ends_at <= starts_at + longest:
        raise Refused(
            422,
            "bad_span",
            f"结束时间必须晚于开始时间，且不超过 {longest.days} 天。",
            f"The end must come after the beginning, by at most {longest.days} days.",
            "ends_at",
        )


def _leaf(acting_user: Actor, roster: Roster, step: str, shift: int) -> None:
    ledger.append(acting_user, roster.path, f"dispatch.{step}", f"shift:{shift}", {"roster": roster.pk})
