"""Reads of injury cases, their codes and the review queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db import connection
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import MD5 as Md5
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
    SuspectOut,
)
from yufang.server.cases.models import CampaignItem, CaseCode, Decision, GoldLabel, InjuryCase
from yufang.server.errors import not_found
from yufang.server.names import FACETS, facet_code_names, facet_names
from yufang.server.paging import window
from yufang.standards.catalogue import code_list
from yufang.standards.model import UnknownList

EXCERPT = 120  # characters
SUSPECT = "suspect"  # a queue of its own: codes that are probably wrong


def case_page(*, state: str, facet: str, q: str, page: int, size: int) -> CasePage:
    """Codes by state; the review queue comes ordered by expected gain, suspects by rank, everything else by date."""
    rows = CaseCode.objects.all()
    if state == CaseCode.State.REVIEW:
        rows = waiting()
    elif state == SUSPECT:
        rows = rows.filter(suspect__open=True)
    elif state:
        rows = rows.filter(state=state)
    if facet:
        rows = rows.filter(facet=facet)
    if q:
        rows = rows.filter(Q(case__narrative__icontains=q) | Q(case__enterprise_name__icontains=q))
    total = rows.count()
    by_date = (F("case__occurred_on").desc(nulls_last=True), "-id")
    order = {CaseCode.State.REVIEW: ("-gain", "id"), SUSPECT: ("suspect__rank", "id")}.get(state, by_date)
    found = rows.order_by(*order).select_related("case", "suspect")[window(page, size)]
    return CasePage(total=total, page=page, size=size, items=[row_of(c) for c in found])


def waiting(facet: str = "") -> QuerySet[CaseCode]:
    """Codes that wait for a person at the desk, most to gain first; those of an unfinished campaign wait there."""
    held = CampaignItem.objects.filter(
        case_code=OuterRef("pk"), state__in=(CampaignItem.State.OPEN, CampaignItem.State.DISPUTED)
    )
    rows = CaseCode.objects.filter(~Exists(held), state=CaseCode.State.REVIEW).order_by("-gain", "id")
    return rows.filter(facet=facet) if facet else rows


def pending_of_class(facet: str, code: str, least: float) -> QuerySet[CaseCode]:
    """Codes that wait and whose likeliest code is `code`, with probability `least` or more, likeliest first."""
    rows = waiting(facet).filter(suggestions__0__code=code, probability__gte=least)
    return rows.select_related("case").order_by("-probability", "id")


def standing_decisions(code_ids: Iterable[int]) -> dict[int, int]:
    """The newest decision that holds (not undone, not an undoing) of each code: code id → decision id."""
    rows = Decision.objects.filter(case_code_id__in=list(code_ids), undone_by__isnull=True)
    rows = rows.exclude(kind=Decision.Kind.UNDONE).order_by()
    return dict(rows.values_list("case_code_id").annotate(newest=Max("id")))


def row_of(c: CaseCode) -> CaseRow:
    zh, en = facet_names(c.facet)
    best = suggestions_of(c)[:1]
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
        suspect=suspect_of(c),
    )


def suspect_of(c: CaseCode) -> SuspectOut | None:
    """Why the code is suspected, where it is."""
    found = getattr(c, "suspect", None)
    if found is None or not found.open:
        return None
    zh, en = facet_code_names(c.facet, found.given)
    return SuspectOut(given=found.given, given_zh=zh, given_en=en, p_given=found.p_given, origin=found.origin)


def suggestions_of(c: CaseCode) -> list[SuggestionOut]:
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
    standing = c.decisions.filter(undone_by__isnull=True).exclude(kind=Decision.Kind.UNDONE)
    newest: Decision | None = standing.select_related("by").order_by("-id").first()
    if c.state != CaseCode.State.DECIDED:
        newest = None
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
        suggestions=suggestions_of(c),
        evidence=[EvidenceOut(**e) for e in c.evidence],
        model_version=c.model_version,
        suspect=suspect_of(c),
        in_campaign=c.campaign_items.filter(state__in=(CampaignItem.State.OPEN, CampaignItem.State.DISPUTED)).exists(),
        decided_by=person_label(newest.by) if newest else None,
        decided_by_en=person_label_en(newest.by) if newest else None,
        decided_at=newest.at if newest else None,
        note=newest.note if newest else "",
    )


def queue_length() -> int:
    """Codes that wait for a person."""
    return waiting().count()


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


# The newest decision that holds, and the source's code where no person looked: what a model may learn from. Codes that
# were accepted in bulk are a machine's own and teach nothing.
_LESSONS = """
    SELECT c.key, c.narrative, c.occurred_on, c.id,
        CASE WHEN d.kind IS NULL OR d.kind = 'bulk' THEN g.code ELSE d.code END AS code,
        CASE WHEN d.kind IS NULL OR d.kind = 'bulk' THEN 'source' ELSE 'person' END AS origin
    FROM cases_injurycase c
    LEFT JOIN cases_goldlabel g ON g.case_id = c.id AND g.facet = %(facet)s
    LEFT JOIN cases_casecode x ON x.case_id = c.id AND x.facet = %(facet)s AND x.state = 'decided'
    LEFT JOIN LATERAL (
        SELECT o.code, o.kind FROM cases_decision o
        WHERE o.case_code_id = x.id AND o.kind <> 'undone'
            AND NOT EXISTS (SELECT 1 FROM cases_decision u WHERE u.undoes_id = o.id)
        ORDER BY o.id DESC LIMIT 1
    ) d ON true
    WHERE CASE WHEN d.kind IS NULL OR d.kind = 'bulk' THEN g.code ELSE d.code END IS NOT NULL
    ORDER BY c.key
"""


def lessons(facet: str) -> Iterator[tuple[str, str, date | None, int, str, str]]:
    """(case key, narrative, day, case id, code, origin) of every case whose code people or sources gave."""
    with connection.cursor() as cursor:
        cursor.execute(_LESSONS, {"facet": facet})
        yield from cursor.fetchall()


def lessons_stamp() -> tuple[int, ...]:
    """Changes when a decision is taken, or a load brings other cases or codes."""
    decided = Decision.objects.aggregate(n=Max("id"))["n"] or 0
    gold = GoldLabel.objects.aggregate(n=Max("id"), m=Count("id"))
    return decided, gold["n"] or 0, gold["m"], InjuryCase.objects.count()


def pending(facet: str, most: int) -> dict[str, str]:
    """Key → narrative of cases that no person decided: always the same ones of them, in an order by hash."""
    rows = CaseCode.objects.filter(facet=facet).exclude(state=CaseCode.State.DECIDED)
    return dict(rows.order_by(Md5("case__key"), "id").values_list("case__key", "case__narrative")[:most])


def any_synthetic() -> bool:
    """Whether some of the cases are made up."""
    return InjuryCase.objects.filter(synthetic=True).exists()


def facets_in_use() -> list[str]:
    """Facets that cases carry codes or gold labels of."""
    used = set(CaseCode.objects.order_by().values_list("facet", flat=True).distinct())
    used |= set(GoldLabel.objects.order_by().values_list("facet", flat=True).distinct())
    return [facet for facet in FACETS if facet in used]


def case_homes(keys: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Key → (id, path) of cases."""
    rows = InjuryCase.objects.filter(key__in=list(keys)).values_list("key", "id", "path")
    return {key: (number, path) for key, number, path in rows}


def case_heads(keys: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Key → (id, beginning of the narrative) of cases."""
    rows = InjuryCase.objects.filter(key__in=list(keys)).values_list("key", "id", "narrative")
    return {key: (number, text[:EXCERPT]) for key, number, text in rows}


def agreement_by_month() -> list[tuple[date, str, str, int, int]]:
    """(month, facet, model version, decisions, of them as suggested), of what people decided one by one."""
    rows = Decision.objects.filter(undone_by__isnull=True).exclude(suggested="")
    rows = rows.exclude(kind__in=(Decision.Kind.UNDONE, Decision.Kind.BULK)).order_by()
    counted = (
        rows.annotate(month=TruncMonth("at"))
        .values_list("month", "case_code__facet", "model_version")
        .annotate(n=Count("*"), hits=Count("id", filter=Q(code=F("suggested"))))
    )
    return sorted((month.date(), facet, version, n, hits) for month, facet, version, n, hits in counted)
