"""Reads of injury cases, their codes and the review queue."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth

from yufang.server.accounts.models import Organisation
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.cases.contracts import (
    CaseDetail,
    CasePage,
    CaseRow,
    CodeOut,
    EvidenceOut,
    FacetOut,
    SuggestionOut,
)
from yufang.server.cases.models import CaseCode, Decision, InjuryCase
from yufang.server.errors import not_found
from yufang.server.names import FACETS, facet_code_names, facet_names
from yufang.server.paging import window
from yufang.standards.catalogue import code_list
from yufang.standards.model import UnknownList

EXCERPT = 120  # characters


def case_page(*, state: str, facet: str, q: str, page: int, size: int) -> CasePage:
    """Codes by state; the review queue comes ordered by expected gain, everything else by date."""
    rows = CaseCode.objects.all()
    if state:
        rows = rows.filter(state=state)
    if facet:
        rows = rows.filter(facet=facet)
    if q:
        rows = rows.filter(Q(case__narrative__icontains=q) | Q(case__enterprise_name__icontains=q))
    total = rows.count()
    by_date = (F("case__occurred_on").desc(nulls_last=True), "-id")
    rows = rows.order_by("-gain", "id") if state == CaseCode.State.REVIEW else rows.order_by(*by_date)
    found = rows.select_related("case")[window(page, size)]
    return CasePage(total=total, page=page, size=size, items=[_row(c) for c in found])


def _row(c: CaseCode) -> CaseRow:
    zh, en = facet_names(c.facet)
    best = _suggestions(c)[:1]
    return CaseRow(
        id=c.case_id,
        occurred_on=c.case.occurred_on,
        enterprise_name=c.case.enterprise_name,
        excerpt=c.case.narrative[:EXCERPT],
        facet=c.facet,
        facet_zh=zh,
        facet_en=en,
        suggestion=best[0] if best else None,
        state=c.state,
    )


def _suggestions(c: CaseCode) -> list[SuggestionOut]:
    out = []
    for s in c.suggestions:
        zh, en = facet_code_names(c.facet, s["code"])
        out.append(SuggestionOut(code=s["code"], name_zh=zh, name_en=en, probability=s["probability"]))
    return out


def case(case_id: int) -> CaseDetail:
    """One case with every facet."""
    found = InjuryCase.objects.select_related("organisation").filter(id=case_id).first()
    if found is None:
        raise not_found()
    known = found.organisation.kind == Organisation.Kind.ENTERPRISE
    return CaseDetail(
        id=found.pk,
        occurred_on=found.occurred_on,
        reported_on=found.reported_on,
        enterprise_id=found.organisation_id if known else None,
        enterprise_name=found.enterprise_name,
        narrative=found.narrative,
        place=found.place,
        job=found.job,
        equipment=found.equipment,
        lost_days=found.lost_days,
        deaths=found.deaths,
        synthetic=found.synthetic,
        facets=[facet_of(c) for c in found.codes.order_by("facet")],
    )


def facet_of(c: CaseCode) -> FacetOut:
    """The contract of one code."""
    newest: Decision | None = c.decisions.select_related("by").order_by("-id").first()
    facet_zh, facet_en = facet_names(c.facet)
    name_zh, name_en = facet_code_names(c.facet, c.code)
    return FacetOut(
        facet=c.facet,
        facet_zh=facet_zh,
        facet_en=facet_en,
        list_key=FACETS.get(c.facet, ("", "", ""))[2],
        state=c.state,
        code=c.code,
        name_zh=name_zh,
        name_en=name_en,
        probability=c.probability,
        threshold=c.threshold,
        suggestions=_suggestions(c),
        evidence=[EvidenceOut(**e) for e in c.evidence],
        model_version=c.model_version,
        decided_by=person_label(newest.by) if newest else None,
        decided_by_en=person_label_en(newest.by) if newest else None,
        decided_at=newest.at if newest else None,
        note=newest.note if newest else "",
    )


def queue_length() -> int:
    """Codes that wait for a person."""
    return CaseCode.objects.filter(state=CaseCode.State.REVIEW).count()


def injuries_by_month(day: date, months: int) -> list[tuple[date, int]]:
    """Injury cases in `day`'s month up to that day and in the months before it, `months` in all, oldest first."""
    last = day.year * 12 + day.month - 1
    firsts = [date(n // 12, n % 12 + 1, 1) for n in range(last - months + 1, last + 1)]
    rows = InjuryCase.objects.filter(occurred_on__gte=firsts[0], occurred_on__lte=day)
    counted = rows.values_list(TruncMonth("occurred_on")).annotate(n=Count("*")).order_by()
    found = dict(counted)
    return [(first, found.get(first, 0)) for first in firsts]


def codes(list_key: str) -> list[CodeOut]:
    """The entries of a code list."""
    try:
        entries = code_list(list_key)
    except UnknownList as error:
        raise not_found() from error
    return [CodeOut(code=e.code, name_zh=e.name_zh, name_en=e.name_en, parent=e.parent) for e in entries]
