"""What the desk puts before a person: the order of open cases, and which classes may be accepted at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yufang.cases.agreement import wilson
from yufang.cases.contracts import CodedCase


def doubt(case: CodedCase) -> float:
    """How open a case is, from 0 (sure) to 1: one minus the lead of the likeliest code over the second.

    Where the two likeliest codes are close, a person's answer teaches the coder most.
    """
    if len(case.suggestions) < 2:
        return 1.0 - case.probability
    return 1.0 - (case.suggestions[0].probability - case.suggestions[1].probability)


def review_order(cases: Sequence[CodedCase], waiting_days: Iterable[float] | None = None) -> list[int]:
    """Positions of the cases without a code, most doubtful first.

    Of equals the one that has waited longest comes first, then the one that stands first.

    waiting_days: days each case has waited, in the order of `cases`; none means all alike.
    """
    waited = list(waiting_days) if waiting_days is not None else [0.0] * len(cases)
    if len(waited) != len(cases):
        raise ValueError(f"waiting_days has {len(waited)} entries for {len(cases)} cases; give one for each case")
    open_cases = [i for i, case in enumerate(cases) if case.code is None]
    return sorted(open_cases, key=lambda i: (-round(doubt(cases[i]), 6), -waited[i], i))


def expected_gain(probabilities: Sequence[float]) -> float:
    """Errors that one look at an open case is expected to mend: 1 - probability of its likeliest code, in [0, 1].

    Ties are parted by the lead over the second code (see `doubt`), which adds less than any probability that is shown.
    """
    ordered = sorted(probabilities, reverse=True)
    if not ordered:
        return 1.0
    lead = ordered[0] - ordered[1] if len(ordered) > 1 else ordered[0]
    return min(1.0, max(0.0, 1.0 - ordered[0]) + 1e-6 * (1.0 - lead))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """How people's newest decisions went where the machine suggested one code: `agreed` of `decisions`.

    low: Wilson's lower 95 % bound of the share. stable: `low` reaches `wanted`. missing: how many more decisions in a
    row would have to agree before it is; 0 where it is stable.
    """

    decisions: int
    agreed: int
    low: float
    wanted: float
    stable: bool
    missing: int


def stability(agreed: Sequence[bool], wanted: float, *, last: int = 200) -> Stability:
    """Judge a class by its decisions, oldest first, of which the newest `last` count. ValueError unless 0 < wanted < 1.

    Only decisions that people made one by one belong here: what was accepted in bulk agrees by construction.
    """
    if not 0.0 < wanted < 1.0:
        raise ValueError(f"wanted is {wanted}; it must lie between 0 and 1, for example 0.9")
    newest = list(agreed)[-last:]
    hits, n = sum(newest), len(newest)
    low = wilson(hits, n)[0] if n else 0.0
    missing = 0
    # More agreement only raises the bound; old misses leave the window as new decisions come.
    while low < wanted and missing < 10 * last:
        missing += 1
        window = [*newest, *[True] * missing][-last:]
        low_then = wilson(sum(window), len(window))[0]
        if low_then >= wanted:
            break
    return Stability(decisions=n, agreed=hits, low=low, wanted=wanted, stable=low >= wanted, missing=missing)
