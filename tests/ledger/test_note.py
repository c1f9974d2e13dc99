"""Signed notes, checkpoints, cosignatures and keys: the published examples come out, and nothing altered passes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.ledger.checkpoint import TreeHead, open_checkpoint, read_head, sign_head
from yufang.ledger.commitments import commitment, opens
from yufang.ledger.cosignature import cosign, cosignatures
from yufang.ledger.keys import FileSigner, make_signer, open_signer, sign_note
from yufang.ledger.note import COSIGNATURE, NoteError, VerifierKey, cosigned, read_key, read_note, write_private

# The example of the Go module golang.org/x/mod/sumdb/note, whose format signed-note describes.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The example of C2SP tlog-cosignature.
SPEC_TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
SPEC_COSIGNATURE = (
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
LOG = FileSigner(write_private("example.org/log", b"\x01" * 32))
WITNESS = FileSigner(write_private("witness.example/w1", b"\x02" * 32, COSIGNATURE))
HEAD = TreeHead("example.org/log", 13, b"\x07" * 32)


def test_the_example_of_go_verifies_and_is_signed_to_the_same_bytes() -> None:
    note = read_note(GO_NOTE)
    assert note.signed_by([read_key(GO_KEY)]) == [(read_key(GO_KEY), None)]
    assert str(sign_note(note.text, FileSigner(GO_PRIVATE))) == GO_NOTE
    assert str(read_key(GO_KEY)) == GO_KEY


def test_the_example_of_the_specification_reads() -> None:
    head = read_head(SPEC_TEXT)
    assert (head.origin, head.size, head.text()) == ("example.com/behind-the-sofa", 20852163, SPEC_TEXT)
    note = read_note(SPEC_TEXT + "\n" + SPEC_COSIGNATURE)
    assert int.from_bytes(note.signatures[0].value[:8], "big") == 1679315147
    assert str(note) == SPEC_TEXT + "\n" + SPEC_COSIGNATURE
    assert cosigned(SPEC_TEXT, 1679315147) == b"cosignature/v1\ntime 1679315147\n" + SPEC_TEXT.encode()


def test_a_note_keeps_empty_lines_of_its_text() -> None:
    note = sign_note("one\n\ntwo\n", LOG)
    assert read_note(str(note)) == note


@given(st.data())
@settings(max_examples=100)
def test_an_altered_letter_of_the_text_breaks_the_signature(data: st.DataObject) -> None:
    whole = str(sign_head(HEAD, LOG).note)
    place = data.draw(st.integers(0, whole.index("—") - 3))
    letter = data.draw(st.sampled_from("abz019+/").filter(lambda new: new != whole[place]))
    altered = whole[:place] + letter + whole[place + 1 :]
    with pytest.raises(NoteError):
        open_checkpoint(altered, [LOG.key])


def test_who_is_not_known_does_not_count() -> None:
    signed = sign_head(HEAD, LOG)
    stranger = VerifierKey(LOG.key.name, WITNESS.key.public)
    with pytest.raises(NoteError, match="no known key"):
        open_checkpoint(str(signed.note), [stranger])


def test_a_cosignature_says_when_and_fits_only_its_checkpoint() -> None:
    text = HEAD.text()
    line = cosign(text, WITNESS, 1_700_000_000).line()
    whole = str(sign_head(HEAD, LOG).note) + line
    assert open_checkpoint(whole, [LOG.key], [WITNESS.key]).witnesses == ((WITNESS.key, 1_700_000_000),)
    [(_, key, at)] = cosignatures(line, text, [WITNESS.key])
    assert (key, at) == (WITNESS.key, 1_700_000_000)
    with pytest.raises(NoteError, match="does not fit"):
        cosignatures(line, TreeHead(HEAD.origin, 14, HEAD.root).text(), [WITNESS.key])
    assert cosignatures(line, text, [VerifierKey("other/w", WITNESS.key.public, COSIGNATURE)]) == []
    with pytest.raises(NoteError, match="not a witness"):
        cosign(text, LOG, 0)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("no signature\n", "signature lines"),
        ("a\n\n- x AAAA\n", "not a signature line"),
        ("a\n\n— x AAAA\n", "too short"),
        ("a\n\n— x !\n", "not base64"),
        ("a\tb\n\n— x AAAAAAAA\n", "control"),
        ("a\n\n" + "— x AAAAAAAA\n" * 101, "at most"),
    ],
)
def test_what_is_no_note_is_refused(text: str, match: str) -> None:
    with pytest.raises(NoteError, match=match):
        read_note(text)


@pytest.mark.parametrize("line", ["", "x+00000000+AQ==", GO_KEY.replace("c74f", "c74e"), "a b+00000000+AA=="])
def test_what_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(NoteError):
        read_key(line)


@pytest.mark.parametrize(
    "text", ["o\n1\n", "o\n01\nAA==\n", "o\n1\nAA==\n", "o\n-1\nAA==\n", SPEC_TEXT.replace("20852163", "２")]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        read_head(text)


def test_a_key_file_is_its_owners_and_is_made_once(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "ledger_key"
    first = make_signer(file, "example.org/log")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert make_signer(file, "another").key == first.key
    assert [p.name for p in file.parent.iterdir()] == ["ledger_key"]
    assert "PRIVATE" not in repr(first) + str(first.key)
    file.chmod(0o644)
    with pytest.raises(NoteError, match="chmod 600"):
        open_signer(file)


def test_an_error_never_shows_the_private_key() -> None:
    damaged = GO_PRIVATE.replace("c74f", "c74e")
    with pytest.raises(NoteError) as caught:
        FileSigner(damaged)
    assert "AYEKFAL" not in str(caught.value)


def test_a_commitment_opens_with_its_salt_only() -> None:
    salt = b"\x05" * 32
    told = commitment(salt, {"name": "李明"})
    # HMAC-SHA-256 of RFC 2104 over the canonical JSON, worked out with openssl.
    assert told == "5ee44398e2e2c071fae253b0d149d4f5c9c99c7eeb1ed92e14d9c002c0637bd9"
    assert opens(told, salt, {"name": "李明"})
    assert not opens(told, b"\x06" * 32, {"name": "李明"})
    assert not opens(told, salt, {"name": "李四"})
    with pytest.raises(ValueError, match="32 random bytes"):
        commitment(b"short", "x")
