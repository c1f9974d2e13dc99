"""The only code that writes notices, deliveries, channels, rosters and inboxes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from procrastinate.contrib.django import app

from yufang.dispatch import default_rules
from yufang.server.dispatch.models import Notice
from yufang.server.dispatch.spreading import QUEUE
from yufang.server.errors import not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action
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
    ledger.append(
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
    ledger.append(
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
