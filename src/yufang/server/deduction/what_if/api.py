"""Deduction on demand: any enterprise, any supposition, any length of visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from yufang.server.deduction.what_if import queries
from yufang.server.deduction.what_if.contracts import Deduced, VisitOut, WhatIfChoices, WhatIfOut
from yufang.server.errors import Problem, Refused

if TYPE_CHECKING:
    from yufang.deduction import EnterpriseContext

router = Router(tags=["deduction"])

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[list[Name], Field(max_length=60)]
Count = Annotated[int, Field(ge=1, le=40)]


class EquipmentIn(Schema):
    """`parameters`: by the pack's key or name, such as {"stroke_rate": "55次/分"}."""

    name: Name
    model: Annotated[str, Field(max_length=120)] = ""
    kind: Annotated[str, Field(max_length=80)] = ""
    count: Annotated[int, Field(ge=1)] | None = None
    place: Annotated[str, Field(max_length=120)] = ""
    parameters: Annotated[dict[str, str] | None, Field(max_length=12)] = None


class DescriptionIn(Schema):
    """An enterprise that need not be saved. `industry_code`: GB/T 4754-2017, with or without the section letter."""

    name: str = Field("", max_length=200)
    industry_code: str = Field("", max_length=10)
    employees: int | None = Field(None, ge=0)
    equipment: list[EquipmentIn | Name] = Field(default_factory=list, max_length=200)
    processes: Names = Field(default_factory=list)
    materials: Names = Field(default_factory=list)
    n: Count = 10


class GuardIn(Schema):
    """`part`: its key or name; empty for every part of the equipment."""

    equipment: Name
    part: str = Field("", max_length=80)
    state: Name


class WhatIfIn(Schema):
    guards: list[GuardIn] = Field(default_factory=list, max_length=20)
    shift: str = Field("", max_length=20)
    add_equipment: Names = Field(default_factory=list)
    drop_equipment: Names = Field(default_factory=list)
    add_processes: Names = Field(default_factory=list)
    drop_processes: Names = Field(default_factory=list)
    add_materials: Names = Field(default_factory=list)
    drop_materials: Names = Field(default_factory=list)
    n: Count = 10


@router.post("/deduction/deduce", response={200: Deduced, 422: Problem})
def deduce(request: HttpRequest, body: DescriptionIn) -> Deduced:
    """Hazard points for a new enterprise, from its trade and equipment alone; nothing is kept."""
    return queries.described(_context(body), body.n)


def _context(body: DescriptionIn) -> EnterpriseContext:
    from yufang.deduction import EnterpriseContext, OwnEquipment
    from yufang.standards.industries import industry
    from yufang.standards.model import UnknownCode

    code = body.industry_code.strip()
    if not code and not body.equipment:
        raise Refused(
            422,
            "invalid",
            "请给出行业代码(industry_code)或至少一台设备(equipment)。",
            "Give an industry_code or at least one piece of equipment.",
            "industry_code",
        )
    if code:
        try:
            code = industry(code).code
        except UnknownCode as error:
            raise Refused(
                422,
                "unknown_code",
                f"行业代码“{code}”不在 GB/T 4754-2017 中，请查 /api/standards/gbt4754_2017 后改正。",
                f"The industry code {code!r} is not in GB/T 4754-2017; look it up at /api/standards/gbt4754_2017.",
                "industry_code",
            ) from error
    listed = [EquipmentIn(name=one) if isinstance(one, str) else one for one in body.equipment]
    return EnterpriseContext(
        enterprise_id="",
        name=body.name,
        industry_code="" if code.isalpha() else code,
        employees=body.employees,
        inventory=tuple(
            OwnEquipment(
                name=one.name,
                model=one.model,
                kind=one.kind,
                count=one.count,
                place=one.place,
                parameters=tuple((one.parameters or {}).items()),
            )
            for one in listed
        ),
        processes=tuple(body.processes),
        materials=tuple(body.materials),
    )


@router.get("/enterprises/{enterprise_id}/deduced", response=Deduced)
def deduced(request: HttpRequest, enterprise_id: int, n: Annotated[int, Query(ge=1, le=40)] = 10) -> Deduced:
    """Hazard points of a saved enterprise, deduced anew."""
    return queries.deduced(enterprise_id, n)


@router.get("/enterprises/{enterprise_id}/what-if", response=WhatIfChoices)
def choices(request: HttpRequest, enterprise_id: int) -> WhatIfChoices:
    """What can be supposed of an enterprise."""
    return queries.choices(enterprise_id)


@router.post("/enterprises/{enterprise_id}/what-if", response={200: WhatIfOut, 422: Problem})
def what_if(request: HttpRequest, enterprise_id: int, body: WhatIfIn) -> WhatIfOut:
    """The points and LEC scores before and after a supposed change; nothing is kept."""
    from yufang.deduction.changes import Changes, GuardChange

    given = body.model_dump(exclude={"guards", "n", "shift"})
    guards = tuple(GuardChange(equipment=g.equipment, part=g.part, state=g.state) for g in body.guards)
    changes = Changes(guards=guards, shift=body.shift, **{name: tuple(words) for name, words in given.items()})
    return queries.what_if(enterprise_id, changes, body.n)


@router.get("/enterprises/{enterprise_id}/visit-list", response={200: VisitOut, 422: Problem})
def visit_list(request: HttpRequest, enterprise_id: int, minutes: int = 120, n: int = 10) -> VisitOut:
    """The `n` checks that are worth most within `minutes`, in the order they are walked."""
    return queries.visit_list(enterprise_id, minutes, n)
