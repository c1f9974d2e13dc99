"""Jobs of the room: positions are blurred when the shift has ended."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server.positions import actions
from yufang.server.scope import Actor


@app.periodic(cron="*/5 * * * *")
@app.task(name="yufang.positions.blur", queueing_lock="positions.blur")
def blur(timestamp: int) -> None:
    """Every five minutes: of people whose shift has ended only the area is left."""
    actions.blur(Actor.platform(), timezone.now())
