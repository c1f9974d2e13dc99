"""Jobs of the room: a timer at its second, and every minute whatever a lost job left behind."""

from __future__ import annotations

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yufang.server.hazards import history, timing
from yufang.server.scope import Actor


@app.task(name=history.RING, retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def ring(timer_id: int, path: str) -> None:
    """Ring one timer; it may have been done, moved or deleted since."""
    timing.ring(Actor.platform(scope=history.root(path)), timer_id, timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="yufang.hazards.sweep", queueing_lock="hazards.sweep")
def sweep(timestamp: int) -> None:
    """Ring what is due and was not rung: after a restart, everything that came due while nothing ran."""
    timing.ring_due()


@app.periodic(cron="20 3 * * *")
@app.task(name="yufang.hazards.add_up", queueing_lock="hazards.add_up")
def add_up(timestamp: int) -> None:
    """Every night the tally is added up."""
    timing.add_up_tally(Actor.platform())
