"""Coders for tables: train on the coded rows of a frame, code the rest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from yufang.cases.coder import MAX_SUGGESTIONS, Coder, FoldReport
from yufang.cases.contracts import Span
from yufang.cases.errors import CoderError

_SPAN: dict[str, type[pl.DataType]] = {"start": pl.Int64, "end": pl.Int64, "text": pl.String, "weight": pl.Float64}
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "case_id": pl.String,
    "facet": pl.String,
    "code": pl.String,  # the likeliest code, whether it stands or not
    "probability": pl.Float64,
    "state": pl.String,  # auto: stands without a person; review: a person decides
    "suggestions": pl.List(pl.Struct({"code": pl.String, "probability": pl.Float64})),
    "evidence": pl.List(pl.Struct(_SPAN)),
    "model_version": pl.String,
}
CODED = pl.Schema(_COLUMNS)
LEAST_PER_CODE = 2
_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class TrainedCoder:
    """A coder and the column it reads."""

    coder: Coder
    text_column: str

    @property
    def facet(self) -> str:
        """What it codes."""
        return self.coder.facet

    @property
    def report(self) -> FoldReport:
        """What it did on training rows that it had not seen."""
        return self.coder.report

    def explain(self, text: str, code: str | None = None) -> tuple[Span, ...]:
        """The words that speak for `code`, or for the likeliest one."""
        return self.coder.explain(text, code)


def labelled(frame: pl.DataFrame, facet: str, text_column: str = "narrative") -> pl.DataFrame:
    """Rows of `frame` to learn `facet` from: with narrative and code, the code held by at least two such rows."""
    _require(frame, (facet, text_column))
    rows = frame.filter(
        pl.col(facet).cast(pl.String).str.strip_chars().str.len_chars().fill_null(0) > 0,
        pl.col(text_column).cast(pl.String).str.strip_chars().str.len_chars().fill_null(0) > 0,
    )
    return rows.filter(pl.len().over(facet) >= LEAST_PER_CODE)


def train(
    frame: pl.DataFrame,
    facet: str,
    text_column: str = "narrative",
    *,
    wanted_accuracy: float = 0.95,
    seed: int = 0,
) -> TrainedCoder:
    """Train a coder for `facet` on the rows of `frame` that carry a code in the column of that name.

    Raises CoderError where coded rows are too few; narratives without a code sharpen which n-grams are rare.
    """
    rows = labelled(frame, facet, text_column)
    rest = frame.filter(pl.col(facet).is_null(), pl.col(text_column).is_not_null())
    coder = Coder(facet, wanted_accuracy=wanted_accuracy).fit(
        rows[text_column].cast(pl.String).to_list(),
        rows[facet].cast(pl.String).str.strip_chars().to_list(),
        extra=rest[text_column].cast(pl.String).to_list(),
        seed=seed,
    )
    return TrainedCoder(coder, text_column)


def code_frame(model: TrainedCoder, frame: pl.DataFrame, *, evidence: Iterable[str] | None = ()) -> pl.DataFrame:
    """Code every row of `frame` (columns case_id and the model's text column); columns as `CODED`, rows in order.

    evidence: case_ids whose deciding words are worked out now, None for all of them; others get an empty list, and
    `model.explain(text)` when someone opens the case. A row without a narrative goes to review.
    """
    _require(frame, ("case_id", model.text_column))
    chosen = None if evidence is None else set(evidence)
    parts = [_code_batch(model, frame[i : i + _BATCH], chosen) for i in range(0, frame.height, _BATCH)]
    return pl.concat(parts) if parts else pl.DataFrame(schema=CODED)


def _code_batch(model: TrainedCoder, frame: pl.DataFrame, chosen: set[str] | None) -> pl.DataFrame:
    coder = model.coder
    texts = frame[model.text_column].cast(pl.String).fill_null("").to_list()
    ids = frame["case_id"].cast(pl.String).to_list()
    probability = coder.predict_proba(texts)
    shown = min(MAX_SUGGESTIONS, probability.shape[1])
    best = np.argpartition(-probability, shown - 1, axis=1)[:, :shown]
    order = np.argsort(-np.take_along_axis(probability, best, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    sure = np.take_along_axis(probability, best, axis=1).astype(np.float64)
    names = np.array(coder.labels, dtype=object)[best]
    told = np.fromiter((bool(text.strip()) for text in texts), bool, len(texts))
    auto = (sure[:, 0] >= coder.threshold) & (coder.threshold < 1.0) & told
    pairs = pl.DataFrame(
        {"code": names.ravel().tolist(), "probability": sure.ravel()}, schema_overrides={"code": pl.String}
    )
    suggestions = pairs.to_struct("s").reshape((len(texts), shown)).arr.to_list()
    wanted = [i for i, case_id in enumerate(ids) if told[i] and (chosen is None or case_id in chosen)]
    spans = {i: coder.explain(texts[i], names[i, 0]) for i in wanted}
    return pl.DataFrame(
        {
            "case_id": ids,
            "facet": [coder.facet] * len(ids),
            "code": names[:, 0].tolist(),
            "probability": sure[:, 0],
            "state": np.where(auto, "auto", "review").tolist(),
            "suggestions": suggestions,
            "evidence": _span_lists(spans, len(ids)),
            "model_version": [coder.version] * len(ids),
        },
        schema=CODED,
    )


def _span_lists(spans: dict[int, tuple[Span, ...]], rows: int) -> pl.Series:
    """A list of spans for each of `rows` rows, empty where `spans` has none."""
    flat = [(i, span) for i, found in spans.items() for span in found]
    if not flat:
        # Nested lists of dictionaries are slow to take in, a hundred thousand empty ones slower than the coding.
        return pl.Series([[]], dtype=CODED["evidence"]).new_from_index(0, rows)
    told = pl.DataFrame(
        {
            "row": [i for i, _ in flat],
            "start": [span.start for _, span in flat],
            "end": [span.end for _, span in flat],
            "text": [span.text for _, span in flat],
            "weight": [span.weight for _, span in flat],
        }
    )
    lists = told.group_by("row", maintain_order=True).agg(pl.struct(*_SPAN).alias("spans"))
    every = pl.DataFrame({"row": range(rows)}, schema={"row": pl.Int64}).join(lists, on="row", how="left")
    return every.sort("row")["spans"].fill_null([]).cast(CODED["evidence"])


def _require(frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    for column in columns:
        if column not in frame.columns:
            raise CoderError(
                f"The table has no column {column!r}; it has {', '.join(frame.columns)}.",
                "Name the column that holds it, or map it on import.",
            )
