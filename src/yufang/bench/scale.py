"""`yufang bench scale`: 10⁵, 10⁶ and 3.3·10⁶ made-up cases coded for three facets, Parquet in and Parquet out.

The cases are made from real narratives as docs/scale.md tells; the coders learn from real coded rows.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numba import njit
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from yufang.cases.coder import Coder
from yufang.cases.facets import code_parts
from yufang.cases.frames import labelled
from yufang.cases.store import load_coder, save_coder
from yufang.lake.engine import DuckDBEngine, Engine

SIZES = (100_000, 1_000_000, 3_300_000)
SPARK_SIZES = (100_000,)
PART_ROWS = 100_000
THREADS = 2
SLICE_ROWS = 2_000  # of which the peer's time is taken
# facet → folder and file of its coded rows. The narratives' statistics are those of the first.
FACETS = {
    "body_part": ("msha_narratives", "cases.parquet"),
    "event": ("osha_severe_injuries", "cases.parquet"),
    "nature": ("osha_severe_injuries", "cases.parquet"),
}


def run(
    train: Path, test: Path | None = None, *, rows: int | None = None, engine: str = "duckdb", seed: int = 0
) -> dict[str, Any]:
    """Seconds, cases a second and peak memory for each size, and the ratio to the scikit-learn peer.

    train: the folder that holds the data sets' folders. test: not used; the cases are made. rows: one size in place of
    the usual ones. engine: "duckdb" (two threads) or "spark" (a standalone master and two workers).
    Raises FileNotFoundError for missing data and ValueError for an unknown engine.
    """
    del test
    if engine not in ("duckdb", "spark"):
        raise ValueError(f"engine {engine!r} is unknown; choose duckdb or spark")
    sizes = (rows,) if rows else SIZES if engine == "duckdb" else SPARK_SIZES
    frames = {facet: _rows(train, facet) for facet in FACETS}
    with tempfile.TemporaryDirectory(prefix="yufang-scale-") as name:
        folder = Path(name)
        parts = make_cases(frames["body_part"]["narrative"].to_list(), max(sizes), folder / "cases", seed=seed)
        models = []
        for facet, frame in frames.items():
            # The wide job reads every case once and quickly: nobody else is asked about what stays open.
            coder = Coder(facet, second_readers=())
            coder.fit(frame["narrative"].to_list(), frame[facet].to_list(), seed=seed)
            models.append(folder / f"{facet}.npz")
            save_coder(coder, models[-1])
        result: dict[str, Any] = {"engine": engine, "facets": len(FACETS), **_lengths(frames["body_part"], parts[0])}
        with _master(engine) as master:
            for size in sizes:
                result[str(size)] = _measured(_taken(parts, size, folder), models, folder / "coded", master)
        peer = _peer_seconds(frames, pl.read_parquet(parts[0])["narrative"].head(SLICE_ROWS).to_list())
        for size in sizes:
            own = result[str(size)]
            own["ratio_to_sklearn"] = peer / (own["processor_seconds"] / size) if own["processor_seconds"] else None
        result["peers"] = {"sklearn": {"processor_us_per_case": peer * 1e6}}
    return result


def _rows(train: Path, facet: str) -> pl.DataFrame:
    path = train / Path(*FACETS[facet])
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: `bench scale` learns {facet} from it")
    frame = pl.read_parquet(path)
    if "year" in frame.columns:
        frame = frame.filter(pl.col("year") < pl.col("year").max())  # as `bench coding` learns
    return labelled(frame.with_columns(pl.col(facet).str.strip_chars()), facet)


def make_cases(texts: Sequence[str], rows: int, folder: Path, *, seed: int = 0, spaced: bool = True) -> list[Path]:
    """Write `rows` made-up cases (case_id, narrative) in parts of 100,000, and return the parts.

    Each is a walk through the words (or, not `spaced`, characters) of real texts: after two of them comes what comes
    after the same two somewhere in the real texts, until the text is as long as one drawn from the real ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chain = _Chain(texts, spaced)
    parts = []
    for number, first in enumerate(range(0, rows, PART_ROWS)):
        size = min(PART_ROWS, rows - first)
        ids = pa.array([f"M{i:08d}" for i in range(first, first + size)])
        parts.append(folder / f"part-{number:05d}.parquet")
        table = pa.table({"case_id": ids, "narrative": chain.texts(size, seed * 100_003 + number)})
        pq.write_table(table, parts[-1], compression="zstd", compression_level=1)
    return parts


class _Chain:
    """Real texts as one row of tokens, and for each place the other places that follow the same two tokens."""

    def __init__(self, texts: Sequence[str], spaced: bool) -> None:
        split: Callable[[str], list[str]] = str.split if spaced else list
        told = [tokens for text in texts if (tokens := split(text))]
        words: dict[str, int] = {}
        ids = [words.setdefault(token, len(words)) for tokens in told for token in tokens]
        self._ids = np.array(ids, np.int64)
        self._lengths = np.array([len(tokens) for tokens in told], np.int64)
        ends = np.cumsum(self._lengths)
        self._begins = ends - self._lengths
        before = np.roll(self._ids, 1)
        before[self._begins] = -1
        pair = (before + 1) * (len(words) + 1) + self._ids
        self._order = np.argsort(pair, kind="stable")
        _, group, size = np.unique(pair, return_inverse=True, return_counts=True)
        self._first, self._size, self._group = np.cumsum(size) - size, size, group
        self._last = np.zeros(len(ids), bool)
        self._last[ends - 1] = True
        spoken = [word.encode() + (b" " if spaced else b"") for word in words]
        self._bytes = np.frombuffer(b"".join(spoken), np.uint8)
        self._at = np.concatenate([[0], np.cumsum([len(word) for word in spoken])])
        self._space = int(spaced)

    def texts(self, rows: int, seed: int) -> pa.Array:
        """Made-up texts as an Arrow array of strings."""
        offsets, data = _walk(
            rows,
            seed,
            self._ids,
            self._begins,
            self._lengths,
            self._order,
            self._first,
            self._size,
            self._group,
            self._last,
            self._bytes,
            self._at,
            self._space,
        )
        return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))


@njit(cache=True, nogil=True)
def _walk(rows, seed, ids, begins, lengths, order, first, size, group, last, spoken, at, space):  # type: ignore[no-untyped-def]
    np.random.seed(seed)
    offsets = np.zeros(rows + 1, np.int32)
    data = np.empty(1 << 20, np.uint8)
    used = 0
    for row in range(rows):
        wanted = lengths[np.random.randint(lengths.shape[0])]
        place = begins[np.random.randint(begins.shape[0])]
        for _token in range(wanted):
            word = ids[place]
            size_of = at[word + 1] - at[word]
            if used + size_of > data.shape[0]:
                data = np.concatenate((data, np.empty_like(data)))
            data[used : used + size_of] = spoken[at[word] : at[word + 1]]
            used += size_of
            alike = order[first[group[place]] + np.random.randint(size[group[place]])]
            place = begins[np.random.randint(begins.shape[0])] if last[alike] else alike + 1
        used -= space
        offsets[row + 1] = used
    return offsets, data[:used].copy()


def _lengths(real: pl.DataFrame, part: Path) -> dict[str, float]:
    made = pl.read_parquet(part)["narrative"]
    known = set(real["narrative"].to_list())
    return {
        "mean_characters": float(made.str.len_chars().mean() or 0),  # type: ignore[arg-type]
        "mean_characters_real": float(real["narrative"].str.len_chars().mean() or 0),  # type: ignore[arg-type]
        "share_copied": sum(text in known for text in made) / len(made),
    }


def _taken(parts: Sequence[Path], size: int, folder: Path) -> list[Path]:
    """The first `size` rows of the parts."""
    whole, rest = divmod(size, PART_ROWS)
    taken = list(parts[:whole])
    if rest and len(parts) > whole:
        taken.append(folder / f"first-{size}.parquet")
        pl.read_parquet(parts[whole]).head(rest).write_parquet(taken[-1])
    return taken


@contextmanager
def _master(engine: str) -> Iterator[str | None]:
    """The address of a Spark master with two workers, or None for DuckDB."""
    if engine == "duckdb":
        yield None
        return
    from yufang.lake.spark import standalone_cluster

    with standalone_cluster(THREADS) as cluster:
        yield cluster.master


def _measured(parts: Sequence[Path], models: Sequence[Path], out: Path, master: str | None) -> dict[str, Any]:
    """Code the parts in a process of its own, so that its memory is the job's and nothing else's."""
    context = multiprocessing.get_context("spawn")
    told: Any = context.Queue()
    process = context.Process(target=_code, args=(list(parts), list(models), out, master, told))
    process.start()
    stop = threading.Event()
    peak = [0]
    watch = threading.Thread(target=_watch, args=(os.getpid() if master else process.pid, stop, peak))
    watch.start()
    try:
        while process.is_alive() and told.empty():
            process.join(0.2)
        if process.exitcode:
            raise ValueError(f"coding ended with exit status {process.exitcode}; its message stands above")
        found: dict[str, Any] = told.get()
        process.join()
    finally:
        stop.set()
        watch.join()
    rows = sum(pq.read_metadata(part).num_rows for part in out.glob("*.parquet"))
    wanted = sum(pq.read_metadata(part).num_rows for part in parts)
    if rows != wanted:
        raise ValueError(f"{wanted} cases went in and {rows} came out")
    return {"cases_per_second": rows / found["seconds"], **found, "peak_memory_gb": peak[0] / 2**30}


def _code(parts: list[Path], models: list[Path], out: Path, master: str | None, told: Any) -> None:
    engine: Engine
    if master is None:
        engine = DuckDBEngine(threads=THREADS)
    else:
        from yufang.lake.spark import SparkEngine

        engine = SparkEngine(master)
    # The kernels are compiled once on a machine; that time is no part of the job.
    coders = [load_coder(model) for model in models]
    few = out.with_name("few.parquet")
    pl.read_parquet(parts[0]).head(200).write_parquet(few)
    code_parts(engine, coders, [few], out)
    begin, spent = time.perf_counter(), time.process_time()
    code_parts(engine, [load_coder(model) for model in models], parts, out)
    seconds, processor = time.perf_counter() - begin, time.process_time() - spent
    engine.close()
    # Spark's work is done in other processes, whose time this one doesn't see.
    told.put({"seconds": seconds, "processor_seconds": processor if master is None else None})


def _watch(root: int, stop: threading.Event, peak: list[int]) -> None:
    """Highest sum of the resident memory of a process and all that it started, looked at four times a second."""
    page = os.sysconf("SC_PAGE_SIZE")
    while not stop.wait(0.25):
        parent, resident = {}, {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    status = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                    parent[int(entry.name)] = int(status[1])
                    resident[int(entry.name)] = int(status[21]) * page
                except OSError:
                    continue
        family = {root}
        for _generation in range(8):
            family |= {pid for pid, of in parent.items() if of in family}
        peak[0] = max(peak[0], sum(resident.get(pid, 0) for pid in family))


def _peer_seconds(frames: dict[str, pl.DataFrame], texts: Sequence[str]) -> float:
    """Processor seconds a case of TF-IDF and a linear SVM, word and character n-grams, for all facets; one core."""
    total = 0.0
    for facet, frame in frames.items():
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2)
        machine = LinearSVC(C=0.3, tol=0.1)
        known = frame["narrative"].to_list()
        machine.fit(hstack([words.fit_transform(known), characters.fit_transform(known)]), frame[facet].to_list())
        begin = time.process_time()
        machine.predict(hstack([words.transform(texts), characters.transform(texts)], format="csr"))
        total += time.process_time() - begin
    return total / len(texts)
