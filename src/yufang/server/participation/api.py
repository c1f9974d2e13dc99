"""Taking part: ideas, board, points, rewards, self-assessment. All but the claim of a voucher ask for a sign-in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from yufang.participation import Step
from yufang.server.accounts.session import actor
from yufang.server.errors import Problem
from yufang.server.paging import Page, Size
from yufang.server.participation import actions, assessments, ideas, own_queries, queries, rewards
from yufang.server.participation.contracts import (
    AssessmentOut,
    FoundByWorkers,
    IdeaDetail,
    IdeaPage,
    IdeaState,
    OwnPart,
    ParticipationDesk,
    RewardClaim,
    RewardDesk,
)

router = Router(tags=["participation"])
TAKE_PART, MANAGE = "participation.take_part", queries.MANAGE
_SHORT, _LONG = 120, 4000


class IdeaIn(Schema):
    title: str = Field(max_length=_SHORT)
    problem: str = Field(max_length=_LONG)
    idea: str = Field(max_length=_LONG)
    show_author: bool = True
    hazard_id: int | None = None


class SupportIn(Schema):
    support: bool


class StepIn(Schema):
    kind: Literal["trial", "result", "roll_out", "decline"]
    where: str = Field("", max_length=200)
    until: date | None = None
    measure: str = Field("", max_length=_LONG)
    text: str = Field("", max_length=_LONG)
    before: float | None = Field(None, allow_inf_nan=False)
    after: float | None = Field(None, allow_inf_nan=False)


class JuryIn(Schema):
    month: str = Field(max_length=7)
    jury: list[int] = Field(max_length=20)


class PickIn(Schema):
    idea_id: int
    chosen: bool = True
    reason: str = Field("", max_length=200)


class OptIn(Schema):
    out: bool


class RewardIn(Schema):
    subject: str = Field(max_length=40, pattern=r"^(hazard|idea):[0-9]+$")
    person_id: int | None = None
    report_id: int | None = None
    amount: Decimal = Field(allow_inf_nan=False)
    reason: str = Field(max_length=500)


class PaidIn(Schema):
    number: str = Field("", max_length=40)


class ClaimIn(Schema):
    code: str = Field(max_length=200)


class AssessmentRoundIn(Schema):
    closes_on: date


class AnswersIn(Schema):
    answers: dict[str, int] = Field(max_length=200)


@router.get("/participation", response=ParticipationDesk)
def desk(request: HttpRequest) -> ParticipationDesk:
    """The start of the room: boards and what teams did."""
    return queries.desk(actor(request, TAKE_PART))


@router.get("/participation/ideas", response=IdeaPage)
def idea_page(
    request: HttpRequest, page: Page, size: Size, state: IdeaState | Literal[""] = "", q: str = "", mine: bool = False
) -> IdeaPage:
    """Ideas of one's enterprise, the newest first."""
    return queries.idea_page(actor(request, TAKE_PART), state=state, q=q.strip(), mine=mine, page=page, size=size)


@router.post("/participation/ideas", response={200: IdeaDetail, 422: Problem})
def propose(request: HttpRequest, body: IdeaIn) -> IdeaDetail:
    """Propose an idea."""
    return ideas.propose(actor(request, TAKE_PART), **body.dict())


@router.get("/participation/ideas/{idea_id}", response=IdeaDetail)
def idea(request: HttpRequest, idea_id: int) -> IdeaDetail:
    """One idea with its steps."""
    return queries.idea(actor(request, TAKE_PART), idea_id)


@router.post("/participation/ideas/{idea_id}/support", response={200: IdeaDetail, 409: Problem})
def support(request: HttpRequest, idea_id: int, body: SupportIn) -> IdeaDetail:
    """Support an idea, or no longer."""
    return ideas.support(actor(request, TAKE_PART), idea_id, body.support)


@router.post("/participation/ideas/{idea_id}/steps", response={200: IdeaDetail, 409: Problem, 422: Problem})
def take_step(request: HttpRequest, idea_id: int, body: StepIn) -> IdeaDetail:
    """Trial, result, roll-out or refusal of an idea (permission participation.manage)."""
    return ideas.take_step(actor(request, MANAGE), idea_id, Step(**body.dict()))


@router.post("/participation/boards", response={200: ParticipationDesk, 409: Problem, 422: Problem})
def name_jury(request: HttpRequest, body: JuryIn) -> ParticipationDesk:
    """Name the jury of a month (permission participation.manage)."""
    acting_user = actor(request, MANAGE)
    ideas.name_jury(acting_user, body.month, body.jury)
    return queries.desk(acting_user)


@router.post("/participation/boards/{board_month}/picks", response={200: ParticipationDesk, 403: Problem, 422: Problem})
def pick(request: HttpRequest, board_month: str, body: PickIn) -> ParticipationDesk:
    """A juror's choice, with a reason."""
    acting_user = actor(request, TAKE_PART)
    ideas.pick(acting_user, board_month, body.idea_id, body.chosen, body.reason)
    return queries.desk(acting_user)


@router.post("/participation/boards/{board_month}/publish", response={200: ParticipationDesk, 409: Problem})
def publish_board(request: HttpRequest, board_month: str) -> ParticipationDesk:
    """Close a month's board with what the jury chose (permission participation.manage)."""
    acting_user = actor(request, MANAGE)
    ideas.publish_board(acting_user, board_month)
    return queries.desk(acting_user)


@router.get("/participation/mine", response=OwnPart)
def mine(request: HttpRequest) -> OwnPart:
    """One's own points, thanks and rewards."""
    return own_queries.mine(actor(request, TAKE_PART))


@router.post("/participation/opt-out", response=OwnPart)
def opt_out(request: HttpRequest, body: OptIn) -> OwnPart:
    """Be named nowhere in this room, or be named again."""
    acting_user = actor(request, TAKE_PART)
    actions.set_opt_out(acting_user, body.out)
    return own_queries.mine(acting_user)


@router.get("/participation/rewards", response=RewardDesk)
def reward_desk(request: HttpRequest) -> RewardDesk:
    """What may be rewarded and what was (permission participation.manage)."""
    return own_queries.reward_desk(actor(request, MANAGE))


@router.post("/participation/rewards", response={200: RewardDesk, 409: Problem, 422: Problem})
def approve(request: HttpRequest, body: RewardIn) -> RewardDesk:
    """Approve a reward with amount and reason (permission participation.manage)."""
    acting_user = actor(request, MANAGE)
    rewards.approve(acting_user, **body.dict())
    return own_queries.reward_desk(acting_user)


@router.post("/participation/rewards/{reward_id}/paid", response={200: RewardDesk, 409: Problem, 422: Problem})
def paid(request: HttpRequest, reward_id: int, body: PaidIn) -> RewardDesk:
    """A reward was handed over; a voucher needs its number (permission participation.manage)."""
    acting_user = actor(request, MANAGE)
    rewards.pay(acting_user, reward_id, body.number)
    return own_queries.reward_desk(acting_user)


@router.post("/participation/claims", auth=None, response={200: RewardClaim, 404: Problem})
def claim(request: HttpRequest, body: ClaimIn) -> RewardClaim:
    """For the holder of a report's private code, without a sign-in: the number that a reward is handed over for.
    Whoever may be signed in on this device is not looked at."""
    return rewards.claim_by_code(body.code)


@router.get("/participation/assessment", response=AssessmentOut)
def assessment(request: HttpRequest) -> AssessmentOut:
    """The self-assessment: form, open round, closed rounds."""
    return own_queries.assessment(actor(request, TAKE_PART))


@router.post("/participation/assessment/rounds", response={200: AssessmentOut, 409: Problem, 422: Problem})
def open_round(request: HttpRequest, body: AssessmentRoundIn) -> AssessmentOut:
    """Open a round (permission participation.manage)."""
    acting_user = actor(request, MANAGE)
    assessments.open_round(acting_user, body.closes_on)
    return own_queries.assessment(acting_user)


@router.post(
    "/participation/assessment/rounds/{assessment_id}/answers", response={204: None, 409: Problem, 422: Problem}
)
def answer(request: HttpRequest, assessment_id: int, body: AnswersIn) -> HttpResponse:
    """Add one's answers to the sums; once a round."""
    assessments.answer(actor(request, TAKE_PART), assessment_id, body.answers)
    return HttpResponse(status=204)


@router.post("/participation/assessment/rounds/{assessment_id}/close", response={200: AssessmentOut, 409: Problem})
def close_round(request: HttpRequest, assessment_id: int) -> AssessmentOut:
    """Close a round and show what it says (permission participation.manage)."""
    acting_user = actor(request, MANAGE)
    assessments.close_round(acting_user, assessment_id)
    return own_queries.assessment(acting_user)


@router.get("/participation/found", response=FoundByWorkers)
def found(request: HttpRequest, months: Annotated[int, Query(12, ge=1, le=60)]) -> FoundByWorkers:
    """Share of hazards found by workers, month by month."""
    return own_queries.found(actor(request, TAKE_PART), months)
