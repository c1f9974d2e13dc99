"""How far off is a position that is told at once? Ultra-wideband ranges against a satellite reference, run by run.

Every sub-folder is a run: `A*.parquet` (ranges of one anchor, with its place), `trajectory.parquet` (the reference, RTK
at 8 Hz) and two published solvers' tracks, `LS.parquet` and `ESKF.parquet`, as peers.

Protocol. All times are those recorded. At each reference epoch τ the filter may have seen ranges stamped τ or earlier.
All epochs count from the first at which ranges and both published tracks have begun to the last range; beyond it
nobody measures. Errors are horizontal: the reference's height is relative. The published tracks are interpolated
between their neighbours in time, which lets them see up to 0.1 s ahead.

One number is learned, on other runs: the delay of the ranging chain against the reference's clock, where ranges and
reference fit best. With `--test` it is the median of the training runs; without, of all runs but the scored one. As
this also aligns the two clocks, the published tracks are shown shifted by it too (`…_shifted`). Everything else about
the filter is physics (`sensing.positions.model`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yufang.sensing.positions.model import Ranging
from yufang.sensing.positions.smoothing import smooth
from yufang.sensing.positions.tracker import Anchor, Tag, Tracker

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PEERS = {"least_squares": "LS.parquet", "published_filter": "ESKF.parquet"}
REFERENCE = "trajectory.parquet"
CHI2_95 = 5.991  # 95 % of a chi-square with two degrees of freedom
DELAYS = np.arange(0.0, 0.405, 0.01)
JIT = True  # compiled once, kept on disk
HEIGHT = 1.1  # m, of the tag, while the delay is sought


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run: ranges in order of their stamps (µs), anchors, reference (µs, m), and the peers' tracks (µs, m)."""

    name: str
    anchors: tuple[Anchor, ...]
    time: Ints
    anchor: Ints
    value: Floats
    at: Ints
    place: Floats
    peers: dict[str, tuple[Ints, Floats]]

    @property
    def counted(self) -> NDArray[np.bool_]:
        first = max([self.time[0], *(track[0][0] for track in self.peers.values())])
        mask: NDArray[np.bool_] = (self.at >= first) & (self.at <= self.time[-1])
        return mask


def run(train_folder: Path, test_folder: Path | None = None, seed: int = 0) -> dict[str, Any]:
    """Root mean square errors by run, and both peers' under `peers`. Nothing is random; `seed` changes nothing.

    Raises FileNotFoundError where a folder holds no run, ValueError for a missing column, or one run and no test.
    """
    train = _runs(train_folder)
    scored = train if test_folder is None else _runs(test_folder)
    if test_folder is None and len(train) < 2:
        raise ValueError(f"{train_folder} holds one run: the delay cannot be learned on another; give --test")
    delays = {one.name: delay_of(one) for one in train}
    errors: dict[str, dict[str, Floats]] = {}
    used: dict[str, float] = {}
    covered: list[NDArray[np.bool_]] = []
    for one in scored:
        others = [d for name, d in delays.items() if test_folder is not None or name != one.name]
        used[one.name] = delay = float(np.median(others))
        found, cov = _told_at_once(one, delay)
        told = {"filter": found, "smoothed": _told_afterwards(one, delay)}
        for peer, (time, track) in one.peers.items():
            told[peer] = _between(one.at, time, track)
            told[f"{peer}_shifted"] = _between(one.at, time - int(delay * 1e6), track)
        for name, places in told.items():
            errors.setdefault(name, {})[one.name] = _errors(one, places)
        covered.append(_covered(one, found, cov))
    ours = _figures(errors.pop("filter"))
    smoothed = _figures(errors.pop("smoothed"))
    return ours | {
        "covered_95": round(float(np.concatenate(covered).mean()), 4),
        "delay_s": {name: round(value, 3) for name, value in used.items()},
        "samples": {one.name: int(one.counted.sum()) for one in scored},
        "smoothed": smoothed,
        "peers": {name: _figures(by_run) for name, by_run in errors.items()},
    }


def delay_of(one: Run) -> float:
    """Seconds by which ranges lag the reference: where the median absolute misfit of ranges is least."""
    corner = np.array([(a.x, a.y, a.z) for a in one.anchors])[one.anchor]
    inside = (one.time - DELAYS[-1] * 1e6 >= one.at[0]) & (one.time <= one.at[-1])
    time, value, corner = one.time[inside], one.value[inside], corner[inside]
    misfit = []
    for delay in DELAYS:
        place = _between(time - int(delay * 1e6), one.at, one.place)
        far = np.sqrt(((place - corner[:, :2]) ** 2).sum(axis=1) + (HEIGHT - corner[:, 2]) ** 2)
        misfit.append(float(np.median(np.abs(value - far))))
    return float(DELAYS[int(np.argmin(misfit))])


def _tracker(one: Run, delay: float) -> Tracker:
    return Tracker([Tag(key="tag")], one.anchors, Ranging(latency_s=delay), jit=JIT)


def _told_at_once(one: Run, delay: float) -> tuple[Floats, Floats]:
    """(places (n, 2), covariances (n, 2, 2)) at the reference epochs, by ranges stamped until each."""
    tracker = _tracker(one, delay)
    places, cov = np.full((len(one.at), 2), np.nan), np.full((len(one.at), 2, 2), np.nan)
    zero, nothing = np.zeros(len(one.time), np.int64), np.zeros(len(one.time))
    begun = 0
    for n, end in enumerate(np.searchsorted(one.time, one.at, side="right")):
        part = slice(begun, end)
        tracker.update(zero[part], one.time[part], zero[part], one.anchor[part], one.value[part], nothing[part])
        begun = int(end)
        now = tracker.at(int(one.at[n]))
        places[n], cov[n] = now.place[0], now.cov[0]
    return places, cov


def _told_afterwards(one: Run, delay: float) -> Floats:
    return smooth(_tracker(one, delay), one.time, one.anchor, one.value).at(one.at)


def _errors(one: Run, places: Floats) -> Floats:
    gap = places[one.counted] - one.place[one.counted]
    far: Floats = np.hypot(gap[:, 0], gap[:, 1])
    if np.isnan(far).any():  # not located yet: the tag is taken to be among the anchors
        centre = np.mean([(a.x, a.y) for a in one.anchors], axis=0)
        away = one.place[one.counted] - centre
        far = np.where(np.isnan(far), np.hypot(away[:, 0], away[:, 1]), far)
    return far


def _covered(one: Run, places: Floats, cov: Floats) -> NDArray[np.bool_]:
    """Whether the reference lies in the ellipse that is said to hold it with 95 %."""
    mask = one.counted & ~np.isnan(places[:, 0])
    gap = places[mask] - one.place[mask]
    odd = (gap * np.linalg.solve(cov[mask], gap[:, :, None])[:, :, 0]).sum(axis=1)
    inside: NDArray[np.bool_] = odd < CHI2_95
    return inside


def _figures(by_run: dict[str, Floats]) -> dict[str, Any]:
    def rms(parts: list[Floats]) -> float | None:
        return round(float(np.sqrt(np.mean(np.concatenate(parts) ** 2))), 4) if parts else None

    every = np.concatenate(list(by_run.values()))
    return {
        "rmse_m": {name: rms([far]) for name, far in by_run.items()},
        "rmse_m_los": rms([far for name, far in by_run.items() if not name.startswith("NLOS")]),
        "rmse_m_nlos": rms([far for name, far in by_run.items() if name.startswith("NLOS")]),
        "median_m": round(float(np.median(every)), 4),
        "p95_m": round(float(np.percentile(every, 95)), 4),
    }


def _between(wanted: Ints, time: Ints, track: Floats) -> Floats:
    columns = [np.interp(wanted, time, track[:, axis]) for axis in (0, 1)]
    return np.column_stack(columns)


def _runs(folder: Path) -> list[Run]:
    found = [_read(one) for one in sorted(folder.iterdir()) if (one / REFERENCE).is_file()]
    if not found:
        raise FileNotFoundError(f"{folder}: no sub-folder holds {REFERENCE}")
    return found


def _read(folder: Path) -> Run:
    anchors: list[Anchor] = []
    parts: list[tuple[Ints, Ints, Floats]] = []
    for file in sorted(folder.glob("A*.parquet")):
        names = ["field.stamp", "field.x", "field.y", "field.z", "field.distanceFromTag"]
        rows = _columns(file, names).drop_nulls()
        if not len(rows):
            continue
        time = (rows["field.stamp"].cast(pl.Int64) // 1000).to_numpy()
        x, y, z = (float(rows[f"field.{axis}"].median()) for axis in "xyz")  # type: ignore[arg-type]
        parts.append((time, np.full(len(time), len(anchors)), rows["field.distanceFromTag"].to_numpy()))
        anchors.append(Anchor(key=file.stem, x=x, y=y, z=z))
    if len(anchors) < 3:
        raise ValueError(f"{folder}: ranges of {len(anchors)} anchors (A*.parquet); a place needs three")
    time, anchor, value = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(time, kind="stable")
    at, place = _track(folder / REFERENCE)
    peers = {name: _track(folder / file) for name, file in PEERS.items() if (folder / file).is_file()}
    return Run(folder.name, tuple(anchors), time[order], anchor[order], value[order], at, place, peers)


def _track(file: Path) -> tuple[Ints, Floats]:
    rows = _columns(file, ["timestamp", "x", "y"]).drop_nulls().sort("timestamp")
    return (rows["timestamp"].cast(pl.Int64) // 1000).to_numpy(), rows.select("x", "y").to_numpy()


def _columns(file: Path, names: list[str]) -> pl.DataFrame:
    rows = pl.read_parquet(file)
    missing = [name for name in names if name not in rows.columns]
    if missing:
        raise ValueError(f"{file}: the column {missing[0]} is missing; it has {', '.join(rows.columns)}")
    return rows.select(names)
