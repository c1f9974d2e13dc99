"""Reads of the data's health."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Any

from yufang.server.errors import not_found
from yufang.server.lake.contracts import (
    DimensionOut,
    FieldOut,
    HealthOverview,
    ImportRunOut,
    ReasonOut,
    RejectOut,
    RuleOut,
    SourceDetail,
    SourceRow,
    TrendOut,
    WorstOut,
)
from yufang.server.lake.models import AuditSnapshot, DataSource, ImportRun, Reject

SHOWN_REJECTS = 20
DATED = ("injury_cases", "hazard_records")


def overview() -> HealthOverview:
    """Every source with its newest audit, the unhealthiest first, and the trend of all whose records have dates.

    Registers of enterprises and equipment have no past to work out: beside one new point of theirs, the line of the
    others would jump.
    """
    sources = sorted(
        (_row(source, _newest(source)) for source in DataSource.objects.all()),
        key=lambda row: (row.overall is None, row.overall, row.name),
    )
    days: dict[Any, list[AuditSnapshot]] = defaultdict(list)
    for snapshot in AuditSnapshot.objects.filter(source__table__in=DATED).order_by("as_of").defer("detail"):
        days[snapshot.as_of].append(snapshot)
    trend = [_together(found) for found in days.values()]
    return HealthOverview(
        as_of=max((row.as_of for row in sources if row.as_of), default=None),
        overall=_weighed([(row.overall, row.rows) for row in sources]),
        rows=sum(row.rows for row in sources),
        sources=sources,
        trend=trend,
    )


def source(source_id: int) -> SourceDetail:
    """One source with its columns, broken rules, worst rows, imports and refused rows."""
    found = DataSource.objects.filter(id=source_id).first()
    if found is None:
        raise not_found()
    newest = _newest(found)
    detail = newest.detail if newest else {}
    rejects = Reject.objects.filter(run__source=found).order_by("run_id", "source_row")
    return SourceDetail(
        **_row(found, newest).model_dump(),
        fields=[FieldOut(**field) for field in detail.get("fields", [])],
        rules=[_rule(one["rule"], one["count"]) for one in detail.get("by_rule", [])],
        worst=[_worst(row) for row in detail.get("worst", [])],
        trend=[_point(s) for s in found.snapshots.order_by("as_of").defer("detail")],
        runs=[ImportRunOut.model_validate(run) for run in ImportRun.objects.filter(source=found).order_by("-id")[:20]],
        rejects=[
            RejectOut(
                source_row=r.source_row,
                field=r.field,
                value=r.value,
                rule=r.rule,
                title_zh=_titles(r.rule)[0],
                title_en=_titles(r.rule)[1],
            )
            for r in rejects[:SHOWN_REJECTS]
        ],
        rejects_total=rejects.count(),
    )


def _newest(found: DataSource) -> AuditSnapshot | None:
    newest: AuditSnapshot | None = found.snapshots.filter(recomputed=False).order_by("-as_of").first()
    return newest


def _row(found: DataSource, newest: AuditSnapshot | None) -> SourceRow:
    detail = newest.detail if newest else {}
    return SourceRow(
        id=found.pk,
        name=found.name,
        table=found.table,
        owner=found.owner,
        rows=newest.rows if newest else 0,
        refused=detail.get("refused", 0),
        newest=detail.get("newest"),
        as_of=newest.as_of if newest else None,
        overall=newest.overall if newest else None,
        dimensions=[DimensionOut(**measure) for measure in detail.get("measures", [])],
        synthetic=found.synthetic,
    )


def _point(s: AuditSnapshot) -> TrendOut:
    return TrendOut(as_of=s.as_of, rows=s.rows, overall=s.overall, scores=s.scores, recomputed=s.recomputed)


def _together(found: list[AuditSnapshot]) -> TrendOut:
    names = list(dict.fromkeys(name for snapshot in found for name in snapshot.scores))
    return TrendOut(
        as_of=found[0].as_of,
        rows=sum(s.rows for s in found),
        overall=_weighed([(s.overall, s.rows) for s in found]),
        scores={name: _weighed([(s.scores.get(name), s.rows) for s in found]) for name in names},
        recomputed=all(s.recomputed for s in found),
    )


def _weighed(scored: list[tuple[float | None, int]]) -> float | None:
    known = [(score, rows) for score, rows in scored if score is not None and rows]
    total = sum(rows for _, rows in known)
    return round(sum(score * rows for score, rows in known) / total, 4) if total else None


def _worst(row: dict[str, Any]) -> WorstOut:
    reasons = []
    for reason in row["reasons"]:
        zh, en, *_ = _titles(reason["rule"])
        reasons.append(ReasonOut(**reason, title_zh=zh, title_en=en))
    return WorstOut(key=row["key"], source_row=row["source_row"], missing=row["missing"], reasons=reasons)


def _rule(rule: str, count: int) -> RuleOut:
    zh, en, why_zh, why_en, severity = _titles(rule)
    return RuleOut(
        rule=rule, title_zh=zh, title_en=en, reason_zh=why_zh, reason_en=why_en, severity=severity, count=count
    )


@lru_cache(maxsize=500)
def _titles(rule: str) -> tuple[str, str, str, str, str]:
    """Title and reason in both languages, and the severity; a rule that is no longer known is its own title."""
    from yufang.lake.cleaning import shipped_catalogue

    found = shipped_catalogue().rules.get(rule)
    if found is None:
        return rule, rule, "", "", "minor"
    return found.title.zh, found.title.en, found.reason.zh, found.reason.en, found.severity
