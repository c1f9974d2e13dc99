"""Batches as JSON: read leniently one reading at a time, written column by column.

Two forms are read. Rows: `{"readings": [{"channel", "time", "value", "unit"?, "flag"?}]}`. Columns: `{"keys": [...],
"columns": {"channel": [index], "time": [...], "value": [...], "flag"?, "raw"?}}`. `time` is ISO 8601 with its offset or
microseconds since 1970. NaN and infinities, which JSON doesn't have but senders write, are read and flagged.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from yufang.sensing.errors import Refusal, SensingError
from yufang.sensing.readings import Batch, Quality, Readings
from yufang.sensing.wire_limits import MAX_BYTES, MAX_KEY, Refusals, check_counts, check_size

FIRST_US = 946_684_800_000_000  # 2000-01-01
LAST_US = 4_102_444_800_000_000  # 2100-01-01
_KNOWN_FLAGS = sum(Quality)


def to_json(
    readings: Readings,
    keys: Sequence[str],
    *,
    units: Sequence[str] = (),
    source: str = "",
    sequence: int = -1,
    events: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The batch in columns. A value that is not finite is written as null; its flag says why."""
    flag = readings.flag.copy()
    flag_not_finite(readings.value.copy(), flag)
    columns: dict[str, Any] = {
        "channel": readings.channel.tolist(),
        "time": readings.time.tolist(),
        "value": [value if math.isfinite(value) else None for value in readings.value.tolist()],
    }
    if flag.any():
        columns["flag"] = flag.tolist()
    if readings.raw is not None:
        columns["raw"] = [value if math.isfinite(value) else None for value in readings.raw.tolist()]
    body: dict[str, Any] = {"source": source, "sequence": sequence, "keys": list(keys), "columns": columns}
    if any(units):
        body["units"] = list(units)
    if events:
        body["events"] = list(events)
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def from_json(data: bytes, limit: int = MAX_BYTES) -> Batch:
    """Read a batch of at most `limit` bytes. What can't be read is named in `refused`; the rest stands.

    Raises SensingError where the message as a whole can't be read, or holds more than one message may.
    """
    check_size(len(data), limit)
    body = _parse(data)
    rows, columns, events = body.get("readings", []), body.get("columns"), body.get("events", [])
    if not isinstance(rows, list) or not isinstance(events, list) or not isinstance(columns, dict | None):
        raise SensingError("bad_batch", reason="`readings` and `events` have to be lists, `columns` an object")
    if columns is not None and rows:
        raise SensingError("bad_batch", reason="either `readings` or `columns`, not both")
    refusals = Refusals()
    source, sequence = _sender(body)
    if columns is None:
        check_counts(len(rows), 0, len(events))
        readings, keys, units = _plain_rows(rows) or _rows(rows, refusals)
        check_counts(0, len(keys), 0)
    else:
        readings, keys, units = _columns(body, columns, len(events), refusals)
    return Batch(
        readings=readings,
        keys=keys,
        units=units,
        source=source,
        sequence=sequence,
        events=events_of(events, refusals),
        refused=tuple(refusals.told),
        refused_count=refusals.count,
    )


def events_of(events: Sequence[Any], refusals: Refusals) -> tuple[Mapping[str, Any], ...]:
    """The events that are objects; the others are refused. Their fields are checked where they are taken."""
    taken = []
    for index, event in enumerate(events):
        if isinstance(event, dict):
            taken.append(event)
        else:
            refusals.add(Refusal(index, "", "events", str(event)[:60], "event_unreadable"))
    return tuple(taken)


def key_lists(keys: Any, units: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Check the keys and units of a batch in columns. Raises SensingError."""
    if not isinstance(keys, list) or not all(isinstance(key, str) and 0 < len(key) <= MAX_KEY for key in keys):
        raise SensingError("bad_batch", reason=f"`keys` has to be a list of texts of 1 to {MAX_KEY} characters")
    units = units or [""] * len(keys)
    if not isinstance(units, list) or len(units) != len(keys) or not all(isinstance(unit, str) for unit in units):
        raise SensingError("bad_batch", reason="`units` has to be a list of texts, one for each of `keys`")
    return tuple(keys), tuple(units)


def flag_not_finite(value: npt.NDArray[np.float64], flag: npt.NDArray[np.uint16]) -> None:
    """Flag in place what is not finite; infinities become NaN, so that no sum is ever poisoned."""
    bad = ~np.isfinite(value)
    if bad.any():
        told = (flag & np.uint16(Quality.MISSING)) != 0
        flag[bad & ~told] |= np.uint16(Quality.NOT_FINITE)
        value[bad] = np.nan


def _parse(data: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        try:  # reads NaN and Infinity too
            body = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise SensingError("bad_batch", reason=f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise SensingError("bad_batch", reason="the message has to be a JSON object")
    return body


def _sender(body: Mapping[str, Any]) -> tuple[str, int]:
    source, sequence = body.get("source", ""), body.get("sequence", -1)
    if not isinstance(source, str) or len(source) > MAX_KEY:
        raise SensingError("bad_batch", reason="`source` has to be a short text")
    if not isinstance(sequence, int) or isinstance(sequence, bool) or not -1 <= sequence < 2**63:
        raise SensingError("bad_batch", reason="`sequence` has to be a whole number from 0")
    return source, sequence


def _plain_rows(rows: Sequence[Any]) -> tuple[Readings, tuple[str, ...], tuple[str, ...]] | None:
    """What `_rows` would say of rows with nothing out of the ordinary, column by column; None where there is something.

    Nearly every message is such a one, and looking at it row by row costs ten times as much.
    """
    try:
        keys = [row["channel"] for row in rows]
        times = [row["time"] for row in rows]
        values = [row["value"] for row in rows]
        units = [row.get("unit") or "" for row in rows]
        if any("flag" in row for row in rows) or not rows:
            return None
    except (KeyError, TypeError, AttributeError):
        return None
    kinds = tuple({*map(type, column)} for column in (keys, units, times, values))
    if not (kinds[0] == {str} == kinds[1] and kinds[2] == {int} and kinds[3] <= {int, float}):
        return None
    pairs = list(zip(keys, units, strict=True))
    index = {pair: n for n, pair in enumerate(dict.fromkeys(pairs))}
    plain = all(0 < len(key) <= MAX_KEY and len(unit) <= 24 for key, unit in index)
    if not plain or not FIRST_US <= min(times) <= max(times) < LAST_US:
        return None
    try:
        readings = Readings.of([index[pair] for pair in pairs], times, np.array(values, np.float64))
    except OverflowError:  # a whole number beyond float64
        return None
    flag_not_finite(readings.value, readings.flag)
    return readings, tuple(key for key, _ in index), tuple(unit for _, unit in index)


def _rows(rows: Sequence[Any], refusals: Refusals) -> tuple[Readings, tuple[str, ...], tuple[str, ...]]:
    index: dict[tuple[str, str], int] = {}
    channel: list[int] = []
    time: list[int] = []
    value: list[float] = []
    flag: list[int] = []
    for position, row in enumerate(rows):
        found = _row(position, row, refusals)
        if found is None:
            continue
        key, unit, at, number, bits = found
        channel.append(index.setdefault((key, unit), len(index)))
        time.append(at)
        value.append(number)
        flag.append(bits)
    readings = Readings.of(channel, time, value, flag)
    flag_not_finite(readings.value, readings.flag)
    return readings, tuple(key for key, _ in index), tuple(unit for _, unit in index)


def _row(position: int, row: Any, refusals: Refusals) -> tuple[str, str, int, float, int] | None:
    if not isinstance(row, dict):
        refusals.add(Refusal(position, "", "readings", str(row)[:60], "reading_is_no_object"))
        return None
    key, unit, value, bits = row.get("channel"), row.get("unit") or "", row.get("value"), row.get("flag", 0)
    told = str(key)[:MAX_KEY] if key is not None else ""
    if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY:
        rule = "channel_missing" if key is None else "channel_key_bad"
        refusals.add(Refusal(position, told, "channel", told, rule))
        return None
    at, rule = _time(row.get("time"))
    if rule:
        refusals.add(Refusal(position, told, "time", str(row.get("time"))[:60], rule))
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        rule = "value_is_text" if isinstance(value, str) else "value_is_no_number"
        refusals.add(Refusal(position, told, "value", str(value)[:60], rule))
        return None
    if not isinstance(unit, str) or len(unit) > 24:
        refusals.add(Refusal(position, told, "unit", str(unit)[:60], "unit_no_conversion"))
        return None
    bits = bits & _KNOWN_FLAGS if isinstance(bits, int) and not isinstance(bits, bool) else 0
    if value is None:
        return key, unit, at, math.nan, bits | Quality.MISSING
    try:
        return key, unit, at, float(value), bits
    except OverflowError:  # a whole number beyond float64
        return key, unit, at, math.inf, bits


def _time(value: Any) -> tuple[int, str]:
    """(microseconds, "") or (0, rule that was broken)."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return 0, "time_unreadable"
        if parsed.tzinfo is None:
            return 0, "time_unreadable"
        gone = parsed - datetime(1970, 1, 1, tzinfo=UTC)
        value = (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds
    if isinstance(value, bool) or not isinstance(value, int):
        return 0, "time_unreadable"
    return (value, "") if FIRST_US <= value < LAST_US else (0, "time_impossible")


def _columns(
    body: Mapping[str, Any], columns: Mapping[str, Any], events: int, refusals: Refusals
) -> tuple[Readings, tuple[str, ...], tuple[str, ...]]:
    lists = {name: columns.get(name) for name in ("channel", "time", "value", "flag", "raw")}
    for name, column in lists.items():
        needed = name in ("channel", "time", "value")
        if not isinstance(column, list) and (needed or column is not None):
            raise SensingError("bad_batch", reason=f"`columns.{name}` has to be a list")
    n = len(lists["channel"] or [])
    if any(column is not None and len(column) != n for column in lists.values()):
        raise SensingError("bad_batch", reason="the lists of `columns` differ in length")
    check_counts(n, len(body.get("keys") or []), events)
    keys, units = key_lists(body.get("keys"), body.get("units"))
    try:
        readings = _arrays(lists, n)
    except (ValueError, TypeError, OverflowError):
        # Something in a column is no number: read it one by one, so that the rest stands.
        return _rows(_as_rows(lists, keys, units), refusals)
    return keep_possible(readings, keys, refusals), keys, units


def _arrays(lists: Mapping[str, list[Any] | None], n: int) -> Readings:
    channel, time = (np.array(lists[name] or [], dtype=object) for name in ("channel", "time"))
    for column in (channel, time):
        if any(type(item) is not int for item in column):
            raise TypeError("not whole numbers")
    values = lists["value"] or []
    if any(isinstance(item, str | bool) for item in values):
        raise TypeError("not numbers")
    value = np.array([math.nan if item is None else item for item in values], dtype=np.float64)
    flag = np.array(lists["flag"] if lists["flag"] is not None else [0] * n, dtype=np.uint16)
    absent = np.array([item is None for item in values], np.bool_)
    # A value that is absent because it was not finite says so already; it is not missing as well.
    flag[absent & ((flag & np.uint16(Quality.NOT_FINITE)) == 0)] |= np.uint16(Quality.MISSING)
    raw = None
    if lists["raw"] is not None:
        raw = np.array([math.nan if item is None else item for item in lists["raw"]], dtype=np.float64)
    flag_not_finite(value, flag)
    return Readings.of(channel.astype(np.int64), time.astype(np.int64), value, flag, raw)


def _as_rows(lists: Mapping[str, list[Any] | None], keys: Sequence[str], units: Sequence[str]) -> list[dict[str, Any]]:
    flags = lists["flag"] or [0] * len(lists["channel"] or [])
    rows = []
    for channel, time, value, flag in zip(
        lists["channel"] or [], lists["time"] or [], lists["value"] or [], flags, strict=True
    ):
        known = isinstance(channel, int) and not isinstance(channel, bool) and 0 <= channel < len(keys)
        key, unit = (keys[channel], units[channel]) if known else (None, "")
        rows.append({"channel": key, "unit": unit, "time": time, "value": value, "flag": flag})
    return rows


def keep_possible(readings: Readings, keys: Sequence[str], refusals: Refusals) -> Readings:
    """The readings whose channel is in the list of keys and whose time can be; the others are refused."""
    listed = (readings.channel >= 0) & (readings.channel < len(keys))
    timely = (readings.time >= FIRST_US) & (readings.time < LAST_US)
    good = listed & timely
    if good.all():
        return readings
    for position in np.flatnonzero(~good):
        if not listed[position]:
            told = str(int(readings.channel[position]))
            refusals.add(Refusal(int(position), "", "channel", told, "channel_index_bad"))
        else:
            key = keys[int(readings.channel[position])]
            refusals.add(Refusal(int(position), key, "time", str(int(readings.time[position])), "time_impossible"))
    return readings.take(good)
