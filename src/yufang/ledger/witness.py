"""What a witness does with a checkpoint that it is sent: the rules of C2SP tlog-witness, `add-checkpoint`.

A witness follows logs that it knows by their keys. It cosigns a checkpoint only after it has seen proof that the log
went on from where the witness last saw it. Whoever keeps the state has to look it up, decide and write it down as one
step, durably, before anything is answered.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yufang.ledger.checkpoint import SignedHead, decimal, open_checkpoint, read_hash, read_head
from yufang.ledger.merkle import EMPTY_ROOT, verify_consistency
from yufang.ledger.note import Note, NoteError, VerifierKey, read_note

MOST_HASHES = 63
LARGEST_REQUEST = 64 * 1024  # bytes
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint of a log that the witness cosigned; of a new log, `NOTHING`."""

    size: int
    root: bytes


NOTHING = Seen(0, EMPTY_ROOT)


class Refusal(Exception):
    """The witness doesn't cosign: the HTTP status, its body and the body's type."""

    def __init__(self, status: int, body: str, content_type: str = "text/plain; charset=utf-8") -> None:
        super().__init__(body)
        self.status, self.body, self.content_type = status, body, content_type


@dataclass(frozen=True, slots=True)
class Request:
    """A read request: the size it goes on from, the proof, and the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    @property
    def origin(self) -> str:
        """The log that the checkpoint says it is of."""
        return self.note.text.partition("\n")[0]


def write_request(old: int, proof: Sequence[bytes], note: Note) -> bytes:
    """The body that asks a witness to cosign `note`, when it last cosigned `old` leaves."""
    lines = [f"old {old}\n", *(base64.b64encode(step).decode() + "\n" for step in proof), "\n", str(note)]
    return "".join(lines).encode()


def read_request(body: bytes) -> Request:
    """Read a request's body. Raises Refusal with 400."""
    if len(body) > LARGEST_REQUEST:
        raise Refusal(400, f"a request has at most {LARGEST_REQUEST} bytes\n")
    try:
        head, empty, note = body.decode("utf-8").partition("\n\n")
        first, *proof = head.split("\n")
        if not empty or not first.startswith("old ") or len(proof) > MOST_HASHES:
            raise NoteError(f"an old size, at most {MOST_HASHES} hashes, an empty line and a checkpoint are wanted")
        read = Request(decimal(first[4:]), tuple(read_hash(line) for line in proof), read_note(note))
        read_head(read.note.text)
    except (NoteError, UnicodeDecodeError) as error:
        raise Refusal(400, f"{error}\n") from error
    return read


def judge(request: Request, logs: Mapping[str, Sequence[VerifierKey]], seen: Seen) -> SignedHead:
    """The checkpoint, where it may be cosigned. logs: origin → keys; seen: of the request's origin.

    Raises Refusal: 404 for a log nobody follows, 403 where none of its keys signed, 400 where it would shrink, 409 with
    the size last cosigned where that isn't the request's, 409 for another root of the same size (a fork), 422 for a
    proof that doesn't hold.
    """
    keys = logs.get(request.origin)
    if not keys:
        raise Refusal(404, "this witness does not follow that log\n")
    try:
        checkpoint = open_checkpoint(request.note, keys)
    except NoteError as error:
        raise Refusal(403, f"{error}\n") from error
    head = checkpoint.head
    if request.old > head.size:
        raise Refusal(400, f"the old size {request.old} is larger than the checkpoint's {head.size}\n")
    if request.old != seen.size:
        raise Refusal(409, f"{seen.size}\n", SIZE_TYPE)
    if head.size == seen.size and head.root != seen.root:
        raise Refusal(409, f"{seen.size}\n", SIZE_TYPE)
    if request.old == 0:
        if request.proof or (head.size == 0 and head.root != EMPTY_ROOT):
            raise Refusal(422, "from nothing on there is nothing to prove\n")
        return checkpoint
    if not verify_consistency(seen.size, head.size, request.proof, seen.root, head.root):
        raise Refusal(422, f"the proof from {seen.size} to {head.size} leaves does not hold\n")
    return checkpoint


def read_size(body: bytes) -> int:
    """The size that a witness last cosigned, from the body of its 409. Raises NoteError."""
    return decimal(body.decode("ascii", errors="replace").removesuffix("\n"))
