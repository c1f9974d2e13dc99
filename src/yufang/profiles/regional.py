"""The region by sectors, posts, people and situations: how many were hurt, against the year before, with intervals.

What a case doesn't say is not guessed: each dimension tells how many cases speak of it at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from scipy.special import betaincinv, gammaincinv

from yufang import standards
from yufang.profiles.history import month_index, month_start
from yufang.standards.model import UnknownCode

TOP_POSTS = 15
DIMENSIONS = ("sector", "post", "people", "situation")


class GroupError(ValueError):
    """A table of groups that can't be used; names the row, the field and what is wrong."""


class GroupRule(BaseModel):
    """One row: a case counts where any condition holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z_]+$")
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    words: tuple[str, ...] = ()
    age_from: float | None = Field(default=None, ge=0)
    age_below: float | None = Field(default=None, ge=0)
    tenure_below: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _says_something(self) -> GroupRule:
        if not self.words and self.age_from is None and self.age_below is None and self.tenure_below is None:
            raise ValueError(f"{self.key}: give words, age_from, age_below or tenure_below")
        return self

    def holds(self) -> pl.Expr:
        """True where a case counts; needs the columns of `_told`."""
        any_of = pl.lit(False)
        if self.words:
            any_of = pl.col("said").str.contains_any(list(self.words))
        if self.age_from is not None or self.age_below is not None:
            age = pl.col("age_told")
            within = age >= (self.age_from or 0)
            within = within & (age < self.age_below) if self.age_below is not None else within
            any_of = any_of | within.fill_null(False)
        if self.tenure_below is not None:
            any_of = any_of | (pl.col("tenure_told") < self.tenure_below).fill_null(False)
        return any_of


class GroupTable(BaseModel):
    """People and situations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urn: str
    version: str
    people: tuple[GroupRule, ...]
    situations: tuple[GroupRule, ...]


def read_groups(text: str) -> GroupTable:
    """Parse a table from YAML. Raises GroupError."""
    try:
        return GroupTable.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise GroupError(f"the table of groups is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise GroupError(f"table of groups, {where}: {first['msg']} (given: {first['input']!r})") from error


@cache
def default_groups() -> GroupTable:
    """The table that ships with the package."""
    return read_groups(resources.files("yufang.profiles").joinpath("groups.yaml").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFigures:
    """People hurt in one group in the 12 months before the view's month, and in the 12 before those.

    `change` is the ratio of the two minus 1 with its 5 % and 95 % bounds, None where neither has a case. For sectors
    `rate` is per 100 employees (bounds 5 % and 95 %), None where their number is unknown.
    """

    dimension: str
    key: str
    name_zh: str
    name_en: str
    injuries: int
    previous: int
    deaths: int
    lost_days: float
    change: float | None
    change_low: float | None
    change_high: float | None
    enterprises: int = 0
    rate: float | None = None
    rate_low: float | None = None
    rate_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalView:
    """A region as of the first day of `month`; `told` is the share of cases that speak of each dimension, in [0, 1]."""

    month: date
    injuries: int
    previous: int
    told: dict[str, float]
    groups: tuple[GroupFigures, ...]


def regional_view(
    enterprises: pl.DataFrame, cases: pl.DataFrame, *, at: date, groups: GroupTable | None = None
) -> RegionalView:
    """The view at the month of `at`, from tables as in `lake.tables`.

    Cases may carry `age` (years) and `tenure_months`. Cases of enterprises that the lake doesn't hold count too, in the
    sector that the case itself names.
    """
    table = groups or default_groups()
    last = month_index(at)
    rows = _told(cases, enterprises, last)
    found = [
        *_sectors(rows, enterprises),
        *_posts(rows),
        *(_figures("people", r.key, r.zh, r.en, rows.filter(r.holds())) for r in table.people),
        *(_figures("situation", r.key, r.zh, r.en, rows.filter(r.holds())) for r in table.situations),
    ]
    now = rows.filter(pl.col("now"))
    total = max(len(now), 1)
    return RegionalView(
        month=month_start(last),
        injuries=_people(now),
        previous=_people(rows.filter(~pl.col("now"))),
        told={
            "sector": float((now["division"] != "").sum()) / total,
            "post": float((now["post"] != "").sum()) / total,
            "age": float(now["age_told"].is_not_null().sum()) / total,
            "tenure": float(now["tenure_told"].is_not_null().sum()) / total,
            "narrative": float((now["said"].str.len_chars() > 1).sum()) / total,
        },
        groups=tuple(found),
    )


def _told(cases: pl.DataFrame, enterprises: pl.DataFrame, last: int) -> pl.DataFrame:
    """Cases of the last 24 months with what they tell."""
    month = pl.col("occurred_on").dt.year().cast(pl.Int64) * 12 + pl.col("occurred_on").dt.month().cast(pl.Int64) - 1
    rows = cases.filter(pl.col("occurred_on").is_not_null()).with_columns(month=month)
    rows = rows.filter(pl.col("month").is_between(last - 24, last - 1))
    for name in ("age", "tenure_months"):
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(None, dtype=pl.Float64).alias(name))
    known = enterprises.select("enterprise_id", pl.col("industry_code").alias("own_industry"))
    code = pl.coalesce(pl.col("own_industry"), pl.col("industry_code")).fill_null("")
    said = pl.col("narrative").fill_null("") + " " + pl.col("job").fill_null("")
    tenure = said.str.extract_groups(r"入职(?:仅|才|不到)?(\d{1,3})(天|日|个月|月|年)")
    number = tenure.struct.field("1").cast(pl.Float64)
    unit = tenure.struct.field("2")
    return rows.join(known, on="enterprise_id", how="left").with_columns(
        now=pl.col("month") >= last - 12,
        division=code.str.strip_chars_start("ABCDEFGHIJKLMNOPQRST").str.slice(0, 2),
        post=pl.col("job").fill_null("").str.strip_chars(),
        said=said,
        age_told=pl.coalesce(pl.col("age").cast(pl.Float64), said.str.extract(r"(\d{2})(?:周岁|岁)").cast(pl.Float64)),
        tenure_told=pl.coalesce(
            pl.col("tenure_months").cast(pl.Float64),
            pl.when(unit == "年").then(number * 12).when(unit.is_in(["天", "日"])).then(number / 30).otherwise(number),
        ),
        people=pl.max_horizontal(pl.col("injured").fill_null(0) + pl.col("deaths").fill_null(0), pl.lit(1)),
    )


def _people(rows: pl.DataFrame) -> int:
    return int(rows["people"].sum())


def _figures(dimension: str, key: str, zh: str, en: str, rows: pl.DataFrame, **more: Any) -> GroupFigures:
    now = rows.filter(pl.col("now"))
    a, b = _people(now), _people(rows.filter(~pl.col("now")))
    change = _change(a, b)
    return GroupFigures(
        dimension=dimension,
        key=key,
        name_zh=zh,
        name_en=en,
        injuries=a,
        previous=b,
        deaths=int(now["deaths"].fill_null(0).sum()),
        lost_days=float(now["lost_days"].fill_null(0).sum()),
        change=change[0],
        change_low=change[1],
        change_high=change[2],
        **more,
    )


def _change(now: int, before: int) -> tuple[float | None, float | None, float | None]:
    """Ratio minus 1 of two Poisson counts, with the bounds of the binomial share under Jeffreys' prior."""
    if now + before == 0:
        return None, None, None
    low, high = betaincinv(now + 0.5, before + 0.5, [0.05, 0.95])
    middle = now / before - 1 if before else None
    return middle, float(low / (1 - low) - 1), float(high / max(1 - high, 1e-9) - 1)


def _sectors(rows: pl.DataFrame, enterprises: pl.DataFrame) -> Iterable[GroupFigures]:
    code = pl.col("industry_code").fill_null("").str.strip_chars_start("ABCDEFGHIJKLMNOPQRST").str.slice(0, 2)
    size = (
        enterprises.with_columns(division=code)
        .group_by("division")
        .agg(
            pl.len().alias("enterprises"),
            pl.col("employees").sum().alias("employees"),
            pl.col("employees").is_null().mean().alias("unknown"),
        )
    )
    known = {row["division"]: row for row in size.iter_rows(named=True)}
    divisions = sorted({*known, *rows["division"].unique()} - {""})
    for division in divisions:
        of = rows.filter(pl.col("division") == division)
        about = known.get(division, {})
        hundreds = (about.get("employees") or 0) / 100
        # A rate over the employees of some only would be too high.
        tells = hundreds > 0 and (about.get("unknown") or 0) <= 0.2
        hurt = _people(of.filter(pl.col("now")))
        rate = (
            (hurt / hundreds, *(float(x) / hundreds for x in gammaincinv(hurt + 0.5, [0.05, 0.95])))
            if tells
            else (None, None, None)
        )
        zh, en = _division_names(division)
        yield _figures(
            "sector",
            division,
            zh,
            en,
            of,
            enterprises=int(about.get("enterprises") or 0),
            rate=rate[0],
            rate_low=rate[1],
            rate_high=rate[2],
        )


def _division_names(code: str) -> tuple[str, str]:
    try:
        found = standards.industry(code)
    except UnknownCode:
        return code, code
    return found.name_zh, found.name_en


def _posts(rows: pl.DataFrame) -> Iterable[GroupFigures]:
    """The posts with most people hurt, as the sources call them."""
    named = rows.filter(pl.col("post") != "")
    sums = named.group_by("post").agg(pl.col("people").filter(pl.col("now")).sum().alias("n"))
    most = sums.sort(["n", "post"], descending=[True, False]).head(TOP_POSTS)
    for post in most.filter(pl.col("n") > 0)["post"]:
        yield _figures("post", post, post, post, named.filter(pl.col("post") == post))
