"""What leaves the room `dispatch`."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from yufang.server.errors import Contract

Kind = Literal["sms", "dingtalk", "wecom", "feishu", "email", "webhook", "web_push"]
DutyName = Literal["on_site_supervisor", "team_leader", "safety_manager", "regulator"]
DeliveryState = Literal["waiting", "sent", "failed", "dropped"]


class ChannelHealth(Contract):
    """How a channel does: `state` is what a person should think of it."""

    state: Literal["ok", "failing", "unused", "off"]
    failures: int
    last_ok_at: AwareDatetime | None
    last_failed_at: AwareDatetime | None
    last_error_zh: str
    last_error_en: str
    sent_day: int
    failed_day: int
    waiting: int
    median_seconds: float | None  # from the notice to the receiver's answer, last day


class ChannelOut(Contract):
    """A channel; keys never leave, `has_secret` says whether there is one."""

    id: int
    organisation_id: int
    organisation_name: str
    kind: Kind
    name: str
    settings: dict[str, str | int | bool]
    has_secret: bool
    enabled: bool
    people: int
    health: ChannelHealth
    synthetic: bool


class ReachOut(Contract):
    """One of my ways."""

    id: int
    kind: Kind
    channel_id: int | None
    channel_name: str
    channel_enabled: bool
    hint: str
    enabled: bool
    failing: bool


class ChannelChoice(Contract):
    id: int
    kind: Kind
    name: str


class MineOut(Contract):
    """My ways in their order, and the channels that I could add one of."""

    ways: list[ReachOut]
    channels: list[ChannelChoice]
    push_key: str


class PersonOnDuty(Contract):
    id: int
    name: str
    name_en: str
    by_more_than_bell: bool  # has a way besides the bell


class DutyOut(Contract):
    duty: DutyName
    roster_id: int | None
    people: list[PersonOnDuty]
    hole: bool
    message_zh: str
    message_en: str


class OnDutyOut(Contract):
    at: AwareDatetime
    duties: list[DutyOut]


class ShiftOut(Contract):
    id: int
    person: PersonOnDuty
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    away: bool
    stand_in: PersonOnDuty | None


class GapOut(Contract):
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    away: list[str]


class RosterOut(Contract):
    id: int
    duty: DutyName
    organisation_id: int
    organisation_name: str
    synthetic: bool
    shifts: list[ShiftOut]
    gaps: list[GapOut]


class StandInOut(Contract):
    id: int
    person: PersonOnDuty
    stand_in: PersonOnDuty | None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    why: str


class RostersOut(Contract):
    organisation_id: int
    organisation_name: str
    start: AwareDatetime
    end: AwareDatetime
    rosters: list[RosterOut]
    stand_ins: list[StandInOut]


class Place(Contract):
    id: int
    name: str


class RosterChoices(Contract):
    people: list[PersonOnDuty]
    places: list[Place]
    duties: list[DutyName]


class AttemptOut(Contract):
    number: int
    started_at: AwareDatetime
    took_ms: int | None
    result: Literal["under_way", "sent", "failed", "cut_off"]
    error_zh: str
    error_en: str
    next_try_at: AwareDatetime | None


class DeliveryOut(Contract):
    """One message to one person by one way, with its tries."""

    id: int
    warning_id: int | None
    subject: str
    title_zh: str
    title_en: str
    level: int
    person: str
    person_en: str
    role: str
    kind: str
    channel_name: str
    state: DeliveryState
    tries: int
    made_at: AwareDatetime
    ended_at: AwareDatetime | None
    next_try_at: AwareDatetime | None
    fell_back: bool
    error_zh: str
    error_en: str
    message_id: str
    attempts: list[AttemptOut]


class HoleOut(Contract):
    level: int
    message_zh: str
    message_en: str


class DeliveriesOut(Contract):
    """What was sent about one alert: all deliveries, the holes met on the way."""

    total: int
    items: list[DeliveryOut]
    holes: list[HoleOut]


class DeliveryPage(Contract):
    total: int
    page: int
    size: int
    items: list[DeliveryOut]


class InboxRow(Contract):
    id: int
    kind: str
    tier: str
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    link: str
    at: AwareDatetime
    read_at: AwareDatetime | None
    synthetic: bool


class InboxPage(Contract):
    total: int
    unread: int
    page: int
    size: int
    items: list[InboxRow]


class Unread(Contract):
    unread: int
