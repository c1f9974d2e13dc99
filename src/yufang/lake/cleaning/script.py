"""Traditional to simplified Chinese, by OpenCC's tables."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import opencc


@lru_cache(maxsize=4)
def _converter(config: str) -> opencc.OpenCC:
    return opencc.OpenCC(config)


@lru_cache(maxsize=100_000)
def simplify(text: str) -> str:
    """Simplified Chinese with mainland phrases, full-width forms narrowed: the form in which texts are compared."""
    return convert(unicodedata.normalize("NFKC", text), "tw2sp")


def convert(text: str, config: str) -> str:
    """`text` by one of OpenCC's conversions (t2s: characters only)."""
    return str(_converter(config).convert(text))
