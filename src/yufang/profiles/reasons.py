"""Why a profile stands where it stands, in sentences a person can check."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sentences are made of; ratios are plain (1.2 = 20 % more)."""

    injuries: int
    previous: int
    deaths: int
    hazards: int
    credibility: float
    class_code: str
    ratio_to_class: float
    hazard_factor: float
    trend: float


def reasons(facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentences in Chinese and in English, the weightiest first."""
    zh: list[str] = []
    en: list[str] = []

    def say(chinese: str, english: str) -> None:
        zh.append(chinese)
        en.append(english)

    if facts.deaths:
        say(f"近12个月死亡{facts.deaths}人", f"{facts.deaths} killed in the last 12 months")
    if facts.injuries or facts.previous:
        say(
            f"近12个月工伤{facts.injuries}人，上一个12个月{facts.previous}人",
            f"{facts.injuries} injured in the last 12 months, {facts.previous} in the 12 before",
        )
    else:
        say("近24个月无工伤记录", "no injury on record in the last 24 months")
    if facts.hazards:
        say(
            f"近12个月查出隐患{facts.hazards}条，预期随之调整为{facts.hazard_factor:.2f}倍",
            f"{facts.hazards} hazards found in the last 12 months change the expectation by ×{facts.hazard_factor:.2f}",
        )
    own = round(facts.credibility * 100)
    say(
        f"预期为同行业平均的{facts.ratio_to_class:.1f}倍（自身记录权重{own}%，行业权重{100 - own}%）",
        f"expected {facts.ratio_to_class:.1f} times its class average (own record weighs {own} %, class {100 - own} %)",
    )
    if abs(facts.trend) >= 0.1:
        say(
            f"较6个月前{'上升' if facts.trend > 0 else '下降'}{abs(facts.trend):.0%}",
            f"{'up' if facts.trend > 0 else 'down'} {abs(facts.trend):.0%} on six months ago",
        )
    return tuple(zh), tuple(en)
