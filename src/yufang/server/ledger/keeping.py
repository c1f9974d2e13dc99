"""What the ledger keeps outside the database: its key, the folder of published tiles, and whom it asks to witness."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from yufang.ledger.keys import FileSigner, Signer, make_signer
from yufang.ledger.note import COSIGNATURE, ED25519, NoteError, VerifierKey, read_key
from yufang.ledger.tiles import TileFolder

CONTINUES = "continues.json"  # in the folder of a restored log: which one it goes on from


@dataclass(frozen=True, slots=True)
class Asked:
    """A witness that is asked: its key, and the address that `/add-checkpoint` is put behind."""

    key: VerifierKey
    url: str


def folder() -> TileFolder:
    """The published log: `ledger/` in the home folder, with `checkpoint`, `key` and `tile/`."""
    return TileFolder(settings.CONFIG.home.resolve() / "ledger")


def signer() -> Signer:
    """The log's key: in the file that the setting names, or `ledger_key` in the home folder; made at first use."""
    return _signer(str(settings.CONFIG.ledger_key or settings.CONFIG.home.resolve() / "ledger_key"), ED25519)


def witness_signer() -> Signer:
    """The key by which this deployment witnesses the logs of others; `witness_key` in the home folder."""
    return _signer(str(settings.CONFIG.home.resolve() / "witness_key"), COSIGNATURE)


@lru_cache(maxsize=8)
def _signer(file: str, algorithm: int) -> FileSigner:
    # The name is the log's origin for as long as the key lives: chosen once, unlike any other deployment's.
    config = settings.CONFIG
    host = re.sub(r"^https?://|[\s+]", "", config.public_url) or config.allowed_hosts.split(",")[0].strip() or "yufang"
    kind = "witness" if algorithm == COSIGNATURE else "ledger"
    name = f"{host}/{kind}/{secrets.token_hex(4)}"
    if algorithm == ED25519 and config.ledger_origin:
        name = config.ledger_origin
    return make_signer(Path(file), name, algorithm)


def witnesses() -> list[Asked]:
    """Whom the setting says to ask. Raises NoteError naming the entry that isn't `KEY@URL`."""
    found = []
    for entry in _entries(settings.CONFIG.ledger_witnesses):
        line, at, url = entry.partition("@http")
        if not at:
            raise NoteError(f"YUFANG_LEDGER_WITNESSES: {entry[:60]!r} is not KEY@URL")
        key = read_key(line)
        if key.algorithm != COSIGNATURE:
            raise NoteError(f"YUFANG_LEDGER_WITNESSES: {key.name} is a log's key, not a witness's")
        found.append(Asked(key, "http" + url.rstrip("/")))
    return found


def followed() -> dict[str, list[VerifierKey]]:
    """Origins of the logs of other deployments that this one witnesses, with their keys. Raises NoteError."""
    logs: dict[str, list[VerifierKey]] = {}
    for entry in _entries(settings.CONFIG.ledger_follow):
        key = read_key(entry)
        logs.setdefault(key.name, []).append(key)
    return logs


def log_keys() -> list[VerifierKey]:
    """The keys that signed this log, the present one first: earlier ones stand in `ledger/keys`, a line each."""
    known = [signer().key]
    file = folder().folder / "keys"
    if file.exists():
        known += [key for key in map(read_key, file.read_text().split()) if key not in known]
    return known


def _entries(text: str) -> list[str]:
    return [entry for entry in re.split(r"[\s,]+", text) if entry]
