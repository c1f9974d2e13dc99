"""What follows answers: probabilities, the enterprise's profile and its warnings move; every night all is relearnt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import connections
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yufang.server.accounts.models import Organisation
from yufang.server.deduction import actions, learning, retraining
from yufang.server.profiles import actions as profiles
from yufang.server.profiles.queries import today
from yufang.server.scope import Actor, scoped
from yufang.server.warning import actions as warnings


@app.task(name=actions.REFRESH, retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def refresh(point_id: int, path: str) -> None:
    """Each step finds out for itself what is left to do, so the job may run twice or be cut off anywhere."""
    point = learning.spread(Actor.platform(scope=learning.root(path)), point_id)
    if point is not None:
        acting_user = Actor.platform(scope=path)
        with scoped(acting_user):
            day = today()
        warnings.follow_point(acting_user, point_id, day)
        profiles.follow_points(acting_user, point.enterprise)


@app.periodic(cron="40 2 * * *")
@app.task(name="yufang.deduction.relearn", queueing_lock="deduction.relearn")
async def relearn(timestamp: int) -> None:
    """Every night: what all answers of a region say of its points, and to its ranking model."""
    for number, path in await _apart(_regions):
        acting_user = Actor.platform(scope=path)
        fresh, labels, day = await _apart(lambda actor=acting_user: _lessons(actor))
        ranking = await retraining.retrain_apart(retraining.place(number), labels, day) if fresh else ""
        await _apart(lambda actor=acting_user, version=ranking: learning.relearn(actor, version))


def _regions() -> list[tuple[int, str]]:
    with scoped(Actor.platform()):
        return list(Organisation.objects.filter(parent=None).values_list("id", "path"))


def _lessons(acting_user: Actor) -> tuple[bool, list[retraining.Label], date]:
    with scoped(acting_user):
        return learning.is_new(acting_user.scope), learning.labels(acting_user.scope), today() + timedelta(days=1)


async def _apart(function: Callable[[], Any]) -> Any:
    """Run database work in a thread, and hand its connection back."""

    def run() -> Any:
        try:
            return function()
        finally:
            connections["default"].close()

    return await asyncio.to_thread(run)
