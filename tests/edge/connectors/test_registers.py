"""Modbus registers: few requests that read all of them, and words that mean what the device means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.edge.connectors.modbus.registers import MOST, Register, blocks, value

REGISTERS = st.lists(
    st.builds(
        lambda table, address, kind: Register(
            channel=f"{table}{address}", table=table, address=address, type="uint16" if table == "coil" else kind
        ),
        st.sampled_from(["holding", "input", "coil"]),
        st.integers(0, 3000),
        st.sampled_from(["uint16", "float32", "float64"]),
    ),
    max_size=60,
)


@settings(max_examples=40)
@given(REGISTERS, st.integers(0, 100))
def test_every_register_is_read_by_exactly_one_allowed_request(registers: list[Register], gap: int) -> None:
    made = blocks(registers, gap)
    read = [one for block in made for one in block.registers]
    assert sorted(map(id, read)) == sorted(map(id, registers))
    for block in made:
        assert 1 <= block.count <= MOST[block.table]
        for one in block.registers:
            assert one.table == block.table
            assert block.address <= one.address
            assert one.address + one.size <= block.address + block.count


def test_registers_near_each_other_take_one_request_and_far_ones_two() -> None:
    near = [Register(channel=str(n), address=n * 4, type="float32") for n in range(20)]
    assert len(blocks(near, 8)) == 1
    assert len(blocks(near, 0)) == 20


# 25.5 as float32 is 0x41CC0000; -70000 as int32 is 0xFFFEEE90.
@pytest.mark.parametrize(
    ("given_as", "words", "expected"),
    [
        ({"type": "float32"}, [0x41CC, 0x0000], 25.5),
        ({"type": "float32", "words": "little"}, [0x0000, 0x41CC], 25.5),
        ({"type": "float32", "bytes": "little"}, [0xCC41, 0x0000], 25.5),
        ({"type": "float32", "words": "little", "bytes": "little"}, [0x0000, 0xCC41], 25.5),
        ({"type": "int32"}, [0xFFFE, 0xEE90], -70_000.0),
        ({"type": "uint32"}, [0xFFFE, 0xEE90], 4_294_897_296.0),
        ({"type": "int16", "scale": 0.1, "offset": -5.0}, [0xFFF6], -6.0),
        ({"type": "uint64"}, [0, 0, 1, 0], 65_536.0),
        ({"type": "uint16", "bit": 3}, [0b1000], 1.0),
        ({"type": "uint16", "bit": 2}, [0b1000], 0.0),
        ({"type": "uint16", "invalid": [0xFFFF]}, [0xFFFF], None),
    ],
)
def test_words_are_read_in_the_order_of_the_device(
    given_as: dict[str, object], words: list[int], expected: float | None
) -> None:
    register = Register.model_validate({"channel": "c", "address": 0, "table": "holding"} | given_as)
    found = value(register, words)
    assert found == (pytest.approx(expected) if expected is not None else None)


def test_an_answer_that_is_too_short_is_no_value() -> None:
    with pytest.raises(ValueError, match="1 of 2"):
        value(Register(channel="c", address=0, type="float32"), [1])
