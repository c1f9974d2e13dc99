"""The bytes of one batch, as the outbox keeps them and the platform takes them.

    b"YFB1" | length of the header, 4 bytes | header, JSON | columns, zlib

Columns stand sorted by channel and time, as differences, their bytes transposed: sensors move little from one reading
to the next, so most bytes are 0. Values of few decimals go as whole numbers of the last decimal; the few that are not
(`odd`) stand apart, and where most are not, all go as bits. Once written the bytes of a batch don't
change, except by thinning, which the header then tells. Needs numpy only: Arrow would take 26 MB of the node's memory.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from yufang.edge.errors import EdgeError
from yufang.sensing.readings import Readings
from yufang.sensing.wire_limits import MAX_EVENTS, MAX_KEYS, MAX_READINGS

MAGIC = b"YFB1"
MAX_BATCH_BYTES = 1_900_000  # the platform takes 2 MB of body
_MAX_HEADER = 16 * 1024 * 1024
_DTYPES: Mapping[str, str] = {"channel": "<i4", "time": "<i8", "value": "<i8", "flag": "<u2", "raw": "<u8"}
_ODD: Mapping[str, str] = {"odd_at": "<i4", "odd": "<u8"}
_MOST_DECIMALS = 6

LANES = ("events", "readings")  # events are sent first and never thinned


@dataclass(frozen=True, slots=True, eq=False)
class EdgeBatch:
    """What one batch carries: readings over `keys`, events as plain dicts, and what was thinned.

    `thinning` says of every thinning of this batch: `{"level", "kept", "dropped", "at_us", "rule"}`; of readings lost
    before they could be written: `{"level": -1, "dropped", "at_us", "rule"}`. () where the readings are complete.
    """

    lane: str
    sequence: int
    readings: Readings
    keys: tuple[str, ...]
    events: tuple[Mapping[str, Any], ...] = ()
    thinning: tuple[Mapping[str, Any], ...] = ()


def encode(batch: EdgeBatch) -> bytes:
    """The bytes of a batch. Readings of one channel keep their order where their times are equal."""
    found = batch.readings
    order = np.lexsort((found.time, found.channel))
    value = found.value[order].astype("<f8")
    decimals, odd = _decimals(value)
    columns: dict[str, npt.NDArray[Any]] = {
        "channel": _differences(found.channel[order].astype("<i4")),
        "time": _differences(found.time[order].astype("<i8")),
        "value": _changes(value).view("<i8") if decimals < 0 else _differences(_whole(value, decimals, odd)),
        "flag": found.flag[order].astype("<u2"),
    }
    if found.raw is not None:
        columns["raw"] = _changes(found.raw[order].astype("<f8"))
    header = {
        "lane": batch.lane,
        "sequence": batch.sequence,
        "readings": len(found),
        "keys": batch.keys,
        "columns": list(columns),
        "decimals": decimals,
        "odd": len(odd),
        "events": batch.events,
        "thinning": batch.thinning,
    }
    told = orjson.dumps(header)
    if len(odd):
        columns |= {"odd_at": odd.astype("<i4"), "odd": value[odd].view("<u8")}
    body = zlib.compress(b"".join(_transposed(column) for column in columns.values()), 6)
    return MAGIC + struct.pack("<I", len(told)) + told + body


def decode(data: bytes) -> EdgeBatch:
    """Back from `encode`, readings by time, then channel. Raises EdgeError for what is no batch or too large a one."""
    header, body = _header(data)
    n, k = header["readings"], header["odd"]
    wanted = {name: (_DTYPES[name], n) for name in header["columns"]} | {
        name: (dtype, k) for name, dtype in _ODD.items() if k
    }
    columns = _columns(body, wanted)
    channel = _sums(columns["channel"])
    if n and (channel.min() < 0 or channel.max() >= len(header["keys"])):
        raise _no_batch("channel", "a reading of a channel that the batch does not name")
    raw = _values(columns["raw"]) if "raw" in columns else None
    if header["decimals"] < 0:
        value = _values(columns["value"].view("<u8"))
    else:
        value = _sums(columns["value"]) / 10.0 ** header["decimals"]
    if k:
        if columns["odd_at"].min() < 0 or columns["odd_at"].max() >= n:
            raise _no_batch("odd", "a value of a reading that the batch does not hold")
        value[columns["odd_at"]] = columns["odd"].view("<f8")
    readings = Readings.of(channel, _sums(columns["time"]), value, columns["flag"], raw)
    return EdgeBatch(
        lane=header["lane"],
        sequence=header["sequence"],
        readings=readings.in_order(),
        keys=tuple(header["keys"]),
        events=tuple(header["events"]),
        thinning=tuple(header["thinning"]),
    )


def _decimals(value: npt.NDArray[np.float64]) -> tuple[int, npt.NDArray[np.intp]]:
    """(decimals that nearly all values have, positions of those that don't); (-1, none) where too many don't."""
    for decimals in range(_MOST_DECIMALS + 1):
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = np.rint(value * 10.0**decimals)
            # -0.0 is a value of its own: a whole number would lose its sign.
            exact = (scaled / 10.0**decimals == value) & (np.abs(scaled) < 2**53) & ~((value == 0) & np.signbit(value))
        odd = np.flatnonzero(~exact)
        if len(odd) <= len(value) // 20:
            return decimals, odd
    return -1, np.zeros(0, np.intp)


def _whole(value: npt.NDArray[np.float64], decimals: int, odd: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    with np.errstate(over="ignore"):
        scaled = np.rint(value * 10.0**decimals)
    scaled[odd] = 0.0
    return scaled.astype("<i8")


def _header(data: bytes) -> tuple[dict[str, Any], bytes]:
    """(header, compressed columns); every number in the header is checked before it is used."""
    if len(data) < 8 or data[:4] != MAGIC:
        raise _no_batch("magic", f"it begins with {data[:4]!r}, not {MAGIC!r}")
    (length,) = struct.unpack("<I", data[4:8])
    if length > min(_MAX_HEADER, len(data) - 8):
        raise _no_batch("header", f"a header of {length} bytes in a message of {len(data)}")
    try:
        header = orjson.loads(data[8 : 8 + length])
    except orjson.JSONDecodeError as error:
        raise _no_batch("header", str(error)) from error
    _check(header)
    return header, data[8 + length :]


def _check(header: Any) -> None:
    if not isinstance(header, dict):
        raise _no_batch("header", "no object")
    rules: dict[str, Callable[[Any], bool]] = {
        "lane": lambda v: v in LANES,
        "sequence": lambda v: type(v) is int and 0 <= v < 2**53,
        "readings": lambda v: type(v) is int and 0 <= v <= MAX_READINGS,
        "keys": lambda v: _texts(v, MAX_KEYS),
        "columns": lambda v: v in (["channel", "time", "value", "flag"], ["channel", "time", "value", "flag", "raw"]),
        "decimals": lambda v: type(v) is int and -1 <= v <= _MOST_DECIMALS,
        "odd": lambda v: type(v) is int and 0 <= v <= header["readings"],
        "events": lambda v: _dicts(v, MAX_EVENTS),
        "thinning": lambda v: _dicts(v, 1000),
    }
    for name, holds in rules.items():
        if not holds(header.get(name)):
            raise _no_batch(name, f"{str(header.get(name))[:60]!r} can't be so")


def _texts(found: Any, most: int) -> bool:
    return isinstance(found, list) and len(found) <= most and all(isinstance(v, str) and len(v) <= 120 for v in found)


def _dicts(found: Any, most: int) -> bool:
    return isinstance(found, list) and len(found) <= most and all(isinstance(v, dict) for v in found)


def _no_batch(field: str, why: str) -> EdgeError:
    return EdgeError(
        f"收到的内容不是有效的批次：{field}（{why}）；请用同一版本的节点重新发送。",
        f"This is no batch: {field} ({why}); send it again with a node of this version.",
        field=field,
    )


def _columns(body: bytes, wanted: Mapping[str, tuple[str, int]]) -> dict[str, npt.NDArray[Any]]:
    """Columns by name from (dtype, length). Only as much is unpacked as is told: a small message fills no memory."""
    size = sum(np.dtype(dtype).itemsize * n for dtype, n in wanted.values())
    unpack = zlib.decompressobj()
    try:
        unpacked = unpack.decompress(body, size + 1)
    except zlib.error as error:
        raise _no_batch("columns", str(error)) from error
    if len(unpacked) != size or not unpack.eof:
        raise _no_batch("columns", f"{len(unpacked)} bytes unpacked where {size} are told")
    found: dict[str, npt.NDArray[Any]] = {}
    at = 0
    for name, (dtype, n) in wanted.items():
        width = np.dtype(dtype).itemsize
        part = np.frombuffer(unpacked, np.uint8, n * width, at).reshape(width, n)
        found[name] = np.ascontiguousarray(part.T).reshape(-1).view(dtype)
        at += n * width
    return found


def _transposed(column: npt.NDArray[Any]) -> bytes:
    return np.ascontiguousarray(column.view(np.uint8).reshape(len(column), column.dtype.itemsize).T).tobytes()


def _differences(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.diff(column, prepend=column.dtype.type(0)) if len(column) else column


def _sums(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.cumsum(column, dtype=column.dtype)


def _changes(values: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    bits = values.astype("<f8").view("<u8")
    if len(bits):
        bits = bits ^ np.concatenate([bits[:1] ^ bits[:1], bits[:-1]])
    return bits


def _values(changes: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.bitwise_xor.accumulate(changes).view("<f8") if len(changes) else np.zeros(0)


def key_table(readings: Readings, keys: Sequence[str]) -> tuple[Readings, tuple[str, ...]]:
    """The readings counted into only those keys that they name: a batch of ten channels doesn't carry a thousand."""
    used, position = np.unique(readings.channel, return_inverse=True)
    counted = Readings.of(position.reshape(-1), readings.time, readings.value, readings.flag, readings.raw)
    return counted, tuple(keys[index] for index in used)
