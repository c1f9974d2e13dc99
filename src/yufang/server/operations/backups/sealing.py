"""One sealed file: compressed in pieces (zstd) and, with a key, encrypted piece by piece (AES-256-GCM).

The scheme of pieces is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance, 2015), as age uses it: the number of the piece and whether it is the last are part of the
nonce, so that a piece can be neither changed, left out, moved nor cut off. Each file has a key of its own, made from
the key file and a salt (HKDF-SHA256).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_MAGIC = b"yufang-sealed-1\n"
_PIECE = 1 << 20
_HEAD = struct.Struct(">IB")  # bytes of the piece as stored, whether it is the last
_KEY_LINE = "yufang-backup-key-1:"


class SealProblem(Exception):
    """A sealed file can't be opened, or a key file can't be used: what is wrong, and the way out."""

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(message)
        self.message, self.way_out = message, way_out


@dataclass(frozen=True, slots=True)
class Key:
    """32 bytes from a key file."""

    secret: bytes

    def for_file(self, salt: bytes) -> AESGCM:
        """The cipher of the file with this salt."""
        return AESGCM(HKDF(hashes.SHA256(), 32, salt, b"yufang backup file").derive(self.secret))

    def name_of(self, digest: str) -> str:
        """The name of content in an encrypted store: the hash itself would tell whether a known photo is there."""
        return hmac.new(self.secret, bytes.fromhex(digest), hashlib.sha256).hexdigest()


def make_key(path: Path) -> None:
    """Write a new key file, for this user only. Raises SealProblem where there is one already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SealProblem(
            f"{path} is there already / {path} 已存在", "keep it: older backups need it; or name another file"
        ) from error
    except OSError as error:
        raise SealProblem(f"{path} can't be written ({error.strerror}) / {path} 无法写入", "name another") from error
    with os.fdopen(handle, "w") as file:
        file.write(f"{_KEY_LINE}{secrets.token_hex(32)}\n")


def read_key(path: Path | None) -> Key | None:
    """The key in a key file; None where none is set. Raises SealProblem."""
    if path is None:
        return None
    try:
        text = path.read_text("ascii").strip()
        if not text.startswith(_KEY_LINE):
            raise ValueError
        secret = bytes.fromhex(text.removeprefix(_KEY_LINE))
        if len(secret) != 32:
            raise ValueError
    except OSError as error:
        raise SealProblem(
            f"the key file {path} can't be read ({error.strerror}) / 无法读取密钥文件 {path}",
            "set YUFANG_BACKUP_KEY_FILE to the key file of these backups",
        ) from error
    except ValueError as error:
        raise SealProblem(
            f"{path} is not a key file / {path} 不是密钥文件", "yufang backup key FILE makes one"
        ) from error
    return Key(secret)


def seal(source: IO[bytes], target: Path, key: Key | None) -> str:
    """Write what `source` gives as the sealed file `target`, whole or not at all; returns the SHA-256 of its bytes."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    total = hashlib.sha256()
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            for part in _sealed(source, key):
                total.update(part)
                out.write(part)
            out.flush()
            os.fsync(out.fileno())
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(target.parent)
    return total.hexdigest()


def _sealed(source: IO[bytes], key: Key | None) -> Iterator[bytes]:
    salt = secrets.token_bytes(16)
    yield _MAGIC + (b"\1" if key else b"\0") + salt
    cipher = key.for_file(salt) if key else None
    number, piece = 0, _read(source)
    while True:
        after = _read(source) if piece else b""
        last = not after
        body = struct.pack(">I", len(piece)) + (pa.compress(piece, codec="zstd", asbytes=True) if piece else b"")
        if cipher:
            body = cipher.encrypt(_nonce(number, last), body, None)
        yield _HEAD.pack(len(body), last) + body
        if last:
            return
        number, piece = number + 1, after


def _read(source: IO[bytes]) -> bytes:
    """A whole piece, also from a pipe; less only at the end."""
    parts, wanted = [], _PIECE
    while wanted and (part := source.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def opened(path: Path, key: Key | None) -> Iterator[bytes]:
    """The pieces of a sealed file. Raises SealProblem where it was altered, cut off, or the key is another."""
    try:
        with path.open("rb") as file:
            yield from _pieces(path, file, key)
    except OSError as error:
        raise SealProblem(
            f"{path} can't be read ({error.strerror}) / 无法读取 {path}", "see that the folder of backups is there"
        ) from error


def _pieces(path: Path, file: IO[bytes], key: Key | None) -> Iterator[bytes]:
    head = file.read(len(_MAGIC) + 17)
    if len(head) != len(_MAGIC) + 17 or not head.startswith(_MAGIC):
        raise _altered(path)
    encrypted = head[len(_MAGIC)] == 1
    if encrypted and key is None:
        raise SealProblem(
            f"{path.name} is encrypted / {path.name} 已加密",
            "set YUFANG_BACKUP_KEY_FILE to the key file of these backups",
        )
    cipher = key.for_file(head[-16:]) if encrypted and key else None
    number, last = 0, 0
    while not last:
        line = file.read(_HEAD.size)
        if len(line) != _HEAD.size:
            raise _altered(path)
        length, last = _HEAD.unpack(line)
        body = file.read(length)
        try:
            if len(body) != length or length > 2 * _PIECE:
                raise _altered(path)
            plain = cipher.decrypt(_nonce(number, bool(last)), body, None) if cipher else body
            size = int.from_bytes(plain[:4], "big")
            if size > _PIECE:
                raise _altered(path)
            if size:
                yield pa.decompress(plain[4:], size, codec="zstd", asbytes=True)
        except (InvalidTag, pa.ArrowInvalid, OSError) as error:
            raise _altered(path) from error
        number += 1
    if file.read(1):
        raise _altered(path)


def _altered(path: Path) -> SealProblem:
    return SealProblem(
        f"{path.name} was altered or cut off, or the key is another / {path.name} 被改动、不完整或密钥不符",
        "use another copy of the backups, or another backup: yufang backup list",
    )


def unseal(path: Path, target: Path, key: Key | None) -> str:
    """Write what a sealed file holds to `target`; returns its SHA-256."""
    total = hashlib.sha256()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        for piece in opened(path, key):
            total.update(piece)
            out.write(piece)
    return total.hexdigest()


def sync_folder(folder: Path) -> None:
    """Make names in `folder` outlast a crash of the machine."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
