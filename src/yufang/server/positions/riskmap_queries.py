"""What the risk map asks of this room: how many people are in each area. Counts only."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from yufang.server.positions.models import LatestFix, Wearing
from yufang.server.positions.queries import FRESH


def counts(enterprise_id: int, now: datetime) -> tuple[dict[int, int], int, int] | None:
    """(people by area, people in no area, tags that are worn and silent); None where nobody wears a tag now."""
    worn = Wearing.objects.filter(
        device__enterprise_id=enterprise_id, device__vehicle=False, returned_at__isnull=True, shift_ends__gt=now
    )
    running = set(worn.values_list("id", flat=True))
    if not running:
        return None
    since = int((now - FRESH).timestamp() * 1e6)
    fixes = LatestFix.objects.filter(wearing_id__in=running, blurred=False, at__gte=since)
    seen = Counter(fixes.values_list("area_id", flat=True))
    beyond = seen.pop(None, 0)
    return dict(seen), beyond, len(running) - beyond - sum(seen.values())
