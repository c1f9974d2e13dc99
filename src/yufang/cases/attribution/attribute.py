"""`Attributor`: narratives in, causes and chains out."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from yufang.cases.attribution.chain import link
from yufang.cases.attribution.contracts import FACTORS, Attribution, Factor, Language, TypedSpan
from yufang.cases.attribution.factors import classify
from yufang.cases.attribution.marked import Marked
from yufang.cases.attribution.patterns import language_of
from yufang.cases.attribution.prior import kind_of
from yufang.cases.attribution.sequence import Found, SequenceModel, pattern_model, train_sequence
from yufang.cases.attribution.votes import Read

_BATCH = 256


class Attributor:
    """Reads narratives of all three languages: by a trained model where one is given for the language, else by the
    patterns that ship. Holds no state of what it read."""

    def __init__(self, *models: SequenceModel) -> None:
        self.models: dict[Language, SequenceModel] = {model.language: model for model in models}

    @classmethod
    def train(cls, rows: Sequence[Marked], language: Language | None = None, seed: int = 0) -> Attributor:
        """An attributor that learned from marked narratives of one language (the commonest, unless named)."""
        found = [language_of(row.text) for row in rows]
        commonest: Language = max(found, key=found.count) if found else "zh"
        return cls(train_sequence(rows, language or commonest, seed))

    def attribute(self, text: str, language: Language | None = None) -> Attribution:
        """One narrative read; characters are counted in `text` as given. A text without content has no spans."""
        return self.attribute_many([text], language)[0]

    def attribute_many(self, texts: Sequence[str], language: Language | None = None) -> list[Attribution]:
        """Many narratives read, each in its own language unless `language` is given."""
        out: list[Attribution | None] = [None] * len(texts)
        places: dict[Language, list[int]] = {}
        for place, text in enumerate(texts):
            places.setdefault(language or language_of(text), []).append(place)
        for tongue, mine in places.items():
            model = self.model(tongue)
            for begin in range(0, len(mine), _BATCH):
                batch = mine[begin : begin + _BATCH]
                reads = [model.read(texts[place]) for place in batch]
                for place, one, found in zip(batch, reads, model.infer(reads), strict=True):
                    out[place] = _attribution(model, one, found)
        return [one for one in out if one is not None]

    def model(self, language: Language) -> SequenceModel:
        """The model that reads `language`."""
        return self.models[language] if language in self.models else _shipped(language)


@functools.cache
def _shipped(language: Language) -> SequenceModel:
    return pattern_model(language)


def _attribution(model: SequenceModel, one: Read, found: list[Found]) -> Attribution:
    spans = tuple(_span(model, one, span) for span in found)
    return Attribution(
        language=model.language,
        spans=spans,
        links=link(spans, one),
        factors=_told(spans),
        calibrated=model.marked > 0,
        model=model.version,
    )


def _span(model: SequenceModel, one: Read, found: Found) -> TypedSpan:
    start, end = one.pieces.starts[found.first], one.pieces.ends[found.last - 1]
    text = one.pieces.text[start:end]
    tag = model.tags[found.tag]
    kind = kind_of(tag)
    assert kind is not None  # training and patterns take no other tags
    return TypedSpan(
        start=start,
        end=end,
        text=text,
        kind=kind,
        tag=tag,
        confidence=model.confidence.of(found),
        why=model.reasons(one, found),
        factors=classify(text, model.language) if kind == "cause" else (),
    )


def _told(spans: tuple[TypedSpan, ...]) -> dict[Factor, float]:
    """The probability that each kind of cause is told at all, spans taken as independent."""
    silent = dict.fromkeys(FACTORS, 1.0)
    for span in spans:
        for guess in span.factors:
            silent[guess.factor] *= 1.0 - span.confidence * guess.probability
    return {factor: float(np.clip(1.0 - rest, 0.0, 1.0)) for factor, rest in silent.items()}
