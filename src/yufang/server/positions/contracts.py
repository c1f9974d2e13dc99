"""What leaves the room `positions`."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field

from yufang.server.errors import Contract

PurposeName = Literal["alarm", "rescue"]


class WornDeviceIn(Schema):
    """A tag. `key` is the device that its channels name, `site_plan` the plan that its positions are metres on."""

    organisation_id: int
    key: str = Field(min_length=1, max_length=120, pattern=r"^[^/]+$")
    vehicle: bool = False
    site_plan: int | None = None


class WornDeviceOut(Contract):
    """A tag, and who wears it now."""

    id: int
    organisation_id: int
    key: str
    vehicle: bool
    site_plan: int | None
    person_id: int | None
    person: str | None
    issued_at: AwareDatetime | None
    shift_ends: AwareDatetime | None


class IssueTagIn(Schema):
    """Who takes the device, and when their shift ends: after that their position is blurred."""

    person_id: int
    shift_ends: AwareDatetime


class ConsentIn(Schema):
    purpose: PurposeName


class ConsentOut(Contract):
    """One's own agreement to one purpose."""

    purpose: PurposeName
    given_at: AwareDatetime
    withdrawn_at: AwareDatetime | None


class LookIn(Schema):
    """What for somebody's position is looked at. It is written down, and the person can read it."""

    purpose: PurposeName
    reason: str = Field(min_length=4, max_length=300)


class LookOut(Contract):
    """Somebody looked at one's position."""

    by: str
    purpose: PurposeName
    reason: str
    at: AwareDatetime


class FixOut(Contract):
    """Where somebody was last. Blurred: only the area is left. x, y: metres on the plan from its lower left corner."""

    person_id: int
    device: str
    at: AwareDatetime
    x: float | None
    y: float | None
    sd_m: float | None
    floor: int | None
    area_id: int | None
    area: str | None
    area_p: float | None
    blurred: bool


class MyPosition(Contract):
    """Everything that is kept of one's own position."""

    fix: FixOut | None
    consents: list[ConsentOut]
    looks: list[LookOut]


class AreaCount(Contract):
    """How many people are probably in an area; area None: seen, but in no area that is drawn."""

    area_id: int | None
    area: str | None
    people: int


class Concerned(Contract):
    """Somebody whom an open alarm concerns."""

    episode_id: int
    kind: str
    device: str
    person_id: int | None
    person: str | None
    since: AwareDatetime
    area: str | None
    reason_zh: str
    reason_en: str


class PeoplePresent(Contract):
    """People of an enterprise as counts; by name only whom an alarm concerns. `unseen`: worn, but silent."""

    areas: list[AreaCount]
    unseen: int
    concerned: list[Concerned]


class ZoneIn(Schema):
    """What is asked of whoever is in the area."""

    kind: Literal["forbidden", "required", "watch"] = "watch"
    hours: list[dict[str, Any]] = Field(default_factory=list, max_length=20)
    floor: int | None = None
    max_people: int = Field(default=0, ge=0, le=100_000)
    lone_after_s: float = Field(default=0.0, ge=0, le=86_400)
    sight_s: float = Field(default=0.0, ge=0, le=86_400)
    hold_s: float = Field(default=2.0, ge=0, le=3_600)


class ZonesOf(Contract):
    """Zones as detectors take them (`zones` of the detector `positions`), and areas that could not become one."""

    zones: list[dict[str, Any]]
    left_out: list[str]
