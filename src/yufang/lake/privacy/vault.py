"""The way back from masked texts: token → original, encrypted, with a key that is kept apart.

The vault is one file, AES-256-GCM over the whole mapping, with the file's format and the key's id as authenticated
data. Without the key it says how many entries it may hold and nothing else. The key is 32 random bytes in base64, in
a file that only its owner can read, and never in the vault's own folder.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yufang.lake.errors import LakeError

_FORMAT = "yufang-vault-1"


@dataclass
class Vault:
    """Tokens and what they stand for. One original has one token, in every text masked with this vault."""

    originals: dict[str, str] = field(default_factory=dict)  # token → original
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)  # (label, original) → token
    _last: dict[str, int] = field(default_factory=dict)  # label → highest number given

    def token(self, label: str, original: str) -> str:
        """Return the token of `original`, a new one at first sight."""
        known = self._tokens.get((label, original))
        if known is None:
            number = self._last.get(label, 0) + 1
            while f"〔{label}{number}〕" in self.originals:
                number += 1
            known = f"〔{label}{number}〕"
            self._last[label] = number
            self._keep(label, known, original)
        return known

    def reserve(self, token: str) -> None:
        """Let a token that a source itself has written stand for itself."""
        self.originals.setdefault(token, token)

    def _keep(self, label: str, token: str, original: str) -> None:
        self.originals[token] = original
        self._tokens[label, original] = token

    def save(self, path: Path, key: bytes) -> None:
        """Write the vault encrypted; the old file is replaced whole or not at all."""
        content = json.dumps(self.originals, ensure_ascii=False).encode()
        nonce = secrets.token_bytes(12)
        header = {"format": _FORMAT, "cipher": "AES-256-GCM", "key_id": key_id(key)}
        sealed = AESGCM(key).encrypt(nonce, content, _associated(header))
        body = header | {"nonce": base64.b64encode(nonce).decode(), "data": base64.b64encode(sealed).decode()}
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        beside.write_text(json.dumps(body, indent=1), encoding="ascii")
        os.chmod(beside, 0o600)
        beside.replace(path)

    @classmethod
    def open(cls, path: Path, key: bytes) -> Vault:
        """Read a vault. Raises LakeError where it is missing, no vault, altered, or the key is another's."""
        if not path.is_file():
            raise LakeError("missing_file", file=path)
        try:
            body = json.loads(path.read_text(encoding="ascii"))
            header = {name: body[name] for name in ("format", "cipher", "key_id")}
            nonce, sealed = base64.b64decode(body["nonce"]), base64.b64decode(body["data"])
        except (ValueError, KeyError, TypeError) as error:
            raise LakeError("no_vault", file=path) from error
        if header["format"] != _FORMAT:
            raise LakeError("no_vault", file=path)
        if header["key_id"] != key_id(key):
            raise LakeError("wrong_key", file=path, wanted=header["key_id"], given=key_id(key))
        try:
            content = AESGCM(key).decrypt(nonce, sealed, _associated(header))
        except InvalidTag as error:
            raise LakeError("altered_vault", file=path) from error
        vault = cls()
        for token, original in json.loads(content).items():
            label = token.strip("〔〕").rstrip("0123456789")
            vault._keep(label, token, original)
            number = token.strip("〔〕")[len(label) :]
            vault._last[label] = max(vault._last.get(label, 0), int(number or 0))
        return vault


def _associated(header: dict[str, str]) -> bytes:
    return json.dumps(header, sort_keys=True).encode()


def key_id(key: bytes) -> str:
    """Eight hex digits that tell keys apart and tell nothing of them."""
    return hashlib.sha256(b"yufang key id" + key).hexdigest()[:8]


def make_key(path: Path) -> bytes:
    """Make a new key and write it to `path`, readable by its owner alone; never over an existing file."""
    key = secrets.token_bytes(32)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise LakeError("key_exists", file=path) from error
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
    return key


def read_key(path: Path) -> bytes:
    """Read a key. Raises LakeError where the file is missing or holds none."""
    if not path.is_file():
        raise LakeError("missing_file", file=path)
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except ValueError as error:
        raise LakeError("no_key", file=path) from error
    if len(key) != 32:
        raise LakeError("no_key", file=path)
    return key


def apart(vault: Path, key: Path) -> None:
    """Raise LakeError where key and vault lie in one folder: who takes one would take both."""
    if vault.resolve().parent == key.resolve().parent:
        raise LakeError("key_beside_vault", folder=vault.resolve().parent)
