"""What leaves the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from yufang.server.errors import Contract

Status = Literal["open", "confirmed", "not_found", "not_applicable"]
Result = Literal["confirmed", "not_found", "not_applicable"]


class LecOut(Contract):
    likelihood: float
    exposure: float
    consequence: float
    score: float
    colour: str


class MeasureOut(Contract):
    level: str
    text_zh: str
    text_en: str


class PathStepOut(Contract):
    """`source_en` and `target_en` are empty where a name is the same in both languages."""

    source: str
    source_en: str
    relation: str
    target: str
    target_en: str
    provenance: str
    support: int


class PpeOut(Contract):
    """Protective equipment by its GB 39800 code; the names are empty where the standard's list lacks the code."""

    code: str
    name_zh: str
    name_en: str


class RecordOut(Contract):
    record_id: str
    origin: str
    on: date | None
    enterprise_name: str
    text: str


class PhotoOut(Contract):
    """A photo of an answer; `GET /verify/photos/{id}` gives the picture."""

    id: int
    sha256: str
    width: int
    height: int


class AnswerOut(Contract):
    """What a person found on site; `ledger_index` is its leaf.

    `at`: when it came, `said_at`: when it was given, which is earlier where the network was away. `taken_back`: by the
    same person, so that it no longer counts. `kind`: likely or explore where it answers a list, else own.
    """

    id: int
    result: Result
    note: str
    by: str
    by_en: str
    at: datetime
    said_at: datetime
    ledger_index: int
    client_id: str | None
    kind: Literal["likely", "explore", "own"]
    taken_back: bool
    photos: list[PhotoOut]


class PointRow(Contract):
    id: int
    key: str
    rank: int
    title_zh: str
    title_en: str
    equipment: str
    equipment_en: str
    part: str
    part_en: str
    probability: float
    lec: LecOut
    accident_type: str
    accident_type_zh: str
    accident_type_en: str
    severity: str
    status: Status
    answered_by: str | None
    answered_by_en: str | None
    answered_at: datetime | None


class PointDetail(PointRow):
    enterprise_id: int
    enterprise_name: str
    circumstance_zh: str
    circumstance_en: str
    consequence_zh: str
    consequence_en: str
    measures: list[MeasureOut]
    clause: str
    training: str
    training_en: str
    ppe: list[PpeOut]
    signals: list[str]
    signals_en: list[str]
    path: list[PathStepOut]
    records: list[RecordOut]
    model_version: str
    answers: list[AnswerOut]
    synthetic: bool


class Answered(Contract):
    """Share of current points that people answered, and share of answered points confirmed (null: none yet)."""

    share: float
    verified: float | None
