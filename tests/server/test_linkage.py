"""The linkage desk: the queue, a person's word, clusters with history."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.server.conftest import signed_in
from tests.server.made import make_run

AT = datetime(2026, 6, 30)


@pytest.fixture(scope="module")
def linked(empty_database: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A region whose lake was linked with two registers: sure pairs and uncertain ones."""
    from yufang.lake import Lake
    from yufang.lake.linkage.corruption import corrupted, made_employers
    from yufang.lake.linkage.store import link_lake
    from yufang.server.loading import admit_demo_accounts, load_results
    from yufang.server.scope import Actor

    folder = make_run(tmp_path_factory.mktemp("linked"))
    rows = corrupted(made_employers(120, 3), 260, 4).drop("entity", "source")
    link_lake(Lake(folder / "lake"), "employers", [("registers.csv", rows)], at=AT)
    loaded = load_results(folder, Actor.platform())
    admit_demo_accounts(Actor.platform(), loaded.region_id)
    return folder


def _queue(client: Any, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/api/linkage/pairs", {"size": 100, **query}).json()["items"]
    return items


def _size(client: Any, cluster: str) -> int:
    return len(client.get(f"/api/linkage/clusters/{cluster}").json()["members"])


def test_the_queue_comes_with_the_most_useful_pair_first(linked: Path) -> None:
    items = _queue(signed_in("coder"))
    gains = [item["gain"] for item in items]
    assert len(items) > 3
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0


def test_a_pair_shows_both_records_and_what_each_field_weighs(linked: Path) -> None:
    client = signed_in("coder")
    detail = client.get(f"/api/linkage/pairs/{_queue(client)[0]['id']}").json()
    name = next(field for field in detail["fields"] if field["field"] == "name")
    assert name["left"]
    assert name["right"]
    assert name["level_zh"] != name["level_en"]
    told = sum(field["bits"] for field in detail["fields"]) + detail["prior_bits"]
    assert told == pytest.approx(detail["weight"], abs=0.01)
    assert detail["synthetic"]


def test_different_keeps_two_apart_and_same_joins_them_again(linked: Path, as_superuser: Any) -> None:
    client = signed_in("coder")
    # Two alone in their cluster: in a larger one others may move with them.
    for pair in _queue(client, state="accepted"):
        before = client.get(f"/api/linkage/pairs/{pair['id']}").json()
        if pair["probability"] > 0.99 and _size(client, before["left_cluster"]) == 2:
            break
    assert before["left_cluster"] == before["right_cluster"]

    apart = client.post(f"/api/linkage/pairs/{pair['id']}/words", {"same": False, "note": "两家独立法人"}).json()
    assert apart["state"] == "different"
    assert apart["left_cluster"] != apart["right_cluster"]
    assert apart["decisions"][0]["note"] == "两家独立法人"

    told = client.get(f"/api/linkage/clusters/{before['left_cluster']}").json()["changes"]
    assert told[0]["event"] == "split"
    assert told[0]["by"]

    again = client.post(f"/api/linkage/pairs/{pair['id']}/words", {"same": True, "note": ""}).json()
    assert again["left_cluster"] == again["right_cluster"]
    assert again["left_cluster"] in (apart["left_cluster"], apart["right_cluster"])
    actions = as_superuser.execute("SELECT count(*) FROM ledger_leaf WHERE action = 'linkage.decided'").fetchone()
    assert actions == (2,)


def test_an_uncertain_pair_called_the_same_leaves_the_queue_and_merges(linked: Path) -> None:
    client = signed_in("coder")
    # One that stands alone and has no code: it can join the other's cluster without driving anyone out.
    found = []
    for row in _queue(client):
        detail = client.get(f"/api/linkage/pairs/{row['id']}").json()
        code = next(field for field in detail["fields"] if field["field"] == "credit_code")
        alone = [s for s in ("left", "right") if _size(client, detail[f"{s}_cluster"]) == 1 and not code[s]]
        if alone and detail["left_cluster"] != detail["right_cluster"]:
            found.append((row, detail))
    row, detail = found[0]
    after = client.post(f"/api/linkage/pairs/{row['id']}/words", {"same": True, "note": ""}).json()
    assert after["left_cluster"] == after["right_cluster"]
    assert row["id"] not in {item["id"] for item in _queue(client)}
    gone = {detail["left_cluster"], detail["right_cluster"]} - {after["left_cluster"]}
    history = client.get(f"/api/linkage/clusters/{gone.pop()}").json()
    assert history["members"] == []
    assert history["changes"][0]["event"] == "merged"


def test_a_new_load_keeps_what_people_decided(linked: Path, as_superuser: Any) -> None:
    """Scored again with another model, the pair that a person parted stays parted."""
    from yufang.lake import Lake
    from yufang.lake.linkage.linking import kind_of
    from yufang.lake.linkage.model import starting_model
    from yufang.lake.linkage.store import link_lake
    from yufang.server.loading import load_results
    from yufang.server.scope import Actor

    client = signed_in("coder")
    pair = _queue(client, state="accepted")[-1]
    parted = client.post(f"/api/linkage/pairs/{pair['id']}/words", {"same": False, "note": ""}).json()
    rows = pl.read_parquet(next((linked / "lake/linkage/employers").glob("records-*.parquet")))
    rows = rows.filter(pl.col("source") == "registers.csv").with_columns(pl.col("record_id").str.split("#").list.last())
    model = starting_model(kind_of("employers"))
    link_lake(Lake(linked / "lake"), "employers", [("registers.csv", rows)], at=AT, model=model)
    load_results(linked, Actor.platform())
    clusters = dict(
        as_superuser.execute(
            "SELECT key, cluster FROM linkage_record WHERE key = ANY(%s)", [[parted["left_key"], parted["right_key"]]]
        ).fetchall()
    )
    assert len(set(clusters.values())) == len(clusters)
    states = {item["state"] for item in _queue(client, state="different")}
    assert states <= {"different"}


def test_enterprises_people_may_not_look(linked: Path) -> None:
    client = signed_in("safety_manager")
    for path in ("pairs", "counts", "pairs/1", "clusters/C1"):
        assert client.get(f"/api/linkage/{path}").status_code == 403
    assert client.post("/api/linkage/pairs/1/words", {"same": True}).status_code == 403


def test_the_ledger_still_proves_every_decision(linked: Path, as_superuser: Any) -> None:
    from yufang.server.ledger.verification import verify_database
    from yufang.server.scope import Actor, scoped

    with scoped(Actor.platform()):
        assert verify_database().ok
    as_superuser.execute(
        "UPDATE linkage_pairdecision SET same = NOT same WHERE id = (SELECT min(id) FROM linkage_pairdecision)"
    )
    with scoped(Actor.platform()):
        assert not verify_database().ok
