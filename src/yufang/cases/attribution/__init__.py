"""From a narrative to its causes of the five kinds and the chain to the injury (docs/algorithms/attribution.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yufang.cases.attribution.contracts import FACTORS, KINDS, Attribution, FactorGuess, Link, TypedSpan
from yufang.cases.attribution.errors import AttributionError
from yufang.later import later

if TYPE_CHECKING:
    from yufang.cases.attribution.attribute import Attributor

__all__ = ["FACTORS", "KINDS", "Attribution", "AttributionError", "Attributor", "FactorGuess", "Link", "TypedSpan"]

__getattr__ = later(__name__, {"Attributor": "attribute"})
