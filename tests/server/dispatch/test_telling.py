"""Alerts reach people: each channel's protocol, who is told, retries, fallback, a killed worker."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from tests.server import receivers
from tests.server.dispatch.made import (
    HOOK,
    KEY,
    PLATFORM,
    SECRET,
    TOKEN,
    acting,
    alert,
    channel,
    give_way,
    sent,
    sign_in_as,
)
from yufang.server import database
from yufang.server.accounts.models import Organisation, Person
from yufang.server.dispatch import actions, channel_actions, delivering, queries, roster_actions
from yufang.server.dispatch.models import Attempt, Delivery, InboxItem, Notice, Reach
from yufang.server.dispatch.tasks import deliver_now
from yufang.server.scope import scoped
from yufang.server.warning import actions as warnings

# ── each channel's own protocol ───────────────────────────────────────────────────────────────────────────────────────


def test_each_channel_accepts_what_it_is_sent_and_says_who_why_and_what_to_do(
    world: Any, http: receivers.HttpReceiver, work: Any
) -> None:
    mail = receivers.MailReceiver("yufang", "geheim")
    try:
        kinds = {
            "dingtalk": ({"base": http.base}, {"token": TOKEN, "secret": SECRET}, "13800138000"),
            "wecom": ({"base": http.base}, {"token": KEY}, "13800138000"),
            "feishu": ({"base": http.base}, {"token": TOKEN, "secret": SECRET}, "ou_0123456789abcdef"),
            "sms": ({}, {"address": http.base.replace("http://", f"smseagle://{TOKEN}@") + "/{to}"}, "13800138000"),
            "email": (
                {"host": "127.0.0.1", "port": mail.port, "mode": "insecure", "sender": "y@x.org", "user": "yufang"},
                {"password": "geheim"},
                "li@example.org",
            ),
            "webhook": ({"url": http.base + "/hook"}, {"secret": HOOK}, ""),
        }  # fmt: skip
        at_work = [world["safety_manager"], world["team_leader"]]
        for kind, (settings, secret, address) in kinds.items():
            number = channel(world, kind, kind, settings, secret)
            give_way(at_work[0], number, address)
            before = len(http.got) + len(mail.got)
            raised = alert(world)
            with scoped(PLATFORM):
                actions.send(PLATFORM, raised, 2, "escalated", timezone.now())
            work()
            rows = sent(raised)
            assert [(r.kind, r.state, r.tries, r.error_en) for r in rows] == [(kind, "sent", 1, "")], kind
            assert len(http.got) + len(mail.got) == before + 1
            with scoped(PLATFORM):
                channel_actions.remove_channel(PLATFORM, number)
        letter = mail.got[0]
        said = letter.get_content()
        for part in ("储罐区", "3 号探头", "切断进料阀", "气体泄漏处置规程", "https://yf.example.org/ack/"):
            assert part in said or part in str(letter["subject"])
        assert str(letter["x-yufang-message"]).startswith("yf_")
        robot = http.at("/robot/send")[0].json()
        assert robot["at"]["atMobiles"] == ["13800138000"]
        assert "/ack/" not in robot["text"]["content"], "a post that a whole group reads carries nobody's own link"
        text = http.at("/jsonrpc/sms")[0].json()["params"]["message"]
        assert "/ack/" in text
        assert len(text) <= 134, "two SMS of UCS-2"
        hook = http.at("/hook")[0]
        told = Webhook(HOOK).verify(hook.body, hook.headers)
        assert told["data"]["tier"] == "high"
        assert told["type"] == "alert.told"
    finally:
        mail.close()


def test_a_robot_that_refuses_with_http_200_did_not_get_the_message(
    world: Any, http: receivers.HttpReceiver, work: Any
) -> None:
    for kind in ("dingtalk", "feishu"):
        number = channel(world, kind, kind, {"base": http.base}, {"token": TOKEN, "secret": "SECwrong00000000"})
        notice = channel_actions.test_channel(acting(world["safety_manager"]), number, "", timezone.now())
        work()
        with scoped(PLATFORM):
            [row] = queries.of_notice(notice, world["safety_manager"].pk).items
            health = queries.channel(number, timezone.now()).health
        assert row.state == "failed"
        assert "sign" in row.error_en
        assert health.state == "failing"
        assert health.failures == 1


def test_web_push_is_encrypted_for_the_browser_and_signed_by_this_deployment(
    world: Any, http: receivers.HttpReceiver, work: Any
) -> None:
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    browser, auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    coded = [base64.urlsafe_b64encode(v).rstrip(b"=").decode() for v in (point, auth)]
    subscription = {"endpoint": http.base + "/push/1", "keys": {"p256dh": coded[0], "auth": coded[1]}}
    channel_actions.add_browser(acting(world["safety_manager"]), subscription, "Chrome")
    channel_actions.add_browser(acting(world["safety_manager"]), subscription, "Chrome")
    with scoped(PLATFORM):
        assert Reach.objects.count() == 1, "the same browser twice is one way"
    raised = alert(world)
    actions.send(PLATFORM, raised, 2, "escalated", timezone.now())
    work()
    assert [r.state for r in sent(raised)] == ["sent"]
    push = http.at("/push/1")[-1]
    clear = json.loads(http_ece.decrypt(push.body, private_key=browser, auth_secret=auth, version="aes128gcm"))
    assert clear["link"].startswith("https://yf.example.org/ack/")
    assert push.headers["urgency"] == "high"
    token, _, key = push.headers["authorization"].removeprefix("vapid t=").partition(",k=")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == http.base
    with scoped(PLATFORM):
        assert key == queries.mine(world["safety_manager"].pk).push_key


# ── who is told ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_high_alert_tells_the_on_site_supervisor_and_everyone_in_the_zone_and_a_hole_falls_to_the_next_level(
    world: Any, work: Any
) -> None:
    from yufang.server.places.models import Area

    now = timezone.now()
    team = Organisation.objects
    with scoped(PLATFORM):
        group = team.get(id=world["team_leader"].organisation_id)
        area = Area.objects.create(
            path=group.path, organisation=world["home"], enterprise=world["home"], key="tanks", name_zh="储罐区",
            name_en="Tank farm", kind="yard", team=group,
        )  # fmt: skip
    zone = {p.pk for p in world.values() if isinstance(p, Person) and p.path.startswith(group.path)}
    roster = roster_actions.open_roster(PLATFORM, world["home"].pk, "on_site_supervisor")
    try:
        shift = roster_actions.add_shift(
            PLATFORM, roster, world["safety_manager"].pk, now - timedelta(hours=1), now + timedelta(hours=7)
        )
        first = alert(world, area_id=area.pk)
        work()
        told = {(r.person_id, r.role) for r in sent(first, bell=True)}
        assert told == {(world["safety_manager"].pk, "on_site_supervisor")} | {(p, "zone") for p in zone}

        away = roster_actions.add_stand_in(
            PLATFORM, world["safety_manager"].pk, None, now - timedelta(days=1), now + timedelta(days=1), "培训"
        )
        with scoped(PLATFORM):
            [duty] = [d for d in queries.on_duty(world["home"].pk, None, now).duties if d.duty == "on_site_supervisor"]
        assert duty.hole
        assert "没有现场负责人值班" in duty.message_zh
        second = alert(world, area_id=area.pk)
        work()
        told = {(r.person_id, r.role) for r in sent(second, bell=True)}
        assert zone <= {person for person, _ in told}
        assert {role for _, role in told} <= {"zone", "team_leader"}
        with scoped(PLATFORM):
            holes = queries.deliveries_of(second).holes
            body = InboxItem.objects.filter(warning_number=second).first().body_zh
        assert "现场负责人" in holes[0].message_zh
        assert holes[0].message_zh in body, "whoever is told instead reads why"

        roster_actions.remove_stand_in(PLATFORM, away)
        roster_actions.add_stand_in(
            PLATFORM, world["safety_manager"].pk, world["team_leader"].pk, now, now + timedelta(days=1), "休假"
        )
        third = alert(world, area_id=area.pk)
        work()
        assert (world["team_leader"].pk, "on_site_supervisor") in {
            (r.person_id, r.role) for r in sent(third, bell=True)
        }
        roster_actions.remove_shift(PLATFORM, shift)
    finally:
        roster_actions.close_roster(PLATFORM, roster)


def test_the_last_level_reaches_the_regulator_above_the_enterprise(world: Any, work: Any) -> None:
    raised = alert(world)
    actions.send(PLATFORM, raised, 3, "escalated", timezone.now())
    work()
    with scoped(PLATFORM):
        notice = Notice.objects.get(warning_id=raised, level=3)
        assert list(notice.deliveries.values_list("person_id", flat=True)) == [world["supervisor"].pk]
    client = sign_in_as("supervisor")
    assert client.get("/api/dispatch/inbox").json()["items"][0]["link"] == f"/warnings/{raised}"


@pytest.mark.parametrize("tier", ["medium", "low"])
def test_medium_and_low_alerts_ring_no_telephone(
    world: Any, http: receivers.HttpReceiver, work: Any, tier: str
) -> None:
    number = channel(world, "webhook", "hook", {"url": http.base + "/hook"}, {"secret": HOOK})
    give_way(world["safety_manager"], number)
    give_way(world["team_leader"], number)
    raised = alert(world, tier)
    work()
    assert {r.kind for r in sent(raised, bell=True)} == {"in_app"}


def test_the_same_alert_and_level_is_told_once_and_one_post_serves_a_group(
    world: Any, http: receivers.HttpReceiver, work: Any
) -> None:
    number = channel(world, "wecom", "群", {"base": http.base}, {"token": KEY})
    give_way(world["safety_manager"], number, "13800138000")
    give_way(world["team_leader"], number, "13900139000")
    raised = alert(world)
    before, now = len(http.got), timezone.now()
    with scoped(PLATFORM):
        Notice.objects.filter(warning_id=raised).delete()
    both = [world["safety_manager"].pk, world["team_leader"].pk]
    words = {"title_zh": "整改", "title_en": "Fix", "body_zh": "b", "body_en": "b", "link": "/hazards/1"}
    noon = now.replace(hour=4, minute=0)  # in Shanghai
    told = [
        actions.notify(PLATFORM, person_ids=both, kind="hazard_assigned", subject="hazard:1", at=at, **words)
        for at in (noon, noon + timedelta(minutes=3))
    ]
    assert told[1] is None
    with scoped(PLATFORM):
        Delivery.objects.all()
    from yufang.server.dispatch import spreading

    assert spreading.spread(PLATFORM, told[0], noon)
    assert not spreading.spread(PLATFORM, told[0], noon), "twice is once"
    with scoped(PLATFORM):
        rows = list(Delivery.objects.filter(notice_id=told[0], kind="wecom"))
    for row in rows:
        deliver_now(row.pk, noon)
    assert len(http.got) == before + 1
    assert http.got[-1].json()["text"]["mentioned_mobile_list"] == ["13800138000", "13900139000"]
    with scoped(PLATFORM):
        assert set(Delivery.objects.filter(notice_id=told[0], kind="wecom").values_list("state", flat=True)) == {"sent"}


def test_at_night_what_is_no_alert_waits_for_the_morning(world: Any, http: receivers.HttpReceiver) -> None:
    from yufang.server.dispatch import spreading

    number = channel(world, "webhook", "hook", {"url": http.base + "/hook"}, {"secret": HOOK})
    give_way(world["safety_manager"], number)
    night = datetime(2026, 7, 1, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
    words = {"title_zh": "t", "title_en": "t", "body_zh": "", "body_en": "", "link": ""}
    people = [world["safety_manager"].pk]
    notice = actions.notify(PLATFORM, person_ids=people, kind="promise", subject="hazard:2", at=night, **words)
    spreading.spread(PLATFORM, notice, night)
    with scoped(PLATFORM):
        row = Delivery.objects.get(notice_id=notice, kind="webhook")
        assert InboxItem.objects.filter(notice_id=notice).exists(), "the bell has it at once"
    assert row.next_try_at == datetime(2026, 7, 1, 23, 0, tzinfo=UTC)
    before = len(http.got)
    deliver_now(row.pk, night)
    assert len(http.got) == before


# ── when it fails ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_failing_channel_is_tried_three_times_and_then_the_next_one_is_taken(
    world: Any, http: receivers.HttpReceiver
) -> None:
    from yufang.server.dispatch import spreading

    down = channel(world, "webhook", "down", {"url": http.base + "/down"}, {"secret": HOOK})
    good = channel(world, "webhook", "good", {"url": http.base + "/hook"}, {"secret": HOOK})
    give_way(world["safety_manager"], down)
    give_way(world["safety_manager"], good)
    raised, now = alert(world), timezone.now()
    notice = actions.send(PLATFORM, raised, 2, "escalated", now)
    spreading.spread(PLATFORM, notice, now)
    clock, waits = now, []
    for _ in range(3):
        [row] = [r for r in sent(raised) if r.channel_id == down]
        deliver_now(row.pk, clock)
        [row] = [r for r in sent(raised) if r.channel_id == down]
        if row.next_try_at is not None:
            waits.append(round((row.next_try_at - clock).total_seconds()))
            deliver_now(row.pk, clock + timedelta(seconds=1))  # too early: nothing happens
            clock = row.next_try_at
    assert waits == [5, 20]
    assert (row.state, row.tries) == ("failed", 3)
    [second] = [r for r in sent(raised) if r.channel_id == good]
    assert second.fell_back_from_id == row.pk
    deliver_now(second.pk, clock)
    with scoped(PLATFORM):
        shown = queries.deliveries_of(raised)
        health = {c.name: c.health for c in queries.channels(world["home"].pk, clock)}
    assert [(d.channel_name, d.state, len(d.attempts)) for d in shown.items if d.kind == "webhook"] == [
        ("good", "sent", 1),
        ("down", "failed", 3),
    ]
    assert health["down"].failures == 3
    assert "503" in health["down"].last_error_en
    assert health["good"].state == "ok"


def test_a_receiver_that_asks_to_wait_is_waited_for_and_one_that_redirects_is_not_followed(
    world: Any, http: receivers.HttpReceiver
) -> None:
    for place, waits in (("/busy", 33), ("/moved", 5)):
        number = channel(world, "webhook", place, {"url": http.base + place}, {"secret": HOOK})
        way = give_way(world["safety_manager"], number)
        raised, now = alert(world), timezone.now()
        from yufang.server.dispatch import spreading

        spreading.spread(PLATFORM, actions.send(PLATFORM, raised, 2, "escalated", now), now)
        [row] = sent(raised)
        deliver_now(row.pk, now)
        [row] = sent(raised)
        assert round((row.next_try_at - now).total_seconds()) == waits
        channel_actions.remove_way(acting(world["safety_manager"]), way)
    assert not http.at("/elsewhere")


def test_an_alert_that_ended_rings_nobody_any_more(world: Any, http: receivers.HttpReceiver, work: Any) -> None:
    number = channel(world, "webhook", "hook", {"url": http.base + "/hook"}, {"secret": HOOK})
    give_way(world["safety_manager"], number)
    raised, before = alert(world), len(http.got)
    from yufang.server.dispatch import spreading

    now = timezone.now()
    spreading.spread(PLATFORM, actions.send(PLATFORM, raised, 2, "escalated", now), now)
    warnings.resolve(acting(world["safety_manager"]), raised, "阀门已关")
    work()
    assert [r.state for r in sent(raised)] == ["dropped"]
    assert len(http.got) == before


_WORKER = """
import sys
from pathlib import Path
from yufang.server import database
from yufang.server.serving import setup_django
database._addresses = database.Addresses(owner={}, web=%(web)r)
setup_django()
from django.conf import settings
settings.SECRET_KEY = %(key)r
settings.CONFIG = settings.CONFIG.model_copy(update={"home": Path(%(home)r), "private_networks": "127.0.0.0/8"})
from datetime import datetime
from yufang.server.dispatch.tasks import deliver_now
deliver_now(%(delivery)d, datetime.fromisoformat(%(now)r))
"""


def test_a_worker_killed_between_the_send_and_its_record_loses_nothing_and_the_second_copy_is_known_by_its_id(
    world: Any, cluster: database.Database, empty_database: str, work: Any
) -> None:
    from yufang.server.dispatch import spreading

    workers: list[subprocess.Popen[bytes]] = []

    def kill_first(_: receivers.Request) -> tuple[int, Any]:
        if len(got.got) == 1:  # the message is here; whoever sent it will never know
            os.kill(workers[0].pid, signal.SIGKILL)
        return 204, {}

    got = receivers.HttpReceiver({"/": kill_first})
    try:
        number = channel(world, "webhook", "hook", {"url": got.base + "/hook"}, {"secret": HOOK})
        give_way(world["safety_manager"], number)
        raised, now = alert(world), timezone.now()
        work()
        spreading.spread(PLATFORM, actions.send(PLATFORM, raised, 2, "escalated", now), now)
        [row] = sent(raised)
        script = _WORKER % {
            "web": cluster.web | {"dbname": empty_database},
            "key": django_settings.SECRET_KEY,
            "home": str(django_settings.CONFIG.home),
            "delivery": row.pk,
            "now": now.isoformat(),
        }
        workers.append(subprocess.Popen([sys.executable, "-c", script]))
        assert workers[0].wait(30) == -signal.SIGKILL
        [row] = sent(raised)
        assert (row.state, row.tries) == ("waiting", 1)
        later = now + delivering.LEASE + timedelta(seconds=6)
        assert delivering.take_up_again(PLATFORM, now + timedelta(seconds=30)) == 0, "its lease runs still"
        assert delivering.take_up_again(PLATFORM, later) == 1
        assert delivering.take_up_again(PLATFORM, later) == 0, "queued once"
        deliver_now(row.pk, later)
        deliver_now(row.pk, later)
        assert [r.state for r in sent(raised)] == ["sent"]
        assert len(got.got) == 2
        assert len({r.headers["webhook-id"] for r in got.got}) == 1
        with scoped(PLATFORM):
            assert list(Attempt.objects.order_by("number").values_list("result", flat=True)) == ["cut_off", "sent"]
    finally:
        got.close()


def test_a_notice_whose_worker_was_killed_before_it_looked_for_people_is_taken_up_again(world: Any, work: Any) -> None:
    raised, now = alert(world), timezone.now()
    with scoped(PLATFORM):
        from django.db import connection

        with connection.cursor() as cursor:  # the job is gone with its worker
            cursor.execute("DELETE FROM procrastinate_jobs")
    assert delivering.take_up_again(PLATFORM, now + timedelta(seconds=30)) == 1
    second = actions.send(PLATFORM, raised, 2, "escalated", now)
    assert second is not None
    with scoped(PLATFORM), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args ->> 'notice_id' = %s", [str(second)])
    # The first waits in the queue still: that must not keep the second from being taken up.
    assert delivering.take_up_again(PLATFORM, now + timedelta(seconds=30)) == 1
    work()
    assert sent(raised, bell=True)
