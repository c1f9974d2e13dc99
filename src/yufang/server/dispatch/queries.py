"""Reads of deliveries, channels and inboxes, and of what a one-tap link is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Extract

from yufang.dispatch import default_rules
from yufang.dispatch.chains import Fallen
from yufang.server.accounts.models import Person
from yufang.server.accounts.queries import permissions_of
from yufang.server.dispatch import links
from yufang.server.dispatch.contracts import (
    AttemptOut,
    ChannelChoice,
    ChannelHealth,
    ChannelOut,
    DeliveriesOut,
    DeliveryOut,
    DeliveryPage,
    HoleOut,
    InboxPage,
    InboxRow,
    MineOut,
    OnDutyOut,
    ReachOut,
)
from yufang.server.dispatch.models import AckToken, Attempt, Channel, Delivery, InboxItem, Notice, Reach
from yufang.server.dispatch.push_keys import public_key
from yufang.server.dispatch.roster_queries import on_duty_now
from yufang.server.errors import not_found
from yufang.server.paging import window
from yufang.server.warning.models import Warning

MOST = 500  # deliveries of one alert on one page


def on_duty(organisation_id: int, area_id: int | None, at: datetime) -> OnDutyOut:
    """Who is on duty at a place for each task, with the plain message where nobody is."""
    return on_duty_now(organisation_id, area_id, at)


def minutes_to_next(tier: str, level: int) -> int | None:
    """Minutes until a level of an alert's chain escalates; None where it is the last."""
    return default_rules().minutes(tier, level)


# ── deliveries ────────────────────────────────────────────────────────────────────────────────────────────────────────


def deliveries_of(warning_id: int) -> DeliveriesOut:
    """Everything that was sent about an alert, newest first, with each try and the holes met."""
    if not Warning.objects.filter(id=warning_id).exists():
        raise not_found()
    rows = Delivery.objects.filter(warning_id=warning_id)
    notices = Notice.objects.filter(warning_id=warning_id).order_by("id")
    holes = [(n.level, Fallen(**hole).sentence()) for n in notices for hole in n.holes]
    return DeliveriesOut(
        total=rows.count(),
        items=_deliveries(rows.order_by("-id")[:MOST]),
        holes=[HoleOut(level=level, message_zh=zh, message_en=en) for level, (zh, en) in dict.fromkeys(holes)],
    )


def delivery_page(*, state: str, kind: str, channel_id: int | None, page: int, size: int) -> DeliveryPage:
    """All deliveries in scope, newest first."""
    rows = Delivery.objects.all()
    if state:
        rows = rows.filter(state=state)
    rows = rows.filter(kind=kind) if kind else rows.exclude(kind="in_app")
    if channel_id is not None:
        rows = rows.filter(channel_id=channel_id)
    return DeliveryPage(
        total=rows.count(), page=page, size=size, items=_deliveries(rows.order_by("-id")[window(page, size)])
    )


def of_notice(notice_id: int, person_id: int | None) -> DeliveriesOut:
    """What became of one notice to a person: the page of a test message asks for it."""
    if not Notice.objects.filter(id=notice_id, people__contains=[person_id]).exists():
        raise not_found()
    rows = Delivery.objects.filter(notice_id=notice_id, person_id=person_id)
    return DeliveriesOut(total=rows.count(), items=_deliveries(rows.order_by("-id")[:MOST]), holes=[])


def _deliveries(found: QuerySet[Delivery]) -> list[DeliveryOut]:
    rows = list(found.select_related("notice", "notice__warning", "person", "channel"))
    tries: dict[int, list[AttemptOut]] = {}
    for a in Attempt.objects.filter(delivery__in=[r.pk for r in rows]).order_by("number"):
        tries.setdefault(a.delivery_id, []).append(AttemptOut.model_validate(a))
    return [_delivery(row, tries.get(row.pk, [])) for row in rows]


def _delivery(row: Delivery, tries: Sequence[AttemptOut]) -> DeliveryOut:
    about: Any = row.notice.warning or row.notice
    return DeliveryOut(
        id=row.pk,
        warning_id=row.warning_id,
        subject=row.notice.subject,
        title_zh=about.title_zh,
        title_en=about.title_en,
        level=row.notice.level,
        person=row.person.name,
        person_en=row.person.name_en or row.person.name,
        role=row.role,
        kind=row.kind,
        channel_name=row.channel.name if row.channel is not None else "",
        state=row.state,
        tries=row.tries,
        made_at=row.made_at,
        ended_at=row.ended_at,
        next_try_at=row.next_try_at,
        fell_back=row.fell_back_from_id is not None,
        error_zh=row.error_zh,
        error_en=row.error_en,
        message_id=f"yf_{row.message_id.hex}",
        attempts=list(tries),
    )


# ── channels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def channels(organisation_id: int, now: datetime) -> list[ChannelOut]:
    """An organisation's channels with their health over the last day."""
    rows = list(Channel.objects.filter(organisation_id=organisation_id).select_related("organisation").order_by("id"))
    numbers = [row.pk for row in rows]
    counts = _counts(numbers, now)
    people = dict(
        Reach.objects.filter(channel__in=numbers, position__gte=0)
        .values_list("channel")
        .annotate(n=Count("person", distinct=True))
        .order_by()
    )
    return [_channel(row, counts.get(row.pk, {}), people.get(row.pk, 0)) for row in rows]


def channel(channel_id: int, now: datetime) -> ChannelOut:
    """One channel."""
    row = Channel.objects.select_related("organisation").get(id=channel_id)
    people = Reach.objects.filter(channel=row, position__gte=0).values("person").distinct().count()
    return _channel(row, _counts([row.pk], now).get(row.pk, {}), people)


def _counts(numbers: Iterable[int], now: datetime) -> dict[int, dict[str, Any]]:
    day = Delivery.objects.filter(channel__in=list(numbers), made_at__gte=now - timedelta(days=1))
    found: dict[int, dict[str, Any]] = {}
    for number, state, n in day.values_list("channel_id", "state").annotate(n=Count("*")).order_by():
        found.setdefault(number, {})[state] = n
    took = day.filter(state=Delivery.State.SENT).annotate(s=Extract(F("ended_at") - F("made_at"), "epoch"))
    seconds: dict[int, list[float]] = {}
    for number, one in took.order_by().values_list("channel_id", "s")[:20_000]:
        seconds.setdefault(number, []).append(float(one))
    for number, all_of in seconds.items():
        found[number]["median"] = sorted(all_of)[len(all_of) // 2]
    return found


def _channel(row: Channel, counts: dict[str, Any], people: int) -> ChannelOut:
    return ChannelOut(
        id=row.pk,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation.name,
        kind=row.kind,
        name=row.name,
        settings=row.settings,
        has_secret=bool(row.sealed),
        enabled=row.enabled,
        people=people,
        synthetic=row.synthetic,
        health=ChannelHealth(
            state=_health(row),
            failures=row.failures,
            last_ok_at=row.last_ok_at,
            last_failed_at=row.last_failed_at,
            last_error_zh=row.last_error_zh,
            last_error_en=row.last_error_en,
            sent_day=counts.get("sent", 0),
            failed_day=counts.get("failed", 0),
            waiting=counts.get("waiting", 0),
            median_seconds=counts.get("median"),
        ),
    )


def _health(row: Channel) -> Literal["ok", "failing", "unused", "off"]:
    if not row.enabled:
        return "off"
    if row.failures:
        return "failing"
    return "ok" if row.last_ok_at is not None else "unused"


def mine(person_id: int) -> MineOut:
    """A person's own ways, in their order, and the channels that they could add."""
    ways = Reach.objects.select_related("channel").filter(person_id=person_id, position__gte=0)
    broken = default_rules().broken_after
    could = Channel.objects.filter(enabled=True).order_by("organisation_id", "id")
    return MineOut(
        ways=[
            ReachOut(
                id=w.pk,
                kind=w.kind,
                channel_id=w.channel_id,
                channel_name=w.channel.name if w.channel is not None else "",
                channel_enabled=w.channel is None or w.channel.enabled,
                hint=w.hint,
                enabled=w.enabled,
                failing=w.channel is not None and w.channel.failures >= broken,
            )
            for w in ways.order_by("position", "id")
        ],
        channels=[ChannelChoice(id=c.pk, kind=c.kind, name=c.name) for c in could.filter(_of(person_id))],
        push_key=public_key(),
    )


def _of(person_id: int) -> Q:
    """Channels of the organisations that a person belongs to: the team's, the site's, the enterprise's."""
    path = Person.objects.values_list("path", flat=True).get(id=person_id)
    return Q(organisation_id__in=[int(part) for part in path.strip("/").split("/")])


# ── inbox ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def inbox(person_id: int, *, unread: bool, page: int, size: int) -> InboxPage:
    """A person's own inbox, newest first."""
    rows = InboxItem.objects.filter(person_id=person_id)
    count = unread_count(person_id)
    if unread:
        rows = rows.filter(read_at=None)
    return InboxPage(
        total=rows.count(),
        unread=count,
        page=page,
        size=size,
        items=[InboxRow.model_validate(r) for r in rows.order_by("-at", "-id")[window(page, size)]],
    )


def unread_count(person_id: int) -> int:
    """How many rows a person has not read."""
    return InboxItem.objects.filter(person_id=person_id, read_at=None).count()


# ── one-tap links ─────────────────────────────────────────────────────────────────────────────────────────────────────

LinkState = Literal["open", "done", "used", "taken", "expired", "ended", "altered", "closed_person"]


@dataclass(frozen=True, slots=True)
class AckOutcome:
    """What a link is about and how it stands. `row` is None where the link isn't one of ours."""

    state: LinkState
    row: AckToken | None = None
    where: str = ""


def link(token: str, at: datetime, *, lock: bool = False) -> AckOutcome:
    """How a one-tap link stands `at`, in the platform's scope. Reads only."""
    try:
        claim = links.read(token)
    except links.BadLink:
        return AckOutcome("altered")
    rows = AckToken.objects.filter(id=claim.number, token_hash=links.hashed(token))
    rows = rows.select_for_update(of=("self",)) if lock else rows
    row = rows.select_related("warning", "warning__organisation", "warning__area", "person").first()
    if row is None:
        return AckOutcome("altered")
    area = row.warning.area
    where = row.warning.organisation.name + (f" {area.name_zh}" if area is not None else "")
    return AckOutcome(_link_state(row, at), row, where)


def _link_state(row: AckToken, at: datetime) -> LinkState:
    if row.used_at is not None:
        return "used"
    if row.expires_at <= at:
        return "expired"
    if not row.person.active or "warning.acknowledge" not in permissions_of(row.person.roles):
        return "closed_person"
    if row.warning.state in ("resolved", "closed"):
        return "ended"
    return "open"
