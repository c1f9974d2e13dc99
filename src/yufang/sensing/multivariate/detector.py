"""The detector of a trained model: readings of several channels become instants, instants verdicts, verdicts events.

An instant is the grid time k·step_s; a reading belongs to the nearest one, and an instant is judged when the first
later reading of any of the model's channels arrives. A channel without a reading keeps its last value for
`max_gap_s`; after that its likeliest value given the others stands in, while two thirds of the channels are there.
Where fewer are, or all were away for `max_gap_s`, nothing is judged and the memory starts afresh; an open episode
stays open.

Sureness: `sureness.real` on the greatest statistic, in sd of held-out normal rows, and a prior
that takes one instant in `1/false_alarms` to be disturbed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from yufang.sensing.detectors.base import prepare
from yufang.sensing.detectors.contract import Event, Snapshot, State
from yufang.sensing.detectors.errors import DetectorError
from yufang.sensing.detectors.fields import Field, read_fields, read_name
from yufang.sensing.detectors.sureness import real
from yufang.sensing.multivariate.errors import MultivariateError
from yufang.sensing.multivariate.file import from_bytes
from yufang.sensing.multivariate.model import STATISTICS, Model, Score, Scorer
from yufang.sensing.multivariate.words import reasons

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel
    from yufang.sensing.wire import Readings

KIND = "multivariate"
_NEVER = -(2**62)
_ENOUGH = 2 / 3  # of the channels have to be there
FIELDS = {
    # 1 is passed by the share of normal rows that the model was trained for (1 in 50): right for a chart, too often
    # for an alarm. At 1.25 made-up plants raised none in 24,000 instants.
    "limit": Field(1.25, 0.1, 100.0, "指数超过多少算超限", "index above which an instant counts"),
    "hold": Field(3, 1, 1000, "连续几个时刻超限才报", "instants in a row above the limit before it is raised"),
    "clear": Field(10, 1, 100_000, "连续几个时刻不超限才解除", "instants in a row within the limit before it clears"),
    "max_gap_s": Field(30.0, 0.0, 86_400.0, "读数最长沿用秒数", "seconds for which a last value stands"),
}
# Numbers of the open episode, beside the scorer's arrays, in a snapshot.
_OPEN, _OVER, _WITHIN, _SINCE, _CELL, _TOP, _SEEN = range(7)


class Multivariate:
    """Judges the channels of one model together; see the module's docstring. Satisfies `Detector`."""

    def __init__(self, name: str, model: Model, channels: Sequence[Channel], settings: Mapping[str, float]) -> None:
        self.name = name
        self.model = model
        self.channels: Sequence[str] = [channel.key for channel in channels]
        place = {key: n for n, key in enumerate(self.channels)}
        for variable in model.variables:
            if variable not in place:
                raise MultivariateError("no_channel", model=model.name, variable=variable)
        self._units = [channels[place[variable]].unit for variable in model.variables]
        self._map = [-1] * len(channels)
        for n, variable in enumerate(model.variables):
            self._map[place[variable]] = n
        self._step = round(model.step_s * 1e6)
        self._gap = round(settings["max_gap_s"] * 1e6)
        self._limit = settings["limit"]
        self._hold, self._clear = int(settings["hold"]), int(settings["clear"])
        self._scorer = Scorer(model)
        m = len(model.variables)
        self._last = np.full(m, _NEVER, np.int64)
        self._value = np.zeros(m)
        self._now = np.array([0, 0, 0, _NEVER, _NEVER, -1, 0], np.int64)

    @classmethod
    def from_config(cls, data: Mapping[str, Any], channels: Sequence[Channel]) -> Self:
        """From {name, model, limit, hold, clear, max_gap_s}; `model` is a path, the bytes of a file, or a Model.

        Raises DetectorError or MultivariateError naming field, value, rule and way out.
        """
        name = read_name(KIND, data)
        settings = read_fields(name, FIELDS, {key: value for key, value in data.items() if key != "model"})
        return cls(name, _model(name, data.get("model")), channels, settings)

    def update(self, batch: Readings) -> list[Event]:
        """Events that the batch tells; see `Detector.update`."""
        ready = prepare(batch, len(self.channels))
        told: list[Event] = []
        for channel, time, value in zip(ready.channel.tolist(), ready.time.tolist(), ready.value.tolist(), strict=True):
            n = self._map[channel]
            at = int(time)
            if n < 0 or at <= self._last[n]:
                continue
            cell = (at + self._step // 2) // self._step
            if cell > self._now[_CELL]:
                if self._now[_CELL] != _NEVER:
                    told += self._close(at, cell)
                self._now[_CELL] = cell
            self._last[n] = at
            self._value[n] = value
        return told

    def _close(self, at: int, following: int) -> list[Event]:
        """Judge the open instant, which the reading at `at` ended."""
        cell = int(self._now[_CELL])
        fresh = self._last >= cell * self._step - self._step // 2 - self._gap
        if fresh.mean() < _ENOUGH:
            self._forget()
            return []
        self._scorer.seen = int(self._now[_SEEN])
        verdict = self._scorer.step(np.where(fresh, self._value, np.nan))
        self._now[_SEEN] = min(self._scorer.seen, 2)
        told = self._run(cell * self._step, at, verdict, fresh)
        if (following - cell - 1) * self._step > self._gap:
            self._forget()
        return told

    def _forget(self) -> None:
        self._scorer.clear()
        self._now[[_OVER, _WITHIN, _SEEN]] = 0

    def _run(self, instant: int, at: int, verdict: Score, fresh: np.ndarray) -> list[Event]:
        """Run rule: raised after `hold` instants above the limit, cleared after `clear` within it."""
        now = self._now
        if verdict.index > self._limit:
            if not now[_OPEN] and not now[_OVER]:
                now[_SINCE] = instant
            now[_OVER] += 1
            now[_WITHIN] = 0
        else:
            now[_OVER] = 0
            now[_WITHIN] += 1
        if not now[_OPEN] and now[_OVER] >= self._hold:
            now[_OPEN], now[_TOP] = 1, int(np.argmax(verdict.tests[verdict.memory] ** 2))
            return [self._event("raised", at, verdict, fresh)]
        if now[_OPEN] and now[_WITHIN] >= self._clear:
            told = self._event("cleared", at, verdict, fresh)
            now[[_OPEN, _OVER, _WITHIN]] = 0
            return [told]
        now[_WITHIN] = min(now[_WITHIN], self._clear)
        now[_OVER] = min(now[_OVER], self._hold)
        return []

    def _event(self, state: State, at: int, verdict: Score, fresh: np.ndarray) -> Event:
        top, model = int(self._now[_TOP]), self.model
        parts = self._scorer.contributions(verdict)
        units = dict(zip(model.variables, self._units, strict=True))
        since = int(self._now[_SINCE])
        zh, en = reasons(state, model, verdict, parts, units, since, at)
        own = next((part.shift for part in parts if part.variable == model.variables[top]), None)
        chance = real(max(verdict.z, 0.0), model.false_alarms)
        return Event.of(
            detector=self.name,
            channel=model.variables[top],
            kind=KIND,
            state=state,
            since=since,
            at=at,
            value=float(self._value[top]),
            limit=None,
            unit=self._units[top],
            deviation=own,
            sureness=chance if state == "raised" else 1.0 - chance,
            reason_zh=zh,
            reason_en=en,
            evidence={
                "model": model.name,
                "training_rows": model.rows,
                "false_alarms": model.false_alarms,
                "index": verdict.index,
                "limit": self._limit,
                "statistic": verdict.statistic,
                "memory_rows": float(1.0 / model.weights[verdict.memory]),
                "statistics": dict(zip(STATISTICS, verdict.values[verdict.memory].tolist(), strict=True)),
                "contributions": [
                    {"channel": p.variable, "share": p.share, "shift": p.shift, "unit": units[p.variable]}
                    for p in parts
                ],
                "not_measured": [v for v, there in zip(model.variables, fresh.tolist(), strict=True) if not there],
            },
        )

    def snapshot(self) -> Snapshot:
        """Copies of `last`, `value`, `now`, `lagged`, `smoothed`, and the `variables` they belong to."""
        return {
            "variables": np.array(self.model.variables, dtype=np.str_),
            "last": self._last.copy(),
            "value": self._value.copy(),
            "now": self._now.copy(),
            "lagged": self._scorer.lagged.copy(),
            "smoothed": self._scorer.smoothed.copy(),
        }

    def restore(self, state: Snapshot) -> None:
        """Put a snapshot back. Raises DetectorError where it is of another model or lacks an array."""
        own = self.snapshot()
        for field, array in own.items():
            other = state.get(field)
            if other is None:
                raise self._refusal(f"缺少 {field}", f"it lacks {field}")
            if other.shape != array.shape or other.dtype != array.dtype:
                kind = f"{other.dtype} {other.shape}"
                raise self._refusal(f"{field} 是 {kind}", f"its {field} is {kind}")
        if not np.array_equal(own["variables"], state["variables"]):
            raise self._refusal("变量不同", "it is of other variables")
        self._last[:], self._value[:], self._now[:] = state["last"], state["value"], state["now"]
        self._scorer.lagged[:], self._scorer.smoothed[:] = state["lagged"], state["smoothed"]

    def set_back(self, time_us: int) -> None:
        """No time that is kept stays later than `time_us`, but for when the open episode began."""
        np.minimum(self._last, time_us, out=self._last)
        self._now[_CELL] = min(int(self._now[_CELL]), (time_us + self._step // 2) // self._step)
        if not self._now[_OPEN]:
            self._now[_SINCE] = min(int(self._now[_SINCE]), time_us)

    def _refusal(self, zh: str, en: str) -> DetectorError:
        return DetectorError("bad_snapshot", detector=self.name, reason_zh=zh, reason_en=en)


def _model(name: str, given: Any) -> Model:
    if isinstance(given, Model):
        return given
    if isinstance(given, bytes):
        return from_bytes(given)
    if not isinstance(given, str | Path) or not str(given):
        raise DetectorError("bad_value", detector=name, field="model", value=given, rule="path / 文件路径")
    try:
        data = Path(given).read_bytes()
    except OSError as error:
        raise MultivariateError("not_a_model", reason=f"{given}: {error.strerror}") from error
    return from_bytes(data)
