"""Edge nodes: enrolled once, known by their signature, heard once, told what is missing and what to be like."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from yufang.edge.batches import EdgeBatch, encode
from yufang.edge.bundles import make_bundle
from yufang.edge.enrolment import enrolment_proof
from yufang.edge.identity import encoded, public_text, sign_request
from yufang.sensing.detectors.contract import Event
from yufang.sensing.readings import Readings
from yufang.server.accounts.models import Person
from yufang.server.edge import actions
from yufang.server.edge.contracts import EdgeNodeIn
from yufang.server.edge.ranges import joined, without
from yufang.server.errors import Refused
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions as sensing
from yufang.server.sensing.contracts import SensingChannelIn

EPOCH = "abc123"
SECOND = 1_000_000


@pytest.fixture(scope="module")
def home(region: Any) -> int:
    """The demo enterprise, with a gas channel."""
    with scoped(Actor.platform()):
        found = Person.objects.get(username="safety_manager").organisation_id
    body = SensingChannelIn(
        organisation_id=found, key="gas-1", device="box", quantity="gas:ch4", unit="%LEL", low=0, high=100
    )
    sensing.put_channel(Actor.platform(), body)
    return int(found)


class NodeAtSite:
    """What a node does, with nothing but its key."""

    def __init__(self, node_id: int, key: Ed25519PrivateKey) -> None:
        self.id, self.key = node_id, key
        self._last = 0

    def ask(self, method: str, target: str, body: bytes = b"", *, at_us: int | None = None, forged: Any = None) -> Any:
        """Send a signed request; `forged` says what of it is altered after signing."""
        change = forged or {}
        self._last = max(self._last + 1, time.time_ns() // 1000) if at_us is None else at_us
        headers = sign_request(change.get("key", self.key), self.id, method, target, body, self._last)
        kind = "application/octet-stream" if body[:1] != b"{" else "application/json"
        target, body = change.get("target", target), change.get("body", body)
        if method == "GET":
            return Client().get(target, headers=headers)
        return Client().post(target, body, content_type=kind, headers=headers)

    def send(self, lane: str, sequence: int, **more: Any) -> Any:
        body = encode(EdgeBatch(lane, sequence, **({"readings": Readings.empty(), "keys": ()} | more)))
        return self.ask("POST", f"/api/edge/batches?lane={lane}&sequence={sequence}&epoch={EPOCH}", body)

    def report(self, **more: Any) -> Any:
        lanes = {"events": {"first": 0, "next": 0}, "readings": {"first": 0, "next": 0}}
        body = json.dumps({"epoch": EPOCH, "lanes": lanes, "health": {}, "reported": {}} | more).encode()
        return self.ask("POST", "/api/edge/report", body)


def enrol(token: str, key: Ed25519PrivateKey) -> Any:
    public = public_text(key)
    body = {"token": token, "public_key": public, "proof": encoded(key.sign(enrolment_proof(token, public)))}
    return Client().post("/api/edge/enrol", body, content_type="application/json")


def new_node(home: int, name: str) -> NodeAtSite:
    made = actions.open_node(Actor.platform(), EdgeNodeIn(organisation_id=home, name=name))
    key = Ed25519PrivateKey.generate()
    return NodeAtSite(enrol(made.token, key).json()["node_id"], key)


@pytest.fixture(scope="module")
def node(home: int) -> NodeAtSite:
    return new_node(home, "box-1")


def readings(n: int, start_us: int) -> dict[str, Any]:
    return {
        "readings": Readings.of([0] * n, start_us + np.arange(n) * SECOND, np.full(n, 1.5)),
        "keys": ("gas-1",),
    }


def now_us() -> int:
    return int(time.time() * 1e6)


def test_a_token_enrols_one_node_once(home: int, sign_in: Any, as_superuser: psycopg.Connection[Any]) -> None:
    client = sign_in("safety_manager")
    made = client.post("/api/edge/nodes", {"organisation_id": home, "name": "boiler-house"})
    assert made.status_code == 201
    token = made.json()["token"]
    stored = as_superuser.execute("SELECT token_sha256 FROM edge_edgenode WHERE name = 'boiler-house'").fetchone()
    assert stored == (hashlib.sha256(token.encode()).hexdigest(),)  # the token itself is nowhere
    assert enrol(token, Ed25519PrivateKey.generate()).json()["name"] == "boiler-house"
    again = enrol(token, Ed25519PrivateKey.generate())
    assert (again.status_code, again.json()["code"]) == (404, "unknown_token")
    assert client.post("/api/edge/nodes", {"organisation_id": home, "name": "boiler-house"}).status_code == 409


def test_a_token_that_has_run_out_or_a_key_that_is_not_held_enrols_nothing(
    home: int, as_superuser: psycopg.Connection[Any]
) -> None:
    token = actions.open_node(Actor.platform(), EdgeNodeIn(organisation_id=home, name="late")).token
    public = public_text(Ed25519PrivateKey.generate())
    proof = encoded(Ed25519PrivateKey.generate().sign(enrolment_proof(token, public)))
    body = {"token": token, "public_key": public, "proof": proof}
    assert Client().post("/api/edge/enrol", body, content_type="application/json").json()["code"] == "bad_proof"
    as_superuser.execute("UPDATE edge_edgenode SET token_until = now() - interval '1 second' WHERE name = 'late'")
    assert enrol(token, Ed25519PrivateKey.generate()).status_code == 404


def test_a_batch_is_taken_once_and_its_alarm_raised_once(
    node: NodeAtSite, as_superuser: psycopg.Connection[Any]
) -> None:
    event = Event.of(
        detector="limits",
        channel="gas-1",
        kind="high_high",
        state="raised",
        since=now_us(),
        at=now_us(),
        value=55.0,
        limit=50.0,
        unit="%LEL",
        deviation=None,
        sureness=0.99,
        reason_zh="甲烷超过高高报",
        reason_en="methane above high-high",
    )
    from yufang.edge.rules import plain

    first, again = (node.send("events", 0, events=(plain(event),)).json() for _ in range(2))
    assert (first["again"], first["events"], again["again"]) == (False, 1, True)
    assert first["missing"] == []
    count = "SELECT count(*) FROM sensing_episode WHERE episode = %s"
    assert as_superuser.execute(count, [event.episode]).fetchone() == (1,)
    alerts = "SELECT count(*) FROM sensing_episode WHERE episode = %s AND alert_id IS NOT NULL"
    assert as_superuser.execute(alerts, [event.episode]).fetchone() == (1,)


def test_what_is_missing_is_told_until_it_comes_or_is_known_to_be_gone(node: NodeAtSite) -> None:
    start = now_us() - 600 * SECOND
    assert node.send("readings", 0, **readings(3, start)).json()["missing"] == []
    assert node.send("readings", 4, **readings(3, start + 40 * SECOND)).json()["missing"] == [[1, 3]]
    lanes = {"events": {"first": 0, "next": 1}, "readings": {"first": 0, "next": 7}}
    assert node.report(lanes=lanes).json()["missing"]["readings"] == [[1, 3], [5, 6]]
    assert node.send("readings", 2, **readings(3, start + 20 * SECOND)).json()["missing"] == [[1, 1], [3, 3]]
    gone = node.report(lanes=lanes, gone={"readings": [[3, 3]]}).json()["missing"]["readings"]
    assert gone == [[1, 1], [5, 6]]
    assert node.send("readings", 1, **readings(3, start + 10 * SECOND)).json()["missing"] == []


def test_an_old_outbox_and_a_new_one_do_not_take_each_other_for_the_same(node: NodeAtSite) -> None:
    """A node whose disk was replaced counts from 0 again: its batches are new."""
    body = encode(EdgeBatch("readings", 0, **readings(2, now_us() - 90 * SECOND)))
    target = "/api/edge/batches?lane=readings&sequence=0&epoch=feed01"
    assert node.ask("POST", target, body).json() | {"refused": 0} == {
        "again": False,
        "readings": 2,
        "events": 0,
        "refused": 0,
        "missing": [],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"body": b'{"epoch": "abc123", "lanes": {}, "health": {"forged": 1}}'},
        {"target": "/api/edge/report?x=1"},
        {"key": Ed25519PrivateKey.generate()},
    ],
    ids=["body", "address", "key"],
)
def test_a_forged_request_is_refused_and_changes_nothing(
    node: NodeAtSite, as_superuser: psycopg.Connection[Any], change: dict[str, Any]
) -> None:
    before = as_superuser.execute("SELECT signed_us, health FROM edge_edgenode WHERE id = %s", [node.id]).fetchone()
    answer = node.ask("POST", "/api/edge/report", b'{"epoch": "abc123", "lanes": {}}', forged=change)
    assert (answer.status_code, answer.json()["code"]) == (401, "edge_signature")
    after = as_superuser.execute("SELECT signed_us, health FROM edge_edgenode WHERE id = %s", [node.id]).fetchone()
    assert after == before


def test_a_recorded_request_is_refused_and_an_old_one_too(node: NodeAtSite) -> None:
    body, at = b'{"epoch": "abc123", "lanes": {}}', now_us()
    assert node.ask("POST", "/api/edge/report", body, at_us=at).status_code == 200
    again = node.ask("POST", "/api/edge/report", body, at_us=at)
    assert (again.status_code, again.json()["code"]) == (401, "edge_repeated")
    old = node.ask("POST", "/api/edge/report", body, at_us=now_us() - 3600 * SECOND)
    assert (old.status_code, old.json()["code"]) == (401, "edge_time")


def test_a_closed_node_is_heard_no_more_and_a_new_key_ends_the_old_one(home: int, sign_in: Any) -> None:
    node, client = new_node(home, "moved"), sign_in("safety_manager")
    token = client.post(f"/api/edge/nodes/{node.id}/token").json()["token"]
    assert node.report().status_code == 200  # the old computer works until the new one enrols
    fresh = Ed25519PrivateKey.generate()
    assert enrol(token, fresh).status_code == 200
    assert node.report().status_code == 401
    other = NodeAtSite(node.id, fresh)
    assert other.report().status_code == 200
    assert client.post(f"/api/edge/nodes/{node.id}/close").status_code == 204
    assert other.report().status_code == 401


def test_a_batch_that_is_none_is_refused_with_its_field(node: NodeAtSite) -> None:
    target = f"/api/edge/batches?lane=readings&sequence=90&epoch={EPOCH}"
    refused = node.ask("POST", target, b"YFB1" + b"\xff" * 40)
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, "no_batch", "header")
    other = encode(EdgeBatch("readings", 91, Readings.empty(), ()))
    assert node.ask("POST", target, other).json()["code"] == "other_batch"
    assert node.ask("POST", target, b"x" * (2 * 1024 * 1024 + 1)).status_code == 413


def test_a_bundle_goes_to_nodes_only_when_a_trusted_key_signed_it(
    home: int, node: NodeAtSite, sign_in: Any, tmp_path: Path
) -> None:
    client, key = sign_in("safety_manager"), Ed25519PrivateKey.generate()
    (tmp_path / "rules.yaml").write_text("rules: [{kind: limits}]", "utf-8")
    made = make_bundle(tmp_path, key, kind="rules", name="gas", version=1, made_at=datetime(2026, 11, 1, tzinfo=UTC))

    def upload(content: bytes) -> Any:
        sent = SimpleUploadedFile("rules.json", content, content_type="application/json")
        token = client.cookies["csrftoken"].value
        path = "/api/edge/bundles"
        return Client.post(client, path, {"file": sent, "enterprise_id": home}, headers={"X-CSRFToken": token})

    assert upload(made).json()["field"] == "signer"
    trusted = {"enterprise_id": home, "name": "safety office", "public_key": public_text(key)}
    assert client.post("/api/edge/signers", trusted).status_code == 201
    forged = made.replace(base64.b64encode(b"rules: [{kind: limits}]"), base64.b64encode(b"rules: [{kind: nothing}]"))
    assert upload(forged).json()["field"] == "files"
    kept = upload(made).json()
    wanted = client.put(f"/api/edge/nodes/{node.id}/desired", {"batch_s": 20, "bundles": [kept["sha256"]]}).json()
    assert (wanted["desired_version"], wanted["as_desired"]) == (1, False)
    desired = node.report().json()["desired"]
    assert desired["settings"] == {"batch_s": 20.0}
    assert [bundle["sha256"] for bundle in desired["bundles"]] == [kept["sha256"]]
    assert node.ask("GET", f"/api/edge/bundles/{kept['sha256']}").content == made
    node.report(reported={"desired_version": 1, "bundles": [{"sha256": kept["sha256"], "version": 1}]})
    assert client.get(f"/api/edge/nodes/{node.id}").json()["as_desired"] is True
    assert client.put(f"/api/edge/nodes/{node.id}/desired", {"bundles": ["0" * 64]}).json()["code"] == "unknown_bundle"


def test_a_node_and_a_person_of_another_enterprise_get_nothing(
    home: int, node: NodeAtSite, as_superuser: psycopg.Connection[Any]
) -> None:
    other_id, other = as_superuser.execute(
        "SELECT id, path FROM accounts_organisation WHERE kind = 'enterprise' AND id <> %s ORDER BY id", [home]
    ).fetchone()
    theirs = new_node(other_id, "theirs")
    as_superuser.execute(
        "INSERT INTO edge_edgebundle (path, enterprise_id, kind, name, version, sha256, signer, content) "
        "SELECT path, enterprise_id, 'rules', 'x', 1, repeat('a', 64), '', 'secret' FROM edge_edgenode WHERE id = %s",
        [node.id],
    )
    assert theirs.ask("GET", f"/api/edge/bundles/{'a' * 64}").status_code == 404
    stranger = Actor.platform(scope=other)
    for act in (actions.renew_token, actions.close_node):
        with pytest.raises(Refused) as refusal:
            act(stranger, node.id)
        assert refusal.value.status == 404
    with pytest.raises(Refused):
        actions.add_bundle(stranger, home, b"")


def test_the_page_of_nodes_shows_how_they_stand(home: int, node: NodeAtSite, sign_in: Any) -> None:
    node.report(health={"outbox": {"disk_full": True}}, troubles=[{"source": "plc", "zh": "断开", "en": "lost"}])
    page = sign_in("safety_manager").get("/api/edge/nodes", {"enterprise_id": home}).json()
    mine = next(one for one in page["nodes"] if one["id"] == node.id)
    assert mine["health"]["outbox"]["disk_full"] is True
    assert mine["health"]["troubles"][0]["source"] == "plc"
    assert mine["last_seen"] is not None
    assert sign_in("team_leader").post("/api/edge/nodes", {"organisation_id": home, "name": "x"}).status_code == 403


ranges = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda t: (t[0], t[0] + t[1])), max_size=6)


@given(ranges, ranges)
def test_ranges_are_sets_of_numbers(some: list[tuple[int, int]], taken: list[tuple[int, int]]) -> None:
    def numbers(found: list[tuple[int, int]]) -> set[int]:
        return {n for first, last in found for n in range(first, last + 1)}

    assert numbers(joined(some)) == numbers(some)
    left = without(some, taken)
    assert numbers(left) == numbers(some) - numbers(taken)
    assert all(b + 1 < c for (_, b), (c, _) in pairwise(left))
