"""A forecast model: probabilities, the band, and when it can't tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from yufang.sensing.forecast.bands import Bands
from yufang.sensing.forecast.calibration import Beta
from yufang.sensing.forecast.card import Card
from yufang.sensing.forecast.contracts import WINDOWS, WITHIN, Bools, Chance, Floats, Forecast, Reason, Whole, Window
from yufang.sensing.forecast.errors import ForecastError
from yufang.sensing.forecast.features import HISTORY_MIN, Described, describe, told, unchanged
from yufang.sensing.forecast.learners import Learner
from yufang.sensing.forecast.series import Series

LEAST_TOLD = 0.8  # of the rows of the last half hour
_INPUT_MIN = 15.0  # another channel that has told nothing for so long is missing
_EVIDENCE = ("value", "level", "peak_15")

# code → (zh, en)
REASONS: dict[str, tuple[str, str]] = {
    "too_little_history": (
        "历史不足：需要最近 {history:g} 分钟的读数",
        "too little history: the last {history:g} minutes of readings are needed",
    ),
    "missing": (
        "最近 {history:g} 分钟的读数只有 {share:.0%}，至少要 {least:.0%}",
        "only {share:.0%} of the readings of the last {history:g} minutes are there; {least:.0%} are needed",
    ),
    "missing_input": (
        "模型用到的通道 {names} 已 {minutes:g} 分钟没有读数",
        "{names}, which the model uses, has told nothing for {minutes:g} minutes",
    ),
    "out_of_range": (
        "超出训练范围：{names}",
        "out of the range of training: {names}",
    ),
    "stuck": (
        "数值已 {minutes:.0f} 分钟没有变化，训练数据中最长 {longest:.0f} 分钟：可能卡死",
        "no change of the value for {minutes:.0f} minutes; the longest in training was {longest:.0f}: it may be stuck",
    ),
}


@dataclass(slots=True)
class Head:
    """What foretells one window: the chosen learner, persistence to hold it against, and the calibration of each."""

    learner: Learner
    beta: Beta
    base: Learner
    base_beta: Beta

    def probability(self, described: Described, rows: Whole) -> Floats:
        """Calibrated probabilities (m,) of these rows."""
        return self.beta.apply(self.learner.score(described, rows))

    def base_probability(self, described: Described, rows: Whole) -> Floats:
        """Calibrated probabilities (m,) by persistence."""
        return self.base_beta.apply(self.base.score(described, rows))


@dataclass(slots=True)
class Model:
    """`version` is the hash of what the file holds. `ranges`: lowest and highest of each feature in training;
    `longest_unchanged`: minutes; `profile`: what `drift` holds later rows against."""

    channel: str
    limit: float
    every_s: float
    roles: dict[str, str]
    beside: tuple[str, ...]
    heads: dict[Window, Head]
    bands: Bands
    ranges: dict[str, tuple[float, float]]
    longest_unchanged: float
    warn_at: float
    card: Card
    version: str = ""
    profile: Mapping[str, object] = field(default_factory=dict)

    def check(self, series: Series) -> None:
        """Raise ForecastError where `series` can't be asked of this model: another channel, step, or no such inputs."""
        if not len(series):
            raise ForecastError("too_few_rows", channel=series.channel, rows=0, least=1, step=series.every_s)
        if abs(series.every_s - self.every_s) > 1e-6:
            raise ForecastError(
                "bad_setting",
                field="every_s",
                value=series.every_s,
                rule_zh=f"模型学的是每 {self.every_s:g} 秒一行",
                rule_en=f"the model was learned from a row every {self.every_s:g} s",
            )
        for name in self.beside:
            if name not in series.beside or series.roles.get(name) != self.roles[name]:
                known = ", ".join(f"{n} ({r})" for n, r in series.roles.items()) or "–"
                raise ForecastError(
                    "no_channel", file=series.channel, channel=f"{name} ({self.roles[name]})", known=known
                )

    def describe(self, series: Series) -> Described:
        """Features of `series`, its other channels in the order of training. Raises ForecastError."""
        self.check(series)
        same = Series(
            series.channel,
            series.every_s,
            series.value,
            {name: series.beside[name] for name in self.beside},
            series.roles,
            series.start if "day.sin" in self.ranges else None,
        )
        return describe(same, self.limit)

    def unsure(self, series: Series, described: Described) -> dict[str, Bools]:
        """By reason, the rows (n,) at which it can't tell."""
        row = np.arange(len(series))
        share = told(series)
        young = row + 1 < series.rows(HISTORY_MIN)
        missing = (share < LEAST_TOLD) | np.isnan(described.column("value"))
        found = {"too_little_history": young, "missing": missing & ~young}
        found["missing_input"] = np.zeros(len(series), np.bool_)
        for name in self._inputs():
            there = told(Series(name, series.every_s, series.beside[name]), _INPUT_MIN)
            found["missing_input"] |= there == 0
        found["out_of_range"] = np.zeros(len(series), np.bool_)
        for name in self._needs():
            found["out_of_range"] |= self._outside(described, name)
        found["stuck"] = unchanged(series) > max(30.0, 2 * self.longest_unchanged)
        return found

    def _needs(self) -> list[str]:
        needs = (name for head in self.heads.values() for name in head.learner.needs)
        return [name for name in dict.fromkeys(("value", *needs)) if name in self.ranges]

    def _inputs(self) -> list[str]:
        """Other channels that some learner uses."""
        used = {name.rpartition(".")[0] for name in self._needs()}
        return [name for name in self.beside if name in used]

    def _outside(self, described: Described, name: str) -> Bools:
        """Rows whose feature is beyond training by more than a tenth of its range; NaN is not."""
        low, high = self.ranges[name]
        beyond = 0.1 * (high - low)
        column = described.column(name)
        outside: Bools = (column < low - beyond) | (column > high + beyond)
        return outside

    def probabilities(self, series: Series, window: Window, *, all_rows: bool = False) -> Floats:
        """Calibrated probabilities (n,); NaN where the limit is reached already, a value is missing, or it can't tell.

        `all_rows` tells also where an honest forecast would not, for scoring beside learners that always do.
        """
        described = self.describe(series)
        rows = np.flatnonzero(series.value < self.limit)
        found = np.full(len(series), np.nan)
        found[rows] = self.heads[window].probability(described, rows)
        if not all_rows:
            for mask in self.unsure(series, described).values():
                found[mask] = np.nan
        return found

    def forecast(self, series: Series) -> Forecast:
        """The forecast at the last row of `series` (at least half an hour of rows; four hours serve every feature)."""
        described = self.describe(series)
        last = len(series) - 1
        reasons = self._reasons(series, described, last)
        value = float(described.column("value")[last]) + self.limit
        common: dict[str, Any] = {
            "channel": self.channel,
            "limit": self.limit,
            "at": series.time(last),
            "value": None if np.isnan(value) else value,
            "model": self.version,
        }
        if reasons:
            return Forecast(state="cannot_tell", reasons=reasons, **common)
        band = self.bands.band(described, self.limit, last)
        evidence = {name: float(described.column(name)[last]) + self.limit for name in _EVIDENCE}
        evidence |= {
            n: float(described.column(n)[last]) for n in self._needs() if n.endswith((".share_30", ".share_60"))
        }
        if value >= self.limit:
            return Forecast(state="above", band=band, evidence=evidence, **common)
        return Forecast(state="told", chances=self._chances(described, last), band=band, evidence=evidence, **common)

    def _chances(self, described: Described, row: int) -> tuple[Chance, ...]:
        """A longer time ahead is never less likely to see the limit reached than a shorter one within it."""
        rows = np.array([row])
        found = {window: float(self.heads[window].probability(described, rows)[0]) for window in self.heads}
        least = 0.0
        for window in WITHIN:
            found[window] = least = max(least, found[window])
        return tuple(Chance(window, found[window]) for window in WINDOWS)

    def _reasons(self, series: Series, described: Described, row: int) -> tuple[Reason, ...]:
        unsure = self.unsure(series, described)
        named = {
            "missing_input": [
                n for n in self._inputs() if told(Series(n, series.every_s, series.beside[n]), _INPUT_MIN)[row] == 0
            ],
            "out_of_range": [n for n in self._needs() if self._outside(described, n)[row]],
        }
        fields = {
            "history": HISTORY_MIN,
            "share": float(told(series)[row]),
            "least": LEAST_TOLD,
            "longest": self.longest_unchanged,
        }
        found = []
        for code in (code for code, mask in unsure.items() if mask[row]):
            minutes = float(unchanged(series)[row]) if code == "stuck" else _INPUT_MIN
            texts = (t.format(names=", ".join(named.get(code, ())), minutes=minutes, **fields) for t in REASONS[code])
            found.append(Reason(code, *texts))
        return tuple(found)
