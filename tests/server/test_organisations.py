"""The tree below one's own place is opened, renamed and closed by whoever may, and never beyond it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.server.conftest import signed_in
from tests.server.test_administration import _keyed, accept, entry, home, other_enterprise


@pytest.fixture(scope="module")
def manager(region: Any) -> Client:
    return signed_in("safety_manager")


@pytest.fixture(scope="module")
def supervisor(region: Any) -> Client:
    return signed_in("supervisor")


def made(client: Client, parent: int, kind: str, name: str, **more: str) -> int:
    body = {"parent_id": parent, "kind": kind, "name": name} | more
    answer = client.post("/api/accounts/organisations", body)
    assert answer.status_code == 200, answer.content
    return int(answer.json()["id"])


def row(client: Client, number: int) -> dict[str, Any]:
    listed = client.get("/api/accounts/organisations/tree?closed=true").json()["items"]
    return dict(next(o for o in listed if o["id"] == number))


def test_an_enterprise_is_opened_with_its_first_administrator_and_shows_in_the_list(supervisor: Client) -> None:
    number = made(supervisor, home(supervisor)["id"], "enterprise", "新开化工", industry_code="2614")
    link = supervisor.post("/api/accounts/people", entry(number, "first.manager", "safety_manager")).json()["link"]
    first = accept(link)
    mine = first.get("/api/enterprises").json()["items"]
    assert [(e["id"], e["name"], e["rank"]) for e in mine] == [(number, "新开化工", None)]
    assert first.get(f"/api/enterprises/{number}").status_code == 200
    unknown = {"parent_id": home(supervisor)["id"], "kind": "enterprise", "name": "x", "industry_code": "9999"}
    assert supervisor.post("/api/accounts/organisations", unknown).json()["field"] == "industry_code"


def test_only_the_branch_below_ones_own_is_changed_and_only_by_whoever_may(manager: Client, supervisor: Client) -> None:
    own, above = home(manager)["id"], home(supervisor)["id"]
    other = other_enterprise(supervisor, manager)["id"]
    site = made(manager, own, "site", "东厂区")
    for parent, kind, status in ((other, "team", 404), (above, "enterprise", 404), (own, "enterprise", 422)):
        body = {"parent_id": parent, "kind": kind, "name": "越界"}
        assert manager.post("/api/accounts/organisations", body).status_code == status, (parent, kind)
    for number in (own, above, other):  # one's own is for those above
        assert manager.put(f"/api/accounts/organisations/{number}", {"name": "x"}).status_code == 404
        assert manager.get(f"/api/accounts/organisations/{number}/closing").status_code == 404
        assert manager.post(f"/api/accounts/organisations/{number}/close", {"people": "close"}).status_code == 404
        assert manager.post(f"/api/accounts/organisations/{number}/reopen").status_code == 404
    body = {"parent_id": own, "kind": "site", "name": "东厂区"}
    assert manager.post("/api/accounts/organisations", body).json()["code"] == "organisation_name_taken"
    assert manager.put(f"/api/accounts/organisations/{site}", {"name": "东区"}).status_code == 204
    assert row(manager, site)["name"] == "东区"
    assert signed_in("team_leader").post("/api/accounts/organisations", body).status_code == 403
    assert not [o for o in manager.get("/api/accounts/organisations/tree").json()["items"] if o["id"] == other]


def test_closing_moves_or_closes_people_ends_keys_and_takes_nobody_in(manager: Client, as_superuser: Any) -> None:
    own = home(manager)["id"]
    site = made(manager, own, "site", "将关闭的厂区")
    team, kept = made(manager, site, "team", "一班"), made(manager, own, "team", "留下的班")
    mover = manager.post("/api/accounts/people", entry(team, "moves.along", "worker")).json()
    person = accept(mover["link"])
    key_in = {"name": "厂区同步", "organisation_id": team, "permissions": ["hazards.report"], "days": 9}
    key = manager.post("/api/accounts/keys", key_in).json()["key"]
    told = manager.get(f"/api/accounts/organisations/{site}/closing").json()
    assert (told["organisations"], told["people"], told["keys"], told["invitations"]) == (1, 1, 1, 0)
    close = f"/api/accounts/organisations/{site}/close"
    assert manager.post(close, {"people": "move"}).json()["code"] == "target_missing"
    assert manager.post(close, {"people": "move", "to": team}).json()["code"] == "target_inside"
    assert manager.post(close, {"people": "move", "to": kept}).status_code == 204
    assert person.get("/api/auth/me").json()["organisation"]["name"] == "留下的班"
    assert Client().get("/api/enterprises", **_keyed(key)).status_code == 401
    assert [row(manager, n)["closed_at"] is None for n in (site, team, kept)] == [False, False, True]
    late = manager.post("/api/accounts/people", entry(team, "too.late", "worker"))
    assert (late.status_code, late.json()["code"]) == (409, "organisation_closed")
    under = {"parent_id": team, "kind": "team", "name": "x"}
    assert manager.post("/api/accounts/organisations", under).json()["code"] == "organisation_closed"
    assert manager.post(f"/api/accounts/organisations/{team}/reopen").json()["code"] == "parent_closed"
    assert manager.post(f"/api/accounts/organisations/{kept}/close", {"people": "close"}).status_code == 204
    assert person.get("/api/auth/me").status_code == 401
    assert manager.post(f"/api/accounts/people/{mover['person_id']}/reopen").json()["code"] == "organisation_closed"
    assert manager.post(f"/api/accounts/organisations/{kept}/reopen").status_code == 204
    assert manager.post(f"/api/accounts/people/{mover['person_id']}/reopen").status_code == 204
    leaves = "SELECT action FROM ledger_leaf WHERE subject = %s ORDER BY id"
    written = [r[0] for r in as_superuser.execute(leaves.replace("id", "index"), [f"organisation:{kept}"])]
    assert written == [f"accounts.organisation_{w}" for w in ("opened", "closed", "reopened")]


def test_nobody_closes_an_organisation_with_people_who_hold_more(manager: Client, as_superuser: Any) -> None:
    team = made(manager, home(manager)["id"], "team", "有上级的班")
    number = manager.post("/api/accounts/people", entry(team, "stands.above", "worker")).json()["person_id"]
    as_superuser.execute("UPDATE accounts_person SET roles = '{supervisor}' WHERE id = %s", [number])
    refused = manager.post(f"/api/accounts/organisations/{team}/close", {"people": "close"})
    assert (refused.status_code, refused.json()["code"]) == (403, "people_beyond")
    assert row(manager, team)["closed_at"] is None
