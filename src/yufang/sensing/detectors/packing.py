"""Snapshots as bytes, and events as plain values: for whatever keeps them between two runs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from yufang.sensing.detectors.contract import Event, Snapshot
from yufang.sensing.detectors.errors import DetectorError


def pack(state: Snapshot) -> bytes:
    """A snapshot as bytes that need no pickle: names as JSON, then the arrays as .npy, one behind the other."""
    out = io.BytesIO()
    names = json.dumps(list(state)).encode()
    out.write(len(names).to_bytes(4, "big") + names)
    for array in state.values():
        np.lib.format.write_array(out, array, allow_pickle=False)
    return out.getvalue()


def unpack(packed: bytes) -> Snapshot:
    """The snapshot of `pack`, bit for bit. Raises DetectorError where the bytes are none."""
    source = io.BytesIO(packed)
    try:
        names = json.loads(source.read(int.from_bytes(source.read(4), "big")))
        return {name: np.lib.format.read_array(source, allow_pickle=False) for name in names}
    except (ValueError, TypeError, EOFError, OSError) as error:
        raise DetectorError(
            "bad_snapshot", detector="engine", reason_zh=f"字节损坏（{error}）", reason_en=f"broken bytes ({error})"
        ) from error


def as_plain(event: Event) -> dict[str, Any]:
    """An event as JSON values, field by field."""
    return {field.name: getattr(event, field.name) for field in fields(Event)} | {"evidence": dict(event.evidence)}


def from_plain(values: Mapping[str, Any]) -> Event:
    """The event of `as_plain`. Raises TypeError for missing or unknown fields."""
    return Event(**values)
