"""One sentence that says a point whole: whose machine, which part, when it fails, and what follows."""

from __future__ import annotations

from yufang.deduction.wording import Wording

_STOPS = "。.;；,， "


def sentence(wording: Wording, own: tuple[str, str], settings: tuple[str, str]) -> tuple[str, str]:
    """(Chinese, English). `own`: how the enterprise calls its machine; `settings`: what it runs at; "" if unknown."""
    name_zh, name_en = own[0] or wording.equipment, own[1] or wording.equipment_en
    if settings[0]:
        name_zh = f"{name_zh}（{settings[0]}）"
    if settings[1]:
        name_en = f"{name_en} ({settings[1]})"
    where_zh = "的".join(word for word in (name_zh, wording.part) if word)
    where_en = ", ".join(word for word in (name_en, _small(wording.part_en)) if word)
    zh = "：".join(word for word in (where_zh, wording.circumstance_zh.rstrip(_STOPS)) if word)
    en = ": ".join(word for word in (where_en, wording.circumstance_en.rstrip(_STOPS)) if word)
    if wording.consequence_zh:
        zh += f"；后果：{wording.consequence_zh.rstrip(_STOPS)}"
    if wording.consequence_en:
        en += f". Consequence: {_small(wording.consequence_en.rstrip(_STOPS))}"
    return f"{zh}。", f"{en}."


def _small(text: str) -> str:
    """Lower case within a sentence, but for abbreviations such as LPG."""
    return text if len(text) < 2 or text[1].isupper() else text[:1].lower() + text[1:]
