"""The life of a delivery: taken on with a lease, sent, recorded; tried again, or handed to the person's next channel.

A worker may die at any point. Before the try the row says it is under way until `next_try_at`; when that passes
without a result the row is due again, the same message goes out under the same id, and the try before it is marked as
cut off: whether it arrived is not known.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from yufang.dispatch import AlertFacts, Text, alert_text, default_rules, next_try, next_way, notice_text
from yufang.dispatch.chains import Fallen
from yufang.dispatch.messages import language
from yufang.dispatch.ways import SHARED
from yufang.server.accounts.models import Person
from yufang.server.accounts.queries import permissions_of
from yufang.server.dispatch import inviting, links
from yufang.server.dispatch.models import AckToken, Attempt, Channel, Delivery, Notice, Reach
from yufang.server.dispatch.sealing import unseal_channel, unseal_way
from yufang.server.dispatch.sending import Parcel, SendFailed
from yufang.server.dispatch.spreading import INVITATION, TEST, hand_over, queue, queue_of
from yufang.server.dispatch.ways import ways_of
from yufang.server.errors import Refused
from yufang.server.live.events import DeliveryChanged, emit
from yufang.server.scope import Actor, action

LEASE = timedelta(seconds=60)  # longer than any try can take
SOON = timedelta(seconds=1)  # clocks of two machines
ENDED = ("resolved", "closed")
State, Result = Delivery.State, Attempt.Result


@action
def claim(acting_user: Actor, delivery_id: int, now: datetime) -> Parcel | None:
    """Take a delivery on, and those of the same notice that the same post serves. None where it isn't due.

    Rows are locked in the order of their ids, so two workers at once don't wait for each other.
    """
    first = Delivery.objects.filter(id=delivery_id).first()
    if first is None or first.state != State.WAITING:
        return None
    same = Delivery.objects.filter(notice_id=first.notice_id, channel_id=first.channel_id, kind=first.kind)
    if first.kind not in SHARED:
        same = same.filter(id=first.pk)
    due = same.filter(state=State.WAITING, next_try_at__lte=now + SOON).order_by("id")
    rows = list(due.select_for_update(of=("self",)).select_related("notice", "channel", "reach", "person"))
    if not rows:
        return None
    if _is_over(rows[0].notice, now):
        due.update(state=State.DROPPED, next_try_at=None, ended_at=now)
        return None
    for row in rows:
        Attempt.objects.filter(delivery=row, result=Result.UNDER_WAY).update(result=Result.CUT_OFF)
        row.tries += 1
        row.next_try_at = now + LEASE
        row.save(update_fields=["tries", "next_try_at"])
        Attempt.objects.create(path=row.path, delivery=row, number=row.tries, started_at=now)
    try:
        return _parcel(rows, now)
    except Refused as error:  # the key that sealed the channel's secret is gone
        failed = SendFailed(error.problem.message_zh, error.problem.message_en, final=True)
        _record([row.pk for row in rows], failed, now, now)
        return None


def _is_over(notice: Notice, now: datetime) -> bool:
    """An alert that has ended rings nobody any more, and a link that opens nothing is not sent."""
    if notice.kind == INVITATION:
        return inviting.of_notice(notice, now) is None
    return notice.warning is not None and notice.warning.state in ENDED


def _parcel(rows: list[Delivery], now: datetime) -> Parcel:
    row = rows[0]
    shared = row.kind in SHARED
    locale = row.person.locale if not shared else "zh-CN"
    text, where, link = _text(row, locale, now, shared=shared)
    channel: Channel | None = row.channel
    return Parcel(
        deliveries=tuple(r.pk for r in rows),
        path=row.path,
        kind=row.kind,
        settings=channel.settings if channel is not None else {},
        secret=unseal_channel(channel.organisation_id, channel.sealed) if channel is not None else {},
        addresses=tuple(
            a for r in rows if r.reach is not None and (a := unseal_way(r.reach.person_id, r.reach.sealed))
        ),
        message_id=f"yf_{row.message_id.hex}",
        title=text.title,
        body=text.body,
        where=where,
        link=link,
        urgent=row.notice.warning is not None,
        locale=locale,
        data=_data(row, rows, text, link) if row.kind == Channel.Kind.WEBHOOK else {},
    )


def _text(row: Delivery, locale: str, now: datetime, *, shared: bool) -> tuple[Text, str, str]:
    """Text, place and link of a message; a post that several people read carries nobody's own link."""
    notice, number = row.notice, row.message_id.hex[:8]
    zh = language(locale) == "zh"
    alert = notice.warning
    if notice.kind == INVITATION:
        return inviting.words(notice, row.person, locale, now, number)
    if alert is None:
        link = settings.CONFIG.link(notice.link) if notice.link else ""
        title, body = (notice.title_zh, notice.body_zh) if zh else (notice.title_en, notice.body_en)
        return notice_text(title, body, locale, link=link, number=number), "", link
    token = None if shared else token_for(alert, row.person, now)
    link = settings.CONFIG.link(f"/ack/{token}" if token else f"/warnings/{alert.pk}")
    where = _where(alert, zh)
    facts = AlertFacts(
        tier=alert.tier,
        what=alert.title_zh if zh else alert.title_en,
        where=where,
        why=alert.reason_zh if zh else alert.reason_en,
        measures=[m["text_zh" if zh else "text_en"] for m in alert.measures],
        procedure=alert.procedure_zh if zh else alert.procedure_en,
        training=alert.training if zh else alert.training_en,
        holes=[Fallen(**h).sentence()[0 if zh else 1] for h in notice.holes],
        level=notice.level,
        synthetic=alert.synthetic,
    )
    return alert_text(facts, locale, link=link, may_answer=token is not None, number=number), where, link


def _where(alert: Any, zh: bool) -> str:
    area = alert.area
    name = alert.organisation.name
    if area is None:
        return str(name)
    return f"{name} {area.name_zh}" if zh else f"{name}, {area.name_en or area.name_zh}"


def _data(row: Delivery, rows: list[Delivery], text: Text, link: str) -> dict[str, Any]:
    """What an enterprise's own system is told: ids to join by, the texts, who is told."""
    notice, alert = row.notice, row.notice.warning
    return {
        "type": "alert.told" if alert is not None else ("test" if notice.kind == TEST else f"notice.{notice.kind}"),
        "subject": notice.subject,
        "level": notice.level,
        "tier": alert.tier if alert is not None else "",
        "area_id": alert.area_id if alert is not None else None,
        "title": text.title,
        "text": text.body,
        "link": link,
        "at": notice.at.isoformat(),
        "people": [{"id": r.person_id, "role": r.role} for r in rows],
    }


def token_for(alert: Any, person: Person, now: datetime) -> str | None:
    """The person's link for an alert; None for whoever may not acknowledge. One link serves all its messages."""
    if "warning.acknowledge" not in permissions_of(person.roles):
        return None
    hours = timedelta(hours=default_rules().link_hours)
    found = AckToken.objects.filter(warning=alert, person=person, used_at=None, expires_at__gt=now + hours / 4)
    row = found.order_by("-id").first()
    if row is None:
        ends = (now + hours).replace(microsecond=0)
        row = AckToken.objects.create(
            path=alert.path,
            warning=alert,
            person=person,
            expires_at=ends,
            token_hash=f"new {alert.pk} {person.pk} {now}",
        )
        row.token_hash = links.hashed(links.make(row.pk, ends))
        row.save(update_fields=["token_hash"])
    return links.make(row.pk, row.expires_at)


@action
def record(acting_user: Actor, parcel: Parcel, failed: SendFailed | None, started: datetime, now: datetime) -> None:
    """Keep what a try gave; queue the next one, or the person's next channel."""
    _record(list(parcel.deliveries), failed, started, now)


def _record(deliveries: list[int], failed: SendFailed | None, started: datetime, now: datetime) -> None:
    rows = list(
        Delivery.objects.select_for_update(of=("self",))
        .select_related("notice", "channel", "reach", "person")
        .filter(id__in=deliveries, state=State.WAITING)
        .order_by("id")
    )
    if not rows:
        return
    _mark_channel(rows[0], failed, now)
    for row in rows:
        again = None if failed is None else _again(row, failed, now)
        Attempt.objects.filter(delivery=row, number=row.tries).update(
            result=Result.SENT if failed is None else Result.FAILED,
            took_ms=max(0, round((now - started).total_seconds() * 1000)),
            error_zh=failed.zh if failed else "",
            error_en=failed.en if failed else "",
            next_try_at=again,
        )
        row.error_zh, row.error_en = (failed.zh, failed.en) if failed else ("", "")
        row.next_try_at = again
        if again is None:
            row.state, row.ended_at = (State.SENT if failed is None else State.FAILED), now
        row.save(update_fields=["state", "next_try_at", "ended_at", "error_zh", "error_en"])
        if failed is not None and again is not None:
            queue(row.pk, again, now, kind=row.notice.kind)
        elif failed is not None:
            _fall_back(row, failed, now)
    _tell(rows[0])


def _again(row: Delivery, failed: SendFailed, now: datetime) -> datetime | None:
    rules = default_rules()
    broken = row.channel is not None and row.channel.failures >= rules.broken_after
    if failed.final or row.notice.kind == TEST or broken:
        return None
    return next_try(rules.back_off, row.tries, now, asked=failed.retry_after)


def _mark_channel(row: Delivery, failed: SendFailed | None, now: datetime) -> None:
    if row.reach is not None and failed is not None and failed.gone and row.kind == Channel.Kind.WEB_PUSH:
        Reach.objects.filter(id=row.reach_id).update(enabled=False)
    if row.channel_id is None:
        return
    channel = Channel.objects.filter(id=row.channel_id)
    if failed is None:
        channel.update(failures=0, last_ok_at=now, last_error_zh="", last_error_en="")
    else:
        channel.update(failures=F("failures") + 1, last_failed_at=now, last_error_zh=failed.zh, last_error_en=failed.en)


def _fall_back(row: Delivery, failed: SendFailed, now: datetime) -> None:
    """The person's next channel; where there is none, the bell has it, and the list of deliveries says so."""
    if row.notice.only_id is not None:
        return
    tried = Delivery.objects.filter(notice_id=row.notice_id, person_id=row.person_id)
    tried_ids = [n for n in tried.values_list("reach_id", flat=True) if n is not None]
    way = next_way(
        ways_of([row.person_id]).get(row.person_id, []), tried_ids, broken_after=default_rules().broken_after
    )
    if way is not None:
        reach = Reach.objects.select_related("channel").get(id=way.reach)
        hand_over(row.notice, row.person, row.role, reach, now, now, instead_of=row)


def _tell(row: Delivery) -> None:
    emit(DeliveryChanged(id=row.warning_id or 0, enterprise_id=0, path=row.path))


@action
def take_up_again(acting_user: Actor, now: datetime) -> int:
    """Queue anew what a stopped worker left: notices whose people nobody looked for, deliveries past their time."""
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    from yufang.server.dispatch.actions import QUEUE, SPREAD

    late = now - timedelta(seconds=5)
    count = 0
    waiting: list[tuple[str, str, dict[str, int]]] = [
        (SPREAD, QUEUE, {"notice_id": n})
        for n in Notice.objects.filter(spread_at=None, at__lt=late).values_list("id", flat=True)[:5000]
    ]
    due = Delivery.objects.filter(state=State.WAITING, next_try_at__lt=late).order_by("next_try_at")
    waiting += [
        ("yufang.dispatch.deliver", queue_of(kind), {"delivery_id": d})
        for d, kind in due.values_list("id", "notice__kind")[:5000]
    ]
    for task, name, arguments in waiting:
        lock = f"{task}:{next(iter(arguments.values()))}"
        try:
            with transaction.atomic():  # what waits in the queue already must not end the whole transaction
                app.configure_task(task, queue=name, queueing_lock=lock).defer(**arguments)
            count += 1
        except AlreadyEnqueued:
            continue
    return count
