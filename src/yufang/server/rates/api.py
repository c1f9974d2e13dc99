"""Rates: simulation of the pool, proposals, approval; and what safety is worth."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem
from yufang.server.paging import Page, Size
from yufang.server.rates import actions, queries, value
from yufang.server.rates.contracts import (
    LoadedOut,
    ProposalDetail,
    ProposalPage,
    RateRunOut,
    RatesDesk,
    RefusedPage,
    SafetyValueOut,
    TableOut,
)

router = Router(tags=["rates"])
READ, SIMULATE, APPROVE = "region.read", "rates.simulate", "rates.approve"
MOST_TEXT = 40_000_000


class FileIn(Schema):
    name: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=MOST_TEXT)


class TableIn(Schema):
    text: str = Field(min_length=1, max_length=200_000)


class SimulateIn(Schema):
    """`income_change`: wanted change of the pool's income as a ratio minus 1; null leaves base rates as they stand."""

    table_id: int | None = None
    year: int | None = Field(None, ge=1996, le=2100)
    income_change: float | None = Field(0.0, ge=-0.9, le=5.0)


class DecideIn(Schema):
    reason: str = Field("", max_length=2000)


class OwnCostIn(Schema):
    """What a measure really costs: yuan once, yuan a year, the years it lasts."""

    key: str = Field(max_length=200)
    once: float = Field(ge=0, le=1e10)
    yearly: float = Field(ge=0, le=1e10)
    years: int = Field(ge=1, le=50)


class OwnCostsIn(Schema):
    costs: list[OwnCostIn] = Field(default_factory=list, max_length=200)


@router.get("/rates", response=RatesDesk)
def desk(request: HttpRequest) -> RatesDesk:
    """Years on record, rule tables and the newest simulation (permission region.read)."""
    actor(request, READ)
    return queries.desk()


@router.post("/rates/insured", response={200: LoadedOut, 422: Problem})
def load_insured(request: HttpRequest, body: FileIn) -> LoadedOut:
    """Load payroll and benefits from a CSV (permission rates.simulate). Refused rows are kept with their reason."""
    return actions.load_insured_text(actor(request, SIMULATE), body.name, body.text)


@router.get("/rates/refused", response=RefusedPage)
def refused(request: HttpRequest, page: Page, size: Size) -> RefusedPage:
    """Rows that were not taken, and why (permission region.read)."""
    actor(request, READ)
    return queries.refused(page, size)


@router.post("/rates/tables", response={200: TableOut, 422: Problem})
def add_table(request: HttpRequest, body: TableIn) -> TableOut:
    """Add a rule table of one's own, YAML (permission rates.simulate)."""
    return actions.add_table(actor(request, SIMULATE), body.text)


@router.post("/rates/runs", response={200: RateRunOut, 409: Problem})
def simulate(request: HttpRequest, body: SimulateIn) -> RateRunOut:
    """Simulate the pool in the background (permission rates.simulate)."""
    return actions.ask_simulation(actor(request, SIMULATE), body.table_id, body.year, body.income_change)


@router.get("/rates/runs/{run_id}", response=RateRunOut)
def run(request: HttpRequest, run_id: int) -> RateRunOut:
    """One simulation (permission region.read)."""
    actor(request, READ)
    return queries.run(run_id)


@router.get("/rates/runs/{run_id}/proposals", response=ProposalPage)
def proposals(
    request: HttpRequest,
    run_id: int,
    page: Page,
    size: Size,
    state: Literal["", "proposed", "approved", "returned", "unrated"] = "",
    q: str = "",
    rate_class: int | None = None,
    move: Literal["", "up", "down", "same"] = "",
    sort: str = "-change",
) -> ProposalPage:
    """Proposals of a simulation (permission region.read). `sort`: change, premium_proposed, experience, name or
    premium_now, `-` in front for descending."""
    actor(request, READ)
    return queries.proposals(
        run_id=run_id,
        state=state,
        q=q.strip(),
        rate_class=rate_class,
        move=move,
        sort=sort,
        page=page,
        size=size,
    )


@router.get("/rates/proposals/{proposal_id}", response=ProposalDetail)
def proposal(request: HttpRequest, proposal_id: int) -> ProposalDetail:
    """One proposal with reasons and effect (permission region.read)."""
    actor(request, READ)
    return queries.proposal(proposal_id)


@router.post("/rates/proposals/{proposal_id}/approve", response={200: ProposalDetail, 409: Problem})
def approve(request: HttpRequest, proposal_id: int, body: DecideIn) -> ProposalDetail:
    """Approve a rate by name (permission rates.approve)."""
    return actions.decide(actor(request, APPROVE), proposal_id, "approved", body.reason)


@router.post("/rates/proposals/{proposal_id}/return", response={200: ProposalDetail, 409: Problem, 422: Problem})
def give_back(request: HttpRequest, proposal_id: int, body: DecideIn) -> ProposalDetail:
    """Return a proposal with a reason (permission rates.approve)."""
    return actions.decide(actor(request, APPROVE), proposal_id, "returned", body.reason)


@router.get("/enterprises/{enterprise_id}/rate", response=ProposalDetail | None)
def enterprise_rate(request: HttpRequest, enterprise_id: int) -> ProposalDetail | None:
    """The enterprise's newest proposal; without region.read the newest approved one. Null: there is none."""
    return queries.enterprise_proposal(enterprise_id, undecided=actor(request).may(READ))


@router.get("/enterprises/{enterprise_id}/safety-value", response=SafetyValueOut)
def safety_value(request: HttpRequest, enterprise_id: int) -> SafetyValueOut:
    """Expected yearly loss now and after each measure, in money and in people."""
    return value.safety_value(enterprise_id, {})


@router.post("/enterprises/{enterprise_id}/safety-value", response={200: SafetyValueOut, 422: Problem})
def safety_value_with(request: HttpRequest, enterprise_id: int, body: OwnCostsIn) -> SafetyValueOut:
    """The same with measures' real costs; nothing is kept."""
    costs = {c.key: {"once": c.once, "yearly": c.yearly, "years": c.years} for c in body.costs}
    return value.safety_value(enterprise_id, costs)
