"""A node's channel register: its channels are there without hand work, a person's word stands, inventions don't fit."""

from __future__ import annotations

import json
import time
import zlib
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.server.test_edge import NodeAtSite, new_node, now_us, readings
from yufang.server.accounts.models import Person
from yufang.server.edge import actions as edge
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions, queries
from yufang.server.sensing.contracts import SensingChannelIn, SensingChannelOut


@pytest.fixture(scope="module")
def home(region: Any) -> int:
    with scoped(Actor.platform()):
        return int(Person.objects.get(username="safety_manager").organisation_id)


@pytest.fixture(scope="module")
def node(home: int) -> NodeAtSite:
    return new_node(home, "plant")


def row(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "device": "plc", "quantity": "gas:ch4", "unit": "%LEL", "low": 0, "high": 100} | more


def packed(rows: list[Any]) -> bytes:
    return zlib.compress(json.dumps({"channels": rows}).encode())


def register(node: NodeAtSite, rows: list[Any]) -> Any:
    answer = node.ask("POST", "/api/edge/register", packed(rows))
    assert answer.status_code == 200, answer.content
    return answer.json()


def channel(home: int, key: str) -> SensingChannelOut:
    with scoped(Actor.platform()):
        return next(c for c in queries.channels(home, slice(0, 9999), words=key).items if c.key == key)


def leaves(as_superuser: psycopg.Connection[Any]) -> int:
    found = "SELECT count(*) FROM ledger_leaf WHERE action = 'sensing.channels_registered'"
    return int((as_superuser.execute(found).fetchone() or (0,))[0])


def counts(answer: Any) -> tuple[int, ...]:
    return tuple(answer[name] for name in ("opened", "changed", "closed", "same", "kept", "refused"))


def test_a_register_opens_changes_and_closes_and_the_same_again_does_nothing(
    home: int, node: NodeAtSite, as_superuser: psycopg.Connection[Any]
) -> None:
    first = [row("r-1"), row("r-2", limits=[{"kind": "high", "value": 20.0, "source": "site rule"}]), row("r-3")]
    first += [row("r-pulse", quantity="heart_rate", unit="bpm", limits="none")]
    assert counts(register(node, first)) == (4, 0, 0, 0, 0, 0)
    assert counts(register(node, first)) == (0, 0, 0, 4, 0, 0)
    assert leaves(as_superuser) == 1, "one leaf, none for what changes nothing"
    one, own = channel(home, "r-1"), channel(home, "r-2")
    assert [limit.kind for limit in one.limits] == ["high", "high_high"], "the limits of the standards of its day"
    assert [(limit.value, limit.source) for limit in own.limits] == [(20.0, "site rule")]
    assert channel(home, "r-pulse").personal
    assert counts(register(node, [row("r-1", name_zh="泵房甲烷"), first[1]])) == (0, 1, 2, 1, 0, 0)
    assert (channel(home, "r-1").name_zh, channel(home, "r-3").closed) == ("泵房甲烷", True)
    assert counts(register(node, first[:3])) == (0, 1, 0, 2, 0, 0), "it comes back when the node has it again"
    assert leaves(as_superuser) == 3


def test_readings_of_a_registered_channel_come_to_its_chart(home: int, node: NodeAtSite) -> None:
    register(node, [row("r-1"), row("flow", quantity="flow", unit="m^3/h")])
    at = now_us() - 60_000_000
    sent = node.send("readings", 0, **(readings(5, at) | {"keys": ("flow",)})).json()
    assert (sent["readings"], sent["refused"]) == (5, 0)
    assert channel(home, "flow").last_value == 1.5


def test_the_report_asks_for_a_register_that_is_not_known_yet(node: NodeAtSite) -> None:
    register(node, [row("r-1")])
    known = edge.EdgeNode.objects
    with scoped(Actor.platform()):
        sha256 = known.get(id=node.id).register["sha256"]
    asked = [node.report(channels_sha256=one).json()["register_wanted"] for one in (sha256, "0" * 64, None)]
    assert asked == [False, True, False]


def test_what_a_person_registered_stands_and_another_nodes_channel_is_not_taken(home: int, node: NodeAtSite) -> None:
    body = SensingChannelIn(organisation_id=home, key="mine", device="d", quantity="gas:h2s", unit="ppm", name_zh="人")
    actions.put_channel(Actor.platform(), body)
    register(node, [row("r-1"), row("r-9")])
    taken = SensingChannelIn(organisation_id=home, key="r-9", device="plc", quantity="gas:ch4", unit="%LEL", high=50)
    actions.put_channel(Actor.platform(), taken)  # a person takes it over
    answer = register(node, [row("mine", quantity="gas:h2s", unit="ppm"), row("r-9"), row("mine-2")])
    assert counts(answer) == (1, 0, 1, 0, 2, 0)
    assert (channel(home, "mine").name_zh, channel(home, "r-9").high) == ("人", 50.0)
    assert counts(register(node, [row("r-1")]))[2] == 1
    assert not channel(home, "r-9").closed, "nor is it closed when the node has it no more"
    other = new_node(home, "other")
    refused = register(other, [row("r-1"), row("mine")])["refusals"]
    assert [(r["rule"], r["channel"]) for r in refused] == [("other_node", "r-1"), ("persons", "mine")]
    assert "另一个节点" in refused[0]["reason_zh"]
    edge.close_node(Actor.platform(), node.id)
    assert counts(register(other, [row("r-1")])) == (0, 1, 0, 0, 0, 0), "the heir of a closed node goes on"


def test_a_bad_row_is_refused_alone_with_its_reason(home: int) -> None:
    node = new_node(home, "sloppy")
    rows: list[Any] = [
        *(row("ok-1"), row("ok-1"), row("bad-unit", unit="parsec/hour/cow"), row("bad-range", low=5, high=5)),
        *(row("limit", limits=[{"kind": "high", "value": "NaN"}]), row(""), "no object", row("x", colour="red")),
    ]
    answer = register(node, rows)
    assert (answer["opened"], answer["refused"]) == (1, 7)
    assert all(r["reason_zh"] and r["reason_en"] for r in answer["refusals"])
    readings_first = node.send("readings", 0, **(readings(2, now_us() - 9_000_000) | {"keys": ("ok-1",)}))
    assert readings_first.json()["readings"] == 2
    again = register(node, [row("ok-1", unit="%vol")])
    assert [(r["rule"], r["field"]) for r in again["refusals"]] == [("unit_in_use", "unit")]
    assert not channel(home, "ok-1").closed


def test_a_million_invented_keys_are_refused_at_no_cost(home: int, as_superuser: psycopg.Connection[Any]) -> None:
    node = new_node(home, "liar")
    before = as_superuser.execute("SELECT count(*) FROM sensing_channel").fetchone()
    body = zlib.compress(b'{"channels":[' + b",".join(b'{"key":"%d"}' % n for n in range(1_000_000)) + b"]}", 1)
    began = time.process_time()
    answer = node.ask("POST", "/api/edge/register", body)
    assert time.process_time() - began < 1.0
    assert (answer.status_code, answer.json()["code"]) in ((413, "too_large"), (422, "register_refused"))
    few = node.ask("POST", "/api/edge/register", packed([row(f"k{n}") for n in range(5_001)]))
    assert (few.status_code, few.json()["code"]) == (422, "register_refused")
    assert "5000" in few.json()["message_zh"]
    assert as_superuser.execute("SELECT count(*) FROM sensing_channel").fetchone() == before
    for broken in (b"", b"none", zlib.compress(b"[]"), zlib.compress(b'{"channels": 3}')):
        assert node.ask("POST", "/api/edge/register", broken).status_code in (401, 422)


def test_five_thousand_channels_are_one_register(home: int) -> None:
    node = new_node(home, "large")
    rows = [row(f"large-{n}", device=f"plc-{n // 16}", x=float(n), y=1.0) for n in range(5_000)]
    assert counts(register(node, rows))[:1] == (5_000,)
    rows[7] = row("large-7", device="plc-0", high=40)
    assert counts(register(node, rows)) == (0, 1, 0, 4_999, 0, 0)


def test_a_register_that_is_not_signed_is_refused(home: int, node: NodeAtSite) -> None:
    key = Ed25519PrivateKey.generate()
    body = packed([row("forged")])
    assert node.ask("POST", "/api/edge/register", body, forged={"key": key}).status_code == 401
    altered = {"body": packed([row("altered")])}
    assert new_node(home, "honest").ask("POST", "/api/edge/register", body, forged=altered).status_code == 401
