"""The ledger in the database: whoever changes what was written is found out, and where."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from yufang.ledger import verify_inclusion
from yufang.server.ledger.actions import keep_checkpoint
from yufang.server.ledger.verification import verify_database
from yufang.server.scope import Actor, scoped

SUPER = psycopg.Connection[Any]


@pytest.fixture
def answered(sign_in: Any) -> int:
    """An answer with a note; gives the index of its leaf."""
    client = sign_in("supervisor")
    rows = client.get("/api/enterprises").json()["items"]
    for row in rows:
        for point in client.get(f"/api/enterprises/{row['id']}/hazard-points").json():
            if point["status"] == "open":
                body = {"result": "confirmed", "note": "护罩缺失"}
                return client.post(f"/api/hazard-points/{point['id']}/answers", body).json()["ledger_index"]
    raise AssertionError("no open point is left")


def verified() -> Any:
    with scoped(Actor.platform()):
        return verify_database()


@pytest.fixture
def restored(as_superuser: SUPER) -> Any:
    """Put the log back as it was, whatever a test did to it."""
    tables = ("ledger_leaf", "ledger_checkpoint", "deduction_answer", "warning_step")
    for table in tables:
        as_superuser.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
    yield
    for table in tables:
        as_superuser.execute(f"DELETE FROM {table}")
        as_superuser.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        as_superuser.execute(f"DROP TABLE kept_{table}")
    assert verified().ok


def test_an_untouched_log_verifies(answered: int) -> None:
    result = verified()
    assert (result.ok, result.first_bad_index) == (True, None)
    assert result.size > answered


@pytest.mark.usefixtures("restored")
def test_changed_bytes_are_named(answered: int, as_superuser: SUPER) -> None:
    as_superuser.execute(
        "UPDATE ledger_leaf SET data = convert_to(replace(convert_from(data, 'UTF8'), 'confirmed', 'not_found'), "
        "'UTF8') WHERE index >= %s AND action = 'deduction.answered'",
        [answered],
    )
    result = verified()
    assert (result.ok, result.first_bad_index) == (False, answered)
    assert str(answered) in result.reason


@pytest.mark.usefixtures("restored")
def test_a_removed_leaf_is_named(answered: int, as_superuser: SUPER) -> None:
    as_superuser.execute("DELETE FROM ledger_leaf WHERE index = %s", [answered - 1])
    result = verified()
    assert (result.ok, result.first_bad_index) == (False, answered - 1)


@pytest.mark.usefixtures("restored")
def test_a_leaf_rewritten_with_its_hash_is_given_away_by_the_checkpoint(answered: int, as_superuser: SUPER) -> None:
    keep_checkpoint(Actor.platform())
    as_superuser.execute(
        "UPDATE ledger_leaf SET data = 'forged', leaf_hash = sha256('\\x00'::bytea || 'forged'::bytea) "
        "WHERE index = %s",
        [answered],
    )
    result = verified()
    assert not result.ok
    assert "rewritten" in result.reason
    assert result.first_bad_index <= answered


@pytest.mark.usefixtures("restored")
def test_a_log_cut_short_is_given_away_by_the_checkpoint(answered: int, as_superuser: SUPER) -> None:
    keep_checkpoint(Actor.platform())
    as_superuser.execute("DELETE FROM ledger_leaf WHERE index >= %s", [answered])
    as_superuser.execute("DELETE FROM deduction_answer WHERE ledger_index >= %s", [answered])
    result = verified()
    assert (result.ok, result.first_bad_index) == (False, answered)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("change", ["result = 'not_found'", "note = '一切正常'"])
def test_a_business_row_changed_behind_the_back_is_named_by_its_leaf(
    answered: int, as_superuser: SUPER, change: str
) -> None:
    as_superuser.execute(f"UPDATE deduction_answer SET {change} WHERE ledger_index = %s", [answered])
    result = verified()
    assert (result.ok, result.first_bad_index) == (False, answered)


def test_every_entry_proves_that_it_is_in_the_log(answered: int, sign_in: Any) -> None:
    client = sign_in("auditor")
    checkpoint = client.get("/api/ledger/checkpoint").json()
    for index in {0, answered, checkpoint["size"] - 1}:
        proof = client.get(f"/api/ledger/entries/{index}/proof").json()
        assert proof["root_hash"] == checkpoint["root_hash"]
        path = [bytes.fromhex(step) for step in proof["path"]]
        root, leaf = bytes.fromhex(proof["root_hash"]), bytes.fromhex(proof["leaf_hash"])
        assert verify_inclusion(leaf, index, proof["size"], path, root)
    assert client.post("/api/ledger/verify").json()["ok"]
    assert client.get("/api/ledger/entries/999999/proof").status_code == 404


def test_only_those_who_may_read_the_ledger_do(sign_in: Any) -> None:
    for path in ("checkpoint", "entries", "entries/0/proof"):
        assert sign_in("safety_manager").get(f"/api/ledger/{path}").status_code == 403
        assert sign_in("auditor").get(f"/api/ledger/{path}").status_code == 200


def test_every_action_has_a_sentence_in_both_languages(answered: int, sign_in: Any) -> None:
    for entry in sign_in("auditor").get("/api/ledger/entries", {"size": 200}).json()["items"]:
        assert entry["action"] not in entry["sentence_zh"], entry
        assert "—" not in entry["sentence_zh"] + entry["sentence_en"], entry
