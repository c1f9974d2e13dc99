"""Keys that sign: one protocol, and the key that stands in a file.

Whatever signs for the log (a file now, a smart card or an HSM by PKCS#11 later) says its name, its public key and signs
bytes; nothing else of it is ever asked for, so the private half need not be readable at all.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from yufang.ledger.note import ED25519, Note, NoteError, Signature, VerifierKey, read_private, signed, write_private


class Signer(Protocol):
    """Whoever can sign with one Ed25519 key (RFC 8032)."""

    @property
    def key(self) -> VerifierKey:
        """The name and the public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """64 bytes of signature over `message`."""
        ...


class FileSigner:
    """A key read from a file. Its repr, its errors and its public half never show the private one."""

    def __init__(self, line: str) -> None:
        self._key, seed = read_private(line)
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    def __repr__(self) -> str:
        return f"FileSigner({self._key})"

    @property
    def key(self) -> VerifierKey:
        return self._key

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def open_signer(file: Path) -> FileSigner:
    """The key in `file`. Raises OSError, or NoteError where it isn't a key or others may read the file."""
    if file.stat().st_mode & 0o077:
        raise NoteError(f"{file} may be read by others: chmod 600 {file}")
    return FileSigner(file.read_text(encoding="ascii", errors="replace").strip())


def make_signer(file: Path, name: str, algorithm: int = ED25519) -> FileSigner:
    """A new key in `file`, which only this user reads (0600), or the one that is there. Raises OSError, NoteError.

    Two processes that make it at once end up with the same key: the file is linked into place whole.
    """
    line = write_private(name, secrets.token_bytes(32), algorithm)
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as opened:
            opened.write(line + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        os.link(unfinished, file)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink(missing_ok=True)
    return open_signer(file)


def sign_note(text: str, signer: Signer) -> Note:
    """A note of `text` with one plain signature."""
    return signed(text, [Signature(signer.key.name, signer.key.key_id, signer.sign(text.encode()))])
