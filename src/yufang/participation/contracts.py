"""What the room's rules speak of: what somebody did for a hazard, and what it earned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

What = Literal["reported", "confirmed", "fixed", "checked", "idea"]
Level = Literal["general", "major"]


class ParticipationError(ValueError):
    """Input that the room can't take: what is wrong and the way out, in both languages; `field` is "" for the whole."""

    def __init__(self, zh: str, en: str, field: str = "") -> None:
        super().__init__(en)
        self.zh, self.en, self.field = zh, en, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing a named person did. `subject` is `hazard:12` or `idea:3`; `at` has a time zone.

    `accepted_at`: when another person found the hazard real (or the idea worth a trial); None until then.
    """

    person_id: int
    subject: str
    what: What
    level: Level
    at: datetime
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Points that one act earned. `points` is what counts, `before_cap` what the rule gave before the month's cap.

    `sharers`: how many people share the rule's points (reports of one hazard). `month`: "2026-06".
    """

    person_id: int
    subject: str
    what: What
    rule: str
    points: int
    before_cap: int
    sharers: int
    month: str
    at: datetime
