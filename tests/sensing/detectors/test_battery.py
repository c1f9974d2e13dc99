"""Every detector keeps the contract, and says without numba what it says with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yufang.sensing.channels import Channel
from yufang.sensing.detectors import DETECTORS, Engine
from yufang.sensing.detectors.base import ArrayDetector
from yufang.sensing.detectors.check import check_detector, example_channels, example_readings
from yufang.sensing.detectors.contract import Event, Snapshot
from yufang.sensing.detectors.engine import detector_class
from yufang.sensing.readings import Readings

# kind → (seconds between readings, fields)
CASES: dict[str, tuple[float, dict[str, Any]]] = {
    "limits": (1.0, {"clear_hold_s": 2}),
    "rate": (1.0, {}),
    "drift": (600.0, {"limit_per_day": 1.0, "block_s": 1200}),
    "stel": (5.0, {}),
    "twa": (60.0, {}),
    "cusum": (1.0, {"learn": 100}),
    "ewma": (1.0, {"learn": 100}),
    "seasonal": (900.0, {"min_readings": 3}),
    "changepoint": (1.0, {"block": 5}),
    "stuck": (1.0, {}),
    "spike": (1.0, {}),
}


def world(kind: str) -> tuple[list[Channel], Readings, dict[str, Any]]:
    every_s, fields = CASES[kind]
    return [replace(c, every_s=every_s) for c in example_channels(3)], example_readings(3, 900, every_s), fields


@pytest.mark.parametrize("kind", CASES)
def test_every_detector_passes_the_battery(kind: str) -> None:
    channels, readings, fields = world(kind)
    found = detector_class(kind)
    told = check_detector(lambda own: found.from_config(fields, own), channels, readings, points=2)
    assert {event.kind for event in told} <= {kind, "high", "high_high", "low", "low_low"}


def test_every_kind_of_this_package_is_in_the_battery() -> None:
    own = {kind for kind, place in DETECTORS.items() if place.startswith("yufang.sensing.detectors.")}
    assert own == set(CASES)


@pytest.mark.parametrize("kind", CASES)
def test_kernels_without_numba_tell_the_same_events_and_keep_the_same_state(kind: str) -> None:
    channels, readings, fields = world(kind)
    found = detector_class(kind)
    assert issubclass(found, ArrayDetector)
    fast, plain = (found.from_config(fields, channels, jit=jit) for jit in (True, False))
    told = [repr(event) for event in plain.update(readings)]
    assert [repr(event) for event in fast.update(readings)] == told
    assert told
    assert fast.snapshot()["state"].tobytes() == plain.snapshot()["state"].tobytes()


def test_an_engine_passes_the_battery_like_a_detector() -> None:
    config = {"detectors": [{"kind": kind} for kind in ("limits", "cusum", "stuck")]}
    check_detector(lambda own: Engine.from_config(config, own), example_channels(3), example_readings(3), points=1)


def test_a_node_without_numba_never_loads_it() -> None:
    """Nor anything else that an edge node has no room for."""
    code = (
        "import sys; from yufang.sensing.detectors import Engine; from yufang.sensing.detectors.check import *\n"
        f"own = [{{'kind': kind}} for kind in {list(CASES)}]\n"
        "e = Engine.from_config({'jit': False, 'detectors': own}, example_channels())\n"
        "assert e.update(example_readings(each=500))\n"
        "print([m for m in ('numba', 'pint', 'pydantic', 'polars', 'pyarrow', 'scipy', 'django') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "[]", ran.stdout + ran.stderr


class _Broken:
    """A detector that tells each reading above 20, and breaks one promise."""

    name = "broken"

    def __init__(self, channels: list[Channel], fault: str) -> None:
        self.channels = [channel.key for channel in channels]
        self.last = np.full(len(channels), -1, np.int64)
        self.fault = fault

    def update(self, batch: Readings) -> list[Event]:
        if len(batch) and batch.channel.max() >= len(self.channels):
            raise ValueError("no such channel")
        told, usable = [], batch.usable()
        for n in range(len(batch)):
            c, t, v = int(batch.channel[n]), int(batch.time[n]), float(batch.value[n])
            if (t <= self.last[c] and self.fault != "order") or (not usable[n] and self.fault != "unusable"):
                continue
            self.last[c] = t
            if v > 20 or (self.fault == "future" and n + 1 < len(batch) and batch.value[n + 1] > 20):
                told.append(
                    Event.of(
                        detector="broken", channel=self.channels[c], kind="x", state="raised", momentary=True,
                        since=0 if self.fault == "keys" else t, at=t, value=min(v, 1e9), unit="", limit=None,
                        deviation=None,
                        sureness=1.5 if self.fault == "sureness" else 0.5, reason_zh="高", reason_en="high",
                    )
                )  # fmt: skip
        if self.fault == "cuts" and told:
            told = told[:1]
        return told

    def set_back(self, time_us: int) -> None:
        if self.fault != "back":
            np.minimum(self.last, time_us, out=self.last)

    def snapshot(self) -> Snapshot:
        return {"none": np.zeros(0), "last": self.last if self.fault == "copy" else self.last.copy()}

    def restore(self, state: Snapshot) -> None:
        if "last" not in state or "none" not in state:
            raise ValueError("no")
        if self.fault != "restore":
            self.last = state["last"].copy()


@pytest.mark.parametrize(
    "fault", ["order", "unusable", "future", "keys", "sureness", "cuts", "copy", "restore", "back"]
)
def test_the_battery_finds_a_broken_promise(fault: str) -> None:
    channels, readings = example_channels(2), example_readings(2, 120)

    def make(own: Sequence[Channel], fault: str) -> Any:
        return _Broken(list(own), fault)

    check_detector(lambda own: make(own, "none"), channels, readings, points=1)
    with pytest.raises(AssertionError):
        check_detector(lambda own: make(own, fault), channels, readings)
