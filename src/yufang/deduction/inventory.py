"""An enterprise's own machines in its own words: name, model, place, and the parameters they run at.

A point of a pack speaks of "mechanical press"; a person looks for "JH21-80开式压力机" at 55 strokes a minute. Which of
its machines a point is about follows from the same matching that found the pack's equipment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yufang.deduction.causes import pairs
from yufang.deduction.contracts import EnterpriseContext, OwnEquipment
from yufang.packs import Equipment

SHOWN_MACHINES = 2
SHOWN_SETTINGS = 3
_MODEL = re.compile(r"[A-Za-z]{1,6}[0-9A-Za-z]*(?:[-/][0-9A-Za-z.×*]+|[0-9][0-9A-Za-z.×*]*)(?:[-/×][0-9A-Za-z.×*]+)*")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_UNIT = re.compile(r"[（(]([^（()）]+)[)）]\s*$")
_EDGE = " ，,、;；()（）·-"


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter and its value: ("行程次数", "Stroke rate", "55次/分", "55/min")."""

    label_zh: str
    label_en: str
    value_zh: str
    value_en: str


@dataclass(frozen=True, slots=True)
class Machine:
    """One of the enterprise's machines as a person would name it."""

    zh: str
    en: str
    settings: tuple[Setting, ...] = ()


def inventory(context: EnterpriseContext) -> tuple[OwnEquipment, ...]:
    """The machines of a context: as listed, else its equipment words as names."""
    return context.inventory or tuple(OwnEquipment(name=word) for word in context.equipment)


def machine(own: OwnEquipment, kind: Equipment) -> Machine:
    """`own`, known to be of the pack's equipment `kind`, by name and settings."""
    name, settings = _settings(own, kind)
    model = own.model.strip() or _model_in(name)
    is_key = name.casefold() in (kind.key, kind.name.en.casefold())
    zh = kind.name.zh if is_key or not name else name
    if model and model not in zh:
        zh = f"{model}{zh}" if _HAN.match(zh) else f"{zh}（{model}）"
    if own.place and own.place not in zh:
        zh = f"{own.place}的{zh}"
    en = name if name and not is_key and name.isascii() and name != model else kind.name.en
    if model and model not in en:
        en = f"{en} {model}"
    return Machine(zh, en, settings)


def _model_in(name: str) -> str:
    """A model's designation within a name: letters with digits, such as JH21-80."""
    found = _MODEL.search(name)
    return found[0] if found and any(c.isdigit() for c in found[0]) and _HAN.search(name) else ""


def _settings(own: OwnEquipment, kind: Equipment) -> tuple[str, tuple[Setting, ...]]:
    """The name without the settings written in it, and all settings by the pack's parameters."""
    name, given = own.name.strip(), dict(own.parameters)
    found: list[Setting] = []
    for key, label in kind.parameters.items():
        unit_zh, unit_en = _unit(label.zh), _unit(label.en)
        plain_zh, plain_en = _UNIT.sub("", label.zh).strip(), _UNIT.sub("", label.en).strip()
        value = next((given[k] for k in (key, label.zh, label.en, plain_zh, plain_en) if k in given), "")
        if not value and unit_zh:
            hit = _number_with(unit_zh, unit_en).search(name)
            if hit is not None:
                value, name = hit[1], f"{name[: hit.start()]} {name[hit.end() :]}".strip(_EDGE)
        if value:
            found.append(Setting(plain_zh, plain_en, *_values(value, unit_zh, unit_en)))
    if len(name) < len(own.name.strip()):
        name, worded = _head(name)
        found[:0] = [Setting("", "", word, word) for word in worded]
    known = {k for k in given if k in kind.parameters} | {s.label_zh for s in found} | {s.label_en for s in found}
    found += [Setting(k, k, v, v) for k, v in given.items() if k not in known and v]
    return name or own.name, tuple(found)


def _head(name: str) -> tuple[str, tuple[str, ...]]:
    """The machine's name and what else is said of how it runs: ("JH21-80开式压力机", ("连续行程",))."""
    words = [word.strip(_EDGE) for word in re.split(r"[\s,，;；]+", name)]
    end = next((i for i, word in enumerate(words, start=1) if _HAN.search(word)), len(words))
    return " ".join(words[:end]), tuple(word for word in words[end:] if word)


def _unit(label: str) -> str:
    found = _UNIT.search(label)
    return found[1].strip() if found else ""


def _number_with(unit_zh: str, unit_en: str) -> re.Pattern[str]:
    """A number followed by the unit as people write it: 次/分, 次/分钟, 次/min; kN or 千牛."""
    forms = {unit_zh, unit_en.removeprefix("1") if unit_en.startswith("1/") else unit_en}
    forms |= {f.replace("/分", "/分钟") for f in forms} | {f.replace("/分", "/min") for f in forms}
    words = "|".join(re.escape(f) for f in sorted(filter(None, forms), key=len, reverse=True))
    return re.compile(rf"(?<![\dA-Za-z.-])(\d+(?:\.\d+)?)\s*(?:{words})(?![A-Za-z])", re.IGNORECASE)


def _values(value: str, unit_zh: str, unit_en: str) -> tuple[str, str]:
    """A value with its unit in both languages; a worded value stays as written."""
    number = re.match(r"\s*(\d+(?:\.\d+)?)", value)
    if number is None or not unit_zh:
        return value, value
    tail = value[number.end() :].strip()
    if tail and not _number_with(unit_zh, unit_en).match(f"{number[1]}{tail}"):
        return value, value
    en = f"{number[1]}{unit_en[1:]}" if unit_en.startswith("1/") else f"{number[1]} {unit_en}".strip()
    return f"{number[1]}{unit_zh}", en


def name_of(machines: Sequence[Machine]) -> tuple[str, str]:
    """How a person names these machines, (zh, en): the first two, and how many more."""
    if not machines:
        return "", ""
    first = machines[:SHOWN_MACHINES]
    zh, en = "、".join(m.zh for m in first), ", ".join(m.en for m in first)
    more = len(machines) - len(first)
    return (f"{zh}等{len(machines)}种", f"{en} and {more} more") if more else (zh, en)


def settings_of(machines: Sequence[Machine], told: str) -> tuple[str, str]:
    """The settings that matter to a point worded `told`, (zh, en): those whose label it speaks of first."""
    found: Mapping[str, Setting] = {s.label_zh or s.value_zh: s for m in reversed(machines) for s in m.settings}
    if not found:
        return "", ""
    words = pairs(told)
    ranked = sorted(found.values(), key=lambda s: -len(pairs(s.label_zh) & words) if s.label_zh else -9)
    ranked = ranked[:SHOWN_SETTINGS]
    return (
        "、".join(f"{s.label_zh}{s.value_zh}" for s in ranked),
        ", ".join(
            f"{s.label_en[:1].lower()}{s.label_en[1:]} {s.value_en}".strip()
            for s in ranked
            if not _HAN.search(s.label_en + s.value_en)  # a worded setting has no English
        ),
    )
