"""Life of an improvement proposal: proposed → trial → result → roll-out, or declined with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from yufang.participation.contracts import ParticipationError

State = Literal["proposed", "trial", "result", "rolled_out", "declined"]
Kind = Literal["trial", "result", "roll_out", "decline"]

# What may follow a state, and the state it leads to.
STEPS: dict[State, dict[Kind, State]] = {
    "proposed": {"trial": "trial", "decline": "declined"},
    "trial": {"result": "result", "decline": "declined"},
    "result": {"trial": "trial", "roll_out": "rolled_out", "decline": "declined"},
    "rolled_out": {},
    "declined": {},
}
OPEN: tuple[State, ...] = ("proposed", "trial", "result")
_NAMES: dict[Kind | State, tuple[str, str]] = {
    "trial": ("试行", "a trial"),
    "result": ("试行结果", "a result"),
    "roll_out": ("推广", "a roll-out"),
    "decline": ("不采纳", "a refusal"),
    "proposed": ("已提出", "proposed"),
    "rolled_out": ("已推广", "rolled out"),
    "declined": ("未采纳", "declined"),
}
# A reason that a colleague can do something with is longer than "no".
SHORTEST_REASON = 6
LONGEST_TRIAL_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a person writes with a step; "" or None where the step doesn't ask for it.

    `where`, `until`, `measure`: of a trial (where, to what day, what is measured). `text`: what came out, how it is
    rolled out, or the reason of a refusal. `before`, `after`: the measured figure at both ends of a trial.
    """

    kind: Kind
    where: str = ""
    until: date | None = None
    measure: str = ""
    text: str = ""
    before: float | None = None
    after: float | None = None


def check_step(state: State, step: Step, today: date) -> State:
    """The state that `step` leads to. Raises ParticipationError naming the field, or the state that forbids it."""
    after = STEPS[state].get(step.kind)
    if after is None:
        (kind_zh, kind_en), (state_zh, state_en) = _NAMES[step.kind], _state_name(state)
        raise ParticipationError(
            f"该建议现为“{state_zh}”，不能再登记{kind_zh}；请刷新后查看最新进展。",
            f"The proposal is {state_en} and takes no {kind_en.split(' ', 1)[1]}; reload to see where it stands.",
            "kind",
        )
    if step.kind == "trial":
        _check_trial(step, today)
    else:
        _need(step.text, "text", *_TEXTS[step.kind])
    if (step.before is None) != (step.after is None):
        raise ParticipationError(
            "试行前与试行后的数值要么都填，要么都不填。",
            "Give the figure before and after the trial, or neither.",
            "after" if step.after is None else "before",
        )
    return after


_TEXTS: dict[Kind, tuple[str, str]] = {
    "result": ("试行结果", "what came out of the trial"),
    "roll_out": ("推广范围与方式", "where and how it is rolled out"),
    "decline": ("不采纳的理由", "the reason of the refusal"),
}


def _state_name(state: State) -> tuple[str, str]:
    return {"trial": ("试行中", "on trial"), "result": ("已有结果", "with a result")}.get(state) or _NAMES[state]


def _check_trial(step: Step, today: date) -> None:
    for value, field, zh, en in (
        (step.where, "where", "试行地点", "where it is tried"),
        (step.measure, "measure", "衡量指标", "what is measured"),
    ):
        if not value.strip():
            raise ParticipationError(f"请填写{zh}。", f"Say {en}.", field)
    if step.until is None:
        raise ParticipationError("请填写试行截止日期。", "Say until when it is tried.", "until")
    days = (step.until - today).days
    if not 1 <= days <= LONGEST_TRIAL_DAYS:
        raise ParticipationError(
            f"试行截止日期 {step.until} 应在明天至 {LONGEST_TRIAL_DAYS} 天之内，请改选日期。",
            f"The trial's end {step.until} must lie between tomorrow and {LONGEST_TRIAL_DAYS} days from now; "
            "choose another day.",
            "until",
        )


def _need(text: str, field: str, zh: str, en: str) -> None:
    if len(text.strip()) < SHORTEST_REASON:
        raise ParticipationError(
            f"请写明{zh}（至少 {SHORTEST_REASON} 个字），提建议的人会看到。",
            f"Write {en} (at least {SHORTEST_REASON} characters); whoever proposed it will read it.",
            field,
        )
