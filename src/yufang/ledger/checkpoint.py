"""Checkpoints: origin, size and root of a log as the text of a signed note, after C2SP tlog-checkpoint v1.0.0."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from yufang.ledger.keys import Signer, sign_note
from yufang.ledger.merkle import HASH_BYTES
from yufang.ledger.note import COSIGNATURE, Note, NoteError, VerifierKey, read_note


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says: which log, how many leaves, which root. `extensions` are lines nobody here reads."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The lines that are signed."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions]
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A checkpoint that its log signed: what it says, the note, and the witnesses that cosigned (key, seconds)."""

    head: TreeHead
    note: Note
    log: VerifierKey
    witnesses: tuple[tuple[VerifierKey, int], ...] = ()


def decimal(text: str) -> int:
    """Read a number of ASCII digits without leading zeroes. Raises NoteError."""
    if not (text.isascii() and text.isdigit()) or (text != "0" and text.startswith("0")) or len(text) > 19:
        raise NoteError(f"{text[:30]!r} is not a decimal number without leading zeroes")
    return int(text)


def read_hash(text: str) -> bytes:
    """Read a hash in base64. Raises NoteError."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"{text[:60]!r} is not base64") from error
    if len(value) != HASH_BYTES:
        raise NoteError(f"a hash has {HASH_BYTES} bytes, not {len(value)}")
    return value


def read_head(text: str) -> TreeHead:
    """Read a checkpoint's text. Raises NoteError."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):
        raise NoteError("a checkpoint has an origin, a size and a root, each on a line of its own")
    return TreeHead(lines[0], decimal(lines[1]), read_hash(lines[2]), tuple(lines[3:]))


def sign_head(head: TreeHead, signer: Signer) -> SignedHead:
    """The checkpoint as the log's key signs it. Whoever calls has seen that it continues what was signed before."""
    return SignedHead(head, sign_note(head.text(), signer), signer.key)


def open_checkpoint(
    data: bytes | str | Note, log_keys: Iterable[VerifierKey], witness_keys: Iterable[VerifierKey] = ()
) -> SignedHead:
    """Read a checkpoint that one of `log_keys` signed and see which witnesses did. Raises NoteError."""
    note = data if isinstance(data, Note) else read_note(data)
    head = read_head(note.text)
    logs = note.signed_by(log_keys)
    if not logs:
        raise NoteError(f"no known key of {head.origin} signed this checkpoint")
    witnesses = [(key, time or 0) for key, time in note.signed_by(witness_keys) if key.algorithm == COSIGNATURE]
    return SignedHead(head, note, logs[0][0], tuple(witnesses))
