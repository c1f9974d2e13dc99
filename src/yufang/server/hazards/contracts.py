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
