"""What leaves the room `places`."""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Schema
from pydantic import AwareDatetime, Field

from yufang.server.errors import Contract

AreaKind = Literal["workshop", "store", "yard", "utility", "office", "construction", "other"]


Corners = tuple[tuple[float, float], tuple[float, float]]
Share = Annotated[float, Field(ge=0, le=1)]


class AreaIn(Schema):
    """An area as it is drawn. `closed_why` is shown to whoever scans its code."""

    organisation_id: int
    key: str = Field(min_length=1, max_length=80)
    name_zh: str = Field(min_length=1, max_length=120)
    name_en: str = Field(default="", max_length=120)
    kind: AreaKind = "other"
    team_id: int | None = None
    plan_id: int | None = None
    outline: list[tuple[Share, Share]] = Field(default_factory=list, max_length=60)
    lat: float | None = None
    lon: float | None = None
    closed: bool = False
    closed_why: str = Field(default="", max_length=500)


class PlanIn(Schema):
    """A plan's name, and (lat, lon) of its upper left and lower right corner."""

    name: str = Field(min_length=1, max_length=120)
    name_en: str = Field(default="", max_length=120)
    corners: Corners | None = None


class PlanOut(Contract):
    """A plan: its picture's address, size in pixels, and the WGS-84 positions of its two corners."""

    id: int
    organisation_id: int
    enterprise_id: int
    name: str
    name_en: str
    image: str
    width: int
    height: int
    corners: Corners | None
    metres_wide: float | None
    synthetic: bool
    at: AwareDatetime


class AreaOut(Contract):
    """An area. `outline` and `spot` (its middle) are shares of the plan's width and height."""

    id: int
    organisation_id: int
    organisation_name: str
    enterprise_id: int
    path: str
    key: str
    name_zh: str
    name_en: str
    kind: AreaKind
    team_id: int | None
    team_name: str | None
    plan_id: int | None
    outline: list[tuple[float, float]]
    spot: tuple[float, float] | None
    lat: float | None
    lon: float | None
    closed: bool
    closed_why: str
    synthetic: bool


class PlaceByToken(Contract):
    """What the holder of a QR code's token may know of the place, before any scope."""

    token: str
    area: AreaOut
    plan: PlanOut | None
    organisation: str
    enterprise_path: str  # the scope of an action on this place


class TeamOut(Contract):
    id: int
    name: str


class PlacesOf(Contract):
    """Everything that the editor of an enterprise shows."""

    enterprise_id: int
    enterprise_name: str
    organisations: list[TeamOut]  # the enterprise and its sites: where an area can belong
    teams: list[TeamOut]
    plans: list[PlanOut]
    areas: list[AreaOut]
    may_manage: bool
    synthetic: bool
