"""What leaves the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.errors import Contract

IdeaState = Literal["proposed", "trial", "result", "rolled_out", "declined"]


class PointRuleOut(Contract):
    """A rule of points and the usual span of its reward in yuan."""

    key: str
    name_zh: str
    name_en: str
    points: int
    yuan_low: int
    yuan_high: int


class PointRulesOut(Contract):
    """The table in force, who answers for it and what it stands on."""

    version: str
    effective_from: date
    owner_zh: str
    owner_en: str
    source_zh: str
    source_en: str
    source_verified: bool
    first_share: float
    most_points_month: int
    most_counted_month: int
    rules: list[PointRuleOut]


class IdeaRow(Contract):
    """`author` is "" where the author isn't to be named; `team` then says the team, where it has people enough."""

    id: int
    title: str
    state: IdeaState
    author: str
    author_en: str
    team: str
    mine: bool
    supports: int
    supported: bool
    at: datetime
    trial_where: str
    trial_until: date | None
    overdue: bool
    synthetic: bool


class IdeaPage(Contract):
    total: int
    page: int
    size: int
    counts: dict[str, int]
    items: list[IdeaRow]


class IdeaStepOut(Contract):
    kind: Literal["trial", "result", "roll_out", "decline"]
    where: str
    until: date | None
    measure: str
    text: str
    before: float | None
    after: float | None
    by: str
    by_en: str
    at: datetime
    ledger_index: int


class IdeaDetail(IdeaRow):
    problem: str
    idea: str
    hazard_id: int | None
    steps: list[IdeaStepOut]
    next_steps: list[Literal["trial", "result", "roll_out", "decline"]]
    ledger_index: int


class BestIdea(Contract):
    """An idea on the board, with the jury's reasons. No rank, no points."""

    id: int
    title: str
    state: IdeaState
    author: str
    author_en: str
    team: str
    reasons: list[str]


class JurorName(Contract):
    id: int
    name: str
    name_en: str


class IdeaBoard(Contract):
    """A month's board; before it is closed only jurors' own choices show (`mine`: ids of ideas)."""

    month: str
    jury: list[JurorName]
    closed_at: datetime | None
    ideas: list[BestIdea]
    juror: bool
    mine: list[int]
    candidates: int


class TeamPoints(Contract):
    """Acts that counted, by team; never by person. `team` "": all teams with too few people, together."""

    team: str
    acts: int


class ParticipationDesk(Contract):
    """The start of the room."""

    organisation: str
    synthetic: bool
    month: str
    manages: bool
    opted_out: bool
    boards: list[IdeaBoard]
    teams: list[TeamPoints]
    smallest_group: int


class PointEntryOut(Contract):
    """One's own points. `subject_id` is of a hazard or an idea, as `of` says."""

    of: Literal["hazard", "idea"]
    subject_id: int
    title_zh: str
    title_en: str
    rule_zh: str
    rule_en: str
    points: int
    before_cap: int
    sharers: int
    month: str
    at: datetime
    withdrawn: bool
    ledger_index: int


class ThanksOut(Contract):
    text_zh: str
    text_en: str
    at: datetime


class OwnReward(Contract):
    amount: float
    reason: str
    state: Literal["approved", "paid"]
    by: str
    by_en: str
    at: datetime


class OwnPart(Contract):
    """What one has oneself; nobody else is shown it."""

    points_month: int
    points_total: int
    opted_out: bool
    entries: list[PointEntryOut]
    thanks: list[ThanksOut]
    rewards: list[OwnReward]
    rules: PointRulesOut


class DueReward(Contract):
    """An act that a rule names a reward for, and nobody has decided on. `person` "" for an anonymous report."""

    of: Literal["hazard", "idea"]
    subject: str
    title_zh: str
    title_en: str
    person_id: int | None
    report_id: int | None
    person: str
    person_en: str
    rule_zh: str
    rule_en: str
    yuan_low: int
    yuan_high: int
    at: datetime


class RewardOut(Contract):
    id: int
    of: Literal["hazard", "idea"]
    subject: str
    title_zh: str
    title_en: str
    person: str
    person_en: str
    anonymous: bool
    amount: float
    reason: str
    state: Literal["approved", "paid"]
    claimed: bool
    by: str
    by_en: str
    at: datetime
    paid_on: date | None
    ledger_index: int


class RewardDesk(Contract):
    due: list[DueReward]
    decided: list[RewardOut]
    rules: PointRulesOut


class RewardClaim(Contract):
    """For whoever holds a follow code: is there a reward, and the number to hand in for it. Shown once."""

    state: Literal["none", "waiting", "paid"]
    amount: float | None
    number: str


class FormScale(Contract):
    value: int
    zh: str
    en: str


class FormQuestion(Contract):
    """The question as one's own side is asked it."""

    key: str
    text_zh: str
    text_en: str


class FormArea(Contract):
    key: str
    zh: str
    en: str
    questions: list[FormQuestion]


class AssessmentForm(Contract):
    urn: str
    version: str
    side: Literal["worker", "manager"]
    unknown: int
    scale: list[FormScale]
    areas: list[FormArea]


class AssessedQuestion(Contract):
    """Both wordings of one question and both sides' scores, 0 to 100; null where a figure is withheld."""

    key: str
    worker_zh: str
    worker_en: str
    manager_zh: str
    manager_en: str
    worker: int | None
    manager: int | None
    gap: int | None


class AssessedArea(Contract):
    key: str
    zh: str
    en: str
    worker: int | None
    manager: int | None
    gap: int | None
    questions: list[AssessedQuestion]


class AssessmentResult(Contract):
    """A closed round."""

    id: int
    opened_on: date
    closed_on: date
    form_version: str
    workers: int | None
    managers: int
    worker: int | None
    manager: int | None
    withheld: bool
    areas: list[AssessedArea]


class OpenAssessment(Contract):
    """`answered`: whether this person has. `workers`: how many, null while fewer than the smallest cell."""

    id: int
    opened_on: date
    closes_on: date
    answered: bool
    workers: int | None
    managers: int


class AssessmentOut(Contract):
    form: AssessmentForm
    open: OpenAssessment | None
    results: list[AssessmentResult]
    smallest_cell: int
    manages: bool


class FoundByWorkersMonth(Contract):
    month: str
    by_workers: int
    total: int
    share: float | None


class FoundByWorkers(Contract):
    """Share of hazards found by workers, by the month in which they were opened."""

    months: list[FoundByWorkersMonth]
    by_workers: int
    total: int
    share: float | None
