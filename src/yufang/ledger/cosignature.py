"""Cosignatures: a witness's timestamped signature under a checkpoint, after C2SP tlog-cosignature v1.0.0 (Ed25519).

A cosignature says: at this time, this was the largest tree of that log I had seen, and it continues all I saw before.
"""

from __future__ import annotations

from collections.abc import Iterable

from yufang.ledger.keys import Signer
from yufang.ledger.note import COSIGNATURE, Note, NoteError, Signature, VerifierKey, cosigned, read_signature


def cosign(text: str, signer: Signer, time: int) -> Signature:
    """The witness's signature of a checkpoint's text. time: POSIX seconds. Raises NoteError."""
    if signer.key.algorithm != COSIGNATURE:
        raise NoteError(f"the key {signer.key.name} is not a witness's key")
    if not 0 <= time < 2**63:
        raise NoteError(f"{time} is not a time in seconds")
    value = time.to_bytes(8, "big") + signer.sign(cosigned(text, time))
    return Signature(signer.key.name, signer.key.key_id, value)


def cosignatures(lines: str, text: str, keys: Iterable[VerifierKey]) -> list[tuple[Signature, VerifierKey, int]]:
    """What a witness answered, read: each known witness's signature with its key and time (POSIX seconds).

    Lines of unknown keys are passed over. Raises NoteError for a line that isn't one, or a signature that doesn't fit.
    """
    read = [read_signature(line) for line in lines.splitlines() if line]
    known = {(key.name, key.key_id): key for key in keys if key.algorithm == COSIGNATURE}
    found: list[tuple[Signature, VerifierKey, int]] = []
    for signature in read:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            [(_, time)] = Note(text, (signature,)).signed_by([key])
            found.append((signature, key, time or 0))
    return found
