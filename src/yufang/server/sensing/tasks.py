"""Jobs of the room: compaction of the stores with their retention, and rows of old batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.sensing.errors import SensingError
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions, forecasting, queries, stores


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


@app.periodic(cron="* * * * *")
@app.task(name="yufang.sensing.foretell", queueing_lock="sensing.foretell")
def foretell(timestamp: int) -> None:
    """Every minute channels that have a model are foretold."""
    with scoped(Actor.platform()):
        enterprises = forecasting.enterprises()
    _each(enterprises, lambda home: actions.foretell(Actor.platform(), home, timezone.now()))


@app.periodic(cron="* * * * *")
@app.task(name="yufang.sensing.leaks", queueing_lock="sensing.leaks")
def look_for_leaks(timestamp: int) -> None:
    """Every minute leaks are looked for where a watch stands."""
    with scoped(Actor.platform()):
        enterprises = queries.watched_enterprises()
    _each(enterprises, lambda home: actions.look_for_leaks(Actor.platform(), home, timezone.now()))


@app.periodic(cron="* * * * *")
@app.task(name="yufang.sensing.silence", queueing_lock="sensing.silence")
def look_for_silence(timestamp: int) -> None:
    """Every minute it is seen what has fallen silent, and what speaks again."""
    with scoped(Actor.platform()):
        enterprises = queries.stored_enterprises()
    _each(enterprises, lambda home: actions.look_for_silence(Actor.platform(), home, timezone.now()))


def _each(enterprises: Iterable[int], work: Callable[[int], object]) -> None:
    """Do it for each enterprise; one that fails doesn't keep the others."""
    failed: list[str] = []
    for enterprise_id in enterprises:
        try:
            work(enterprise_id)
        except Exception as error:
            failed.append(f"{enterprise_id}: {type(error).__name__}: {error}")
    if failed:
        raise RuntimeError("; ".join(failed))
