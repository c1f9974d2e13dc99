"""The Sparkplug B payload, decoded and encoded by hand.

Source: Eclipse Sparkplug Specification 3.0.0, section 6.4 (Sparkplug B MQTT Payload Definition): field numbers and
datatype indexes; and the wire format of protocol buffers (varint, 64-bit, length-delimited, 32-bit). Only scalar
metrics are read; data sets, templates, arrays and files are known by their datatype and come without a value.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

MOST_METRICS = 20_000

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 = range(1, 9)
FLOAT, DOUBLE, BOOLEAN, STRING, DATETIME, TEXT, UUID = range(9, 16)
_SIGNED_BITS = {INT8: 8, INT16: 16, INT32: 32, INT64: 64}
_BAD, _STALE = 0, 500  # values of the property "Quality", section 6.4.7


class BadPayload(ValueError):
    """Bytes that are no Sparkplug B payload; says at which byte."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: `value` is None where it is null, of no scalar type, or absent."""

    name: str | None = None
    alias: int | None = None
    timestamp: int | None = None  # ms
    datatype: int = 0
    value: float | str | None = None
    historical: bool = False
    null: bool = False
    bad: bool = False  # the property Quality says bad or stale
    raw: int | None = None  # an integer whose sign its datatype tells, which only the birth may carry


@dataclass(frozen=True, slots=True)
class Payload:
    """One message: `seq` 0 to 255, timestamp in ms."""

    metrics: tuple[Metric, ...]
    timestamp: int | None = None
    seq: int | None = None


def decode(body: bytes) -> Payload:
    """Bytes → payload. Raises BadPayload; never reads beyond the bytes, never more than MOST_METRICS metrics."""
    metrics: list[Metric] = []
    timestamp = seq = None
    try:
        for number, kind, value in _fields(memoryview(body)):
            if number == 1 and kind == 0:
                timestamp = _int(value)
            elif number == 2 and kind == 2:
                if len(metrics) >= MOST_METRICS:
                    raise BadPayload(f"more than {MOST_METRICS} metrics")
                metrics.append(_metric(_view(value)))
            elif number == 3 and kind == 0:
                seq = _int(value)
    except (UnicodeDecodeError, struct.error) as error:
        raise BadPayload(str(error)) from error
    return Payload(tuple(metrics), timestamp, seq)


def typed(metric: Metric, datatype: int) -> Metric:
    """`metric` with the datatype that its birth told: only then an integer has its sign."""
    if metric.datatype or metric.raw is None:
        return metric
    return replace(metric, datatype=datatype, value=_signed(metric.raw, datatype))


def _metric(view: memoryview) -> Metric:
    name = alias = timestamp = raw = None
    datatype = 0
    value: float | str | None = None
    historical = null = bad = False
    for number, kind, found in _fields(view):
        match number, kind:
            case 1, 2:
                name = str(_view(found), "utf-8")
            case 2, 0:
                alias = _int(found)
            case 3, 0:
                timestamp = _int(found)
            case 4, 0:
                datatype = _int(found)
            case 5, 0:
                historical = bool(found)
            case 7, 0:
                null = bool(found)
            case 9, 2:
                bad = _is_bad(_view(found))
            case ((10 | 11), 0):
                raw = _int(found)
            case 12, 5:
                value = float(struct.unpack("<f", _view(found))[0])
            case 13, 1:
                value = float(struct.unpack("<d", _view(found))[0])
            case 14, 0:
                value = 1.0 if found else 0.0
            case 15, 2:
                value = str(_view(found), "utf-8")
            case _:
                pass
    if raw is not None:
        value = _signed(raw, datatype)
    if null:
        value, raw = None, None
    return Metric(name, alias, timestamp, datatype, value, historical, null, bad, raw)


def _signed(raw: int, datatype: int) -> float:
    bits = _SIGNED_BITS.get(datatype)
    if bits is not None:
        raw &= (1 << bits) - 1
        if raw >= 1 << (bits - 1):
            raw -= 1 << bits
    return float(raw)


def _is_bad(view: memoryview) -> bool:
    """Whether a property set says Quality = 0 (bad) or 500 (stale)."""
    keys: list[str] = []
    values: list[int | None] = []
    for number, kind, found in _fields(view):
        if number == 1 and kind == 2:
            keys.append(str(_view(found), "utf-8"))
        elif number == 2 and kind == 2:
            inner = {n: v for n, k, v in _fields(_view(found)) if k == 0}
            whole = inner.get(3, inner.get(4))
            values.append(int(whole) if isinstance(whole, int) else None)
    for key, value in zip(keys, values, strict=False):
        if key == "Quality":
            return value in (_BAD, _STALE)
    return False


def _fields(view: memoryview):  # type: ignore[no-untyped-def]
    """(field number, wire type, value) of one message; value is an int (varint) or a memoryview."""
    at, end = 0, len(view)
    while at < end:
        key, at = _varint(view, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise BadPayload(f"field number 0 at byte {at}")
        if kind == 0:
            value, at = _varint(view, at)
            yield number, kind, value
            continue
        if kind == 2:
            size, at = _varint(view, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise BadPayload(f"wire type {kind} at byte {at}")
        if size > end - at:
            raise BadPayload(f"field {number} at byte {at} is cut off")
        yield number, kind, view[at : at + size]
        at += size


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at >= len(view):
            raise BadPayload(f"cut off at byte {at}")
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at
    raise BadPayload(f"a number of more than 10 bytes at byte {at}")


def _int(value: int | memoryview) -> int:
    assert isinstance(value, int)
    return value


def _view(value: int | memoryview) -> memoryview:
    assert isinstance(value, memoryview)
    return value


# --- encoding: for rebirth requests, and for the demo's own edge-of-network nodes ---


def encode(payload: Payload) -> bytes:
    """Payload → bytes."""
    out = bytearray()
    if payload.timestamp is not None:
        out += _tag(1, 0) + _number(payload.timestamp)
    for metric in payload.metrics:
        inner = _encode_metric(metric)
        out += _tag(2, 2) + _number(len(inner)) + inner
    if payload.seq is not None:
        out += _tag(3, 0) + _number(payload.seq)
    return bytes(out)


def _encode_metric(metric: Metric) -> bytes:
    out = bytearray()
    if metric.name is not None:
        name = metric.name.encode()
        out += _tag(1, 2) + _number(len(name)) + name
    for number, whole in ((2, metric.alias), (3, metric.timestamp), (4, metric.datatype or None)):
        if whole is not None:
            out += _tag(number, 0) + _number(whole)
    if metric.historical:
        out += _tag(5, 0) + b"\x01"
    if metric.null or metric.value is None:
        return bytes(out + _tag(7, 0) + b"\x01")
    return bytes(out + _encode_value(metric))


def _encode_value(metric: Metric) -> bytes:
    value, kind = metric.value, metric.datatype
    if isinstance(value, str):
        text = value.encode()
        return _tag(15, 2) + _number(len(text)) + text
    assert value is not None
    if kind == FLOAT:
        return _tag(12, 5) + struct.pack("<f", value)
    if kind == BOOLEAN:
        return _tag(14, 0) + (b"\x01" if value else b"\x00")
    if kind in (INT8, INT16, INT32):  # two's complement of the type's own width
        return _tag(10, 0) + _number(int(value) & ((1 << _SIGNED_BITS[kind]) - 1))
    if kind in (UINT8, UINT16, UINT32):
        return _tag(10, 0) + _number(int(value))
    if kind in (INT64, UINT64, DATETIME):
        return _tag(11, 0) + _number(int(value) & 0xFFFF_FFFF_FFFF_FFFF)
    return _tag(13, 1) + struct.pack("<d", value)


def _tag(number: int, kind: int) -> bytes:
    return _number(number << 3 | kind)


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
