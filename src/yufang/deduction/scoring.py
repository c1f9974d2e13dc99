"""LEC score of a hazard point: likelihood from its probability, exposure and consequence from the pack row.

The mapping is a convention of this project, written out in docs/algorithms/deduction.md. A confirmed hazard is not yet
an accident, so even a likely find is "quite possible" (6), and "fully expected" (10) only where nearly every visit
finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from yufang.deduction.contracts import LecScore
from yufang.standards.risk import lec

LIKELIHOOD_FROM: tuple[tuple[float, float], ...] = (
    (0.80, 10.0),
    (0.50, 6.0),
    (0.25, 3.0),
    (0.10, 1.0),
    (0.03, 0.5),
    (0.0, 0.2),
)
EXPOSURE: Mapping[str, float] = {"continuous": 10, "daily": 6, "weekly": 3, "monthly": 2, "yearly": 1}
CONSEQUENCE: Mapping[str, float] = {"minor": 1, "serious": 7, "fatal": 15, "multi_fatal": 40}


def lec_score(probability: float, exposure: str, severity: str) -> LecScore:
    """LEC score and colour. Raises KeyError for an exposure or severity that packs don't know."""
    likelihood = next(value for limit, value in LIKELIHOOD_FROM if probability >= limit)
    return _score(likelihood, EXPOSURE[exposure], CONSEQUENCE[severity])


@lru_cache(maxsize=256)
def _score(likelihood: float, exposure: float, consequence: float) -> LecScore:
    result = lec(likelihood, exposure, consequence)
    return LecScore(
        likelihood=result.likelihood,
        exposure=result.exposure,
        consequence=result.consequence,
        score=result.score,
        colour=result.colour,
    )
