"""Gradient boosting on top of the envelope: few shallow trees, strongly held, averaged over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from yufang.sensing.forecast.calibration import sigmoid
from yufang.sensing.forecast.contracts import Ahead, Floats, Whole
from yufang.sensing.forecast.features import Described
from yufang.sensing.forecast.learners import Envelope

SEEDS = 3
ROUNDS = 40
# A higher level, more cutting, a falling barometer: more gas. Trees may not learn the opposite from a few odd days.
_RISING = ("value", "level", "level_10", "peak_15", "peak_60", "upper_60", "spread_30")
_RISING_ENDS = (".now", ".share_10", ".share_30", ".share_60", ".fall_60", ".fall_180")


def signs(names: Sequence[str]) -> list[int]:
    """1 for features that can only raise the chance, 0 for the others."""
    return [int(name in _RISING or name.endswith(_RISING_ENDS)) for name in names]


@dataclass(slots=True)
class Boosting:
    """LightGBM (Ke et al., NeurIPS 2017) whose trees start from the envelope's log-odds."""

    name: ClassVar[str] = "boosting"
    envelope: Envelope = field(default_factory=Envelope)
    names: tuple[str, ...] = ()
    trees: list[str] = field(default_factory=list)
    _boosters: list[Any] = field(default_factory=list)

    @property
    def needs(self) -> tuple[str, ...]:
        split = sum((b.feature_importance() for b in self._boosters), np.zeros(len(self.names)))
        used = (name for name, count in zip(self.names, split, strict=True) if count)
        return tuple(dict.fromkeys((*self.envelope.needs, *used)))

    def fit(self, described: Described, rows: Whole, ahead: Ahead, seed: int) -> None:
        import lightgbm as lgb

        self.envelope.fit(described, rows, ahead, seed)
        start = self.envelope.margin(described, rows)
        told = ~np.isnan(start)
        self.names = described.names
        data = described.x[rows][told]
        self._boosters = []
        for k in range(SEEDS):
            parameters = {
                "objective": "binary",
                "boost_from_average": False,
                "num_leaves": 4,
                "learning_rate": 0.05,
                "min_data_in_leaf": max(20, int(told.sum()) // 50),
                "lambda_l2": 10.0,
                "feature_fraction": 0.6,
                "bagging_fraction": 0.6,
                "bagging_freq": 1,
                "monotone_constraints": signs(described.names),
                "seed": seed * 100 + k,
                "deterministic": True,
                "num_threads": 1,
                "verbose": -1,
            }
            table = lgb.Dataset(data, ahead.came[told], init_score=start[told])
            self._boosters.append(lgb.train(parameters, table, ROUNDS))
        self.trees = [booster.model_to_string() for booster in self._boosters]

    def score(self, described: Described, rows: Whole) -> Floats:
        data = described.x[rows]
        parts = [np.asarray(b.predict(data, raw_score=True), dtype=float) for b in self._boosters]
        return sigmoid(self.envelope.margin(described, rows) + np.mean(parts, axis=0))

    def to_dict(self) -> dict[str, Any]:
        return {"envelope": self.envelope.to_dict(), "names": list(self.names), "trees": self.trees}

    def restore(self, data: dict[str, Any]) -> None:
        import lightgbm as lgb

        self.envelope.restore(data["envelope"])
        self.names = tuple(data["names"])
        self.trees = list(data["trees"])
        self._boosters = [lgb.Booster(model_str=text) for text in self.trees]
