"""Why a profile stands where it stands, in sentences a person can check."""

from __future__ import annotations

from dataclasses import dataclass

from yufang.profiles.history import Happening
from yufang.profiles.wording import signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sentences are made of; ratios are plain (1.2 = 20 % more)."""

    injuries: int
    previous: int
    deaths: int
    hazards: int
    unmended: int
    credibility: float
    class_code: str
    ratio_to_class: float
    hazard_factor: float  # of findings and signals together
    trend: float
    yearly_low: float
    yearly_high: float
    signals: tuple[tuple[str, tuple[Happening, ...]], ...]


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
        open_zh = f"（{facts.unmended}条未整改）" if facts.unmended else ""
        open_en = f" ({facts.unmended} not mended)" if facts.unmended else ""
        say(
            f"近12个月查出隐患{facts.hazards}条{open_zh}，预期随之调整为{facts.hazard_factor:.2f}倍",
            f"{facts.hazards} hazards found in the last 12 months{open_en} change the expectation by "
            f"×{facts.hazard_factor:.2f}",
        )
    for kind, seen in facts.signals:
        if seen:
            chinese, english = signals(seen, kind)
            say(f"近3个月{chinese}", f"{english} in the last 3 months")
    own = round(facts.credibility * 100)
    peers_zh, peers_en = ("同行业", "its class") if facts.class_code else ("全部企业", "all enterprises")
    say(
        f"预期为{peers_zh}平均的{facts.ratio_to_class:.1f}倍（自身记录权重{own}%，{peers_zh}权重{100 - own}%）",
        f"expected {facts.ratio_to_class:.1f} times the average of {peers_en} (own record weighs {own} %, "
        f"{peers_en} {100 - own} %)",
    )
    for chinese, english in _changes(facts):
        say(chinese, english)
    return tuple(zh), tuple(en)


def _changes(facts: Facts) -> list[tuple[str, str]]:
    out = []
    if facts.trend >= 2:
        out.append((f"为6个月前的{1 + facts.trend:.0f}倍", f"{1 + facts.trend:.0f} times what it was six months ago"))
    elif abs(facts.trend) >= 0.1:
        out.append(
            (
                f"较6个月前{'上升' if facts.trend > 0 else '下降'}{abs(facts.trend):.0%}",
                f"{'up' if facts.trend > 0 else 'down'} {abs(facts.trend):.0%} on six months ago",
            )
        )
    low, high = facts.yearly_low, facts.yearly_high
    if low > 0 or high < 0:  # only where the interval leaves no change out
        out.append(
            (
                f"工伤逐年{'增加' if low > 0 else '减少'}：每年{low:+.0%}至{high:+.0%}（90%区间）",
                f"injuries {'rising' if low > 0 else 'falling'} from year to year: {low:+.0%} to {high:+.0%} a year "
                "(90 % interval)",
            )
        )
    return out
