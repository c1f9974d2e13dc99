"""Jobs of the room: exports that people asked for, and once a day what is over its time."""

from __future__ import annotations

from django.db import connections
from django.utils import timezone
from procrastinate.contrib.django import app

from yufang.server.privacy import actions, retention
from yufang.server.scope import Actor


@app.task(name="yufang.privacy.export")
def make_export(export_id: int) -> None:
    """Pack one export; run twice it does nothing the second time."""
    try:
        actions.make_export(Actor.platform(), export_id, timezone.now())
    except Exception:
        actions.fail_export(Actor.platform(), export_id)
        raise
    finally:
        connections["default"].close()


@app.periodic(cron="20 3 * * *")
@app.task(name="yufang.privacy.retention", queueing_lock="privacy.retention")
def let_go(timestamp: int) -> None:
    """Every night: rows that are over their retention period."""
    try:
        retention.run_all(timezone.now())
    finally:
        connections["default"].close()
