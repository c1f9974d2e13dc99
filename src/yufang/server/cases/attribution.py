"""What a case's narrative tells of causes, event and injury: read on demand, nothing is stored.

Patterns that ship read by themselves; where the home folder holds `attribution/<language>.npz`, written by
`yufang cases attribution-train`, that model reads its language.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from django.http import HttpRequest
from ninja import Router

from yufang.cases.attribution import FACTORS, Attribution, AttributionError
from yufang.cases.attribution.contracts import Factor, Kind, Language
from yufang.server.cases.models import InjuryCase
from yufang.server.config import Config
from yufang.server.errors import Contract, Problem, Refused, not_found

if TYPE_CHECKING:
    from yufang.cases.attribution import Attributor

router = Router(tags=["cases"])


class FactorOut(Contract):
    """One of the five kinds of cause, its probability and the words that spoke for it."""

    factor: Factor
    probability: float
    words: list[str]


class SpanOut(Contract):
    """Characters [start, end) of the narrative, in code points; `why` names patterns or learned features."""

    start: int
    end: int
    text: str
    kind: Kind
    confidence: float
    why: list[str]
    factors: list[FactorOut]


class LinkOut(Contract):
    """Span `source` led to span `target`; `why` is cue, sentence or order."""

    source: int
    target: int
    why: str
    confidence: float


class ToldOut(Contract):
    """How probable it is that the narrative tells of a cause of this kind."""

    factor: Factor
    probability: float


class AttributionOut(Contract):
    language: Language
    calibrated: bool
    model: str
    spans: list[SpanOut]
    links: list[LinkOut]
    factors: list[ToldOut]


@router.get("/cases/{case_id}/attribution", response={200: AttributionOut, 409: Problem})
def case_attribution(request: HttpRequest, case_id: int) -> AttributionOut:
    """Causes of the five kinds and the chain cause → event → injury in one case's narrative."""
    narrative = InjuryCase.objects.filter(id=case_id).values_list("narrative", flat=True).first()
    if narrative is None:
        raise not_found()
    try:
        found = _attributor(*_models(Config().home)).attribute(narrative)
    except AttributionError as error:
        raise Refused(
            409,
            "attribution_model",
            "归因模型不能使用，请用 yufang cases attribution-train 重新训练，或移走该文件。",
            f"{error.message} {error.way_out}",
        ) from error
    return _out(found)


def _models(home: Path) -> tuple[tuple[Path, int], ...]:
    """The deployment's model files and when each was written."""
    files = [home / "attribution" / f"{language}.npz" for language in get_args(Language)]
    return tuple((file, file.stat().st_mtime_ns) for file in files if file.exists())


@functools.lru_cache(maxsize=1)
def _attributor(*models: tuple[Path, int]) -> Attributor:
    from yufang.cases.attribution import Attributor  # numba, only once a narrative is read
    from yufang.cases.attribution.store import load_model

    return Attributor(*(load_model(file) for file, _ in models))


def _out(found: Attribution) -> AttributionOut:
    spans = [
        SpanOut(
            start=span.start,
            end=span.end,
            text=span.text,
            kind=span.kind,
            confidence=span.confidence,
            why=list(span.why),
            factors=[
                FactorOut(factor=one.factor, probability=one.probability, words=list(one.words)) for one in span.factors
            ],
        )
        for span in found.spans
    ]
    links = [
        LinkOut(source=one.source, target=one.target, why=one.why, confidence=one.confidence) for one in found.links
    ]
    return AttributionOut(
        language=found.language,
        calibrated=found.calibrated,
        model=found.model,
        spans=spans,
        links=links,
        factors=[ToldOut(factor=factor, probability=found.factors[factor]) for factor in FACTORS],
    )
