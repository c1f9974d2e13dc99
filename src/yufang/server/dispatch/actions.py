"""The only code that writes notices, deliveries, channels, rosters and inboxes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from procrastinate.contrib.django import app

from yufang.dispatch import default_rules
from yufang.server.accounts.queries import actor_of
from yufang.server.dispatch import queries
from yufang.server.dispatch.models import AckToken, InboxItem, Notice, Reach
from yufang.server.dispatch.queries import AckOutcome
from yufang.server.dispatch.spreading import QUEUE
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action, scoped
from yufang.server.warning.models import Warning

SPREAD = "yufang.dispatch.spread"


@action
def send(acting_user: Actor, alert_id: int, level: int, why: str, at: datetime) -> int | None:
    """Tell the people of `level` of the alert's chain, in the caller's transaction; returns the notice's id.

    `why`: raised | escalated | raised_again …: a word, kept in the ledger. Asked again for the same alert and level
    within ten minutes it does nothing and returns None. Who is told is found out by the job, right after the commit.
    """
    alert = Warning.objects.select_for_update(of=("self",)).filter(id=alert_id).first()
    if alert is None:
        raise not_found()
    content = _content("alert", alert_id, alert.round, level)
    if _told_already(content, at):
        return None
    notice = Notice.objects.create(
        path=alert.path,
        warning=alert,
        level=level,
        kind="alert",
        subject=f"warning:{alert_id}",
        content=content,
        at=at,
    )
    ledger.append_last(
        acting_user,
        alert.path,
        "dispatch.sent",
        f"warning:{alert_id}",
        {"level": level, "why": why, "notice": notice.pk},
    )
    app.configure_task(SPREAD, queue=QUEUE).defer(notice_id=notice.pk)
    return int(notice.pk)


@action
def notify(
    acting_user: Actor,
    *,
    person_ids: Sequence[int],
    kind: str,
    subject: str,
    title_zh: str,
    title_en: str,
    body_zh: str,
    body_en: str,
    link: str,
    at: datetime,
) -> int | None:
    """Tell people something that is not an alert, in the caller's transaction; returns the notice's id.

    `kind`: a word such as hazard_assigned; `subject`: `hazard:12`; `link`: a path of the console or the worker app.
    The same words about the same subject to the same people within ten minutes are told once (None).
    """
    people = sorted(set(person_ids))
    content = _content(kind, subject, people, title_zh, title_en, body_zh, body_en, link)
    if not people or _told_already(content, at):
        return None
    notice = Notice.objects.create(
        path=acting_user.scope,
        kind=kind,
        subject=subject,
        people=people,
        title_zh=title_zh,
        title_en=title_en,
        body_zh=body_zh,
        body_en=body_en,
        link=link,
        content=content,
        at=at,
    )
    ledger.append_last(
        acting_user, notice.path, "dispatch.notified", f"notice:{notice.pk}", {"kind": kind, "people": len(people)}
    )
    app.configure_task(SPREAD, queue=QUEUE).defer(notice_id=notice.pk)
    return int(notice.pk)


def _content(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _told_already(content: str, at: datetime) -> bool:
    with connection.cursor() as cursor:  # two at once: the second waits, and then finds the first one's row
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [content])
    window = timedelta(minutes=default_rules().same_within_minutes)
    near = (at - window, at + window)
    return Notice.objects.filter(content=content, at__range=near).exists()


def notice_to(acting_user: Actor, way: Reach, kind: str, at: datetime) -> int:
    """A test message by one way only, in the running transaction; returns the notice's id."""
    notice = Notice.objects.create(
        path=way.path,
        kind=kind,
        subject=f"way:{way.pk}",
        people=[way.person_id],
        only=way,
        title_zh="测试消息：渠道可用",
        title_en="Test message: this channel works",
        body_zh="这是一条测试消息，不是预警，无需处理。",
        body_en="This is a test, not an alert; nothing needs to be done.",
        content=_content(kind, way.pk, at.isoformat()),
        at=at,
    )
    ledger.append_last(acting_user, way.path, "dispatch.tested", f"notice:{notice.pk}", {"way": way.pk})
    app.configure_task(SPREAD, queue=QUEUE).defer(notice_id=notice.pk)
    return int(notice.pk)


@action
def mark_read(acting_user: Actor, items: Sequence[int] | None, at: datetime) -> int:
    """Mark one's own inbox rows as read (None: all); returns how many changed."""
    mine = InboxItem.objects.filter(person_id=acting_user.person_id, read_at=None)
    if items is not None:
        mine = mine.filter(id__in=list(items))
    return int(mine.update(read_at=at))


def acknowledge_by_link(token: str, at: datetime) -> AckOutcome:
    """Acknowledge the alert of a one-tap link as the person it was made for. Twice at once: one does it."""
    from yufang.server.warning import actions as warnings

    with scoped(Actor.platform()):
        found = queries.link(token, at, lock=True)
        if found.state != "open" or found.row is None:
            return found
        AckToken.objects.filter(id=found.row.pk).update(used_at=at)
        acting_user = actor_of(found.row.person)
        try:
            with transaction.atomic():
                warnings.acknowledge(acting_user, found.row.warning_id, "")
        except Refused as problem:
            if problem.status != 409:
                raise
            return replace(found, state="taken")
        return replace(found, state="done")
