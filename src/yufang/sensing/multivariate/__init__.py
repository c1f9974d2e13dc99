"""Several variables judged together: dynamic PCA with a statistic for each variable, limits from normal rows only."""

from yufang.sensing.multivariate.detector import Multivariate
from yufang.sensing.multivariate.errors import MultivariateError
from yufang.sensing.multivariate.file import from_bytes, to_bytes
from yufang.sensing.multivariate.fitting import fit, wander_between
from yufang.sensing.multivariate.model import Contribution, Model, Score, Scorer, score

__all__ = [
    "Contribution",
    "Model",
    "Multivariate",
    "MultivariateError",
    "Score",
    "Scorer",
    "fit",
    "from_bytes",
    "score",
    "to_bytes",
    "wander_between",
]
