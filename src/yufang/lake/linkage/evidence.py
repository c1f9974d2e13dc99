"""Why two records look alike or not: the weight of each field, in bits, and how well the field agrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yufang.lake.linkage.contracts import Kind


@dataclass(frozen=True, slots=True)
class FieldEvidence:
    """`bits` > 0 speaks for one thing, < 0 for two; 0 where a value is missing. `level`: how far the field agrees."""

    field: str
    level: str
    bits: float


def evidence(pair: Mapping[str, Any], kind: Kind) -> list[FieldEvidence]:
    """The fields of a scored pair (a row of `Linkage.pairs`) in the kind's order."""
    told = []
    for c in kind.comparisons:
        gamma = int(pair[f"gamma_{c.field}"])
        label = "missing" if gamma < 0 else c.levels[len(c.levels) - 1 - gamma].label
        told.append(FieldEvidence(c.field, label, float(pair[f"mw_{c.field}"])))
    return told
