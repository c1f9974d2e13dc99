"""What outsiders get: tiles, checkpoints, proof files, live reading by key; and witnesses that keep the log honest."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.server.test_ledger import verified
from yufang.commands.witness import State, WitnessServer
from yufang.ledger import Tree, leaf_hash, verify_consistency, verify_inclusion
from yufang.ledger.checkpoint import TreeHead, open_checkpoint, sign_head
from yufang.ledger.keys import FileSigner
from yufang.ledger.note import COSIGNATURE, read_key, write_private
from yufang.ledger.proof import read_proofs
from yufang.ledger.tiles import Tile, TiledTree
from yufang.ledger.witness import write_request
from yufang.server.accounts.models import Organisation, Person, ServiceKey
from yufang.server.ledger import actions, keeping, publishing, tree, witnessing
from yufang.server.ledger.actions import Entry, append_many, commit_to, erase_salts
from yufang.server.ledger.models import Leaf, Salt, Witness
from yufang.server.ledger.sql import _BACKFILL
from yufang.server.scope import Actor, scoped

LEAVES = 700
TOOL = Path(__file__).parents[2] / "tools" / "verify_proof.py"
REGION, MINE, OTHER = "/1/", "/1/2/", "/1/3/"


def _key(organisation: Organisation, permissions: list[str]) -> str:
    token = f"yufang_{organisation.pk}-{len(permissions)}"
    person = Person.objects.create(
        username=f"key-{token}", password="", name="key", organisation=organisation, path=organisation.path,
        scope=organisation.path, service=True,
    )  # fmt: skip
    now = timezone.now()
    ServiceKey.objects.create(
        organisation=organisation, path=organisation.path, person=person, name="key", prefix=token[:12],
        key_hash=hashlib.sha256(token.encode()).hexdigest(), permissions=permissions, made_by=person, made_at=now,
        expires_at=now + timedelta(days=1),
    )  # fmt: skip
    return token


@pytest.fixture(scope="module")
def keys(empty_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Keys of a region, of an enterprise, and one without the right; a published log over two enterprises."""
    before = settings.CONFIG
    settings.CONFIG = before.model_copy(update={"home": tmp_path_factory.mktemp("home")})
    with scoped(Actor.platform()):
        made = {}
        for number, (path, kind) in enumerate(((REGION, "regulator"), (MINE, "enterprise"), (OTHER, "enterprise")), 1):
            parent = made.get(REGION)
            made[path] = Organisation.objects.create(
                id=number, path=path, parent=parent, kind=kind, key=path, name=path
            )
        entries = [
            Entry(MINE if n % 3 else OTHER, "hazards.checked", f"hazard:{n % 50}", {"n": n}) for n in range(LEAVES)
        ]
        append_many(Actor.platform(), entries)
        found = {
            "regulator": _key(made[REGION], ["ledger.read"]),
            "mine": _key(made[MINE], ["ledger.read"]),
            "none": _key(made[MINE], []),
        }
    publishing.publish()
    yield found
    settings.CONFIG = before


def get(key: str, path: str) -> Any:
    return Client().get(f"/api/ledger/{path}", headers={"Authorization": f"Bearer {key}"})


class OverHttp:
    """Tiles as any reader gets them."""

    def hashes(self, tile: Tile) -> bytes:
        answer = Client().get(f"/ledger/tile/{tile.path}")
        assert answer.status_code == 200, tile.path
        assert "immutable" in answer.headers["Cache-Control"]
        return bytes(answer.content)


def test_anybody_can_work_the_root_out_from_the_published_tiles(keys: dict[str, str]) -> None:
    note = Client().get("/ledger/checkpoint")
    log, own_witness = map(read_key, Client().get("/ledger/key").content.decode().split())
    head = open_checkpoint(note.content, [log]).head
    assert own_witness.algorithm == COSIGNATURE
    read = TiledTree(OverHttp(), head.size)
    assert read.root() == head.root
    assert verify_inclusion(read.leaf(300), 300, head.size, read.inclusion_proof(300), head.root)
    assert "max-age=2" in note.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["entries/000", "0/0", "9/000", "0/x000/000", "0/900", "../ledger_key", "0/000.p/256"])
def test_bundles_and_what_is_no_tile_are_not_public(keys: dict[str, str], path: str) -> None:
    assert Client().get(f"/ledger/tile/{path}").status_code == 404


def test_bundles_are_for_a_key_that_sees_every_entry_of_them(keys: dict[str, str]) -> None:
    assert get(keys["regulator"], "tile/entries/001").status_code == 200
    assert get(keys["mine"], "tile/entries/001").status_code == 403
    assert get(keys["none"], "tile/entries/001").status_code == 403
    assert get(keys["regulator"], "tile/entries/900").status_code == 404
    assert Client().get("/api/ledger/tile/entries/001").status_code == 401


def test_a_record_s_proof_file_convinces_an_outsider(keys: dict[str, str], tmp_path: Path) -> None:
    answer = get(keys["mine"], "proof-file?subject=hazard:17")
    assert 'filename="hazard-17.tlog-proof"' in answer.headers["Content-Disposition"]
    with scoped(Actor.platform()):
        whole = Leaf.objects.filter(subject="hazard:17", path=MINE).count()
    proofs = read_proofs(answer.content.decode())
    assert len(proofs) == whole > 1
    file = tmp_path / "hazard-17.tlog-proof"
    file.write_bytes(answer.content)
    command = [sys.executable, "-I", str(TOOL), str(file), "--key", str(keeping.signer().key)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert read_proofs(get(keys["mine"], f"entries/{proofs[0].index}/proof-file").content.decode()) == proofs[:1]


def test_a_proof_file_is_given_within_the_scope_only(keys: dict[str, str]) -> None:
    assert get(keys["mine"], "entries/0/proof-file").status_code == 404, "leaf 0 is another enterprise's"
    assert get(keys["regulator"], "entries/0/proof-file").status_code == 200
    assert get(keys["none"], "proof-file?subject=hazard:17").status_code == 403
    assert get(keys["mine"], "proof-file?subject=hazard:9999").status_code == 404


def test_a_key_reads_what_is_in_its_scope_as_it_comes_each_entry_with_its_proof(keys: dict[str, str]) -> None:
    seen: dict[int, bytes] = {}
    start, more = 0, True
    while more:
        first, *rest = map(json.loads, get(keys["mine"], f"stream?from={start}").content.decode().splitlines())
        head = open_checkpoint(first["checkpoint"], keeping.log_keys()).head
        for line in rest[:-1]:
            entry = base64.b64decode(line["entry"])
            path = [base64.b64decode(step) for step in line["path"]]
            assert verify_inclusion(leaf_hash(entry), line["index"], head.size, path, head.root)
            seen[line["index"]] = entry
        start, more = rest[-1]["next"], rest[-1]["more"]
    assert list(seen) == [n for n in range(LEAVES) if n % 3]
    assert {json.loads(entry)["path"] for entry in seen.values()} == {MINE}
    with scoped(Actor.platform()):
        new = actions.append(Actor.platform(), MINE, "hazards.checked", "hazard:1", {})
    publishing.publish()
    later = [json.loads(line) for line in get(keys["mine"], f"stream?from={start}").content.decode().splitlines()]
    assert [line["index"] for line in later if "index" in line] == [new]


def test_the_log_proves_that_it_goes_on_from_what_it_was(keys: dict[str, str]) -> None:
    told = get(keys["regulator"], "consistency?old=300").json()
    path = [bytes.fromhex(step) for step in told["path"]]
    roots = [bytes.fromhex(told[name]) for name in ("old_root_hash", "root_hash")]
    assert verify_consistency(300, told["size"], path, *roots)
    assert get(keys["regulator"], "consistency?old=99999").status_code == 422
    assert get(keys["regulator"], "retention").json()[0]["at_least"] == "P1Y"


def test_entries_are_counted_in_the_scope_and_only_those_that_are_new(keys: dict[str, str]) -> None:
    def total(key: str, path: str = "entries?size=1") -> int:
        return int(get(keys[key], path).json()["total"])

    with scoped(Actor.platform()):
        mine, all_ = Leaf.objects.filter(path=MINE).count(), tree.size()[0]
        of_one = Leaf.objects.filter(path=MINE, subject="hazard:1").count()
    for more in (0, 2):
        with scoped(Actor.platform()):
            append_many(Actor.platform(), [Entry(MINE, "hazards.checked", "hazard:1", {})] * more)
            append_many(Actor.platform(), [Entry(OTHER, "hazards.checked", "hazard:1", {})] * more)
        assert (total("mine"), total("regulator")) == (mine + more, all_ + 2 * more)
        assert total("mine", "entries?size=1&subject=hazard:1") == of_one + more


# ── witnesses ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def witness(keys: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WitnessServer]:
    """A witness of its own, over HTTP, that follows this log."""
    log = keeping.signer().key
    signer = FileSigner(write_private("witness.example/w1", b"\x02" * 32, COSIGNATURE))
    server = WitnessServer(("127.0.0.1", 0), State(tmp_path / "witness.sqlite"), {log.name: [log]}, signer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    asked = f"{signer.key}@http://127.0.0.1:{server.server_address[1]}"
    more = {"ledger_witnesses": asked, "private_networks": "127.0.0.0/8"}
    monkeypatch.setattr(settings, "CONFIG", settings.CONFIG.model_copy(update=more))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def grown(count: int = 1) -> int:
    with scoped(Actor.platform()):
        append_many(Actor.platform(), [Entry(MINE, "hazards.checked", "hazard:1", {})] * count)
    return publishing.publish()


def test_a_witness_cosigns_and_its_word_goes_with_checkpoint_and_proof(
    keys: dict[str, str], witness: WitnessServer
) -> None:
    size = grown()
    assert witnessing.ask_all() == 1
    signed = open_checkpoint(Client().get("/ledger/checkpoint").content, keeping.log_keys(), [witness.signer.key])
    assert (signed.head.size, [key.name for key, _ in signed.witnesses]) == (size, ["witness.example/w1"])
    grown(300)
    assert witnessing.ask_all() == 1, "it goes on from what it saw"
    proof = read_proofs(get(keys["mine"], "entries/1/proof-file").content.decode())[0]
    assert len(proof.verify(keeping.log_keys(), [witness.signer.key]).witnesses) == 1
    shown = get(keys["regulator"], "signed").json()
    assert shown["behind"] == 0
    assert shown["cosigned_size"] == shown["size"]
    assert shown["witnesses"][0]["problem"] == ""
    with scoped(Actor.platform()):
        assert verified().ok


def test_a_witness_that_forgot_or_knows_more_is_asked_from_where_it_stands(witness: WitnessServer) -> None:
    grown()
    witnessing.ask_all()
    witness.state = State(witness.state.file.with_name("another.sqlite"))  # it lost what it knew
    grown()
    assert witnessing.ask_all() == 1
    assert witnessing.ask_all() == 1, "asked again for the same checkpoint it says the same"


def test_a_fork_of_the_log_is_refused_by_the_witness_and_told_on_the_page(
    keys: dict[str, str], witness: WitnessServer
) -> None:
    size = grown()
    witnessing.ask_all()
    forged = Tree([leaf_hash(b"forged")] * (size + 1))
    note = sign_head(TreeHead(keeping.signer().key.name, size + 1, forged.root()), keeping.signer()).note
    url = f"http://127.0.0.1:{witness.server_address[1]}"
    answer = witnessing.post(url, write_request(size, forged.consistency_proof(size), note))
    assert answer.status == 422
    assert witnessing.post(url, b"nonsense").status == 400
    held = witness.state.note(keeping.signer().key.name) or ""
    assert open_checkpoint(held, keeping.log_keys(), [witness.signer.key]).head.size == size


def _answer_without_end(listener: socket.socket) -> None:
    opened, _ = listener.accept()
    with listener, opened, contextlib.suppress(OSError):
        opened.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            opened.sendall(b"x" * 4096)


def test_a_witness_in_the_network_behind_the_server_is_asked_only_where_the_operator_allows_it(
    witness: WitnessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown()
    monkeypatch.setattr(settings, "CONFIG", settings.CONFIG.model_copy(update={"private_networks": ""}))
    assert witnessing.ask_all() == 0
    with scoped(Actor.platform()):
        assert "may not be sent to" in Witness.objects.get(name="witness.example/w1").problem


def test_a_witness_that_does_not_answer_keeps_nobody_waiting_for_ever(
    keys: dict[str, str], witness: WitnessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown()
    dead = f"{FileSigner(write_private('w2', b'x' * 32, COSIGNATURE)).key}@http://127.0.0.1:9"
    both = f"{settings.CONFIG.ledger_witnesses} {dead}"
    monkeypatch.setattr(settings, "CONFIG", settings.CONFIG.model_copy(update={"ledger_witnesses": both}))
    assert witnessing.ask_all() == 1
    long = threading.Thread(target=_answer_without_end, args=(listener := socket.create_server(("127.0.0.1", 0)),))
    long.start()
    with pytest.raises(OSError, match="longer than 65536 bytes"):
        witnessing.post(f"http://127.0.0.1:{listener.getsockname()[1]}", b"")
    long.join()
    problems = {row["name"]: row["problem"] for row in get(keys["regulator"], "signed").json()["witnesses"]}
    assert problems["witness.example/w1"] == ""
    assert "refused" in problems["w2"].lower()


def test_deployments_witness_one_another(keys: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    other = FileSigner(write_private("other.example/log", b"\x09" * 32))
    log = Tree([leaf_hash(bytes([n])) for n in range(20)])

    def asked(old: int, size: int, proof: list[bytes]) -> Any:
        note = sign_head(TreeHead("other.example/log", size, log.root(size)), other).note
        return Client().post("/ledger/add-checkpoint", write_request(old, proof, note), content_type="text/plain")

    assert asked(0, 5, []).status_code == 404
    followed = settings.CONFIG.model_copy(update={"ledger_follow": str(other.key)})
    monkeypatch.setattr(settings, "CONFIG", followed)
    assert asked(0, 5, []).status_code == 200
    assert asked(5, 20, log.consistency_proof(5, 20)).status_code == 200
    late = asked(5, 12, log.consistency_proof(5, 12))
    assert (late.status_code, late.content, late.headers["Content-Type"]) == (409, b"20\n", "text/x.tlog.size")
    note = Client().get("/ledger/witnessed?origin=other.example/log").content
    signed = open_checkpoint(note, [other.key], [keeping.witness_signer().key])
    assert (signed.head.size, len(signed.witnesses)) == (20, 1)


# ── personal data, and logs of the release before ─────────────────────────────────────────────────────────────────────


def test_a_commitment_says_nothing_once_its_salt_is_erased_and_the_log_stays_whole(keys: dict[str, str]) -> None:
    platform = Actor.platform()
    with scoped(platform):
        told = commit_to(platform, MINE, "person:7", "name", "李明")
        index = actions.append(platform, MINE, "hazards.checked", "hazard:1", {"name_commitment": told})
        kept = Salt.objects.get(commitment=told)
        assert erase_salts(platform, "person:7") == 1
        assert not Salt.objects.filter(commitment=told).exists()
        assert "李明" not in bytes(Leaf.objects.get(index=index).data).decode()
    assert len(bytes(kept.salt)) == 32
    assert verified().ok


def test_a_log_of_release_0_1_gets_its_tree_and_its_paths_sealed(
    keys: dict[str, str], as_superuser: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = ("ledger_leaf", "ledger_node", "ledger_head", "ledger_checkpoint")
    for table in tables:
        as_superuser.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
        as_superuser.execute(f"DELETE FROM {table}")
    monkeypatch.setattr(settings, "CONFIG", settings.CONFIG.model_copy(update={"home": tmp_path}))
    try:
        as_superuser.execute(
            "INSERT INTO ledger_leaf (index, path, at, actor_id, action, subject, data, leaf_hash) "
            "SELECT n, '/1/2/', '2026-05-05T00:00:00Z', NULL, 'a', 'b', d, sha256('\\x00'::bytea || d) "
            'FROM generate_series(0, 699) n, LATERAL (SELECT convert_to(\'{"action":"a","actor":null,'
            '"at":"2026-05-05T00:00:00.000000+00:00","facts":{},"subject":"b"}\', \'UTF8\') d) data'
        )
        as_superuser.execute(_BACKFILL)
        assert publishing.publish() == 701, "the leaf that seals the paths"
        assert tree.tree().root() == Tree(bytes(h) for h in _hashes()).root()
        assert verified().ok
        as_superuser.execute("UPDATE ledger_leaf SET path = '/1/3/' WHERE index = 300")
        assert [(f.kind, f.first, f.last) for f in verified().findings] == [("column", 256, 511)]
    finally:
        for table in tables:
            as_superuser.execute(f"DELETE FROM {table}")
            as_superuser.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


def _hashes() -> list[bytes]:
    with scoped(Actor.platform()):
        return list(Leaf.objects.order_by("index").values_list("leaf_hash", flat=True))
