"""Spark's detectors killed over and over while files land: nothing may be lost, nothing told twice.

    python benchmarks/stream_spark.py [--kills 6] [--channels 2000] [--seconds 600] [--folder FOLDER]

A standalone master with two workers runs on this machine. Files of readings land one after the other, some readings
out of order or twice; a driver process runs the detectors over the landing folder and is killed (SIGKILL, with its
JVM) after a random time, `kills` times, and once a Python worker of an executor is killed under it; the last driver is
left to catch up. Then the events on disk must be those that one embedded engine tells that is given the same files one
after the other, event for event and field for field, each once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from yufang.lake.spark import SparkEngine, standalone_cluster
from yufang.sensing.channels import Channel
from yufang.sensing.detectors import Engine
from yufang.sensing.detectors.check import example_channels
from yufang.sensing.detectors.packing import as_plain
from yufang.sensing.detectors.spark import read_events, start_stream
from yufang.sensing.readings import Readings
from yufang.sensing.store import ReadingStore

KINDS = ("limits", "rate", "stel", "cusum", "stuck")
START = 1_750_000_000_000_000
SHARDS = 8
SETTINGS = {"spark.sql.shuffle.partitions": "4"}


def config() -> dict[str, Any]:
    return {"lateness_s": 5, "detectors": [{"kind": kind} for kind in KINDS]}


def made(channels: int, seconds: int, files: int, seed: int = 0) -> list[Readings]:
    """Noise about 10 with steps, stuck probes and spikes; a hundredth comes up to 4 s late, a hundredth twice."""
    rng = np.random.default_rng(seed)
    value = 10.0 + rng.normal(0.0, 0.3, (seconds, channels))
    for c in range(0, channels, 7):
        at = int(rng.integers(seconds // 2, seconds - 60))
        value[at : at + 50, c] += 7.0
    for c in range(3, channels, 11):
        at = int(rng.integers(seconds // 3, seconds - 80))
        value[at : at + 60, c] = value[at, c]
    value[rng.random(value.shape) < 2e-4] += 25.0
    channel = np.tile(np.arange(channels), seconds)
    event = START + np.repeat(np.arange(seconds), channels) * 1_000_000 + rng.integers(0, 900_000, len(channel))
    late = np.where(rng.random(len(channel)) < 0.01, rng.uniform(0.0, 4e6, len(channel)), 0.0)
    rows = np.concatenate([np.arange(len(channel)), rng.integers(0, len(channel), len(channel) // 100)])
    came = np.concatenate([event + late, event[rows[len(channel) :]] + rng.uniform(0.0, 4e6, len(channel) // 100)])
    order = np.argsort(came, kind="stable")
    whole = Readings.of(channel[rows], event[rows], value.ravel()[rows]).take(order)
    cuts = np.linspace(0, len(whole), files + 1).astype(int)
    return [whole.take(slice(a, b)) for a, b in pairwise(cuts)]


def drive(master: str, folder: Path, channels: int, forever: bool) -> None:
    """A driver process: runs until it is killed, or (`forever` False) until it has caught up."""
    spark = SparkEngine(master, SETTINGS)
    query = start_stream(
        spark.session,
        folder / "landing",
        folder / "events",
        folder / "checkpoint",
        config(),
        example_channels(channels),
        shards=SHARDS,
        files_per_batch=3,
        every_s=0.5 if forever else None,
    )
    query.awaitTermination()
    spark.close()


def start_driver(master: str, folder: Path, channels: int, *, forever: bool) -> subprocess.Popen[bytes]:
    command = [sys.executable, __file__, "--drive", master, "--folder", str(folder), "--channels", str(channels)]
    with (folder / "driver.log").open("ab") as log:
        # A group of its own: the JVM dies with it.
        return subprocess.Popen(
            [*command, *(["--forever"] if forever else [])], stdout=log, stderr=log, start_new_session=True
        )


def kill_a_python_worker(rng: random.Random) -> bool:
    """SIGKILL one of the Python processes that the executors of our own cluster work with."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and b"pyspark.daemon" in _of_process(entry, "cmdline"):
            parent = int(entry.name)
            while parent > 1 and parent != os.getpid():
                parent = int(_of_process(Path(f"/proc/{parent}"), "stat").rpartition(b")")[2].split()[1:2][0] or 0)
            if parent == os.getpid():
                found.append(int(entry.name))
    if found:
        os.kill(rng.choice(found), signal.SIGKILL)
    return bool(found)


def _of_process(entry: Path, name: str) -> bytes:
    try:
        return (entry / name).read_bytes()
    except OSError:
        return b") S 0"


def batches_done(folder: Path) -> int:
    return len(list((folder / "checkpoint" / "commits").glob("[0-9]*"))) if (folder / "checkpoint").exists() else 0


def run(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    rng = random.Random(args.seed)
    channels = example_channels(args.channels)
    keys = [channel.key for channel in channels]
    parts = made(args.channels, args.seconds, args.files, args.seed)
    store = ReadingStore(folder)
    (folder / "landing").mkdir(parents=True)
    per_life = -(-len(parts) // (args.kills + 1))
    landed, midway, workers_killed = 0, 0, 0
    begun = time.perf_counter()
    with standalone_cluster(2, memory="1g") as cluster:
        for life in range(args.kills + 1):
            for part in parts[landed : landed + per_life]:
                store.land(f"plant-{landed:015d}", part, keys)
                landed += 1
                time.sleep(0.005)
            last = life == args.kills
            driver = start_driver(cluster.master, folder, args.channels, forever=not last)
            if last:
                if driver.wait(timeout=400) != 0:
                    raise SystemExit((folder / "driver.log").read_text()[-3000:])
                break
            before = batches_done(folder)
            deadline = time.monotonic() + 120
            # Some are killed before their first batch is done, some within the second or third.
            wanted = before + rng.choice([0, 1, 1, 2])
            while batches_done(folder) < wanted and driver.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(rng.uniform(0.0, 2.0) if wanted > before else rng.uniform(8.0, 14.0))
            if life == 1:
                workers_killed += kill_a_python_worker(rng)
                time.sleep(rng.uniform(0.5, 3.0))
            offsets = (
                len(list((folder / "checkpoint" / "offsets").glob("[0-9]*"))) if (folder / "checkpoint").exists() else 0
            )
            midway += offsets > batches_done(folder)
            os.killpg(driver.pid, signal.SIGKILL)
            driver.wait()
    return {
        "kills": args.kills,
        "kills_within_a_batch": midway,
        "python_workers_killed": workers_killed,
        "seconds": round(time.perf_counter() - begun, 1),
        **compared(folder, parts, channels),
    }


def compared(folder: Path, parts: list[Readings], channels: list[Channel]) -> dict[str, Any]:
    """The events on disk against those of one embedded engine that is given the same files one after the other."""
    told = [as_plain(event) for event in read_events(folder / "events")]
    engine = Engine.from_config(config(), channels)
    wanted = [as_plain(event) for part in parts for event in engine.update(part)]

    def by_key(events: list[dict[str, Any]]) -> list[str]:
        return sorted(json.dumps(event, sort_keys=True) for event in events)

    distinct = {event["key"] for event in told}
    return {
        "readings": sum(len(part) for part in parts),
        "files": len(parts),
        "late": engine.late,
        "repeated": engine.repeated,
        "events": len(told),
        "lost": len({event["key"] for event in wanted} - distinct),
        "doubled": len(told) - len(distinct),
        "equal_field_for_field": by_key(told) == by_key(wanted),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--channels", type=int, default=2000)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--drive", default="")
    parser.add_argument("--forever", action="store_true")
    args = parser.parse_args()
    if args.drive:
        drive(args.drive, args.folder, args.channels, args.forever)
        return
    with tempfile.TemporaryDirectory(prefix="yufang-stream-") as made_folder:
        result = run(args, args.folder or Path(made_folder))
    print(json.dumps(result, indent=2))
    if result["lost"] or result["doubled"] or not result["equal_field_for_field"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
