"""Response times and ageing: how minutes are rounded for counting, and what a count of them says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WITHIN_2_H = 120
WITHIN_48_H = 2880
# Open hazards by age in days; the last has no end.
AGES: tuple[tuple[int, int | None], ...] = ((0, 2), (2, 7), (7, 15), (15, 30), (30, 90), (90, None))


# (up to so many minutes, in steps of)
STEPS = ((WITHIN_2_H, 5), (WITHIN_48_H, 30), (30 * 1440, 360), (180 * 1440, 1440))


def bucket(minutes: int) -> int:
    """`minutes` rounded up: to 5 minutes within 2 h, half an hour within 48 h, 6 h within 30 days, then a day; at most
    180 days. 2 h and 48 h are edges, so the shares within them stay exact."""
    for limit, width in STEPS:
        if minutes <= limit:
            return max(width, -(-minutes // width) * width)
    return STEPS[-1][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """Times from opening to a person's first answer. Minutes; None where nothing was answered. Shares are of all that
    were opened, the unanswered among them."""

    opened: int
    answered: int
    median: int | None
    p85: int | None
    within_2h: float | None
    within_48h: float | None


def response_times(opened: int, counts: Mapping[int, int]) -> ResponseTimes:
    """What `counts` (minutes → how many hazards were answered in so many) says of `opened` hazards."""
    answered = sum(counts.values())
    return ResponseTimes(
        opened=opened,
        answered=answered,
        median=percentile(counts, 0.5),
        p85=percentile(counts, 0.85),
        within_2h=_share(counts, WITHIN_2_H, opened),
        within_48h=_share(counts, WITHIN_48_H, opened),
    )


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The smallest value that at least `share` of the counted lie at or below; None where nothing is counted."""
    total = sum(counts.values())
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if total and seen >= share * total:
            return value
    return None


def _share(counts: Mapping[int, int], limit: int, opened: int) -> float | None:
    return sum(n for value, n in counts.items() if value <= limit) / opened if opened else None
