"""The store of readings at size: 30 days of 1,000 channels at one reading a minute and of one channel at one a second.

    .venv/bin/python benchmarks/sensing_store.py [--channels 1000] [--days 30] [--folder DIR]

Prints what landing, compaction and charts cost. The charts are asked cold (a new process for each) and warm.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

DAY = 20_500
DAY_S = 86_400


def fill(root: Path, channels: int, days: int) -> dict[str, float]:
    from yufang.sensing.readings import Readings
    from yufang.sensing.store import ReadingStore
    from yufang.sensing.store_compact import compact
    from yufang.sensing.store_layout import DAY_US

    store, keys = ReadingStore(root), [f"channel-{n:05d}" for n in range(channels)]
    rng = np.random.default_rng(1)
    landing = compaction = 0.0
    rows = 0
    for day in range(days):
        start = (DAY + day) * DAY_US
        for part in range(6):
            minutes = start + (np.arange(240) + 240 * part) * 60_000_000
            readings = Readings.of(
                np.tile(np.arange(channels), 240),
                np.repeat(minutes, channels),
                np.round(20 + np.cumsum(rng.normal(0, 0.1, 240 * channels).reshape(240, channels), axis=0).ravel(), 2),
            )
            seconds = start + (np.arange(DAY_S // 6) + DAY_S // 6 * part) * 1_000_000
            fast = Readings.of(np.zeros(len(seconds)), seconds, np.round(rng.normal(20, 1, len(seconds)), 2))
            began = time.perf_counter()
            store.land(f"slow-{day}-{part}", readings, keys)
            store.land(f"fast-{day}-{part}", fast, ["every-second"])
            landing += time.perf_counter() - began
            rows += len(readings) + len(fast)
            began = time.perf_counter()
            compact(store, start + (part + 1) * 14_400_000_000)
            compaction += time.perf_counter() - began
    began = time.perf_counter()
    compact(store, (DAY + days + 1) * DAY_US)
    compaction += time.perf_counter() - began
    size = sum(path.stat().st_size for path in root.rglob("*.parquet"))
    return {
        "readings": rows,
        "landed_per_second": round(rows / landing),
        "compacted_per_second": round(rows / compaction),
        "bytes_per_reading": round(size / rows, 2),
    }


def ask(root: Path, days: int) -> None:
    """Time charts in this process, the first of each cold."""
    from yufang.sensing.store import ReadingStore
    from yufang.sensing.store_layout import DAY_US

    store, end = ReadingStore(root), (DAY + days) * DAY_US
    told: dict[str, list[float]] = {}
    for channel in ("channel-00007", "every-second"):
        for name, span in (("30 d", 30), ("7 d", 7), ("1 d", 1), ("1 h", 1 / 24)):
            for _ in range(5):
                began = time.perf_counter()
                chart = store.chart(channel, int(end - min(span, days) * DAY_US), end, 1_000)
                took = (time.perf_counter() - began) * 1000
                told.setdefault(f"{channel} {name} ({len(chart.time)} points)", []).append(round(took, 1))
    print(json.dumps(told))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=1000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--ask", action="store_true", help="only ask a folder that is filled")
    options = parser.parse_args()
    if options.ask:
        ask(options.folder, options.days)
        return
    with tempfile.TemporaryDirectory() as passing:
        root = options.folder or Path(passing) / "store"
        for name, value in fill(root, options.channels, options.days).items():
            print(f"{name:24} {value:,}")
        command = [sys.executable, __file__, "--ask", "--folder", str(root), "--days", str(options.days)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for name, times in told.items():
            print(f"{name:44} first {times[0]:8.1f} ms   median {sorted(times)[2]:8.1f} ms")


if __name__ == "__main__":
    main()
