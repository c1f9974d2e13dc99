"""Whoever reads a person's record is on record there; what is kept can be had, erased and runs out."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps

from tests.server.conftest import signed_in
from yufang.server.accounts.models import Person
from yufang.server.errors import Refused
from yufang.server.privacy import actions, erasing, queries, retention
from yufang.server.privacy.contracts import DetailsIn
from yufang.server.privacy.holdings import holdings, person_fields
from yufang.server.privacy.models import ErasureRequest, PersonalAccess, PersonalDetails, PersonalExport
from yufang.server.scope import Actor, scoped

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
PLATFORM = Actor.platform()


@pytest.fixture(scope="module")
def people(region: Any) -> dict[str, Person]:
    with scoped(PLATFORM):
        return {p.username: p for p in Person.objects.select_related("organisation")}


def as_(person: Person, *permissions: str) -> Actor:
    return Actor(
        person_id=person.pk,
        name=person.name,
        organisation_id=person.organisation_id,
        scope=person.scope,
        permissions=frozenset(permissions),
    )


def test_every_table_that_names_a_person_is_declared_by_its_room(region: Any) -> None:
    """A new room can't be forgotten by export and erasure."""
    declared: dict[Any, set[str]] = {}
    for model, holding in holdings():
        declared.setdefault(model, set()).update(holding.of)
    missing = {
        model._meta.label: fields - declared.get(model, set())
        for model in apps.get_models()
        if (fields := person_fields(model)) - declared.get(model, set())
    }
    assert not missing, f"declare in the room's apps.py (`personal`): {missing}"


def test_what_is_declared_exists_and_may_be_erased(region: Any, as_superuser: Any) -> None:
    for model, holding in holdings():
        names = {f.name for f in model._meta.get_fields()}
        assert {f.partition("__")[0] for f in (*holding.of, *holding.shows, *holding.clears)} <= names, holding.model
        table = model._meta.db_table
        if holding.erase == "delete" and model.__module__.startswith("yufang."):
            asked = ("SELECT has_table_privilege('yufang_web', %s, 'DELETE')", [table])
            assert as_superuser.execute(*asked).fetchone() == (True,), table
        for column in (*holding.clears, *(holding.names[1:] if holding.names else ())):
            asked = ("SELECT has_column_privilege('yufang_web', %s, %s, 'UPDATE')", [table, column])
            assert as_superuser.execute(*asked).fetchone() == (True,), (table, column)


def test_the_subject_reads_who_looked_and_what_for(people: Any) -> None:
    worker = people["worker"].pk
    manager, mine = signed_in("safety_manager"), signed_in("worker")
    before = mine.get("/api/privacy/mine").json()["accesses_total"]
    read = manager.post(f"/api/privacy/people/{worker}/reads", {"purpose": "fit for work at height"})
    assert read.status_code == 200, read.content
    found = mine.get("/api/privacy/mine").json()
    assert found["accesses_total"] == before + 1
    newest = found["accesses"][0]
    assert (newest["what"], newest["purpose"]) == ("details", "fit for work at height")
    assert newest["reader"] == people["safety_manager"].name
    assert mine.get("/api/privacy/mine/accesses", {"size": 1}).json()["total"] == before + 1


def test_reading_and_its_note_stand_or_fall_together(people: Any, monkeypatch: Any) -> None:
    worker = people["worker"].pk
    manager = as_(people["safety_manager"], "privacy.personal")
    with scoped(PLATFORM):
        before = PersonalAccess.objects.count()
    monkeypatch.setattr(actions.ledger, "append", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        actions.read_details(manager, worker, "whatever")
    with scoped(PLATFORM):
        assert PersonalAccess.objects.count() == before


def test_one_reads_ones_own_without_a_note_and_nobody_elses_without_the_right(people: Any) -> None:
    mine = signed_in("worker")
    own = mine.post(f"/api/privacy/people/{people['worker'].pk}/reads", {"purpose": "my own"})
    assert own.status_code == 200
    assert not [a for a in mine.get("/api/privacy/mine").json()["accesses"] if a["purpose"] == "my own"]
    other = mine.post(f"/api/privacy/people/{people['team_leader'].pk}/reads", {"purpose": "curious"})
    assert other.status_code == 403
    outside = signed_in("safety_manager").post(
        f"/api/privacy/people/{people['auditor'].pk}/reads", {"purpose": "curious"}
    )
    assert outside.status_code == 404
    assert signed_in("worker").get("/api/privacy/accesses").status_code == 403
    assert signed_in("auditor").get("/api/privacy/accesses").json()["total"] > 0


def test_a_reporters_contact_a_position_and_a_personal_channel_leave_a_note(people: Any) -> None:
    """The rooms that show them call `note`; their own tests show the rest."""
    from yufang.server.positions import actions as positions
    from yufang.server.positions.contracts import IssueTagIn, LookIn, WornDeviceIn
    from yufang.server.positions.models import LatestFix
    from yufang.server.sensing import actions as sensing
    from yufang.server.sensing.contracts import SensingChannelIn

    worker, home = people["worker"], people["safety_manager"].organisation_id
    tag = positions.add_device(PLATFORM, WornDeviceIn(organisation_id=home, key="W9"))
    positions.issue(PLATFORM, tag, IssueTagIn(person_id=worker.pk, shift_ends=NOW + timedelta(hours=8)), NOW)
    body = SensingChannelIn(
        organisation_id=home, key="W9/hr", device="W9", quantity="heart_rate", unit="bpm", with_standards=False,
        personal=True,
    )  # fmt: skip
    channel = sensing.put_channel(PLATFORM, body)
    with scoped(PLATFORM):
        LatestFix.objects.create(path=worker.path, enterprise_id=home, device_id=tag, wearing_id=None, at=0)
        LatestFix.objects.update(wearing=positions.Wearing.objects.get(device_id=tag))
    manager = as_(people["safety_manager"], "sensing.personal")
    positions.look(manager, worker.pk, LookIn(purpose="rescue", reason="no answer on the radio"), NOW)
    sensing.look(manager, channel, NOW, NOW + timedelta(hours=1))
    with scoped(PLATFORM):
        notes = PersonalAccess.objects.filter(person=worker, reader_id=manager.person_id)
        newest = {n.what: n for n in notes}
        assert newest["position"].purpose == "rescue: no answer on the radio"
        assert newest["position"].break_glass, "without consent, in a rescue"
        assert newest["channel"].subject == f"channel:{channel}"


def test_an_export_holds_everything_and_says_who_made_it(people: Any) -> None:
    worker = people["worker"]
    actions.put_details(PLATFORM, worker.pk, DetailsIn(phone="13912345678"))
    mine = signed_in("worker")
    asked = mine.post("/api/privacy/exports", {})
    assert asked.status_code == 202, asked.content
    assert mine.post("/api/privacy/exports", {}).json()["id"] == asked.json()["id"], "one at a time"
    number = asked.json()["id"]
    early = mine.get(f"/api/privacy/exports/{number}/file")
    assert early.status_code == 409
    actions.make_export(PLATFORM, number, datetime.now(UTC))
    answer = mine.get(f"/api/privacy/exports/{number}/file")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    data = json.loads(archive.read("data.json"))
    assert data["account"]["username"] == "worker"
    records = {r["record"]: r for r in data["records"]}
    assert records["privacy.personaldetails"]["rows"][0]["phone"] == "13912345678"
    assert {"positions.wearing", "privacy.personalaccess"} <= records.keys()
    for page, word in (("zh.html", "导出："), ("en.html", "Exported by")):
        text = archive.read(page).decode()
        assert word in text
        assert worker.name in text
    with scoped(PLATFORM):
        row = PersonalExport.objects.get(id=number)
    from yufang.server.privacy.exporting import file_of

    assert b"13912345678" not in file_of(row.file).read_bytes()
    assert signed_in("safety_manager").get(f"/api/privacy/exports/{number}/file").status_code == 404


def test_an_erasure_is_decided_by_another_and_held_by_a_legal_hold(people: Any) -> None:
    leader = signed_in("team_leader")
    made = leader.post("/api/privacy/erasures", {"reason": "I leave"})
    assert made.status_code == 201
    number = made.json()["id"]
    supervisor = signed_in("supervisor")
    hold = supervisor.post("/api/privacy/holds", {"person_id": people["team_leader"].pk, "reason": "inquiry 12"})
    assert hold.status_code == 201, hold.content
    refused = supervisor.post(f"/api/privacy/erasures/{number}/decision", {"accept": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "legal_hold")
    silent = supervisor.post(f"/api/privacy/erasures/{number}/decision", {"accept": False})
    assert silent.status_code == 422, "a refusal says why"
    own = as_(people["team_leader"], "privacy.decide")
    with pytest.raises(Refused, match="Somebody else"):
        actions.decide_erasure(own, number, True, "", NOW)
    lifted = supervisor.post(f"/api/privacy/holds/{hold.json()[0]['id']}/lift", {})
    assert lifted.json()[0]["lifted_at"]
    assert (
        supervisor.post(
            f"/api/privacy/erasures/{number}/decision", {"accept": False, "answer": "the inquiry runs"}
        ).json()["state"]
        == "refused"
    )


def test_an_erased_person_is_a_pseudonym_and_the_ledger_still_holds(people: Any, as_superuser: Any) -> None:
    from yufang.server.ledger import actions as ledger
    from yufang.server.ledger import verification

    worker = people["worker"]
    with scoped(PLATFORM):
        ledger.commit_to(PLATFORM, worker.path, f"person:{worker.pk}", "name", worker.name)
    signed_in("worker").post("/api/privacy/erasures", {})
    with scoped(PLATFORM):
        number = ErasureRequest.objects.get(person=worker, state="asked").pk
        leaves = as_superuser.execute("SELECT count(*), sum(length(data)) FROM ledger_leaf").fetchone()
    actions.decide_erasure(as_(people["supervisor"], "privacy.decide"), number, True, "", NOW)
    with scoped(PLATFORM):
        after = Person.objects.get(id=worker.pk)
        outcome = {one.record: one for one in queries.erasure(number).outcome}
        assert after.name == erasing.pseudonym_of(worker.pk)[0]
        assert (after.active, after.roles) == (False, [])
        assert not PersonalDetails.objects.filter(person=worker).exists()
    assert worker.name not in as_superuser.execute("SELECT json_agg(p)::text FROM accounts_person p").fetchone()[0]
    assert outcome["privacy.personaldetails"].done == "deleted"
    assert outcome["positions.latestfix"].done == "deleted"
    assert outcome["privacy.personalaccess"].done == "kept"
    assert "PIPL" in outcome["privacy.personalaccess"].why_en
    salts = as_superuser.execute("SELECT count(*) FROM ledger_salt WHERE subject = %s", [f"person:{worker.pk}"])
    assert salts.fetchone() == (0,)
    now = as_superuser.execute("SELECT count(*), sum(length(data)) FROM ledger_leaf").fetchone()
    assert now[0] > leaves[0]
    with scoped(PLATFORM):
        verdict = verification.verify_database()
    assert verdict.ok, verdict.findings
    with pytest.raises(AssertionError):
        signed_in("worker")


def test_what_is_over_its_time_goes_and_a_hold_keeps_it(people: Any, settings: Any, as_superuser: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"retention_confirmed": "access_log"})
    old, manager = NOW - timedelta(days=366 * 3 + 2), people["safety_manager"]
    with scoped(PLATFORM):
        for person in (manager, people["team_leader"]):
            PersonalAccess.objects.create(
                path=person.path, person=person, subject="x", reader_name="r", what="details", at=old
            )
    actions.hold(PLATFORM, people["team_leader"].pk, "", "inquiry", NOW)
    with scoped(PLATFORM):
        counts, held = retention.due(NOW)
    assert (counts["access_log"], held) == (1, {"access_log": 1})
    done = retention.run_all(NOW)
    assert [d.get("access_log") for d in done.values()] == [1]
    assert [d.get("access_log") for d in retention.run_all(NOW).values()] == [None], "twice does nothing"
    leaf = as_superuser.execute("SELECT convert_from(data, 'UTF8') FROM ledger_leaf ORDER BY index DESC LIMIT 1")
    assert json.loads(leaf.fetchone()[0])["action"] == "privacy.retention_run"
    with scoped(PLATFORM):
        assert PersonalAccess.objects.filter(at=old).count() == 1


def test_a_period_that_nobody_confirmed_removes_nothing(people: Any, settings: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"retention_confirmed": ""})
    with scoped(PLATFORM):
        assert retention.due(NOW + timedelta(days=3650)) == ({}, {})


def test_a_month_ends_on_the_calendar(people: Any) -> None:
    from yufang.ledger.retention import Period

    limit = retention._limit(Period(months=1), datetime(2026, 3, 31, 8, tzinfo=UTC))
    assert limit == datetime(2026, 2, 28, 8, tzinfo=UTC)
