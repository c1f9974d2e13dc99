"""The desk's lists: the table, the columns of the board, the map.

Counts stop at `MOST_COUNTED`: beyond it "more" is true, and a page of a million rows costs what a page of ten does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Max, Q, QuerySet, Value, When

from yufang.hazards.kinds import LEVELS
from yufang.hazards.lifecycle import State
from yufang.server.accounts.models import Organisation, Person
from yufang.server.errors import not_found
from yufang.server.hazards.contracts import (
    HazardBoard,
    HazardColumn,
    HazardMap,
    HazardMapPlace,
    HazardMapSpot,
    HazardPage,
    HazardRow,
    PersonName,
)
from yufang.server.hazards.models import Hazard
from yufang.server.paging import window
from yufang.server.profiles.models import Enterprise
from yufang.server.scope import set_local

MOST_COUNTED = 10_000
CARDS = 20  # of a column
CLOSED_DAYS = 30  # the board's last column looks back so far
MOST_SPOTS = 2_000
MOST_PLACES = 2_000  # the worst of a region; more marks than that hide one another
BOARD: tuple[State, ...] = ("opened", "assigned", "in_progress", "fixed", "checked", "confirmed", "refused", "closed")
WAITS_FOR_FIX = ("opened", "assigned", "in_progress")
_ROW = (
    "id", "enterprise_id", "area_id", "kind", "level", "state", "title_zh", "title_en", "found_by", "opened_at",
    "answered_at", "promise_due_at", "due_at", "closed_at", "owner_id", "escalated", "reopened", "contested", "major",
    "suspects", "synthetic",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter. Empty and None leave a condition out; `q` is a number, or words in the title or the enterprise's name
    (words are looked for among open hazards, and among all of one enterprise)."""

    state: str = ""  # a state, "open" or ""
    kind: str = ""
    level: str = ""
    found_by: str = ""
    enterprise_id: int | None = None
    area_id: int | None = None
    owner_id: int | None = None
    overdue: bool = False
    major: bool = False
    q: str = ""


def roomy() -> None:
    """Memory for this transaction's sorts: the planner takes a scope for small and would sort on disk."""
    set_local("work_mem", "32MB")


def home_of(scope: str) -> int | None:
    """The enterprise that a scope is all of, so that its people's questions go by its index; None for a region."""
    number = int(scope.strip("/").split("/")[-1] or 0)
    found = Organisation.objects.filter(id=number, path=scope, kind=Organisation.Kind.ENTERPRISE)
    return number if found.exists() else None


def late(now: datetime) -> Q:
    """Whose fix or promised answer is late."""
    fix = Q(state__in=WAITS_FOR_FIX, due_at__lt=now)
    answer = Q(state__in=WAITS_FOR_FIX, answered_at__isnull=True, promise_due_at__lt=now)
    return fix | answer


def _filtered(wanted: Wanted, now: datetime) -> QuerySet[Hazard]:
    rows = Hazard.objects.all()
    exact = {"kind": wanted.kind, "level": wanted.level, "found_by": wanted.found_by}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    ids = {"enterprise_id": wanted.enterprise_id, "area_id": wanted.area_id, "owner_id": wanted.owner_id}
    rows = rows.filter(**{name: value for name, value in ids.items() if value is not None})
    if wanted.major:
        rows = rows.filter(major=True)
    if wanted.overdue:
        rows = rows.filter(OPEN).filter(late(now))
    return _named(rows, wanted) if wanted.q else rows


# Spelt as the partial indexes are, so that they serve it.
OPEN = Q(closed_at__isnull=True)


def _named(rows: QuerySet[Hazard], wanted: Wanted) -> QuerySet[Hazard]:
    if wanted.q.isdigit():
        return rows.filter(id=int(wanted.q))
    homes = Organisation.objects.filter(name__icontains=wanted.q, kind="enterprise")
    named = Q(enterprise_id__in=list(homes.values_list("id", flat=True)[:500]))
    words = Q(title_zh__contains=wanted.q)
    if wanted.q.isascii():
        words |= Q(title_en__icontains=wanted.q)
    if wanted.enterprise_id is not None:
        return rows.filter(words)
    if wanted.state == "closed":
        return rows.filter(named)
    return rows.filter(OPEN).filter(words | named)


def _in_state(rows: QuerySet[Hazard], state: str) -> QuerySet[Hazard]:
    if state == "open":
        return rows.filter(OPEN)
    if state == "closed":
        return rows.filter(closed_at__isnull=False)
    return rows.filter(OPEN, state=state) if state else rows


def page(wanted: Wanted, number: int, size: int, now: datetime) -> HazardPage:
    """The table: open hazards by the date of their fix, the rest by when they closed or were opened, newest first."""
    rows = _in_state(_filtered(wanted, now), wanted.state)
    total, more = _counted(rows)
    if wanted.state == "closed":
        ordered = rows.order_by("-closed_at", "-id")
    elif wanted.state or wanted.overdue:
        ordered = rows.order_by("due_at", "id")
    else:
        ordered = rows.order_by("-opened_at", "-id")
    ids = list(ordered.values_list("id", flat=True)[window(number, size)])
    return HazardPage(total=total, more=more, at_most=MOST_COUNTED, page=number, size=size, items=rows_of(ids, now))


def _counted(rows: QuerySet[Hazard]) -> tuple[int, bool]:
    found = rows.order_by().values("id")[: MOST_COUNTED + 1].count()
    return min(found, MOST_COUNTED), found > MOST_COUNTED


def board(wanted: Wanted, now: datetime) -> HazardBoard:
    """The columns of the board, each with its most urgent cards; `closed` looks back `CLOSED_DAYS` days."""
    roomy()
    rows = _filtered(wanted, now)
    counts = {
        state: (n, over)
        for state, n, over in rows.filter(OPEN)
        .values_list("state")
        .annotate(n=Count("*"), over=Count("id", filter=late(now)))
        .order_by()
    }
    closed = rows.filter(closed_at__gte=now - timedelta(days=CLOSED_DAYS))
    done, more = _counted(closed)
    ids = {
        state: list(rows.filter(OPEN, state=state).order_by("due_at", "id").values_list("id", flat=True)[:CARDS])
        for state in counts
    }
    ids["closed"] = list(closed.order_by("-closed_at", "-id").values_list("id", flat=True)[:CARDS])
    known = {row.id: row for row in rows_of([i for found in ids.values() for i in found], now)}
    return HazardBoard(
        columns=[
            HazardColumn(
                state=state,
                total=done if state == "closed" else counts.get(state, (0, 0))[0],
                more=more if state == "closed" else False,
                overdue=counts.get(state, (0, 0))[1],
                items=[known[i] for i in ids.get(state, [])],
            )
            for state in BOARD
        ]
    )


def rows_of(ids: list[int], now: datetime) -> list[HazardRow]:
    """Rows of these hazards, in this order. First which rows, then what belongs to them."""
    found = Hazard.objects.select_related("enterprise", "area", "owner").in_bulk(ids)
    return [HazardRow(**row_of(found[i], now)) for i in ids if i in found]


def row(hazard_id: int, now: datetime) -> HazardRow:
    """One hazard as a row. Refuses with 404."""
    found = rows_of([hazard_id], now)
    if not found:
        raise not_found()
    return found[0]


def row_of(hazard: Hazard, now: datetime) -> dict[str, Any]:
    """The fields of a row."""
    values = {name: getattr(hazard, name) for name in _ROW if name != "owner_id"}
    area = hazard.area
    waits = hazard.state in WAITS_FOR_FIX
    unanswered = hazard.answered_at is None and hazard.promise_due_at < now
    return values | {
        "enterprise_name": hazard.enterprise.name,
        "area_zh": area.name_zh if area else "",
        "area_en": (area.name_en or area.name_zh) if area else "",
        "owner": named(hazard.owner),
        "overdue": waits and (hazard.due_at < now or unanswered),
        "suspects": len(hazard.suspects),
    }


def named(person: Person | None) -> PersonName | None:
    """A person as named beside what they do."""
    return PersonName(id=person.pk, name=person.name, name_en=person.name_en or person.name) if person else None


_WEIGHT = Case(
    *(When(level=level, then=Value(weight)) for weight, level in enumerate(LEVELS)),
    default=Value(0),
    output_field=IntegerField(),
)


def map_of(wanted: Wanted, now: datetime) -> HazardMap:
    """Open hazards by place: of one enterprise each by itself, of a region by enterprise."""
    roomy()
    rows = _filtered(wanted, now).filter(OPEN)
    if wanted.state and wanted.state != "open":
        rows = rows.filter(state=wanted.state)
    return _places(rows, now) if wanted.enterprise_id is None else _spots(rows, now)


def _places(rows: QuerySet[Hazard], now: datetime) -> HazardMap:
    groups = list(
        rows.values_list("enterprise_id")
        .annotate(n=Count("*"), over=Count("id", filter=late(now)))
        .annotate(major=Count("id", filter=Q(major=True)), w=Max(_WEIGHT))
        .order_by()
    )
    placed = Enterprise.objects.filter(latitude__isnull=False, longitude__isnull=False)
    shown = sorted(groups, key=lambda g: (-g[3], -g[2], -g[1], g[0]))[:MOST_PLACES]
    placed = placed.filter(pk__in=[g[0] for g in shown])
    homes = {pk: rest for pk, *rest in placed.values_list("pk", "name", "latitude", "longitude")}
    places = [
        # Thousands of them, every value from a column of its type: made without asking each for its type again.
        HazardMapPlace.model_construct(
            enterprise_id=home,
            name=homes[home][0],
            lat=homes[home][1],
            lon=homes[home][2],
            open=n,
            overdue=over,
            major=major,
            level=LEVELS[weight],
        )
        for home, n, over, major, weight in shown
        if home in homes
    ]
    total = sum(g[1] for g in groups)
    return HazardMap.model_construct(open=total, placed=sum(p.open for p in places), places=places, spots=[])


def _spots(rows: QuerySet[Hazard], now: datetime) -> HazardMap:
    total = rows.count()
    found = rows.filter(Q(x__isnull=False) | Q(lat__isnull=False)).order_by("due_at", "id")
    plan = F("area__plan_id")
    values = found.values(
        "id", "title_zh", "title_en", "level", "state", "area_id", "x", "y", "lat", "lon", "due_at", "answered_at",
        "promise_due_at", plan_id=plan,
    )[:MOST_SPOTS]  # fmt: skip
    spots = [HazardMapSpot(**(v | {"overdue": _late_row(v, now)})) for v in values]
    return HazardMap(open=total, placed=len(spots), places=[], spots=spots)


def _late_row(values: dict[str, Any], now: datetime) -> bool:
    if values["state"] not in WAITS_FOR_FIX:
        return False
    return values["due_at"] < now or (values["answered_at"] is None and values["promise_due_at"] < now)
