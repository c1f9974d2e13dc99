"""The chain cause → event → injury of one narrative: which span led to which."""

from __future__ import annotations

import bisect
from typing import Literal

from yufang.cases.attribution.contracts import Link, TypedSpan
from yufang.cases.attribution.votes import Read

_EFFECTS = {"cause": ("event", "injury", "damage"), "event": ("injury", "damage")}


def link(spans: tuple[TypedSpan, ...], one: Read) -> tuple[Link, ...]:
    """One step from each cause, and from each event that hurt: to the effect that a cue word joins it to, else to one
    of the same sentence, else to the nearest behind it (a narrative tells what happened before what came of it; a
    report's causes stand behind their event, so failing that the nearest before it).

    A cause leads to events where there are any, else straight to injury or damage.
    """
    events = any(span.kind == "event" for span in spans)
    out = []
    for source, span in enumerate(spans):
        wanted = _EFFECTS.get(span.kind, ())
        if span.kind == "cause":
            wanted = ("event",) if events else ("injury", "damage")
        for kind in wanted if span.kind == "event" else (wanted,):
            kinds = (kind,) if isinstance(kind, str) else kind
            target = _target(source, spans, kinds, one)
            if target is not None:
                place, why = target
                sure = min(span.confidence, spans[place].confidence)
                out.append(Link(source=source, target=place, why=why, confidence=sure))
    return tuple(_one_source_each(out, spans))


def _target(
    source: int, spans: tuple[TypedSpan, ...], kinds: tuple[str, ...], one: Read
) -> tuple[int, Literal["cue", "sentence", "order"]] | None:
    effects = [place for place, span in enumerate(spans) if span.kind in kinds]
    behind = [place for place in effects if place > source]
    ahead = [place for place in effects if place < source]
    here = _sentence(spans[source].start, one)
    if behind and _sentence(spans[behind[0]].start, one) == here:
        low, high = spans[source].end, spans[behind[0]].end
        return behind[0], "cue" if any(low <= start and end <= high for start, end in one.led) else "sentence"
    if ahead and _sentence(spans[ahead[-1]].start, one) == here:
        low, high = spans[ahead[-1]].end, spans[source].end
        return ahead[-1], "cue" if any(low <= start and end <= high for start, end in one.because) else "sentence"
    if behind:
        return behind[0], "order"
    if ahead and spans[source].kind == "cause":
        return ahead[-1], "order"
    return None


def _sentence(at: int, one: Read) -> int:
    return bisect.bisect_right(one.pieces.sentence_at, at)


def _one_source_each(links: list[Link], spans: tuple[TypedSpan, ...]) -> list[Link]:
    """Of several events said to lead to one injury by order alone, the nearest stays."""
    kept = []
    for one in links:
        rivals = [
            other
            for other in links
            if other.target == one.target and spans[other.source].kind == spans[one.source].kind == "event"
        ]
        if len(rivals) > 1 and one.why == "order":
            best = max(rivals, key=lambda other: (other.why != "order", other.source))
            if best is not one:
                continue
        kept.append(one)
    return kept
