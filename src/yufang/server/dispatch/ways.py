"""A person's ways, with the health of their channels."""

from __future__ import annotations

from collections.abc import Iterable

from yufang.dispatch.ways import Way
from yufang.server.dispatch.models import Reach


def ways_of(person_ids: Iterable[int]) -> dict[int, list[Way]]:
    """Every address of each person who has one; one whose channel is switched off counts as switched off."""
    rows = Reach.objects.select_related("channel").filter(person_id__in=list(person_ids)).order_by("position", "id")
    found: dict[int, list[Way]] = {}
    for row in rows:
        way = Way(
            reach=row.pk,
            kind=row.kind,
            position=row.position,
            enabled=row.enabled and (row.channel is None or row.channel.enabled),
            failures=row.channel.failures if row.channel is not None else 0,
        )
        found.setdefault(row.person_id, []).append(way)
    return found
