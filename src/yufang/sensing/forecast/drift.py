"""Does a model still hold? Later rows against those it learned from, in words.

Two questions: are the inputs still like those of training (population stability index, PSI, over the tenths of
training), and does the model still foretell better than persistence and as often as it says? A PSI of a single day of
an autocorrelated channel is large even when nothing has changed, so it is held against that of the training days
themselves, not against the 0.25 of credit scoring alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from yufang.sensing.forecast.calibration import log_loss
from yufang.sensing.forecast.contracts import WITHIN, Floats
from yufang.sensing.forecast.features import Described
from yufang.sensing.forecast.labels import reached
from yufang.sensing.forecast.series import Series

if TYPE_CHECKING:
    from yufang.sensing.forecast.model import Model

Verdict = Literal["holds", "watch", "retrain", "cannot_tell"]

MANY_PSI = 0.25  # the usual bound of a large shift
_BINS = 10
_EMPTY = 1e-3  # share that an empty bin counts as
_LEAST_DAYS = 0.25
_AWAY = 3.0  # foretold and come may differ by so many standard errors of days


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """`psi` by input with its `usual` highest among training days; `skill`: 1 − log-loss / log-loss of persistence over
    the rows whose outcome is known; `foretold` and `came`: mean probability and share of rows before a crossing."""

    verdict: Verdict
    zh: str
    en: str
    psi: Mapping[str, float]
    usual: Mapping[str, float]
    skill: float | None
    foretold: float | None
    came: float | None
    rows: int
    unsure_share: float


def psi(shares: Floats, expected: Floats) -> float:
    """Population stability index of two distributions over the same bins, each (bins,) summing to 1."""
    a, b = np.maximum(shares, _EMPTY), np.maximum(expected, _EMPTY)
    return float(((a - b) * np.log(a / b)).sum())


def _shares(column: Floats, edges: Floats) -> Floats:
    told = column[~np.isnan(column)]
    counts = np.bincount(np.searchsorted(edges, told, side="left"), minlength=len(edges) + 1)
    return counts / max(1, len(told))


def _watched(model: Model) -> list[str]:
    """Inputs that are watched: those that some learner uses."""
    needs = (name for head in model.heads.values() for name in head.learner.needs)
    return list(dict.fromkeys(("value", *needs)))


def profile(series: Series, described: Described, model: Model) -> dict[str, Any]:
    """What `watch` needs of the training rows: bin edges, shares, and the highest PSI of a training day, by input."""
    day = series.rows(24 * 60)
    found: dict[str, Any] = {}
    for name in _watched(model):
        column = described.column(name)
        told = column[~np.isnan(column)]
        if not len(told):
            continue
        edges = np.unique(np.quantile(told, np.linspace(0, 1, _BINS + 1)[1:-1]))
        shares = _shares(column, edges)
        days = [column[k : k + day] for k in range(0, max(1, len(column) - day // 2), day)]
        usual = max(psi(_shares(part, edges), shares) for part in days)
        found[name] = {"edges": edges.tolist(), "shares": shares.tolist(), "usual": round(usual, 4)}
    return found


def watch(model: Model, recent: Series) -> Drift:
    """Whether `model` still holds on `recent` rows (some days; at least 6 hours). Raises ForecastError as it does."""
    described = model.describe(recent)
    found: dict[str, float] = {}
    usual: dict[str, float] = {}
    for name, known in model.profile.items():
        assert isinstance(known, dict)
        shares = _shares(described.column(name), np.array(known["edges"]))
        found[name] = round(psi(shares, np.array(known["shares"])), 4)
        usual[name] = float(known["usual"])
    unsure = np.any(list(model.unsure(recent, described).values()), axis=0)
    skill, foretold, came, rows, off = _skill(model, recent, described, unsure)
    unsure_share = float(unsure.mean()) if len(unsure) else 1.0
    shifted = [name for name, value in found.items() if value > max(MANY_PSI, 1.25 * usual[name])]
    verdict, zh, en = _say(recent, rows, unsure_share, shifted, skill, off)
    return Drift(
        verdict=verdict,
        zh=zh,
        en=en,
        psi=found,
        usual=usual,
        skill=skill,
        foretold=foretold,
        came=came,
        rows=rows,
        unsure_share=unsure_share,
    )


def _skill(
    model: Model, recent: Series, described: Described, unsure: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[float | None, float | None, float | None, int, bool]:
    """Skill, foretold, came, rows, and whether foretold and came are further apart than chance would have it."""
    window = WITHIN[-1]
    label = reached(recent, model.limit, window)
    rows = np.flatnonzero((recent.value < model.limit) & ~np.isnan(label) & ~unsure)
    if len(rows) < recent.rows(_LEAST_DAYS * 24 * 60):
        return None, None, None, len(rows), False
    head, truth = model.heads[window], label[rows]
    p, base = head.probability(described, rows), head.base_probability(described, rows)
    skill = 1 - log_loss(p, truth) / log_loss(base, truth)
    # Rows of the same half hour share their outcome: they count as one.
    independent = max(1.0, len(rows) / recent.rows(window.end_min))
    error = float(np.sqrt(max(p.mean() * (1 - p.mean()), 1e-6) / independent))
    off = abs(float(p.mean() - truth.mean())) > _AWAY * error
    return float(skill), float(p.mean()), float(truth.mean()), len(rows), off


def _say(
    recent: Series, rows: int, unsure_share: float, shifted: list[str], skill: float | None, off: bool
) -> tuple[Verdict, str, str]:
    hours = len(recent) * recent.every_s / 3600
    names = ", ".join(shifted)
    if unsure_share > 0.5:
        return (
            "retrain" if shifted else "cannot_tell",
            f"最近 {hours:.0f} 小时中 {unsure_share:.0%} 的时刻模型说不出概率：检查传感器，或重新训练",
            f"for {unsure_share:.0%} of the last {hours:.0f} hours it can't tell: check the sensors, or train anew",
        )
    if skill is None:
        return (
            "cannot_tell",
            f"最近只有 {rows} 个时刻已知结果，太少，不能判断",
            f"the outcome of only {rows} recent moments is known: too few to judge",
        )
    if off or (shifted and skill < 0):
        return (
            "retrain",
            f"预测的概率与实际不符，或输入已变（{names or '–'}）且不如“保持不变”：重新训练",
            f"what was foretold and what came differ beyond chance, or inputs have moved ({names or '–'}) and "
            "persistence does better: train anew",
        )
    if shifted or skill < 0:
        return (
            "watch",
            f"输入已变（{names or '–'}）或最近不如“保持不变”，概率尚与实际相符：继续观察",
            f"inputs have moved ({names or '–'}) or persistence did better of late, though what was foretold still "
            "comes about as often: keep watching",
        )
    return (
        "holds",
        f"最近 {hours:.0f} 小时的输入与训练时相近，概率与实际相符",
        f"the inputs of the last {hours:.0f} hours are like those of training, and what was foretold comes as often",
    )
