"""What goes into the room and what leaves it."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field, FiniteFloat, StringConstraints

from yufang.server.errors import Contract

FileId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
FileKind = Literal["photo", "voice"]


class SpotIn(Schema):
    """Where it is: `qr` the area of the code, `gps` a fix (WGS-84), `plan` a tap (shares of width and height)."""

    source: Literal["qr", "gps", "plan"]
    x: FiniteFloat | None = Field(None, ge=0, le=1)
    y: FiniteFloat | None = Field(None, ge=0, le=1)
    lat: float | None = None
    lon: float | None = None
    accuracy_m: FiniteFloat | None = Field(None, ge=0)


class ReportFileIn(Schema):
    """A file that will be sent apart: its id made on the phone, and the SHA-256 of the bytes as they will be sent."""

    id: FileId
    kind: FileKind
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=1)
    type: str = Field("", max_length=80)


class ReportIn(Schema):
    """A report. `name` and `phone` are kept only where `named`; `same_as` joins an open hazard of the place."""

    token: str = Field(max_length=64)
    words: str = Field("", max_length=4000)
    kind: str | None = Field(None, max_length=30)
    named: bool = False
    name: str | None = Field(None, max_length=80)
    phone: str | None = Field(None, max_length=40)
    spot: SpotIn | None = None
    said_at: AwareDatetime
    same_as: int | None = None
    files: list[ReportFileIn] = Field(default_factory=list, max_length=12)


class SuggestIn(Schema):
    token: str = Field(max_length=64)
    words: str = Field(max_length=4000)


class ConfirmIn(Schema):
    done: bool
    note: str = Field("", max_length=2000)


class KindOut(Contract):
    key: str
    zh: str
    en: str


class PlanImage(Contract):
    image: str
    width: int
    height: int
    located: bool  # a position on earth can be shown on it


class PlaceOut(Contract):
    """What the phone shows of the place whose code was read."""

    token: str
    area_zh: str
    area_en: str
    organisation: str
    plan: PlanImage | None
    spot: tuple[float, float] | None
    closed: bool
    closed_why_zh: str
    closed_why_en: str
    kinds: list[KindOut]
    promise_hours: int
    signed_in_as: str | None
    synthetic: bool


class OnPlanOut(Contract):
    """A position on the plan: shares of its width and height, and its uncertainty as a share of the width."""

    x: float
    y: float
    radius: float
    inside: bool


class KindGuess(KindOut):
    probability: float


class SimilarOut(Contract):
    id: int
    title_zh: str
    title_en: str
    opened_at: AwareDatetime
    state: str
    area_zh: str
    area_en: str


class Suggestions(Contract):
    kinds: list[KindGuess]
    similar: list[SimilarOut]


class RefusedFile(Contract):
    """A file that came as declared and can't be kept: why, and that the report goes on without it."""

    id: str
    code: str
    message_zh: str
    message_en: str


class Receipt(Contract):
    """Answer to each upload. `missing` are the declared files that have not come yet; `note` is what to tell."""

    code: str
    state: Literal["waiting", "complete"]
    missing: list[str]
    refused: list[RefusedFile]
    joined: bool
    note_zh: str
    note_en: str


class FollowStep(Contract):
    at: AwareDatetime
    state: str
    text_zh: str
    text_en: str


class Follow(Contract):
    """A report as its sender follows it by the private code."""

    state: str
    steps: list[FollowStep]
    words: str
    photos: list[str]
    after_photos: list[str]
    due_at: AwareDatetime | None
    promise_due_at: AwareDatetime | None
    may_confirm: bool
    may_contest: bool
    area_zh: str
    area_en: str
    said_at: AwareDatetime
    synthetic: bool


class ReportOut(Contract):
    """A report as those who deal with the hazard read it. `reporter` is the account's name, None for anonymous and for
    a report without account; `has_contact` says that a name or number was left, which is read apart and logged."""

    id: int
    hazard_id: int | None
    joined: bool
    state: str
    words: str
    named: bool
    reporter: str | None
    has_contact: bool
    photos: list[str]
    voices: list[str]
    voice_seconds: list[float | None]
    said_at: AwareDatetime
    received_at: AwareDatetime
    missing: int


class Contact(Contract):
    name: str
    phone: str
