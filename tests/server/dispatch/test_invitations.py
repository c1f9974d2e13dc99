"""Invitations go out as messages: by the organisation's channel, with a link that only its reader ever sees."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.server import receivers
from tests.server.dispatch.made import PLATFORM, TOKEN, channel, sign_in_as
from tests.server.test_administration import accept, home, upload
from yufang.server.accounts.models import Person
from yufang.server.dispatch.models import Channel, Reach
from yufang.server.scope import scoped
from yufang.server.scrubbing import scrub

HEAD = "用户名,姓名,组织,角色,邮箱或手机\n"


@pytest.fixture
def mail(world: Any) -> Iterator[receivers.MailReceiver]:
    """The enterprise's mail server, and its channel."""
    made = receivers.MailReceiver("yufang", "geheim")
    settings = {"host": "127.0.0.1", "port": made.port, "mode": "insecure", "sender": "y@x.org", "user": "yufang"}
    channel(world, "email", "mail", settings, {"password": "geheim"})
    yield made
    made.close()


@pytest.fixture
def manager(region: Any) -> Client:
    return sign_in_as("safety_manager")


def send(manager: Client, *rows: str) -> list[dict[str, Any]]:
    """Upload these lines, links by message."""
    text = HEAD + "\n".join(row.format(home=home(manager)["name"]) for row in rows)
    return upload(manager, "/api/accounts/invitations", text, by_message="true").json()


def stands(manager: Client, username: str) -> dict[str, Any]:
    rows = manager.get("/api/accounts/invitations").json()["items"]
    return next(row for row in rows if row["username"] == username)


def link_in(letter: Any) -> str:
    found = re.search(r"https://yf\.example\.org/invite#\S+", letter.get_content())
    assert found
    return found[0]


def test_a_file_sends_each_person_their_own_link_and_shows_where_it_stands(
    manager: Client, mail: receivers.MailReceiver, work: Any, as_superuser: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rows = ("mail.one,梅一,{home},worker,mei@example.org", "by.hand,手一,{home},worker,")
    text = HEAD + "\n".join((*rows, "no.sms,无,{home},worker,13800138000", "bad,坏坏,{home},worker,at@home"))
    shown = upload(manager, "/api/accounts/invitations/preview", text.format(home=home(manager)["name"])).json()
    assert [r["sent_to"] for r in shown["rows"]] == ["me***@example.org", "", "", ""]
    assert ["mail address" in r["problem_en"] for r in shown["rows"]] == [False, False, False, True]
    assert (shown["good"], shown["reachable"]) == (3, 1)

    links = send(manager, *rows)
    assert [(x["link"] != "", x["sent_to"]) for x in links] == [(False, "me***@example.org"), (True, "")]
    assert stands(manager, "mail.one")["state"] == "waiting"
    assert stands(manager, "by.hand")["state"] == "by_hand"
    work()
    told = stands(manager, "mail.one")
    assert (told["state"], told["channel"], told["tries"]) == ("sent", "mail", 1)
    [letter] = mail.got
    assert home(manager)["name"] in str(letter["subject"])
    for part in ("梅一，您好", "mail.one", "只能使用一次", "it works once"):
        assert part in letter.get_content()

    link = link_in(letter)
    token = link.split("#")[1]
    for table in ("dispatch_notice", "dispatch_delivery", "dispatch_attempt", "accounts_invitation", "ledger_leaf"):
        found = as_superuser.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{token}%"])
        assert found.fetchone() == (0,), table
    jobs = as_superuser.execute("SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE %s", [f"%{token}%"])
    assert jobs.fetchone() == (0,)
    ours = [r.getMessage() for r in caplog.records if r.name != "mail.log"]  # the stand-in writes down what it gets
    assert not any(token in said for said in ours)
    assert token not in scrub(f"Not Found: {link}")

    accept(link)
    assert stands(manager, "mail.one")["state"] == "used"
    with scoped(PLATFORM):
        assert not Reach.objects.filter(person__username="mail.one").exists(), "the address served its purpose"
    refused = manager.post(f"/api/accounts/people/{told['person_id']}/invitation", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_send")


def test_what_failed_says_why_and_goes_out_again_with_a_new_link(
    manager: Client, mail: receivers.MailReceiver, world: Any, http: receivers.HttpReceiver, work: Any
) -> None:
    send(manager, "late.one,迟一,{home},worker,chi@example.org")
    with scoped(PLATFORM):
        Channel.objects.update(sealed="")  # the mail server lets nobody in without a password
    work()
    told = stands(manager, "late.one")
    assert (told["state"], told["tries"]) == ("waiting", 1)
    assert told["error_zh"]
    assert told["error_en"]
    assert told["next_try_at"]
    assert not mail.got

    sms = {"address": http.base.replace("http://", f"smseagle://{TOKEN}@") + "/{to}"}
    channel(world, "sms", "sms", {}, sms)
    address = f"/api/accounts/people/{told['person_id']}/invitation"
    wrong = manager.post(address, {"address": "nowhere"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "address")
    again = manager.post(address, {"address": "138 0013 8000"}).json()
    assert (again["state"], again["sent_to"], again["channel"]) == ("waiting", "138****8000", "sms")
    work()
    assert stands(manager, "late.one")["state"] == "sent"
    [text] = [r.json()["params"]["message"] for r in http.at("/jsonrpc/sms") if "late.one" in r.body.decode()]
    assert len(text) <= 134, "two SMS of UCS-2"
    assert not mail.got, "the message with the old link was let go"
    accept(re.search(r"https://\S+", text)[0])  # type: ignore[index]


def test_a_reset_goes_to_the_address_that_is_given_and_to_nobody_of_another_enterprise(
    manager: Client, mail: receivers.MailReceiver, work: Any
) -> None:
    [link] = send(manager, "lost.phone,丢一,{home},worker,")
    accept(link["link"])
    assert manager.post(f"/api/accounts/people/{link['person_id']}/reset").status_code == 200
    nowhere = manager.post(f"/api/accounts/people/{link['person_id']}/invitation", {})
    assert nowhere.json()["code"] == "no_address"
    sent = manager.post(f"/api/accounts/people/{link['person_id']}/invitation", {"address": "diu@example.org"}).json()
    assert sent["kind"] == "reset"
    work()
    assert "重置" in mail.got[0].get_content()
    with scoped(PLATFORM):
        stranger = Person.objects.get(username="supervisor").pk
    refused = manager.post(f"/api/accounts/people/{stranger}/invitation", {"address": "x@example.org"})
    assert refused.status_code == 404
