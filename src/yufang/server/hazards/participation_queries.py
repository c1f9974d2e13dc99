"""Reads of hazards for the room of participation: what was found real, by whom hazards were found, titles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min
from django.db.models.functions import TruncMonth

from yufang.server.hazards.models import Hazard, HazardStep

NO_HAZARD = ("not_contested", "accepted", "refused_finally")  # ends of what was found to be no hazard


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardFacts:
    """A hazard without its people.

    `real_at`: the first time that somebody else found its fix done; None before, and where it was found to be no hazard
    after all. `passed_at`: since when its fix stands; None also after a reopening.
    """

    id: int
    title_zh: str
    title_en: str
    major: bool
    area_id: int | None
    real_at: datetime | None
    passed_at: datetime | None


def facts_of(ids: Iterable[int]) -> dict[int, HazardFacts]:
    """Facts of these hazards, as far as the scope shows them."""
    ids = list(ids)
    checks = HazardStep.objects.filter(hazard_id__in=ids, action="check").values_list("hazard_id")
    first = dict(checks.annotate(first=Min("at")).order_by())
    return {h.pk: _facts(h, first.get(h.pk)) for h in Hazard.objects.filter(id__in=ids)}


def _facts(h: Hazard, first_check: datetime | None) -> HazardFacts:
    none = h.state == Hazard.State.REFUSED or h.closed_why in NO_HAZARD
    return HazardFacts(
        id=h.pk,
        title_zh=h.title_zh,
        title_en=h.title_en,
        major=h.major is True or h.level == "major",
        area_id=h.area_id,
        real_at=None if none else first_check,
        passed_at=h.checked_at,
    )


def real_since(enterprise_id: int, since: datetime) -> list[HazardFacts]:
    """Hazards of an enterprise that proved real since a moment: a fix of theirs passed its first check."""
    steps = HazardStep.objects.filter(action="check", at__gte=since, hazard__enterprise_id=enterprise_id)
    found = facts_of(steps.values_list("hazard_id", flat=True).distinct())
    return [h for _, h in sorted(found.items()) if h.real_at is not None and h.real_at >= since]


def enterprises_moved(since: datetime) -> set[int]:
    """Enterprises where somebody took a step with a hazard since a moment."""
    steps = HazardStep.objects.filter(at__gte=since)
    return set(steps.values_list("hazard__enterprise_id", flat=True).distinct().order_by())


def found_by_month(enterprise_id: int, since: date) -> list[tuple[str, str, int]]:
    """(month "2026-06", found_by, hazards opened) of an enterprise. Hazards found not to be any don't count."""
    rows = (
        Hazard.objects.filter(enterprise_id=enterprise_id, opened_at__date__gte=since)
        .exclude(state=Hazard.State.REFUSED)
        .exclude(closed_why__in=NO_HAZARD)
        .annotate(month=TruncMonth("opened_at"))
        .values_list("month", "found_by")
        .annotate(n=Count("*"))
        .order_by("month", "found_by")
    )
    return [(f"{month:%Y-%m}", found_by, n) for month, found_by, n in rows]
