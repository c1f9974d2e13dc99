"""The case desk."""

from __future__ import annotations

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.cases import actions, queries
from yufang.server.cases.attribution import router as attribution
from yufang.server.cases.contracts import CaseDetail, CasePage, CodeOut, FacetOut
from yufang.server.errors import Problem
from yufang.server.paging import Page, Size

router = Router(tags=["cases"])
router.add_router("", attribution)


class DecisionIn(Schema):
    facet: str = Field(max_length=40)
    code: str = Field(min_length=1, max_length=40)
    note: str = Field("", max_length=2000)


@router.get("/cases", response=CasePage)
def case_page(
    request: HttpRequest,
    page: Page,
    size: Size,
    state: Literal["", "review", "auto", "decided", "suspect"] = "",
    facet: str = "",
    q: str = "",
) -> CasePage:
    """Codes by state; `review` is the queue, most useful first; `suspect` holds codes that are probably wrong."""
    return queries.case_page(state=state, facet=facet, q=q.strip(), page=page, size=size)


@router.get("/cases/{case_id}", response=CaseDetail)
def case(request: HttpRequest, case_id: int) -> CaseDetail:
    """One case with its codes and the words that decided."""
    return queries.case(case_id)


@router.post("/cases/{case_id}/decisions", response={200: FacetOut, 422: Problem})
def decide(request: HttpRequest, case_id: int, body: DecisionIn) -> FacetOut:
    """Accept or correct a code (permission cases.decide)."""
    return actions.decide(actor(request, "cases.decide"), case_id, body.facet, body.code, body.note)


@router.get("/standards/{list_key}", response=list[CodeOut])
def codes(request: HttpRequest, list_key: str) -> list[CodeOut]:
    """The entries of a code list, for pickers."""
    return queries.codes(list_key)
