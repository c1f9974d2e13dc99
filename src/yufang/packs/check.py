"""Checking a pack: beyond the schema, is each row specific enough to act on? Grades the packs that pass."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from yufang import standards
from yufang.packs.errors import PackError
from yufang.packs.load import LoadedPack, industry_digits, read_pack
from yufang.packs.model import Hazard, Pack, Text
from yufang.packs.ppe import ppe_names
from yufang.packs.rules import (
    ALIKE_AT,
    ALIKE_FIELDS,
    FILLER_EN,
    FILLER_ZH,
    GRADES,
    MIN_CAUSES,
    MIN_LENGTHS,
    MIN_LEVELS,
    MIN_WORDS,
    RULES,
    SHINGLE,
    Grade,
)

_HAN = re.compile(r"[㐀-䶿一-鿿]")
_ABBREVIATION = re.compile(r"[A-Z]{2}[A-Za-z0-9]*|[A-Z][A-Z0-9.-]+")  # UPS, VOCs: written so in Chinese too
_LETTER = re.compile(r"[A-Za-z]")
_CLAUSE_NUMBER = re.compile(
    r"第[0-9一二三四五六七八九十百]+[条章项]|[附表][录]?[A-Z0-9]|(?<![0-9])[0-9]+\.[0-9]+|art\.? ?[0-9]+"
)
_FACTORS = ("human", "machine", "material", "method", "environment")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReport:
    """What the check found. `grade` is None where `refusals` isn't empty; shares are of hazard rows, in [0, 1]."""

    path: Path
    pack: Pack | None
    refusals: tuple[PackError, ...]
    advice: tuple[PackError, ...]
    measured: dict[str, float]
    grade: Grade | None


def check_pack(path: Path) -> PackReport:
    """Check the pack in folder `path`: every problem, not only the first. Never raises PackError."""
    loaded = read_pack(path)
    if loaded.pack is None:
        return PackReport(path=path, pack=None, refusals=loaded.errors, advice=(), measured={}, grade=None)
    found = [*_Checker(loaded, loaded.pack).problems()]
    refusals = tuple(error for error in found if RULES[error.code].refuses)
    measured = measure(loaded.pack)
    return PackReport(
        path=path,
        pack=loaded.pack,
        refusals=refusals,
        advice=tuple(error for error in found if not RULES[error.code].refuses),
        measured=measured,
        grade=None if refusals else grade_of(measured),
    )


def measure(pack: Pack) -> dict[str, float]:
    """The figures that `GRADES` asks for, by its column names."""
    rows = pack.hazards
    hard = {"eliminate", "substitute", "engineering"}

    def share(true: Iterable[bool]) -> float:
        return sum(true) / len(rows) if rows else 0.0

    return {
        "rows": len(rows),
        "with_part": share(row.part is not None for row in rows),
        "with_signal": share(bool(row.signals) for row in rows),
        "hard_control": share(any(step.level in hard for step in row.measures) for row in rows),
        "three_words": share(len(row.words) >= 3 for row in rows),
        "clause_read": share(row.clause.status == "text" for row in rows),
        "accident_types": len({row.accident_type for row in rows}),
    }


def grade_of(measured: dict[str, float]) -> Grade | None:
    """The best grade whose every column is reached."""
    for grade in GRADES:
        if all(value >= getattr(grade, column) for column, value in measured.items()):
            return grade
    return None


class _Checker:
    """Runs the rules over one pack; keeps nothing but the pack and where its rows stand."""

    def __init__(self, loaded: LoadedPack, pack: Pack) -> None:
        self.pack = pack
        self.files = loaded.files
        self.head = loaded.path / "pack.yaml"

    def problems(self) -> Iterator[PackError]:
        yield from self._check_head()
        for row in self.pack.hazards:
            yield from self._check_codes(row)
            yield from self._check_controls(row)
            yield from self._check_words(row)
            yield from self._check_texts(row)
        yield from self._check_ids()
        yield from self._check_same_rows()
        yield from self._check_alike()
        yield from self._check_shared_words()

    def _say(self, code: str, row: Hazard | None, field: str, value: str = "", **slots: object) -> PackError:
        rule = RULES[code]
        slots = {"field": field, **slots}
        return PackError(
            file=self.head if row is None else self.files[row.id],
            row="" if row is None else row.id,
            field=field,
            value=value,
            rule=rule.en.format(**slots),
            rule_zh=rule.zh.format(**slots),
            code=code,
        )

    def _check_head(self) -> Iterator[PackError]:
        pack = self.pack
        if not pack.hazards:
            yield self._say("rows", None, "hazards")
        for code in pack.industries:
            try:
                standards.industry(code)
            except standards.UnknownCode:
                yield self._say("industry", None, "industries", code)
            else:
                if not industry_digits(code):  # a section alone is too wide: it would claim every factory
                    yield self._say("industry", None, "industries", code)
        named = [(entry.key, entry.name) for entry in pack.equipment]
        named += [(entry.key, entry.name) for entry in pack.tasks]
        named += [(entry.key, entry.name) for entry in pack.materials]
        for key, name in named:
            yield from self._check_languages(None, f"{key}.name", name)
        for equipment in pack.equipment:
            texts = {**equipment.parts, **equipment.parameters}
            for key, text in texts.items():
                yield from self._check_languages(None, f"{equipment.key}.{key}", text)
            if equipment.special_equipment:
                yield from self._check_listed(
                    "special_equipment", None, f"{equipment.key}.special_equipment", equipment.special_equipment
                )
        yield from self._check_unused()

    def _check_unused(self) -> Iterator[PackError]:
        rows = self.pack.hazards
        used = {row.equipment for row in rows} | {row.task for row in rows}
        used |= {material for row in rows for material in row.materials}
        pack = self.pack
        lists = (("equipment", pack.equipment), ("tasks", pack.tasks), ("materials", pack.materials))
        for name, entries in lists:
            for key in (entry.key for entry in entries):
                if key not in used:
                    yield self._say("unused", None, name, key)

    def _check_listed(self, code: str, row: Hazard | None, field: str, value: str) -> Iterator[PackError]:
        """`value` must stand in the code list that belongs to rule `code`."""
        key = {"accident_type": "gb6441_2025_type"}.get(code, code)
        try:
            standards.entry(key, value)
        except standards.UnknownCode:
            yield self._say(code, row, field, value)

    def _check_codes(self, row: Hazard) -> Iterator[PackError]:
        yield from self._check_listed("accident_type", row, "accident_type", row.accident_type)
        for code in row.ppe:
            if code not in ppe_names():
                yield self._say("ppe", row, "ppe", code)
        if row.clause.status == "text" and not _CLAUSE_NUMBER.search(row.clause.ref):
            yield self._say("clause_text", row, "clause.ref", row.clause.ref)

    def _check_controls(self, row: Hazard) -> Iterator[PackError]:
        levels = {step.level for step in row.measures}
        if len(levels) < MIN_LEVELS:
            yield self._say("levels", row, "measures", least=MIN_LEVELS, found=len(levels))
        if levels <= {"ppe"}:
            yield self._say("above_ppe", row, "measures")
        if "ppe" in levels and not row.ppe:
            yield self._say("ppe_missing", row, "ppe")
        causes = sum(1 for _ in _causes(row))
        if causes < MIN_CAUSES:
            yield self._say("causes", row, "causes", least=MIN_CAUSES, found=causes)
        if not row.signals:
            yield self._say("signals", row, "signals")

    def _check_words(self, row: Hazard) -> Iterator[PackError]:
        if len(row.words) < MIN_WORDS:
            yield self._say("words", row, "words", least=MIN_WORDS, found=len(row.words))
        for place, word in enumerate(row.words):
            chinese = _HAN.search(word) or _ABBREVIATION.fullmatch(word)
            if len(word) < 2 or not chinese or word in row.words[:place]:
                yield self._say("word", row, "words", word)

    def _check_texts(self, row: Hazard) -> Iterator[PackError]:
        for field, text in _texts(row):
            yield from self._check_languages(row, field, text)
            least_zh, least_en = MIN_LENGTHS[field.split(".")[0]]
            for language, words, least in (("zh", text.zh, least_zh), ("en", text.en, least_en)):
                if len(words) < least:
                    yield self._say("length", row, f"{field}.{language}", words, least=least, found=len(words))
            for language, words, fillers in (("zh", text.zh, FILLER_ZH), ("en", text.en.casefold(), FILLER_EN)):
                for filler in fillers:
                    if filler in words:
                        yield self._say("filler", row, f"{field}.{language}", words, found=filler)

    def _check_languages(self, row: Hazard | None, field: str, text: Text) -> Iterator[PackError]:
        if not _HAN.search(text.zh) and not _is_symbol(text.zh):
            yield self._say("zh_text", row, f"{field}.zh", text.zh)
        if _HAN.search(text.en) or not _LETTER.search(text.en):
            yield self._say("en_text", row, f"{field}.en", text.en)

    def _check_ids(self) -> Iterator[PackError]:
        prefixes = sorted({row.id.split("-")[0] for row in self.pack.hazards})
        for row in self.pack.hazards:
            if row.id.split("-")[0] != prefixes[0]:
                yield self._say("id_prefix", row, "id", row.id)

    def _check_same_rows(self) -> Iterator[PackError]:
        seen: dict[tuple[str, str | None, str], str] = {}
        for row in self.pack.hazards:
            first = seen.setdefault((row.equipment, row.part, _squeeze(row.circumstance.zh)), row.id)
            if first != row.id:
                yield self._say("same_row", row, "circumstance", row.circumstance.zh, found=first)

    def _check_alike(self) -> Iterator[PackError]:
        said = {error.row for error in self._check_same_rows()}
        for field in ALIKE_FIELDS:
            shingled = [(row, shingles(getattr(row, field).zh)) for row in self.pack.hazards]
            for (first, one), (second, two) in combinations(shingled, 2):
                share = jaccard(one, two)
                if share >= ALIKE_AT and second.id not in said:
                    said.add(second.id)
                    text = getattr(second, field).zh
                    yield self._say("alike", second, field, text, found=first.id, share=f"{share:.2f}")

    def _check_shared_words(self) -> Iterator[PackError]:
        owners: dict[str, list[Hazard]] = defaultdict(list)
        for row in self.pack.hazards:
            for word in row.words:
                owners[word].append(row)
        for word, rows in owners.items():
            for row in rows[1:]:
                if row is not rows[0]:
                    yield self._say("shared_word", row, "words", word, found=rows[0].id)


def shingles(text: str) -> frozenset[str]:
    """The character shingles of `text` without blanks and punctuation."""
    plain = _squeeze(text)
    return frozenset(plain[at : at + SHINGLE] for at in range(max(1, len(plain) - SHINGLE + 1)))


def jaccard(one: frozenset[str], two: frozenset[str]) -> float:
    """Shared share of two sets, in [0, 1]."""
    # Sizes bound the answer, so most pairs need no intersection.
    if min(len(one), len(two)) < ALIKE_AT * max(len(one), len(two)):
        return 0.0
    return len(one & two) / len(one | two)


def _squeeze(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _is_symbol(text: str) -> bool:
    """A formula or sign such as pH or CO, which Chinese writes in Latin letters."""
    return len(text) <= 6 and text.isascii()


def _causes(row: Hazard) -> Iterator[tuple[str, Text]]:
    for factor in _FACTORS:
        text = getattr(row.causes, factor)
        if text is not None:
            yield factor, text


def _texts(row: Hazard) -> Iterator[tuple[str, Text]]:
    """Every text a person reads in `row`, with its field's path."""
    for field in ("title", "circumstance", "consequence", "training", "check"):
        yield field, getattr(row, field)
    for factor, text in _causes(row):
        yield f"causes.{factor}", text
    yield from _numbered("measures", [step.text for step in row.measures])
    yield from _numbered("signals", row.signals)


def _numbered(field: str, texts: Sequence[Text]) -> Iterator[tuple[str, Text]]:
    for number, text in enumerate(texts, start=1):
        yield f"{field}.{number}", text
