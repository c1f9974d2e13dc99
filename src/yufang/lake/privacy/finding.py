"""Everything personal in a text, each place once."""

from __future__ import annotations

from collections.abc import Iterable

from yufang.lake.privacy.contracts import Found
from yufang.lake.privacy.names import find_names
from yufang.lake.privacy.numbers import find_numbers

THRESHOLD = 0.6
# Which kind wins where two claim the same characters.
_RANK = {"identity": 6, "card": 5, "phone": 4, "plate": 3, "email": 2, "address": 1, "name": 0}


def find_personal(text: str, threshold: float = THRESHOLD) -> list[Found]:
    """Return what belongs to a person in `text`, in order and without overlap; offsets count characters.

    Kinds: name, identity, phone, plate, card, address (from street level on), email. Only what is at least
    `threshold` sure. Companies and places stay.
    """
    candidates = [one for one in (*find_numbers(text), *find_names(text)) if one.confidence >= threshold]
    candidates.sort(key=lambda one: (-_RANK[one.kind], -one.confidence, -(one.end - one.start), one.start))
    chosen: list[Found] = []
    taken = bytearray(len(text))
    for one in candidates:
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\x01" * (one.end - one.start)
            chosen.append(one)
    return sorted(chosen)


def find_in_all(texts: Iterable[str | None], threshold: float = THRESHOLD) -> list[list[Found]]:
    """`find_personal` for each text; an empty list for none."""
    return [find_personal(text, threshold) if text else [] for text in texts]
