"""The same detectors over the lake's landing folder, on Spark Structured Streaming (extra `spark`).

Channels are dealt to shards by their key; the state of a shard is the packed snapshot of an engine over its channels,
kept by Spark in the checkpoint. A micro-batch's readings of a shard are taken file by file in the order in which the
files landed, row by row: what is told is what one engine tells that is given the files one after the other. Events are
written once a micro-batch into a file named by its number; a batch that is run again after a crash is the same batch
over the same state, and overwrites its own file. So nothing is lost, and nothing told twice.
"""

from __future__ import annotations

import json
import os
import pickle
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from yufang.sensing.channels import Channel
from yufang.sensing.detectors.contract import Event
from yufang.sensing.detectors.engine import Engine
from yufang.sensing.detectors.packing import as_plain, from_plain, pack, unpack
from yufang.sensing.readings import Readings

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

Sink = Callable[[int, list[Event]], None]

_READINGS = "channel string, time timestamp, value double, flag int"
_TOLD = "shard int, place long, event string"
_KEPT = "state binary"
_ENGINES: dict[tuple[int, int], Engine] = {}  # in a worker process: engines it built, by configuration and shard


def shard_of(key: str, shards: int) -> int:
    """The shard of a channel: CRC-32 of its key in UTF-8, as Spark's crc32 has it."""
    return zlib.crc32(key.encode()) % shards


def start_stream(
    session: SparkSession,
    landing: Path,
    events: Path,
    checkpoint: Path,
    config: Mapping[str, Any],
    channels: Sequence[Channel],
    *,
    shards: int = 16,
    files_per_batch: int = 1000,
    every_s: float | None = None,
    sink: Sink | None = None,
) -> StreamingQuery:
    """Run detectors over the files of `landing` that are there and, with `every_s`, over those to come.

    config: as for `Engine.from_config`, checked here before anything starts. events: folder of one JSON-lines file a
    micro-batch that told something. sink: called besides with a batch's number and events; it may be called again with
    the same batch after a crash, so it has to store by `Event.key`. shards, channels and config belong to the
    checkpoint: with other shards, start from a new one. Without `every_s` the query ends when it has caught up.
    Raises DetectorError for a bad configuration.
    """
    from pyspark.sql import functions as f

    Engine.from_config(config, channels, jit=False)
    events.mkdir(parents=True, exist_ok=True)
    files = (
        session.readStream.schema(_READINGS)
        .option("maxFilesPerTrigger", str(files_per_batch))
        .option("pathGlobFilter", "*.parquet")
        .parquet(landing.absolute().as_uri())
    )
    rows = files.select(
        (f.crc32(f.col("channel").cast("binary")) % f.lit(shards)).cast("int").alias("shard"),
        "channel",
        f.unix_micros("time").alias("time"),
        "value",
        "flag",
        f.col("_metadata.file_modification_time").alias("landed"),
        f.col("_metadata.file_name").alias("file"),
        f.col("_metadata.row_index").alias("row"),
    )
    told = rows.groupBy("shard").applyInPandasWithState(
        _work(config, channels, shards), _TOLD, _KEPT, "append", "NoTimeout"
    )

    def keep(frame: DataFrame, number: int) -> None:
        found = sorted(frame.collect(), key=lambda line: (line["shard"], line["place"]))
        _write(events, number, [line["event"] for line in found])
        if sink is not None and found:
            sink(number, [from_plain(json.loads(line["event"])) for line in found])

    writer = told.writeStream.foreachBatch(keep).option("checkpointLocation", checkpoint.absolute().as_uri())
    trigger = (
        writer.trigger(availableNow=True) if every_s is None else writer.trigger(processingTime=f"{every_s} seconds")
    )
    return trigger.start()


def read_events(events: Path) -> list[Event]:
    """All events of a stream's folder, batch by batch."""
    lines = [line for path in sorted(events.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    return [from_plain(json.loads(line)) for line in lines]


def _work(config: Mapping[str, Any], channels: Sequence[Channel], shards: int) -> Any:
    """The function that Spark calls with a shard's new readings and its state."""
    packed = pickle.dumps((dict(config), list(channels)), protocol=pickle.HIGHEST_PROTOCOL)
    digest = zlib.crc32(packed)

    def on_shard(key: tuple[Any, ...], parts: Iterator[pd.DataFrame], state: Any) -> Iterator[pd.DataFrame]:
        import pandas as pd

        shard = int(key[0])
        engine = _engine(digest, packed, shard, shards)
        engine.restore(unpack(bytes(state.get[0])) if state.exists else _blank(engine))
        rows = pd.concat(list(parts)).sort_values(["landed", "file", "row"], kind="stable")
        codes, keys = pd.factorize(rows["channel"])
        batch = Readings.of(codes, rows["time"], rows["value"], rows["flag"].fillna(0))
        told = engine.update(engine.translate(batch, [str(key) for key in keys]))
        state.update((pack(engine.snapshot()),))
        lines = [json.dumps(as_plain(event), ensure_ascii=False) for event in told]
        yield pd.DataFrame(
            {"shard": np.full(len(lines), shard, np.int32), "place": np.arange(len(lines)), "event": lines}
        )

    return on_shard


_BLANK: dict[int, bytes] = {}  # in a worker process: what an engine holds before its first reading


def _engine(digest: int, packed: bytes, shard: int, shards: int) -> Engine:
    """The engine over a shard's channels; a worker process builds it once and puts each batch's state into it."""
    at = (digest, shard)
    if at not in _ENGINES:
        config, channels = pickle.loads(packed)
        engine = Engine.from_config(config, [c for c in channels if shard_of(c.key, shards) == shard])
        _BLANK[id(engine)] = pack(engine.snapshot())
        _ENGINES[at] = engine
    return _ENGINES[at]


def _blank(engine: Engine) -> Any:
    return unpack(_BLANK[id(engine)])


def _write(folder: Path, number: int, lines: Sequence[str]) -> None:
    """A batch's events in one file, there whole or not at all; run again it says the same."""
    if not lines:
        return
    unfinished = folder / f".{number:012d}.{os.getpid()}"
    with unfinished.open("w", encoding="utf-8") as out:
        out.writelines(f"{line}\n" for line in lines)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(folder / f"{number:012d}.jsonl")
