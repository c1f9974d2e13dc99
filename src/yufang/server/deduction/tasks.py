"""What follows answers: probabilities, the enterprise's profile and its warnings move; every night all is relearnt."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yufang.server.accounts.models import Organisation
from yufang.server.deduction import actions, learning
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
def relearn(timestamp: int) -> None:
    """Every night: what all answers of a region say of its points."""
    with scoped(Actor.platform()):
        regions = list(Organisation.objects.filter(parent=None).values_list("path", flat=True))
    for region in regions:
        learning.relearn(Actor.platform(scope=region))
