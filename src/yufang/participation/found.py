"""Who found the hazards: the share found by workers, month by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

WORKERS = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMonth:
    """Hazards opened in a month ("2026-06"); `share` is by_workers / total, None in a month without hazards."""

    month: str
    by_workers: int
    total: int
    share: float | None


def found_by_workers(counts: Iterable[tuple[str, str, int]], months: Iterable[str]) -> tuple[FoundMonth, ...]:
    """`counts`: (month, found_by, hazards), `found_by` "worker" being reports of workers, named or anonymous.

    One row for each of `months`, in their order. Raises ValueError for a negative count.
    """
    total: dict[str, int] = defaultdict(int)
    workers: dict[str, int] = defaultdict(int)
    for month, found_by, n in counts:
        if n < 0:
            raise ValueError(f"{month} {found_by}: {n} hazards; a count is 0 or more")
        total[month] += n
        workers[month] += n if found_by == WORKERS else 0
    return tuple(
        FoundMonth(month=m, by_workers=workers[m], total=total[m], share=workers[m] / total[m] if total[m] else None)
        for m in months
    )
