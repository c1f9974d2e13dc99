"""Risk profiles of a region's enterprises: expected injuries and severity, trend, rank, colour and reasons.

See docs/algorithms/profiles.md. In short: injuries are Poisson with a gamma prior from the enterprise's class (which
itself leans on all classes); what inspectors found in the last year moves the expectation by a factor that a Poisson
regression learns from earlier years; severity is the own mean of lost days, shrunk towards the class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.linear_model import PoissonRegressor

from yufang.profiles.contracts import RiskProfile
from yufang.profiles.credibility import Floats, GammaPrior
from yufang.profiles.history import History, build_history, month_start
from yufang.profiles.reasons import Facts, reasons

Classes = npt.NDArray[np.str_]
WINDOW = 36  # months of own record that count
SMALL_REGION = 2000
SEVERITY_STRENGTH = 10.0  # injuries' worth of class severity that an own mean is shrunk by


@dataclass(frozen=True, slots=True)
class ColourBands:
    """Least score of red, orange and yellow; a death within the last year is at least orange."""

    red: float = 97.0
    orange: float = 90.0
    yellow: float = 70.0

    def __post_init__(self) -> None:
        if not 0 <= self.yellow <= self.orange <= self.red <= 100:
            raise ValueError("colour bands must rise from yellow through orange to red within 0-100")


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Estimates as of the start of one month, each of shape (enterprises,)."""

    expected: Floats
    low: Floats
    high: Floats
    credibility: Floats
    lost_days: Floats
    hazard_factor: Floats
    score: Floats
    peers: Floats
    class_rate: Floats


def profile_region(
    enterprises: pl.DataFrame,
    cases: pl.DataFrame,
    hazards: pl.DataFrame,
    *,
    at: date,
    months: int = 24,
    bands: ColourBands | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[RiskProfile, ...]:
    """Profiles of all `enterprises` at the month of `at`, and `months` - 1 months before where something happened.

    Tables follow `lake.tables`. In a region of more than `SMALL_REGION` enterprises, earlier months are kept only of
    those with an injury within three years: the others' say nothing of their own. Raises ValueError for an empty
    region.
    """
    if not len(enterprises):
        raise ValueError("no enterprises: a risk profile needs at least one")
    bands = bands or ColourBands()
    history = build_history(enterprises, cases, hazards, at=at)
    classes = _classes(enterprises)
    weights = _hazard_weights(history, classes)
    ends = range(max(1, history.months - months + 1), history.months + 1)
    snapshots = {end: _snapshot(history, classes, weights, end) for end in {e - 6 for e in ends} | set(ends)}
    out: list[RiskProfile] = []
    for done, end in enumerate(ends, 1):
        out += _rows(history, classes, snapshots[end], snapshots[end - 6], end, bands)
        if progress:
            progress(done, len(ends))
    return tuple(out)


def _classes(enterprises: pl.DataFrame) -> Classes:
    """Class of each enterprise: its GB/T 4754 division, or what the source calls its industry.

    One class for all where the industry of more than a fifth is unknown: sources often name it only for those who had
    an accident, and then every class would look dangerous.
    """
    code = pl.col("industry_code").fill_null("").str.strip_chars_start("ABCDEFGHIJKLMNOPQRST").str.slice(0, 2)
    name = pl.col("industry_name").fill_null("").str.split("(").list.first().str.slice(0, 12)
    frame = enterprises.select(pl.when(code != "").then(code).otherwise(name))
    classes = frame.to_series().to_numpy().astype(str)
    return classes if (classes != "").mean() >= 0.8 else np.full(len(classes), "")


def _priors(history: History, classes: Classes, end: int) -> tuple[GammaPrior, dict[str, GammaPrior]]:
    counts = history.window(history.injuries, end, WINDOW)
    exposure = history.window(history.exposure, end, WINDOW)
    everyone = GammaPrior.fit(counts, exposure)
    return everyone, {
        str(name): GammaPrior.fit(counts[classes == name], exposure[classes == name], floor=everyone)
        for name in np.unique(classes)
    }


def _frequency(history: History, classes: Classes, end: int) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Rate of the next year's injuries per unit of exposure: mean, low, high, credibility; and the class rate."""
    counts = history.window(history.injuries, end, WINDOW)
    exposure = history.window(history.exposure, end, WINDOW)
    _, priors = _priors(history, classes, end)
    result = np.zeros((5, len(counts)))
    for name, prior in priors.items():
        members = classes == name
        result[:4, members] = np.stack(prior.posterior(counts[members], exposure[members]))
        result[4, members] = prior.mean
    return result[0], result[1], result[2], result[3], result[4]


def _annual(history: History, end: int) -> Floats:
    """Exposure of a whole year at the pace of the month before `end`."""
    return history.exposure[:, max(end - 1, 0)] * 12.0


def _hazard_feature(history: History, classes: Classes, end: int) -> Floats:
    """log(1 + hazards found in 12 months), less its class mean."""
    found = np.log1p(history.window(history.hazards, end, 12))
    for name in np.unique(classes):
        members = classes == name
        found[members] -= found[members].mean()
    return found


def _hazard_weights(history: History, classes: Classes) -> float:
    """How strongly hazard records speak for injuries: learnt from earlier years of this very history.

    Poisson regression of a year's injuries on the hazards of the year before, with the credibility estimate as its
    offset. Zero where fewer than 50 injuries can be learnt from.
    """
    features: list[Floats] = []
    ratio: list[Floats] = []
    weight: list[Floats] = []
    for end in (history.months - 12, history.months - 24):
        if end < 12:
            continue
        mu = _frequency(history, classes, end)[0] * _annual(history, end)
        later = history.window(history.injuries, end + 12, 12)
        # Only those on record by then: who is known to us by a later accident alone would speak against hazards.
        keep = history.window(history.injuries + history.hazards, end, end) > 0
        features.append(_hazard_feature(history, classes, end)[keep])
        ratio.append(later[keep] / mu[keep])
        weight.append(mu[keep])
    if not features or sum(float((r * w).sum()) for r, w in zip(ratio, weight, strict=True)) < 50:
        return 0.0
    model = PoissonRegressor(alpha=1e-3).fit(
        np.concatenate(features)[:, None], np.concatenate(ratio), sample_weight=np.concatenate(weight)
    )
    # More findings never lower the expectation: a negative weight would only say that few are inspected.
    return float(max(model.coef_[0], 0.0))


def _snapshot(history: History, classes: Classes, weight: float, end: int) -> _Snapshot:
    end = max(end, 0)
    rate, low, high, z, class_rate = _frequency(history, classes, end)
    factor = np.exp(np.clip(weight * _hazard_feature(history, classes, end), -1.0, 1.0))
    year = _annual(history, end) * factor
    severity = np.zeros(len(rate))
    counts = history.window(history.measured, end, WINDOW)
    lost = history.window(history.lost_days, end, WINDOW)
    overall = lost.sum() / counts.sum() if counts.sum() > 0 else 0.0
    for name in np.unique(classes):
        members = classes == name
        mean = (lost[members].sum() + SEVERITY_STRENGTH * overall) / (counts[members].sum() + SEVERITY_STRENGTH)
        severity[members] = (lost[members] + SEVERITY_STRENGTH * mean) / (counts[members] + SEVERITY_STRENGTH)
    expected = rate * year
    loss = expected * severity
    # Where no source tells lost days, injuries alone rank the region.
    ranked_by = loss if overall > 0 else expected
    peers = np.zeros(len(rate))
    for name in np.unique(classes):
        members = classes == name
        peers[members] = percentile((rate * factor)[members])
    return _Snapshot(expected, low * year, high * year, z, loss, factor, percentile(ranked_by), peers, class_rate)


def percentile(values: Floats) -> Floats:
    """Share of the others that each value exceeds, in per cent; equal values share the middle of their places."""
    if len(values) < 2:
        return np.full(len(values), 50.0)
    order = np.sort(values)
    below = np.searchsorted(order, values, "left")
    through = np.searchsorted(order, values, "right")
    return (below + through - 1) / 2 / (len(values) - 1) * 100.0


def _colour(score: float, deaths: float, bands: ColourBands) -> str:
    if score >= bands.red:
        return "red"
    if score >= bands.orange or deaths > 0:
        return "orange"
    return "yellow" if score >= bands.yellow else "blue"


def _rows(
    history: History,
    classes: Classes,
    now: _Snapshot,
    before: _Snapshot,
    end: int,
    bands: ColourBands,
) -> list[RiskProfile]:
    injuries = history.window(history.injuries, end, 12)
    previous = history.window(history.injuries, end - 12, 12) if end > 12 else np.zeros_like(injuries)
    lost = history.window(history.lost_days, end, 12)
    found = history.window(history.hazards, end, 12)
    deaths = history.window(history.deaths, end, 12)
    everyone = end == history.months or len(injuries) <= SMALL_REGION
    wanted = np.flatnonzero(everyone | (history.window(history.injuries, end, WINDOW) > 0)).tolist()
    year = _annual(history, end)
    trend = now.expected / np.maximum(before.expected, 1e-9) - 1
    rows = []
    for i in wanted:
        facts = Facts(
            injuries=int(injuries[i]),
            previous=int(previous[i]),
            deaths=int(deaths[i]),
            hazards=int(found[i]),
            credibility=float(now.credibility[i]),
            class_code=str(classes[i]),
            ratio_to_class=float(now.expected[i] / max(now.class_rate[i] * year[i], 1e-12)),
            hazard_factor=float(now.hazard_factor[i]),
            trend=float(trend[i]),
        )
        zh, en = reasons(facts)
        rows.append(
            RiskProfile(
                enterprise_id=history.enterprises[i],
                month=month_start(history.first + end),
                injuries_12m=facts.injuries,
                lost_days_12m=float(lost[i]),
                hazards_12m=facts.hazards,
                expected_injuries=float(now.expected[i]),
                expected_injuries_low=float(now.low[i]),
                expected_injuries_high=float(now.high[i]),
                expected_lost_days=float(now.lost_days[i]),
                credibility=facts.credibility,
                class_code=facts.class_code,
                score=float(now.score[i]),
                colour=_colour(float(now.score[i]), float(deaths[i]), bands),
                trend=facts.trend,
                peer_percentile=float(now.peers[i]),
                reasons_zh=zh,
                reasons_en=en,
            )
        )
    return rows
