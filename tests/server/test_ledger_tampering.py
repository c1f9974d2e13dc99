"""Whoever changes a byte of the log, a row, a column, a file, an attachment or a checkpoint is found out, and where."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests.server.conftest import superuser
from tests.server.test_ledger import verified
from yufang.commands.errors import UserError
from yufang.commands.ledger import verify_export
from yufang.ledger.checkpoint import TreeHead, open_checkpoint, sign_head
from yufang.server import photos
from yufang.server.accounts.models import Organisation
from yufang.server.database import Database
from yufang.server.edge.models import EdgeBundle
from yufang.server.ledger import actions, keeping, publishing, tree
from yufang.server.ledger.actions import Entry, append_many
from yufang.server.ledger.exporting import export
from yufang.server.ledger.models import Leaf
from yufang.server.ledger.verification import verify_database
from yufang.server.operations.backups.anew import begin_anew
from yufang.server.scope import Actor, scoped

SUPER = psycopg.Connection[Any]
LEAVES = 600
PHOTO = b"picture"
PHOTO_HASH = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture(scope="module")
def log(empty_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A published log of some hundred leaves, one of which names a photo; gives its home."""
    home = tmp_path_factory.mktemp("ledger-home")
    before = settings.CONFIG
    settings.CONFIG = before.model_copy(update={"home": home})
    place = photos.file_of(PHOTO_HASH)
    place.parent.mkdir()
    place.write_bytes(PHOTO)
    entries = [Entry("/1/", "hazards.checked", f"hazard:{n % 40}", {"n": n}) for n in range(LEAVES)]
    entries[17] = Entry("/1/", "hazards.photo_added", "hazard:17", {"photo_sha256": PHOTO_HASH})
    with scoped(Actor.platform()):
        assert append_many(Actor.platform(), entries[:500]) == range(500)
        for entry in entries[500:]:
            actions.append(Actor.platform(), entry.path, entry.name, entry.subject, entry.facts)
    actions.keep_checkpoint(Actor.platform())
    assert publishing.publish() == LEAVES
    yield home
    settings.CONFIG = before


TABLES = ("ledger_leaf", "ledger_checkpoint", "ledger_head", "ledger_node")


@pytest.fixture
def restored(log: Path, as_superuser: SUPER, tmp_path: Path) -> Iterator[None]:
    """Rows and files put back as they were, whatever a test did to them."""
    kept = tmp_path / "kept"
    shutil.copytree(log, kept)
    for table in TABLES:
        as_superuser.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
    yield
    for table in TABLES:
        as_superuser.execute(f"DELETE FROM {table}")
        as_superuser.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
    shutil.rmtree(log)
    shutil.copytree(kept, log)
    found = verified()
    assert found.ok, found.findings


def found() -> list[tuple[str, int | None, str]]:
    result = verified()
    assert result.ok == (not result.findings)
    return [(finding.kind, finding.first, finding.where) for finding in result.findings]


REHASHED = "leaf_hash = sha256('\\x00'::bytea || 'forged'::bytea)"
CHANGES = {
    "data": ("UPDATE ledger_leaf SET data = data || ' ' WHERE index = 333", [("altered", 333)]),
    "leaf_hash": ("UPDATE ledger_leaf SET leaf_hash = sha256('x') WHERE index = 333", [("hash_altered", 333)]),
    "both": (f"UPDATE ledger_leaf SET data = 'forged', {REHASHED} WHERE index = 333", [("altered", 333)]),
    "newest": (f"UPDATE ledger_leaf SET data = 'forged', {REHASHED} WHERE index = 599", [("altered", 599)]),
    "removed": ("DELETE FROM ledger_leaf WHERE index = 256", [("missing", 256)]),
    "cut": ("DELETE FROM ledger_leaf WHERE index >= 590", [("shorter", 590)]),
    "renumbered": ("UPDATE ledger_leaf SET index = 90000 WHERE index = 7", [("missing", 7), ("moved", 90000)]),
    "reordered": (
        "UPDATE ledger_leaf l SET data = o.data, leaf_hash = o.leaf_hash FROM ledger_leaf o "
        "WHERE (l.index, o.index) IN ((3, 44), (44, 3))",
        [("moved", 3), ("moved", 44)],
    ),
    "inserted": (
        "INSERT INTO ledger_leaf SELECT path, 70000, at, actor_id, action, subject, 'forged', sha256('forged') "
        "FROM ledger_leaf WHERE index = 7",
        [("surplus", 70000)],
    ),
    "action": ("UPDATE ledger_leaf SET action = 'hazards.closed' WHERE index = 5", [("column", 5)]),
    "subject": ("UPDATE ledger_leaf SET subject = 'hazard:99' WHERE index = 5", [("column", 5)]),
    "actor": ("UPDATE ledger_leaf SET actor_id = 7 WHERE index = 5", [("column", 5)]),
    "at": ("UPDATE ledger_leaf SET at = at + interval '1 microsecond' WHERE index = 5", [("column", 5)]),
    "path": ("UPDATE ledger_leaf SET path = '/2/' WHERE index = 5", [("column", 5)]),
    "node": ("UPDATE ledger_node SET hash = sha256('x') WHERE position = 1", [("node_altered", None)]),
    "lost node": ("DELETE FROM ledger_node WHERE position = 0", [("node_altered", None)]),
    "checkpoint": ("UPDATE ledger_checkpoint SET root_hash = sha256('x')", [("forked", None)]),
    "head": ("UPDATE ledger_head SET note = replace(note, '600', '601')", [("signature", None)]),
}


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_in_the_database_is_named(change: str, as_superuser: SUPER) -> None:
    statement, wanted = CHANGES[change]
    as_superuser.execute(statement)
    told = {(kind, first) for kind, first, _ in found()}
    assert set(wanted) <= told
    # Checkpoints bracket what was rewritten together; nothing is said of leaves that nobody touched.
    touched = {first for _, first in wanted}
    assert {kind for kind, first in told - set(wanted) if first not in touched} <= {"rewritten"}


def flipped(place: Path, at: int = 40) -> None:
    data = bytearray(place.read_bytes())
    data[at] ^= 1
    place.write_bytes(data)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("tile/0/001", [("tile_altered", 257, "tile/0/001")]),
        ("tile/0/002.p/88", [("tile_altered", 513, "tile/0/002")]),
        ("tile/1/000.p/2", [("tile_altered", None, "tile/1/000.p/2")]),
        ("tile/entries/001", [("tile_altered", 256, "tile/entries/001")]),
    ],
)
def test_a_byte_changed_in_a_published_file_is_named(log: Path, file: str, wanted: list[Any]) -> None:
    flipped(log / "ledger" / file)
    assert found() == wanted


@pytest.mark.usefixtures("restored")
def test_a_lost_file_is_named(log: Path) -> None:
    (log / "ledger/tile/0/000").unlink()
    assert found() == [("tile_missing", None, "tile/0/000")]


@pytest.mark.usefixtures("restored")
def test_an_attachment_that_was_swapped_or_lost_is_named_by_its_leaf() -> None:
    photos.file_of(PHOTO_HASH).write_bytes(b"another picture")
    assert found() == [("attachment", 17, f"file {PHOTO_HASH}")]
    photos.file_of(PHOTO_HASH).unlink()
    assert found() == [("attachment", 17, f"file {PHOTO_HASH}")]


@pytest.mark.usefixtures("restored")
def test_a_signed_bundle_that_was_swapped_is_named_by_its_leaf(as_superuser: SUPER) -> None:
    content = b"a bundle of an edge node"
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "kind": "rules", "version": 1, "signer": "s"}
    with scoped(Actor.platform()):
        home = Organisation.objects.create(path="/1/", kind="enterprise", key="home", name="home")
        bundle = EdgeBundle.objects.create(
            enterprise=home, path="/1/", kind="rules", name="r", version=1, sha256=facts["sha256"], signer="s",
            content=content,
        )  # fmt: skip
        index = actions.append(Actor.platform(), "/1/", "edge.bundle_added", f"bundle:{bundle.pk}", facts)
    assert found() == []
    as_superuser.execute("UPDATE edge_edgebundle SET content = 'another'")
    assert found() == [("attachment", index, f"file {facts['sha256']}")]
    as_superuser.execute("DELETE FROM edge_edgebundle")
    assert found() == [("attachment", index, f"file {facts['sha256']}")]


@pytest.mark.usefixtures("restored")
def test_a_forged_checkpoint_beside_ours_is_named() -> None:
    forged = sign_head(TreeHead(keeping.signer().key.name, 300, b"\x05" * 32), keeping.signer())
    with scoped(Actor.platform()):
        result = verify_database([("witness.example/w1", str(forged.note))])
    [finding] = result.findings
    assert (finding.kind, finding.where) == ("rewritten", "witness.example/w1")
    same_size = sign_head(TreeHead(keeping.signer().key.name, LEAVES, b"\x05" * 32), keeping.signer())
    with scoped(Actor.platform()):
        result = verify_database([("witness.example/w1", str(same_size.note))])
    assert [(f.kind, f.where) for f in result.findings] == [("forked", "witness.example/w1")]


@pytest.mark.usefixtures("restored")
def test_a_log_that_was_rewritten_is_never_signed_again(as_superuser: SUPER) -> None:
    as_superuser.execute(f"UPDATE ledger_leaf SET data = 'forged', {REHASHED} WHERE index = 599")
    with scoped(Actor.platform()):
        actions.append(Actor.platform(), "/1/", "hazards.checked", "hazard:1", {})
    with pytest.raises(publishing.Broken, match="rewritten"):
        publishing.publish()
    publishing.publish_and_tell()


@pytest.mark.usefixtures("restored")
def test_a_database_set_back_behind_the_published_checkpoint_is_not_signed(as_superuser: SUPER) -> None:
    as_superuser.execute("DELETE FROM ledger_leaf WHERE index >= 400")
    as_superuser.execute("DELETE FROM ledger_head")
    with pytest.raises(publishing.Broken, match="restored to an earlier moment"):
        publishing.publish()


def test_publishing_goes_on_where_it_was_cut_off(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with scoped(Actor.platform()):
        append_many(Actor.platform(), [Entry("/1/", "hazards.checked", "hazard:1", {"n": n}) for n in range(300)])

    def cut(*files: tuple[Path, bytes]) -> None:
        raise OSError("the machine stops here")

    for module in ("yufang.ledger.tiles", "yufang.server.ledger.publishing"):
        with monkeypatch.context() as patched:
            patched.setattr(f"{module}.write_whole", cut)
            with pytest.raises(OSError, match="stops here"):
                publishing.publish()
    size = publishing.publish()
    assert size == tree.size()[0]
    told = (log / "ledger/checkpoint").read_text().split("\n")
    assert told[1] == str(size)
    assert verified().ok


# ── the same on an export, far from the platform ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def exported(log: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    publishing.publish()
    with scoped(Actor.platform()):
        export(folder)
    return folder


def _leaf(folder: Path, index: int, change: Callable[[str], str]) -> None:
    file = folder / "log.jsonl"
    lines = file.read_text().splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f'{{"index": {index},'))
    lines[at] = change(lines[at])
    file.write_text("\n".join(line for line in lines if line) + "\n")


TAMPERINGS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "leaf": (lambda f: _leaf(f, 333, lambda line: line.replace('"leaf": "eyJ', '"leaf": "eyK')), "leaf 333"),
    "removed": (lambda f: _leaf(f, 333, lambda line: ""), "leaf 333 is missing"),
    "tile": (lambda f: flipped(f / "tile/0/001"), "tile/0/001"),
    "bundle": (lambda f: flipped(f / "tile/entries/000"), "tile/entries/000"),
    "checkpoint": (lambda f: flipped(f / "checkpoint", -60), "signature of checkpoint"),
    "attachment": (lambda f: (f / "attachments" / PHOTO_HASH).write_bytes(b"x"), "of leaf 17 is not the one"),
    "lost attachment": (lambda f: (f / "attachments" / PHOTO_HASH).unlink(), "of leaf 17 is missing"),
}


def test_an_export_verifies_offline(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verify_export(exported, key=[str(keeping.signer().key)])
    assert f"{Leaf.objects.count() or tree.size()[0]} leaves" in capsys.readouterr().out


@pytest.mark.parametrize("how", TAMPERINGS)
def test_a_tampered_export_is_found_out(exported: Path, how: str) -> None:
    tamper, told = TAMPERINGS[how]
    tamper(exported)
    with pytest.raises(UserError, match=told):
        verify_export(exported, key=[str(keeping.signer().key)])


def _back(as_superuser: SUPER) -> None:
    """The database as it stood when the test began, as after a restore."""
    for table in TABLES:
        as_superuser.execute(f"DELETE FROM {table}")
        as_superuser.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


@pytest.mark.usefixtures("restored")
def test_after_a_restore_to_before_what_was_published_the_log_goes_on_under_a_new_name(
    log: Path, as_superuser: SUPER, cluster: Database, empty_database: str
) -> None:
    place, old, leaves = superuser(cluster, empty_database), keeping.signer().key, tree.size()[0]
    assert begin_anew(log, place, leaves) is None, "nothing was published that is gone"
    with scoped(Actor.platform()):
        append_many(Actor.platform(), [Entry("/1/", "hazards.checked", "hazard:1", {"n": n}) for n in range(20)])
    publishing.publish()
    _back(as_superuser)
    assert found() == [("shorter", leaves, "file checkpoint")]
    with pytest.raises(publishing.Broken):
        publishing.publish()
    told = begin_anew(log, place, leaves)
    keeping._signer.cache_clear()  # another process starts after a restore
    try:
        assert told is not None
        assert told.size == leaves + 20
        assert publishing.publish() == leaves + 1
        assert keeping.signer().key != old
        with scoped(Actor.platform()):
            leaf = Leaf.objects.get(index=leaves)
        assert (leaf.action, leaf.subject) == ("ledger.continued", f"ledger:{old.name}")
        assert found() == []
        assert publishing.publish() == leaves + 1, "said once"
        kept = log / f"ledger-until-{told.size}"
        assert open_checkpoint((kept / "checkpoint").read_bytes(), [old]).head == told
    finally:
        (log / "ledger_key").unlink()
        keeping._signer.cache_clear()
