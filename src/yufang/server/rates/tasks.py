"""Jobs of the rates room."""

from __future__ import annotations

from django.db import connections
from procrastinate.contrib.django import app

from yufang.server.rates import actions
from yufang.server.scope import Actor


@app.task(name=actions.SIMULATE)
def simulate(run_id: int, path: str) -> None:
    """Simulate the pool. Cut off anywhere, earlier proposals stand and the run is taken up again."""
    from yufang.rates import RateError, simulate_pool

    acting_user = Actor.platform(scope=path)
    try:
        job = actions.claim(acting_user, run_id)
        if job is None:
            return
        try:
            found = simulate_pool(
                job["enterprises"],
                job["rows"],
                job["table"],
                year=job["year"],
                income_change=job["income_change"],
                progress=lambda done, total: actions.beat(acting_user, run_id, done, total + 1),
            )
        except RateError as error:
            zh, en = f"{error.zh[0]}。{error.zh[1]}。", f"{error.message}; {error.way_out}."
            actions.fail(acting_user, run_id, zh, en)
            return
        actions.keep_simulation(acting_user, run_id, found)
    finally:
        connections["default"].close()


@app.periodic(cron="* * * * *")
@app.task(name="yufang.rates.take_up_again", queueing_lock="rates.take_up_again")
def take_up_again(timestamp: int) -> None:
    """Every minute: what a stopped worker left is queued anew."""
    actions.take_up_again(Actor.platform())
