"""Arrays as bytes for the journal and the snapshots: quickly packed, for a memory card wears out by what is written."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.readings import Readings


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Named arrays as an npz."""
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **dict(arrays))
    return zlib.compress(out.getvalue(), 1)


def unpack_arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """Back from `pack_arrays`."""
    with np.load(io.BytesIO(zlib.decompress(data)), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def pack_readings(readings: Readings) -> bytes:
    """Readings as they are, one array after another; `raw` only where there is any."""
    columns = [readings.channel, readings.time, readings.value, readings.flag]
    if readings.raw is not None:
        columns.append(readings.raw)
    body = b"".join(np.ascontiguousarray(c).tobytes() for c in columns)
    return len(readings).to_bytes(4, "little") + zlib.compress(body, 1)


def unpack_readings(data: bytes) -> Readings:
    """Back from `pack_readings`."""
    n = int.from_bytes(data[:4], "little")
    body = zlib.decompress(data[4:])
    columns: list[NDArray[Any]] = []
    at = 0
    for dtype in (np.int32, np.int64, np.float64, np.uint16, np.float64):
        size = n * np.dtype(dtype).itemsize
        if at + size > len(body) or (len(columns) == 4 and at == len(body)):
            break
        columns.append(np.frombuffer(body, dtype, n, at))
        at += size
    return Readings.of(*columns)
