"""Jobs of the room: points follow what people did; rounds close on their last day."""

from __future__ import annotations

from django.db import connections
from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server.participation import actions, assessments, neighbours, queries
from yufang.server.scope import Actor, scoped


@app.periodic(cron="* * * * *")
@app.task(name="yufang.participation.follow", queueing_lock="participation.follow")
def follow(timestamp: int) -> None:
    """Every minute: enterprises where somebody did something get their points and thanks; each in its own
    transaction, so that one that fails holds up no other."""
    acting_user = Actor.platform()
    try:
        with scoped(acting_user):
            due = neighbours.enterprises_to_follow(timezone.now() - actions.LOOK_BACK)
        for enterprise_id, path in due:
            actions.follow(Actor.platform(scope=path), enterprise_id, timezone.now())
        assessments.close_due(acting_user, queries.local_today())
    finally:
        connections["default"].close()
