"""Jobs of the room: points follow what people did; rounds close on their last day."""

from __future__ import annotations

from datetime import timedelta

from django.db import connections
from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server.participation import actions, assessments, neighbours, queries
from yufang.server.scope import Actor, scoped

JUST_NOW = timedelta(hours=1)


@app.periodic(cron="* * * * *")
@app.task(name="yufang.participation.follow", queueing_lock="participation.follow")
def follow(timestamp: int) -> None:
    """Every minute: points and thanks of enterprises where somebody did something within the hour; rounds that are
    due close. Each enterprise in its own transaction."""
    _follow(JUST_NOW)


@app.periodic(cron="20 3 * * *")
@app.task(name="yufang.participation.follow_all", queueing_lock="participation.follow_all")
def follow_all(timestamp: int) -> None:
    """Every night: the same for all that happened within two months, whatever a stopped server missed."""
    _follow(actions.LOOK_BACK)


def _follow(back: timedelta) -> None:
    acting_user = Actor.platform()
    try:
        with scoped(acting_user):
            due = neighbours.enterprises_to_follow(timezone.now() - back)
        for enterprise_id, path in due:
            actions.follow(Actor.platform(scope=path), enterprise_id, timezone.now())
        assessments.close_due(acting_user, queries.local_today())
    finally:
        connections["default"].close()
