"""How like two short descriptions of a hazard are: shared pairs of characters, which needs no word list.

Jaccard's index over character bigrams (Jaccard 1901), the same for Chinese and English.
"""

from __future__ import annotations

import unicodedata


def bigrams(text: str) -> frozenset[str]:
    """Pairs of neighbouring letters and digits of `text`, folded by NFKC and case; a single sign stands for itself."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1)) or frozenset({plain} - {""})


def likeness(first: str, second: str) -> float:
    """Between 0 (nothing shared) and 1 (the same pairs)."""
    a, b = bigrams(first), bigrams(second)
    both = len(a & b)
    return both / (len(a) + len(b) - both) if both else 0.0
