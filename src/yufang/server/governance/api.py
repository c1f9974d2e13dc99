"""The model desk."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem, forbidden
from yufang.server.governance import actions, queries
from yufang.server.governance.contracts import (
    ComparisonOut,
    FacetDesk,
    MonthOut,
    RunOut,
    VersionDetail,
    VersionRow,
)
from yufang.server.scope import Actor

router = Router(tags=["models"])
FacetName = Annotated[str, Query(..., max_length=40)]


class TrainIn(Schema):
    facet: str = Field(max_length=40)


class ReasonIn(Schema):
    reason: str = Field(min_length=1, max_length=2000)


class RollBackIn(Schema):
    facet: str = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=2000)


def reader(request: HttpRequest) -> Actor:
    """Whoever reads a whole region's cases may read of the models that code them."""
    acting_user = actor(request)
    if not (acting_user.may("region.read") or acting_user.may("cases.decide")):
        raise forbidden("region.read")
    return acting_user


@router.get("/models", response=list[FacetDesk])
def desk(request: HttpRequest) -> list[FacetDesk]:
    """Every facet with its versions and its newest training."""
    return queries.desk(reader(request))


@router.get("/models/compare", response=ComparisonOut)
def compare(request: HttpRequest, first: int, second: int) -> ComparisonOut:
    """Two versions on the frozen gold set and on open cases."""
    reader(request)
    return queries.compare(first, second)


@router.get("/models/accuracy", response=list[MonthOut])
def accuracy(request: HttpRequest, facet: FacetName) -> list[MonthOut]:
    """Agreement of suggestions with later decisions, by month and version."""
    reader(request)
    return queries.accuracy(facet)


@router.post("/models/trainings", response={200: RunOut, 409: Problem})
def train(request: HttpRequest, body: TrainIn) -> RunOut:
    """Train anew in the background (permission models.train)."""
    return actions.ask_training(actor(request, "models.train"), body.facet)


@router.get("/models/trainings/{run_id}", response=RunOut)
def training(request: HttpRequest, run_id: int) -> RunOut:
    """One training."""
    reader(request)
    return queries.training(run_id)


@router.post("/models/roll-back", response={200: VersionRow, 409: Problem})
def roll_back(request: HttpRequest, body: RollBackIn) -> VersionRow:
    """Return to the version at work before (permission models.promote)."""
    return actions.roll_back(actor(request, "models.promote"), body.facet, body.reason)


@router.get("/models/{version_id}", response=VersionDetail)
def version(request: HttpRequest, version_id: int) -> VersionDetail:
    """One version with its card."""
    reader(request)
    return queries.version(version_id)


@router.post("/models/{version_id}/promote", response={200: VersionRow, 409: Problem})
def promote(request: HttpRequest, version_id: int, body: ReasonIn) -> VersionRow:
    """Put a version to work (permission models.promote)."""
    return actions.promote(actor(request, "models.promote"), version_id, body.reason)
