"""From a notice to the people it is for: chain, rosters, zone; a row in the bell and a first delivery for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.dispatch import Recipient, Told, default_rules, not_before, tell
from yufang.dispatch.chains import NAMES
from yufang.dispatch.ways import Way, next_way
from yufang.server.accounts.models import Organisation, Person
from yufang.server.dispatch import roster_queries
from yufang.server.dispatch.models import Delivery, InboxItem, Notice, Reach
from yufang.server.dispatch.ways import ways_of
from yufang.server.live.events import InboxChanged, emit
from yufang.server.scope import Actor, action

DELIVER = "yufang.dispatch.deliver"
QUEUE = "urgent"  # has workers of its own: a long simulation must not keep an alert waiting
CALM = "default"  # a file of two thousand invitations must not either
IN_APP = "in_app"
TEST = "test"
INVITATION = "invitation"


@action
def spread(acting_user: Actor, notice_id: int, now: datetime) -> bool:
    """Find out who a notice is for, put it under their bells, and hand the first deliveries to the workers.

    Runs as the platform: a regulator above an enterprise is no row that the enterprise sees. Doing it again does
    nothing (False).
    """
    notice = Notice.objects.select_for_update(of=("self",)).select_related("warning").filter(id=notice_id).first()
    if notice is None or notice.spread_at is not None:
        return False
    told = _told(notice, now)
    people = Person.objects.filter(active=True).in_bulk([r.person for r in told.people])
    recipients = [r for r in told.people if r.person in people]
    words = _words(notice, told)
    if notice.kind != TEST:
        _ring(notice, recipients, people, words, now)
    if _may_leave(notice):
        ways = ways_of(people)
        for recipient in recipients:
            first_delivery(notice, people[recipient.person], recipient.who, ways.get(recipient.person, []), now)
    notice.spread_at = now
    notice.holes = [{"who": f.who, "level": f.level, "instead": f.instead} for f in told.fallen]
    notice.save(update_fields=["spread_at", "holes"])
    for path, owner in {(p.path, p.organisation_id) for p in people.values()}:
        emit(InboxChanged(id=notice.pk, enterprise_id=owner, path=path))
    return True


def _told(notice: Notice, now: datetime) -> Told:
    if notice.warning is None:
        return Told(tuple(Recipient(person, "", 0) for person in notice.people), ())
    alert = notice.warning
    chain = default_rules().chain(alert.tier)
    told = tell(chain, notice.level, FoundPeople(alert, now))
    if told.fallen and told.fallen[-1].instead is None:
        # The chain ends in a hole: better everyone who holds an answering role than nobody.
        answering = [p for who in ("safety_manager", "regulator") for p in role_holders(who, alert)]
        known = {r.person for r in told.people}
        extra = tuple(Recipient(p, "safety_manager", notice.level) for p in answering if p not in known)
        told = Told(told.people + extra, told.fallen)
    return told


class FoundPeople(Mapping[str, Sequence[int]]):
    """The people of each `who` for an alert: on duty by the roster nearest to its place, else of that role.

    Looked up when asked for: most alerts need the first level only, and every question costs time.
    """

    def __init__(self, alert: Any, now: datetime) -> None:
        self._alert, self._now = alert, now
        self._known: dict[str, Sequence[int]] = {}

    def __getitem__(self, who: str) -> Sequence[int]:
        if who not in self._known:
            self._known[who] = self._look(who)
        return self._known[who]

    def _look(self, who: str) -> Sequence[int]:
        if who == "zone":
            return _zone(self._alert)
        duty = roster_queries.duty_at(self._alert.organisation_id, self._alert.area_id, who, self._now)
        return duty.people if duty is not None else role_holders(who, self._alert)

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


def _zone(alert: Any) -> list[int]:
    from yufang.server.places import queries as places

    return places.people_of(alert.area_id) if alert.area_id is not None else []


_ROLE = {"team_leader": "team_leader", "safety_manager": "safety_manager", "regulator": "supervisor"}


def role_holders(who: str, alert: Any) -> list[int]:
    """Where no roster says who is on duty: people of the role, in the zone's team, the enterprise, or above it."""
    role = _ROLE.get(who)
    if role is None:
        return []
    people = Person.objects.filter(active=True, roles__contains=[role])
    if who == "regulator":
        above = [int(part) for part in alert.path.strip("/").split("/")]
        people = people.filter(organisation_id__in=above, organisation__kind=Organisation.Kind.REGULATOR)
    elif who == "team_leader":
        near = people.filter(path__startswith=roster_queries.place_path(alert.organisation_id, alert.area_id))
        people = near if near.exists() else people.filter(path__startswith=alert.path)
    else:
        people = people.filter(path__startswith=alert.path)
    return list(people.order_by("id").values_list("id", flat=True))


def _words(notice: Notice, told: Told) -> dict[str, str]:
    """What the bell shows, in both languages."""
    alert = notice.warning
    if alert is None:
        return {
            "title_zh": notice.title_zh,
            "title_en": notice.title_en,
            "body_zh": notice.body_zh,
            "body_en": notice.body_en,
            "link": notice.link,
            "tier": "",
        }
    fallen = [f.sentence() for f in told.fallen]
    return {
        "title_zh": alert.title_zh,
        "title_en": alert.title_en,
        "body_zh": "\n".join([alert.reason_zh, *(zh for zh, _ in fallen)]),
        "body_en": "\n".join([alert.reason_en, *(en for _, en in fallen)]),
        "link": f"/warnings/{alert.pk}",
        "tier": alert.tier,
    }


def _ring(
    notice: Notice, recipients: list[Recipient], people: dict[int, Person], words: dict[str, str], now: datetime
) -> None:
    synthetic = bool(notice.warning and notice.warning.synthetic)
    InboxItem.objects.bulk_create(
        [
            InboxItem(
                path=people[r.person].path,
                person_id=r.person,
                notice=notice,
                warning_number=notice.warning_id,
                kind=notice.kind,
                at=notice.at,
                synthetic=synthetic,
                **words,
            )
            for r in recipients
        ],
        ignore_conflicts=True,
    )
    Delivery.objects.bulk_create(
        [
            Delivery(
                path=path_of(notice, people[r.person]),
                notice=notice,
                warning_id=notice.warning_id,
                person_id=r.person,
                role=r.who,
                kind=IN_APP,
                state=Delivery.State.SENT,
                tries=1,
                made_at=now,
                ended_at=now,
            )
            for r in recipients
        ],
        ignore_conflicts=True,
    )


def path_of(notice: Notice, person: Person) -> str:
    """Where a delivery belongs: to the alert's enterprise; of other matters, to where the person belongs."""
    return str(notice.path if notice.warning_id is not None else person.path)


def _may_leave(notice: Notice) -> bool:
    """Whether it goes by other ways than the bell."""
    return notice.warning is None or default_rules().chain(notice.warning.tier).ways == "all"


def first_delivery(notice: Notice, person: Person, role: str, ways: Sequence[Way], now: datetime) -> Delivery | None:
    """The delivery by the person's first way; None where they have none but the bell."""
    rules = default_rules()
    if notice.only_id is not None:
        reach = Reach.objects.select_related("channel").filter(id=notice.only_id).first()
    else:
        way = next_way(ways, (), broken_after=rules.broken_after)
        reach = Reach.objects.select_related("channel").filter(id=way.reach).first() if way else None
    if reach is None:
        return None
    urgent = notice.warning is not None or notice.kind == TEST
    when = now if urgent else not_before(now, rules.quiet, timezone.get_default_timezone())
    return hand_over(notice, person, role, reach, when, now)


def hand_over(
    notice: Notice,
    person: Person,
    role: str,
    reach: Reach,
    when: datetime,
    now: datetime,
    *,
    instead_of: Delivery | None = None,
) -> Delivery | None:
    """Write a delivery that is due at `when` and queue it; None where this person was given it by this way already."""
    delivery, fresh = Delivery.objects.get_or_create(
        notice=notice,
        person=person,
        reach=reach,
        defaults={
            "kind": reach.kind,
            "path": path_of(notice, person),
            "warning_id": notice.warning_id,
            "role": role,
            "channel": reach.channel,
            "fell_back_from": instead_of,
            "next_try_at": when,
            "made_at": now,
        },
    )
    if not fresh:
        return None
    queue(delivery.pk, when, now, kind=notice.kind)
    return delivery


def queue_of(kind: str) -> str:
    """The queue of messages of a kind of notice."""
    return CALM if kind == INVITATION else QUEUE


def queue(delivery_id: int, when: datetime, now: datetime, *, kind: str, lock: str | None = None) -> None:
    """Have the worker try it at `when`. `kind`: the notice's."""
    options: dict[str, Any] = {"queue": queue_of(kind)}
    if when > now:
        options["schedule_at"] = when
    if lock is not None:
        options["queueing_lock"] = lock
    app.configure_task(DELIVER, **options).defer(delivery_id=delivery_id)
