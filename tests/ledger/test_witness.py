"""A witness cosigns what goes on from what it saw and nothing else; a proof file convinces who asks nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.ledger import EMPTY_ROOT, Tree, canonical, leaf_hash
from yufang.ledger.checkpoint import SignedHead, TreeHead, sign_head
from yufang.ledger.cosignature import cosign
from yufang.ledger.keys import FileSigner
from yufang.ledger.note import COSIGNATURE, Note, write_private
from yufang.ledger.proof import Proof, ProofError, read_proofs, write_proofs
from yufang.ledger.witness import NOTHING, Refusal, Seen, judge, read_request, read_size, write_request

ENTRIES = [canonical({"subject": "hazard:1", "number": number}) for number in range(40)]
TREE = Tree(leaf_hash(entry) for entry in ENTRIES)
LOG = FileSigner(write_private("example.org/log", b"\x01" * 32))
OTHER = FileSigner(write_private("example.org/log", b"\x03" * 32))
WITNESS = FileSigner(write_private("witness.example/w1", b"\x02" * 32, COSIGNATURE))
LOGS = {"example.org/log": [LOG.key]}


def checkpoint(size: int, root: bytes | None = None, signer: FileSigner = LOG, origin: str = "") -> SignedHead:
    return sign_head(TreeHead(origin or "example.org/log", size, root or TREE.root(size)), signer)


def asked(old: int, signed: SignedHead, proof: list[bytes] | None = None, seen: Seen | None = None) -> SignedHead:
    steps = TREE.consistency_proof(old, signed.head.size) if proof is None else proof
    request = read_request(write_request(old, steps, signed.note))
    return judge(request, LOGS, seen or (Seen(old, TREE.root(old)) if old else NOTHING))


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_log_that_goes_on_is_cosigned(one: int, other: int) -> None:
    old, size = sorted((one, other))
    assert asked(old, checkpoint(size), None if old else []).head.size == size


def refused(status: int, *what: object, **more: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        asked(*what, **more)  # type: ignore[arg-type]
    assert caught.value.status == status
    return caught.value


def test_what_the_specification_refuses_is_refused_with_its_status() -> None:
    refused(404, 0, checkpoint(5, origin="example.org/other"), [])
    refused(403, 0, checkpoint(5, signer=OTHER), [])
    refused(400, 9, checkpoint(5), [])
    late = refused(409, 5, checkpoint(9), None, Seen(7, TREE.root(7)))
    assert (late.content_type, read_size(late.body.encode())) == ("text/x.tlog.size", 7)
    refused(409, 5, checkpoint(5, b"\x01" * 32), [])
    refused(422, 5, checkpoint(9, b"\x01" * 32), TREE.consistency_proof(5, 9))
    refused(422, 0, checkpoint(9), TREE.consistency_proof(5, 9))
    refused(409, 0, checkpoint(0, b"\x01" * 32), [])
    assert asked(0, checkpoint(0, EMPTY_ROOT), []).head.size == 0


@given(st.integers(1, 39), st.integers(0, 255), st.data())
@settings(max_examples=60)
def test_a_fork_is_never_cosigned(old: int, mask: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(old, 40))
    changed = data.draw(st.integers(0, old - 1))
    forged = [*ENTRIES[:changed], b"forged", *ENTRIES[changed + 1 :]][:size]
    tree = Tree(leaf_hash(entry) for entry in forged)
    with pytest.raises(Refusal):
        asked(old, checkpoint(size, tree.root()), tree.consistency_proof(old))


@pytest.mark.parametrize("body", [b"", b"old 1\n", b"old 01\n\n", b"old 0\nx\n\n", b"\xff", b"old 0\n" * 70 + b"\n\n"])
def test_what_is_no_request_gets_400(body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        read_request(body)
    assert caught.value.status == 400


# ── proof files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def proof(index: int, size: int = 33) -> Proof:
    signed = checkpoint(size)
    note = Note(signed.note.text, (*signed.note.signatures, cosign(signed.note.text, WITNESS, 1_700_000_000)))
    return Proof(ENTRIES[index], index, tuple(TREE.inclusion_proof(index, size)), note)


@given(st.lists(st.integers(0, 32), min_size=1, max_size=5))
@settings(max_examples=25)
def test_a_proof_file_reads_back_and_holds(indices: list[int]) -> None:
    proofs = [proof(index) for index in indices]
    assert read_proofs(write_proofs(proofs)) == proofs
    for one in proofs:
        signed = one.verify([LOG.key], [WITNESS.key])
        assert (signed.head.size, len(signed.witnesses)) == (33, 1)


def test_another_entry_index_or_key_does_not_hold() -> None:
    good = proof(7)
    for bad in (
        Proof(ENTRIES[8], 7, good.path, good.note),
        Proof(good.entry, 8, good.path, good.note),
        Proof(good.entry, 7, good.path[1:], good.note),
        Proof(good.entry, 7, good.path, checkpoint(33, signer=OTHER).note),
    ):
        with pytest.raises(ProofError):
            bad.verify([LOG.key])
    with pytest.raises(ProofError, match="begins with"):
        read_proofs("something else")
    with pytest.raises(ProofError, match="proof 1"):
        read_proofs(str(good).replace("index 7", "index x"))


def script(*arguments: object) -> subprocess.CompletedProcess[str]:
    tool = Path(__file__).parents[2] / "tools" / "verify_proof.py"
    command = [sys.executable, "-I", "-S", str(tool), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_outsider_verifies_with_the_standard_library_alone(tmp_path: Path) -> None:
    tool = Path(__file__).parents[2] / "tools" / "verify_proof.py"
    assert len(tool.read_text().splitlines()) <= 100
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"picture")
    file = tmp_path / "hazard-1.tlog-proof"
    file.write_text(write_proofs([proof(3), proof(9)]))
    good = script(file, "--key", LOG.key, "--witness", WITNESS.key)
    assert good.returncode == 0, good.stderr
    assert "index 3" in good.stdout
    assert json.dumps("hazard:1") in good.stdout
    assert "witness.example/w1" in good.stdout
    assert script(file, "--key", OTHER.key).returncode == 1
    assert script(file, "--key", LOG.key, photo).returncode == 1, "no leaf names this file"
    file.write_text(file.read_text().replace("index 9", "index 8"))
    bad = script(file, "--key", LOG.key)
    assert bad.returncode == 1
    assert "index 8" in bad.stderr
