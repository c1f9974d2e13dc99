"""What enterprises paid in and what the fund paid out, year by year, read and checked.

A row that can't be taken is kept with its field, value, rule and way out; the others go on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yufang.lake.errors import LakeError
from yufang.lake.readers import ROW, read_source
from yufang.rates.errors import RateError

# column → headings that agencies use
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "enterprise_id": ("enterprise_id", "统一社会信用代码", "单位编号", "企业编号", "credit_code"),
    "year": ("year", "年度", "年份", "缴费年度"),
    "payroll": ("payroll", "缴费工资总额", "缴费基数", "工资总额"),
    "benefits": ("benefits", "基金支付", "工伤保险待遇支出", "支缴金额", "待遇支付"),
    "injuries": ("injuries", "工伤人数", "工伤件数", "认定人数"),
    "deaths": ("deaths", "工亡人数", "死亡人数"),
    "diseases": ("diseases", "职业病人数", "职业病例数"),
    "grade": ("grade", "浮动档次", "当前档次", "现行浮动比例"),
}
NEEDED = ("enterprise_id", "year", "payroll", "benefits")
FIRST_YEAR, LAST_YEAR = 1996, 2100
MOST_PAYROLL = 1e12  # yuan a year: above it a unit was mistaken


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuredYear:
    """One enterprise in one year. `payroll`, `benefits` in yuan; `grade`: the floating grade in force then, in per
    cent."""

    enterprise_id: str
    year: int
    payroll: float
    benefits: float
    injuries: int = 0
    deaths: int = 0
    diseases: int = 0
    grade: int | None = None
    row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that was not taken: all that stood in it, and why, with the way out."""

    row: int
    field: str
    value: str
    reason_zh: str
    reason_en: str
    raw: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuredTable:
    """What a file held."""

    rows: tuple[InsuredYear, ...]
    refused: tuple[RefusedRow, ...]


class _Unfit(Exception):
    """A value that its rule doesn't take."""

    def __init__(self, field: str, value: object, zh: str, en: str) -> None:
        super().__init__(en)
        self.field, self.value, self.zh, self.en = field, value, zh, en


def read_insured(path: Path) -> InsuredTable:
    """Read a CSV, workbook, Parquet or JSONL file. Raises RateError where the file or its headings can't be read."""
    try:
        source = read_source(path)
    except LakeError as error:
        raise RateError(error.zh, (error.message, error.way_out)) from error
    return take_rows(source.frame.iter_rows(named=True), source.columns, path.name)


def take_rows(rows: Iterable[Mapping[str, Any]], columns: Iterable[str], name: str) -> InsuredTable:
    """Check `rows` under the headings `columns` of the file `name`. Raises RateError where a needed column is
    missing."""
    found = _columns(columns, name)
    taken: dict[tuple[str, int], InsuredYear] = {}
    refused: list[RefusedRow] = []
    for number, raw in enumerate(rows, 1):
        row = int(raw.get(ROW) or number)
        try:
            one = _row({key: raw.get(column) for key, column in found.items()}, row)
            before = taken.get((one.enterprise_id, one.year))
            if before is not None:
                raise _Unfit(
                    "year",
                    one.year,
                    f"该企业 {one.year} 年已在第 {before.row} 行出现；保留一行，合并或删去另一行",
                    f"row {before.row} already tells {one.year} of this enterprise; merge the two or remove one",
                )
            taken[one.enterprise_id, one.year] = one
        except _Unfit as unfit:
            kept = {key: "" if value is None else str(value) for key, value in raw.items() if key != ROW}
            refused.append(
                RefusedRow(
                    row=row,
                    field=unfit.field,
                    value="" if unfit.value is None else str(unfit.value),
                    reason_zh=unfit.zh,
                    reason_en=unfit.en,
                    raw=kept,
                )
            )
    return InsuredTable(rows=tuple(taken.values()), refused=tuple(refused))


def _columns(columns: Iterable[str], name: str) -> dict[str, str]:
    present = {c.strip().lower(): c for c in columns}
    found = {
        key: next(present[h.lower()] for h in headings if h.lower() in present)
        for key, headings in HEADINGS.items()
        if any(h.lower() in present for h in headings)
    }
    missing = [key for key in NEEDED if key not in found]
    if missing:
        lacking = "、".join(HEADINGS[key][1] for key in missing)
        there = "、".join(present.values())
        raise RateError(
            (f"{name} 缺少列：{lacking}；现有：{there}", "补上这些列(或改成这些列名)后重新上传"),
            (f"{name} lacks the column {', '.join(missing)}; it has {there}", "add or rename them and try again"),
            missing[0],
        )
    return found


def _row(values: Mapping[str, Any], row: int) -> InsuredYear:
    owner = str(values.get("enterprise_id") or "").strip()
    if not owner:
        raise _Unfit(
            "enterprise_id", "", "企业编号为空；补填统一社会信用代码", "the enterprise's id is empty; fill it in"
        )
    year = _number("year", values["year"], needed=True)
    if year != int(year) or not FIRST_YEAR <= year <= LAST_YEAR:
        raise _Unfit(
            "year",
            values["year"],
            f"年度应是 {FIRST_YEAR} 到 {LAST_YEAR} 的整数；请改正",
            f"should be a whole year from {FIRST_YEAR} to {LAST_YEAR}; correct it",
        )
    payroll = _number("payroll", values["payroll"], needed=True)
    benefits = _number("benefits", values["benefits"], needed=False)
    if payroll > MOST_PAYROLL:
        raise _Unfit(
            "payroll",
            payroll,
            "工资总额超过一万亿元，多半是单位弄错；应以元计",
            "above 10¹² yuan: probably the wrong unit; give yuan",
        )
    if payroll == 0 and benefits > 0:
        raise _Unfit(
            "payroll",
            payroll,
            f"工资总额为 0 而基金支付 {benefits:g} 元，无法测算费率；核对缴费工资后重新上传",
            f"payroll is 0 while benefits are {benefits:g} yuan: no rate can be made; check it and load it again",
        )
    counts = {key: _count(key, values.get(key)) for key in ("injuries", "deaths", "diseases")}
    grade = values.get("grade")
    return InsuredYear(
        enterprise_id=owner,
        year=int(year),
        payroll=payroll,
        benefits=benefits,
        grade=None if _empty(grade) else round(_number("grade", str(grade).rstrip("%"), needed=True)),
        row=row,
        **counts,
    )


def _empty(value: object) -> bool:
    return value is None or str(value).strip() == ""


_NAMES = {
    "year": "年度",
    "payroll": "工资总额",
    "benefits": "基金支付",
    "injuries": "工伤人数",
    "deaths": "工亡人数",
    "diseases": "职业病人数",
    "grade": "浮动档次",
}


def _number(field: str, value: object, *, needed: bool) -> float:
    zh = _NAMES[field]
    if _empty(value):
        if not needed:
            return 0.0
        raise _Unfit(field, "", f"{zh}缺失；补填后重新上传", f"{field} is missing; fill it in and load it again")
    try:
        number = float(str(value).replace(",", "").replace("，", "").strip())
    except ValueError:
        raise _Unfit(
            field, value, f"{zh}不是数字；改正后重新上传", f"{field} is not a number; correct it and load it again"
        ) from None
    if not math.isfinite(number):
        raise _Unfit(
            field,
            value,
            f"{zh}不是有限的数；改正后重新上传",
            f"{field} is not a finite number; correct it and load it again",
        )
    if number < 0:
        raise _Unfit(
            field,
            value,
            f"{zh}为负数；应不小于 0。若是退费或冲正，请并入原年度后重新上传",
            f"{field} is negative, but must be at least 0; book a refund or correction into its year and load it again",
        )
    return number


def _count(field: str, value: object) -> int:
    number = _number(field, value, needed=False)
    if number != int(number):
        raise _Unfit(
            field,
            value,
            f"{_NAMES[field]}应是整数；改正后重新上传",
            f"{field} should be a whole number; correct it and load it again",
        )
    return int(number)
