"""Inspection plans and their answers, papers, whom to visit, orders, and what was found."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem
from yufang.server.inspections import (
    actions,
    answering,
    choosing,
    orders,
    orders_queries,
    pictures,
    queries,
    rates_queries,
)
from yufang.server.inspections.contracts import (
    InspectionAnswer,
    InspectionPhoto,
    InspectionPlan,
    InspectionPlanPage,
    InspectionRates,
    OrderableHazard,
    OrderDetail,
    OrderPage,
    PapersOut,
    Result,
    Side,
    VisitChoiceOfWeek,
)
from yufang.server.paging import Page, Size
from yufang.server.profiles.queries import today

# Plans live on the region's day, which a made-up region stands still at; orders and hazards run by the clock.
router = Router(tags=["inspections"])

Note = Annotated[str, Field(max_length=2000)]


class InspectionPlanIn(Schema):
    """`anew`: a further plan though there is one of the day."""

    minutes: int = 120
    anew: bool = False


class InspectionAnswerIn(Schema):
    """`client_id` and the ids in `photos` are made on the device: the same answer may come again and is kept once."""

    client_id: UUID
    item_id: int
    result: Result
    note: Note = ""
    photos: Annotated[list[UUID], Field(default_factory=list, max_length=6)]
    hazard_kind: Annotated[str, Field(max_length=30)] = ""
    paper_date: date | None = None
    said_at: AwareDatetime | None = None


class StopAreaIn(Schema):
    area_id: int | None = None


class PaperIn(Schema):
    kind: Literal["equipment", "certificate"]
    code: Annotated[str, Field(max_length=20)]
    done_on: date
    equipment_key: Annotated[str, Field(max_length=120)] = ""
    holder: Annotated[str, Field(max_length=80)] = ""
    valid_until: date | None = None


class VisitChoiceIn(Schema):
    week: date
    capacity: int = queries.VISITS_A_WEEK
    anew: bool = False


class IssueItemIn(Schema):
    hazard_id: int
    requirement: Annotated[str, Field(max_length=500)] = ""


class IssueIn(Schema):
    client_id: UUID
    items: list[IssueItemIn]
    deadline: date
    basis: Note = ""
    plan_id: int | None = None


class OrderNoteIn(Schema):
    note: Note = ""


# ── plans ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/inspections/plans", response=InspectionPlanPage)
def plans(
    request: HttpRequest,
    page: Page,
    size: Size,
    state: Literal["", "open", "done", "dropped"] = "",
    side: Literal["", "own", "regulator"] = "",
    enterprise_id: int | None = None,
) -> InspectionPlanPage:
    """Plans, the newest day first."""
    return queries.plan_page(state=state, enterprise_id=enterprise_id, side=side, page=page, size=size)


@router.post("/enterprises/{enterprise_id}/inspection-plan", response={200: InspectionPlan, 422: Problem})
def make_plan(request: HttpRequest, enterprise_id: int, body: InspectionPlanIn) -> InspectionPlan:
    """Make the plan of the day, or give the one there is (permission inspections.plan)."""
    who = actor(request, "inspections.plan")
    made = actions.make_plan(who, enterprise_id, minutes=body.minutes, day=today(), anew=body.anew)
    return queries.plan(made, who.person_id)


@router.get("/inspections/plans/{plan_id}", response=InspectionPlan)
def plan(request: HttpRequest, plan_id: int) -> InspectionPlan:
    """One plan with its stops, items, reasons and answers."""
    return queries.plan(plan_id, actor(request).person_id)


@router.post("/inspections/plans/{plan_id}/close", response={200: InspectionPlan, 409: Problem})
def close_plan(request: HttpRequest, plan_id: int) -> InspectionPlan:
    """End a plan (permission inspections.do)."""
    who = actor(request, "inspections.do")
    actions.close_plan(who, plan_id)
    return queries.plan(plan_id, who.person_id)


@router.post("/inspections/stops/{stop_id}/area", response={200: InspectionPlan, 422: Problem})
def place_stop(request: HttpRequest, stop_id: int, body: StopAreaIn) -> InspectionPlan:
    """Say where a stop is (permission inspections.do)."""
    who = actor(request, "inspections.do")
    return queries.plan(actions.place_stop(who, stop_id, body.area_id), who.person_id)


# ── answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/inspections/answers", response={200: InspectionAnswer, 201: InspectionAnswer, 409: Problem})
def answer(request: HttpRequest, body: InspectionAnswerIn) -> Status[InspectionAnswer]:
    """Say what was found of an item; sent twice it is kept once (permission inspections.do)."""
    who = actor(request, "inspections.do")
    said = answering.Said(**body.model_dump() | {"photos": tuple(body.photos)})
    kept, new = answering.answer(who, said, today())
    return Status(201 if new else 200, queries.answer(kept, who.person_id))


@router.post("/inspections/answers/{answer_client}/undo", response={200: InspectionAnswer, 409: Problem})
def undo(request: HttpRequest, answer_client: UUID) -> InspectionAnswer:
    """Take back an answer of one's own (permission inspections.do)."""
    who = actor(request, "inspections.do")
    return queries.answer(answering.take_back(who, answer_client), who.person_id)


@router.post(
    "/inspections/items/{item_id}/photos/{photo_client}",
    response={200: InspectionPhoto, 201: InspectionPhoto, 409: Problem},
)
def add_photo(
    request: HttpRequest, item_id: int, photo_client: UUID, file: File[UploadedFile]
) -> Status[InspectionPhoto]:
    """Send a photo before the answer that it belongs to (permission inspections.do)."""
    who = actor(request, "inspections.do")
    kept, new = pictures.add_photo(who, item_id, photo_client, file, file.size or 0)
    return Status(201 if new else 200, kept)


@router.get("/inspections/photos/{photo_id}", response={200: bytes})
def photo(request: HttpRequest, photo_id: int) -> HttpResponse:
    """A photo as JPEG."""
    found = HttpResponse(pictures.photo_bytes(photo_id), content_type="image/jpeg")
    found.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return found


# ── papers ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/enterprises/{enterprise_id}/papers", response=PapersOut)
def papers(request: HttpRequest, enterprise_id: int) -> PapersOut:
    """Inspection reports and certificates: what is due, and what is on record."""
    return queries.papers(enterprise_id, today())


@router.post("/enterprises/{enterprise_id}/papers", response={200: PapersOut, 422: Problem})
def keep_paper(request: HttpRequest, enterprise_id: int, body: PaperIn) -> PapersOut:
    """Put a paper on record (permission inspections.do)."""
    who = actor(request, "inspections.do")
    actions.keep_paper(who, enterprise_id, **body.model_dump(), day=today())
    return queries.papers(enterprise_id, today())


# ── whom to visit ─────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/inspections/choice", response=VisitChoiceOfWeek)
def choice(request: HttpRequest, week: date | None = None) -> VisitChoiceOfWeek:
    """Whom the authority visits in a week (permission inspections.order)."""
    actor(request, "inspections.order")
    return queries.choice(week or today())


@router.post("/inspections/choice", response={200: VisitChoiceOfWeek, 422: Problem})
def choose(request: HttpRequest, body: VisitChoiceIn) -> VisitChoiceOfWeek:
    """Choose, or give the choice there is (permission inspections.order)."""
    who = actor(request, "inspections.order")
    choosing.choose_week(who, week=body.week, capacity=body.capacity, today=today(), anew=body.anew)
    return queries.choice(body.week)


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/inspections/orders", response=OrderPage)
def order_list(
    request: HttpRequest,
    page: Page,
    size: Size,
    state: Literal["", "open", "overdue", "closed", "withdrawn"] = "",
    enterprise_id: int | None = None,
) -> OrderPage:
    """Orders, the newest first."""
    return orders_queries.order_page(
        state=state, enterprise_id=enterprise_id, page=page, size=size, today=timezone.localdate()
    )


@router.get("/inspections/orders/{order_id}", response=OrderDetail)
def order(request: HttpRequest, order_id: int) -> OrderDetail:
    """One order with its hazards and its history."""
    return orders_queries.order(order_id, timezone.localdate())


@router.get("/enterprises/{enterprise_id}/orderable-hazards", response=list[OrderableHazard])
def orderable(
    request: HttpRequest, enterprise_id: int, of_plan: Annotated[int | None, Query()] = None
) -> list[OrderableHazard]:
    """Open hazards that an order can name (permission inspections.order)."""
    actor(request, "inspections.order")
    return orders_queries.orderable(enterprise_id, of_plan)


@router.post(
    "/enterprises/{enterprise_id}/orders", response={200: OrderDetail, 201: OrderDetail, 409: Problem, 422: Problem}
)
def issue(request: HttpRequest, enterprise_id: int, body: IssueIn) -> Status[OrderDetail]:
    """Issue an order; sent twice it is one (permission inspections.order)."""
    who = actor(request, "inspections.order")
    made, new = orders.issue(
        who,
        enterprise_id,
        client_id=body.client_id,
        items=[orders.Asked(hazard_id=one.hazard_id, requirement=one.requirement) for one in body.items],
        deadline=body.deadline,
        basis=body.basis,
        plan_id=body.plan_id,
        today=timezone.localdate(),
    )
    return Status(201 if new else 200, orders_queries.order(made, timezone.localdate()))


@router.post("/inspections/orders/{order_id}/withdraw", response={200: OrderDetail, 409: Problem})
def withdraw(request: HttpRequest, order_id: int, body: OrderNoteIn) -> OrderDetail:
    """Take an order back, with a reason (permission inspections.order)."""
    orders.withdraw(actor(request, "inspections.order"), order_id, body.note)
    return orders_queries.order(order_id, timezone.localdate())


# ── what was found ────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/inspections/rates", response=InspectionRates)
def rates(
    request: HttpRequest,
    side: Side | Literal[""] = "",
    enterprise_id: int | None = None,
    since: date | None = None,
    until: date | None = None,
) -> InspectionRates:
    """Coverage and hit rate by source and by month."""
    return rates_queries.rates(side=side, enterprise_id=enterprise_id, since=since, until=until)
