"""Signed notes: text with Ed25519 signatures of named keys, after C2SP signed-note v1.0.0.

A key is written as one line. What others get is `NAME+ID+BASE64` (the specification's vkey), what its owner keeps is
`PRIVATE+KEY+NAME+ID+BASE64`, as the Go module `sumdb/note` writes it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01  # a signature over the text
COSIGNATURE = 0x04  # C2SP tlog-cosignature: a time and a signature over both
MOST_SIGNATURES = 100
_PRIVATE = "PRIVATE+KEY+"


class NoteError(ValueError):
    """A note or a key that isn't of the form, or that no known key signed: says which line and why."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key: 32 bytes of Ed25519 under a name. `algorithm` is ED25519 or COSIGNATURE."""

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.algorithm not in (ED25519, COSIGNATURE) or len(self.public) != 32:
            raise NoteError(f"the key {self.name} is not an Ed25519 key: only these are known here")

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name, newline, algorithm, public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_encoded(bytes([self.algorithm]) + self.public)}"

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def read_key(line: str) -> VerifierKey:
    """Read a public key's line. Raises NoteError."""
    name, _, rest = line.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    material = _decoded(encoded, "a key's last part")
    if not material:
        raise NoteError(f"{line.strip()[:60]!r} is not NAME+ID+BASE64")
    key = VerifierKey(name, material[1:], material[0])
    if key.key_id.hex() != key_id:
        raise NoteError(f"the key {name} has the id {key.key_id.hex()}, not {key_id[:16]}: a letter is wrong in it")
    return key


def write_private(name: str, seed: bytes, algorithm: int = ED25519) -> str:
    """The line that holds a private key: 32 bytes of seed. Keep it in a file that only its owner reads."""
    key = VerifierKey(name, _public(seed), algorithm)
    return f"{_PRIVATE}{name}+{key.key_id.hex()}+{_encoded(bytes([algorithm]) + seed)}"


def read_private(line: str) -> tuple[VerifierKey, bytes]:
    """The key and its seed from the private line. Raises NoteError, which never quotes the line."""
    if not line.startswith(_PRIVATE):
        raise NoteError("this is not a private key: its line begins with PRIVATE+KEY+")
    name, _, rest = line.strip().removeprefix(_PRIVATE).partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        material = base64.b64decode(encoded, validate=True)
        key = VerifierKey(name, _public(material[1:]), material[0])
    except (binascii.Error, ValueError, IndexError):
        raise NoteError("the private key is damaged: restore its file from a backup") from None
    if key.key_id.hex() != key_id:
        raise NoteError("the private key doesn't fit its id: restore its file from a backup")
    return key, material[1:]


def check_name(name: str) -> None:
    """Raises NoteError for a name that has a space or a plus, or is empty."""
    if not name or "+" in name or re.search(r"\s", name) or not name.isprintable():
        raise NoteError(f"{name!r} can't name a key: no spaces, no plus, not empty")


class Signature(NamedTuple):
    """One signature line: who signed, by which key, and the bytes."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"— {self.name} {_encoded(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending in a newline, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)

    def signed_by(self, keys: Iterable[VerifierKey]) -> list[tuple[VerifierKey, int | None]]:
        """The known keys that signed, each with the time of its cosignature (seconds, None for a plain signature).

        Unknown keys are passed over. Raises NoteError where a signature of a known key is wrong.
        """
        known = {(key.name, key.key_id): key for key in keys}
        found: list[tuple[VerifierKey, int | None]] = []
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None or any(key == other for other, _ in found):
                continue
            value, time, message = signature.value, None, self.text.encode()
            if key.algorithm == COSIGNATURE:
                if len(value) != 72:
                    raise NoteError(f"the cosignature of {key.name} is not 72 bytes long")
                time = int.from_bytes(value[:8], "big")
                message, value = cosigned(self.text, time), value[8:]
            if not key.verify(value, message):
                raise NoteError(f"the signature of {key.name} does not fit the text")
            found.append((key, time))
        return found


def cosigned(text: str, time: int) -> bytes:
    """The bytes that a witness signs for a checkpoint's text at `time` (seconds), C2SP tlog-cosignature."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def read_note(data: bytes | str) -> Note:
    """Read a signed note. Raises NoteError naming the line. Nothing is verified: see `signed_by`."""
    try:
        whole = data.decode("utf-8") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        raise NoteError(f"a note is UTF-8; byte {error.start} is not") from error
    if any(ord(letter) < 32 and letter != "\n" for letter in whole):
        raise NoteError("a note has no control characters but newlines")
    place = whole.rfind("\n\n")
    if place < 0 or not whole.endswith("\n") or place + 2 == len(whole):
        raise NoteError("a note is a text, an empty line and signature lines, each with a newline")
    lines = whole[place + 2 : -1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteError(f"a note has at most {MOST_SIGNATURES} signatures here, not {len(lines)}")
    return Note(whole[: place + 1], tuple(read_signature(line) for line in lines))


def read_signature(line: str) -> Signature:
    """Read one signature line. Raises NoteError."""
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—":
        raise NoteError(f"{line[:60]!r} is not a signature line: it begins with — and a space")
    check_name(name)
    value = _decoded(encoded, f"the signature of {name}")
    if len(value) < 5:
        raise NoteError(f"the signature of {name} is too short")
    return Signature(name, value[:4], value[4:])


def signed(text: str, signatures: Sequence[Signature]) -> Note:
    """A note of `text`, which must end in a newline, with these signatures."""
    if not text.endswith("\n") or not signatures:
        raise NoteError("a note's text ends in a newline and somebody signed it")
    return Note(text, tuple(signatures))


def _public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"{what} is not base64") from error
