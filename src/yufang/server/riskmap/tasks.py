"""Jobs of the room: what the map knew long ago is let go."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server.riskmap import actions
from yufang.server.scope import Actor


@app.periodic(cron="20 3 * * *")
@app.task(name="yufang.riskmap.forget", queueing_lock="riskmap.forget")
def forget(timestamp: int) -> None:
    """Every night versions older than a day are thinned to one a minute, those older than the setting let go."""
    actions.forget(Actor.platform(), timezone.now())
