"""Keys of encrypted fields: what a key ring has to do, and the ring that is a file in the home folder.

The file `field_keys.json` (0600) holds one key at work, keys that rows may still carry, retired ones (kept for old
backups until they are destroyed) and the key of blind indexes. The database never sees it. A ring in a key management
service or a PKCS#11 token does the same four things; nothing else in the platform touches a key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from filelock import FileLock

from yufang.server.scrubbing import forget_also, values_in

NONCE_BYTES = 12  # drawn at random: 2^32 values under one key before a repeat is likelier than 2^-32 (SP 800-38D, 8.3)


class KeyProblem(Exception):
    """The keys can't be used: what is wrong, and the way out (zh, en)."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class KeyRing(Protocol):
    """Seals and opens bytes under named keys. `bound` is authenticated and not stored (associated data of AES-GCM)."""

    def at_work(self) -> str:
        """Id of the key that new values are sealed with."""

    def seal(self, plain: bytes, bound: bytes) -> tuple[str, bytes]:
        """(key id, box): `plain` under the key at work."""

    def open(self, key_id: str, box: bytes, bound: bytes) -> bytes:
        """What was sealed. Raises KeyProblem for an unknown key, altered bytes or another `bound`."""

    def fingerprint(self, purpose: str, data: bytes) -> bytes:
        """Keyed hash of 32 bytes: finds an equal value without reading any."""


class FileKeyRing:
    """The ring in a file. Another process may turn it at any time: the file is looked at before each sealing."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._seen: tuple[int, int] = (0, 0)
        self._ring: dict[str, Any] = {}

    def at_work(self) -> str:
        return str(self._read()["at_work"])

    def keys(self) -> dict[str, dict[str, str]]:
        """Key id → made (ISO time), state: at_work, leaving or retired. No key."""
        ring = self._read()
        return {
            name: {"made": key["made"], "state": "at_work" if name == ring["at_work"] else key["state"]}
            for name, key in ring["keys"].items()
        }

    def seal(self, plain: bytes, bound: bytes) -> tuple[str, bytes]:
        ring = self._read()
        name = ring["at_work"]
        nonce = os.urandom(NONCE_BYTES)
        return name, nonce + AESGCM(_bytes(ring["keys"][name]["key"])).encrypt(nonce, plain, bound)

    def open(self, key_id: str, box: bytes, bound: bytes) -> bytes:
        key = self._read()["keys"].get(key_id)
        if key is None:
            raise KeyProblem(
                f"密钥 {key_id} 不在密钥文件 {self.file.name} 中，请从备份恢复该文件。",
                f"the key {key_id} is not in {self.file.name}; restore that file from a backup",
            )
        try:
            return AESGCM(_bytes(key["key"])).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], bound)
        except InvalidTag as error:
            raise KeyProblem(
                "加密字段的内容被改动，或被挪到了别的记录；请从备份恢复这条记录。",
                "an encrypted field was altered or moved to another row; restore that row from a backup",
            ) from error

    def fingerprint(self, purpose: str, data: bytes) -> bytes:
        return hmac.new(_bytes(self._read()["index"]), purpose.encode() + b"\0" + data, hashlib.sha256).digest()

    def turn(self, now: datetime) -> tuple[str, str]:
        """Put a new key to work; the one before leaves. Returns (old, new). A turn that is under way stays as it is."""
        with self._writing() as ring:
            old = ring["at_work"]
            leaving = [name for name, key in ring["keys"].items() if key["state"] == "leaving"]
            if leaving:
                return leaving[0], old
            new = _next_name(ring["keys"])
            ring["keys"][old]["state"] = "leaving"
            ring["keys"][new] = _new_key(now)
            ring["at_work"] = new
        return old, new

    def retire(self, key_id: str) -> None:
        """No row carries `key_id` any more. It stays for old backups, until `destroy`."""
        with self._writing() as ring:
            if key_id != ring["at_work"]:
                ring["keys"][key_id]["state"] = "retired"

    def destroy(self, key_id: str) -> None:
        """Forget a retired key for good: backups that carry it can't be read from then on. Raises KeyProblem."""
        with self._writing() as ring:
            if ring["keys"].get(key_id, {}).get("state") != "retired":
                raise KeyProblem(
                    f"密钥 {key_id} 不存在或仍在使用，不能销毁；请先运行 yufang privacy rotate-keys。",
                    f"the key {key_id} is not there or still in use; run yufang privacy rotate-keys first",
                )
            del ring["keys"][key_id]

    def _read(self) -> dict[str, Any]:
        try:
            found = self.file.stat()
        except FileNotFoundError:
            self._make()
            found = self.file.stat()
        if (found.st_mtime_ns, found.st_ino) != self._seen:
            if stat.S_IMODE(found.st_mode) & 0o077:
                raise KeyProblem(
                    f"密钥文件 {self.file} 可被其他用户读取，请执行 chmod 600。",
                    f"other users can read the key file {self.file}; run chmod 600 on it",
                )
            try:
                self._ring = json.loads(self.file.read_bytes())
            except ValueError as error:
                raise KeyProblem(
                    f"密钥文件 {self.file} 已损坏，请从备份恢复。",
                    f"the key file {self.file} is damaged; restore it from a backup",
                ) from error
            self._seen = (found.st_mtime_ns, found.st_ino)
            forget_also([*values_in(self._ring["keys"]), self._ring["index"]])
        return self._ring

    def _make(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.file}.lock"):
            if not self.file.exists():
                first = _new_key(datetime.fromtimestamp(0).astimezone())
                self._write({"at_work": "k1", "keys": {"k1": first}, "index": _text(secrets.token_bytes(32))})

    @contextmanager
    def _writing(self) -> Iterator[dict[str, Any]]:
        self._read()
        with FileLock(f"{self.file}.lock"):
            self._seen = (0, 0)
            ring = json.loads(json.dumps(self._read()))
            before = json.dumps(ring)
            yield ring
            if json.dumps(ring) != before:
                self._write(ring)

    def _write(self, ring: dict[str, Any]) -> None:
        """Whole or not at all, for this user only."""
        handle, unfinished = tempfile.mkstemp(dir=self.file.parent, prefix=".field_keys")
        with os.fdopen(handle, "w") as file:
            json.dump(ring, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, self.file)
        folder = os.open(self.file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _new_key(now: datetime) -> dict[str, str]:
    made = now.isoformat(timespec="seconds") if now.year > 1970 else ""
    return {"key": _text(AESGCM.generate_key(256)), "made": made, "state": ""}


def _next_name(keys: dict[str, Any]) -> str:
    """Names are never used again, not even those of destroyed keys: they carry a random part."""
    return f"k{len(keys) + 1}{secrets.token_hex(3)}"


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)
