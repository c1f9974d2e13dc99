"""How an answer from the site moves the probability of a hazard point.

Bayes' rule on the odds. An inspector who looks at a hazard that is there finds it 9 times in 10, and takes one for
there that isn't 1 time in 20: working assumptions until answers to points with known truth allow to estimate them.
"""

from __future__ import annotations

from collections.abc import Iterable

FINDS = 0.90
MISTAKES = 0.05


def updated(probability: float, results: Iterable[str]) -> float:
    """`probability` in [0, 1] after `results`, oldest first (`confirmed`, `not_found`, `not_applicable`).

    `not_applicable` gives 0: there is no such equipment here. A later answer may bring the point back.
    """
    now = prior = min(max(probability, 1e-6), 1 - 1e-6)
    for result in results:
        if result == "not_applicable":
            now = 0.0
            continue
        now = now or prior
        there, absent = (FINDS, MISTAKES) if result == "confirmed" else (1 - FINDS, 1 - MISTAKES)
        now = now * there / (now * there + (1 - now) * absent)
    return now
