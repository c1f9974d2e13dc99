"""Timers: a job of each minute looks ahead, and one job at the very second runs what is due.

What is due stands in the rows (`due_at`). A job carries no state: killed at any point, its transaction never happened,
the row is still due, and the next job of either kind finds it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import connections, transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from yufang.server.scope import Actor, scoped
from yufang.server.warning import actions, life, observing, queries

BATCH = 500
log = logging.getLogger(__name__)


@app.task(name=life.RUN_DUE, queue=life.QUEUE, retry=RetryStrategy(max_attempts=3, wait=1))
def run_due() -> None:
    """Run everything that is due, each in a transaction of its own."""
    platform = Actor.platform()
    try:
        while True:
            now = timezone.now()
            with scoped(platform):
                alerts, watches = queries.due(now, BATCH)
            for watch_id in watches:
                _each(observing.run_watch, watch_id, now)
            done = [_each(actions.run_timers, alert_id, now) for alert_id in alerts]
            if len(alerts) < BATCH or not any(done):
                return
    finally:
        connections["default"].close()


def _each(run: Callable[[Actor, int, datetime], bool | None], number: int, now: datetime) -> bool:
    """One that fails must not keep the others waiting; it stays due and is tried again by the next job."""
    try:
        return bool(run(Actor.platform(), number, now))
    except Exception:
        log.exception("timer of %s %d failed", run.__name__, number)
        return False


@app.periodic(cron="* * * * *")
@app.task(name="yufang.warning.look_ahead", queue=life.QUEUE, queueing_lock="warning.look_ahead")
def look_ahead(timestamp: int) -> None:
    """Every minute: a job for each second of the next one and a half in which something is due, and one for now."""
    now = timezone.now()
    try:
        with scoped(Actor.platform()):
            seconds = queries.due_seconds(now + life.AHEAD)
        for second in sorted({one for one in seconds if one > now} | {now}):
            try:
                with transaction.atomic():
                    lock = f"warning.due:{int(second.timestamp())}"
                    app.configure_task(life.RUN_DUE, queue=life.QUEUE, schedule_at=second, queueing_lock=lock).defer()
            except AlreadyEnqueued:
                continue
    finally:
        connections["default"].close()
