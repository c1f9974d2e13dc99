"""Risk profiles: expected injuries and severity, credibility, trend, peers, colour and why they moved."""

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
