"""Jobs of the ledger."""

from __future__ import annotations

from procrastinate.contrib.django import app

from yufang.server.ledger import actions
from yufang.server.scope import Actor


@app.periodic(cron="*/10 * * * *")
@app.task(name="yufang.ledger.keep_checkpoint", queueing_lock="ledger.keep_checkpoint")
def keep_checkpoint(timestamp: int) -> None:
    """Keep the root every ten minutes; the same size twice is kept once."""
    actions.keep_checkpoint(Actor.platform())
