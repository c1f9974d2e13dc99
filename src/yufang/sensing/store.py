"""The store of readings of one enterprise: batches land as files, are compacted by channel and day, and are charted.

Everything that was landed is seen at once; compaction only makes it faster to read. One reading of a channel at one
event time counts: the first that was taken stands, a repeated one changes nothing, however late and in whatever order
they come. A process that dies at any step leaves one whole version of the store or the next.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from yufang.sensing.readings import UNUSABLE, Readings
from yufang.sensing.store_layout import (
    DAY_US,
    LANDING,
    LEVELS,
    MARKS,
    MOST_POINTS,
    RAW,
    Manifest,
    Part,
    landed,
    read_manifest,
    write_whole,
)

_ROW: dict[str, Any] = {
    "channel": pl.String,
    "time": pl.Datetime("us", "UTC"),
    "value": pl.Float64,
    "flag": pl.UInt16,
    "raw": pl.Float64,  # the value as it came, where it was repaired
}
SCHEMA = pl.Schema(_ROW)
# What the usable readings of a bucket add up to; `flagged` counts those with any flag, usable or not.
_LEVEL_ROW: dict[str, Any] = {
    "channel": pl.String,
    "bucket": pl.Datetime("us", "UTC"),
    "count": pl.UInt32,
    "flagged": pl.UInt32,
    "total": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}
LEVEL_SCHEMA = pl.Schema(_LEVEL_ROW)
_TRIES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """One channel over a span in buckets of `bucket_us` (0: single readings), n points in order of time.

    time: int64[n], start of the bucket in µs; low, mean, high: float64[n] over its usable readings, NaN where there
    was none; count, flagged: int64[n].
    """

    channel: str
    bucket_us: int
    time: npt.NDArray[np.int64]
    low: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    count: npt.NDArray[np.int64]
    flagged: npt.NDArray[np.int64]


class ReadingStore:
    """A folder of readings. Any process may read and land at any time; one at a time compacts."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    def land(self, name: str, readings: Readings, keys: Sequence[str]) -> Path:
        """Keep a batch under `name` (letters, digits, `-`); the same name again replaces it. Returns the file's path.

        It is there whole or not at all. Raises SensingError where the folder can't be written.
        """
        out = io.BytesIO()
        frame(readings, keys).write_parquet(out, compression="zstd", compression_level=1)
        path = self.root / LANDING / f"{name}.parquet"
        write_whole(path, out.getvalue())
        return path

    def read(self, channels: Sequence[str], start: int, end: int) -> tuple[Readings, tuple[str, ...]]:
        """Readings of `channels` from `start` up to `end` (µs) by event time, and the keys they count into."""
        keys = tuple(dict.fromkeys(channels))
        found = self._trying(lambda: self._rows(keys, start, end))
        return readings_of(found, keys), keys

    def chart(self, channel: str, start: int, end: int, most_points: int = MOST_POINTS) -> Chart:
        """`channel` from `start` up to `end` (µs) in the narrowest buckets that give at most `most_points` points.

        Single readings where there are so few; where their days are no longer kept, the buckets that are.
        """
        return self._trying(lambda: self._chart(channel, start, end, most_points))

    def newest(self) -> dict[str, int]:
        """Event time (µs) of the newest compacted reading of each channel."""
        marks = self.marks(read_manifest(self.root))
        return dict(zip(marks["channel"], marks["newest"], strict=True))

    def _trying(self, query: Any) -> Any:
        """Answer a query; again where a compaction took a file away between the look and the read."""
        for _ in range(_TRIES - 1):
            try:
                return query()
            except (FileNotFoundError, pl.exceptions.ComputeError):
                continue
        return query()

    def _chart(self, channel: str, start: int, end: int, most_points: int) -> Chart:
        # What landed is listed before the manifest is read: a compaction between the two is then seen in the manifest.
        names = landed(self.root)
        manifest = read_manifest(self.root)
        parts = manifest.of_days(start // DAY_US, (end - 1) // DAY_US)
        fresh = self._fresh(names, manifest, (channel,), start, end)
        wanted = max(1, (end - start) // max(1, most_points))
        if wanted < LEVELS["m1"] and all(RAW in part.levels for part in parts):
            rows = self._compacted(parts, (channel,), start, end)
            rows = pl.concat([rows, fresh]).sort("time")
            if rows.height <= most_points:
                return _single(channel, rows)
            width = max(1_000_000, -(-wanted // 1_000_000) * 1_000_000)
            return _points(channel, width, add_up(rows, width))
        level = next((name for name, width in LEVELS.items() if width >= wanted), "h1")
        level = _kept_level(parts, level)
        width = LEVELS[level] * max(1, -(-wanted // LEVELS[level]))
        bucket = pl.col("bucket").dt.timestamp("us")
        first = start // LEVELS[level] * LEVELS[level]
        sums = (
            pl.scan_parquet(self._paths(parts, level), schema=LEVEL_SCHEMA, glob=False)
            .filter(pl.col("channel") == channel, bucket >= first, bucket < end)
            .collect()
            if parts
            else pl.DataFrame(schema=LEVEL_SCHEMA)
        )
        return _points(channel, width, pl.concat([sums, add_up(fresh, LEVELS[level])]))

    def _rows(self, keys: tuple[str, ...], start: int, end: int) -> pl.DataFrame:
        names = landed(self.root)
        manifest = read_manifest(self.root)
        parts = [part for part in manifest.of_days(start // DAY_US, (end - 1) // DAY_US) if RAW in part.levels]
        fresh = self._fresh(names, manifest, keys, start, end)
        return pl.concat([self._compacted(parts, keys, start, end), fresh]).sort("time", "channel", maintain_order=True)

    def _compacted(self, parts: Sequence[Part], keys: Sequence[str], start: int, end: int) -> pl.DataFrame:
        if not parts:
            return pl.DataFrame(schema=SCHEMA)
        scan = pl.scan_parquet(self._paths(parts, RAW), schema=SCHEMA, glob=False)
        return scan.filter(*_within(keys, start, end)).collect()

    def _fresh(
        self, names: Sequence[str], manifest: Manifest, keys: Sequence[str], start: int, end: int
    ) -> pl.DataFrame:
        """What landed and isn't compacted, each reading once and none that is compacted already."""
        gone = set(manifest.absorbed)
        paths = [self.root / LANDING / name for name in names if name not in gone]
        if not paths:
            return pl.DataFrame(schema=SCHEMA)
        rows = pl.scan_parquet(paths, schema=SCHEMA, glob=False).filter(*_within(keys, start, end)).collect()
        return self.unknown(manifest, once(rows))

    def unknown(self, manifest: Manifest, rows: pl.DataFrame) -> pl.DataFrame:
        """`rows` without those whose channel and time the parts of `manifest` hold already."""
        marks = self.marks(manifest)
        if rows.is_empty() or marks.is_empty():
            return rows
        # Only what isn't newer than the channel's newest compacted reading can be known: that is little.
        marked = rows.join(marks, on="channel", how="left", maintain_order="left")
        late = marked.filter(pl.col("time").dt.timestamp("us") <= pl.col("newest")).select(SCHEMA.names())
        if late.is_empty():
            return rows
        times = late["time"].dt.timestamp("us")
        days = set((times // DAY_US).unique().to_list())
        parts = [part for part in manifest.parts if part.day in days and RAW in part.levels]
        channels = late["channel"].unique().to_list()
        known = self._compacted(parts, channels, int(times.min()), int(times.max()) + 1)  # type: ignore[arg-type]
        return rows.join(known.select("channel", "time"), on=["channel", "time"], how="anti", maintain_order="left")

    def marks(self, manifest: Manifest) -> pl.DataFrame:
        """The newest compacted event time (µs) of each channel: columns channel, newest."""
        if not manifest.marks:
            return pl.DataFrame(schema={"channel": pl.String, "newest": pl.Int64})
        return pl.read_parquet(self.root / manifest.marks, glob=False)

    def _paths(self, parts: Sequence[Part], level: str) -> list[Path]:
        return [self.root / part.path(level) for part in parts if level in part.levels]

    def marks_path(self, number: int) -> str:
        """Where the marks of a compaction are kept, from the store's root."""
        return f"{MARKS}/{number:09d}.parquet"


def frame(readings: Readings, keys: Sequence[str]) -> pl.DataFrame:
    """The readings as rows with the keys of their channels."""
    names = pl.Series("key", list(keys), dtype=pl.String)
    raw = np.full(len(readings), np.nan) if readings.raw is None else readings.raw
    return pl.DataFrame(
        {
            "channel": names.gather(pl.Series(readings.channel.astype(np.uint32))),
            "time": pl.Series(readings.time, dtype=pl.Int64).cast(SCHEMA["time"]),
            "value": readings.value,
            "flag": readings.flag,
            "raw": pl.Series(raw).fill_nan(None),
        },
        schema=SCHEMA,
    )


def readings_of(rows: pl.DataFrame, keys: Sequence[str]) -> Readings:
    """The arrays of `rows`, whose channels are all among `keys`."""
    index = rows["channel"].replace_strict(list(keys), list(range(len(keys))), return_dtype=pl.Int32)
    raw = rows["raw"]
    return Readings.of(
        index.to_numpy(),
        rows["time"].dt.timestamp("us").to_numpy(),
        rows["value"].to_numpy().copy(),
        rows["flag"].to_numpy().copy(),
        None if raw.null_count() == len(raw) else raw.fill_null(np.nan).to_numpy().copy(),
    )


def once(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` by channel and time, the first of each pair."""
    rows = rows.sort("channel", "time", maintain_order=True)
    differs = (pl.col("channel") != pl.col("channel").shift()) | (pl.col("time") != pl.col("time").shift())
    return rows.filter(differs.fill_null(True))


def add_up(rows: pl.DataFrame, width: int) -> pl.DataFrame:
    """The sums of `rows` in buckets of `width` µs, by channel and bucket (`LEVEL_SCHEMA`)."""
    usable = (pl.col("flag") & int(UNUSABLE) == 0) & pl.col("value").is_finite()
    value = pl.col("value").filter(usable)
    start = pl.col("time").dt.timestamp("us") // width * width
    return (
        rows.with_columns(start.cast(pl.Datetime("us", "UTC")).alias("bucket"))
        .group_by("channel", "bucket")
        .agg(
            usable.sum().cast(pl.UInt32).alias("count"),
            (pl.col("flag") != 0).sum().cast(pl.UInt32).alias("flagged"),
            value.sum().alias("total"),
            value.min().alias("low"),
            value.max().alias("high"),
        )
        .sort("channel", "bucket")
        .select(LEVEL_SCHEMA.names())
    )


def widen(sums: pl.DataFrame, width: int) -> pl.DataFrame:
    """Sums of narrower buckets (`LEVEL_SCHEMA`) in buckets of `width` µs."""
    start = pl.col("bucket").dt.timestamp("us") // width * width
    return (
        sums.with_columns(start.cast(LEVEL_SCHEMA["bucket"]))
        .group_by("channel", "bucket")
        .agg(
            pl.col("count", "flagged").sum(),
            pl.col("total").sum(),
            pl.col("low").min(),
            pl.col("high").max(),
        )
        .sort("channel", "bucket")
        .select(pl.col(name).cast(kind) for name, kind in LEVEL_SCHEMA.items())
    )


def _within(keys: Sequence[str], start: int, end: int) -> tuple[pl.Expr, ...]:
    channel = pl.col("channel") == keys[0] if len(keys) == 1 else pl.col("channel").is_in(list(keys))
    lit = (pl.lit(t, pl.Int64).cast(pl.Datetime("us", "UTC")) for t in (start, end))
    first, last = lit
    return channel, pl.col("time") >= first, pl.col("time") < last


def _kept_level(parts: Sequence[Part], level: str) -> str:
    """The narrowest level, from `level` on, that all `parts` still have."""
    names = list(LEVELS)
    for name in names[names.index(level) :]:
        if all(name in part.levels for part in parts):
            return name
    return names[-1]


def _points(channel: str, width: int, sums: pl.DataFrame) -> Chart:
    start = pl.col("bucket").dt.timestamp("us") // width * width
    rows = (
        sums.group_by(start.alias("start"))
        .agg(pl.col("count", "flagged", "total").sum(), pl.col("low").min(), pl.col("high").max())
        .sort("start")
    )
    count = rows["count"].cast(pl.Int64).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(count > 0, rows["total"].to_numpy() / count, np.nan)
    return Chart(
        channel=channel,
        bucket_us=width,
        time=rows["start"].to_numpy(),
        low=rows["low"].fill_null(np.nan).to_numpy(),
        mean=mean,
        high=rows["high"].fill_null(np.nan).to_numpy(),
        count=count,
        flagged=rows["flagged"].cast(pl.Int64).to_numpy(),
    )


def _single(channel: str, rows: pl.DataFrame) -> Chart:
    usable = ((rows["flag"] & int(UNUSABLE)) == 0) & rows["value"].is_finite()
    value = np.where(usable.to_numpy(), rows["value"].to_numpy(), np.nan)
    return Chart(
        channel=channel,
        bucket_us=0,
        time=rows["time"].dt.timestamp("us").to_numpy(),
        low=value,
        mean=value,
        high=value,
        count=usable.cast(pl.Int64).to_numpy(),
        flagged=(rows["flag"] != 0).cast(pl.Int64).to_numpy(),
    )
