"""The order in which a person should look at cases that the coder left open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
