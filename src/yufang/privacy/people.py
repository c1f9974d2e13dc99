"""Identity numbers and pseudonyms of people."""

from __future__ import annotations

import re
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U


def valid_identity_number(text: str) -> bool:
    """Whether `text` is a citizen identity number of 18 places: a date that exists and the check character of
    GB 11643-1999 (ISO 7064 MOD 11-2)."""
    if not re.fullmatch(r"\d{17}[\dX]", text):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return _CHECKS[sum(w * int(c) for w, c in zip(_WEIGHTS, text, strict=False)) % 11] == text[17]


def masked_identity(text: str) -> str:
    """An identity number as it may stand on a page: the first and the last places only."""
    return f"{text[:3]}{'*' * (len(text) - 5)}{text[-2:]}" if len(text) > 5 else "*" * len(text)


def pseudonym(digest: bytes) -> tuple[str, str]:
    """The stable name (zh, en) of a person who was erased. `digest`: a keyed hash of the person's id (8 bytes or
    more), so that nobody without the key finds the person by trying."""
    number = int.from_bytes(digest[:8], "big")
    code = "".join(_LETTERS[(number >> (5 * n)) & 31] for n in range(6))
    return f"已注销人员 {code}", f"Erased person {code}"
