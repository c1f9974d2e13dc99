"""What is written beside every change: the step with its leaf, the timers anew, the tally, the event."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app

from yufang.hazards.deadlines import Standing, timers
from yufang.hazards.figures import bucket
from yufang.hazards.lifecycle import Life
from yufang.server.hazards.models import Hazard, HazardPhoto, HazardStep, Tally, Timer
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import HazardChanged, emit
from yufang.server.scope import Actor

RING = "yufang.hazards.ring"


def text_hash(text: str) -> str:
    """What the ledger keeps of a free text."""
    return hashlib.sha256(text.encode()).hexdigest()


def root(path: str) -> str:
    """The path of the region that `path` lies in: `/1/24/` → `/1/`."""
    return "/" + path.strip("/").split("/")[0] + "/"


def life_of(hazard: Hazard) -> Life:
    """The hazard as the rules of its life see it."""
    return Life(
        state=hazard.state,
        owner=hazard.owner_id,
        fixer=hazard.fixer_id,
        checker=hazard.checker_id,
        refuser=hazard.refuser_id,
        reporter=hazard.reporter_id,
        by_code=hazard.by_code,
        major=hazard.major is True,
        contested=hazard.contested,
        reopened=hazard.reopened,
        closed_why=hazard.closed_why,
    )


def write_step(
    acting_user: Actor,
    hazard: Hazard,
    action: str,
    *,
    before: str,
    after: str,
    at: datetime,
    by: int | None,
    to: int | None = None,
    note: str = "",
    text: tuple[str, str] = ("", ""),
) -> None:
    """Keep a step and its leaf, as the last thing of the action: appends make all writers wait."""
    step = HazardStep(
        hazard=hazard,
        path=hazard.path,
        action=action,
        before=before,
        after=after,
        note=note,
        text_zh=text[0],
        text_en=text[1],
        by_id=by,
        to_id=to,
        level=hazard.level,
        at=at,
    )

    def keep(index: int) -> None:
        step.ledger_index = index
        step.save(force_insert=True)

    ledger.append_last(acting_user, hazard.path, f"hazards.{action}", f"hazard:{hazard.pk}", step_facts(step), keep)


def step_facts(step: HazardStep) -> dict[str, Any]:
    """What the ledger keeps of a step: ids, states, hashes."""
    facts: dict[str, Any] = {"before": step.before, "after": step.after, "level": step.level}
    if step.to_id is not None:
        facts["to"] = step.to_id
    if step.note:
        facts["note_sha256"] = text_hash(step.note)
    return facts


def photo_facts(photo: HazardPhoto) -> dict[str, Any]:
    """What the ledger keeps of a photo."""
    return {"role": photo.role, "photo_sha256": photo.sha256}


def plan_timers(hazard: Hazard) -> None:
    """Make the timers that are still to come what the hazard's standing asks for; what is done stays done."""
    wanted = timers(
        Standing(
            state=hazard.state,
            level=hazard.level,
            opened_at=hazard.opened_at,
            promise_due_at=hazard.promise_due_at,
            due_at=hazard.due_at,
            since=hazard.since,
            answered=hazard.answered_at is not None,
            major_at=hazard.major_at if hazard.major else None,
        )
    )
    keep = {(due.kind, due.at) for due in wanted}
    waiting = list(Timer.objects.filter(hazard=hazard, done_at__isnull=True))
    stale = [t.pk for t in waiting if (t.kind, t.due_at) not in keep]
    if stale:
        Timer.objects.filter(id__in=stale).delete()
    rows = [Timer(hazard=hazard, path=hazard.path, kind=due.kind, due_at=due.at) for due in wanted]
    Timer.objects.bulk_create(rows, ignore_conflicts=True)
    following = Timer.objects.filter(hazard=hazard, done_at__isnull=True).order_by("due_at", "id").first()
    if following is not None:
        # To the second; the sweep of every minute finds it too, should this job be lost.
        app.configure_task(RING, schedule_at=following.due_at).defer(timer_id=following.pk, path=hazard.path)


def count(hazard: Hazard, what: str, n: int = 1, level: str | None = None) -> None:
    """Add to the region's tally of this kind of hazard."""
    minutes = bucket(hazard.answer_minutes) if what == "answered" and hazard.answer_minutes is not None else -1
    at = level or hazard.level
    month = hazard.opened_at.date().replace(day=1)
    cube = [(hazard.kind, at), (hazard.kind, ""), ("", at), ("", "")]
    rows = [[root(hazard.path), month, kind, weight, what, minutes, n] for kind, weight in cube]
    with connection.cursor() as cursor:
        # Without reading back: the rows are the region's, which an enterprise's people may add to and not see.
        cursor.executemany(
            f"INSERT INTO {Tally._meta.db_table} (path, month, kind, level, what, minutes, n) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def add_up() -> None:
    """Replace tally rows that say the same by their sum, in the open scope and the caller's transaction."""
    names = "path, month, kind, level, what, minutes"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH old AS (DELETE FROM {Tally._meta.db_table} RETURNING {names}, n) "
            f"INSERT INTO {Tally._meta.db_table} ({names}, n) "
            f"SELECT {names}, sum(n) FROM old GROUP BY {names} HAVING sum(n) <> 0"
        )


def recount_level(hazard: Hazard, before: str) -> None:
    """Move what the tally holds of a hazard from one level to another."""
    for what, counts in (
        ("opened", True),
        ("answered", hazard.answer_minutes is not None),
        ("closed", hazard.state == Hazard.State.CLOSED),
    ):
        if counts and before != hazard.level:
            count(hazard, what, -1, level=before)
            count(hazard, what, 1)


def tell_live(hazard: Hazard) -> None:
    """Tell every open page."""
    emit(
        HazardChanged(
            id=hazard.pk,
            enterprise_id=hazard.enterprise_id,
            path=hazard.path,
            state=str(hazard.state),
            level=str(hazard.level),
        )
    )
