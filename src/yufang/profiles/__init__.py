"""Risk profiles: expected injuries and severity, credibility, trend, peers, colour and why they moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yufang.later import later

if TYPE_CHECKING:
    from yufang.profiles.colours import ColourBands, ColourError, ColourTable, default_colours, read_colours
    from yufang.profiles.contracts import Movement, MovementPart, RiskProfile
    from yufang.profiles.credibility import BuhlmannStraub, GammaPrior
    from yufang.profiles.hierarchy import Hierarchy, Rung
    from yufang.profiles.inputs import ProfileInputError
    from yufang.profiles.profile import profile_region

__all__ = [
    "BuhlmannStraub",
    "ColourBands",
    "ColourError",
    "ColourTable",
    "GammaPrior",
    "Hierarchy",
    "Movement",
    "MovementPart",
    "ProfileInputError",
    "RiskProfile",
    "Rung",
    "default_colours",
    "profile_region",
    "read_colours",
]

__getattr__ = later(
    __name__,
    {
        "BuhlmannStraub": "credibility",
        "ColourBands": "colours",
        "ColourError": "colours",
        "ColourTable": "colours",
        "GammaPrior": "credibility",
        "Hierarchy": "hierarchy",
        "Movement": "contracts",
        "MovementPart": "contracts",
        "ProfileInputError": "inputs",
        "RiskProfile": "contracts",
        "Rung": "hierarchy",
        "default_colours": "colours",
        "profile_region": "profile",
        "read_colours": "colours",
    },
)
