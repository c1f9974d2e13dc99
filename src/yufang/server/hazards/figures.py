"""Response times, ageing, repeat offenders.

Whoever sees a whole region reads its tally; whoever sees less, or asks for one enterprise or area, reads the rows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Q, Sum, Value, When
from django.utils import timezone

from yufang.hazards.figures import AGES, bucket, response_times
from yufang.server.accounts.models import Organisation
from yufang.server.hazards.board import OPEN, late, roomy
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
REPEAT_DAYS, REPEAT_DAYS_REGION = 90, 30
REPEATS = 20


@dataclass
class Sums:
    """What was opened, closed and answered in how many minutes, of one month or one kind."""

    opened: int = 0
    closed: int = 0
    minutes: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, what: str, minutes: int, n: int) -> None:
        if what == "opened":
            self.opened += n
        elif what == "closed":
            self.closed += n
        else:
            self.minutes[minutes] += n

    def times(self) -> dict[str, Any]:
        found = response_times(self.opened, {m: n for m, n in self.minutes.items() if n})
        names = ("opened", "answered", "median", "p85", "within_2h", "within_48h")
        return {name: getattr(found, name) for name in names}


@dataclass
class Counted:
    """Sums over all, by month and by kind."""

    all: Sums = field(default_factory=Sums)
    months: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    kinds: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))


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
    roomy()
    first = _months_ago(now.date(), months - 1)
    given = {"kind": kind, "level": level, "enterprise_id": enterprise_id, "area_id": area_id}
    exact = {name: value for name, value in given.items() if value}
    region = enterprise_id is None and area_id is None
    whole = region and scope in ("/", root(scope))
    counted = _tallied(first, kind, level) if whole else _rows(first, exact)
    days = REPEAT_DAYS_REGION if region else REPEAT_DAYS
    return HazardFigures(
        all=ResponseTimesOut(**counted.all.times()),
        months=[HazardMonth(month=m, closed=s.closed, **s.times()) for m, s in sorted(counted.months.items())],
        kinds=[HazardKindFigures(kind=k, **s.times()) for k, s in sorted(counted.kinds.items()) if s.opened],
        ages=_ages(exact, now),
        repeats=_repeats(exact, now, days),
        repeat_days=days,
        rounded=True,
    )


def _months_ago(day: date, back: int) -> date:
    number = day.year * 12 + day.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


def _tallied(first: date, kind: str, level: str) -> Counted:
    counted = Counted()
    rows = Tally.objects.filter(level=level, month__gte=first)
    by_month = rows.filter(kind=kind).values_list("month", "what", "minutes").annotate(count=Sum("n")).order_by()
    for month, what, minutes, n in by_month:
        counted.all.add(what, minutes, n)
        counted.months[f"{month:%Y-%m}"].add(what, minutes, n)
    if kind:
        counted.kinds[kind] = counted.all
        return counted
    by_kind = rows.filter(kind__gt="").values_list("kind", "what", "minutes").annotate(count=Sum("n")).order_by()
    for name, what, minutes, n in by_kind:
        counted.kinds[name].add(what, minutes, n)
    return counted


def _rows(first: date, exact: dict[str, Any]) -> Counted:
    begin = timezone.make_aware(datetime(first.year, first.month, 1), UTC)
    rows = Hazard.objects.filter(opened_at__gte=begin, **exact)
    found = rows.values_list("opened_at", "kind", "answer_minutes", "closed_at")
    counted = Counted()
    for opened_at, kind, minutes, closed_at in found.iterator():
        month = f"{opened_at:%Y-%m}"
        for sums in (counted.all, counted.months[month], counted.kinds[kind]):
            sums.opened += 1
            sums.closed += closed_at is not None
            if minutes is not None:
                sums.minutes[bucket(minutes)] += 1
    return counted


def _ages(exact: dict[str, Any], now: datetime) -> list[HazardAges]:
    aged = Case(
        *(
            When(opened_at__gt=now - timedelta(days=high), then=Value(number))
            for number, (_, high) in enumerate(AGES)
            if high is not None
        ),
        default=Value(len(AGES) - 1),
    )
    rows = Hazard.objects.filter(OPEN, **exact).annotate(age=aged).values_list("age")
    found = {
        age: (n, over) for age, n, over in rows.annotate(n=Count("*"), over=Count("id", filter=late(now))).order_by()
    }
    return [
        HazardAges(days_from=low, days_to=high, open=found.get(i, (0, 0))[0], overdue=found.get(i, (0, 0))[1])
        for i, (low, high) in enumerate(AGES)
    ]


def _repeats(exact: dict[str, Any], now: datetime, days: int) -> list[HazardRepeat]:
    """Kinds that came up at one place more than once in the window, the most often first."""
    rows = Hazard.objects.filter(opened_at__gte=now - timedelta(days=days), **exact)
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
