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
    behind = next((place for place in range(source + 1, len(spans)) if spans[place].kind in kinds), None)
    ahead = next((place for place in range(source - 1, -1, -1) if spans[place].kind in kinds), None)
    here = _sentence(spans[source].start, one)
    if behind is not None and _sentence(spans[behind].start, one) == here:
        low, high = spans[source].end, spans[behind].end
        return behind, "cue" if _within(one.led, low, high) else "sentence"
    if ahead is not None and _sentence(spans[ahead].start, one) == here:
        low, high = spans[ahead].end, spans[source].end
        return ahead, "cue" if _within(one.because, low, high) else "sentence"
    if behind is not None:
        return behind, "order"
    if ahead is not None and spans[source].kind == "cause":
        return ahead, "order"
    return None


def _within(cues: list[tuple[int, int]], low: int, high: int) -> bool:
    """Whether a cue stands within characters [low, high)."""
    at = bisect.bisect_left(cues, (low, 0))
    return at < len(cues) and cues[at][1] <= high


def _sentence(at: int, one: Read) -> int:
    return bisect.bisect_right(one.pieces.sentence_at, at)


def _one_source_each(links: list[Link], spans: tuple[TypedSpan, ...]) -> list[Link]:
    """Of several events said to lead to one injury by order alone, the nearest stays."""
    nearest: dict[int, Link] = {}
    for one in links:
        if spans[one.source].kind == "event":
            best = nearest.get(one.target)
            if best is None or (one.why != "order", one.source) > (best.why != "order", best.source):
                nearest[one.target] = one
    return [
        one for one in links if spans[one.source].kind != "event" or one.why != "order" or nearest[one.target] is one
    ]
