"""Reads of rates: the desk, proposals, and what safety is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, Sum

from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.errors import Refused, not_found
from yufang.server.names import industry_names
from yufang.server.paging import window
from yufang.server.profiles.models import Enterprise
from yufang.server.profiles.queries import region
from yufang.server.rates.contracts import (
    DecisionOut,
    InsuredTotals,
    MoveOut,
    ProposalDetail,
    ProposalPage,
    ProposalRow,
    RateRunOut,
    RatesDesk,
    RefusedOut,
    RefusedPage,
    SimulationOut,
    TableOut,
    YearOut,
)
from yufang.server.rates.models import InsuredYear, RateProposal, RateRun, RateTable, RefusedInsured

if TYPE_CHECKING:  # the analysis is brought along only where it is used
    from yufang.rates import Insured, RuleTable
    from yufang.rates import InsuredYear as Row

SORTS = ("change", "premium_proposed", "experience", "name", "premium_now")


def desk() -> RatesDesk:
    """What the room stands on."""
    rows = InsuredYear.objects.values("year").order_by("year")
    totals = rows.annotate(
        enterprises=Count("*"), payroll=Sum("payroll"), benefits=Sum("benefits"), injuries=Sum("injuries")
    )
    runs = RateRun.objects.select_related("table__by", "asked_by").order_by("-id")
    running = runs.filter(state__in=(RateRun.State.QUEUED, RateRun.State.RUNNING)).first() or runs.first()
    newest = runs.filter(state=RateRun.State.DONE).first()
    place = region()
    return RatesDesk(
        years=[InsuredTotals(**row) for row in totals],
        refused=RefusedInsured.objects.count(),
        strangers=InsuredYear.objects.filter(organisation=None).values("owner").distinct().count(),
        tables=[table_out(None), *(table_out(t) for t in RateTable.objects.select_related("by").order_by("id"))],
        running=run_out(running) if running and running.state != RateRun.State.DONE else None,
        newest=run_out(newest) if newest else None,
        synthetic=bool(place and place.synthetic),
    )


def table_out(table: RateTable | None) -> TableOut:
    """The contract of a table; None is the national one."""
    if table is None:
        from yufang.rates import national_table

        found = national_table()
        return TableOut(
            id=None,
            key=found.key,
            name_zh=found.name_zh,
            name_en=found.name_en,
            effective_from=found.effective_from,
            by=None,
            by_en=None,
            at=None,
        )
    return TableOut(
        id=table.pk,
        key=table.key,
        name_zh=table.name_zh,
        name_en=table.name_en,
        effective_from=table.effective_from,
        by=person_label(table.by),
        by_en=person_label_en(table.by),
        at=table.at,
    )


def rule_table(table: RateTable | None) -> RuleTable:
    """The floor-1 table."""
    from yufang.rates import national_table, read_table

    return national_table() if table is None else read_table(table.text)


def run(run_id: int) -> RateRunOut:
    """One simulation."""
    found = RateRun.objects.select_related("table__by", "asked_by").filter(id=run_id).first()
    if found is None:
        raise not_found()
    return run_out(found)


def run_out(run: RateRun) -> RateRunOut:
    """The contract of a simulation."""
    counts = dict(RateProposal.objects.filter(run=run).values_list("state").annotate(n=Count("*")).order_by())
    result = run.result
    if result is not None:
        result = result | {"moves": [MoveOut(steps=s, enterprises=n) for s, n in result["moves"]]}
    return RateRunOut(
        id=run.pk,
        state=run.state,
        done=run.done,
        total=run.total,
        year=run.year,
        income_change=run.income_change,
        table=table_out(run.table),
        asked_by=run.asked_by.name,
        asked_by_en=run.asked_by.name_en or run.asked_by.name,
        asked_at=run.asked_at,
        finished_at=run.finished_at,
        problem_zh=run.problem_zh,
        problem_en=run.problem_en,
        counts=counts,
        simulation=SimulationOut(**result) if result is not None else None,
    )


def pool() -> tuple[list[Insured], list[Row]]:
    """The register and every year on record, as floor 1 takes them."""
    from yufang.rates import Insured
    from yufang.rates import InsuredYear as Row

    listed = Enterprise.objects.values_list("organisation__key", "name", "industry_code", "employees").order_by("pk")
    enterprises = [
        Insured(enterprise_id=key, name=name, industry_code=code, employees=staff)
        for key, name, code, staff in listed.iterator()
    ]
    fields = ("year", "payroll", "benefits", "injuries", "deaths", "diseases", "grade")
    rows = InsuredYear.objects.order_by("owner", "year").values("owner", *fields).iterator()
    return enterprises, [Row(enterprise_id=r["owner"], **{name: r[name] for name in fields}) for r in rows]


def refused(page: int, size: int) -> RefusedPage:
    """Rows that were not taken, the newest first."""
    rows = RefusedInsured.objects.order_by("-id")
    items = [RefusedOut.model_validate(r) for r in rows[window(page, size)]]
    return RefusedPage(total=rows.count(), page=page, size=size, items=items)


def proposals(
    *, run_id: int, state: str, q: str, rate_class: int | None, move: str, sort: str, page: int, size: int
) -> ProposalPage:
    """Proposals of a simulation. `move`: up, down, same."""
    rows = RateProposal.objects.filter(run_id=run_id)
    if state:
        rows = rows.filter(state=state)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(owner__iexact=q))
    if rate_class:
        rows = rows.filter(rate_class=rate_class)
    if move:
        rows = rows.filter(**{"up": {"move__gt": 0}, "down": {"move__lt": 0}, "same": {"move": 0}}[move])
    field = sort.removeprefix("-")
    if field not in SORTS:
        raise Refused(
            422,
            "invalid",
            f"不能按 {sort} 排序，可用：{'、'.join(SORTS)}，前加 - 为降序。",
            f"Can't sort by {sort}; use one of {', '.join(SORTS)}, with - in front for descending.",
            "sort",
        )
    ordered = rows.order_by(F(field).desc() if sort.startswith("-") else F(field).asc(), "id")
    items = [ProposalRow(**_row(p)) for p in ordered[window(page, size)]]
    return ProposalPage(total=rows.count(), page=page, size=size, items=items)


_SHOWN = ("current_grade", "proposed_grade", "current_rate_pct", "proposed_rate_pct", "problem_zh", "problem_en")


def _row(p: RateProposal) -> dict[str, Any]:
    zh, en = industry_names(p.body["industry_code"] or "")
    return {
        "id": p.pk,
        "enterprise_id": p.organisation_id,
        "owner": p.owner,
        "name": p.name,
        "industry_code": p.body["industry_code"] or "",
        "industry_zh": zh,
        "industry_en": en,
        "rate_class": p.rate_class,
        "premium_now": p.premium_now,
        "premium_proposed": p.premium_proposed,
        "change": p.change,
        "experience": p.experience,
        "state": p.state,
        **{name: p.body[name] for name in _SHOWN},
    }


_BODY = (
    *("year", "base_rate_pct", "factor", "payroll", "window_years", "injuries", "deaths", "diseases", "benefits"),
    *("expected_benefits", "own_experience", "credibility", "indicated_grade", "capped", "guards"),
    *("reasons_zh", "reasons_en"),
)


def proposal(proposal_id: int) -> ProposalDetail:
    """One proposal with its reasons, its years and who decided."""
    p = RateProposal.objects.filter(id=proposal_id).first()
    if p is None:
        raise not_found()
    # Simulations and tables are the region's: an enterprise sees its own proposal without them.
    run = RateRun.objects.select_related("table__by").filter(id=p.run_id).first()
    years = InsuredYear.objects.filter(owner=p.owner).order_by("year")
    place = region()
    return ProposalDetail(
        **_row(p),
        **{name: p.body[name] for name in _BODY},
        run_id=p.run_id,
        table=table_out(run.table) if run else None,
        years=[YearOut.model_validate(y) for y in years],
        decisions=[
            DecisionOut(
                kind=d.kind,
                reason=d.reason,
                by=d.by.name,
                by_en=d.by.name_en or d.by.name,
                at=d.at,
                ledger_index=d.ledger_index,
            )
            for d in p.decisions.select_related("by").order_by("-id")
        ],
        synthetic=bool(place and place.synthetic),
    )


def enterprise_proposal(enterprise_id: int, *, undecided: bool) -> ProposalDetail | None:
    """The newest proposal to an enterprise: any where `undecided`, else the newest approved one; None: there is
    none."""
    if not Enterprise.objects.filter(pk=enterprise_id).exists():
        raise not_found()
    rows = RateProposal.objects.filter(organisation_id=enterprise_id)
    if not undecided:
        rows = rows.filter(state=RateProposal.State.APPROVED)
    found = rows.order_by("-run_id").first()
    return proposal(found.pk) if found else None
