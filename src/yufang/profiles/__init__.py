"""Risk profiles: expected injuries and severity, credibility, trend, peers and colour."""

from yufang.profiles.contracts import RiskProfile
from yufang.profiles.credibility import BuhlmannStraub, GammaPrior
from yufang.profiles.profile import ColourBands, profile_region

__all__ = ["BuhlmannStraub", "ColourBands", "GammaPrior", "RiskProfile", "profile_region"]
