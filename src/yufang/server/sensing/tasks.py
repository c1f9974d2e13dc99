"""Jobs of the room: compaction of the stores with their retention, and rows of old batches."""

from __future__ import annotations

import time

from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.sensing.errors import SensingError
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions, queries, stores


@app.periodic(cron="* * * * *")
@app.task(name="yufang.sensing.compact", queueing_lock="sensing.compact")
def compact(timestamp: int) -> None:
    """Every minute what landed is compacted, parts are merged and old days let go; the store of one enterprise that
    can't be doesn't keep the others."""
    from yufang.sensing.store_compact import Retention
    from yufang.sensing.store_compact import compact as compact_store

    with scoped(Actor.platform()):
        enterprises = queries.stored_enterprises()
    failed: list[str] = []
    for enterprise_id in enterprises:
        store = stores.store_of(enterprise_id)
        if not store.root.exists():
            continue
        try:
            compact_store(store, int(time.time() * 1e6), Retention(raw=stores.RAW_DAYS))
        except SensingError as error:
            if error.code != "busy_store":
                failed.append(str(error))
    if failed:
        raise RuntimeError("; ".join(failed))


@app.periodic(cron="40 3 * * *")
@app.task(name="yufang.sensing.forget", queueing_lock="sensing.forget")
def forget(timestamp: int) -> None:
    """Every night rows of old batches are let go."""
    actions.forget_batches(Actor.platform(), timezone.now())
