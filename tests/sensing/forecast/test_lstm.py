"""Without PyTorch the LSTM says which extra it needs; with it, it learns and survives its state."""

from __future__ import annotations

import numpy as np
import pytest

from tests.sensing.forecast.conftest import LIMIT, made_up
from yufang.sensing.forecast import lstm
from yufang.sensing.forecast.contracts import WINDOWS
from yufang.sensing.forecast.errors import ForecastError
from yufang.sensing.forecast.features import describe
from yufang.sensing.forecast.train import task_of, train


def test_without_pytorch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yufang.sensing.forecast.train.torch_there", lambda: False)
    with pytest.raises(ForecastError, match="PyTorch") as refused:
        train(made_up(2, 1), LIMIT, deep=True)
    assert "deep" in refused.value.way_out


def test_it_learns_and_gives_the_same_scores_from_its_state(deep: None) -> None:
    assert lstm.torch_there()
    series = made_up(1, 1)
    task = task_of(series, describe(series, LIMIT), LIMIT, WINDOWS[1])
    rows = np.flatnonzero(task.usable)
    learner = lstm.Lstm()
    learner.fit(task.described, rows, task.outcome.at(rows), 0)
    again = lstm.Lstm()
    again.restore(learner.to_dict())
    np.testing.assert_allclose(again.score(task.described, rows), learner.score(task.described, rows), rtol=1e-6)
