"""How fast do readings become events? Five detectors over 10⁵ channels on one core, beside one loop in Python.

The readings are made here; the folder is not read. `readings_per_second` is by this process's processor time, over
batches of one reading a channel, after every detector has learned (`…_wall`: by the clock on the wall). `p99_ms` is
wall time from when a reading was due to when its events were told, with readings due at 10⁵ a second and taken in as
they come.
"""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.sensing.channels import Channel, Limit
from yufang.sensing.detectors import Engine
from yufang.sensing.readings import Readings

CHANNELS = 100_000
DETECTORS = ("limits", "rate", "stel", "cusum", "stuck")
LEARN = 30  # batches before anything is timed: past the learning of every detector
TIMED = 20
ARRIVING = 100_000  # readings a second
SECONDS = 10.0
TICK_S = 0.01
PEER_READINGS = 20_000
EDGE_CHANNELS = 1_000
_START = 1_750_000_000_000_000
# Lines of the cache (64 bytes) that a quiet reading touches in each detector's state, each read and written back.
_LINES = {"limits": 1, "rate": 3, "stel": 2, "cusum": 2, "stuck": 1}
_PASSED = 4 * 8 + 4  # bytes of a reading that each detector walks through: channel, time, value


def run(
    train_folder: Path | None = None, test_folder: Path | None = None, seed: int = 0, channels: int = CHANNELS
) -> dict[str, Any]:
    """`readings_per_second`, `p99_ms` and what bounds them; peers' speed on the same readings under `peers`."""
    rng = np.random.default_rng(seed)
    engine = make_engine(channels)
    made = [_batch(rng, channels, n) for n in range(LEARN + TIMED)]
    for batch in made[:LEARN]:
        engine.update(batch)
    wall, processor, events = time.perf_counter(), time.process_time(), 0
    for batch in made[LEARN:]:
        events += len(engine.update(batch))
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    readings = TIMED * channels
    bandwidth = _bandwidth()
    touched = sum(2 * 64 * lines + _PASSED for lines in _LINES.values())
    delays = latencies(engine, rng, channels, len(made))
    return {
        "channels": channels,
        "detectors": len(DETECTORS),
        "readings_per_second": round(readings / processor),
        "readings_per_second_wall": round(readings / wall),
        "events_per_1000_readings": round(1000 * events / readings, 3),
        **delays,
        "memory_gb_per_second": round(bandwidth / 1e9, 2),
        "bytes_touched_per_reading": touched,
        "memory_limit_readings_per_second": round(bandwidth / touched),
        "state_mb": round(sum(a.nbytes for a in engine.snapshot().values()) / 1e6, 1),
        "peers": _peers(made[0]),
    }


def make_engine(channels: int, *, jit: bool = True) -> Engine:
    """Five detectors over `channels` gas channels."""
    limits = (
        Limit(kind="high", value=25.0, unit="ppm", source="made up", hysteresis=2.0),
        Limit(kind="high_high", value=50.0, unit="ppm", source="made up", hysteresis=2.0),
        Limit(kind="stel", value=30.0, unit="ppm", source="made up"),
        Limit(kind="rate", value=20.0, unit="ppm", source="made up"),
    )
    made = [
        Channel(key=f"c{n}", device="d", quantity="gas:co", unit="ppm", low=0.0, high=500.0, limits=limits)
        for n in range(channels)
    ]
    # CUSUM learns from 20 readings here, so that learning is over before the timing starts.
    chosen = [{"kind": kind} | ({"learn": 20} if kind == "cusum" else {}) for kind in DETECTORS]
    return Engine.from_config({"detectors": chosen}, made, jit=jit)


def latencies(engine: Engine, rng: np.random.Generator, channels: int, second: int) -> dict[str, float]:
    """Milliseconds from when a reading was due to when its events were told, at ARRIVING readings a second."""
    total = int(ARRIVING * SECONDS)
    rounds = -(-total // channels)
    flow = Readings.concat([_batch(rng, channels, second + n) for n in range(rounds)]).take(slice(0, total))
    due = np.arange(total) / ARRIVING
    waits: list[NDArray[np.float64]] = []
    heard: list[float] = []
    taken = 0
    start = time.perf_counter()
    while taken < total:
        now = time.perf_counter() - start
        upto = int(np.searchsorted(due, now, "right"))
        if upto > taken:
            batch = flow.take(slice(taken, upto))
            told = engine.update(batch)
            done = time.perf_counter() - start
            waits.append(done - due[taken:upto])
            if told:
                # Event time grows with the place in the flow, reading by reading.
                at = np.searchsorted(batch.time, np.array([event.at for event in told]))
                heard += (done - due[taken + at]).tolist()
            taken = upto
        time.sleep(max(0.0, TICK_S - (time.perf_counter() - start - now)))
    every = 1000 * np.concatenate(waits)
    events = 1000 * np.array(heard)
    return {
        "p99_ms": round(float(np.percentile(events, 99)), 2) if len(events) else float("nan"),
        "p50_ms": round(float(np.percentile(events, 50)), 2) if len(events) else float("nan"),
        "events": len(events),
        "p99_ms_all_readings": round(float(np.percentile(every, 99)), 2),
        "arriving_per_second": ARRIVING,
    }


def _batch(rng: np.random.Generator, channels: int, second: int) -> Readings:
    """One reading of every channel within a second, in order of time; one in a thousand is far too high."""
    channel = rng.permutation(channels).astype(np.int32)
    within = np.sort(rng.integers(0, 999_000, channels))
    value = 10.0 + rng.normal(0.0, 0.3, channels)
    value[rng.random(channels) < 1e-3] += 20.0
    return Readings.of(channel, _START + second * 1_000_000 + within, value)


def _bandwidth() -> float:
    """Bytes that one core reads and writes a second of its time: the best of five copies of 128 MB."""
    source, target = np.ones(16_000_000), np.empty(16_000_000)
    best = 0.0
    for _ in range(5):
        begun = time.process_time()
        np.copyto(target, source)
        best = max(best, 2 * source.nbytes / (time.process_time() - begun))
    return best


def _peers(batch: Readings) -> dict[str, dict[str, int]]:
    """River's half-space trees where River is installed, and these kernels in Python's own loop, as at the edge."""
    plain = make_engine(EDGE_CHANNELS, jit=False)
    rng = np.random.default_rng(0)
    made = [_batch(rng, EDGE_CHANNELS, n) for n in range(LEARN + TIMED)]
    for part in made[:LEARN]:
        plain.update(part)
    begun = time.process_time()
    for part in made[LEARN:]:
        plain.update(part)
    speed = round(TIMED * EDGE_CHANNELS / (time.process_time() - begun))
    peers = {"same_kernels_without_numba": {"readings_per_second": speed}}
    try:
        anomaly = importlib.import_module("river.anomaly")
    except ImportError:
        return peers
    trees = anomaly.HalfSpaceTrees(seed=0, limits={"x": (0.0, 60.0)})
    values = batch.value[:PEER_READINGS].tolist()
    begun = time.process_time()
    for value in values:
        trees.score_one({"x": value})
        trees.learn_one({"x": value})
    speed = round(len(values) / (time.process_time() - begun))
    return {"river_half_space_trees": {"readings_per_second": speed}} | peers
