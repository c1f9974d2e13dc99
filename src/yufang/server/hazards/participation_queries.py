"""Reads of hazards for the room of participation: what was found real, by whom hazards were found, titles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count
from django.db.models.functions import TruncMonth

from yufang.server.hazards.models import Hazard

NO_HAZARD = ("not_contested", "accepted", "refused_finally")  # ends of what was found to be no hazard


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardFacts:
    """A hazard without its people. `passed_at`: somebody else found its fix done; None before, or after a reopening."""

    id: int
    title_zh: str
    title_en: str
    major: bool
    area_id: int | None
    report_id: int | None
    by_code: bool
    passed_at: datetime | None


def facts_of(ids: Iterable[int]) -> dict[int, HazardFacts]:
    """Facts of these hazards, as far as the scope shows them."""
    return {h.pk: _facts(h) for h in Hazard.objects.filter(id__in=list(ids))}


def passed_since(enterprise_id: int, since: datetime) -> list[HazardFacts]:
    """Hazards of an enterprise whose fix passed its check since a moment."""
    found = Hazard.objects.filter(enterprise_id=enterprise_id, checked_at__gte=since)
    return [_facts(h) for h in found.order_by("id")]


def _facts(h: Hazard) -> HazardFacts:
    return HazardFacts(
        id=h.pk,
        title_zh=h.title_zh,
        title_en=h.title_en,
        major=h.major is True or h.level == "major",
        area_id=h.area_id,
        report_id=h.report_id,
        by_code=h.by_code,
        passed_at=h.checked_at,
    )


def enterprises_with_passed(since: datetime) -> set[int]:
    """Enterprises where a fix passed its check since a moment."""
    return set(Hazard.objects.filter(checked_at__gte=since).values_list("enterprise_id", flat=True).distinct())


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
