"""Gas leaks from several sensors and the wind: is there one, since when, where from, how much, how far."""

from yufang.sensing.leaks.area import Area, affected_area
from yufang.sensing.leaks.belief import ELSEWHERE, Answer, Belief, Priors
from yufang.sensing.leaks.detector import LeakDetector
from yufang.sensing.leaks.dispersion import Place, Puffs, plume, ppm, seen_at
from yufang.sensing.leaks.site import Air, Site, Watch

__all__ = [
    "ELSEWHERE",
    "Air",
    "Answer",
    "Area",
    "Belief",
    "LeakDetector",
    "Place",
    "Priors",
    "Puffs",
    "Site",
    "Watch",
    "affected_area",
    "plume",
    "ppm",
    "seen_at",
]
