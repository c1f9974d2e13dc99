"""A store shows what landed at once, each reading once, and is whole wherever a process dies."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.sensing.errors import SensingError
from yufang.sensing.readings import Quality, Readings
from yufang.sensing.replay import read_recording
from yufang.sensing.sequences import Came
from yufang.sensing.store import ReadingStore
from yufang.sensing.store_compact import Compaction, Retention, compact
from yufang.sensing.store_layout import DAY_US, compacting

DAY = 20_500
START = DAY * DAY_US
END = START + 40 * DAY_US
KEYS = ("a", "b", "c")
SECOND = 1_000_000


def batch(seed: int, n: int = 60, day: int = 0) -> Readings:
    rng = np.random.default_rng(seed)
    times = START + day * DAY_US + rng.choice(86_400, n, replace=False) * SECOND
    return Readings.of(rng.integers(0, 3, n), times, rng.normal(20, 5, n))


def content(store: ReadingStore) -> set[tuple[int, int, float]]:
    found, _ = store.read(KEYS, START, END)
    rows = list(zip(found.channel.tolist(), found.time.tolist(), found.value.tolist(), strict=True))
    assert len(rows) == len({row[:2] for row in rows}), "a reading stands twice"
    return set(rows)


@pytest.fixture
def store(tmp_path: Path) -> ReadingStore:
    return ReadingStore(tmp_path / "store")


def test_what_landed_is_read_before_and_after_compaction(store: ReadingStore) -> None:
    for n in range(6):
        store.land(f"s-{n}", batch(n, day=n // 2), KEYS)
    before = content(store)
    assert len(before) >= 350  # two batches of a day may share a second
    done = compact(store, START + 3 * DAY_US)
    assert (done.batches, done.rows) == (6, len(before))
    assert content(store) == before
    assert compact(store, START + 3 * DAY_US) == Compaction()


def test_flags_and_raw_values_are_kept(store: ReadingStore) -> None:
    sent = Readings.of([0, 0], [START, START + SECOND], [1.0, np.nan], [256, 1], [9.0, np.nan])
    store.land("s", sent, KEYS)
    compact(store, START)
    found, _ = store.read(["a"], START, END)
    assert found.flag.tolist() == [Quality.REPAIRED, Quality.MISSING]
    assert found.raw is not None
    assert found.raw[0] == 9.0
    assert np.isnan(found.value[1])


def test_repeated_late_and_out_of_order_readings_count_once_and_the_first_stands(store: ReadingStore) -> None:
    first = batch(1)
    store.land("s-1", first, KEYS)
    compact(store, START)
    truth = content(store)
    store.land("s-2", Readings.of(first.channel, first.time, first.value + 100), KEYS)  # the same again, altered
    store.land("s-3", first.take(slice(None, None, -1)), KEYS)
    assert content(store) == truth
    done = compact(store, START)
    assert (done.rows, done.repeated) == (0, 120)
    assert content(store) == truth
    store.land("s-4", Readings.of([0], [START - 5 * SECOND + SECOND * 3], [7.0]), KEYS)  # late, and new
    late = Readings.of([0], [START + 1], [7.0])
    store.land("s-5", late, KEYS)
    compact(store, START)
    assert content(store) == truth | {(0, START + 1, 7.0)}


def test_a_chart_adds_up_to_the_readings(store: ReadingStore) -> None:
    for n in range(9):
        store.land(f"s-{n}", batch(n, day=n % 3), KEYS)
        if n % 2:
            compact(store, START)
    compact(store, START + 30 * DAY_US)
    found, _ = store.read(["b"], START, END)
    for points, width in ((5000, 0), (2000, 900), (72, 3600), (3, 86_400)):
        chart = store.chart("b", START, START + 3 * DAY_US, points)
        assert chart.bucket_us == width * SECOND or points == 5000
        assert len(chart.time) <= points
        assert chart.count.sum() == len(found)
        assert chart.low.min() == found.value.min()
        assert chart.high.max() == found.value.max()
        assert (chart.mean * chart.count).sum() == pytest.approx(found.value.sum())


def test_what_is_unusable_is_counted_and_not_averaged(store: ReadingStore) -> None:
    flag = [0, Quality.NOT_FINITE, Quality.SPIKE, 0]
    store.land("s", Readings.of([0] * 4, START + np.arange(4) * SECOND, [1.0, np.nan, 5.0, 3.0], flag), KEYS)
    compact(store, START)
    chart = store.chart("a", START, START + DAY_US, 24)
    assert (chart.count.tolist(), chart.flagged.tolist(), chart.mean.tolist()) == ([3], [2], [3.0])


class Died(Exception):
    pass


def test_a_compaction_that_dies_at_any_step_leaves_the_store_whole(store: ReadingStore, tmp_path: Path) -> None:
    for n in range(10):  # enough parts of one day for a merge
        store.land(f"s-{n}", batch(n), KEYS)
        compact(store, START)
    for n in range(10, 14):
        store.land(f"s-{n}", batch(n, day=n % 2), KEYS)
    truth = content(store)
    steps: list[str] = []
    calm = ReadingStore(shutil.copytree(store.root, tmp_path / "calm"))
    compact(calm, START + 3 * DAY_US, step=steps.append)
    assert {"sweep", "part", "marks", "manifest", "absorbed", "merge"} <= set(steps)
    # the first of each kind of step, and the last manifest
    chosen = {steps.index(name) for name in steps} | {len(steps) - 1 - steps[::-1].index("manifest")}
    for dies_at in sorted(chosen):
        broken = ReadingStore(shutil.copytree(store.root, tmp_path / f"dies-{dies_at}"))
        left = [*range(dies_at)]

        def step(name: str, left: list[int] = left) -> None:
            if not left:
                raise Died(name)
            left.pop()

        with pytest.raises(Died):
            compact(broken, START + 3 * DAY_US, step=step)
        assert content(broken) == truth
        compact(broken, START + 3 * DAY_US)
        assert content(broken) == truth
        assert broken.chart("a", START, END, 960).count.sum() == calm.chart("a", START, END, 960).count.sum()


def test_old_days_are_let_go_level_by_level(store: ReadingStore) -> None:
    store.land("old", batch(1, day=0), KEYS)
    store.land("new", batch(2, day=35), KEYS)
    keep = Retention(raw=30, m1=34, m15=100, h1=None)
    done = compact(store, START + 36 * DAY_US, keep)
    assert sorted(name.partition(":")[2] for name in done.dropped) == ["m1", "raw"]
    assert all(time >= START + 35 * DAY_US for _, time, _ in content(store))
    chart = store.chart("a", START, START + DAY_US, 5000)
    assert chart.bucket_us == 900 * SECOND
    assert chart.count.sum() == int((batch(1).channel == 0).sum())
    compact(store, START + 36 * DAY_US, keep)  # sweeps what the first let go
    assert len(list((store.root / "days").glob("*/*.raw.parquet"))) == 1


def test_one_process_compacts_at_a_time(store: ReadingStore) -> None:
    with compacting(store.root), pytest.raises(SensingError, match="another process"):
        compact(store, START)


def test_a_manifest_that_cannot_be_read_is_told_and_nothing_is_lost(store: ReadingStore) -> None:
    store.land("s", batch(1), KEYS)
    compact(store, START)
    files = {path: path.read_bytes() for path in store.root.rglob("*.parquet")}
    (store.root / "manifest.json").write_text('{"parts": 3')
    with pytest.raises(SensingError, match=r"manifest\.json"):
        compact(store, START)
    assert {path: path.read_bytes() for path in store.root.rglob("*.parquet")} == files


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 25), max_size=40))
def test_gaps_are_what_did_not_come_in_any_order(order: list[int]) -> None:
    came = Came()
    for sequence in order:
        assert came.has(sequence) == (sequence in order[: order.index(sequence)] or came.has(sequence))
        came = came.after(sequence)
    heard = set(order)
    assert came.upto == max(heard, default=-1) + 1
    missing = {n for first, last in came.gaps for n in range(first, last + 1)}
    assert missing == set(range(came.upto)) - heard
    assert all(came.has(n) for n in heard)


def test_a_file_is_replayed_long_or_wide_with_its_bad_cells_flagged(tmp_path: Path) -> None:
    long, wide = tmp_path / "long.csv", tmp_path / "wide.csv"
    long.write_text(
        "time,channel,value,unit\n"
        "2026-06-01T00:00:00Z,a,1.5,ppm\n2026-06-01T00:00:02Z,b,oops,\n2026-06-01T00:00:01Z,a,nan,ppm\nnever,a,1,ppm\n"
    )
    wide.write_text("时间;a;b\n2026-06-01 08:00:00;1.5;\n2026-06-01 08:00:01;2.5;7\n")
    found = read_recording(long)
    assert (found.keys, found.units, found.skipped) == (("a", "b"), ("ppm", ""), 1)
    (batch,) = found.batches(60)
    assert batch.flag.tolist() == [0, Quality.NOT_FINITE, Quality.MISSING]
    other = read_recording(wide, "Asia/Shanghai", "ppm")
    first, second = other.batches(1)
    assert first.time.tolist() == [batch.time[0]] * 2  # 08:00 in Shanghai is 00:00 UTC
    assert second.value.tolist() == [2.5, 7.0]
    assert other.units == ("ppm", "ppm")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("none.csv", None, "no such file"),
        ("a.csv", "x,y\n1,2\n", "no column of times"),
        ("b.csv", "time,channel,value\n2026-06-01 08:00:00,a,1\n", "carry no offset"),
        ("c.parquet", "no parquet", "cannot be replayed"),
        ("d.csv", "time,note\n2026-06-01T00:00:00Z,x\n", "no column of values"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_refused_with_the_way_out(
    tmp_path: Path, name: str, text: str | None, why: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(SensingError, match=why) as refused:
        read_recording(tmp_path / name)
    assert refused.value.way_out
