"""A table coded by a coder and all that belongs to it: plan, level thresholds, scope, cold start."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yufang.cases.card import Card, ColdStartPart
from yufang.cases.coder import Coder, accepted
from yufang.cases.coldstart import LabelModel, blend, load_functions, vote
from yufang.cases.errors import CoderError
from yufang.cases.hierarchy import Tree, answer
from yufang.cases.scopes import Scope
from yufang.standards import code_list


def code_rows(frame: pl.DataFrame, column: str, coder: Coder, card: Card | None, own: Coder | None) -> pl.DataFrame:
    """One row a narrative: code, probability, state (`auto`, `review`), model_version; with levels answer and
    answer_depth.

    A name that the frame already has gets `coded_` before it.

    own: the scope's coder where the card has a scope. A row without a narrative goes to review. CoderError where card
    and coders don't belong together.
    """
    texts = frame[column].cast(pl.String).fill_null("").to_list()
    told = np.array([bool(text.strip()) for text in texts], dtype=bool)
    labels = coder.labels
    p = coder.predict_proba(texts).astype(np.float64)
    bars = np.full(len(texts), coder.threshold)
    held: tuple[str, ...] = ()
    if card is not None and card.plan is not None:
        bars[:], held = card.plan.threshold, card.plan.held
    if card is not None and card.scope is not None:
        p, bars = _scoped(frame, texts, coder, own, card, p, bars)
    if card is not None and card.cold_start is not None:
        labels, p = _cold(card.facet, card.cold_start, coder, texts)
        bars[:] = 1.0  # nobody has checked what the functions say
    best, sure = p.argmax(axis=1), p.max(axis=1)
    codes = [labels[c] for c in best]
    auto = [
        bool(ok) and code not in held and accepted(float(s), float(bar))
        for ok, code, s, bar in zip(told, codes, sure, bars, strict=True)
    ]
    coded: dict[str, pl.Series] = {
        "code": pl.Series(codes, dtype=pl.String),
        "probability": pl.Series(np.minimum(sure, 1.0), dtype=pl.Float64),
        "state": pl.Series(["auto" if one else "review" for one in auto], dtype=pl.String),
        "model_version": pl.Series([coder.version] * len(texts), dtype=pl.String),
    }
    if card is not None and card.levels is not None:
        tree = Tree.of_list(code_list(card.levels.code_list))
        answers = answer(p, labels, tree, card.levels.thresholds) if texts else []
        coded["answer"] = pl.Series(
            [one.code if ok else None for one, ok in zip(answers, told, strict=True)], dtype=pl.String
        )
        coded["answer_depth"] = pl.Series(
            [one.depth if ok else 0 for one, ok in zip(answers, told, strict=True)], dtype=pl.Int64
        )
    # What a person brought keeps its name; ours makes way.
    return pl.DataFrame({f"coded_{name}" if name in frame.columns else name: one for name, one in coded.items()})


def _scoped(
    frame: pl.DataFrame,
    texts: list[str],
    coder: Coder,
    own: Coder | None,
    card: Card,
    p: NDArray[np.float64],
    bars: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probabilities and thresholds with the scope's rows blended."""
    part = card.scope
    assert part is not None
    if own is None or own.version != part.version:
        raise CoderError(
            f"The card names the scope coder {part.version}, but {'none' if own is None else own.version} is there.",
            "Keep the coder's files together, or train again.",
        )
    inside = np.flatnonzero(Scope(column=part.column, value=part.value).holds(frame[part.column].to_list()))
    if len(inside):
        scoped = np.zeros((len(inside), len(coder.labels)))
        place = [coder.labels.index(label) for label in own.labels]
        scoped[:, place] = own.predict_proba([texts[i] for i in inside.tolist()])
        p[inside] = (1 - part.weight) * p[inside] + part.weight * scoped
        bars[inside] = part.threshold
    return p, bars


def _cold(
    facet: str, part: ColdStartPart, coder: Coder, texts: list[str]
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    functions = load_functions(facet, part.code_list, Path(part.functions) if part.functions else None)
    votes = vote(functions, [])
    if votes.names != part.columns:
        raise CoderError(
            "The labelling functions changed since the coder was trained.", "Run `yufang cases coldstart` again."
        )
    model = LabelModel(functions.codes, votes.names, votes.says, np.array(part.prior), np.array(part.accuracy))
    return functions.codes, blend(coder, model, functions, texts)
