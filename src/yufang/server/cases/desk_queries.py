"""Reads of the desk: progress, deciding words, stable classes, bulk acceptances."""

from __future__ import annotations

from datetime import datetime, time

from django.db.models import Count
from django.utils import timezone

from yufang.cases.desk import Stability, stability
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.cases import queries
from yufang.server.cases.contracts import BulkOut, BulkPreview, ClassOffer, EvidenceOut, FacetWaiting, ProgressOut
from yufang.server.cases.models import BulkAccept, CaseCode, Decision, LabelSuspect
from yufang.server.errors import not_found
from yufang.server.names import FACETS, facet_code_names
from yufang.server.scope import Actor

WANTED = 0.90  # lower bound of the agreement from which a class may be accepted at once
LAST = 200  # decisions that count
PREVIEW = 200
_GRID = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def progress(acting_user: Actor) -> ProgressOut:
    """What waits, and what the person has done today."""
    today = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    mine = Decision.objects.filter(by_id=acting_user.person_id, at__gte=today, undone_by__isnull=True)
    counted = dict(queries.waiting().order_by().values_list("facet").annotate(n=Count("*")))
    facets = [
        FacetWaiting(
            facet=facet,
            facet_zh=FACETS[facet][0],
            facet_en=FACETS[facet][1],
            list_key=FACETS[facet][2],
            waiting=counted.get(facet, 0),
        )
        for facet in queries.facets_in_use()
    ]
    return ProgressOut(
        facets=facets,
        waiting=sum(counted.values()),
        suspects=LabelSuspect.objects.filter(open=True).count(),
        mine_today=mine.filter(kind=Decision.Kind.DECIDED).count(),
    )


def words(case_id: int, facet: str, code: str) -> list[EvidenceOut]:
    """The words of the narrative that speak for `code`; none where the model that suggested it is no longer at hand."""
    row = CaseCode.objects.select_related("case").filter(case_id=case_id, facet=facet).first()
    if row is None:
        raise not_found()
    if row.suggestions and row.suggestions[0]["code"] == code and row.evidence:
        return [EvidenceOut(**e) for e in row.evidence]
    from yufang.server.governance.queries import coder_of

    coder = coder_of(row.model_version)
    if coder is None or code not in coder.labels:
        return []
    spans = coder.explain(row.case.narrative, code)
    return [EvidenceOut(start=s.start, end=s.end, text=s.text, weight=s.weight) for s in spans]


def class_stability(facet: str, code: str, least: float) -> Stability:
    """How the newest decisions went where `code` was suggested with probability `least` or more."""
    rows = Decision.objects.filter(
        case_code__facet=facet, suggested=code, suggested_probability__gte=least, undone_by__isnull=True
    ).exclude(kind__in=(Decision.Kind.UNDONE, Decision.Kind.BULK))
    newest = list(rows.order_by("-id").values_list("code", flat=True)[:LAST])
    return stability([given == code for given in reversed(newest)], WANTED, last=LAST)


def offers(facet: str) -> list[ClassOffer]:
    """Every class that waits, with the lowest probability from which it is stable, the largest first."""
    waiting = queries.waiting(facet).values_list("suggestions__0__code", "probability").order_by()
    by_code: dict[str, list[float]] = {}
    for code, probability in waiting:
        if code:
            by_code.setdefault(code, []).append(probability)
    found = [_best_offer(facet, code, sure) for code, sure in by_code.items()]
    return sorted(found, key=lambda one: (not one.stable, -one.pending, one.code))


def _best_offer(facet: str, code: str, pending: list[float]) -> ClassOffer:
    judged = [(least, class_stability(facet, code, least)) for least in _GRID]
    # The lowest that is stable; where none is, the one that is nearest to it.
    least, best = next(((p, s) for p, s in judged if s.stable), min(judged, key=lambda pair: pair[1].missing))
    return _offer(facet, code, least, best, sum(p >= least for p in pending))


def _offer(facet: str, code: str, least: float, judged: Stability, pending: int) -> ClassOffer:
    zh, en = facet_code_names(facet, code)
    return ClassOffer(
        facet=facet,
        code=code,
        name_zh=zh,
        name_en=en,
        least=least,
        decisions=judged.decisions,
        agreed=judged.agreed,
        low=judged.low,
        wanted=judged.wanted,
        stable=judged.stable,
        missing=judged.missing,
        pending=pending,
    )


def preview(facet: str, code: str, least: float) -> BulkPreview:
    """What a bulk acceptance would take: the least sure first, because there the mistakes are."""
    rows = queries.pending_of_class(facet, code, least)
    offer = _offer(facet, code, least, class_stability(facet, code, least), rows.count())
    items = [queries.row_of(row) for row in rows.order_by("probability", "id")[:PREVIEW]]
    return BulkPreview(offer=offer, items=items)


def bulk_accepts(facet: str) -> list[BulkOut]:
    """Bulk acceptances, newest first."""
    rows = BulkAccept.objects.filter(facet=facet).select_related("by", "undone_by")
    return [bulk_out(bulk) for bulk in rows.order_by("-id")[:50]]


def bulk_out(bulk: BulkAccept) -> BulkOut:
    """The contract of one bulk acceptance."""
    zh, en = facet_code_names(bulk.facet, bulk.code)
    standing = bulk.decisions.filter(kind=Decision.Kind.BULK, undone_by__isnull=True).count()
    return BulkOut(
        id=bulk.pk,
        facet=bulk.facet,
        code=bulk.code,
        name_zh=zh,
        name_en=en,
        least=bulk.least_probability,
        accepted=bulk.accepted,
        standing=standing,
        reason=bulk.reason,
        by=person_label(bulk.by),
        by_en=person_label_en(bulk.by),
        at=bulk.at,
        undone_by=person_label(bulk.undone_by),
        undone_by_en=person_label_en(bulk.undone_by),
        undone_at=bulk.undone_at,
        ledger_index=bulk.ledger_index,
    )
