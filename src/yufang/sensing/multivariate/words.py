"""What an event of a multivariate model says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yufang.sensing.detectors.contract import State
from yufang.sensing.detectors.texts import amount, lasted, number
from yufang.sensing.multivariate.model import Contribution, Model, Score

_TOLD = 3  # variables that a sentence names
_LEAST_SHARE = 0.1  # of the deviation, below which a variable is left to the evidence

_STATISTIC = {
    "t2": ("沿常见方式偏离过远", "too far along the ways in which they usually move together"),
    "spe": ("与平时的相互关系不符", "off the ways in which they usually move together"),
    "variable": ("有变量偏离其余变量所指示的值", "one of them is away from where the others lead it to be"),
}


def reasons(
    state: State,
    model: Model,
    verdict: Score,
    parts: Sequence[Contribution],
    units: Mapping[str, str],
    since: int,
    at: int,
) -> tuple[str, str]:
    """(zh, en): what is off and by how much, which variables, since when."""
    long_zh, long_en = lasted(since, at)
    m = len(model.variables)
    if state == "cleared":
        return (
            f"“{model.name}”的 {m} 个变量恢复到平时的关系，偏离持续 {long_zh}",
            f"the {m} variables of {model.name} are back in their usual relation, after {long_en}",
        )
    named = [part for part in parts[:_TOLD] if part.share >= _LEAST_SHARE] or list(parts[:1])
    told_zh = "；".join(
        f"{p.variable} {'偏高' if p.shift >= 0 else '偏低'} {amount(abs(p.shift), units[p.variable])}"
        f"（占偏离的 {p.share:.0%}）"
        for p in named
    )
    told_en = "; ".join(
        f"{p.variable} {amount(abs(p.shift), units[p.variable])} {'above' if p.shift >= 0 else 'below'} what the "
        f"others lead to expect ({p.share:.0%} of the deviation)"
        for p in named
    )
    zh, en = _STATISTIC[verdict.statistic]
    times = number(round(verdict.index, 2))
    return (
        f"“{model.name}”的 {m} 个变量{zh}，为训练限值的 {times} 倍，已 {long_zh}：{told_zh}",
        f"the {m} variables of {model.name} are {en}, {times} times the limit of training, for {long_en}: {told_en}",
    )
