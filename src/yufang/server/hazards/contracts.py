"""What leaves the room."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from yufang.hazards.kinds import Level
from yufang.hazards.lifecycle import State
from yufang.server.errors import Contract

What = Literal["reported", "confirmed", "fixed", "checked"]


class StoryStep(Contract):
    """A step as its reporter may read it: no names, no internal notes beyond the answer to them."""

    at: datetime
    state: State
    text_zh: str
    text_en: str


class StoryPhoto(Contract):
    """A photo of the fix; `server.photos.jpeg(sha256)` gives the picture."""

    id: int
    sha256: str
    width: int
    height: int


class Story(Contract):
    """What a reporter sees of their hazard. `may_confirm`: a checked fix waits for their word; `may_contest`: a
    refusal does."""

    hazard_id: int
    state: State
    steps: list[StoryStep]
    after_photos: list[StoryPhoto]
    due_at: datetime
    promise_due_at: datetime
    may_confirm: bool
    may_contest: bool
    lapses_at: datetime | None


class SimilarHazard(Contract):
    """An open hazard nearby that reads like what is being reported."""

    id: int
    title_zh: str
    title_en: str
    kind: str
    opened_at: datetime
    state: State
    likeness: float


class Contribution(Contract):
    """What a person did for a hazard. Anonymous reports are never among these."""

    person_id: int
    hazard_id: int
    what: What
    level: Level
    at: datetime


class PersonName(Contract):
    id: int
    name: str
    name_en: str


class HazardKindOut(Contract):
    """A kind of hazard, with the classes of GB/T 13861-2022 it covers."""

    key: str
    zh: str
    en: str
    level: Level
    gbt13861: list[str]


class HazardRow(Contract):
    """A hazard in the table and on a card. `overdue`: its fix, or the answer that was promised, is late."""

    id: int
    enterprise_id: int
    enterprise_name: str
    area_id: int | None
    area_zh: str
    area_en: str
    kind: str
    level: Level
    state: State
    title_zh: str
    title_en: str
    found_by: str
    opened_at: datetime
    answered_at: datetime | None
    promise_due_at: datetime
    due_at: datetime
    closed_at: datetime | None
    owner: PersonName | None
    overdue: bool
    escalated: int
    reopened: int
    contested: bool
    major: bool | None
    suspects: int
    synthetic: bool


class HazardPage(Contract):
    """Rows under the filter. `total` counts to `at_most` and no further; `more` says that there are more."""

    total: int
    more: bool
    at_most: int
    page: int
    size: int
    items: list[HazardRow]


class HazardColumn(Contract):
    """A column of the board: how many there are, how many of them late, and the most urgent of them."""

    state: State
    total: int
    more: bool
    overdue: int
    items: list[HazardRow]


class HazardBoard(Contract):
    columns: list[HazardColumn]


class HazardMapPlace(Contract):
    """Open hazards of one enterprise on the map of the region."""

    enterprise_id: int
    name: str
    lat: float
    lon: float
    open: int
    overdue: int
    major: int
    level: Level


class HazardMapSpot(Contract):
    """One open hazard on a plan, or on the map where it has a position."""

    id: int
    title_zh: str
    title_en: str
    level: Level
    state: State
    overdue: bool
    area_id: int | None
    plan_id: int | None
    x: float | None
    y: float | None
    lat: float | None
    lon: float | None


class HazardMap(Contract):
    """`places` for a region; `spots` for one enterprise. `placed` of `open` hazards are shown."""

    open: int
    placed: int
    places: list[HazardMapPlace]
    spots: list[HazardMapSpot]


class ResponseTimesOut(Contract):
    opened: int
    answered: int
    median: int | None
    p85: int | None
    within_2h: float | None
    within_48h: float | None


class HazardMonth(ResponseTimesOut):
    month: str
    closed: int


class HazardKindFigures(ResponseTimesOut):
    kind: str


class HazardAges(Contract):
    """Open hazards that are at least `days_from` and less than `days_to` days old."""

    days_from: int
    days_to: int | None
    open: int
    overdue: int


class HazardRepeat(Contract):
    """A kind that came up again at one place in the window."""

    enterprise_id: int
    enterprise_name: str
    area_id: int | None
    area_zh: str
    area_en: str
    kind: str
    times: int
    open: int


class HazardFigures(Contract):
    """`months` and `kinds` over the chosen months; `rounded`: minutes are counted in steps of 5 up to 2 h, of 30 up to
    48 h, of 360 beyond."""

    all: ResponseTimesOut
    months: list[HazardMonth]
    kinds: list[HazardKindFigures]
    ages: list[HazardAges]
    repeats: list[HazardRepeat]
    repeat_days: int
    rounded: bool


class HazardPhotoOut(Contract):
    """A photo; `GET /hazards/photos/{id}` gives the picture. `far`: taken further from the hazard than both devices
    could be off; the distance is in metres, or a share of the plan's longer side where nobody measured the plan."""

    id: int
    role: Literal["before", "after"]
    round: int
    width: int
    height: int
    at: datetime
    by: PersonName | None
    distance_m: float | None
    distance_share: float | None
    far: bool


class HazardStepOut(Contract):
    at: datetime
    action: str
    before: str
    after: str
    note: str
    text_zh: str
    text_en: str
    by: PersonName | None
    to: PersonName | None
    ledger_index: int


class HazardOpinionOut(Contract):
    id: int
    asked_by: PersonName
    asked_of: PersonName
    question: str
    asked_at: datetime
    agrees: bool | None
    words: str
    given_at: datetime | None


class MajorCriterionOut(Contract):
    """A criterion of major hazards, in our own words; the official text decides. `share` and `words`: how it was
    suggested, empty where it was not."""

    code: str
    cited_zh: str
    cited_en: str
    name_zh: str
    name_en: str
    share: float | None
    words: list[str]


class HazardLinkOut(Contract):
    """What a hazard came from or belongs to."""

    kind: Literal["point", "warning", "case"]
    id: int
    title_zh: str
    title_en: str
    state: str


class HazardMayOut(Contract):
    """What the person who asks may do now; the server checks it again."""

    assign: bool
    start: bool
    fix: bool
    check: bool
    refuse: bool
    reopen: bool
    confirm: bool
    contest: bool
    opinion_ask: bool
    opinion_give: bool
    decide_major: bool
    release: bool
    photo: bool
    level: bool


class HazardDetail(HazardRow):
    words: str
    spot_source: str
    x: float | None
    y: float | None
    lat: float | None
    lon: float | None
    plan_id: int | None
    anonymous: bool
    reporter: PersonName | None
    fixer: PersonName | None
    checker: PersonName | None
    route_zh: str
    route_en: str
    route_rule: str
    route_owner: PersonName | None
    fixed_at: datetime | None
    checked_at: datetime | None
    closed_why: str
    lapses_at: datetime | None
    round: int
    photos: list[HazardPhotoOut]
    steps: list[HazardStepOut]
    opinions: list[HazardOpinionOut]
    links: list[HazardLinkOut]
    criterion: MajorCriterionOut | None
    criteria: list[MajorCriterionOut]
    major_by: PersonName | None
    major_at: datetime | None
    released_at: datetime | None
    may: HazardMayOut
