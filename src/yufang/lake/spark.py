"""Apache Spark behind the `Engine` port, and a small standalone cluster on this machine (extra `spark`, Java 17).

The same Narwhals expressions, the same SQL and the same batch work run here and on DuckDB. A cluster's machines must
see the lake's files under the same paths, and have this version of yufang installed.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw
import polars as pl
import pyarrow as pa

from yufang.lake.engine import BatchWork, Parts, finished_folder, write_whole
from yufang.lake.errors import LakeError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_START_SECONDS = 180.0
_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "8",
    # "name" is a column, not a text, as everywhere else in SQL.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    # Days before 1582 are as they stand in the file.
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
    # A narrative of a million characters in each row of a batch still fits.
    "spark.driver.maxResultSize": "0",
    # Executors start Python where the driver's stands.
    "spark.executorEnv.OMP_NUM_THREADS": "1",
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
}
_ON_LOOPBACK = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
_WORK: dict[str, BatchWork] = {}  # in a worker process: the work it unpacked, by its digest


def _require_spark() -> None:
    """Raise LakeError where pyspark or Java is missing."""
    try:
        import pyspark.sql  # noqa: F401
    except ImportError as error:
        raise LakeError("no_spark", reason=error) from error
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and (Path(home) / "bin" / "java").exists())):
        raise LakeError("no_java")


class SparkEngine:
    """Spark behind the `Engine` port.

    master: a master's address (`spark://host:port`, `local[2]`). settings: Spark's own, over the defaults. A process
    holds one Spark session; engines share it, and the one that opened it closes it.
    Raises LakeError where the extra `spark` or Java is missing, or no session can be had from the master.
    """

    name = "spark"

    def __init__(self, master: str = "local[2]", settings: Mapping[str, str] | None = None) -> None:
        _require_spark()
        from pyspark.sql import SparkSession

        self._shares = SparkSession.getActiveSession() is not None
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master(master).appName("yufang")
        here = _ON_LOOPBACK if master.startswith("local") or "//127.0.0.1" in master else {}
        for key, value in {**_SETTINGS, **here, **(settings or {})}.items():
            builder = builder.config(key, value)
        try:
            self._session: SparkSession = builder.getOrCreate()
        except Exception as error:  # Py4J wraps whatever the JVM says
            raise LakeError("no_master", master=master, reason=str(error).splitlines()[0]) from error
        self._session.sparkContext.setLogLevel("ERROR")

    @property
    def session(self) -> SparkSession:
        """The Spark session, for what the port doesn't offer."""
        return self._session

    def write(self, frame: pl.DataFrame, path: Path) -> None:
        write_whole(frame, path)

    def scan(self, parts: Parts, schema: pl.Schema) -> nw.LazyFrame[Any]:
        return nw.from_native(self._frame(parts, schema))

    def collect(self, frame: nw.LazyFrame[Any]) -> pl.DataFrame:
        native: DataFrame = frame.to_native()
        return _polars(native)

    def count(self, parts: Parts) -> int:
        return self._session.read.parquet(*_paths(parts)).count() if parts else 0

    def sql(self, query: str, tables: Mapping[str, tuple[Parts, pl.Schema]]) -> pl.DataFrame:
        try:
            for name, (parts, schema) in tables.items():
                self._frame(parts, schema).createOrReplaceTempView(name)
            return _polars(self._session.sql(query))
        finally:
            for name in tables:
                self._session.catalog.dropTempView(name)

    def apply(self, work: BatchWork, parts: Parts, columns: Sequence[str], folder: Path) -> list[Path]:
        packed = pickle.dumps(work, protocol=pickle.HIGHEST_PROTOCOL)
        digest = hashlib.sha256(packed).hexdigest()
        broadcast = self._session.sparkContext.broadcast(packed)
        plain = _plain(work.schema)

        def on_worker(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            # Loaded once a worker process: Spark hands it many partitions, one after the other.
            ready = _unpacked(digest, broadcast)
            for batch in batches:
                yield ready(batch).cast(plain)

        from pyspark.sql.pandas.types import from_arrow_schema

        with finished_folder(folder) as unfinished:
            if parts:
                rows = self._session.read.parquet(*_paths(parts)).select(*columns)
                coded = rows.mapInArrow(on_worker, from_arrow_schema(plain))
                coded.write.option("compression", "zstd").parquet(unfinished.absolute().as_uri())
        broadcast.destroy()
        return sorted(folder.glob("*.parquet"))

    def close(self) -> None:
        if not self._shares:
            self._session.stop()

    def _frame(self, parts: Parts, schema: pl.Schema) -> DataFrame:
        from pyspark.sql.pandas.types import from_arrow_schema

        plain = from_arrow_schema(_plain(pl.DataFrame(schema=schema).to_arrow().schema))
        if not parts:
            return self._session.createDataFrame([], plain)
        return self._session.read.schema(plain).parquet(*_paths(parts)).select(*schema)


def _unpacked(digest: str, broadcast: Any) -> BatchWork:
    """The work of a broadcast; a worker process keeps the last one it unpacked."""
    if digest not in _WORK:
        _WORK.clear()
        _WORK[digest] = pickle.loads(broadcast.value)
    return _WORK[digest]


def _paths(parts: Parts) -> list[str]:
    return [path.absolute().as_uri() for path in parts]


def _plain(schema: pa.Schema) -> pa.Schema:
    """A schema in the types that Spark knows: no 64-bit offsets, no views, no dictionaries."""
    return pa.schema([(field.name, _plain_type(field.type)) for field in schema])


def _plain_type(dtype: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(dtype):
        return _plain_type(dtype.value_type)
    if pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype):
        return pa.string()
    if pa.types.is_list(dtype) or pa.types.is_large_list(dtype):
        return pa.list_(_plain_type(dtype.value_type))
    return dtype


def _polars(frame: DataFrame) -> pl.DataFrame:
    found = pl.from_arrow(frame.toArrow())
    assert isinstance(found, pl.DataFrame)
    return found


@dataclass(frozen=True, slots=True)
class Cluster:
    """A standalone master on this machine: its address, and how many workers it has."""

    master: str
    workers: int


@contextmanager
def standalone_cluster(workers: int = 2, *, cores: int = 1, memory: str = "2g") -> Iterator[Cluster]:
    """A real Spark master and `workers` worker processes on the loopback address, on free ports; ended on leaving.

    cores and memory are what each worker offers. Raises LakeError where the extra `spark` or Java is missing, or the
    processes don't come up within three minutes.
    """
    _require_spark()
    logs = Path(tempfile.mkdtemp(prefix="yufang-spark-"))
    processes: list[subprocess.Popen[bytes]] = []
    at_home = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
    try:
        processes.append(_start(logs / "master.log", "master.Master", *at_home))
        master = _wait_for(processes[0], logs / "master.log", r"Starting Spark master at (spark://[\d.]+:\d+)")
        for number in range(workers):
            own = ("--cores", str(cores), "--memory", memory, "--work-dir", str(logs / f"work-{number}"))
            processes.append(_start(logs / f"worker-{number}.log", "worker.Worker", *at_home, *own, master))
        for number, process in enumerate(processes[1:]):
            _wait_for(process, logs / f"worker-{number}.log", r"Successfully registered with (master)")
        yield Cluster(master, workers)
    finally:
        for process in reversed(processes):
            _stop(process)
        shutil.rmtree(logs, ignore_errors=True)


def _start(log: Path, role: str, *arguments: str) -> subprocess.Popen[bytes]:
    import pyspark

    home = Path(pyspark.__file__).parent
    surroundings = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "PYSPARK_PYTHON": sys.executable,
    }
    command = ["bash", str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", *arguments]
    with log.open("wb") as file:
        # A group of its own, so that executors end with their worker.
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=surroundings, start_new_session=True
        )


def _wait_for(process: subprocess.Popen[bytes], log: Path, pattern: str) -> str:
    """The first group of `pattern` as soon as it stands in the log."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(pattern, log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no output"]
    raise LakeError("no_cluster", reason=last[0])


def _stop(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(timeout=10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        if how == signal.SIGTERM:
            return
