"""People, roles, invitations and keys are administered down the tree, and nobody gives what they lack."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.server.conftest import TokenClient, signed_in
from tests.server.test_own_account import GOOD
from yufang.server.accounts.first import open_first
from yufang.server.errors import Refused
from yufang.server.scope import Actor


@pytest.fixture(scope="module")
def manager(region: Any) -> Client:
    return signed_in("safety_manager")


@pytest.fixture(scope="module")
def supervisor(region: Any) -> Client:
    return signed_in("supervisor")


def home(client: Client) -> dict[str, Any]:
    return dict(client.get("/api/auth/me").json()["organisation"])


def other_enterprise(supervisor: Client, manager: Client) -> dict[str, Any]:
    mine = home(manager)["id"]
    found = supervisor.get("/api/accounts/organisations").json()
    return next(o for o in found if o["kind"] == "enterprise" and o["id"] != mine)


def entry(organisation: int, username: str, *roles: str) -> dict[str, Any]:
    return {"username": username, "name": "试用", "organisation_id": organisation, "roles": list(roles)}


def accept(link: str) -> Client:
    client = TokenClient()
    client.get("/api/auth/me")
    done = client.post("/api/auth/invitations/accept", {"token": link.split("#")[1], "password": GOOD})
    assert done.status_code == 200, done.content
    return client


def upload(client: Any, path: str, text: str, encoding: str = "utf-8", **more: str) -> Any:
    file = SimpleUploadedFile("people.csv", text.encode(encoding), "text/csv")
    token = client.cookies["csrftoken"].value
    return Client.post(client, path, {"file": file, **more}, headers={"X-CSRFToken": token})


def test_a_new_person_sets_a_password_and_does_what_the_role_says(manager: Client) -> None:
    made = manager.post("/api/accounts/people", entry(home(manager)["id"], "new.worker", "worker"))
    assert made.status_code == 200, made.content
    worker = accept(made.json()["link"])
    assert set(worker.get("/api/auth/me").json()["permissions"]) == {"hazards.report", "participation.take_part"}
    taken = manager.post("/api/accounts/people", entry(home(manager)["id"], "NEW.worker", "worker"))
    assert (taken.status_code, taken.json()["field"]) == (409, "username")


def test_names_are_taken_everywhere_and_say_nothing_of_where(manager: Client) -> None:
    taken = manager.post("/api/accounts/people", entry(home(manager)["id"], "supervisor", "worker"))
    assert (taken.status_code, taken.json()["code"]) == (409, "username_taken")


def test_nobody_hands_out_more_than_they_hold(manager: Client, supervisor: Client) -> None:
    mine = home(manager)["id"]
    for role in ("supervisor", "coder", "nothing-like-it", "r999"):
        refused = manager.post("/api/accounts/people", entry(mine, f"x-{role}", role))
        assert (refused.status_code, refused.json()["code"]) == (403, "not_yours_to_grant"), role
    assert supervisor.post("/api/accounts/people", entry(mine, "by.supervisor", "safety_manager")).status_code == 200


def test_administration_ends_at_ones_own_branch(manager: Client, supervisor: Client) -> None:
    other = other_enterprise(supervisor, manager)["id"]
    for organisation in (other, home(supervisor)["id"]):
        refused = manager.post("/api/accounts/people", entry(organisation, "outside", "worker"))
        assert refused.status_code == 404
    made = supervisor.post("/api/accounts/people", entry(other, "of.another", "worker")).json()
    number = made["person_id"]
    assert manager.put(f"/api/accounts/people/{number}", entry(home(manager)["id"], "x", "worker")).status_code == 404
    for what in ("close", "reopen", "reset"):
        assert manager.post(f"/api/accounts/people/{number}/{what}").status_code == 404, what
    assert "of.another" not in manager.get("/api/accounts/people").content.decode()
    assert supervisor.get("/api/accounts/people?q=of.another").json()["total"] == 1


def test_nobody_changes_themselves_or_whoever_holds_more(
    manager: Client, supervisor: Client, as_superuser: Any
) -> None:
    me = manager.get("/api/auth/me").json()
    oneself = manager.put(f"/api/accounts/people/{me['id']}", entry(home(manager)["id"], "x", "worker"))
    assert oneself.json()["code"] == "not_oneself"
    more = manager.post("/api/accounts/people", entry(home(manager)["id"], "holds.more", "worker")).json()["person_id"]
    as_superuser.execute("UPDATE accounts_person SET roles = '{supervisor}' WHERE id = %s", [more])
    assert manager.post(f"/api/accounts/people/{more}/reset").json()["code"] == "not_yours_to_grant"
    row = manager.get("/api/accounts/people?q=holds.more").json()["items"][0]
    assert row["manageable"] is False


def test_a_team_leader_administers_nobody(region: Any) -> None:
    client = signed_in("team_leader")
    for path in ("people", "roles", "keys", "mappings", "emergency", "organisations"):
        assert client.get(f"/api/accounts/{path}").status_code == 403, path


def test_closing_ends_sessions_and_moving_changes_what_is_seen(manager: Client, supervisor: Client) -> None:
    made = supervisor.post("/api/accounts/people", entry(home(manager)["id"], "mover", "safety_manager")).json()
    person, number = accept(made["link"]), made["person_id"]
    seen = {e["id"] for e in person.get("/api/enterprises").json()["items"]}
    other = other_enterprise(supervisor, manager)["id"]
    moved = supervisor.put(f"/api/accounts/people/{number}", entry(other, "mover", "safety_manager"))
    assert moved.status_code == 204, moved.content
    assert {e["id"] for e in person.get("/api/enterprises").json()["items"]} == {other} != seen
    assert supervisor.post(f"/api/accounts/people/{number}/close").status_code == 204
    assert person.get("/api/auth/me").status_code == 401
    assert supervisor.post(f"/api/accounts/people/{number}/reopen").status_code == 204
    assert signed_in("mover", GOOD).get("/api/auth/me").status_code == 200


def test_a_reset_takes_password_factors_and_sessions_and_gives_a_link(manager: Client, as_superuser: Any) -> None:
    made = manager.post("/api/accounts/people", entry(home(manager)["id"], "forgot", "worker")).json()
    client = accept(made["link"])
    as_superuser.execute(
        "INSERT INTO mfa_authenticator (user_id, type, data, created_at) VALUES (%s, 'totp', '{}', now())",
        [made["person_id"]],
    )
    again = manager.post(f"/api/accounts/people/{made['person_id']}/reset")
    assert again.status_code == 200, again.content
    assert client.get("/api/auth/me").status_code == 401
    assert accept(again.json()["link"]).get("/api/auth/security").json()["totp"] is False


CSV = """用户名,姓名,英文名,组织,角色
li.si,李四,Li Si,{home},一线工人
wang.wu,王五,,{home},班组长;worker
supervisor,重名,,{home},worker
li.si,重复,,{home},worker
x,太短,,{home},worker
zhao.liu,赵六,,别家企业,worker
sun.qi,孙七,,{home},监管人员
zhou.ba,,,{home},worker
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_csv_is_shown_line_by_line_before_anything_happens(manager: Client, encoding: str) -> None:
    shown = upload(manager, "/api/accounts/invitations/preview", CSV.format(home=home(manager)["name"]), encoding)
    assert shown.status_code == 200, shown.content
    rows = shown.json()["rows"]
    assert [bool(r["problem_en"]) for r in rows] == [False, False, True, True, True, True, True, True]
    assert all(bool(r["problem_zh"]) == bool(r["problem_en"]) for r in rows)
    assert manager.get("/api/accounts/people?q=li.si").json()["total"] == 0, "nothing happened yet"


def test_the_same_csv_again_renews_links_and_leaves_whoever_came_in_peace(manager: Client) -> None:
    text = CSV.format(home=home(manager)["name"])
    links = upload(manager, "/api/accounts/invitations", text).json()
    assert [x["username"] for x in links] == ["li.si", "wang.wu"]
    accept(links[0]["link"])
    again = upload(manager, "/api/accounts/invitations", text).json()
    assert [x["username"] for x in again] == ["wang.wu"]
    old = TokenClient()
    old.get("/api/auth/me")
    replaced = old.post("/api/auth/invitations/look", {"token": links[1]["link"].split("#")[1]})
    assert replaced.json()["code"] == "invitation_over"
    assert manager.get("/api/accounts/people?q=wang.wu").json()["total"] == 1


def test_a_file_that_is_no_list_of_people_is_refused_in_words(manager: Client) -> None:
    for text, code in (("", "csv_empty"), ("a,b\n1,2\n", "csv_columns"), ("用户名,姓名\nx,y\n", "csv_columns")):
        refused = upload(manager, "/api/accounts/invitations/preview", text)
        assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_the_matrix_names_every_permission_in_both_languages(manager: Client) -> None:
    from yufang.server.scope import PERMISSIONS

    matrix = manager.get("/api/accounts/roles").json()
    assert {p["name"] for p in matrix["permissions"]} == set(PERMISSIONS)
    assert all(p["text_zh"] and p["text_en"] for p in matrix["permissions"])
    known = {p["name"] for p in matrix["permissions"]}
    assert {p for r in matrix["roles"] for p in r["permissions"]} <= known


def test_an_organisations_own_role_gives_its_permissions_below_it_and_no_more_than_its_maker_holds(
    manager: Client, supervisor: Client
) -> None:
    role = {"name_zh": "巡检员", "name_en": "Patrol", "organisation_id": home(manager)["id"]}
    beyond = manager.post("/api/accounts/roles", role | {"permissions": ["region.read"]})
    assert (beyond.status_code, beyond.json()["code"]) == (403, "not_yours_to_grant")
    made = manager.post("/api/accounts/roles", role | {"permissions": ["inspections.do", "hazards.report"]})
    assert made.status_code == 200, made.content
    assert manager.post("/api/accounts/roles", role | {"permissions": []}).json()["code"] == "role_name_taken"
    name = f"r{made.json()['id']}"
    person = accept(manager.post("/api/accounts/people", entry(home(manager)["id"], "patrol", name)).json()["link"])
    assert set(person.get("/api/auth/me").json()["permissions"]) == {"inspections.do", "hazards.report"}
    changed = manager.put(f"/api/accounts/roles/{made.json()['id']}", role | {"permissions": ["hazards.report"]})
    assert changed.status_code == 200
    assert person.get("/api/auth/me").json()["permissions"] == ["hazards.report"]


def test_a_regions_own_role_holds_in_its_enterprises(manager: Client, supervisor: Client) -> None:
    body = {"name_zh": "片区员", "name_en": "Area", "organisation_id": home(supervisor)["id"]}
    name = f"r{supervisor.post('/api/accounts/roles', body | {'permissions': ['inspections.do']}).json()['id']}"
    made = supervisor.post("/api/accounts/people", entry(home(manager)["id"], "area", name))
    assert accept(made.json()["link"]).get("/api/auth/me").json()["permissions"] == ["inspections.do"]


def _keyed(key: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {key}"}}


def test_a_service_key_opens_its_part_and_nothing_else(manager: Client, as_superuser: Any) -> None:
    body = {"name": "夜间同步", "organisation_id": home(manager)["id"], "days": 30}
    beyond = manager.post("/api/accounts/keys", body | {"permissions": ["region.read"]})
    assert beyond.json()["code"] == "not_yours_to_grant"
    over_accounts = manager.post("/api/accounts/keys", body | {"permissions": ["accounts.manage"]})
    assert over_accounts.json()["code"] == "not_yours_to_grant"
    made = manager.post("/api/accounts/keys", body | {"permissions": ["hazards.report"]}).json()
    key = made["key"]
    program = Client(enforce_csrf_checks=True)
    assert len(program.get("/api/enterprises", **_keyed(key)).json()["items"]) == 1
    assert program.get("/api/region/overview", **_keyed(key)).status_code == 403
    for path in (
        "/api/auth/security",
        "/api/auth/sessions",
        "/api/accounts/people",
        "/api/accounts/keys",
        "/api/events",
    ):
        assert program.get(path, **_keyed(key)).status_code == 403, path
    posted = program.post("/api/auth/other-sessions/end", {}, content_type="application/json", **_keyed(key))
    assert (posted.status_code, posted.json()["code"]) == (403, "forbidden"), "no CSRF token is asked of a program"
    kept = as_superuser.execute("SELECT row_to_json(k)::text FROM accounts_servicekey k").fetchall()
    assert all(key not in row[0] for row in kept)
    row = next(k for k in manager.get("/api/accounts/keys").json() if k["id"] == made["id"])
    assert row["last_used_at"]
    assert manager.post(f"/api/accounts/keys/{made['id']}/revoke").status_code == 204
    assert program.get("/api/enterprises", **_keyed(key)).status_code == 401


def test_a_key_ends_on_its_day_and_never_falls_back_on_a_cookie(manager: Client, as_superuser: Any) -> None:
    body = {"name": "一天", "organisation_id": home(manager)["id"], "days": 1, "permissions": ["hazards.report"]}
    key = manager.post("/api/accounts/keys", body).json()["key"]
    soon = timezone.now() - timedelta(seconds=1)
    as_superuser.execute("UPDATE accounts_servicekey SET expires_at = %s WHERE name = '一天'", [soon])
    assert manager.get("/api/enterprises", **_keyed(key)).status_code == 401
    assert manager.get("/api/enterprises", **_keyed("yufang_made-up")).status_code == 401
    assert manager.get("/api/enterprises").status_code == 200


def test_people_of_keys_are_nobody_to_hand_a_warning_to(manager: Client, supervisor: Client) -> None:
    enterprise = home(manager)["id"]
    names = supervisor.get("/api/organisations/people", {"enterprise_id": enterprise}).json()
    assert not [n for n in names if n["name"] in ("夜间同步", "一天")]
    assert TokenClient().get("/api/auth/me").status_code == 401


@pytest.mark.parametrize("verb", ["signed_in", "person_admitted", "role_saved", "key_made", "invited", "person_reset"])
def test_what_administrators_do_is_on_the_ledger(manager: Client, as_superuser: Any, verb: str) -> None:
    found = as_superuser.execute("SELECT count(*) FROM ledger_leaf WHERE action = %s", [f"accounts.{verb}"]).fetchone()
    assert found[0] > 0


def test_whoever_holds_the_machine_admits_the_first_supervisor_and_lets_them_back_in(region: Any) -> None:
    made = open_first(Actor.platform(), "ignored: there is one", "first.one", "首位")
    person = accept(made.link)
    me = person.get("/api/auth/me").json()
    assert (me["organisation"]["kind"], "accounts.manage" in me["permissions"]) == ("regulator", True)
    again = open_first(Actor.platform(), "", "first.one", "")
    assert person.get("/api/accounts/people").status_code == 401, "sessions ended"
    accept(again.link)
    with pytest.raises(Refused, match="another person"):
        open_first(Actor.platform(), "", "team_leader", "")
