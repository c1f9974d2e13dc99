"""What follows an answer: the point's probability, the enterprise's profile and its warnings move."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yufang.server.deduction import actions
from yufang.server.profiles import actions as profiles
from yufang.server.profiles.queries import today
from yufang.server.scope import Actor, scoped
from yufang.server.warning import actions as warnings


@app.task(name=actions.REFRESH, retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def refresh(point_id: int, path: str) -> None:
    """Each step finds out for itself what is left to do, so the job may run twice or be cut off anywhere."""
    acting_user = Actor.platform(scope=path)
    point = actions.refresh_belief(acting_user, point_id)
    if point is not None:
        with scoped(acting_user):
            day = today()
        warnings.follow_point(acting_user, point_id, day)
        profiles.follow_points(acting_user, point.organisation_id)
