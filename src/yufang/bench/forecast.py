"""`yufang bench forecast`: will methane reach 1.2 % in 15 to 30 minutes, though it is below now? Beside simpler peers.

Rows every 30 s of a longwall (`readings_30s.parquet`). All is learned, chosen and calibrated on training rows; the
column of the file that tells the coming maximum is never read. RMSE is not given: it rewards persistence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from yufang.sensing.forecast.boosting import Boosting
from yufang.sensing.forecast.calibration import calibration_error, log_loss
from yufang.sensing.forecast.contracts import LATER, WITHIN, Ahead, Floats, Whole, Window
from yufang.sensing.forecast.features import Described
from yufang.sensing.forecast.labels import reached
from yufang.sensing.forecast.learners import Envelope, Learner, Linear, Persistence, Smoothing, Working
from yufang.sensing.forecast.model import Model
from yufang.sensing.forecast.onsets import score
from yufang.sensing.forecast.series import Role, Series, read_parquet
from yufang.sensing.forecast.train import LEARNERS, train

FILE = "readings_30s.parquet"
CHANNEL, LIMIT, UNIT = "MM116", 1.2, "%CH4"
ROLES: dict[str, Role] = {"PD": "production", "AS038": "air", "PG072": "air", "BA13": "pressure", "MM31": "gas"}
TRAIN_SHARE = 0.75  # without a test folder: the first rows are learned from
_BLOCK_H = 2.0  # a drawn block of the bootstrap: longer than what two rows have in common
_DRAWN = 300


@dataclass(slots=True)
class Untuned:
    """The peer: LightGBM as it comes, on all features, one seed."""

    name: ClassVar[str] = "untuned_boosting"
    _booster: Any = None
    _names: tuple[str, ...] = field(default=())

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def fit(self, described: Described, rows: Whole, ahead: Ahead, seed: int) -> None:
        import lightgbm as lgb

        parameters = {"objective": "binary", "seed": seed, "num_threads": 1, "verbose": -1, "deterministic": True}
        self._booster = lgb.train(parameters, lgb.Dataset(described.x[rows], ahead.came), 100)

    def score(self, described: Described, rows: Whole) -> Floats:
        return np.asarray(self._booster.predict(described.x[rows]), dtype=float)

    def to_dict(self) -> dict[str, Any]:
        return {}

    def restore(self, data: dict[str, Any]) -> None:
        raise ValueError("a peer is not kept in a file")


PEERS: tuple[type[Learner], ...] = (Persistence, Smoothing, Envelope, Working, Linear, Boosting, Untuned)


def run(
    train_folder: Path,
    test_folder: Path | None = None,
    seed: int = 0,
    learners: Sequence[type[Learner]] = LEARNERS,
    peers: Sequence[type[Learner]] = PEERS,
) -> dict[str, Any]:
    """Metrics, each AUC with its standard error (`_se`, bootstrap over blocks of two hours), peers under `peers`.

    Raises FileNotFoundError for a missing file, ValueError for rows that can't be learned from.
    """
    learned, later = split(train_folder, test_folder)
    model = train(learned, LIMIT, unit=UNIT, learners=learners, seed=seed)
    scored = Scored.of(model, later, seed)
    beside = {kind.name: Scored.of(train(learned, LIMIT, learners=(kind,), seed=seed), later, seed) for kind in peers}
    result = scored.figures
    gain, error = scored.gain(beside[Persistence.name], seed)
    result |= {"auc_15_30min_gain": gain, "auc_15_30min_gain_se": error}
    result["chosen"] = dict(model.card.chosen)
    result["rows_train"], result["rows_test"] = len(learned), len(later)
    return result | {"peers": {name: peer.figures for name, peer in beside.items()}}


def split(train_folder: Path, test_folder: Path | None) -> tuple[Series, Series]:
    """Rows to learn from and rows to score: another folder, or the last quarter of the training folder."""
    rows = _load(train_folder)
    if test_folder is not None:
        return rows, _load(test_folder)
    edge = round(TRAIN_SHARE * len(rows))
    return rows.cut(0, edge), rows.cut(edge, len(rows))


def _load(folder: Path) -> Series:
    path = folder / FILE
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `bench forecast` needs the 30 s readings of the longwall there")
    return read_parquet(path, CHANNEL, ROLES, every_s=30.0)


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Figures of a model on later rows, and its probabilities of the window from 15 to 30 minutes with what came."""

    figures: dict[str, Any]
    p: Floats
    came: Floats
    at: Whole
    block: int

    @classmethod
    def of(cls, model: Model, later: Series, seed: int) -> Scored:
        """Scores every row below the limit whose outcome is known, also those where the model would rather not tell."""
        block = later.rows(_BLOCK_H * 60)
        figures: dict[str, Any] = {}
        for name, window in (("auc_15_30min", LATER), *((f"auc_within_{w.end_min:g}min", w) for w in WITHIN)):
            p, came, at = _known(model, later, window)
            figures[name] = _auc(came, p)
            figures[f"{name}_se"] = _error(partial(_auc, came, p), at, block, seed)
        for w in WITHIN:
            p, came, _ = _known(model, later, w)
            figures[f"calibration_error_{w.end_min:g}min"] = round(calibration_error(p, came), 4) if len(p) else None
            figures[f"log_loss_{w.end_min:g}min"] = round(log_loss(p, came), 4) if len(p) else None
        # Warnings, unlike AUC, are only given where the model tells.
        warned = score(later, LIMIT, model.probabilities(later, WITHIN[-1]), model.warn_at)
        figures |= {key: _finite(value) for key, value in asdict(warned).items()}
        figures["warn_at"] = round(model.warn_at, 4)
        p, came, at = _known(model, later, LATER)
        told = model.probabilities(later, LATER)[at]
        figures |= _chosen_on(model)
        figures["answered_share"] = round(float((~np.isnan(told)).mean()), 4) if len(at) else None
        return cls(figures, p, came, at, block)

    def gain(self, other: Scored, seed: int) -> tuple[float | None, float | None]:
        """AUC above that of `other` on the same rows, with its standard error."""

        def difference(weight: Floats) -> float | None:
            mine, theirs = _auc(self.came, self.p, weight), _auc(self.came, other.p, weight)
            return None if mine is None or theirs is None else mine - theirs

        found = difference(np.ones(len(self.at)))
        return (None if found is None else round(found, 4)), _error(difference, self.at, self.block, seed)


def _known(model: Model, later: Series, window: Window) -> tuple[Floats, Floats, Whole]:
    """Probabilities, what came, and the row of each row below the limit whose outcome is known."""
    p, came = model.probabilities(later, window, all_rows=True), reached(later, LIMIT, window)
    at = np.flatnonzero(~np.isnan(p) & ~np.isnan(came))
    return p[at], came[at], at


def _auc(came: Floats, p: Floats, weight: Floats | None = None) -> float | None:
    """Weighted share of pairs in which the row before a crossing has the higher `p`, ties half; all arrays (n,)."""
    weight = np.ones(len(p)) if weight is None else weight
    _, place = np.unique(p, return_inverse=True)
    positive, negative = np.bincount(place, weight * came), np.bincount(place, weight * (1 - came))
    pairs = positive.sum() * negative.sum()
    below = np.cumsum(negative) - negative / 2
    return round(float((positive * below).sum() / pairs), 4) if pairs else None


def _error(figure: Callable[[Floats], float | None], at: Whole, block: int, seed: int) -> float | None:
    """Standard error of `figure` of row weights, by drawing whole blocks of time as often as there are blocks."""
    _, place = np.unique(at // block, return_inverse=True)
    count = int(place.max(initial=-1)) + 1
    if count < 2:
        return None
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), _DRAWN).astype(float)
    found = [value for value in (figure(times[place]) for times in drawn) if value is not None]
    return round(float(np.std(found)), 4) if len(found) > 1 else None


def _chosen_on(model: Model) -> dict[str, float | None]:
    """What the choice was made on, out of fold on training rows: near-AUC, its gain on persistence, its error."""
    (found,) = (t for t in model.card.tried[LATER.name] if t.learner == model.card.chosen[LATER.name])
    figures = {"near_auc": found.near_auc, "near_auc_gain": found.gain, "near_auc_gain_se": found.gain_error}
    return {f"train_{name}_15_30min": _finite(value) for name, value in figures.items()}


def _finite(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
