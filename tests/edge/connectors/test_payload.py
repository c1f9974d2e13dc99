"""What stands in a message: values, times and names are found, and what can't be read says why."""

import math
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.edge.connectors.payload import Payload, Unreadable, fill, number, when

NOON = 1_763_812_800_000_000  # 2025-11-22T12:00:00Z


def test_members_of_an_object_become_values_named_by_their_key() -> None:
    payload = Payload(each="values", time="t")
    found = list(payload.read(b'{"t": 1763812800000, "values": {"ch4": 1.5, "on": true, "state": "open", "co": null}}'))
    assert [(one.names["key"], one.value, one.time_us) for one in found] == [
        ("ch4", 1.5, NOON),
        ("on", 1.0, NOON),
        ("state", "open", NOON),
        ("co", None, NOON),
    ]


def test_records_of_a_list_carry_their_own_name_and_time() -> None:
    payload = Payload(each="data", key="id", value="v", time="at")
    first = b'{"id": "a", "v": "2,5", "at": 1763812800}'
    body = b'{"data": [' + first + b', {"id": "b", "v": "-1e3", "at": "2025-11-22T20:00:00+08:00"}]}'
    found = list(payload.read(body))
    assert [(one.names["key"], one.value, one.time_us) for one in found] == [("a", "2,5", NOON), ("b", -1000.0, NOON)]


def test_a_poison_record_is_passed_over_and_the_others_stand() -> None:
    payload = Payload(each="", time="t")
    told: list[Unreadable] = []
    found = list(payload.read(b'{"t": 1763812800, "a": 1, "b": {"deep": 2}, "c": 3}', told.append))
    assert [one.value for one in found] == [1.0, 3.0]
    assert len(told) == 1
    assert "dict" in told[0].en
    with pytest.raises(Unreadable):
        list(payload.read(b'{"a": 1, "b": []}'))


def test_csv_lines_of_the_wrong_width_are_told_with_their_number() -> None:
    payload = Payload(format="csv", columns=["time", "ch4", "co"], time="time", timezone="Asia/Shanghai")
    told: list[Unreadable] = []
    found = list(payload.read(b"2025-11-22 20:00:00,1.5,3\n2025-11-22 20:00:01,2\n", told.append))
    assert [(one.names["key"], one.value, one.time_us) for one in found] == [("ch4", 1.5, NOON), ("co", 3.0, NOON)]
    assert told[0].en.startswith("line 2: 2 columns, 3")
    assert told[0].zh.startswith("第 2 行")


def test_not_a_number_and_infinity_are_passed_on_as_they_came() -> None:
    assert math.isnan(float(number("NaN") or 0))
    assert number("-inf") == -math.inf
    assert number(10**400) == math.inf
    assert number("1_000") == "1_000"  # Python would read a number here; a device means a text
    assert number(" ") is None


@pytest.mark.parametrize("found", [NOON, NOON // 1000, NOON // 1_000_000, NOON * 1000, "2025-11-22T12:00:00Z"])
def test_a_time_is_told_by_its_size_or_its_writing(found: object) -> None:
    assert when(found) == NOON


@pytest.mark.parametrize("found", [0, -5, float("nan"), True, "yesterday", "", None, 10**400, "9999-01-01", [1]])
def test_what_is_no_time_of_this_century_is_refused(found: object) -> None:
    with pytest.raises(Unreadable):
        when(found)


@settings(max_examples=60)
@given(st.binary(max_size=200), st.sampled_from(["json", "plain"]))
def test_any_bytes_are_read_or_refused(body: bytes, kind: str) -> None:
    payload = Payload(format="json", each="", time="t") if kind == "json" else Payload(format="plain")
    with suppress(Unreadable):  # nothing else may come out
        list(payload.read(body, lambda error: None))


def test_json_nested_beyond_reason_is_refused() -> None:
    with pytest.raises(Unreadable):
        list(Payload().read(b"[" * 100_000))


def test_a_channel_template_that_lacks_a_name_says_which() -> None:
    assert fill("{device}.{key}", {"device": "d", "key": "k"}) == "d.k"
    with pytest.raises(Unreadable, match="key"):
        fill("{device}.{key}", {"device": "d"})
