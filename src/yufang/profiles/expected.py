"""Expected loss of the next period from lags alone: a hurdle model beside a Poisson model, averaged.

Most periods have no loss and a few have large ones. A hurdle (probability of any loss × size where there is one)
follows that shape; Poisson boosting follows the mean. Their average is steadier than either (see
docs/algorithms/profiles.md for the comparison on training years).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = npt.NDArray[np.float64]

_COMMON = {
    "learning_rate": 0.04,
    "num_leaves": 31,
    "min_data_in_leaf": 400,
    "lambda_l2": 10.0,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}


@dataclass(slots=True)
class ExpectedLoss:
    """Three boosted models; `predict` gives the expected loss of a period, `predict_any` the chance of any."""

    any_loss: lgb.Booster
    size: lgb.Booster
    mean: lgb.Booster
    any_scale: float
    size_scale: float
    mean_scale: float

    @classmethod
    def fit(cls, features: Floats, loss: Floats, *, seed: int = 0, threads: int = 1) -> ExpectedLoss:
        """Fit on `features` (n, d) and the next period's `loss` (n,) ≥ 0.

        Raises ValueError where no row or every row has a loss: then there is nothing to learn.
        """
        import lightgbm as lgb  # seconds to import, with what it looks for

        positive = loss > 0
        if not positive.any() or positive.all():
            raise ValueError(f"{int(positive.sum())} of {len(loss)} periods have a loss; both kinds are needed to fit")
        common = _COMMON | {"seed": seed, "num_threads": threads}
        leaf = {"min_data_in_leaf": int(min(400, max(20, positive.sum() // 50)))}
        any_loss = lgb.train(common | {"objective": "binary"} | leaf, lgb.Dataset(features, positive * 1.0), 300)
        size = lgb.train(
            common | {"objective": "gamma", "num_leaves": 15} | leaf,
            lgb.Dataset(features[positive], loss[positive]),
            160,
        )
        mean = lgb.train(common | {"objective": "poisson"} | leaf, lgb.Dataset(features, loss), 300)
        return cls(any_loss, size, mean, *cls._balance(any_loss, size, mean, features, loss))

    @staticmethod
    def _balance(
        any_loss: lgb.Booster, size: lgb.Booster, mean: lgb.Booster, features: Floats, loss: Floats
    ) -> tuple[float, float, float]:
        """Factors that make each part's training total equal to what was observed."""
        p = np.asarray(any_loss.predict(features))
        s = np.asarray(size.predict(features))
        m = np.asarray(mean.predict(features))
        observed = float(loss.sum())
        return (
            float((loss > 0).sum() / max(p.sum(), 1e-12)),
            observed / max(float((p * s).sum()), 1e-12),
            observed / max(float(m.sum()), 1e-12),
        )

    def predict_any(self, features: Floats) -> Floats:
        """Probability of any loss in the period, shape (n,)."""
        return np.minimum(np.asarray(self.any_loss.predict(features)) * self.any_scale, 1.0)

    def predict(self, features: Floats) -> Floats:
        """Expected loss of the period, shape (n,), in the unit of the loss it was fitted on."""
        hurdle = np.asarray(self.any_loss.predict(features)) * np.asarray(self.size.predict(features))
        return 0.5 * (hurdle * self.size_scale + np.asarray(self.mean.predict(features)) * self.mean_scale)
