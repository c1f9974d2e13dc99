"""A person's ways, with the health of their channels."""

from __future__ import annotations

from yufang.dispatch.ways import Way
from yufang.server.dispatch.models import Reach


def ways_of(person_id: int) -> list[Way]:
    """Every address of a person; one whose channel is switched off counts as switched off."""
    rows = Reach.objects.select_related("channel").filter(person_id=person_id).order_by("position", "id")
    return [
        Way(
            reach=row.pk,
            kind=row.kind,
            position=row.position,
            enabled=row.enabled and (row.channel is None or row.channel.enabled),
            failures=row.channel.failures if row.channel is not None else 0,
        )
        for row in rows
    ]
