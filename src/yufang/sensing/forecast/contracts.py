"""What a forecast says, and what it says when it can't tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Whole = NDArray[np.int64]

State = Literal["told", "above", "cannot_tell"]


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The time ahead that a probability is about: later than `start_min` minutes, up to and with `end_min`."""

    start_min: float
    end_min: float

    @property
    def name(self) -> str:
        return f"{self.start_min:g}-{self.end_min:g}"


WITHIN = (Window(0, 3), Window(0, 15), Window(0, 30))
LATER = Window(15, 30)  # time enough to act: what is above the limit then though it is below it now
WINDOWS = (*WITHIN, LATER)


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """What came after m rows, float64[m] each: `came` is 1.0 where the limit was reached in the window, else 0.0;
    `peak` the highest value in it less the limit, NaN where nothing was told."""

    came: Floats
    peak: Floats

    def at(self, rows: Whole) -> Ahead:
        """Of these rows."""
        return Ahead(self.came[rows], self.peak[rows])


@dataclass(frozen=True, slots=True)
class Reason:
    """Why no probability is told, or what stands beside it."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Chance:
    """Calibrated probability that the limit is reached within `window`."""

    window: Window
    probability: float


@dataclass(frozen=True, slots=True)
class Band:
    """The path's quantiles for a chart, in the channel's unit: `values[i][j]` is `levels[j]`'s at `minutes[i]`."""

    minutes: tuple[float, ...]
    levels: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A forecast of one channel at one time.

    `state` is `told`, `above` (the value is at or over the limit already: nothing is foretold) or `cannot_tell`
    (`reasons` say why; no chance and no band then). `at` is the event time in microseconds UTC of the last reading, or
    None where rows carry no time. `evidence` holds the figures that the probability stands on, in the channel's unit.
    """

    channel: str
    limit: float
    at: int | None
    value: float | None
    state: State
    model: str
    chances: tuple[Chance, ...] = ()
    band: Band | None = None
    reasons: tuple[Reason, ...] = ()
    evidence: Mapping[str, float] = field(default_factory=dict)

    def probability(self, within_min: float) -> float | None:
        """The probability that the limit is reached within so many minutes, or None where it isn't told."""
        found = (c.probability for c in self.chances if c.window == Window(0, within_min))
        return next(found, None)
