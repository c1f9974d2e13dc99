"""Hazard points and what people found on site."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.deduction import actions, queries
from yufang.server.deduction.contracts import AnswerOut, PointDetail, PointRow, Result
from yufang.server.errors import Problem

router = Router(tags=["deduction"])


class AnswerIn(Schema):
    result: Result
    note: str = Field("", max_length=2000)


@router.get("/enterprises/{enterprise_id}/hazard-points", response=list[PointRow])
def hazard_points(request: HttpRequest, enterprise_id: int) -> list[PointRow]:
    """The enterprise's hazard points, best first."""
    return queries.hazard_points(enterprise_id)


@router.get("/hazard-points/{point_id}", response=PointDetail)
def hazard_point(request: HttpRequest, point_id: int) -> PointDetail:
    """One point with its reasons."""
    return queries.hazard_point(point_id)


@router.post("/hazard-points/{point_id}/answers", response={201: AnswerOut, 409: Problem})
def answer(request: HttpRequest, point_id: int, body: AnswerIn) -> Status[AnswerOut]:
    """Say what was found on site (permission deduction.answer)."""
    who = actor(request, "deduction.answer")
    return Status(201, actions.answer_point(who, point_id, body.result, body.note))
