"""A movement in sentences: the facts behind each cause, in Chinese and in English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from yufang import standards
from yufang.profiles.contracts import Movement, MovementPart
from yufang.profiles.history import Happening
from yufang.standards.model import UnknownCode

Pair = tuple[str, str]
MOST_KINDS = 3
_DEFAULT_LABELS: dict[str, Pair] = {
    "sensor": ("传感器报警{n}次", "{n} sensor alarms"),
    "behaviour": ("发现不安全行为{n}次", "{n} unsafe acts seen"),
    "certificate": ("{n}本证书过期", "{n} certificates expired"),
}
_FEWER: dict[str, Pair] = {
    "sensor": ("传感器报警减少", "fewer sensor alarms"),
    "behaviour": ("不安全行为减少", "fewer unsafe acts"),
    "certificate": ("过期证书已处理", "expired certificates settled"),
}
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Facts of one enterprise between two months; pairs are before and now."""

    new: tuple[Happening, ...]  # what happened since
    left: int  # injuries that fell out of the window
    window_years: int
    found: tuple[int, int]
    unmended: tuple[int, int]
    exposure: tuple[float, float]  # hundreds of employee-years a year
    class_zh: str
    class_en: str


def movement(since: date, now: date, shares: dict[str, float], change: Change) -> Movement:
    """The movement with its parts, the weightiest first."""
    order = sorted(shares, key=lambda cause: -abs(shares[cause]))
    parts = []
    for cause in order:
        if abs(shares[cause]) < 0.005:
            continue
        zh, en = _cause(cause, change, up=shares[cause] > 0)
        parts.append(MovementPart(cause=cause, points=shares[cause], text_zh=zh, text_en=en))
    total = sum(part.points for part in parts)
    if parts and (rest := sum(shares.values()) - total):
        # What was too small to name goes to the weightiest part, so that the sum stays exact.
        first = parts[0]
        parts[0] = MovementPart(
            cause=first.cause, points=first.points + rest, text_zh=first.text_zh, text_en=first.text_en
        )
    whole = sum(part.points for part in parts)
    zh, en = _sentence(since, now, whole, parts)
    return Movement(since=since, change=whole, parts=tuple(parts), text_zh=zh, text_en=en)


def rounded(points: list[float]) -> list[int]:
    """Whole points that sum to the rounded sum of `points` (largest remainders)."""
    floors = [int(p // 1) for p in points]
    missing = round(sum(points)) - sum(floors)
    by_rest = sorted(range(len(points)), key=lambda i: floors[i] - points[i])
    for i in by_rest[: max(missing, 0)]:
        floors[i] += 1
    return floors


def _sentence(since: date, now: date, whole: float, parts: list[MovementPart]) -> Pair:
    zh_since = f"{since.year}年{since.month}月" if since.year != now.year else f"{since.month}月"
    en_since = f"{since:%B} {since.year}" if since.year != now.year else f"{since:%B}"
    shown = [(n, p) for n, p in zip(rounded([p.points for p in parts]), parts, strict=True) if n]
    if not shown:
        return f"{zh_since}以来没有明显变化", f"no marked change since {en_since}"
    zh = "；".join(f"{p.text_zh}（{_signed(n)}）" for n, p in shown)
    en = "; ".join(f"{p.text_en} ({_signed(n)})" for n, p in shown)
    total = _signed(sum(n for n, _ in shown))
    return f"{zh_since}以来{total}分：{zh}", f"{total} since {en_since}: {en}"


def _signed(n: int) -> str:
    return f"+{n}" if n > 0 else f"−{-n}" if n < 0 else "±0"


def _cause(cause: str, change: Change, *, up: bool) -> Pair:
    if cause == "new_injuries":
        return injuries([h for h in change.new if h.kind == "injury"])
    if cause == "past_injuries":
        years, n = change.window_years, change.left
        if not n:
            return "早期记录不再计入", "early records no longer count"
        verb = "counts" if n == 1 else "count"
        said = f"{count(n, 'injury', 'injuries')} older than {years} years no longer {verb}"
        return f"{n}起超过{years}年的工伤不再计入", said
    if cause == "hazards":
        return _hazards(change)
    if cause in _DEFAULT_LABELS:
        return signals([h for h in change.new if h.kind == cause], cause)
    if cause == "exposure":
        a, b = (round(x * 100) for x in change.exposure)
        if a == b:
            return "记录时间变长", "the record grew longer"
        return f"用工人数由{a}人变为{b}人", f"workforce went from {a} to {b}"
    if cause == "industry":
        return (
            f"{change.class_zh}整体风险{'上升' if up else '下降'}",
            f"{change.class_en} as a whole {'rose' if up else 'fell'}",
        )
    return "区域内其他企业的变化", "other enterprises of the region moved"


def injuries(new: list[Happening]) -> Pair:
    """New injuries, those at one place together: "two cases of burn at one place (line 2)"."""
    if not new:
        return "没有新的工伤", "no new injury"
    groups = Counter((h.what, h.where) for h in new)
    kinds: Counter[Pair] = Counter()
    for (what, where), n in groups.items():
        kinds[(what, where if n > 1 or len(new) <= MOST_KINDS else "")] += n
    zh, en = [], []
    for (what, where), n in kinds.most_common(MOST_KINDS):
        name_zh, name_en = _type(what)
        zh.append(f"{'同一处' if n > 1 else ''}（{where}）发生{n}起{name_zh}" if where else f"发生{n}起{name_zh}")
        if where and n == 1:
            zh[-1] = f"{where}发生1起{name_zh}"
        kind = f"{'case' if n == 1 else 'cases'} of {name_en}" if name_en else "injury" if n == 1 else "injuries"
        said = f"{number(n)} {kind}"
        at = "" if not where else f" at the same place ({where})" if n > 1 else f" at {where}"
        en.append(said + at)
    rest = len(new) - sum(n for _, n in kinds.most_common(MOST_KINDS))
    if rest:
        zh.append(f"另有{rest}起")
        en.append(f"{number(rest)} more")
    if deaths := int(sum(h.deaths for h in new)):
        zh.append(f"其中死亡{deaths}人")
        en.append(f"{number(deaths)} killed")
    return "、".join(zh), ", ".join(en)


@cache
def _type(code: str) -> Pair:
    try:
        found = standards.entry("gb6441_2025_type", code)
    except UnknownCode:
        return (code, "") if code and not code.isascii() else ("工伤", "")
    return found.name_zh, found.name_en[:1].lower() + found.name_en[1:]


def _hazards(change: Change) -> Pair:
    (a, b), (c, d) = change.found, change.unmended
    zh, en = [], []
    if a != b:
        zh.append(f"近12个月查出隐患由{a}条变为{b}条")
        en.append(f"hazards found in 12 months went from {a} to {b}")
    if c != d:
        zh.append(f"未整改隐患由{c}条变为{d}条")
        en.append(f"hazards not mended went from {c} to {d}")
    if not zh:
        return "检查查处情况变化", "findings of authorities changed"
    return "，".join(zh), ", ".join(en)


def signals(new: Iterable[Happening], kind: str) -> Pair:
    """What sensors, cameras or registers reported, like labels together."""
    sums: dict[Pair, float] = {}
    for h in new:
        label = (h.label_zh or _DEFAULT_LABELS[kind][0], h.label_en or _DEFAULT_LABELS[kind][1])
        sums[label] = sums.get(label, 0.0) + h.count
    if not sums:
        return _FEWER[kind]
    most = sorted(sums.items(), key=lambda pair: -pair[1])[:MOST_KINDS]
    pairs = [(zh.replace("{n}", f"{n:g}"), en.replace("{n}", f"{n:g}")) for (zh, en), n in most]
    return "、".join(zh for zh, _ in pairs), ", ".join(en for _, en in pairs)


def number(n: int) -> str:
    """A small number as a word."""
    return _WORDS[n] if 0 <= n < len(_WORDS) else str(n)


def count(n: int, one: str, many: str) -> str:
    """`two injuries`."""
    return f"{number(n)} {one if n == 1 else many}"
