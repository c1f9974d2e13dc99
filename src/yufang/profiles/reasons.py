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
    peers_zh, peers_en = ("同行业", "its class") if facts.class_code else ("全部企业", "all enterprises")
    say(
        f"预期为{peers_zh}平均的{facts.ratio_to_class:.1f}倍（自身记录权重{own}%，{peers_zh}权重{100 - own}%）",
        f"expected {facts.ratio_to_class:.1f} times the average of {peers_en} (own record weighs {own} %, "
        f"{peers_en} {100 - own} %)",
    )
    if facts.trend >= 2:
        say(f"为6个月前的{1 + facts.trend:.0f}倍", f"{1 + facts.trend:.0f} times what it was six months ago")
    elif abs(facts.trend) >= 0.1:
        say(
            f"较6个月前{'上升' if facts.trend > 0 else '下降'}{abs(facts.trend):.0%}",
            f"{'up' if facts.trend > 0 else 'down'} {abs(facts.trend):.0%} on six months ago",
        )
    return tuple(zh), tuple(en)
