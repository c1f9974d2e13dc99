"""Response times, ageing, repeat offenders.

Whoever sees a whole region reads its tally; whoever sees less, or asks for one enterprise or area, reads the rows.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from yufang.hazards.figures import AGES, bucket, response_times
from yufang.server.accounts.models import Organisation
from yufang.server.hazards.board import OPEN, late
from yufang.server.hazards.contracts import (
    HazardAges,
    HazardFigures,
    HazardKindFigures,
    HazardMonth,
    HazardRepeat,
    ResponseTimesOut,
)
from yufang.server.hazards.history import root
from yufang.server.hazards.models import Hazard, Tally
from yufang.server.places.models import Area

MONTHS = 12
REPEAT_DAYS = 90
REPEATS = 20
# (month, kind, what, minutes) → how many
Counts = dict[tuple[date, str, str, int], int]


def figures(
    scope: str,
    now: datetime,
    *,
    months: int = MONTHS,
    kind: str = "",
    level: str = "",
    enterprise_id: int | None = None,
    area_id: int | None = None,
) -> HazardFigures:
    """The figures of the last `months` months for someone whose scope is `scope`."""
    first = _months_ago(now.date(), months - 1)
    narrow = {"kind": kind, "level": level}
    exact: dict[str, Any] = {name: value for name, value in narrow.items() if value}
    where = {"enterprise_id": enterprise_id, "area_id": area_id}
    placed = {name: value for name, value in where.items() if value is not None}
    whole = not placed and scope in ("/", root(scope))
    counts = _tallied(first, exact) if whole else _rows(first, exact | placed)
    return HazardFigures(
        all=_times(counts),
        months=[_month(counts, month) for month in sorted({key[0] for key in counts})],
        kinds=[_kind(counts, name) for name in sorted({key[1] for key in counts})],
        ages=_ages(exact | placed, now),
        repeats=_repeats(exact | placed, now),
        repeat_days=REPEAT_DAYS,
        rounded=True,
    )


def _months_ago(day: date, back: int) -> date:
    number = day.year * 12 + day.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def _tallied(first: date, exact: dict[str, Any]) -> Counts:
    rows = Tally.objects.filter(month__gte=first, **exact)
    groups = rows.values_list("month", "kind", "what", "minutes").annotate(count=Sum("n")).order_by()
    return {(month, kind, what, minutes): n for month, kind, what, minutes, n in groups if n}


def _rows(first: date, exact: dict[str, Any]) -> Counts:
    rows = Hazard.objects.filter(opened_at__date__gte=first, **exact).annotate(month=TruncMonth("opened_at"))
    counts: Counts = defaultdict(int)
    groups = rows.values_list("month", "kind", "answer_minutes").annotate(
        n=Count("*"), closed=Count("id", filter=Q(closed_at__isnull=False))
    )
    for month, kind, minutes, n, closed in groups.order_by():
        day = month.date().replace(day=1)
        counts[day, kind, "opened", -1] += n
        counts[day, kind, "closed", -1] += closed
        if minutes is not None:
            counts[day, kind, "answered", bucket(minutes)] += n
    return counts


def _times(counts: Counts, **only: Any) -> ResponseTimesOut:
    return ResponseTimesOut(**_response(counts, only.get("month"), only.get("kind")))


def _response(counts: Counts, month: date | None, kind: str | None) -> dict[str, Any]:
    opened = 0
    minutes: dict[int, int] = defaultdict(int)
    for (m, k, what, value), n in counts.items():
        if (month is not None and m != month) or (kind is not None and k != kind):
            continue
        if what == "opened":
            opened += n
        elif what == "answered":
            minutes[value] += n
    found = response_times(opened, minutes)
    names = ("opened", "answered", "median", "p85", "within_2h", "within_48h")
    return {name: getattr(found, name) for name in names}


def _month(counts: Counts, month: date) -> HazardMonth:
    closed = sum(n for (m, _, what, _), n in counts.items() if m == month and what == "closed")
    return HazardMonth(month=f"{month:%Y-%m}", closed=closed, **_response(counts, month, None))


def _kind(counts: Counts, kind: str) -> HazardKindFigures:
    return HazardKindFigures(kind=kind, **_response(counts, None, kind))


def _ages(exact: dict[str, Any], now: datetime) -> list[HazardAges]:
    rows = Hazard.objects.filter(OPEN, **exact)
    names = {}
    for number, (low, high) in enumerate(AGES):
        aged = Q(opened_at__lte=now - timedelta(days=low))
        if high is not None:
            aged &= Q(opened_at__gt=now - timedelta(days=high))
        names[f"n{number}"] = Count("id", filter=aged)
        names[f"late{number}"] = Count("id", filter=aged & late(now))
    found = rows.aggregate(**names)
    return [
        HazardAges(days_from=low, days_to=high, open=found[f"n{number}"], overdue=found[f"late{number}"])
        for number, (low, high) in enumerate(AGES)
    ]


def _repeats(exact: dict[str, Any], now: datetime) -> list[HazardRepeat]:
    """Kinds that came up at one place more than once in the window, the most often first."""
    rows = Hazard.objects.filter(opened_at__gte=now - timedelta(days=REPEAT_DAYS), **exact)
    groups = (
        rows.values("enterprise_id", "area_id", "kind")
        .annotate(times=Count("*"), still=Count("id", filter=Q(closed_at__isnull=True)))
        .filter(times__gte=2)
        .order_by("-times", "enterprise_id", "area_id", "kind")[:REPEATS]
    )
    found = list(groups)
    homes = Organisation.objects.in_bulk({g["enterprise_id"] for g in found})
    areas = Area.objects.in_bulk({g["area_id"] for g in found if g["area_id"]})
    return [_repeat(g, homes, areas) for g in found]


def _repeat(group: dict[str, Any], homes: dict[int, Organisation], areas: dict[int, Area]) -> HazardRepeat:
    area = areas.get(group["area_id"])
    return HazardRepeat(
        enterprise_id=group["enterprise_id"],
        enterprise_name=homes[group["enterprise_id"]].name,
        area_id=group["area_id"],
        area_zh=area.name_zh if area else "",
        area_en=(area.name_en or area.name_zh) if area else "",
        kind=group["kind"],
        times=group["times"],
        open=group["still"],
    )
