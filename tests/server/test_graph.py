"""The graph's room: facts come with a run, questions follow what people decide, nobody else reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest

from tests.server.conftest import signed_in
from tests.server.graph_world import known_graph, write_graph
from tests.server.made import make_run


@pytest.fixture(scope="module")
def charted(empty_database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A region whose run left a graph."""
    from yufang.server.loading import admit_demo_accounts, load_results
    from yufang.server.scope import Actor

    folder = write_graph(make_run(tmp_path_factory.mktemp("charted")))
    loaded = load_results(folder, Actor.platform())
    admit_demo_accounts(Actor.platform(), loaded.region_id)
    return folder


def _candidates(client: Any, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/api/graph/candidates", {"size": 100, **query}).json()["items"]
    return items


def _origins(client: Any, candidate: dict[str, Any]) -> set[str]:
    detail = client.get("/api/graph/node", {"id": candidate["source"]["id"]}).json()
    ends = (candidate["source"]["id"], candidate["relation"], candidate["target"]["id"])
    return {f["origin"] for f in detail["facts"] if (f["source"], f["relation"], f["target"]) == ends}


@pytest.mark.parametrize("text", ["池边滑倒溺水", "slip and drowning at a pool edge"])
def test_an_incident_in_words_shows_its_circle(charted: Path, text: str) -> None:
    circle = signed_in().get("/api/graph/explore", {"text": text}).json()
    around = {node["id"].rpartition("/")[2] for node in circle["nodes"]}
    assert {"smooth_floor", "cleaning_regime", "no_guard", "poor_lighting", "no_watch"} <= around
    ends = {node["id"] for node in circle["nodes"]}
    assert all(fact["source"] in ends and fact["target"] in ends for fact in circle["facts"])
    assert all(fact["provenance"] for fact in circle["facts"])


def test_a_factor_keeps_its_own_nodes_and_the_incidents(charted: Path) -> None:
    circle = signed_in().get("/api/graph/explore", {"text": "池边滑倒溺水", "factor": "human"}).json()
    assert {node["factor"] for node in circle["nodes"] if node["hops"]} == {"", "human"}


def test_a_text_about_nothing_known_is_answered_with_the_way_out(charted: Path) -> None:
    answer = signed_in().get("/api/graph/explore", {"text": "zzzz qqqq"})
    assert answer.status_code == 422
    assert "zzzz" in answer.json()["message_zh"]
    assert "search" in answer.json()["message_en"]


def test_a_node_opens_with_facts_chains_cases_and_clauses(charted: Path) -> None:
    detail = signed_in().get("/api/graph/node", {"id": "hazard:shop/TS-01"}).json()
    assert detail["node"]["label_zh"] == "光幕侧面留有盲区"
    assert detail["clauses"][0]["id"] == "clause:GB 27607-2011"
    shown = next(chain for chain in detail["chains"] if chain["origin"] == "case")
    assert shown["support"] == 40
    assert shown["lost_days"] == 1200
    assert detail["cases"][0]["id"] is not None  # opens the case desk
    assert {fact["origin"] for fact in detail["facts"]} == {"pack", "case"}


def test_paths_lead_from_the_press_to_the_injury_and_count_the_cases_that_showed_them(charted: Path) -> None:
    ways = signed_in().get("/api/graph/paths", {"start": "equipment:shop/press"}).json()
    best = ways[0]
    assert best["shown"] == 40
    assert best["nodes"][0]["kind"] == "equipment"
    assert best["nodes"][-1]["kind"] in ("accident_type", "injury")


def test_two_cases_are_bound_by_what_they_share(charted: Path) -> None:
    bond = signed_in().get("/api/graph/links", {"one": "C000001", "other": "C000002"}).json()
    middles = [way[1]["id"] for way in bond["ways"] if len(way) == 3]
    assert "hazard:shop/TS-01" in middles
    assert not any(node["kind"] == "case" for way in bond["ways"] for node in way[1:-1])


def test_a_measure_says_what_it_would_cut(charted: Path) -> None:
    cut = signed_in().get("/api/graph/cuts", {"measure": "measure:shop/TS-01/1"}).json()
    assert [node["id"] for node in cut["controls"]] == ["hazard:shop/TS-01"]
    assert cut["cases"] == 40
    assert cut["lost_days"] == 1200
    assert cut["left"] > 0  # other rows of the press lead to the same harm


def test_candidates_wait_and_are_no_facts(charted: Path) -> None:
    client = signed_in()
    waiting = _candidates(client)
    assert waiting
    assert all(c["lift_low"] > 1 and c["shown"] >= 5 and c["state"] == "waiting" for c in waiting)
    assert all("expert" not in _origins(client, c) for c in waiting[:3])


def test_a_yes_makes_a_fact_and_a_later_no_takes_it_away(charted: Path, as_superuser: psycopg.Connection[Any]) -> None:
    client = signed_in()
    one = _candidates(client)[0]
    before = client.get("/api/graph").json()
    words = f"/api/graph/candidates/{one['id']}/words"
    accepted = client.post(words, {"accepted": True, "reason": "与现场一致"}).json()
    assert accepted["state"] == "accepted"
    assert accepted["words"][0]["by"]
    assert "expert" in _origins(client, one)
    assert client.get("/api/graph").json()["facts"] == before["facts"] + 1
    assert client.get("/api/graph").json()["waiting"] == before["waiting"] - 1

    refused = client.post(words, {"accepted": False, "reason": "样本只来自一家企业"}).json()
    assert [word["accepted"] for word in refused["words"]] == [False, True]
    assert "expert" not in _origins(client, one)
    leaf = as_superuser.execute(
        "SELECT convert_from(data, 'UTF8') FROM ledger_leaf WHERE action = 'graph.decided' ORDER BY index DESC"
    ).fetchone()
    assert leaf is not None
    assert one["source"]["id"] in leaf[0]
    assert "样本" not in leaf[0]  # the reason's hash only


def test_a_word_needs_a_reason(charted: Path) -> None:
    client = signed_in()
    one = _candidates(client)[0]
    answer = client.post(f"/api/graph/candidates/{one['id']}/words", {"accepted": True, "reason": " "})
    assert answer.status_code == 422
    assert answer.json()["field"] == "reason"
    assert _candidates(client)[0]["state"] == "waiting"


def test_loading_again_changes_nothing_and_a_new_run_keeps_what_people_decided(charted: Path) -> None:
    from yufang.server.accounts.models import Organisation
    from yufang.server.graph import actions
    from yufang.server.graph.models import Fact, Graph
    from yufang.server.scope import Actor, scoped

    client = signed_in()
    one = _candidates(client)[0]
    client.post(f"/api/graph/candidates/{one['id']}/words", {"accepted": True, "reason": "成立"})
    platform = Actor.platform()
    with scoped(platform):
        region = Organisation.objects.get(pk=Graph.objects.get().region_id)
        stood = Graph.objects.get().revision
    actions.load_kept(platform, region, charted, True)
    with scoped(platform):
        assert Graph.objects.get().revision == stood
    known = known_graph()
    dropped = next(e for e in known.edges() if e.relation == "watched_by" or e.relation == "governed_by")
    known.forget([dropped])
    actions.load(platform, region, known, True)
    with scoped(platform):
        graph = Graph.objects.get()
        assert graph.revision == stood + 1
        moved = Fact.objects.filter(changed=graph.revision)
        assert [(f.source, f.relation, f.gone) for f in moved] == [(dropped.source, dropped.relation, True)]
    assert "expert" in _origins(client, one)
    assert one["id"] in {c["id"] for c in _candidates(client, state="accepted")}


@pytest.mark.parametrize("format", ["graphml", "turtle", "neo4j", "csv"])
def test_the_graph_leaves_as_a_file(charted: Path, format: str) -> None:
    answer = signed_in().get("/api/graph/export", {"format": format})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    if format == "graphml":
        tree = ElementTree.fromstring(answer.content)
        facts = signed_in().get("/api/graph").json()["facts"]
        assert len(tree.findall(".//{*}edge")) == facts


def test_people_of_an_enterprise_read_nothing_of_it(charted: Path) -> None:
    client = signed_in("safety_manager")
    for route in ("", "/search?q=x", "/explore?text=x", "/node?id=x", "/candidates", "/export"):
        assert client.get(f"/api/graph{route}").status_code == 403
    assert client.post("/api/graph/candidates/1/words", {"accepted": True, "reason": "ok"}).status_code == 403


def test_who_may_look_may_not_decide(charted: Path) -> None:
    client = signed_in("auditor")
    one = _candidates(client, state="")[0]
    answer = client.post(f"/api/graph/candidates/{one['id']}/words", {"accepted": True, "reason": "成立"})
    assert answer.status_code == 403
