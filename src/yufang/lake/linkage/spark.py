"""Splink over Spark: the same model and the same SQL as over DuckDB, on whatever cluster the session stands on.

Needs the extra `spark`. Splink's own string functions for Spark come in a jar; none is used here, so none is loaded.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from yufang.lake.linkage.contracts import Kind
from yufang.lake.linkage.engines import frequencies, tidy, wanted
from yufang.lake.linkage.model import Model, splink_settings


class SparkLinkage:
    """Scores pairs through a SparkSession, which stays the caller's: it is neither configured nor stopped here."""

    name = "spark"

    def __init__(self, session: Any) -> None:
        self._session = session

    def score(self, features: pl.DataFrame, kind: Kind, model: Model, threshold: float) -> pl.DataFrame:
        from splink import Linker, SparkAPI

        api: Any = SparkAPI(  # type: ignore[no-untyped-call]
            spark_session=self._session, break_lineage_method="persist", register_udfs_automatically=False
        )
        settings = splink_settings(kind, model, features.height)
        records = api.register(self._table(features))
        linker = Linker(records, settings, log_level=None, validate_settings=False)
        for column, table in frequencies(features, kind, model).items():
            linker.table_management.register_term_frequency_lookup(api.register(self._table(table)), column)
        found = linker.inference.predict(threshold_match_probability=threshold, warning_mode="never")
        rows = self._session.table(found.physical_name).select(*wanted(kind)).toArrow()
        frame = pl.from_arrow(rows)
        assert isinstance(frame, pl.DataFrame)
        return tidy(frame, kind)

    def _table(self, frame: pl.DataFrame) -> Any:
        """A frame as Spark's; large strings become plain ones, which is what Spark reads."""
        import pyarrow as pa

        table = frame.to_arrow()
        plain = pa.schema(
            pa.field(
                f.name, pa.string() if pa.types.is_large_string(f.type) or pa.types.is_string_view(f.type) else f.type
            )
            for f in table.schema
        )
        return self._session.createDataFrame(table.cast(plain))
