"""Jobs of the room `decisions`."""

from __future__ import annotations

from django.db import connections
from procrastinate.contrib.django import app

from yufang.server.decisions import actions
from yufang.server.scope import Actor, scoped


@app.task(name=actions.TRY)
def try_version(trial_id: int, path: str) -> None:
    """Try a version on the last 90 days. Cut off anywhere, nothing is kept and the trial is taken up again."""
    from yufang.server.decisions import trials

    acting_user = Actor.platform(scope=path)
    try:
        claimed = actions.claim(acting_user, trial_id)
        if claimed is None:
            return
        job, batches = claimed
        tally = trials.Tally()
        try:
            for done, ids in enumerate(batches, 1):
                with scoped(acting_user):
                    trials.run_batch(job, ids, tally)
                actions.beat(acting_user, trial_id, done)
            with scoped(acting_user):
                result = trials.result(job, tally, sum(len(ids) for ids in batches))
        except trials.Unlike as unlike:
            actions.fail(
                acting_user,
                trial_id,
                f"两个求值引擎对同一情形给出不同结果({unlike})，试算已停止；请把这份表交给维护人员。",
                f"The two engines decide one case differently ({unlike}); the trial has stopped. Send the table to "
                "whoever maintains the platform.",
            )
            return
        actions.keep_trial(acting_user, trial_id, result)
    finally:
        connections["default"].close()


@app.periodic(cron="* * * * *")
@app.task(name="yufang.decisions.take_up_again", queueing_lock="decisions.take_up_again")
def take_up_again(timestamp: int) -> None:
    """Every minute: what a stopped worker left is queued anew."""
    actions.take_up_again(Actor.platform())
