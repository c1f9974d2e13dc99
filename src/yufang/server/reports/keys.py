"""The key of the reports: a file in the home folder that the database never sees.

With it follow codes are made, and what must be recognised again without being readable is hashed. Whoever holds a copy
of the database and not this file finds no code. Back it up apart from the database; lost, codes are lost. Contacts are
sealed with the ring of `yufang.server.privacy`; those from before it were encrypted with this key (Fernet) and open
still, until `yufang privacy seal` has sealed them anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from yufang.server.privacy import vault
from yufang.server.privacy.ring import KeyProblem

# Crockford's base 32: no I, L, O, U, so that a code is read aloud and typed without doubt.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LETTERS = 12  # 60 bits; tried over the network only, for the stored hash needs the key


def follow_code(client_id: UUID) -> str:
    """The private code of a report, `7K3M-9QWD-X2RT`: the same for the same report as long as the key lives."""
    number = int.from_bytes(_mac("follow-code", client_id.bytes)[:8], "big")
    letters = "".join(_LETTERS[(number >> (5 * n)) & 31] for n in range(CODE_LETTERS))
    return "-".join(letters[n : n + 4] for n in range(0, CODE_LETTERS, 4))


def typed_code(text: str) -> str:
    """A code as a person typed it, brought to its one form: case, spaces and dashes don't count, O is 0, I and L
    are 1. Empty where it can't be a code."""
    plain = "".join(c for c in text.upper() if c.isalnum()).translate(str.maketrans("OIL", "011"))
    if len(plain) != CODE_LETTERS or any(c not in _LETTERS for c in plain):
        return ""
    return "-".join(plain[n : n + 4] for n in range(0, CODE_LETTERS, 4))


def code_hash(code: str) -> str:
    """What the database keeps of a code."""
    return _mac("follow-hash", code.encode()).hex()


def content_hash(content: Any) -> str:
    """Recognises the same content again; keyed, so that a telephone number can't be found by trying all."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _mac("content", text.encode()).hex()


CONTACT = "reports_report.contact"


def sealed(contact: dict[str, str], client_id: UUID) -> bytes:
    """A contact, sealed for the report of this id."""
    return vault.seal(json.dumps(contact, ensure_ascii=False).encode(), CONTACT, client_id).encode()


def unsealed(data: bytes, client_id: UUID) -> dict[str, str]:
    """The contact again. Raises ValueError where it was sealed with another key or for another report."""
    stored = bytes(data)
    try:
        plain = (
            vault.open_sealed(stored.decode(), CONTACT, client_id) if vault.is_sealed(stored) else opened_before(stored)
        )
    except KeyProblem as error:
        raise ValueError("the contact was sealed with another key or for another report") from error
    found: dict[str, str] = json.loads(plain)
    return found


def opened_before(stored: bytes) -> bytes:
    """A contact from before the ring. Raises ValueError where it was encrypted with another key."""
    try:
        return _fernet(_file()).decrypt(bytes(stored))
    except InvalidToken as error:
        raise ValueError("the contact was encrypted with another key") from error


def _mac(purpose: str, data: bytes) -> bytes:
    return hmac.new(_key(_file()), purpose.encode() + b"\0" + data, hashlib.sha256).digest()


def _file() -> Path:
    found: Path = settings.CONFIG.home.resolve() / "reports_key"
    return found


@lru_cache(maxsize=4)
def _fernet(file: Path) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(file)))


@lru_cache(maxsize=4)
def _key(file: Path) -> bytes:
    """The 32 bytes in `file`; made whole or not at all where there is none, for this user only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=file.parent, prefix=".reports_key")
        with os.fdopen(handle, "wb") as made:
            made.write(Fernet.generate_key())
            made.flush()
            os.fsync(made.fileno())
        try:
            os.link(unfinished, file)  # of two processes that start at once, one wins and both read its key
        except FileExistsError:
            pass
        finally:
            os.unlink(unfinished)
    return base64.urlsafe_b64decode(file.read_bytes().strip())
