"""Quality marks and detectors for sources that run none themselves. Their state is kept with the source, so that a
batch, its state and its events stand or fall together."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from yufang.sensing.intake import Intake
from yufang.sensing.quality import QualityMarks
from yufang.sensing.readings import Readings
from yufang.server.sensing.models import Source


def judge(source: Source, intake: Intake, at: datetime, *, ours: bool) -> tuple[Readings, list[Mapping[str, Any]]]:
    """(readings with their flags, events found). `ours`: the platform judges what nobody judged before.

    Of a source that judges itself only what needs no past is marked again: range, calibration, clock.
    """
    received = int(at.timestamp() * 1e6)
    marks = QualityMarks(intake.channels)
    if not ours:
        return marks.mark_fixed(intake.readings, received), []
    keys = [channel.key for channel in intake.channels]
    before = unpacked(source.state)
    marks.restore(_placed(marks.snapshot(), before, keys))
    readings = marks.mark(intake.readings, received)
    source.state = packed(_merged(marks.snapshot(), before, keys))
    return readings, []


def packed(state: Mapping[str, Any]) -> bytes:
    """Arrays by name as bytes."""
    out = io.BytesIO()
    np.savez_compressed(out, **{name: np.asarray(column) for name, column in state.items()})
    return out.getvalue()


def unpacked(data: Any) -> dict[str, Any]:
    """Back from `packed`; empty where nothing was kept yet."""
    if not data:
        return {}
    with np.load(io.BytesIO(bytes(data)), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _placed(blank: Mapping[str, Any], before: Mapping[str, Any], keys: list[str]) -> dict[str, Any]:
    """The state of `keys`: of each what was kept, else a blank one."""
    place = {key: n for n, key in enumerate(before.get("keys", np.zeros(0, "U1")).tolist())}
    found = [(n, place[key]) for n, key in enumerate(keys) if key in place]
    state = {name: column.copy() for name, column in blank.items()}
    if found:
        here, there = (np.array(positions) for positions in zip(*found, strict=True))
        for name, column in state.items():
            column[here] = before[name][there]
    return state


def _merged(after: Mapping[str, Any], before: Mapping[str, Any], keys: list[str]) -> dict[str, Any]:
    """What was kept of other channels, and the new state of `keys`."""
    known = before.get("keys", np.zeros(0, "U1"))
    others = ~np.isin(known, keys) if len(known) else np.zeros(0, np.bool_)
    merged: dict[str, Any] = {"keys": np.concatenate([known[others], np.array(keys, dtype="U120")]).astype("U120")}
    for name, column in after.items():
        merged[name] = np.concatenate([before[name][others], column]) if len(known) else column
    return merged
