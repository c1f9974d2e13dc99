"""Many facets at once: narratives in Arrow batches, each read once, coded for every facet.

`code_facets` is for a table in memory, `code_parts` for Parquet files of any size on any engine. Both give the same
answers as each coder by itself, whatever the batch, the number of threads or the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from yufang.cases.calibration import Calibration
from yufang.cases.coder import Coder
from yufang.cases.errors import CoderError
from yufang.cases.model import BLOCK_LENGTHS
from yufang.cases.packed import Packed, same_ngrams
from yufang.cases.second import SecondOpinion
from yufang.cases.text import encode
from yufang.lake.engine import Engine, Parts

STATES = ("auto", "review")  # the code stands without a person; a person decides
_CODE = pa.dictionary(pa.int32(), pa.string())
_STATE = pa.dictionary(pa.int8(), pa.string())


@dataclass(frozen=True, slots=True)
class _Facet:
    """What is needed of a coder beside its packed weights."""

    name: str
    labels: tuple[str, ...]
    threshold: float
    calibration: Calibration
    opinions: tuple[SecondOpinion, ...]


class CodeFacets:
    """Work for `Engine.apply`: batches with narratives in, codes for every facet out.

    A batch has the columns `id_column` and `text_column`. The answer has the id and, for each facet, `<facet>_code`
    (the likeliest code, whether it stands or not), `<facet>_probability` and `<facet>_state` ("auto" or "review"). A
    row without a narrative goes to review. It can be pickled, and called from many threads at once.
    Raises CoderError where a facet comes twice, or a coder isn't trained.
    """

    def __init__(self, coders: Sequence[Coder], *, id_column: str = "case_id", text_column: str = "narrative") -> None:
        names = [coder.facet for coder in coders]
        if not names or len(set(names)) < len(names):
            raise CoderError(
                f"Facets to code must be named, each once; got {', '.join(names) or 'none'}.",
                "Give one trained coder for each facet.",
            )
        self._id, self._text = id_column, text_column
        self._facets = tuple(_Facet(c.facet, c.labels, c.threshold, c.model.calibration, c.opinions) for c in coders)
        # Coders that take the same n-grams read a text together.
        groups: list[list[int]] = []
        for f, coder in enumerate(coders):
            together = (g for g in groups if same_ngrams([coders[g[0]].model, coder.model]))
            if (group := next(together, None)) is None:
                groups.append([f])
            else:
                group.append(f)
        self._packed = [(group, Packed([coders[f].model for f in group], BLOCK_LENGTHS)) for group in groups]
        fields = [pa.field(id_column, pa.string())]
        for name in names:
            fields += [
                pa.field(f"{name}_code", _CODE),
                pa.field(f"{name}_probability", pa.float32()),
                pa.field(f"{name}_state", _STATE),
            ]
        self.schema = pa.schema(fields)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Code one batch; columns as `schema`."""
        for column in (self._id, self._text):
            if column not in batch.schema.names:
                raise CoderError(
                    f"The table has no column {column!r}; it has {', '.join(batch.schema.names)}.",
                    "Name the column that holds it, or map it on import.",
                )
        # The same words come back: each wording is read once.
        wordings = pc.fill_null(batch[self._text].cast(pa.string()), "").dictionary_encode()
        texts: list[str] = wordings.dictionary.to_pylist()
        row = wordings.indices.to_numpy(zero_copy_only=False)
        told = np.fromiter((bool(text.strip()) for text in texts), bool, len(texts))
        columns: list[pa.Array] = [batch[self._id].cast(pa.string())]
        for facet, probability in zip(self._facets, self._probabilities(texts), strict=True):
            best = probability.argmax(axis=1).astype(np.int32)
            sure = np.minimum(probability[np.arange(len(texts)), best], np.float32(1.0))
            stands = (sure.astype(np.float64) >= facet.threshold) & (facet.threshold < 1.0) & told
            columns += [
                pa.DictionaryArray.from_arrays(pa.array(best[row]), pa.array(facet.labels, pa.string())),
                pa.array(sure[row]),
                pa.DictionaryArray.from_arrays(pa.array((~stands[row]).astype(np.int8)), pa.array(STATES)),
            ]
        return pa.record_batch(columns, schema=self.schema)

    def _probabilities(self, texts: Sequence[str]) -> list[np.ndarray]:
        buffer = encode(texts)
        found: dict[int, np.ndarray] = {}
        for group, packed in self._packed:
            for f, margins in zip(group, packed.margins(buffer), strict=True):
                probability = self._facets[f].calibration.probabilities(margins)
                for opinion in self._facets[f].opinions:
                    probability = opinion.revise(texts, probability)
                found[f] = probability
        return [found[f] for f in range(len(self._facets))]


def code_facets(
    coders: Sequence[Coder], frame: pl.DataFrame, *, id_column: str = "case_id", text_column: str = "narrative"
) -> pl.DataFrame:
    """Code every row of `frame` for every facet; columns as `CodeFacets`, rows in order.

    Raises CoderError where a column is missing or a coder isn't trained.
    """
    work = CodeFacets(coders, id_column=id_column, text_column=text_column)
    missing = [column for column in (id_column, text_column) if column not in frame.columns]
    kept = frame.select(column for column in (id_column, text_column) if column not in missing).to_arrow()
    done = [work(batch) for batch in kept.to_batches(max_chunksize=10_000) or [_no_rows(kept.schema)]]
    coded = pl.from_arrow(pa.Table.from_batches(done, work.schema))
    assert isinstance(coded, pl.DataFrame)
    return coded.with_columns(pl.col(pl.Categorical).cast(pl.String))


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema)


def code_parts(
    engine: Engine,
    coders: Sequence[Coder],
    parts: Parts,
    folder: Path,
    *,
    id_column: str = "case_id",
    text_column: str = "narrative",
) -> list[Path]:
    """Code the rows of Parquet `parts` for every facet on `engine`; returns the parts written to `folder`.

    The folder appears whole or not at all. Columns as `CodeFacets`; the order of rows isn't promised.
    """
    work = CodeFacets(coders, id_column=id_column, text_column=text_column)
    return engine.apply(work, parts, [id_column, text_column], folder)
