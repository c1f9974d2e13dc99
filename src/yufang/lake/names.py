"""One id for one enterprise, however its name is written: normalised names, hashed ids, credit-code check digits."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache

from yufang.lake.cleaning.numbers import CREDIT_ALPHABET
from yufang.lake.data import load_data

_SPACE_BY_HAN = re.compile(r"\s*([\u3400-\u9fff()])\s*")
_LATIN = re.compile("[a-z]")
CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def normalise_name(name: str) -> str:
    """Return `name` in the one form that all its spellings share: NFKC, no spaces, one spelling of each suffix.

    >>> normalise_name("国城 营造（股）公司") == normalise_name("国城营造股份有限公司")
    True
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    rules = _rules()
    text = text.translate(rules.characters)
    text = " ".join(text.split())
    latin = _LATIN.search(text) is not None
    for pattern, canonical, of_latin in rules.suffixes:
        if latin or not of_latin:
            text = pattern.sub(canonical, text)
    # Spaces part words in English and mean nothing in Chinese.
    if " " in text:
        text = _SPACE_BY_HAN.sub(r"\1", text)
    return text.strip(" .,;")


def name_id(name: str) -> str:
    """Return the enterprise id of a name without a credit code: E and 16 hex digits of its normal form's SHA-256."""
    return "E" + hashlib.sha256(normalise_name(name).encode()).hexdigest()[:16]


def is_credit_code(code: str) -> bool:
    """Say whether `code` is a unified social credit code with the right check digit (GB 32100-2015)."""
    if len(code) != 18 or any(char not in CREDIT_ALPHABET for char in code):
        return False
    total = sum(CREDIT_ALPHABET.index(char) * weight for char, weight in zip(code[:17], CREDIT_WEIGHTS, strict=True))
    return CREDIT_ALPHABET[(31 - total % 31) % 31] == code[17]


class _Rules:
    def __init__(self) -> None:
        data = load_data("company_names.yaml")
        self.characters = str.maketrans(data["characters"])
        # A Latin ending can't stand in a name without Latin letters: most names need a third of the work.
        self.suffixes = [
            (re.compile(pattern), canonical, canonical.isascii())
            for canonical, patterns in data["suffixes"].items()
            for pattern in patterns
        ]


@cache
def _rules() -> _Rules:
    return _Rules()
