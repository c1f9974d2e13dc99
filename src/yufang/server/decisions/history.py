"""What the last 90 days hold, as the tier tables ask for it: points and profiles in each state that is on record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from yufang.server.accounts.models import Organisation
from yufang.server.cases.models import InjuryCase
from yufang.server.deduction.models import Answer
from yufang.server.profiles.models import Enterprise, ProfileMonth
from yufang.server.warning.models import Warning

if TYPE_CHECKING:
    import polars as pl

DAYS = 90
BATCH = 400  # enterprises
_POINTS = """
    SELECT p.id, p.organisation_id, p.colour, p.deduced, p.probability, (p.body->'lec'->>'score')::float8, p.severity,
        p.accident_type, p.status, p.answered_at, p.title_zh, p.title_en,
        ARRAY(SELECT (r->>'on')::date FROM jsonb_array_elements(p.body->'records') r
            WHERE r->>'on' IS NOT NULL AND r->>'enterprise_name' = p.body->'path'->0->>'source')
    FROM deduction_hazardpoint p
    WHERE p.organisation_id = ANY(%s) AND (p.current OR p.answered_at >= %s)
    ORDER BY p.organisation_id, p.rank, p.id
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A point or a profile whose tier is asked for."""

    kind: str  # point | profile
    id: int  # of the point; of the enterprise for its profile
    organisation_id: int
    title_zh: str
    title_en: str
    accident_type: str = ""
    status: str = ""
    answered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """The subjects of some enterprises, with a frame of their moments (`subject` counts through `subjects`)."""

    subjects: Sequence[Subject]
    moments: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Injury:
    """A case of the window."""

    id: int
    on: date
    accident_type: str
    lost_days: float | None
    deaths: int


def enterprises(path: str, without: Sequence[str]) -> list[list[int]]:
    """Enterprises under `path` in batches; those under the paths `without` have a table of their own."""
    found = Organisation.objects.filter(kind=Organisation.Kind.ENTERPRISE, path__startswith=path).order_by("id")
    ids = [pk for pk, own in found.values_list("pk", "path") if not own.startswith(tuple(without))]
    return [ids[at : at + BATCH] for at in range(0, len(ids), BATCH)]


def names(ids: Sequence[int]) -> dict[int, str]:
    """Names of enterprises."""
    return dict(Enterprise.objects.filter(pk__in=ids).values_list("pk", "name"))


def points(ids: Sequence[int], since: date, until: date) -> Batch:
    """Hazard points: as the run deduced them, as they stand, and as they stood at each answer and warning."""
    start = _start(since)
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, [list(ids), start])
        rows = cursor.fetchall()
    index = {row[0]: at for at, row in enumerate(rows)}
    subjects = [
        Subject("point", r[0], r[1], r[10], r[11], r[7], r[8], timezone.localdate(r[9]) if r[9] else None) for r in rows
    ]
    states: dict[int, dict[tuple[date, float, str], None]] = {at: {} for at in range(len(rows))}
    for at, row in enumerate(rows):
        states[at][until, row[3], row[2]] = None
        states[at][until, row[4], row[2]] = None
    for point_id, expected, said_at, came in _answers(ids, start):
        if point_id in index and expected is not None:
            at = index[point_id]
            states[at][timezone.localdate(said_at or came), expected, rows[at][2]] = None
    for point_id, probability, colour, raised_at in _warnings(ids, start):
        if point_id in index:
            states[index[point_id]][min(timezone.localdate(raised_at), until), probability, colour] = None
    return Batch(subjects, _point_moments(rows, states))


def _start(since: date) -> datetime:
    return timezone.make_aware(datetime.combine(since, time()))


def _answers(ids: Sequence[int], start: datetime) -> Iterator[tuple[Any, ...]]:
    found = Answer.valid().filter(point__organisation_id__in=ids, at__gte=start)
    yield from found.values_list("point_id", "expected", "said_at", "at").iterator()


def _warnings(ids: Sequence[int], start: datetime) -> Iterator[tuple[Any, ...]]:
    found = Warning.objects.filter(organisation_id__in=ids, hazard_point__isnull=False, raised_at__gte=start)
    yield from found.values_list("hazard_point_id", "probability", "colour", "raised_at").iterator()


def _point_moments(
    rows: Sequence[tuple[Any, ...]], states: dict[int, dict[tuple[date, float, str], None]]
) -> pl.DataFrame:
    found: list[tuple[Any, ...]] = []
    for at, row in enumerate(rows):
        for day, probability, colour in states[at]:
            own = [d for d in row[12] if d <= day]
            age = (day - max(own)).days if own else None
            found.append((at, colour, probability, age, row[5], row[6], row[7] or None))
    return _frame("points", found)


def profiles(ids: Sequence[int], since: date, until: date) -> Batch:
    """Risk profiles: each month of the window, and the newest before it, which stood when the window began."""
    months = ProfileMonth.objects.filter(organisation_id__in=ids, month__lte=until).order_by("organisation_id", "month")
    fields = ("colour", "trend", "expected_injuries", "injuries_12m", "score", "peer_percentile")
    kept: dict[int, list[tuple[Any, ...]]] = {}
    for owner, month, *values in months.values_list("organisation_id", "month", *fields).iterator():
        held = kept.setdefault(owner, [])
        if month <= since:
            held.clear()
        held.append(tuple(values))
    subjects = [Subject("profile", owner, owner, "企业总体风险", "Overall risk") for owner in kept]
    rows = [(at, *values) for at, held in enumerate(kept.values()) for values in held]
    return Batch(subjects, _frame("profiles", rows))


def _frame(key: str, rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """Moments with the columns of the tier table `key`, in the order that its facts are listed."""
    import polars as pl

    from yufang.warning.tiers import facts_of

    kinds = {"text": pl.String, "number": pl.Float64, "boolean": pl.Boolean, "date": pl.Date}
    schema = {"subject": pl.Int64} | {c.name: kinds[c.kind] for c in facts_of(key)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def injuries(ids: Sequence[int], since: date, until: date) -> dict[int, list[Injury]]:
    """Cases of the window by enterprise, with the accident type that they are coded with."""
    found: dict[int, list[Injury]] = {}
    cases = InjuryCase.objects.filter(organisation_id__in=ids, occurred_on__gte=since, occurred_on__lte=until)
    for case in cases.prefetch_related("codes").order_by("occurred_on", "id"):
        code = next((c.code for c in case.codes.all() if c.facet == "accident_type" and c.code), "")
        found.setdefault(case.organisation_id, []).append(
            Injury(case.pk, case.occurred_on, code, case.lost_days, case.deaths or 0)
        )
    return found


def stood(path: str, since: date) -> dict[str, int]:
    """Warnings on record that were raised in the window or are open still, by tier."""
    from django.db.models import Count, Q

    found = Warning.objects.filter(path__startswith=path).filter(
        Q(raised_at__gte=_start(since)) | ~Q(state__in=("resolved", "closed"))
    )
    return dict(found.values_list("tier").annotate(n=Count("*")).order_by())
