"""Jobs of the room: orders are looked at when a step falls due, and every minute in case that was missed."""

from __future__ import annotations

from django.db import connections
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yufang.server.inspections import orders
from yufang.server.scope import Actor, scoped


@app.task(name=orders.FOLLOW, retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def follow_order(order_id: int, path: str) -> None:
    """One order; finds out for itself what is due, so it may run twice or be cut off anywhere."""
    try:
        orders.follow(Actor.platform(), order_id, timezone.now())
    finally:
        connections["default"].close()


@app.periodic(cron="* * * * *")
@app.task(name="yufang.inspections.follow_orders", queueing_lock="inspections.follow_orders")
def follow_orders(timestamp: int) -> None:
    """Every minute: orders whose time came while nobody worked, or whose hazards are all closed."""
    try:
        acting_user = Actor.platform()
        with scoped(acting_user):
            waiting = orders.to_look_at(timezone.now())
        for order_id, _ in waiting:
            orders.follow(acting_user, order_id, timezone.now())
    finally:
        connections["default"].close()
