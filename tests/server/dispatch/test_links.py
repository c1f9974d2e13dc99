"""One-tap links, and what is entered: channels, secrets, addresses, rosters with holes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from tests.server import receivers
from tests.server.dispatch.made import HOOK, KEY, PLATFORM, SECRET, TOKEN, acting, alert, channel, sign_in_as
from yufang.server.accounts.models import Organisation, Person
from yufang.server.dispatch import channel_actions, delivering, links, roster_actions, sealing
from yufang.server.dispatch.models import AckToken, Channel, Delivery
from yufang.server.dispatch.tasks import deliver_now
from yufang.server.errors import Refused
from yufang.server.scope import scoped
from yufang.server.warning import actions as warnings
from yufang.server.warning.models import Warning

# ── one tap ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def token_of(world: Any, raised: int, person: str = "safety_manager", at: datetime | None = None) -> str:
    with scoped(PLATFORM):
        row = Warning.objects.get(id=raised)
        token = delivering.token_for(row, world[person], at or timezone.now())
    assert token is not None
    return token


def test_get_shows_and_never_acts_post_acknowledges_once_in_the_persons_name(world: Any) -> None:
    raised = alert(world)
    token, anybody = token_of(world, raised), Client(enforce_csrf_checks=True)
    for verb in (anybody.get, anybody.head, anybody.get):
        shown = verb(f"/ack/{token}")
        assert shown.status_code == 200
    page = shown.content.decode()
    assert "储罐区可燃气体浓度超限" in page
    assert "Combustible gas" in page
    assert "确认收到" in page
    assert world["safety_manager"].name not in page, "the page shows the alert's text and nobody's name"
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    with scoped(PLATFORM):
        assert Warning.objects.get(id=raised).state == "raised"
        assert AckToken.objects.get(warning_id=raised).token_hash == links.hashed(token)
    done = anybody.post(f"/ack/{token}")
    assert "已确认" in done.content.decode()
    with scoped(PLATFORM):
        row = Warning.objects.get(id=raised)
        assert (row.state, row.assignee_id) == ("acknowledged", world["safety_manager"].pk)
    again = anybody.post(f"/ack/{token}").content.decode()
    assert "您已确认过" in again
    assert "already" in again


@pytest.mark.parametrize(
    ("spoil", "status", "zh", "en"),
    [
        ("altered", 404, "链接无效", "not valid"),
        ("cut", 404, "链接无效", "not valid"),
        ("expired", 410, "已过期", "expired"),
        ("taken", 200, "已有人接收", "taken this alert on"),
        ("ended", 200, "已经结束", "has ended"),
        ("left", 403, "账号已停用", "closed"),
    ],
)
def test_a_link_that_no_longer_holds_says_so_in_both_languages(
    world: Any, spoil: str, status: int, zh: str, en: str
) -> None:
    raised = alert(world)
    made_at = timezone.now() - timedelta(hours=13) if spoil == "expired" else timezone.now()
    token = token_of(world, raised, "team_leader", made_at)
    if spoil == "altered":
        token = token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]
    elif spoil == "cut":
        token = token[:-5]
    elif spoil == "taken":
        warnings.acknowledge(acting(world["safety_manager"]), raised, "")
    elif spoil == "ended":
        warnings.resolve(acting(world["safety_manager"]), raised, "")
    with scoped(PLATFORM):
        Person.objects.filter(username="team_leader").update(active=spoil != "left")
        before = Warning.objects.get(id=raised)
    try:
        answer = Client().post(f"/ack/{token}")
        page = answer.content.decode()
        assert (answer.status_code, zh in page, en in page) == (status, True, True), page
        with scoped(PLATFORM):
            assert Warning.objects.get(id=raised).assignee_id == before.assignee_id
    finally:
        with scoped(PLATFORM):
            Person.objects.filter(username="team_leader").update(active=True)


def test_whoever_may_not_acknowledge_gets_no_one_tap_link(world: Any) -> None:
    with scoped(PLATFORM):
        row = Warning.objects.get(id=alert(world))
        assert delivering.token_for(row, world["worker"], timezone.now()) is None


# ── what is entered ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "settings", "secret", "code", "field"),
    [
        ("webhook", {"url": "not an address"}, {}, "not_an_address", "url"),
        ("webhook", {"url": "ftp://example.org/x"}, {}, "not_an_address", "url"),
        ("webhook", {"url": "http://10.1.2.3/x"}, {}, "address_not_allowed", "url"),
        ("webhook", {"url": "http://[::1]/x"}, {}, "address_not_allowed", "url"),
        ("webhook", {"url": "http://169.254.169.254/latest/meta-data"}, {}, "address_not_allowed", "url"),
        ("webhook", {"url": "http://[::ffff:10.0.0.1]/"}, {}, "address_not_allowed", "url"),
        ("webhook", {"url": "http://127.0.0.1/x"}, {"secret": "whsec_short"}, "invalid", "secret"),
        ("dingtalk", {}, {}, "secret_missing", "token"),
        ("dingtalk", {"base": "http://192.168.0.9"}, {"token": TOKEN}, "address_not_allowed", "base"),
        ("email", {"host": "127.0.0.1", "sender": "nobody", "mode": "insecure"}, {}, "invalid", "sender"),
        ("email", {"host": "127.0.0.1", "sender": "a@b.cn", "user": "u"}, {}, "secret_missing", "password"),
        ("email", {"host": "127.0.0.1", "sender": "a@b.cn", "port": 99999}, {}, "invalid", "port"),
        ("sms", {}, {}, "secret_missing", "address"),
        ("sms", {}, {"address": "file:///etc/passwd{to}"}, "not_an_address", "address"),
        ("sms", {}, {"address": "jsons://10.0.0.1/sms?:to={to}"}, "address_not_allowed", "address"),
    ],
)
def test_a_channel_that_could_not_send_is_refused_with_the_field_and_the_way_out(
    world: Any, kind: str, settings: dict[str, Any], secret: dict[str, str], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        channel(world, kind, "x", settings, secret)
    assert (refused.value.problem.code, refused.value.problem.field) == (code, field)
    with scoped(PLATFORM):
        assert not Channel.objects.exists()


def test_a_name_that_turns_private_after_it_was_checked_is_not_connected_to(
    world: Any, http: receivers.HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yufang.server import outgoing
    from yufang.server.dispatch import sending

    number = channel(world, "webhook", "hook", {"url": http.base + "/hook"}, {"secret": HOOK})
    notice = channel_actions.test_channel(acting(world["safety_manager"]), number, "", timezone.now())
    monkeypatch.setattr(django_settings, "CONFIG", django_settings.CONFIG.model_copy(update={"private_networks": ""}))
    from yufang.server.dispatch import spreading

    spreading.spread(PLATFORM, notice, timezone.now())
    with scoped(PLATFORM):
        row = Delivery.objects.get(notice_id=notice)
    before = len(http.got)
    deliver_now(row.pk, timezone.now())
    with scoped(PLATFORM):
        row.refresh_from_db()
    assert (row.state, len(http.got)) == ("failed", before)
    assert "YUFANG_PRIVATE_NETWORKS" in row.error_en
    assert not outgoing.allowed("127.0.0.1")
    assert sending.Parcel


def test_secrets_are_sealed_and_never_leave_and_one_that_does_not_open_says_what_to_do(
    world: Any, http: receivers.HttpReceiver
) -> None:
    client = sign_in_as("safety_manager")
    made = client.post(
        "/api/dispatch/channels",
        {
            "organisation_id": world["home"].pk,
            "kind": "dingtalk",
            "name": "群",
            "settings": {"base": http.base},
            "secret": {"token": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}", "secret": SECRET},
        },
    )
    assert made.status_code == 200, made.content
    assert TOKEN not in made.content.decode()
    with scoped(PLATFORM):
        row = Channel.objects.get()
        assert TOKEN not in row.sealed + json.dumps(row.settings)
        assert sealing.unseal_channel(row.organisation_id, row.sealed) == {"token": TOKEN, "secret": SECRET}, (
            "the token of a pasted address"
        )
    with pytest.raises(Refused, match="Enter the channel's key again"):
        sealing.unseal_channel(row.organisation_id + 1, row.sealed)  # moved to another organisation's row


def test_only_who_manages_dispatch_may_and_an_address_that_is_none_is_refused(world: Any) -> None:
    leader = sign_in_as("team_leader")
    for path in ("/api/dispatch/channels", "/api/dispatch/deliveries", "/api/dispatch/rosters/choices"):
        assert leader.get(path).status_code == 403, path
    number = channel(world, "wecom", "群", {}, {"token": KEY})
    refused = leader.post("/api/dispatch/mine", {"channel_id": number, "address": "ring me"})
    assert (refused.status_code, refused.json()["field"]) == (422, "address")
    added = leader.post("/api/dispatch/mine", {"channel_id": number, "address": "139 0013 9000"}).json()
    assert [w["hint"] for w in added["ways"]] == ["139****9000"]
    assert leader.get("/api/dispatch/inbox/unread").json()["unread"] >= 0
    other = sign_in_as("safety_manager")
    taken = other.post(f"/api/dispatch/mine/{added['ways'][0]['id']}/remove")
    assert taken.status_code == 404, "nobody takes another's way away"


def test_another_enterprises_channels_rosters_and_deliveries_are_not_there(world: Any) -> None:
    with scoped(PLATFORM):
        other = Organisation.objects.filter(kind="enterprise").exclude(id=world["home"].pk).first()
    theirs = channel_actions.add_channel(PLATFORM, other.pk, "wecom", "群", {}, {"token": KEY})
    roster = roster_actions.open_roster(PLATFORM, other.pk, "team_leader")
    client, week = sign_in_as("safety_manager"), {"start": "2026-11-16T00:00Z", "end": "2026-11-23T00:00Z"}
    for path in ("channels", "on-duty", "rosters", "rosters/choices"):
        asked = client.get(f"/api/dispatch/{path}", {"enterprise_id": other.pk} | week)
        assert asked.status_code == 404, path
    made = {"organisation_id": other.pk, "kind": "wecom", "name": "x", "secret": {"token": KEY}}
    assert client.post("/api/dispatch/channels", made).status_code == 404
    assert client.post("/api/dispatch/rosters", {"organisation_id": other.pk, "duty": "team_leader"}).status_code == 404
    for path in (f"channels/{theirs}/test", f"channels/{theirs}/remove", f"rosters/{roster}/close"):
        assert client.post(f"/api/dispatch/{path}", {}).status_code == 404, path
    assert client.post("/api/dispatch/mine", {"channel_id": theirs}).status_code == 404
    with scoped(PLATFORM):
        assert Channel.objects.filter(id=theirs).exists()
    roster_actions.close_roster(PLATFORM, roster)


def test_a_week_of_a_roster_shows_its_holes_and_is_repeated(world: Any) -> None:
    monday = datetime(2026, 11, 15, 16, 0, tzinfo=UTC)  # Monday 16 November, 0:00 in Shanghai
    client = sign_in_as("safety_manager")
    roster = client.post(
        "/api/dispatch/rosters", {"organisation_id": world["home"].pk, "duty": "on_site_supervisor"}
    ).json()["id"]
    try:
        for day in range(5):
            start = monday + timedelta(days=day, hours=8)
            body = {
                "person_id": world["team_leader"].pk,
                "starts_at": start.isoformat(),
                "ends_at": (start + timedelta(hours=8)).isoformat(),
            }
            assert client.post(f"/api/dispatch/rosters/{roster}/shifts", body).status_code == 200
        assert client.post(f"/api/dispatch/rosters/{roster}/shifts", body).status_code == 409
        week = {"start": monday.isoformat(), "end": (monday + timedelta(days=7)).isoformat()}
        shown = client.get("/api/dispatch/rosters", week).json()["rosters"][0]
        assert len(shown["shifts"]) == 5
        assert len(shown["gaps"]) == 6, "before, four nights, and from Friday evening on"
        next_week = monday + timedelta(days=7)
        again = client.post(f"/api/dispatch/rosters/{roster}/repeat-week", {"start": next_week.isoformat()})
        assert again.json() == {"count": 5}
        assert client.post(
            f"/api/dispatch/rosters/{roster}/repeat-week", {"start": next_week.isoformat()}
        ).json() == {"count": 0}, "what is there already is not doubled"  # fmt: skip
        wrong = body | {"ends_at": body["starts_at"]}
        assert client.post(f"/api/dispatch/rosters/{roster}/shifts", wrong).json()["code"] == "bad_span"
    finally:
        roster_actions.close_roster(PLATFORM, roster)


def test_the_demo_has_somebody_on_duty_but_from_saturday_evening_to_monday(world: Any) -> None:
    from yufang.server.dispatch import demo, roster_queries

    now = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
    demo.open_roster(PLATFORM, now)
    demo.open_roster(PLATFORM, now)
    with scoped(PLATFORM):
        found = roster_queries.rosters(
            world["home"].pk, datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 12, 14, tzinfo=UTC)
        )
        [roster] = found.rosters
        assert roster.synthetic
        assert len(roster.gaps) == 4
        assert {(g.ends_at - g.starts_at) for g in roster.gaps} == {timedelta(hours=36)}
        duty = roster_queries.duty_at(world["home"].pk, None, "on_site_supervisor", now)
    assert duty is not None
    assert duty.people == (world["team_leader"].pk,)
    roster_actions.close_roster(PLATFORM, roster.id)


def test_the_public_address_of_a_link_is_the_deployments(world: Any) -> None:
    assert urlsplit(django_settings.CONFIG.link("/ack/x")).netloc == "yf.example.org"
