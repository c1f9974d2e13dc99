"""What this room asks of its neighbours: hazards, reports, places and dispatch. Nothing else of it knows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from yufang.participation import Act, Effect
from yufang.participation.contracts import Level, What
from yufang.server.accounts.models import Organisation
from yufang.server.dispatch import actions as dispatch
from yufang.server.hazards import participation_queries as hazards
from yufang.server.hazards.queries import contributions
from yufang.server.participation.models import ProposalStep
from yufang.server.places import queries as places
from yufang.server.reports import participation_queries as reports
from yufang.server.scope import Actor

# A report may wait long until its hazard is fixed and checked; what is older earns nothing any more.
LONGEST_WAIT = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnonymousReport:
    """A report without a name whose hazard proved real."""

    report_id: int
    hazard_id: int
    level: Level
    accepted_at: datetime


def acts(enterprise_id: int, since: datetime) -> list[Act]:
    """What named people of an enterprise did for hazards that proved real since then.

    A hazard proved real when somebody else first found its fix done; then its reports count, and stay counted when it
    is reopened. A fix counts while it stands. Checking is what a checker is there for and earns nothing.
    """
    real = {h.id: h for h in hazards.real_since(enterprise_id, since)}
    found = []
    for c in contributions(since - LONGEST_WAIT) if real else []:
        hazard = real.get(c.hazard_id)
        if hazard is None or hazard.real_at is None:
            continue
        if c.what == "reported":
            found.append(_act(hazard, c.person_id, "reported", c.at, hazard.real_at))
        elif c.what == "confirmed":
            found.append(_act(hazard, c.person_id, "confirmed", c.at, c.at))
        elif c.what == "fixed":
            found.append(_act(hazard, c.person_id, "fixed", c.at, hazard.passed_at))
    for hazard_id, person_id, at in reports.named_reports(real):
        found.append(_act(real[hazard_id], person_id, "reported", at, real[hazard_id].real_at))
    return found


def _act(hazard: hazards.HazardFacts, person_id: int, what: What, at: datetime, accepted_at: datetime | None) -> Act:
    return Act(
        person_id=person_id,
        subject=f"hazard:{hazard.id}",
        what=what,
        level="major" if hazard.major else "general",
        at=at,
        accepted_at=accepted_at,
    )


def anonymous_reports(enterprise_id: int) -> list[AnonymousReport]:
    """Reports without a name whose hazard proved real within the last year, one a report."""
    real = {h.id: h for h in hazards.real_since(enterprise_id, timezone.now() - LONGEST_WAIT)}
    found = []
    for report_id, hazard_id, at in reports.anonymous_reports(real):
        accepted = real[hazard_id].real_at
        if accepted is None or at > accepted:
            continue
        level: Level = "major" if real[hazard_id].major else "general"
        found.append(AnonymousReport(report_id=report_id, hazard_id=hazard_id, level=level, accepted_at=accepted))
    return found


def voucher_of(code: str) -> tuple[int, str] | None:
    """(report, path) of the anonymous report that a follow code belongs to."""
    return reports.voucher_of(code)


def titles(hazard_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Titles of hazards, zh and en."""
    return {i: (h.title_zh, h.title_en) for i, h in hazards.facts_of(hazard_ids).items()}


def effects(hazard_ids: Iterable[int]) -> dict[int, Effect]:
    """What became of hazards whose fix passed its check."""
    found = {}
    for i, h in hazards.facts_of(hazard_ids).items():
        if h.passed_at is not None:
            people = len(places.people_of(h.area_id)) if h.area_id is not None else 0
            found[i] = Effect(
                title_zh=h.title_zh,
                title_en=h.title_en,
                since=timezone.localtime(h.passed_at).date(),
                people=people or None,
            )
    return found


def found_counts(enterprise_id: int, first_month: str) -> list[tuple[str, str, int]]:
    """(month, found_by, hazards) since `first_month` ("2026-06")."""
    return hazards.found_by_month(enterprise_id, date.fromisoformat(f"{first_month}-01"))


def enterprises_to_follow(since: datetime) -> list[tuple[int, str]]:
    """(id, path) of enterprises where something that earns points may have changed since then."""
    trials = ProposalStep.objects.filter(kind="trial", at__gte=since).values("proposal__organisation_id")
    wanted = Q(id__in=hazards.enterprises_moved(since)) | Q(id__in=trials)
    return list(Organisation.objects.filter(wanted).order_by("id").values_list("id", "path"))


def tell_person(
    acting_user: Actor,
    person_id: int,
    *,
    kind: str,
    subject: str,
    title: tuple[str, str],
    body: tuple[str, str],
    at: datetime,
) -> None:
    """Tell one person something that is about them."""
    dispatch.notify(
        acting_user,
        person_ids=[person_id],
        kind=kind,
        subject=subject,
        title_zh=title[0],
        title_en=title[1],
        body_zh=body[0],
        body_en=body[1],
        link="/participation?tab=mine",
        at=at,
    )
