"""Thanks that name the effect: what was asked for, since when it stands, and how many people it serves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_DAYS_ZH = ("一", "二", "三", "四", "五", "六", "日")
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_COUNTS_EN = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an act led to. `people`: how many work there, None where nobody knows; `since`: the day it was checked."""

    title_zh: str
    title_en: str
    since: date
    people: int | None


def say_thanks(effect: Effect, today: date) -> tuple[str, str]:
    """The sentence in Chinese and English. Names no one, so it may be shown to whoever did it, named or not."""
    zh_what = _short(effect.title_zh or effect.title_en)
    en_what = _short(effect.title_en or effect.title_zh)
    since_zh, since_en = _since(effect.since, today)
    zh = f"您报告的“{zh_what}”{since_zh}已整改并通过验收"
    en = f"What you reported, “{en_what}”, is fixed and checked since {since_en}"
    if effect.people:
        n = effect.people
        words = _COUNTS_EN[n] if n < len(_COUNTS_EN) else str(n)
        zh += f"；那里有 {n} 人工作"
        en += f"; {words} {'person works' if n == 1 else 'people work'} there"
    return zh + "。谢谢您。", en + ". Thank you."


def _since(since: date, today: date) -> tuple[str, str]:
    days = (today - since).days
    if days == 0:
        return "今天", "today"
    if 0 < days < 7:
        week_zh = "本周" if since.isocalendar()[:2] == today.isocalendar()[:2] else "上周"
        return f"自{week_zh}{_DAYS_ZH[since.weekday()]}起", _DAYS_EN[since.weekday()]
    return f"自 {since.isoformat()} 起", since.isoformat()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
