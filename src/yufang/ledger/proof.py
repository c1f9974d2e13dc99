"""Proof files: one record's leaves with all that an outsider needs, after C2SP tlog-proof v1.

A proof is text: the leaf (as `extra`, in base64), its index, the path to the root, and the checkpoint with the
signatures of the log and its witnesses. A record that left several leaves has several proofs in its file, one after
another. Nothing has to be asked of anybody to verify one; only the log's key has to be known.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yufang.ledger.checkpoint import SignedHead, decimal, open_checkpoint, read_hash
from yufang.ledger.merkle import leaf_hash, verify_inclusion
from yufang.ledger.note import Note, NoteError, VerifierKey, read_note

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"


class ProofError(ValueError):
    """A proof that isn't of the form, or that doesn't hold: says what fails."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That `entry` stands at `index` of the log whose checkpoint is `note`."""

    entry: bytes
    index: int
    path: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        lines = [HEADER, f"extra {base64.b64encode(self.entry).decode()}", f"index {self.index}"]
        lines += [base64.b64encode(step).decode() for step in self.path]
        return "\n".join(lines) + "\n\n" + str(self.note)

    def verify(self, log_keys: Iterable[VerifierKey], witness_keys: Iterable[VerifierKey] = ()) -> SignedHead:
        """The checkpoint that proves the entry. Raises ProofError where a signature or the path doesn't hold."""
        try:
            signed = open_checkpoint(self.note, log_keys, witness_keys)
        except NoteError as error:
            raise ProofError(str(error)) from error
        head = signed.head
        if not verify_inclusion(leaf_hash(self.entry), self.index, head.size, self.path, head.root):
            raise ProofError(f"leaf {self.index} is not what stands at its place in the tree of {head.size} leaves")
        return signed


def write_proofs(proofs: Sequence[Proof]) -> str:
    """The text of a proof file."""
    return "".join(str(proof) for proof in proofs)


def read_proofs(text: str) -> list[Proof]:
    """Read a proof file. Raises ProofError naming the proof and what is wrong with it."""
    parts = ("\n" + text).split(f"\n{HEADER}\n")
    if parts[0].strip() or len(parts) < 2:
        raise ProofError(f"a proof file begins with {HEADER}")
    found = []
    for number, part in enumerate(parts[1:], start=1):
        try:
            # The newline before the next header was taken by the split.
            found.append(_read(part if part.endswith("\n") else part + "\n"))
        except (NoteError, binascii.Error, ValueError) as error:
            raise ProofError(f"proof {number}: {error}") from error
    return found


def _read(part: str) -> Proof:
    head, empty, note = part.partition("\n\n")
    lines = head.split("\n")
    if not empty or len(lines) < 2 or not lines[0].startswith("extra ") or not lines[1].startswith("index "):
        raise ProofError("the lines extra and index, the path, an empty line and a checkpoint are wanted")
    entry = base64.b64decode(lines[0][6:], validate=True)
    return Proof(entry, decimal(lines[1][6:]), tuple(read_hash(line) for line in lines[2:]), read_note(note))
