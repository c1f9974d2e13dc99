"""From a narrative to its causes of the five kinds and the chain to the injury (docs/algorithms/attribution.md)."""

from __future__ import annotations

from yufang.cases.attribution.attribute import Attributor
from yufang.cases.attribution.contracts import FACTORS, KINDS, Attribution, FactorGuess, Link, TypedSpan
from yufang.cases.attribution.errors import AttributionError

__all__ = ["FACTORS", "KINDS", "Attribution", "AttributionError", "Attributor", "FactorGuess", "Link", "TypedSpan"]
