"""Batches as Arrow IPC streams: one record batch of channel, time, value, flag and raw; the rest in the schema.

The schema's metadata carries `yufang.keys`, `yufang.units` and `yufang.events` (JSON), `yufang.source` and
`yufang.sequence`. Streams of other writers are taken too: `channel` may be text or a dictionary of texts, `time` any
timestamp with an offset. Compressed buffers are refused: what they unfold to can't be known before it fills the memory.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from yufang.sensing.errors import SensingError
from yufang.sensing.readings import Batch, Quality, Readings
from yufang.sensing.wire_json import events_of, flag_not_finite, keep_possible, key_lists
from yufang.sensing.wire_limits import MAX_BYTES, MAX_KEY, Refusals, check_counts, check_size

if TYPE_CHECKING:
    import pyarrow as pa

_PREFIX = b"yufang."


def to_arrow_ipc(
    readings: Readings,
    keys: Sequence[str],
    *,
    units: Sequence[str] = (),
    source: str = "",
    sequence: int = -1,
    events: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The batch as an Arrow IPC stream. Sequences and events are optional; see `Batch`."""
    import pyarrow as pa

    fields = [
        ("channel", pa.int32(), readings.channel),
        ("time", pa.timestamp("us", tz="UTC"), readings.time),
        ("value", pa.float64(), readings.value),
        ("flag", pa.uint16(), readings.flag),
    ]
    if readings.raw is not None:
        fields.append(("raw", pa.float64(), readings.raw))
    about = {
        "keys": orjson.dumps(list(keys)),
        "units": orjson.dumps(list(units)),
        "source": source.encode(),
        "sequence": str(sequence).encode(),
        "events": orjson.dumps(list(events), option=orjson.OPT_SERIALIZE_NUMPY),
    }
    schema = pa.schema(
        [pa.field(name, kind) for name, kind, _ in fields],
        metadata={_PREFIX + name.encode(): text for name, text in about.items()},
    )
    # From the buffers themselves: pa.array would import pandas where it is installed (about 60 MB resident).
    arrays = [
        pa.Array.from_buffers(kind, len(readings), [None, pa.py_buffer(np.ascontiguousarray(column))])
        for _, kind, column in fields
    ]
    batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def from_arrow_ipc(data: bytes, limit: int = MAX_BYTES) -> Batch:
    """Read a batch of at most `limit` bytes; readings that can't be are named in `refused`, the rest stands.

    Raises SensingError where the stream is broken, compressed, lacks a column or holds more than a message may.
    """
    import pyarrow as pa

    check_size(len(data), limit)
    try:
        _refuse_compressed(data)
        with pa.ipc.open_stream(pa.BufferReader(data)) as reader:
            table = reader.read_all()
        table.validate(full=True)  # offsets of a forged message may point outside it
    except (pa.ArrowException, struct.error, IndexError, ValueError, OSError) as error:
        if isinstance(error, SensingError):
            raise
        raise SensingError("bad_batch", reason=f"not an Arrow IPC stream: {str(error)[:200]}") from error
    about = _about(table.schema)
    events = about["events"]
    check_counts(table.num_rows, len(about["keys"]), len(events))
    refusals = Refusals()
    readings, keys, units = _columns(table, about)
    check_counts(0, len(keys), 0)
    return Batch(
        readings=keep_possible(readings, keys, refusals),
        keys=keys,
        units=units,
        source=about["source"],
        sequence=about["sequence"],
        events=events_of(events, refusals),
        refused=tuple(refusals.told),
        refused_count=refusals.count,
    )


def _about(schema: pa.Schema) -> dict[str, Any]:
    metadata = schema.metadata or {}

    def of(name: str) -> bytes | None:
        return metadata.get(_PREFIX + name.encode())

    try:
        about = {name: orjson.loads(of(name) or b"[]") for name in ("keys", "units", "events")}
        about["source"] = (of("source") or b"").decode()
        about["sequence"] = int(of("sequence") or b"-1")
    except ValueError as error:
        raise SensingError("bad_batch", reason=f"metadata of the schema: {error}") from error
    if not all(isinstance(about[name], list) for name in ("keys", "units", "events")):
        raise SensingError("bad_batch", reason="keys, units and events in the metadata have to be lists")
    if len(about["source"]) > MAX_KEY or not -1 <= about["sequence"] < 2**63:
        raise SensingError("bad_batch", reason="source has to be a short text, sequence a whole number from 0")
    return about


def _columns(table: pa.Table, about: Mapping[str, Any]) -> tuple[Readings, tuple[str, ...], tuple[str, ...]]:
    import pyarrow as pa

    missing = [name for name in ("channel", "time", "value") if name not in table.column_names]
    if missing:
        raise SensingError("bad_batch", reason=f"columns missing: {', '.join(missing)}")
    try:
        channel, keys, units = _channel(table.column("channel").combine_chunks(), about)
        time = _time(table.column("time").combine_chunks())
        column = table.column("value").combine_chunks()
        value = column.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False).copy()
        flag = np.zeros(table.num_rows, np.uint16)
        if "flag" in table.column_names:
            known = table.column("flag").combine_chunks().cast(pa.uint16()).fill_null(0)
            flag = known.to_numpy(zero_copy_only=False) & np.uint16(sum(Quality))
        if column.null_count:
            flag = flag | (column.is_null().to_numpy(zero_copy_only=False) * np.uint16(Quality.MISSING))
        raw = None
        if "raw" in table.column_names:
            raw = table.column("raw").combine_chunks().cast(pa.float64()).fill_null(np.nan)
            raw = raw.to_numpy(zero_copy_only=False).copy()
    except (pa.ArrowException, TypeError) as error:
        raise SensingError("bad_batch", reason=str(error)[:200]) from error
    flag = np.ascontiguousarray(flag, dtype=np.uint16).copy()
    flag_not_finite(value, flag)
    return Readings.of(channel, time, value, flag, raw), keys, units


def _channel(column: Any, about: Mapping[str, Any]) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    import pyarrow as pa

    if pa.types.is_integer(column.type):
        keys, units = key_lists(about["keys"], about["units"])
        return column.cast(pa.int32()).fill_null(-1).to_numpy(zero_copy_only=False), keys, units
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    index = column.indices.cast(pa.int32()).fill_null(-1).to_numpy(zero_copy_only=False)
    keys, units = key_lists(column.dictionary.to_pylist(), [])
    return index, keys, units


def _time(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        if column.type.tz is None:
            raise SensingError("bad_batch", reason="`time` is a timestamp without an offset; send it as UTC")
        column = column.cast(pa.timestamp("us", tz="UTC"), safe=False)
    return column.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)


def _refuse_compressed(data: bytes) -> None:
    """Walk the stream's messages and raise where a record or dictionary batch says that its buffers are compressed.

    Reads the few fields of Arrow's flatbuffers that it takes (Message.fbs: header_type, header, bodyLength;
    RecordBatch: compression is field 3; DictionaryBatch: its RecordBatch is field 1).
    """
    at = 0
    while at + 8 <= len(data):
        marker, size = struct.unpack_from("<ii", data, at)
        start = at + 8
        if marker != -1:  # streams of before format 0.15 have no marker
            size, start = marker, at + 4
        if size <= 0:
            return
        meta = data[start : start + size]
        message = struct.unpack_from("<i", meta, 0)[0]
        kind = meta[_field(meta, message, 1)] if _field(meta, message, 1) else 0
        if kind in (2, 3):  # dictionary batch, record batch
            header = _follow(meta, _field(meta, message, 2))
            if kind == 2:
                header = _follow(meta, _field(meta, header, 1))
            if _field(meta, header, 3):
                raise SensingError("bad_batch", reason="its buffers are compressed; compress the HTTP body instead")
        body = _field(meta, message, 3)
        length = struct.unpack_from("<q", meta, body)[0] if body else 0
        if length < 0:
            raise ValueError("negative length of a body")
        at = start + size + length


def _follow(meta: bytes, at: int) -> int:
    return at + int(struct.unpack_from("<I", meta, at)[0])


def _field(meta: bytes, table: int, number: int) -> int:
    """Position of field `number` of the flatbuffer table at `table`; 0 where it is not set."""
    vtable = table - struct.unpack_from("<i", meta, table)[0]
    size = struct.unpack_from("<H", meta, vtable)[0]
    slot = 4 + 2 * number
    offset = struct.unpack_from("<H", meta, vtable + slot)[0] if slot + 2 <= size else 0
    return table + int(offset) if offset else 0
