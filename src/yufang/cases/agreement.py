"""How well two people, or a person and a machine, agree on codes: Cohen's kappa with its interval, and where they part.

Kappa and its large-sample variance: Cohen (1960); Fleiss, Cohen & Everitt (1969). Shares: Wilson (1927).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Z95 = 1.959963984540054  # two-sided 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassAgreement:
    """One code: how often each side gave it, how often both did, and 2·both / (first + second)."""

    code: str
    first: int
    second: int
    both: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """`n` cases that the first side coded `first` and the second side `second`."""

    first: str
    second: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """`kappa` with its interval [low, high]; None where it isn't defined (no case, or one code on both sides)."""

    n: int
    agreed: int
    observed: float
    expected: float
    kappa: float | None
    low: float | None
    high: float | None
    classes: tuple[ClassAgreement, ...]
    confusions: tuple[Confusion, ...]


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval of a share of `hits` in `n`; (0, 1) where n is 0. ValueError unless 0 ≤ hits ≤ n."""
    if not 0 <= hits <= n:
        raise ValueError(f"hits is {hits} and n is {n}; hits must lie between 0 and n")
    if n == 0:
        return 0.0, 1.0
    share = hits / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    # At the ends the formula gives the end itself, up to rounding.
    return (0.0 if hits == 0 else max(low, 0.0)), (1.0 if hits == n else min(high, 1.0))


def cohen_kappa(first: Sequence[str], second: Sequence[str], z: float = Z95) -> Agreement:
    """Agreement of two codings of the same cases, in the same order. ValueError for unequal lengths.

    Where both agree on every case the large-sample variance is 0; the interval then reaches down to the kappa of
    Wilson's lower bound of the observed agreement, so that ten cases don't look like ten thousand.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} codes on the first side and {len(second)} on the second; give one a case")
    codes = sorted({*first, *second})
    n = len(first)
    place = {code: i for i, code in enumerate(codes)}
    table = np.zeros((len(codes), len(codes)), np.int64)
    for a, b in zip(first, second, strict=True):
        table[place[a], place[b]] += 1
    agreed = int(np.trace(table))
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed = agreed / n if n else 0.0
    expected = float(rows @ columns) / (n * n) if n else 0.0
    kappa = low = high = None
    if n and expected < 1.0 - 1e-12:
        kappa = (observed - expected) / (1.0 - expected)
        spread = z * math.sqrt(_variance(table / n, kappa, expected) / n)
        low, high = max(kappa - spread, -1.0), min(kappa + spread, 1.0)
        if agreed == n:
            low = (wilson(agreed, n, z)[0] - expected) / (1.0 - expected)
    return Agreement(
        n=n,
        agreed=agreed,
        observed=observed,
        expected=expected,
        kappa=kappa,
        low=low,
        high=high,
        classes=tuple(
            ClassAgreement(
                code=code,
                first=int(rows[i]),
                second=int(columns[i]),
                both=int(table[i, i]),
                share=2 * int(table[i, i]) / int(rows[i] + columns[i]),
            )
            for code, i in place.items()
        ),
        confusions=tuple(
            Confusion(first=codes[i], second=codes[j], n=int(table[i, j]))
            for i, j in sorted(np.argwhere(table > 0).tolist(), key=lambda at: (-int(table[at[0], at[1]]), at))
            if i != j
        ),
    )


def _variance(share: np.ndarray, kappa: float, expected: float) -> float:
    """Large-sample variance of kappa times n (Fleiss, Cohen & Everitt 1969, eq. 13) of a table of shares."""
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    left = 1.0 - kappa
    diagonal = np.diag(share)
    on = float((diagonal * (1.0 - (rows + columns) * left) ** 2).sum())
    crossed = (columns[:, None] + rows[None, :]) ** 2
    off = float((share * crossed).sum() - (diagonal * np.diag(crossed)).sum()) * left * left
    return max(on + off - (kappa - expected * left) ** 2, 0.0) / (1.0 - expected) ** 2
