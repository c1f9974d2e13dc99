"""Reads of pairs, clusters and their history."""

from __future__ import annotations

import math

from django.db.models import Count, Q

from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.errors import not_found
from yufang.server.linkage.contracts import (
    ClusterChangeOut,
    ClusterMemberOut,
    ClusterOut,
    FieldPair,
    PairDecisionOut,
    PairDetail,
    PairPage,
    PairRow,
    QueueCounts,
)
from yufang.server.linkage.models import ClusterChange, Linked, Pair, PairDecision, Record
from yufang.server.linkage.names import field_names, level_names
from yufang.server.paging import window


def pair_page(*, kind: str, state: str, q: str, page: int, size: int) -> PairPage:
    """Pairs by state; the desk's come with the most useful first, all others with the newest."""
    rows = Pair.objects.filter(linked__kind=kind)
    if state:
        rows = rows.filter(state=state)
    if q:
        rows = rows.filter(Q(left__fields__name__icontains=q) | Q(right__fields__name__icontains=q))
    total = rows.count()
    rows = rows.order_by("-gain", "id") if state == Pair.State.DESK else rows.order_by("probability", "id")
    found = rows.select_related("left", "right", "linked")[window(page, size)]
    return PairPage(total=total, page=page, size=size, items=[_row(pair) for pair in found])


def _row(pair: Pair) -> PairRow:
    return PairRow(
        id=pair.pk,
        kind=pair.linked.kind,
        left_name=pair.left.fields.get("name") or "",
        right_name=pair.right.fields.get("name") or "",
        left_source=pair.left.source,
        right_source=pair.right.source,
        probability=pair.probability,
        gain=pair.gain,
        state=pair.state,
    )


def counts(kind: str) -> QueueCounts:
    """How much lies where."""
    rows = dict(Pair.objects.filter(linked__kind=kind).values_list("state").annotate(n=Count("id")).order_by())
    records = Record.objects.filter(linked__kind=kind)
    return QueueCounts(
        **{state: rows.get(state, 0) for state in Pair.State.values},
        clusters=records.values("cluster").distinct().count(),
        records=records.count(),
        synthetic=Linked.objects.filter(kind=kind, synthetic=True).exists(),
    )


def pair(pair_id: int) -> PairDetail:
    """Both records side by side, with what each field says."""
    found = Pair.objects.select_related("left", "right", "linked").filter(id=pair_id).first()
    if found is None:
        raise not_found()
    bits = sum(e["bits"] for e in found.evidence)
    return PairDetail(
        id=found.pk,
        kind=found.linked.kind,
        state=found.state,
        probability=found.probability,
        weight=found.weight,
        prior_bits=round(found.weight - bits, 3),
        gain=found.gain,
        left_key=found.left.key,
        right_key=found.right.key,
        left_source=found.left.source,
        right_source=found.right.source,
        left_cluster=found.left.cluster,
        right_cluster=found.right.cluster,
        left_size=_size(found.left),
        right_size=_size(found.right),
        fields=_fields(found),
        decisions=[_decision(d) for d in _decisions(found)],
        model_version=str(found.linked.model.get("version", "")),
        synthetic=found.linked.synthetic,
    )


def _size(record: Record) -> int:
    return Record.objects.filter(linked_id=record.linked_id, cluster=record.cluster).count()


def _fields(pair: Pair) -> list[FieldPair]:
    """Fields that at least one record has, those that were compared first by what they weigh."""
    weights = {e["field"]: e for e in pair.evidence}
    names = [*weights, *(name for name in pair.left.fields if name not in weights)]
    out = []
    for name in names:
        left, right = pair.left.fields.get(name) or "", pair.right.fields.get(name) or ""
        told = weights.get(name, {"level": "", "bits": 0.0})
        if not left and not right and not told["bits"]:
            continue
        zh, en = field_names(name)
        level_zh, level_en = level_names(told["level"])
        out.append(
            FieldPair(
                field=name,
                field_zh=zh,
                field_en=en,
                left=left,
                right=right,
                differs=bool(left and right and left != right),
                level_zh=level_zh,
                level_en=level_en,
                bits=told["bits"] if math.isfinite(told["bits"]) else 0.0,
            )
        )
    return out


def _decisions(pair: Pair) -> list[PairDecision]:
    left, right = sorted((pair.left.key, pair.right.key))
    rows = PairDecision.objects.filter(linked=pair.linked, left_key=left, right_key=right)
    return list(rows.select_related("by").order_by("-id"))


def _decision(d: PairDecision) -> PairDecisionOut:
    return PairDecisionOut(
        same=d.same,
        note=d.note,
        by=person_label(d.by) or "",
        by_en=person_label_en(d.by) or "",
        at=d.at,
        ledger_index=d.ledger_index,
    )


def cluster(key: str) -> ClusterOut:
    """Members and history of one cluster, also of one that was merged away."""
    members = list(Record.objects.filter(cluster=key).select_related("linked").order_by("key"))
    changes = ClusterChange.objects.filter(Q(from_ids__contains=[key]) | Q(to_ids__contains=[key]))
    told = list(changes.select_related("by", "linked").order_by("-at", "-id")[:200])
    if not members and not told:
        raise not_found()
    return ClusterOut(
        key=key,
        kind=members[0].linked.kind if members else told[0].linked.kind,
        members=[ClusterMemberOut(key=m.key, name=m.fields.get("name") or "", source=m.source) for m in members],
        changes=[
            ClusterChangeOut(
                at=c.at,
                event=c.event,
                from_ids=c.from_ids,
                to_ids=c.to_ids,
                records=c.records,
                reason=c.reason,
                by=person_label(c.by) if c.by else None,
                by_en=person_label_en(c.by) if c.by else None,
            )
            for c in told
        ],
    )
