"""Quality marks and detectors for sources that run none themselves.

Their state is kept with the source, so that a batch, its state and its events stand or fall together; it is kept by
channel, so that channels may come and go.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.utils import timezone

from yufang.sensing.channels import Channel as SensingChannel
from yufang.sensing.channels import LimitKind
from yufang.sensing.intake import Intake
from yufang.sensing.quality import QualityMarks
from yufang.sensing.readings import Quality, Readings
from yufang.server.sensing.models import Channel, Source
from yufang.server.sensing.registry import channels_by_key, with_keys

_LEVELS: tuple[LimitKind, ...] = ("high", "high_high", "low", "low_low")


def judge(source: Source, intake: Intake, at: datetime, *, ours: bool) -> tuple[Readings, list[Mapping[str, Any]]]:
    """(readings with their flags, events found). `ours`: the platform judges what nobody judged before.

    Of a source that judges itself only what needs no past is marked again: range, calibration, clock.
    """
    received = int(at.timestamp() * 1e6)
    if not ours:
        return QualityMarks(intake.channels).mark_fixed(intake.readings, received), []
    before = unpacked(source.state)
    channels = _all_channels(source, intake, before, at)
    place = {channel.key: n for n, channel in enumerate(channels)}
    moved = np.array([place[channel.key] for channel in intake.channels], np.int32)
    readings = replace(intake.readings, channel=moved[intake.readings.channel]).in_order()
    marks = QualityMarks(channels)
    marks.restore(_placed(marks.snapshot(), before, list(place)))
    readings = marks.mark(readings, received)
    state, events = _detect(channels, _by_our_clock(readings, received), before)
    kept: dict[str, Any] = {"keys": np.array(list(place), dtype="U120")}
    kept |= {f"marks/{name}": column for name, column in marks.snapshot().items()}
    kept |= {f"engine/{name}": column for name, column in state.items()}
    source.state = packed(kept)
    back = np.full(len(channels), -1, np.int32)
    back[moved] = np.arange(len(moved))
    return replace(readings, channel=back[readings.channel]), events


def detectors_for(channels: Sequence[SensingChannel]) -> list[dict[str, Any]]:
    """What is run where nothing else was configured: every limit that the channels have, and stuck readings."""
    kinds = {limit.kind for channel in channels for limit in channel.limits}
    found: list[dict[str, Any]] = [{"kind": "limits"}] if kinds & set(_LEVELS) else []
    found += [{"kind": kind} for kind in ("stel", "twa", "rate") if kind in kinds]
    return [*found, {"kind": "stuck"}]


def packed(state: Mapping[str, Any]) -> bytes:
    """Arrays by name as bytes."""
    out = io.BytesIO()
    columns: dict[str, Any] = {name: np.asarray(column) for name, column in state.items()}
    np.savez_compressed(out, **columns)
    return out.getvalue()


def unpacked(data: Any) -> dict[str, Any]:
    """Back from `packed`; empty where nothing was kept yet."""
    if not data:
        return {}
    with np.load(io.BytesIO(bytes(data)), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _detect(
    channels: Sequence[SensingChannel], readings: Readings, before: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    from yufang.sensing.detectors import DetectorError, Engine

    if not channels:
        return {}, []
    engine = Engine.from_config({"detectors": detectors_for(channels)}, channels)
    kept = {name.removeprefix("engine/"): column for name, column in before.items() if name.startswith("engine/")}
    if kept:
        with suppress(DetectorError):  # of another version: it starts afresh
            engine.restore(kept)
    events: list[Mapping[str, Any]] = [asdict(event) for event in engine.update(readings)]
    return engine.snapshot(), events


def _by_our_clock(readings: Readings, received: int) -> Readings:
    """The readings as detectors judge them: what a clock that runs ahead stamped is moved back by what it is ahead.

    Judged by its own time, one reading from two hours ahead would make two hours of later ones look late. The store
    keeps the time that came, with its flag. A clock that runs behind can't be told from readings that come late.
    """
    ahead = (readings.flag & np.uint16(Quality.CLOCK_SKEW)) != 0
    if not ahead.any():
        return readings
    by = int(readings.time[ahead].max()) - received + 1  # what comes next, stamped right, is later
    return replace(readings, time=np.where(ahead, readings.time - by, readings.time)).in_order()


def _all_channels(source: Source, intake: Intake, before: Mapping[str, Any], at: datetime) -> list[SensingChannel]:
    """Every channel that the source ever sent and that is registered, by key."""
    here = {channel.key: channel for channel in intake.channels}
    others = set(before.get("keys", np.zeros(0, "U1")).tolist()) - set(here)
    rows = Channel.objects.select_related("device").filter(enterprise_id=source.enterprise_id, closed=False)
    more = channels_by_key(with_keys(rows, others), timezone.localdate(at))
    return sorted((here | more).values(), key=lambda channel: channel.key)


def _placed(blank: Mapping[str, Any], before: Mapping[str, Any], keys: list[str]) -> dict[str, Any]:
    """The marks' state of `keys`: of each what was kept, else a blank one."""
    place = {key: n for n, key in enumerate(before.get("keys", np.zeros(0, "U1")).tolist())}
    found = [(n, place[key]) for n, key in enumerate(keys) if key in place]
    state = {name: column.copy() for name, column in blank.items()}
    if found:
        here, there = (np.array(positions) for positions in zip(*found, strict=True))
        for name, column in state.items():
            column[here] = before[f"marks/{name}"][there]
    return state
