"""Emergency access: a part of the tree that one doesn't see, for some minutes, read only, told and listed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.server.conftest import signed_in
from tests.server.test_administration import accept, entry, home, other_enterprise


@pytest.fixture(scope="module")
def responder(region: Any) -> Client:
    """Somebody of one enterprise whose region gave them the right."""
    supervisor, manager = signed_in(), signed_in("safety_manager")
    role = {"name_zh": "应急员", "name_en": "Responder", "organisation_id": home(supervisor)["id"]}
    permissions = {"permissions": ["accounts.break_glass", "warning.acknowledge"]}
    name = f"r{supervisor.post('/api/accounts/roles', role | permissions).json()['id']}"
    made = supervisor.post("/api/accounts/people", entry(home(manager)["id"], "responder", name))
    assert made.status_code == 200, made.content
    return accept(made.json()["link"])


def _actor_of(client: Client) -> Any:
    """The acting user of the client's next request, as a room gets it."""
    return client.get("/api/enterprises").wsgi_request.actor


def seen(client: Client) -> set[int]:
    return {e["id"] for e in client.get("/api/enterprises").json()["items"]}


def test_it_opens_reads_tells_lists_and_ends(responder: Client, as_superuser: Any) -> None:
    supervisor, manager = signed_in(), signed_in("safety_manager")
    other, mine = other_enterprise(supervisor, manager), seen(responder)
    found = responder.get("/api/auth/emergency/organisations", {"q": other["name"]}).json()
    assert [f["id"] for f in found] == [other["id"]]
    body = {"organisation_id": other["id"], "minutes": 15, "reason": "储罐泄漏，需要核对危险源"}
    opened = responder.post("/api/auth/emergency", body)
    assert opened.status_code == 200, opened.content
    assert responder.get("/api/auth/me").json()["glass"]["organisation_name"] == other["name"]
    assert seen(responder) == {other["id"]} != mine
    notice = as_superuser.execute("SELECT people, body_zh FROM dispatch_notice WHERE kind = 'break_glass'").fetchall()
    assert len(notice) == 1
    assert "储罐泄漏" in notice[0][1]
    told = {
        r[0] for r in as_superuser.execute("SELECT username FROM accounts_person WHERE id = ANY(%s)", [notice[0][0]])
    }
    assert {"supervisor", "safety_manager", "auditor"} <= told, "who administers and who oversees, on both sides"
    changed = responder.post("/api/hazards", {})
    assert (changed.status_code, changed.json()["code"]) == (403, "glass_reads_only")
    row = supervisor.get("/api/accounts/emergency").json()[0]
    assert (row["looks"], row["ended_at"], row["reason"]) == (1, None, body["reason"])
    looks = supervisor.get(f"/api/accounts/emergency/{row['id']}/looks").json()
    assert [x["address"] for x in looks] == ["/api/enterprises"]
    assert responder.post("/api/auth/emergency/close").status_code == 204
    assert seen(responder) == mine
    assert supervisor.get("/api/accounts/emergency").json()[0]["ended_at"]


def test_what_is_read_is_marked_and_shown_to_the_person_and_to_everybody_there(responder: Client) -> None:
    """A sensor on a person is read through the glass: the note says so, with the reason; the page of that person and
    of everybody in the opened organisation says who opened it."""
    from yufang.server.accounts.models import Person
    from yufang.server.privacy import access
    from yufang.server.scope import scoped

    supervisor, manager = signed_in(), signed_in("safety_manager")
    other = other_enterprise(supervisor, manager)["id"]
    made = supervisor.post("/api/accounts/people", entry(other, "is.read", "safety_manager")).json()
    subject, reason = accept(made["link"]), "储罐泄漏，需要联系值班人员"
    body = {"organisation_id": other, "minutes": 15, "reason": reason}
    assert responder.post("/api/auth/emergency", body).status_code == 200
    reading = _actor_of(responder)
    assert reading.emergency == reason
    with scoped(reading):
        person = Person.objects.get(id=made["person_id"])
        access.note(reading, "channel", path=person.path, person_id=person.pk)
    mine = subject.get("/api/privacy/mine").json()
    assert [(a["what"], a["break_glass"], a["purpose"]) for a in mine["accesses"]] == [("channel", True, reason)]
    assert mine["emergencies"][0]["reason"] == reason
    assert mine["emergencies"][0]["person_name"] == "试用"
    assert responder.get("/api/privacy/mine").json()["name"] == "试用", "one's own data stay one's own"
    assert responder.post("/api/auth/emergency/close").status_code == 204
    assert not manager.get("/api/privacy/mine").json()["emergencies"], "only those whose organisation was opened"


def test_it_ends_by_itself(responder: Client, as_superuser: Any) -> None:
    supervisor, manager = signed_in(), signed_in("safety_manager")
    other, mine = other_enterprise(supervisor, manager), seen(responder)
    body = {"organisation_id": other["id"], "minutes": 15, "reason": "演练演练演练"}
    assert responder.post("/api/auth/emergency", body).status_code == 200
    as_superuser.execute("UPDATE accounts_breakglass SET ends_at = now() - interval '1 second'")
    assert seen(responder) == mine
    assert responder.get("/api/auth/me").json()["glass"] is None


def test_whoever_lacks_the_right_finds_and_opens_nothing(region: Any) -> None:
    leader = signed_in("team_leader")
    body = {"organisation_id": 1, "minutes": 15, "reason": "no right to it"}
    assert leader.post("/api/auth/emergency", body).status_code == 403
    assert leader.get("/api/auth/emergency/organisations", {"q": "企业"}).status_code == 403
    supervisor = signed_in()
    anyway = supervisor.post("/api/auth/emergency", body | {"organisation_id": home(supervisor)["id"]})
    assert anyway.json()["code"] == "seen_anyway"
    manager = signed_in("safety_manager")
    assert manager.get("/api/accounts/emergency/999/looks").status_code == 404
