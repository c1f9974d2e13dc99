"""From votes to probabilities without a single label: how far each column is right is learned from how columns agree.

A text has a true code y with prior π. A column that speaks for code c is right with its own accuracy a; where it is
wrong, y is any other code by the prior. A column that is silent says nothing. Priors and accuracies are estimated by
expectation-maximisation (Dawid and Skene 1979; data programming: Ratner et al. 2016), held by a beta prior so that a
column that seldom speaks, or is never contradicted, isn't believed blindly. Columns of one code are no independent
witnesses (the same accident word triggers several): their evidence is divided by the square root of how many of them
speak.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.cases.coldstart.votes import Votes
from yufang.cases.errors import CoderError

Float = NDArray[np.float64]

ROUNDS = 60
# What a column's accuracy is taken to be before any text is seen, by how its words are read. It weighs as much as
# PSEUDO_TEXTS and a share of the texts in which the column speaks: what columns of one kind repeat to each other is not
# as good as a truth. These, and the root of the priors, were chosen on the halves that no figure is reported on.
BELIEVED = {"decides": 0.85, "told": 0.6, "named": 0.4, "foretold": 0.5}
PSEUDO_TEXTS, PSEUDO_SHARE = 20.0, 0.3
CODE_PRIOR = 2.0  # pseudo-texts for each code
_LIKELIEST, _LEAST = 0.98, 0.05


@dataclass(frozen=True, slots=True)
class LabelModel:
    """What was learned: prior of each code (k,), accuracy of each column (columns,)."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    says: NDArray[np.int64]
    prior: Float
    accuracy: Float

    def probabilities(self, votes: Votes) -> Float:
        """Probabilities (n, k) of texts; a text of which nothing is said gets the prior."""
        if votes.names != self.names:
            raise CoderError(
                "The votes come from other functions than the model.", "Read the texts with the same ones."
            )
        return _posterior(votes.fired, self.says, self.prior, self.accuracy)


def fit_label_model(votes: Votes) -> LabelModel:
    """Learn from votes on unlabelled texts. CoderError where fewer than ten texts have any vote."""
    fired = votes.fired[votes.covered]
    k = len(votes.codes)
    if len(fired) < 10:
        raise CoderError(
            f"The labelling functions speak of {len(fired)} of {len(votes.fired)} texts; ten are needed.",
            "Give more texts, or add words to the functions (--functions FILE).",
        )
    believed = np.array([BELIEVED[name.rsplit(":", 1)[1]] for name in votes.names])
    speaks = fired.sum(axis=0)
    weight = PSEUDO_TEXTS + PSEUDO_SHARE * speaks
    accuracy, prior = believed, np.full(k, 1.0 / k)
    for _ in range(ROUNDS):
        q = _posterior(fired, votes.says, prior, accuracy)
        agreed = (fired * q[:, votes.says]).sum(axis=0)
        new = np.clip((agreed + weight * believed) / (speaks + weight), _LEAST, _LIKELIEST)
        # The root: which codes are frequent in these texts says only half of how frequent they will be elsewhere.
        prior = np.sqrt((q.sum(axis=0) + CODE_PRIOR) / (len(q) + CODE_PRIOR * k))
        prior /= prior.sum()
        moved = float(np.abs(new - accuracy).max())
        accuracy = new
        if moved < 1e-4:
            break
    return LabelModel(votes.codes, votes.names, votes.says, prior, accuracy)


def majority_vote(votes: Votes) -> Float:
    """Share of votes for each code (n, k), every column counting one; all codes alike where nothing is said. The
    peer."""
    counts = np.zeros((len(votes.fired), len(votes.codes)))
    for column, code in enumerate(votes.says):
        counts[:, code] += votes.fired[:, column]
    total = counts.sum(axis=1, keepdims=True)
    share: Float = np.where(total > 0, counts / np.maximum(total, 1), 1.0 / counts.shape[1])
    return share


def _posterior(fired: NDArray[np.bool_], says: NDArray[np.int64], prior: Float, accuracy: Float) -> Float:
    # A column right with a, and else any other code by its prior: its vote multiplies the odds of its code by this.
    own = prior[says]
    lift = np.log(accuracy / (1.0 - accuracy)) - np.log(own / (1.0 - own))
    k = len(prior)
    total = np.zeros((len(fired), k))
    count = np.zeros((len(fired), k))
    for column, code in enumerate(says):
        total[:, code] += fired[:, column] * lift[column]
        count[:, code] += fired[:, column]
    score = np.log(prior) + total / np.sqrt(np.maximum(count, 1.0))
    score -= score.max(axis=1, keepdims=True)
    p = np.exp(score)
    posterior: Float = p / p.sum(axis=1, keepdims=True)
    return posterior
