"""Ten points are not one point ten times: a greedy cover of what can be found, by maximal marginal relevance.

Source: Carbonell and Goldstein, The use of MMR, diversity-based reranking for reordering documents and producing
summaries, SIGIR 1998. Each next point is the one with the largest probability × (1 - SHARE × likeness to the points
already kept). Two points that share equipment, part and cause never stand in one list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

SHARE = 0.5  # weight of likeness; how it was chosen: docs/algorithms/deduction.md
SAME_WORDS = 0.6  # share of common character pairs from which two wordings say the same
LIKE_EQUIPMENT = 0.5  # likeness of two points of one equipment …
LIKE_PART = 0.8  # … and of one part of it

Bools = NDArray[np.bool_]
Likes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Face:
    """What likeness is judged by. `equipment`, `part`, `factor`, `row` are numbers, -1 where there is none;
    `title` and `cause` the numbered character pairs of the wordings."""

    equipment: int
    part: int
    factor: int
    row: int
    title: NDArray[np.int32]
    cause: NDArray[np.int32]


def choose(faces: Sequence[Face], worth: NDArray[np.float64], n: int, *, limit: int) -> list[int]:
    """Places of at most `n` points, in the order they were kept.

    faces: candidates, the better first among equals. worth (R,): probability of each. limit: points of one equipment,
    given up where too few others are left; then points that share equipment, part and factor come in as long as their
    cause is worded differently.
    """
    like, never, same_factor = _likeness(faces)
    equipment = np.array([face.equipment for face in faces])
    kept: list[int] = []
    nearest = np.zeros(len(faces))
    for cap, strict in ((limit, True), (n, True), (n, False)):
        if len(kept) == n:
            break
        same = same_factor if strict else same_factor & (_overlap([face.cause for face in faces]) >= SAME_WORDS)
        shut = never | same
        open_ = np.ones(len(faces), np.bool_)
        for place in kept:
            open_ &= ~shut[place]
        _fill(kept, open_, nearest, worth, like, shut, equipment, n, cap)
    return kept


def _fill(
    kept: list[int],
    open_: Bools,
    nearest: Likes,
    worth: NDArray[np.float64],
    like: Likes,
    shut: Bools,
    equipment: NDArray[np.int_],
    n: int,
    cap: int,
) -> None:
    """Keep one after the other while any is open; `open_` and `nearest` are brought up to date."""
    count: dict[int, int] = {}
    for place in kept:
        count[int(equipment[place])] = count.get(int(equipment[place]), 0) + 1
        open_[place] = False
    for kind, held in count.items():
        if kind >= 0 and held >= cap:
            open_ &= equipment != kind
    while len(kept) < n and open_.any():
        gain = np.where(open_, worth * (1 - SHARE * nearest), -1.0)
        best = int(np.argmax(gain))
        kept.append(best)
        np.maximum(nearest, like[best], out=nearest)
        open_ &= ~shut[best]
        open_[best] = False
        kind = int(equipment[best])
        count[kind] = count.get(kind, 0) + 1
        if kind >= 0 and count[kind] >= cap:
            open_ &= equipment != kind


def _likeness(faces: Sequence[Face]) -> tuple[Likes, Bools, Bools]:
    """(R, R) likeness in [0, 1]; pairs that say the same thing; pairs of one equipment, part and factor."""
    title = _overlap([face.title for face in faces])
    equipment, part, factor, row = (
        np.array([getattr(face, name) for face in faces]) for name in ("equipment", "part", "factor", "row")
    )
    same_equipment = (equipment[:, None] == equipment) & (equipment[:, None] >= 0)
    same_part = same_equipment & (part[:, None] == part)
    like = np.maximum(title, np.where(same_part, LIKE_PART, np.where(same_equipment, LIKE_EQUIPMENT, 0.0)))
    same_factor = same_part & (factor[:, None] == factor)
    never = (title >= SAME_WORDS) | ((row[:, None] == row) & (row[:, None] >= 0))
    return like, never, same_factor


def _overlap(sets: Sequence[NDArray[np.int32]]) -> Likes:
    """(R, R) common members of two sets over the smaller one's size; 0 where one is empty."""
    sizes = np.array([len(one) for one in sets])
    at = np.concatenate(([0], np.cumsum(sizes)))
    members = np.concatenate(sets) if len(sets) else np.zeros(0, np.int32)
    width = int(members.max()) + 1 if len(members) else 1
    table = csr_matrix((np.ones(len(members), np.float32), members, at), shape=(len(sets), width))
    common = (table @ table.T).toarray()
    least = np.maximum(np.minimum(sizes[:, None], sizes), 1)
    return np.asarray(common / least, np.float64)
