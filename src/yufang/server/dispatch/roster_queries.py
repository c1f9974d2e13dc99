"""Reads of rosters: who is on duty, and where nobody is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from yufang.dispatch import Duty, Gap, ShiftSpan, StandInSpan, gaps, on_duty
from yufang.dispatch.chains import NAMES
from yufang.server.accounts.models import Organisation, Person
from yufang.server.dispatch.contracts import (
    DutyName,
    DutyOut,
    GapOut,
    OnDutyOut,
    PersonOnDuty,
    RosterChoices,
    RosterOut,
    RostersOut,
    ShiftOut,
    StandInOut,
)
from yufang.server.dispatch.models import Reach, Roster, Shift, StandIn
from yufang.server.errors import not_found

DUTIES: tuple[DutyName, ...] = ("on_site_supervisor", "team_leader", "safety_manager", "regulator")


def place_path(organisation_id: int, area_id: int | None) -> str:
    """The path of the team or site that works in an area; without one, of the organisation."""
    if area_id is not None:
        from yufang.server.places.models import Area

        area = Area.objects.select_related("team").filter(id=area_id).first()
        if area is not None:
            return str(area.team.path if area.team is not None else area.path)
    found = Organisation.objects.filter(id=organisation_id).values_list("path", flat=True).first()
    if found is None:
        raise not_found()
    return str(found)


def roster_for(organisation_id: int, area_id: int | None, duty: str) -> Roster | None:
    """The roster of a duty that is nearest to the place: the team's, else the site's, the enterprise's, and above."""
    path = place_path(organisation_id, area_id)
    numbers = [int(part) for part in path.strip("/").split("/")]
    above = Roster.objects.filter(duty=duty, organisation_id__in=numbers).select_related("organisation")
    return max(above, key=lambda r: len(r.organisation.path), default=None)


def duty_at(organisation_id: int, area_id: int | None, duty: str, at: datetime) -> Duty | None:
    """Who has a duty at a place `at`; None where no roster says so, a hole where one does and nobody has it."""
    roster = roster_for(organisation_id, area_id, duty)
    return None if roster is None else _duty(roster, at)


def _duty(roster: Roster, at: datetime) -> Duty:
    shifts = roster.shifts.filter(starts_at__lte=at, ends_at__gt=at, person__active=True).order_by("starts_at", "id")
    away = StandIn.objects.filter(starts_at__lte=at, ends_at__gt=at).order_by("id")
    return on_duty([_span(s) for s in shifts], [_absence(s) for s in away], at)


def _span(shift: Shift) -> ShiftSpan:
    return ShiftSpan(shift.person_id, shift.starts_at, shift.ends_at)


def _absence(row: StandIn) -> StandInSpan:
    return StandInSpan(row.person_id, row.stand_in_id, row.starts_at, row.ends_at)


def on_duty_now(organisation_id: int, area_id: int | None, at: datetime) -> OnDutyOut:
    """Who is on duty for each task at a place, with the plain message where nobody is."""
    out = []
    for duty in DUTIES:
        roster = roster_for(organisation_id, area_id, duty)
        found = _duty(roster, at) if roster is not None else None
        people = Person.objects.in_bulk(list(found.people)) if found is not None else {}
        zh, en = NAMES[duty]
        empty = roster is not None and not people
        out.append(
            DutyOut(
                duty=duty,
                roster_id=roster.pk if roster is not None else None,
                people=[_person(p) for p in people.values()],
                hole=empty,
                message_zh=f"当前没有{zh}值班，预警会直接通知上一级。" if empty else "",
                message_en=f"No {en} is on duty now; alerts go to the next level." if empty else "",
            )
        )
    return OnDutyOut(at=at, duties=out)


def _person(person: Person, *, reachable: bool = True) -> PersonOnDuty:
    return PersonOnDuty(
        id=person.pk, name=person.name, name_en=person.name_en or person.name, by_more_than_bell=reachable
    )


def rosters(organisation_id: int, start: datetime, end: datetime) -> RostersOut:
    """All rosters of an enterprise (or a regulator's own) between two moments: shifts, people away, holes."""
    home = Organisation.objects.filter(id=organisation_id).first()
    if home is None:
        raise not_found()
    found = Roster.objects.filter(**_own(home)).select_related("organisation").order_by("path", "id")
    absences = list(
        StandIn.objects.filter(person__path__startswith=home.path, ends_at__gt=start, starts_at__lt=end)
        .select_related("person", "stand_in")
        .order_by("id")
    )
    reachable = _reachable(home.path)
    return RostersOut(
        organisation_id=home.pk,
        organisation_name=home.name,
        start=start,
        end=end,
        rosters=[_roster_out(r, absences, start, end, reachable) for r in found],
        stand_ins=[_stand_in_out(row) for row in absences],
    )


def _own(home: Organisation) -> dict[str, object]:
    """An enterprise's rosters are those of its sites and teams too; a regulator's are its own only."""
    if home.kind == Organisation.Kind.REGULATOR:
        return {"organisation_id": home.pk}
    return {"path__startswith": home.path}


def _reachable(path: str) -> set[int]:
    rows = Reach.objects.filter(path__startswith=path, enabled=True)
    return set(rows.exclude(channel__enabled=False).values_list("person_id", flat=True))


def _roster_out(
    roster: Roster, absences: Sequence[StandIn], start: datetime, end: datetime, reachable: set[int]
) -> RosterOut:
    rows = list(
        roster.shifts.filter(ends_at__gt=start, starts_at__lt=end).select_related("person").order_by("starts_at", "id")
    )
    spans = [_span(s) for s in rows if s.person.active]
    away = [_absence(a) for a in absences]
    names = {s.person_id: s.person.name for s in rows}
    return RosterOut(
        id=roster.pk,
        duty=roster.duty,
        organisation_id=roster.organisation_id,
        organisation_name=roster.organisation.name,
        synthetic=roster.synthetic,
        shifts=[
            ShiftOut(
                id=s.pk,
                person=_person(s.person, reachable=s.person_id in reachable),
                starts_at=s.starts_at,
                ends_at=s.ends_at,
                **_instead(s, absences),
            )
            for s in rows
        ],
        gaps=[_gap_out(gap, names) for gap in gaps(spans, away, start, end)],
    )


def _instead(shift: Shift, absences: Sequence[StandIn]) -> dict[str, Any]:
    """Whether the person of a shift is away for some of it, and who stands in."""
    mine = [a for a in absences if a.person_id == shift.person_id]
    mine = [a for a in mine if a.starts_at < shift.ends_at and a.ends_at > shift.starts_at]
    if not mine:
        return {"away": False, "stand_in": None}
    newest = mine[-1]
    return {"away": True, "stand_in": _person(newest.stand_in) if newest.stand_in is not None else None}


def _gap_out(gap: Gap, names: dict[int, str]) -> GapOut:
    return GapOut(starts_at=gap.start, ends_at=gap.end, away=[names.get(p, str(p)) for p in gap.away])


def _stand_in_out(row: StandIn) -> StandInOut:
    return StandInOut(
        id=row.pk,
        person=_person(row.person),
        stand_in=_person(row.stand_in) if row.stand_in is not None else None,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        why=row.why,
    )


def choices(organisation_id: int) -> RosterChoices:
    """Who can be put on a roster of an organisation, and the places below it that can have one."""
    home = Organisation.objects.filter(id=organisation_id).first()
    if home is None:
        raise not_found()
    own = home.kind == Organisation.Kind.REGULATOR
    people = Person.objects.filter(active=True)
    people = people.filter(organisation_id=home.pk) if own else people.filter(path__startswith=home.path)
    places = Organisation.objects.filter(id=home.pk) if own else Organisation.objects.filter(path__startswith=home.path)
    duties: list[DutyName] = ["regulator"] if own else list(DUTIES[:3])
    return RosterChoices(
        people=[_person(p) for p in people.order_by("path", "id")],
        places=[{"id": p.pk, "name": p.name} for p in places.order_by("path")],
        duties=duties,
    )


def last_week_of(roster: Roster, before: datetime) -> list[Shift]:
    """The shifts of the seven days before `before`."""
    return list(roster.shifts.filter(starts_at__gte=before - timedelta(days=7), starts_at__lt=before).order_by("id"))
