"""Several detectors over one stream of batches, configured by data."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from yufang.sensing.detectors.base import ArrayDetector, Prepared, prepare
from yufang.sensing.detectors.contract import Detector, Event, GoesBack, Snapshot
from yufang.sensing.detectors.errors import DetectorError
from yufang.sensing.detectors.order import Order
from yufang.sensing.readings import Readings

if TYPE_CHECKING:
    from yufang.sensing.channels import Channel

# kind → where it stands; imported when a configuration names it.
DETECTORS: dict[str, str] = {
    "leaks": "yufang.sensing.leaks.detector:LeakDetector",
    "positions": "yufang.sensing.positions.detector:PositionDetector",
    "heart_rate": "yufang.sensing.positions.wearables:HeartRate",
    "fall": "yufang.sensing.positions.wearables:Fall",
    "limits": "yufang.sensing.detectors.limits:Limits",
    "rate": "yufang.sensing.detectors.slope:Rate",
    "drift": "yufang.sensing.detectors.slope:Drift",
    "stel": "yufang.sensing.detectors.exposure:Stel",
    "twa": "yufang.sensing.detectors.exposure:Twa",
    "cusum": "yufang.sensing.detectors.control:Cusum",
    "ewma": "yufang.sensing.detectors.control:Ewma",
    "seasonal": "yufang.sensing.detectors.seasonal:Seasonal",
    "changepoint": "yufang.sensing.detectors.changepoint:Changepoint",
    "stuck": "yufang.sensing.detectors.faults:Stuck",
    "spike": "yufang.sensing.detectors.faults:Spike",
    "multivariate": "yufang.sensing.multivariate.detector:Multivariate",
}
_MAX_LATENESS_S = 86_400.0


def detector_class(kind: object) -> type[Detector]:
    """The class of a kind. Raises DetectorError naming the kinds there are."""
    if not isinstance(kind, str) or kind not in DETECTORS:
        raise DetectorError("unknown_kind", kind=kind, known=", ".join(DETECTORS))
    module, _, name = DETECTORS[kind].partition(":")
    found: type[Detector] = getattr(importlib.import_module(module), name)
    return found


class Engine:
    """Runs detectors over batches whose `channel` counts into `channels`.

    detectors: each with the lateness bound in seconds that it waits for out-of-order readings (0: none; see
    `yufang.sensing.detectors.order`). `unusable` and `unknown` count readings that no detector saw; `late` and
    `repeated` those that came out of order, of the strictest bound.
    """

    def __init__(
        self, channels: Sequence[Channel], detectors: Sequence[tuple[Detector, float]], *, jit: bool = True
    ) -> None:
        names = [detector.name for detector, _ in detectors]
        for name in names:
            if names.count(name) > 1:
                raise DetectorError("same_name", name=name)
        self.channels: Sequence[str] = [channel.key for channel in channels]
        self.detectors: Sequence[Detector] = [detector for detector, _ in detectors]
        self._jit = jit
        self.unusable = 0
        self.unknown = 0
        self._keys = np.array(self.channels, dtype=np.str_)
        self._index = {key: n for n, key in enumerate(self.channels)}
        bounds = sorted({lateness for _, lateness in detectors} | ({0.0} if not detectors else set()))
        self._orders = [Order(len(channels), bound, jit=jit) for bound in bounds]
        self._group = [bounds.index(lateness) for _, lateness in detectors]

    @classmethod
    def from_config(cls, data: Mapping[str, Any], channels: Sequence[Channel], *, jit: bool | None = None) -> Self:
        """From {jit, lateness_s, detectors: [{kind, name, channels, lateness_s, …}]}.

        `jit` given here wins over the configuration's. Raises DetectorError naming field, value, rule and way out.
        """
        if not isinstance(data, Mapping):
            raise _refused("(top)", "须是键值表", "has to be a table of fields")
        unknown = set(data) - {"jit", "lateness_s", "detectors"}
        if unknown:
            raise _refused(", ".join(map(str, sorted(unknown, key=str))), "不认识", "is not known")
        fast = data.get("jit", True) if jit is None else jit
        if not isinstance(fast, bool):
            raise _refused("jit", "须是 true 或 false", "has to be true or false")
        entries = data.get("detectors")
        if not isinstance(entries, Sequence) or isinstance(entries, str):
            raise _refused("detectors", "须是列表", "has to be a list")
        built: list[tuple[Detector, float]] = []
        for number, entry in enumerate(entries):
            if not isinstance(entry, Mapping):
                raise _refused(f"detectors[{number}]", "须是键值表", "has to be a table of fields")
            kind = detector_class(entry.get("kind"))
            lateness = _lateness(entry.get("lateness_s", data.get("lateness_s", 0)), number)
            if issubclass(kind, ArrayDetector):
                built.append((kind.from_config(entry, channels, jit=fast), lateness))
            else:
                built.append((kind.from_config(entry, channels), lateness))
        return cls(channels, built, jit=fast)

    @property
    def late(self) -> int:
        return self._orders[0].late

    @property
    def repeated(self) -> int:
        return self._orders[0].repeated

    def translate(self, batch: Readings, keys: Sequence[str]) -> Readings:
        """The batch with `channel` counted into the engine's channels instead of `keys`; unknown ones are left out."""
        place = np.array([self._index.get(key, -1) for key in keys], np.int32)
        inside = (batch.channel >= 0) & (batch.channel < len(keys))
        channel = np.full(len(batch), -1, np.int32)
        channel[inside] = place[batch.channel[inside]]
        moved = Readings(channel, batch.time, batch.value, batch.flag, batch.raw)
        known = channel >= 0
        if known.all():
            return moved
        self.unknown += int(len(batch) - known.sum())
        return moved.take(known)

    def update(self, batch: Readings) -> list[Event]:
        """Events of all detectors, in the order of the readings that told them, then of the detectors.

        A detector that isn't one of this package's arrays tells its events after theirs. Raises DetectorError for a
        channel outside the list; then no detector has seen any of the batch.
        """
        ready = prepare(batch, len(self.channels), jit=self._jit)
        self.unusable += len(batch) - len(ready)
        return self._run([order.passed(ready) for order in self._orders])

    def flush(self) -> list[Event]:
        """Let the detectors see what still waits under a lateness bound: for the end of a replay."""
        return self._run([order.flush() for order in self._orders])

    def set_back(self, time_us: int) -> None:
        """The clock that stamped readings was found to run ahead: go on from `time_us` (UTC µs).

        Without it every reading until the wrong time has passed would count as late, and nothing would be judged.
        """
        for order in self._orders:
            order.set_back(time_us)
        for detector in self.detectors:
            if isinstance(detector, GoesBack):
                detector.set_back(time_us)

    def _run(self, groups: Sequence[Prepared]) -> list[Event]:
        told: list[tuple[int, int, Event]] = []
        after: list[Event] = []
        for number, (detector, group) in enumerate(zip(self.detectors, self._group, strict=True)):
            ready = groups[group]
            if not len(ready):
                continue
            if isinstance(detector, ArrayDetector):
                told += [(position, number, event) for position, event in detector.run(ready)]
            else:
                after += detector.update(Readings.of(ready.channel, ready.time.astype(np.int64), ready.value))
        told.sort(key=lambda entry: entry[:2])
        return [event for _, _, event in told] + after

    def snapshot(self) -> Snapshot:
        """Everything that `restore` needs: `<detector>/<array>`, `order/<bound>/…`, `keys` and `counts`."""
        state: Snapshot = {"keys": self._keys.copy(), "counts": np.array([self.unusable, self.unknown])}
        for order in self._orders:
            state |= {f"order/{order.lateness_s:g}/{name}": array for name, array in order.snapshot().items()}
        for detector in self.detectors:
            state |= {f"{detector.name}/{name}": array for name, array in detector.snapshot().items()}
        return state

    def restore(self, state: Snapshot) -> None:
        """Put a snapshot back by channel key. A detector that it doesn't know stays as it is. Raises DetectorError."""
        if "keys" not in state or "counts" not in state or state["counts"].shape != (2,):
            raise DetectorError(
                "bad_snapshot", detector="engine", reason_zh="缺少 keys 或 counts", reason_en="it lacks keys or counts"
            )
        rows = {str(key): n for n, key in enumerate(state["keys"])}
        place = np.array([rows.get(key, -1) for key in self.channels], np.int64)
        for order in self._orders:
            own = _under(state, f"order/{order.lateness_s:g}/")
            if own:
                order.restore(own, place)
        for detector in self.detectors:
            own = _under(state, f"{detector.name}/")
            if own:
                detector.restore(own)
        self.unusable, self.unknown = (int(n) for n in state["counts"])


def _under(state: Snapshot, prefix: str) -> Snapshot:
    return {name[len(prefix) :]: array for name, array in state.items() if name.startswith(prefix)}


def _lateness(value: object, number: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_LATENESS_S:
        raise _refused(
            f"detectors[{number}].lateness_s = {value!r}",
            f"须在 0 到 {_MAX_LATENESS_S:g} 秒之间",
            f"has to be between 0 and {_MAX_LATENESS_S:g} seconds",
        )
    return float(value)


def _refused(field: str, zh: str, en: str) -> DetectorError:
    return DetectorError("bad_config", field=field, reason_zh=zh, reason_en=en)
