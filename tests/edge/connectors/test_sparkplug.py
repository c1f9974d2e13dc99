"""Sparkplug B: bytes of another implementation are read right; births, aliases, gaps and deaths do what they must."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.edge.connectors.sparkplug.nodes import Nodes
from yufang.edge.connectors.sparkplug.payload import (
    BOOLEAN,
    DOUBLE,
    INT8,
    INT64,
    BadPayload,
    Metric,
    Payload,
    decode,
    encode,
)

# Written by pysparkplug 0.6.1 over Google's protobuf runtime: an NBIRTH, and an NDATA by alias without datatypes.
BIRTH = bytes.fromhex(
    "08fbd095ffbc3112120a0562645365711880d095ffbc312004580312170a015410011880d095ffbc31200a69000000000000f4bf12130a01"
    "4610021880d095ffbc312009650000204012120a02493810031880d095ffbc31200150fb01121b0a0349363410041880d095ffbc31200458"
    "f9ffffffffffffffff0112140a015510051880d095ffbc3120075080d0acf30e12100a014210061880d095ffbc31200b700112130a015310"
    "071880d095ffbc31200c7a03e9988012110a014e10ac021880d095ffbc31200a38011800"
)
DATA = bytes.fromhex("08e3d895ffbc31120c100318e8d795ffbc3150fa011212100118e8d795ffbc316900000000000023401801")


def data(seq: int, *metrics: Metric) -> Payload:
    return Payload(metrics, 1_700_000_000_000, seq)


def birth(seq: int = 0, *metrics: Metric, bd: int = 1) -> Payload:
    return data(seq, Metric("bdSeq", datatype=INT64, value=float(bd)), *metrics)


def test_bytes_of_another_implementation_are_read_value_for_value() -> None:
    told = decode(BIRTH)
    assert told.seq == 0
    assert told.timestamp == 1_700_000_000_123
    assert {m.name: m.value for m in told.metrics} == {
        "bdSeq": 3.0,
        "T": -1.25,
        "F": 2.5,
        "I8": -5.0,
        "I64": -7.0,
        "U": 4_000_000_000.0,
        "B": 1.0,
        "S": "阀",
        "N": None,
    }
    nodes = Nodes()
    nodes.hear("g", "NBIRTH", "n", "", told)
    heard = nodes.hear("g", "NDATA", "n", "", decode(DATA))
    assert [(name, metric.value) for _, name, metric in heard.values] == [("I8", -6.0), ("T", 9.5)]
    assert heard.rebirth is None


@settings(max_examples=50)
@given(
    st.lists(
        st.builds(
            Metric,
            name=st.one_of(st.none(), st.text(max_size=20)),
            alias=st.one_of(st.none(), st.integers(0, 2**63)),
            timestamp=st.one_of(st.none(), st.integers(0, 2**52)),
            datatype=st.just(DOUBLE),
            value=st.floats(allow_nan=False),
        ),
        max_size=5,
    ),
    st.integers(0, 255),
)
def test_what_is_encoded_is_decoded_the_same(metrics: list[Metric], seq: int) -> None:
    payload = Payload(tuple(metrics), 5, seq)
    assert decode(encode(payload)) == payload


@settings(max_examples=50)
@given(st.one_of(st.binary(max_size=300), st.integers(0, len(BIRTH)).map(lambda n: BIRTH[:n])))
def test_any_bytes_are_a_payload_or_refused(body: bytes) -> None:
    with suppress(BadPayload):  # nothing else may come out
        decode(body)


def test_a_length_that_promises_a_gigabyte_is_refused_at_once() -> None:
    with pytest.raises(BadPayload, match="cut off"):
        decode(b"\x12\x80\x80\x80\x80\x04abc")


def test_data_by_alias_needs_a_birth_and_asks_for_one() -> None:
    nodes = Nodes()
    heard = nodes.hear("g", "NDATA", "n", "", data(5, Metric(None, 1, value=2.0)))
    assert heard.rebirth
    assert not heard.values


def test_a_gap_in_the_sequence_asks_for_a_rebirth_and_trusts_no_alias_until_then() -> None:
    nodes = Nodes()
    nodes.hear("g", "NBIRTH", "n", "", birth(0, Metric("T", 1, datatype=DOUBLE, value=1.0)))
    assert nodes.hear("g", "NDATA", "n", "", data(1, Metric(None, 1, value=2.0))).values[0][1] == "T"
    gap = nodes.hear("g", "NDATA", "n", "", data(3, Metric(None, 1, value=3.0)))
    assert gap.rebirth == "sequence 3 came where 2 was due"
    after = nodes.hear("g", "NDATA", "n", "", data(4, Metric(None, 1, value=4.0), Metric("T", value=5.0)))
    assert [(name, metric.value) for _, name, metric in after.values] == [("T", 5.0)]  # its name it carries itself
    nodes.hear("g", "NBIRTH", "n", "", birth(0, Metric("P", 1, datatype=DOUBLE, value=1.0)))
    assert nodes.hear("g", "NDATA", "n", "", data(1, Metric(None, 1, value=6.0))).values[0][1] == "P"


def test_the_sequence_runs_around_at_256_and_devices_share_it() -> None:
    nodes = Nodes()
    nodes.hear("g", "NBIRTH", "n", "", birth(0))
    assert nodes.hear("g", "DBIRTH", "n", "d", data(1, Metric("x", 9, datatype=INT8, raw=255))).rebirth is None
    for seq in range(2, 600):
        assert nodes.hear("g", "DDATA", "n", "d", data(seq % 256, Metric(None, 9, raw=255))).rebirth is None
    assert nodes.hear("g", "DDATA", "n", "d", data(600 % 256, Metric(None, 9, raw=255))).values[0][2].value == -1.0


def test_a_death_silences_every_metric_unless_it_is_of_an_earlier_session() -> None:
    nodes = Nodes()
    nodes.hear("g", "NBIRTH", "n", "", birth(0, Metric("T", 1, datatype=DOUBLE, value=1.0), bd=4))
    nodes.hear("g", "DBIRTH", "n", "d", data(1, Metric("x", 2, datatype=BOOLEAN, value=1.0)))
    assert not nodes.hear("g", "NDEATH", "n", "", birth(0, bd=3)).silent
    silent = nodes.hear("g", "NDEATH", "n", "", birth(0, bd=4)).silent
    assert ("", "T") in silent
    assert ("d", "x") in silent


def test_a_node_with_a_million_metrics_is_bounded() -> None:
    nodes = Nodes(most_metrics=100)
    many = tuple(Metric(f"m{n}", n, datatype=DOUBLE, value=0.0) for n in range(5_000))
    heard = nodes.hear("g", "NBIRTH", "n", "", Payload(many, 1, 0))
    assert len(heard.values) == 100
    assert heard.unknown == 4_900
