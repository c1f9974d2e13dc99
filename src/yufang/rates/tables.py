"""Rule tables of rates: the national one, and a pooling area's own laid over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from yufang.rates.errors import RateError
from yufang.rates.reading_tables import GradeLine, Guard, read_floating
from yufang.rates.yaml_places import Place, parse_yaml
from yufang.standards.catalogue import code_list
from yufang.standards.industries import Industry, NoRateClass, industry, rate_class
from yufang.standards.model import UnknownCode

FILE = "rates.yaml"
_TOP = {"key", "name", "effective_from", "source", "status", "classes", "divisions", "floating", "caps"}
HIGHEST_RATE_PCT = 10.0  # a base rate above this is a slip of the decimal point


@dataclass(frozen=True, slots=True, kw_only=True)
class RateClassRow:
    """One insurance class: base rate in per cent of wages, floating grades in per cent of it, rising."""

    number: int
    base_rate_pct: float
    grades_pct: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """Everything that turns a record into a rate. `divisions` holds what goes before the national class of a
    division."""

    key: str
    name_zh: str
    name_en: str
    effective_from: date
    source: str
    status: str  # law | local | judgement
    classes: Mapping[int, RateClassRow]
    divisions: Mapping[str, int]
    window_years: int
    least_years: int
    by_experience: tuple[GradeLine, ...]
    max_steps_up: int
    max_steps_down: int
    guards: tuple[Guard, ...]
    max_rise_pct: float
    max_fall_pct: float

    def class_of(self, industry_code: str) -> RateClassRow:
        """The class of an industry code of GB/T 4754-2017. Raises RateError for no, an unknown or an unassigned
        code."""
        found = known_industry(industry_code)
        try:
            for step in reversed(found.path):
                if step.code in self.divisions:
                    return self.classes[self.divisions[step.code]]
            return self.classes[rate_class(found.code).number]
        except NoRateClass as error:
            raise RateError(
                (
                    f"行业代码“{industry_code}”在国家行业表中没有单一的费率类别",
                    "在本地费率表(rates.yaml)的 divisions 中指定它的类别，或改用两位以上的行业代码",
                ),
                (
                    f"the industry {industry_code!r} has no single class in the national table",
                    f"assign one under `divisions` of the local {FILE}, or give a code of two digits or more",
                ),
                "industry_code",
            ) from error


def known_industry(industry_code: str) -> Industry:
    """The industry of a code; of its division where the finer digits are unknown, for classes are given by division.

    Raises RateError for an empty code and for an unknown division.
    """
    found = _look_up((industry_code or "").strip())
    if isinstance(found, RateError):
        raise found
    return found


@lru_cache(maxsize=20_000)
def _look_up(code: str) -> Industry | RateError:
    if not code:
        return RateError(
            ("行业代码为空，无法确定费率类别", "补填 GB/T 4754-2017 行业代码(至少两位大类)后重新测算"),
            (
                "the industry code is empty, so no class can be found",
                "fill in the GB/T 4754-2017 code, two digits at least",
            ),
            "industry_code",
        )
    try:
        return industry(code)
    except UnknownCode as error:
        digits = "".join(c for c in code if c.isdecimal())
        if len(digits) > 2:
            try:
                return industry(digits[:2])
            except UnknownCode:
                pass
        near = "、".join(f"{e.code} {e.name_zh}" for e in error.nearest[:3])
        near_en = ", ".join(f"{e.code} {e.name_en}" for e in error.nearest[:3])
        return RateError(
            (
                f"行业代码“{code}”不在 GB/T 4754-2017 中",
                f"改正行业代码{f'(相近：{near})' if near else ''}后重新测算",
            ),
            (
                f"the industry code {code!r} is not in GB/T 4754-2017",
                f"correct it{f' (near: {near_en})' if near else ''}",
            ),
            "industry_code",
        )


def load_table(folder: Path) -> RuleTable:
    """The table of the `rates.yaml` in `folder`, laid over the national one. Raises RateError naming file and place."""
    path = folder / FILE
    if not path.is_file():
        raise RateError(
            (f"{folder} 中没有 {FILE}", f"把本地费率表写成该文件夹下的 {FILE}"),
            (f"{folder} holds no {FILE}", f"write the local table into {FILE} in that folder"),
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RateError(
            (f"{path} 读不出来：{error}", "存为 UTF-8 文本后重试"),
            (f"{path} can't be read: {error}", "save it as UTF-8 text and try again"),
        ) from error
    return read_table(text, path.name)


def read_table(text: str, name: str = FILE) -> RuleTable:
    """The table that `text` (YAML) says; what it leaves out is as the national table has it.

    Raises RateError naming `name`, the place in it, the value, the rule and the way out.
    """
    return _read(Place(name, parse_yaml(text, name)))


@lru_cache(maxsize=1)
def national_table() -> RuleTable:
    """The table that stands where a pooling area has none of its own."""
    return _read(Place("national.yaml", _national_body()))


def national_text() -> str:
    """The national table as it is written, to start a local one from."""
    return resources.files("yufang.rates").joinpath("data", "national.yaml").read_text("utf-8")


def _national_body() -> dict[str, Any]:
    body: dict[str, Any] = yaml.safe_load(national_text())
    body["classes"] = [
        {
            "class": int(e.code),
            "base_rate_pct": float(e.values["base_rate_pct"]),
            "grades_pct": [int(g) for g in e.values["grades_pct"].split("|")],
        }
        for e in code_list("wii_rate_class")
    ]
    return body


def _read(place: Place) -> RuleTable:
    place.mapping(_TOP)
    base = _national_body()
    classes = {row.number: row for row in (_class(row) for row in Place("national.yaml", base).get("classes").items())}
    if place.has("classes"):
        for item in place.get("classes").items():
            row = _class(item)
            classes[row.number] = row
    divisions = _divisions(place.get("divisions"), classes) if place.has("divisions") else {}
    merged = base["floating"] | (place.get("floating").mapping(set(base["floating"])) if place.has("floating") else {})
    floating = read_floating(Place(place.file, merged, "floating"), classes)
    caps = Place(
        place.file, base["caps"] | (place.get("caps").mapping(set(base["caps"])) if place.has("caps") else {}), "caps"
    )
    named = Place(
        place.file, {key: place.body.get(key, base[key]) for key in ("key", "name", "effective_from", "source")}
    )
    title = named.get("name")
    title.mapping({"zh", "en"})
    return RuleTable(
        key=named.get("key").text(),
        name_zh=title.get("zh").text(),
        name_en=title.get("en").text(),
        effective_from=named.get("effective_from").day(),
        source=named.get("source").text(),
        status=str(place.body.get("status", "local")),
        classes=classes,
        divisions=divisions,
        max_rise_pct=caps.get("max_rise_pct").number(0, 1000),
        max_fall_pct=caps.get("max_fall_pct").number(0, 100),
        **floating,
    )


def _class(place: Place) -> RateClassRow:
    place.mapping({"class", "base_rate_pct", "grades_pct"})
    number = place.get("class").whole(1, 8)
    rate = place.get("base_rate_pct").number(0, HIGHEST_RATE_PCT)
    if rate <= 0:
        place.get("base_rate_pct").refuse("必须大于 0", "must be above 0")
    grades = tuple(g.whole(1, 500) for g in place.get("grades_pct").items())
    if 100 not in grades or list(grades) != sorted(set(grades)):
        place.get("grades_pct").refuse(
            "必须从小到大、不重复，并包含 100", "must rise without repetition and contain 100"
        )
    return RateClassRow(number=number, base_rate_pct=rate, grades_pct=grades)


def _divisions(place: Place, classes: Mapping[int, RateClassRow]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code, value in place.entries():
        try:
            known = industry(code)
        except UnknownCode:
            value.refuse(f"“{code}”不是 GB/T 4754-2017 代码", f"{code!r} is no code of GB/T 4754-2017")
        if known.division is None:
            value.refuse(
                "门类跨多个费率类别，请写大类或更细的代码", "a section spans several classes; give a division or finer"
            )
        found[known.code] = value.whole(min(classes), max(classes))
    return found
