"""Alerts reach people: sends to stand-ins, retries, fallback, rosters with holes, one-tap links, a killed worker."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from tests.server import receivers
from tests.server.test_answering import run_jobs
from yufang.server import database
from yufang.server.accounts.models import Organisation, Person
from yufang.server.dispatch import actions, channel_actions, delivering, links, queries, roster_actions, sealing
from yufang.server.dispatch.models import AckToken, Attempt, Channel, Delivery, InboxItem, Notice, Reach
from yufang.server.dispatch.tasks import deliver_now
from yufang.server.errors import Refused
from yufang.server.scope import Actor, scoped
from yufang.server.warning import actions as warnings
from yufang.server.warning.models import Warning

PLATFORM = Actor.platform()
TOKEN, SECRET, KEY = "a1b2c3d4e5f60718", "SECabcdef0123456789", "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
HOOK = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
_subjects = iter(range(10_000))


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home folder of its own, and loopback let through as an operator would do it."""
    before = django_settings.CONFIG
    django_settings.CONFIG = before.model_copy(
        update={
            "home": tmp_path_factory.mktemp("dispatch"),
            "private_networks": "127.0.0.0/8",
            "public_url": "https://yf.example.org",
        }
    )
    yield
    django_settings.CONFIG = before


@pytest.fixture(scope="module")
def http() -> Iterator[receivers.HttpReceiver]:
    made = receivers.HttpReceiver(
        {
            "/robot/send": receivers.dingtalk(TOKEN, SECRET),
            "/cgi-bin/webhook/send": receivers.wecom(KEY),
            "/open-apis/bot/v2/hook/": receivers.feishu(SECRET),
            "/jsonrpc/sms": receivers.smseagle(TOKEN),
            "/hook": lambda _: (204, {}),
            "/push": lambda _: (201, {}),
            "/gone": lambda _: (410, {}),
            "/busy": lambda _: (429, {}),
            "/moved": lambda _: (302, {}),
            "/down": lambda _: (503, {}),
        }
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(region: Any) -> dict[str, Any]:
    """The demo's enterprise with its people."""
    with scoped(PLATFORM):
        people = {p.username: p for p in Person.objects.all()}
        home = Organisation.objects.get(id=people["safety_manager"].organisation_id)
    return {"home": home, **people}


@pytest.fixture
def work(cluster: database.Database, empty_database: str) -> Any:
    """Let the worker do what waits."""
    return lambda: run_jobs(cluster.web, empty_database)


@pytest.fixture(autouse=True)
def nobody_has_a_way(region: Any) -> Iterator[None]:
    yield
    with scoped(PLATFORM):
        Reach.objects.all().delete()
        Channel.objects.all().delete()
        Notice.objects.all().delete()


def channel(world: Any, kind: str, name: str, settings: dict[str, Any], secret: dict[str, str]) -> int:
    return channel_actions.add_channel(PLATFORM, world["home"].pk, kind, name, settings, secret)


def acting(person: Person) -> Actor:
    from yufang.server.accounts.queries import actor_of

    with scoped(PLATFORM):
        return actor_of(person)


def give_way(person: Person, channel_id: int, address: str = "") -> int:
    return channel_actions.add_way(acting(person), channel_id, address)


def alert(world: Any, tier: str = "high", **more: Any) -> int:
    return warnings.raise_alert(
        PLATFORM,
        organisation_id=world["home"].pk,
        rule="GAS1",
        subject_key=f"probe-{next(_subjects)}",
        tier=tier,  # type: ignore[arg-type]
        title_zh="储罐区可燃气体浓度超限",
        title_en="Combustible gas above the limit at the tank farm",
        reason_zh="3 号探头 25 %LEL,已持续 40 秒",
        reason_en="Probe 3 at 25 %LEL for 40 seconds",
        measures=[{"level": "engineering", "text_zh": "切断进料阀", "text_en": "Shut the feed valve"}],
        procedure_zh="气体泄漏处置规程",
        procedure_en="Gas leak procedure",
        at=timezone.now(),
        **more,
    )


def sent(alert_id: int, *, bell: bool = False) -> list[Delivery]:
    with scoped(PLATFORM):
        rows = Delivery.objects.filter(warning_id=alert_id).select_related("person", "channel").order_by("id")
        return list(rows if bell else rows.exclude(kind="in_app"))


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


def sign_in_as(name: str) -> Any:
    from tests.server.conftest import signed_in

    return signed_in(name)


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
    work()
    assert sent(raised, bell=True)


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
    from yufang.server.dispatch import guard, sending

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
    assert not guard.allowed("127.0.0.1")
    assert sending.Parcel


def test_secrets_are_sealed_and_never_leave_and_a_changed_server_key_says_what_to_do(
    world: Any, http: receivers.HttpReceiver, settings: Any
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
        assert sealing.unseal(row.sealed) == {"token": TOKEN, "secret": SECRET}, "the token of a pasted address"
    settings.SECRET_KEY = "another key"
    with pytest.raises(Refused, match="Enter the channel's key again"):
        sealing.unseal(row.sealed)


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
