"""A small LSTM over the channels (extra `deep`); PyTorch is imported only when one is fitted or asked.

Hochreiter & Schmidhuber, Neural Computation 9 (1997). It corrects the envelope's log-odds, as the trees do, so that
with few crossings it starts from what is known to hold.
"""

from __future__ import annotations

import base64
import importlib.util
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from yufang.sensing.forecast.calibration import sigmoid
from yufang.sensing.forecast.contracts import Ahead, Floats, Whole
from yufang.sensing.forecast.errors import ForecastError
from yufang.sensing.forecast.features import Described
from yufang.sensing.forecast.learners import Envelope, filled

STEPS = 40  # steps of a sequence
HIDDEN = 16
SEEDS = 2
EPOCHS = 4
_BATCH = 256
_MOST_ROWS = 6000  # rows learned from; neighbours in time tell nearly the same


def torch_there() -> bool:
    """Whether PyTorch is installed, without importing it."""
    return importlib.util.find_spec("torch") is not None


def _torch() -> Any:
    if not torch_there():
        raise ForecastError("no_torch")
    import torch

    return torch


@dataclass(slots=True)
class Lstm:
    """`every` rows a step; the last step is the row itself."""

    name: ClassVar[str] = "lstm"
    every: int = 2
    envelope: Envelope = field(default_factory=Envelope)
    middle: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)

    @property
    def needs(self) -> tuple[str, ...]:
        return self.envelope.needs

    def _sequences(self, described: Described, rows: Whole) -> Any:
        """float32[m, STEPS, c], standardised; before the first row the first is repeated."""
        back = np.arange(STEPS - 1, -1, -1) * self.every
        at = np.maximum(rows[:, None] - back[None, :], 0)
        unit = (described.raw - np.array(self.middle)) / np.array(self.spread)
        return _torch().from_numpy(np.clip(filled(unit, 0.0), -4, 4)[at].astype(np.float32))

    def _net(self, channels: int) -> Any:
        torch = _torch()
        return torch.nn.ModuleDict(
            {"lstm": torch.nn.LSTM(channels, HIDDEN, batch_first=True), "head": torch.nn.Linear(HIDDEN, 1)}
        )

    def fit(self, described: Described, rows: Whole, ahead: Ahead, seed: int) -> None:
        torch = _torch()
        self.envelope.fit(described, rows, ahead, seed)
        start = self.envelope.margin(described, rows)
        told = np.flatnonzero(~np.isnan(start))
        if len(told) > _MOST_ROWS:
            told = told[np.linspace(0, len(told) - 1, _MOST_ROWS).round().astype(int)]
        raw = described.raw[rows]
        self.middle = [float(v) for v in filled(np.nanmean(raw, axis=0), 0.0)]
        self.spread = [float(v) if v > 1e-9 else 1.0 for v in np.nanstd(raw, axis=0)]
        x = self._sequences(described, rows[told])
        base, y = (torch.from_numpy(a[told].astype(np.float32)) for a in (start, ahead.came))
        self.states = [self._fit_one(x, base, y, seed * 100 + k) for k in range(SEEDS)]

    def _fit_one(self, x: Any, base: Any, y: Any, seed: int) -> dict[str, Any]:
        torch = _torch()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = self._net(x.shape[2])
            torch.nn.init.zeros_(net["head"].weight)  # starts as the envelope
            torch.nn.init.zeros_(net["head"].bias)
            steps = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.1)
            for _ in range(EPOCHS):
                order = torch.randperm(len(y))
                for part in order.split(_BATCH):
                    hidden = net["lstm"](x[part])[0][:, -1]
                    margin = base[part] + net["head"](torch.nn.functional.dropout(hidden, 0.3))[:, 0]
                    loss = torch.nn.functional.binary_cross_entropy_with_logits(margin, y[part])
                    steps.zero_grad()
                    loss.backward()
                    steps.step()
        return {name: value.numpy().copy() for name, value in net.state_dict().items()}

    def score(self, described: Described, rows: Whole) -> Floats:
        torch = _torch()
        margin = self.envelope.margin(described, rows)
        added = np.zeros(len(rows))
        for state in self.states:
            net = self._net(described.raw.shape[1])
            net.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
            with torch.inference_mode():
                for part in np.array_split(np.arange(len(rows)), max(1, len(rows) // 4096)):
                    hidden = net["lstm"](self._sequences(described, rows[part]))[0][:, -1]
                    added[part] += net["head"](hidden)[:, 0].numpy()
        return sigmoid(margin + added / max(1, len(self.states)))

    def to_dict(self) -> dict[str, Any]:
        states = [
            {
                n: {"shape": list(v.shape), "f4": base64.b64encode(v.astype("<f4").tobytes()).decode()}
                for n, v in s.items()
            }
            for s in self.states
        ]
        return {
            "every": self.every,
            "envelope": self.envelope.to_dict(),
            "middle": self.middle,
            "spread": self.spread,
            "states": states,
        }

    def restore(self, data: dict[str, Any]) -> None:
        self.every = int(data["every"])
        self.envelope.restore(data["envelope"])
        self.middle, self.spread = ([float(v) for v in data[key]] for key in ("middle", "spread"))
        self.states = [
            {n: np.frombuffer(base64.b64decode(v["f4"]), "<f4").reshape(v["shape"]).copy() for n, v in state.items()}
            for state in data["states"]
        ]
