"""Reads of warnings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from yufang.server.accounts.models import Organisation
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.errors import not_found
from yufang.server.paging import window
from yufang.server.warning.contracts import (
    Counts,
    MeasureOut,
    StepOut,
    WarningDetail,
    WarningPage,
    WarningRow,
)
from yufang.server.warning.models import Warning

TIERS = ("high", "medium", "low")
OPEN = (Warning.State.RAISED, Warning.State.ACKNOWLEDGED, Warning.State.HANDED_ON)


def warning_page(
    *, tier: str, state: str, enterprise_id: int | None, q: str, page: int, size: int, today: date
) -> WarningPage:
    """Warnings, the gravest and most urgent first."""
    base = Warning.objects.all()
    if enterprise_id is not None:
        base = base.filter(organisation_id=enterprise_id)
    if q:
        named = Organisation.objects.filter(name__icontains=q).values("id")
        base = base.filter(Q(title_zh__icontains=q) | Q(title_en__icontains=q) | Q(organisation_id__in=named))
    groups = list(base.values_list("state", "tier").annotate(n=Count("*")).order_by())
    wanted = [n for s, t, n in groups if _kept(s, state) and (not tier or t == tier)]
    # First which rows, then what belongs to them: joined before the cut, all would be joined for a page of them.
    ids = list(_gravest(base, state, tier).values_list("id", flat=True)[window(page, size)])
    items = Warning.objects.select_related("organisation", "assignee").in_bulk(ids)
    return WarningPage(
        total=sum(wanted),
        page=page,
        size=size,
        counts=_counts(groups, state, tier),
        items=[WarningRow(**_row(items[i], today)) for i in ids],
    )


def _kept(found: str, state: str) -> bool:
    return found == state if state and state != "open" else (state != "open" or found != "resolved")


def _gravest(base: QuerySet[Warning], state: str, tier: str) -> QuerySet[Warning]:
    if state == "open":
        base = base.filter(state__in=OPEN)
    elif state:
        base = base.filter(state=state)
    if tier:
        base = base.filter(tier=tier)
    return base.order_by("gravity", "due_on", "-probability", "id")


def _counts(groups: list[tuple[str, str, int]], state: str, tier: str) -> Counts:
    """Each count leaves its own filter out, so that a tab shows what a click on it would give."""
    by_tier = {t: sum(n for s, g, n in groups if g == t and _kept(s, state)) for t in TIERS}
    by_state = {
        str(s): sum(n for found, t, n in groups if found == s and (not tier or t == tier)) for s in Warning.State.values
    }
    return Counts(tier=by_tier, state=by_state)


def _row(w: Warning, today: date) -> dict[str, Any]:
    return {
        "id": w.pk,
        "tier": w.tier,
        "state": w.state,
        "route": w.route,
        "title_zh": w.title_zh,
        "title_en": w.title_en,
        "enterprise_id": w.organisation_id,
        "enterprise_name": w.organisation.name,
        "probability": w.probability,
        "colour": w.colour,
        "raised_at": w.raised_at,
        "due_on": w.due_on,
        "assignee": person_label(w.assignee),
        "assignee_en": person_label_en(w.assignee),
        "overdue": w.state != Warning.State.RESOLVED and w.due_on < today,
    }


def row(warning_id: int, today: date) -> WarningRow:
    """One warning as a row of the list."""
    return WarningRow(**_row(_get(warning_id), today))


def warning(warning_id: int, today: date) -> WarningDetail:
    """One warning with its reasons and its history, oldest step first."""
    w = _get(warning_id)
    steps = w.steps.select_related("by", "to").order_by("id")
    return WarningDetail(
        **_row(w, today),
        reason_zh=w.reason_zh,
        reason_en=w.reason_en,
        rule=w.rule,
        measures=[MeasureOut(**m) for m in w.measures],
        procedure_zh=w.procedure_zh,
        procedure_en=w.procedure_en,
        training=w.training,
        training_en=w.training_en,
        hazard_point_id=w.hazard_point_id,
        history=[
            StepOut(
                at=s.at,
                by=person_label(s.by),
                by_en=person_label_en(s.by),
                action=s.action,
                note=s.note,
                to=person_label(s.to),
                to_en=person_label_en(s.to),
                ledger_index=s.ledger_index,
            )
            for s in steps
        ],
        synthetic=w.synthetic,
    )


def _get(warning_id: int) -> Warning:
    found = Warning.objects.select_related("organisation", "assignee").filter(id=warning_id).first()
    if found is None:
        raise not_found()
    return found


def open_by_tier() -> dict[str, int]:
    """Open warnings by tier."""
    found = dict(Warning.objects.filter(state__in=OPEN).values_list("tier").annotate(n=Count("*")).order_by())
    return {tier: found.get(tier, 0) for tier in TIERS}


def open_by_enterprise(enterprise_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Open warnings by tier of each of the enterprises that has any."""
    rows = Warning.objects.filter(organisation_id__in=list(enterprise_ids), state__in=OPEN)
    found: dict[int, dict[str, int]] = {}
    for owner, tier, n in rows.values_list("organisation_id", "tier").annotate(n=Count("*")).order_by():
        found.setdefault(owner, {})[tier] = n
    return found


def enterprises_with_open(tier: str) -> QuerySet[Warning, Any]:
    """Ids of enterprises with an open warning of `tier`, for use in another room's filter."""
    return Warning.objects.filter(tier=tier, state__in=OPEN).values("organisation_id")
