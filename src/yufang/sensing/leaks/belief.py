"""What is believed of a leak, minute by minute: is there one, where from, how much; a hidden Markov model.

States are "none" and each pair of a possible source and a release rate; one source, "elsewhere", stands for gas that
none of the known places explains. Each minute the belief is moved on (a leak may begin or end) and weighed by what the
sensors say: a reading below the detection floor is a censored one (Tobin 1958), one above it is log-normal about what
the puffs foretell. A minute that repeats the last one tells little new, so its weight is less (tempering of dependent
observations, Grünwald 2012). Filter: Rabiner 1989, equations 19-20.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.leaks.dispersion import CALM

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RATES = np.geomspace(0.05, 20.0, 13)  # kg/h
_ROOT = math.sqrt(2 * math.pi)
ELSEWHERE = -1


@dataclass(frozen=True)
class Priors:
    """What is taken for granted; times in minutes, concentrations in ppm, wind in m/s.

    floor: excess that counts as gas. false: chance of such an excess in a minute without a leak; false_calm is added
    in still air and fades with wind over `calm` m/s. stray: chance of gas at a sensor when the puffs don't say where it
    goes. wrong: share of minutes in which the puffs say nothing true. spread: standard deviation of ln(measured /
    foretold). scale: measured / foretold, in the middle. repeat: weight of a minute that repeats the last. between,
    lasting: mean minutes from one leak to the next, and of a leak.
    """

    floor: float = 0.5
    false: float = 0.005
    false_calm: float = 0.2
    calm: float = 0.7
    stray: float = 0.03
    wrong: float = 0.1
    spread: float = 1.0
    scale: float = 0.7
    repeat: float = 0.2
    between: float = 10_080.0
    lasting: float = 120.0
    rate_error: float = 0.6  # standard deviation of ln(rate) that stays however long one watches
    wandering: float = 1440.0  # mean minutes until the belief may pass from one source to another
    false_middle: float = 0.2  # ppm: median and spread (ln) of an excess without a leak, and of a stray one
    stray_middle: float = 0.5
    broad: float = 1.5

    @classmethod
    def of_site(cls, between: float = 10_080.0) -> Priors:
        """For one channel that is the highest of a whole fence of sensors, its background already taken off.

        Any of some eight sensors may show stray gas, so that chance is about eight times a single one's.
        """
        return cls(floor=0.2, false=0.003, stray=0.2, wrong=0.05, between=between)


@dataclass(frozen=True)
class Answer:
    """leak: probability. sources: probability of each source given a leak, "elsewhere" last; sums to 1.

    rate: kg/h at 5, 50 and 95 %, given a leak from the likeliest source; with what the puffs are wrong by in general.
    """

    leak: float
    sources: Floats
    rate: tuple[float, float, float]

    @property
    def likeliest(self) -> int:
        """Index of the likeliest known source, or ELSEWHERE."""
        best = int(np.argmax(self.sources))
        return ELSEWHERE if best == len(self.sources) - 1 else best


@dataclass
class Belief:
    """The filter over `sources` known places and `sensors` channels; `step` takes one minute."""

    sources: int
    sensors: int
    priors: Priors = field(default_factory=Priors)

    def __post_init__(self) -> None:
        shape = (self.sources + 1, len(RATES))
        self.none = self.priors.between / (self.priors.between + self.priors.lasting)
        self.held: Floats = np.full(shape, (1 - self.none) / (shape[0] * shape[1]))
        self.before: Floats = np.full(self.sensors, np.nan)  # was there gas at the sensor the last time it spoke

    def step(self, excess: Floats, seen: Floats, speed: float, floor: Floats | None = None) -> Answer:
        """Take a minute: excess ppm (sensors,), what 1 kg/h of each source would give (sources, sensors), wind m/s.

        NaN in `excess` is a sensor that said nothing: it weighs nothing. `speed` NaN is an unknown wind: the puffs then
        weigh nothing, in a calm they weigh less. `floor` (sensors,) where a sensor is noisier than the common floor.
        """
        self._move_on()
        level = np.full(self.sensors, self.priors.floor) if floor is None else np.maximum(floor, self.priors.floor)
        heard = np.isfinite(excess)
        if heard.any():
            gas = excess[heard] > level[heard]
            fresh = np.where(gas == self.before[heard], self.priors.repeat, 1.0)
            self._weigh(excess[heard], level[heard], gas, fresh, seen[:, heard], speed)
            self.before[heard] = gas
        return self.answer()

    def answer(self) -> Answer:
        """The belief as it stands."""
        leak = float(self.held.sum())
        by_source = self.held.sum(axis=1) / max(leak, 1e-300)
        rates = self.held[int(np.argmax(by_source))]
        return Answer(leak, by_source, _quantiles(rates, self.priors.rate_error))

    def _move_on(self) -> None:
        p = self.priors
        begin, end, wander = 1 / p.between, 1 / p.lasting, 1 / p.wandering
        leak = float(self.held.sum())
        flat = 1.0 / self.held.size
        self.held = self.held * (1 - end) * (1 - wander) + flat * (leak * (1 - end) * wander + self.none * begin)
        self.none = self.none * (1 - begin) + leak * end

    def _weigh(self, excess: Floats, floor: Floats, gas: Bools, fresh: Floats, seen: Floats, speed: float) -> None:
        p = self.priors
        logs = np.log(np.maximum(excess, floor))
        known_wind = math.isfinite(speed)
        false = min(p.false + (p.false_calm * math.exp(-speed / p.calm) if known_wind else 0.0), 0.9)
        wrong = 1 - (1 - p.wrong) * (min(speed / CALM, 1.0) if known_wind else 0.0)
        chance = false * _normal(logs, math.log(p.false_middle), p.broad)
        without = np.where(gas, chance, 1 - false)
        astray, missed = p.stray * _normal(logs, math.log(p.stray_middle), p.broad), 1 - p.stray
        stray = _laid(gas, astray, np.full(len(logs), missed), chance, false)
        foretold = np.log(np.maximum(seen, 1e-12))[:, None, :] + np.log(RATES * p.scale)[None, :, None]
        off = (logs - foretold) / p.spread
        shown = (1 - wrong) * np.exp(-0.5 * off**2) / (_ROOT * p.spread) + wrong * astray
        unseen = (1 - wrong) * _below((np.log(floor) - foretold) / p.spread) + wrong * missed
        known = np.log(_laid(gas, shown, unseen, chance, false)) @ fresh
        weights = np.vstack([known, np.full((1, len(RATES)), float(np.log(stray) @ fresh))])
        nothing = float(np.log(without) @ fresh)
        top = max(float(weights.max()), nothing)
        self.held = self.held * np.exp(weights - top)
        self.none *= math.exp(nothing - top)
        total = float(self.held.sum()) + self.none
        self.held, self.none = self.held / total, self.none / total


def _laid(gas: Bools, shown: Floats, unseen: Floats, chance: Floats, false: float) -> Floats:
    """What a leak shows with what the air shows anyway laid over it: no gas at a sensor never speaks for a leak."""
    return np.asarray(np.where(gas, shown + unseen * chance, unseen * (1 - false)))


def _below(x: Floats) -> Floats:
    """The normal distribution function to 1e-7, by Abramowitz and Stegun 7.1.26: an edge node has no room for scipy."""
    z = np.abs(x) * math.sqrt(0.5)
    t = 1 / (1 + 0.3275911 * z)
    tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    half = 0.5 * tail * np.exp(-z * z)
    return np.asarray(np.where(x < 0, half, 1 - half))


def _normal(x: Floats, middle: float, spread: float) -> Floats:
    return np.asarray(np.exp(-0.5 * ((x - middle) / spread) ** 2) / (_ROOT * spread))


def _quantiles(weights: Floats, error: float) -> tuple[float, float, float]:
    """5, 50 and 95 % of the rate: each rate's weight spread over its step of the grid, and `error` (ln) laid on top."""
    half = 0.5 * math.log(RATES[1] / RATES[0])
    edges = np.concatenate([np.log(RATES) - half, [math.log(RATES[-1]) + half]])
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    low, middle, high = (float(x) for x in np.interp(np.array([0.05, 0.5, 0.95]) * sums[-1], sums, edges))
    down, up = math.hypot(middle - low, 1.645 * error), math.hypot(high - middle, 1.645 * error)
    return math.exp(middle - down), math.exp(middle), math.exp(middle + up)
