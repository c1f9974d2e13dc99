"""Batches travel as Arrow and JSON without loss; what can't be read is named and never fills the memory."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.sensing.errors import SensingError
from yufang.sensing.readings import Quality, Readings
from yufang.sensing.wire import from_arrow_ipc, from_json, to_arrow_ipc, to_json

AT = 1_780_000_000_000_000
FORMS = [(to_json, from_json), (to_arrow_ipc, from_arrow_ipc)]

floats = st.floats(allow_nan=True, allow_infinity=True)
rows = st.lists(st.tuples(st.integers(0, 2), st.integers(AT, AT + 10**12), floats, st.integers(0, 4095)), max_size=30)


def same(one: Readings, other: Readings) -> bool:
    raw = (one.raw is None) == (other.raw is None) and (
        one.raw is None or other.raw is None or np.array_equal(one.raw, other.raw, equal_nan=True)
    )
    arrays = ((one.channel, other.channel), (one.time, other.time), (one.flag, other.flag))
    return (
        raw and all(np.array_equal(a, b) for a, b in arrays) and np.array_equal(one.value, other.value, equal_nan=True)
    )


@pytest.mark.parametrize(("write", "read"), FORMS)
@settings(max_examples=25, deadline=None)
@given(found=rows, repaired=st.booleans())
def test_a_batch_comes_through_as_it_was_sent(write: Any, read: Any, found: list[Any], repaired: bool) -> None:
    columns = list(zip(*found, strict=True)) or [[]] * 4
    sent = Readings.of(*columns, raw=[1.5] * len(found) if repaired else None)
    told = {"units": ["ppm", "", "°C"], "source": "n", "sequence": 7, "events": [{"key": "e"}]}
    got = read(write(sent, ["a", "b", "c"], **told))
    assert (got.keys, got.units, got.source, got.sequence) == (("a", "b", "c"), ("ppm", "", "°C"), "n", 7)
    assert [dict(event) for event in got.events] == [{"key": "e"}]
    assert got.refused_count == 0
    # What is not finite arrives as NaN and says so; everything else arrives as it was.
    bad = ~np.isfinite(sent.value)
    value = np.where(bad, np.nan, sent.value)
    flag = sent.flag.copy()
    flag[bad & ((flag & Quality.MISSING) == 0)] |= np.uint16(Quality.NOT_FINITE)
    assert same(Readings.of(sent.channel, sent.time, value, flag, sent.raw), got.readings)


def test_one_bad_reading_costs_itself_alone() -> None:
    good = {"channel": "a", "time": "2026-06-01T08:00:00+08:00", "value": 1}
    bad: list[Any] = [
        (good | {"value": "12"}, "value_is_text"),
        (good | {"value": True}, "value_is_no_number"),
        (good | {"value": [1]}, "value_is_no_number"),
        (good | {"time": "2026-06-01T08:00:00"}, "time_unreadable"),
        (good | {"time": 12.5}, "time_unreadable"),
        (good | {"time": 5}, "time_impossible"),
        (good | {"channel": ""}, "channel_key_bad"),
        (good | {"channel": "x" * 121}, "channel_key_bad"),
        ({"time": good["time"], "value": 1}, "channel_missing"),
        ("nonsense", "reading_is_no_object"),
    ]
    got = from_json(json.dumps({"readings": [good, *(row for row, _ in bad), good]}).encode())
    assert len(got.readings) == 2
    assert [refusal.rule for refusal in got.refused] == [rule for _, rule in bad]
    assert [refusal.index for refusal in got.refused] == list(range(1, 11))
    assert all(refusal.zh and refusal.en for refusal in got.refused)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"channel": st.sampled_from("abc"), "time": st.integers(AT, AT + 99), "value": st.integers() | floats},
            optional={"unit": st.sampled_from(["", "ppm"])},
        ),
        min_size=1,
        max_size=20,
    )
)
def test_rows_read_all_at_once_say_what_they_say_one_by_one(rows: list[dict[str, Any]]) -> None:
    at_once = from_json(json.dumps({"readings": rows}).encode())
    one_by_one = from_json(json.dumps({"readings": [*rows, "nonsense"]}).encode())
    assert same(at_once.readings, one_by_one.readings)
    assert (at_once.keys, at_once.units) == (one_by_one.keys, one_by_one.units)
    assert (at_once.refused_count, one_by_one.refused_count) == (0, 1)


def test_not_a_number_and_infinities_are_flagged() -> None:
    text = b'{"readings": [%s]}' % b",".join(
        b'{"channel": "a", "time": %d, "value": %s}' % (AT, value)
        for value in (b"NaN", b"-Infinity", b"1e999", b"null")
    )
    got = from_json(text).readings
    assert got.flag.tolist() == [Quality.NOT_FINITE] * 3 + [Quality.MISSING]
    assert np.isnan(got.value).all()
    assert not got.usable().any()


def test_columns_with_one_string_keep_the_rest() -> None:
    body = {"keys": ["a"], "columns": {"channel": [0, 0, 9], "time": [AT] * 3, "value": [1, "x", 2]}}
    got = from_json(json.dumps(body).encode())
    assert got.readings.value.tolist() == [1.0]
    assert [refusal.rule for refusal in got.refused] == ["value_is_text", "channel_missing"]


def arrow(table: pa.Table, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def table(channel: Any, time: Any, value: Any) -> pa.Table:
    return pa.table({"channel": channel, "time": time, "value": value})


UTC_MS = pa.timestamp("ms", tz="UTC")


@pytest.mark.parametrize("encoded", [False, True])
def test_streams_of_other_writers_are_read(encoded: bool) -> None:
    names = pa.array(["a", "b", "a"])
    sent = table(names.dictionary_encode() if encoded else names, pa.array([AT // 1000] * 3, UTC_MS), [1, None, 3])
    got = from_arrow_ipc(arrow(sent))
    assert [got.keys[n] for n in got.readings.channel] == ["a", "b", "a"]
    assert got.readings.time.tolist() == [AT] * 3
    assert got.readings.flag.tolist() == [0, Quality.MISSING, 0]


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_buffers_are_refused_before_they_unfold(codec: str) -> None:
    sent = table(pa.array(["a"] * 50_000), pa.array([AT // 1000] * 50_000, UTC_MS), [0.0] * 50_000)
    with pytest.raises(SensingError, match="compressed"):
        from_arrow_ipc(arrow(sent, compression=codec))


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(SensingError, match="without an offset"):
        from_arrow_ipc(arrow(table(["a"], pa.array([1], pa.timestamp("ms")), [1.0])))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2000))
def test_broken_bytes_are_refused_and_never_crash(noise: bytes, at: int) -> None:
    whole = to_arrow_ipc(Readings.of([0] * 9, [AT] * 9, [1.0] * 9), ["a"])
    for data in (noise, whole[: at % len(whole)] + noise, whole[:at] + noise + whole[at + len(noise) :]):
        for read in (from_arrow_ipc, from_json):
            with contextlib.suppress(SensingError):
                read(data)


def test_what_is_too_large_is_refused_by_its_size() -> None:
    with pytest.raises(SensingError, match="more than 10"):
        from_json(b" " * 11, limit=10)
    with pytest.raises(SensingError, match="1000001 readings"):
        from_json(b'{"readings": [%s]}' % b",".join([b"0"] * 1_000_001))
    with pytest.raises(SensingError, match="20001 channels"):
        from_json(json.dumps({"keys": ["k"] * 20_001, "columns": {"channel": [], "time": [], "value": []}}).encode())
