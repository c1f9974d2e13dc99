"""What becomes of an order (整改指令) that an authority issued: when it is reminded of, overdue, escalated, closed.

Pure: days in, days out. The order is done when all its hazards are closed; nobody closes it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from yufang.inspections.errors import InspectionError

REMIND_BEFORE = 3  # days before the deadline
ESCALATE_AFTER = 3  # days after it
ESCALATE_EVERY = 7
LONGEST = 366  # days until a deadline
MOST_ITEMS = 50

Told = Literal["reminded", "overdue", "escalated"]
Standing = Literal["open", "overdue", "done", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What is to be told next, and on which day (inclusive)."""

    action: Told
    on: date


def check_deadline(deadline: date, today: date) -> None:
    """Raises InspectionError for a deadline that has passed or lies beyond a year."""
    if not today <= deadline <= today + timedelta(days=LONGEST):
        last = today + timedelta(days=LONGEST)
        raise InspectionError(
            "deadline",
            f"整改期限 {deadline} 不可用，应在 {today} 到 {last} 之间，请重新选择。",
            f"The deadline {deadline} can't be used; choose a day from {today} to {last}.",
        )


def next_step(issued: date, deadline: date, told: int) -> NextStep:
    """The step after `told` steps: a reminder (skipped where the order is younger than that), overdue, escalations."""
    steps = [NextStep(action="overdue", on=deadline + timedelta(days=1))]
    remind = deadline - timedelta(days=REMIND_BEFORE)
    if remind > issued:
        steps.insert(0, NextStep(action="reminded", on=remind))
    if told < len(steps):
        return steps[told]
    number = told - len(steps)
    later = 1 + ESCALATE_AFTER + ESCALATE_EVERY * number
    return NextStep(action="escalated", on=deadline + timedelta(days=later))


def due_steps(issued: date, deadline: date, told: int, today: date) -> tuple[NextStep, ...]:
    """Steps that are due and untold. After a long stop the newest of each kind alone: nobody gets four letters."""
    found: list[NextStep] = []
    while (step := next_step(issued, deadline, told + len(found))).on <= today:
        found.append(step)
    return tuple(found)


def worth_telling(steps: Sequence[NextStep]) -> NextStep | None:
    """Of several steps that came due at once, the one that says most: the last."""
    return steps[-1] if steps else None


def standing(deadline: date, closed: Sequence[bool], today: date, *, withdrawn: bool = False) -> Standing:
    """How an order stands, by its hazards (True: closed)."""
    if withdrawn:
        return "withdrawn"
    if closed and all(closed):
        return "done"
    return "overdue" if today > deadline else "open"
