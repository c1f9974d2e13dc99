"""A file replayed: event times stay, rhythm follows the speed, a bad line is told with its number."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from yufang.edge.connectors import Sample, SettingsError, Trouble, build

LONG = """time,tag,value
2025-11-22T12:00:00Z,a,1
2025-11-22T12:00:01Z,b,2
never,a,3
2025-11-22T12:00:02Z,a
2025-11-22T12:00:02Z,a,4
"""


def replay(file: Path, **settings: Any) -> tuple[list[Sample], list[Trouble], float]:
    samples: list[Sample] = []
    troubles: list[Trouble] = []
    connector = build("replay", "r", {"file": str(file), **settings}, troubles.append)
    stop = asyncio.Event()
    began = time.perf_counter()

    async def run() -> float:
        task = asyncio.create_task(connector.run(samples.append, stop))
        while not task.done() and not connector.status.details.get("finished"):
            await asyncio.sleep(0.005)
        took = time.perf_counter() - began
        stop.set()
        await task
        return took

    return samples, troubles, asyncio.run(run())


def test_event_times_are_kept_and_poison_lines_told_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text(LONG, "utf-8")
    samples, troubles, _ = replay(file, time="time", key="tag", value="value", speed=0)
    noon = 1_763_812_800_000_000
    assert [(s.channel, s.time_us, s.value) for s in samples] == [
        ("a", noon, 1.0),
        ("b", noon + 1_000_000, 2.0),
        ("a", noon + 2_000_000, 4.0),
    ]
    assert [t.where for t in troubles] == ["day.csv:4", "day.csv:5"]


def test_two_seconds_of_a_file_take_a_fifth_of_a_second_at_ten_times_the_speed(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text(LONG, "utf-8")
    _, _, took = replay(file, time="time", key="tag", value="value", speed=10)
    assert took >= 0.2


def test_a_wide_file_gives_a_channel_for_each_column_and_a_byte_order_mark_harms_nothing(tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_bytes("\ufefft;ch4;co\n1763812800;1.5;\n".encode())
    samples, troubles, _ = replay(file, time="t", separator=";", channel="mine.{key}", speed=0)
    assert [(s.channel, s.value) for s in samples] == [("mine.ch4", 1.5), ("mine.co", None)]
    assert not troubles


def test_a_line_of_megabytes_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "big.csv"
    file.write_text("t,v\n1763812800," + "9" * (3 << 20) + "\n1763812801,5\n", "utf-8")
    samples, _, _ = replay(file, time="t", speed=0)
    assert [s.value for s in samples] == [5.0]


def test_a_missing_file_or_column_names_what_there_is(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_text(LONG, "utf-8")
    with pytest.raises(SettingsError, match="it has time, tag, value"):
        replay(file, time="zeit", speed=0)
    with pytest.raises(SettingsError, match="can't read"):
        replay(tmp_path / "none.csv", time="time", speed=0)
