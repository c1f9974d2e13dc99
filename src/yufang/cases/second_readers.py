"""Which second readers a coder may train: attention always, a transformer where a folder holds one."""

from __future__ import annotations

from pathlib import Path

from yufang.cases.attention import AttentionLearner
from yufang.cases.second import Learner


def second_readers(transformer: Path | None = None) -> tuple[Learner, ...]:
    """The learners a coder tries in turn; CoderError where the extra `deep` or the folder's files are missing."""
    if transformer is None:
        return (AttentionLearner(),)
    from yufang.cases.transformer import TransformerLearner

    return (AttentionLearner(), TransformerLearner(transformer))
