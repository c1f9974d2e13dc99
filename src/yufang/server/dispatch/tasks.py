"""Jobs of dispatch: who a notice is for, each try of a message, and every minute what was left behind."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connections
from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server.dispatch import actions, delivering, spreading
from yufang.server.dispatch.sending import SendFailed, send
from yufang.server.scope import Actor


@app.task(name=actions.SPREAD)
def spread(notice_id: int) -> None:
    """Find out who it is for. Twice is the same as once."""
    try:
        spreading.spread(Actor.platform(), notice_id, timezone.now())
    finally:
        connections["default"].close()


@app.task(name=spreading.DELIVER)
def deliver(delivery_id: int) -> None:
    """One try. The database is not held while the message is on its way."""
    try:
        deliver_now(delivery_id, timezone.now())
    finally:
        connections["default"].close()


def deliver_now(delivery_id: int, now: datetime) -> None:
    """Take on, send, record; `now` is when the try begins."""
    platform = Actor.platform()
    parcel = delivering.claim(platform, delivery_id, now)
    if parcel is None:
        return
    failed: SendFailed | None = None
    begun = timezone.now()
    try:
        send(parcel, now)
    except SendFailed as problem:
        failed = problem
    except Exception as error:  # a fault in a plugin is a failed try like any other, or the row would wait for ever
        failed = SendFailed(
            f"内部错误：{type(error).__name__}", f"internal error: {type(error).__name__}: {error}"[:300]
        )
    delivering.record(platform, parcel, failed, now, now + (timezone.now() - begun))


@app.periodic(cron="* * * * *")
@app.task(name="yufang.dispatch.take_up_again", queue=actions.QUEUE, queueing_lock="dispatch.take_up_again")
def take_up_again(timestamp: int) -> None:
    """Every minute: what a stopped worker left is queued anew."""
    try:
        delivering.take_up_again(Actor.platform(), max(timezone.now(), datetime.fromtimestamp(timestamp, UTC)))
    finally:
        connections["default"].close()
