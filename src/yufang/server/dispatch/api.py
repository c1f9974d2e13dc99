"""Channels and their health, rosters, deliveries, each person's own ways and inbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import AwareDatetime, Field

from yufang.server.accounts.models import Organisation
from yufang.server.accounts.session import actor
from yufang.server.dispatch import actions, channel_actions, queries, roster_actions, roster_queries
from yufang.server.dispatch.contracts import (
    ChannelOut,
    DeliveriesOut,
    DeliveryPage,
    DutyName,
    InboxPage,
    MineOut,
    OnDutyOut,
    RosterChoices,
    RostersOut,
    Unread,
)
from yufang.server.errors import Problem, Refused, not_found
from yufang.server.paging import Page, Size

router = Router(tags=["dispatch"])
MANAGE = "dispatch.manage"
LONGEST_VIEW = timedelta(days=62)


class ChannelIn(Schema):
    organisation_id: int
    kind: Literal["sms", "dingtalk", "wecom", "feishu", "email", "webhook"]
    name: str = Field(max_length=80)
    settings: dict[str, str | int | bool] = Field(default_factory=dict)
    secret: dict[str, str] = Field(default_factory=dict)


class ChannelChangeIn(Schema):
    name: str = Field(max_length=80)
    settings: dict[str, str | int | bool] = Field(default_factory=dict)
    secret: dict[str, str] = Field(default_factory=dict)
    enabled: bool = True


class AddressIn(Schema):
    address: str = Field("", max_length=200)


class NoticeOut(Schema):
    notice_id: int


class MadeOut(Schema):
    id: int


class WayIn(Schema):
    channel_id: int
    address: str = Field("", max_length=200)


class WayOrder(Schema):
    id: int
    enabled: bool


class OrderIn(Schema):
    ways: list[WayOrder] = Field(max_length=50)


class BrowserIn(Schema):
    """What `PushSubscription.toJSON()` gives, and how the person would call this browser."""

    endpoint: str = Field(max_length=1000)
    keys: dict[str, str]
    name: str = Field("", max_length=80)


class RosterIn(Schema):
    organisation_id: int
    duty: DutyName


class ShiftIn(Schema):
    person_id: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class StandInIn(Schema):
    person_id: int
    stand_in_id: int | None = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    why: str = Field("", max_length=200)


class WeekIn(Schema):
    start: AwareDatetime


class ReadIn(Schema):
    """Rows to mark as read; none named: all."""

    items: list[int] | None = Field(None, max_length=500)


class CountOut(Schema):
    count: int


def _home(request: HttpRequest, organisation_id: int | None) -> int:
    """The organisation asked for, or one's own: of a site or team its enterprise."""
    if organisation_id is not None:
        if not Organisation.objects.filter(id=organisation_id).exists():
            raise not_found()
        return organisation_id
    return int(actor(request).scope.rstrip("/").rpartition("/")[2])


# ── channels ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/dispatch/channels", response=list[ChannelOut])
def channels(request: HttpRequest, enterprise_id: int | None = None) -> list[ChannelOut]:
    """Channels of one's own organisation, or of an enterprise in scope, with their health (dispatch.manage)."""
    actor(request, MANAGE)
    return queries.channels(_home(request, enterprise_id), timezone.now())


@router.post("/dispatch/channels", response={200: ChannelOut, 409: Problem, 422: Problem})
def add_channel(request: HttpRequest, body: ChannelIn) -> ChannelOut:
    """Make a channel (dispatch.manage)."""
    number = channel_actions.add_channel(
        actor(request, MANAGE), body.organisation_id, body.kind, body.name, body.settings, body.secret
    )
    return queries.channel(number, timezone.now())


@router.post("/dispatch/channels/{channel_id}", response={200: ChannelOut, 409: Problem, 422: Problem})
def change_channel(request: HttpRequest, channel_id: int, body: ChannelChangeIn) -> ChannelOut:
    """Change a channel; a key left empty stays (dispatch.manage)."""
    channel_actions.change_channel(
        actor(request, MANAGE), channel_id, body.name, body.settings, body.secret, body.enabled
    )
    return queries.channel(channel_id, timezone.now())


@router.post("/dispatch/channels/{channel_id}/remove", response={204: None})
def remove_channel(request: HttpRequest, channel_id: int) -> tuple[int, None]:
    """Take a channel away (dispatch.manage)."""
    channel_actions.remove_channel(actor(request, MANAGE), channel_id)
    return 204, None


@router.post("/dispatch/channels/{channel_id}/test", response={200: NoticeOut, 422: Problem})
def test_channel(request: HttpRequest, channel_id: int, body: AddressIn) -> NoticeOut:
    """Send a test message by a channel; what became of it is at /dispatch/notices (dispatch.manage)."""
    number = channel_actions.test_channel(actor(request, MANAGE), channel_id, body.address, timezone.now())
    return NoticeOut(notice_id=number)


@router.get("/dispatch/notices/{notice_id}", response=DeliveriesOut)
def notice(request: HttpRequest, notice_id: int) -> DeliveriesOut:
    """What became of a test message of one's own."""
    return queries.of_notice(notice_id, actor(request).person_id)


# ── deliveries ────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/dispatch/warnings/{warning_id}/deliveries", response=DeliveriesOut)
def deliveries(request: HttpRequest, warning_id: int) -> DeliveriesOut:
    """Who was told of an alert, by which way, when, with which result, and the holes met on the way."""
    return queries.deliveries_of(warning_id)


@router.get("/dispatch/deliveries", response=DeliveryPage)
def delivery_page(
    request: HttpRequest,
    page: Page,
    size: Size,
    state: Literal["", "waiting", "sent", "failed", "dropped"] = "",
    kind: Literal["", "in_app", "sms", "dingtalk", "wecom", "feishu", "email", "webhook", "web_push"] = "",
    channel_id: int | None = None,
) -> DeliveryPage:
    """Every message in scope, newest first; the bell's only when asked for (dispatch.manage)."""
    actor(request, MANAGE)
    return queries.delivery_page(state=state, kind=kind, channel_id=channel_id, page=page, size=size)


# ── rosters ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.get("/dispatch/rosters", response={200: RostersOut, 422: Problem})
def rosters(
    request: HttpRequest, start: AwareDatetime, end: AwareDatetime, enterprise_id: int | None = None
) -> RostersOut:
    """Rosters of one's own organisation, or of an enterprise in scope, between two moments."""
    if not start < end <= start + LONGEST_VIEW:
        raise Refused(
            422,
            "bad_span",
            f"结束必须晚于开始，且不超过 {LONGEST_VIEW.days} 天。",
            f"The end must come after the beginning, by at most {LONGEST_VIEW.days} days.",
            "end",
        )
    return roster_queries.rosters(_home(request, enterprise_id), start, end)


@router.get("/dispatch/rosters/choices", response=RosterChoices)
def roster_choices(request: HttpRequest, enterprise_id: int | None = None) -> RosterChoices:
    """Who can be put on a roster, and where one can be made (dispatch.manage)."""
    actor(request, MANAGE)
    return roster_queries.choices(_home(request, enterprise_id))


@router.get("/dispatch/on-duty", response=OnDutyOut)
def on_duty(request: HttpRequest, enterprise_id: int | None = None, area_id: int | None = None) -> OnDutyOut:
    """Who is on duty now."""
    return queries.on_duty(_home(request, enterprise_id), area_id, timezone.now())


@router.post("/dispatch/rosters", response={200: MadeOut, 422: Problem})
def open_roster(request: HttpRequest, body: RosterIn) -> MadeOut:
    """Make the roster of a duty (dispatch.manage)."""
    return MadeOut(id=roster_actions.open_roster(actor(request, MANAGE), body.organisation_id, body.duty))


@router.post("/dispatch/rosters/{roster_id}/close", response={204: None})
def close_roster(request: HttpRequest, roster_id: int) -> tuple[int, None]:
    """Take a roster away (dispatch.manage)."""
    roster_actions.close_roster(actor(request, MANAGE), roster_id)
    return 204, None


@router.post("/dispatch/rosters/{roster_id}/shifts", response={200: MadeOut, 409: Problem, 422: Problem})
def add_shift(request: HttpRequest, roster_id: int, body: ShiftIn) -> MadeOut:
    """Put a person on duty (dispatch.manage)."""
    number = roster_actions.add_shift(actor(request, MANAGE), roster_id, body.person_id, body.starts_at, body.ends_at)
    return MadeOut(id=number)


@router.post("/dispatch/rosters/{roster_id}/repeat-week", response={200: CountOut, 409: Problem})
def repeat_week(request: HttpRequest, roster_id: int, body: WeekIn) -> CountOut:
    """Copy the week before `start` into the week from `start` (dispatch.manage)."""
    return CountOut(count=roster_actions.repeat_week(actor(request, MANAGE), roster_id, body.start))


@router.post("/dispatch/shifts/{shift_id}", response={204: None, 409: Problem, 422: Problem})
def change_shift(request: HttpRequest, shift_id: int, body: ShiftIn) -> tuple[int, None]:
    """Move a shift, or give it to somebody else (dispatch.manage)."""
    roster_actions.change_shift(actor(request, MANAGE), shift_id, body.person_id, body.starts_at, body.ends_at)
    return 204, None


@router.post("/dispatch/shifts/{shift_id}/remove", response={204: None})
def remove_shift(request: HttpRequest, shift_id: int) -> tuple[int, None]:
    """Take a shift away (dispatch.manage)."""
    roster_actions.remove_shift(actor(request, MANAGE), shift_id)
    return 204, None


@router.post("/dispatch/stand-ins", response={200: MadeOut, 422: Problem})
def add_stand_in(request: HttpRequest, body: StandInIn) -> MadeOut:
    """Say who is away, and who takes their shifts (dispatch.manage)."""
    number = roster_actions.add_stand_in(
        actor(request, MANAGE), body.person_id, body.stand_in_id, body.starts_at, body.ends_at, body.why
    )
    return MadeOut(id=number)


@router.post("/dispatch/stand-ins/{stand_in_id}/remove", response={204: None})
def remove_stand_in(request: HttpRequest, stand_in_id: int) -> tuple[int, None]:
    """The person is back (dispatch.manage)."""
    roster_actions.remove_stand_in(actor(request, MANAGE), stand_in_id)
    return 204, None


# ── mine ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _me(request: HttpRequest) -> int:
    return int(actor(request).person_id or 0)


@router.get("/dispatch/mine", response=MineOut)
def mine(request: HttpRequest) -> MineOut:
    """One's own ways, in the order in which they are tried."""
    return queries.mine(_me(request))


@router.post("/dispatch/mine", response={200: MineOut, 409: Problem, 422: Problem})
def add_way(request: HttpRequest, body: WayIn) -> MineOut:
    """Add a channel to one's own."""
    channel_actions.add_way(actor(request), body.channel_id, body.address)
    return queries.mine(_me(request))


@router.post("/dispatch/mine/order", response={200: MineOut, 409: Problem})
def order_ways(request: HttpRequest, body: OrderIn) -> MineOut:
    """Set order and switches of one's own ways."""
    channel_actions.order_my_ways(actor(request), [(w.id, w.enabled) for w in body.ways])
    return queries.mine(_me(request))


@router.post("/dispatch/mine/browser", response={200: MineOut, 409: Problem, 422: Problem})
def add_browser(request: HttpRequest, body: BrowserIn) -> MineOut:
    """Let this browser be woken (Web Push)."""
    subscription: dict[str, Any] = {"endpoint": body.endpoint, "keys": body.keys}
    channel_actions.add_browser(actor(request), subscription, body.name)
    return queries.mine(_me(request))


@router.post("/dispatch/mine/{way_id}/remove", response={200: MineOut})
def remove_way(request: HttpRequest, way_id: int) -> MineOut:
    """Take one of one's own ways away."""
    channel_actions.remove_way(actor(request), way_id)
    return queries.mine(_me(request))


@router.post("/dispatch/mine/{way_id}/test", response=NoticeOut)
def test_way(request: HttpRequest, way_id: int) -> NoticeOut:
    """Send a test message by one of one's own ways."""
    return NoticeOut(notice_id=channel_actions.test_way(actor(request), way_id, timezone.now()))


@router.get("/dispatch/inbox", response=InboxPage)
def inbox(request: HttpRequest, page: Page, size: Size, unread: bool = False) -> InboxPage:
    """One's own inbox, newest first."""
    return queries.inbox(_me(request), unread=unread, page=page, size=size)


@router.get("/dispatch/inbox/unread", response=Unread)
def unread(request: HttpRequest) -> Unread:
    """How many rows of one's own inbox are unread."""
    return Unread(unread=queries.unread_count(_me(request)))


@router.post("/dispatch/inbox/read", response=Unread)
def mark_read(request: HttpRequest, body: ReadIn) -> Unread:
    """Mark rows as read; none named: all."""
    actions.mark_read(actor(request), body.items, timezone.now())
    return Unread(unread=queries.unread_count(_me(request)))
