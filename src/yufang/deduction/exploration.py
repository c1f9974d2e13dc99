"""Which points a visit looks at: the likeliest, and a few that are drawn to learn from.

A list of likely points alone would never find out that the model is wrong about the others. `EXPLORE_SHARE` of a list
is therefore drawn from the points below the likely ones, with chances in proportion to how unsure the belief in them
is, by systematic sampling with unequal probabilities (Madow 1949). Its inclusion probabilities are known exactly, so
what the drawn points show can be weighted back (Horvitz and Thompson 1952). The same seed draws the same list.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from yufang.deduction.answers import spread

EXPLORE_SHARE = 0.2
EVEN = 0.25  # part of the chance that is shared out evenly, so that no point is out of reach

Kind = Literal["likely", "explore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A point nobody has answered: its probability in [0, 1] and how many answers elsewhere spoke of it."""

    id: int
    probability: float
    looks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A place on the list. `propensity` in (0, 1]: the chance that the draw had of taking the point; 1 if likely."""

    id: int
    kind: Kind
    propensity: float


def explore_slots(size: int, share: float = EXPLORE_SHARE) -> int:
    """How many of `size` places explore: the share rounded, at least one of three or more."""
    return min(size, max(round(size * share), 1 if size >= 3 and share > 0 else 0))


def draw(candidates: Sequence[Candidate], size: int, *, seed: str, share: float = EXPLORE_SHARE) -> list[Drawn]:
    """At most `size` places in the order to visit them. Likely points come best first, explored ones in between.

    Raises ValueError for a size below 1 or a share outside [0, 1].
    """
    if size < 1:
        raise ValueError(f"size is {size}; a list has at least one point")
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}; it must lie within [0, 1]")
    ranked = sorted(candidates, key=lambda c: (-c.probability, c.id))
    size = min(size, len(ranked))
    if not size:
        return []
    explored = explore_slots(size, share)
    likely, rest = ranked[: size - explored], ranked[size - explored :]
    chance = random.Random(hashlib.sha256(seed.encode()).digest())
    found = [Drawn(id=c.id, kind="likely", propensity=1.0) for c in likely]
    for one in _systematic(rest, explored, chance):
        # Anywhere but first: whoever stops half-way has explored too, and begins with what is likely.
        found.insert(chance.randint(min(1, len(found)), len(found)), one)
    return found


def _systematic(rest: Sequence[Candidate], places: int, chance: random.Random) -> list[Drawn]:
    if not places:
        return []
    unsure = [spread(c.probability, c.looks) for c in rest]
    total = sum(unsure)
    even = 1 / len(rest)
    weights = [EVEN * even + (1 - EVEN) * (u / total if total else even) for u in unsure]
    inclusion = _inclusion(weights, places)
    order = list(range(len(rest)))
    chance.shuffle(order)
    at, passed = chance.random(), 0.0
    found: list[Drawn] = []
    for i in order:
        passed += inclusion[i]
        # The slack is for sums of floats that end a hair below a whole number.
        if passed > at - 1e-12 and len(found) < places:
            found.append(Drawn(id=rest[i].id, kind="explore", propensity=min(1.0, inclusion[i])))
            at += 1
    return found


def _inclusion(weights: Sequence[float], places: int) -> list[float]:
    """Chances in proportion to `weights` that add up to `places`, none above 1."""
    sure: set[int] = set()
    while True:
        free = sum(w for i, w in enumerate(weights) if i not in sure)
        left = places - len(sure)
        over = {i for i, w in enumerate(weights) if i not in sure and left * w >= free * (1 - 1e-12)}
        if not over:
            return [1.0 if i in sure else left * w / free for i, w in enumerate(weights)]
        sure |= over
        if len(sure) >= places or len(sure) == len(weights):
            return [1.0 if i in sure else 0.0 for i in range(len(weights))]
