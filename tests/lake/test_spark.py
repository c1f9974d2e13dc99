"""Spark, on a real standalone master with two workers: the engine's contract, and codes as DuckDB's, cell for cell."""

from __future__ import annotations

import builtins
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from yufang.cases import Coder
from yufang.cases.check import HARD_TEXTS
from yufang.cases.facets import code_parts
from yufang.cases.frames import labelled
from yufang.lake import DuckDBEngine, LakeError, check_engine
from yufang.lake.linkage import DuckDBLinkage, shipped_model
from yufang.lake.linkage.corruption import corrupted, made_employers
from yufang.lake.linkage.linking import check_records, features_of, kind_of
from yufang.lake.linkage.spark import SparkLinkage
from yufang.lake.spark import Cluster, SparkEngine, standalone_cluster
from yufang.sensing.detectors import Engine
from yufang.sensing.detectors.check import example_channels, example_readings
from yufang.sensing.detectors.spark import read_events, start_stream
from yufang.sensing.store import ReadingStore

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch:
        # Jobs of a second never earn back what the second compiler and its collector threads cost.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        with standalone_cluster(2, memory="1g") as running:
            yield running


@pytest.fixture(scope="session")
def engine(cluster: Cluster) -> Iterator[SparkEngine]:
    # A few rows need not be dealt out to eight tasks each time.
    spark = SparkEngine(cluster.master, {"spark.sql.shuffle.partitions": "2"})
    yield spark
    spark.close()


@pytest.mark.slow
def test_spark_keeps_the_contract(engine: SparkEngine, cluster: Cluster, tmp_path: Path) -> None:
    # A second engine shares the session of the first, and leaves it open.
    check_engine(lambda: SparkEngine(cluster.master), tmp_path)
    assert engine.session.sparkContext.master == cluster.master
    assert engine.session.sparkContext.uiWebUrl is None


@pytest.mark.slow
@pytest.mark.data
def test_three_facets_of_real_cases_are_coded_as_by_duckdb(engine: SparkEngine, tmp_path: Path) -> None:
    path = SHARED / "osha_severe_injuries" / "cases.parquet"
    assert path.exists(), f"{path} is missing: this test needs the shared data sets beside the repository"
    frame = pl.read_parquet(path)
    coders = []
    for facet in ("event", "nature", "source"):
        rows = labelled(frame, facet).head(700)
        rows = rows.filter(pl.len().over(facet) >= 12)
        coders.append(Coder(facet, second_readers=()).fit(rows["narrative"].to_list(), rows[facet].to_list()))
    hard = [text for text in HARD_TEXTS if "\ud800" not in text]
    texts = [*frame["narrative"].to_list(), *hard, None, "工人从脚手架上坠落" * 1000]
    cases = pl.DataFrame({"case_id": [f"c{i}" for i in range(len(texts))], "narrative": texts})
    parts = [tmp_path / "1.parquet", tmp_path / "2.parquet"]
    cases.head(1000).write_parquet(parts[0])
    cases[1000:].write_parquet(parts[1])
    coded = []
    for which in (DuckDBEngine(2), engine):
        written = code_parts(which, coders, parts, tmp_path / which.name)
        table = pl.read_parquet(written).with_columns(pl.col(pl.Categorical).cast(pl.String))
        coded.append(table.sort("case_id"))
    assert coded[0].height == len(texts)
    assert coded[0].equals(coded[1], null_equal=True), "probabilities included, cell for cell"
    assert coded[0]["event_state"].n_unique() == 2, "some codes stand and some don't"


@pytest.mark.slow
def test_records_are_linked_as_by_duckdb(engine: SparkEngine) -> None:
    kind = kind_of("employers")
    rows = check_records(corrupted(made_employers(60, 1), 110, 2), kind, "made")
    features, model = features_of(rows, kind), shipped_model(kind)
    distributed = SparkLinkage(engine.session).score(features, kind, model, 0.01)
    assert distributed.height > 20
    assert distributed.equals(DuckDBLinkage().score(features, kind, model, 0.01))


@pytest.mark.slow
def test_detectors_tell_on_spark_what_one_engine_tells_also_after_a_restart(
    engine: SparkEngine, tmp_path: Path
) -> None:
    channels, readings = example_channels(6), example_readings(6, 500)
    config = {"jit": False, "detectors": [{"kind": kind} for kind in ("limits", "cusum", "stuck", "spike")]}
    cuts = [0, 700, 701, 1900, len(readings)]
    parts = [readings.take(slice(a, b)) for a, b in pairwise(cuts)]
    store, keys = ReadingStore(tmp_path), [channel.key for channel in channels]
    alone = Engine.from_config(config, channels)
    wanted = sorted(repr(event) for part in parts for event in alone.update(part))
    for first, last in ((0, 3), (3, 4)):  # a second query goes on from the checkpoint of the first
        for number in range(first, last):
            store.land(f"source-{number:015d}", parts[number], keys)
        folders = (tmp_path / "landing", tmp_path / "events", tmp_path / "checkpoint")
        start_stream(engine.session, *folders, config, channels, shards=2).awaitTermination()
    told = read_events(tmp_path / "events")
    assert sorted(repr(event) for event in told) == wanted
    assert len({event.key for event in told}) == len(told) > 20


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("pyspark"):
            raise ImportError("No module named 'pyspark'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(LakeError, match="extra `spark`") as caught:
        SparkEngine("local[1]")
    assert caught.value.way_out == "install it: pip install 'yufang[spark]'"


def test_missing_java_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(LakeError, match="Java 17"), standalone_cluster(1):
        pass
