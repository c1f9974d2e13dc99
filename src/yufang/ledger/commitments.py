"""Personal data in a leaf: only a salted commitment to it. Whoever deletes the salt makes the leaf say nothing.

A commitment is HMAC-SHA-256 (RFC 2104) with a salt of 32 random bytes as key over the canonical JSON (RFC 8785) of the
value. Without its salt a commitment can't be tried against guesses, so that names and numbers of few digits stay hidden
when the salt is erased, and the log, whose leaf is unchanged, stays whole.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from yufang.ledger.canonical import canonical

SALT_BYTES = 32


def commitment(salt: bytes, value: Any) -> str:
    """The commitment to `value` (what JSON can carry) under `salt`, in hex. Raises ValueError for a short salt."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} random bytes, not {len(salt)}")
    return hmac.new(salt, canonical(value), hashlib.sha256).hexdigest()


def opens(committed: str, salt: bytes, value: Any) -> bool:
    """Whether `value` under `salt` is what was committed to."""
    return hmac.compare_digest(committed, commitment(salt, value))
