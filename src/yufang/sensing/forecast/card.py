"""The card of a forecast model: what it learned from, what was tried, by what it was chosen, how it did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from yufang.sensing.forecast.onsets import Warned
from yufang.sensing.forecast.rolling import Tried


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _figures(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: math.nan if value is None else value for key, value in data.items()}


CHOSEN_BY = (
    "滚动起点评估：用之前的行学习，预测之后的行；看相差不超过 24 小时的两个时刻排序正确的比例，差 0.005 以内取最简单的",
    "rolling origins (learned from earlier rows, tried on later ones) by near-AUC: of two moments at most 24 h apart, "
    "how often the one before a crossing scores higher; within 0.005 of the best, the simplest",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Figures are out of fold: each of rows later than those learned from. `tried` by window, simplest learner first.

    `rows_sha256` names the rows (every channel, as float64); `first` and `last` are event times in microseconds UTC.
    """

    channel: str
    limit: float
    unit: str
    every_s: float
    roles: Mapping[str, str]
    rows: int
    rows_sha256: str
    missing_share: float
    onsets: int
    first: int | None
    last: int | None
    seed: int
    trained_at: str
    yufang: str
    chosen: Mapping[str, str]
    tried: Mapping[str, tuple[Tried, ...]]
    warned: Warned
    warn_at: float
    false_per_day: float
    band_base: str
    band_coverage: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it: a figure that there isn't is null."""
        return _plain(asdict(self))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Card:
        """The card of what `to_dict` gave. Raises KeyError, TypeError."""
        known = dict(data)
        known["tried"] = {w: tuple(Tried(**_figures(t)) for t in tries) for w, tries in data["tried"].items()}
        known["warned"] = Warned(**_figures(data["warned"]))
        return cls(**known)

    def describe(self, language: str = "zh") -> list[str]:
        """Lines for a person, in `zh` or `en`."""
        tries = [self._try(window, t) for window, found in self.tried.items() for t in found]
        return self._rows(language) + tries + self._did(language)

    def _rows(self, language: str) -> list[str]:
        days = self.rows * self.every_s / 86_400
        beside = ", ".join(f"{name} ({role})" for name, role in self.roles.items()) or "–"
        span = "–"
        if self.first is not None and self.last is not None:
            ends = (datetime.fromtimestamp(t / 1e6, UTC).isoformat(timespec="minutes") for t in (self.first, self.last))
            span = " … ".join(ends)
        if language == "zh":
            return [
                f"通道 {self.channel}，限值 {self.limit:g} {self.unit}",
                f"学自 {self.rows} 行（{days:.1f} 天，{span}），越限 {self.onsets} 次，缺失 {self.missing_share:.1%}",
                f"同时使用：{beside}",
                f"选择依据：{CHOSEN_BY[0]}",
            ]
        return [
            f"channel {self.channel}, limit {self.limit:g} {self.unit}",
            f"learned from {self.rows} rows ({days:.1f} days, {span}), {self.onsets} onsets, "
            f"{self.missing_share:.1%} missing",
            f"beside it: {beside}",
            f"chosen by {CHOSEN_BY[1]}",
        ]

    def _try(self, window: str, t: Tried) -> str:
        mark = "*" if t.learner == self.chosen[window] else " "
        gain = f"({t.gain:+.3f} ± {t.gain_error:.3f})"
        figures = f"near-AUC {t.near_auc:.3f} {gain}  log-loss {t.log_loss:.4f}  ECE {t.calibration_error:.4f}"
        return f"{mark} {window:>5} min  {t.learner:<12} {figures}"

    def _did(self, language: str) -> list[str]:
        w = self.warned
        covered = ", ".join(f"{level} → {share:.1%}" for level, share in self.band_coverage.items())
        if language == "zh":
            return [
                f"预警（概率 ≥ {self.warn_at:.3f}）：{w.onsets} 次越限中提前预警 {w.onsets_warned:.0%}，"
                f"提前量中位数 {w.median_lead_min:.1f} 分钟，误报每天 {w.false_warnings_per_day:.1f} 次",
                f"区间（{self.band_base}）覆盖率：{covered}",
            ]
        return [
            f"warnings (probability ≥ {self.warn_at:.3f}): {w.onsets_warned:.0%} of {w.onsets} onsets warned, "
            f"median lead {w.median_lead_min:.1f} min, {w.false_warnings_per_day:.1f} false a day",
            f"band ({self.band_base}), coverage: {covered}",
        ]
