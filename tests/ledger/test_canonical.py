"""Canonical JSON: one value, one sequence of bytes (RFC 8785)."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yufang.ledger import canonical
from yufang.ledger.canonical import _text

TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def read(text: bytes) -> object:
    """Read as ECMAScript does, where 2^53 and beyond are doubles."""
    return json.loads(text, parse_int=lambda digits: int(digits) if abs(int(digits)) < 2**53 else float(digits))


@given(VALUES)
def test_it_is_json_that_says_the_same(value: object) -> None:
    assert read(canonical(value)) == value


@given(VALUES)
def test_canonical_bytes_are_a_fixed_point(value: object) -> None:
    assert canonical(read(canonical(value))) == canonical(value)


@given(st.dictionaries(TEXT, st.integers(0, 9), min_size=2))
def test_the_order_in_which_members_were_set_does_not_show(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_members_are_sorted_by_utf16_units() -> None:
    value = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}
    keys = list(json.loads(canonical(value)))
    # The emoji's first unit is D83D, so it stands before U+FB33 although its code point is larger.
    assert keys == ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555555", "333333333.3333333"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
    ],
)
def test_numbers_of_rfc_8785_appendix_b(bits: str, text: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(value).decode() == text


def test_chinese_stays_as_it_is_and_controls_are_escaped() -> None:
    assert canonical({"说明": '冲床"夹手"\n\x1f/'}) == '{"说明":"冲床\\"夹手\\"\\n\\u001f/"}'.encode()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800", {"a": [-(2**60)]}])
def test_what_json_would_lose_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical(value)


@pytest.mark.parametrize("value", [{1: "a"}, b"bytes", {1, 2}, object()])
def test_what_is_not_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@given(VALUES)
def test_the_fast_way_writes_the_bytes_of_the_slow_one(value: object) -> None:
    assert canonical(value) == _text(value).encode()
