"""Made-up workers and what agencies' files make of them: for tests and benches. Nothing here is real.

A worker's records differ as files do: identity numbers whole, masked, cut to the last four, mistyped or missing; names
masked or misheard; days of birth mistyped; employers shortened or changed. Namesakes work side by side, and some share
a day of birth. Everything follows from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from yufang.lake.cleaning.numbers import PROVINCES, id_check_digit
from yufang.lake.linkage.corruption import Row, made_employers, made_people, made_phone
from yufang.lake.linkage.words import GIVEN_CHARACTERS

PERSON_COLUMNS = ("name", "id_number", "birth_date", "sex", "employer", "phone")
WORKERS = 12  # to an employer, on average
_FIRST_BIRTH, _BIRTH_DAYS = date(1958, 1, 1), 17_500


@dataclass(frozen=True, slots=True)
class PersonRates:
    """How often each error befalls a second writing."""

    name_masked: float = 0.15
    name_misheard: float = 0.04
    no_number: float = 0.30
    number_masked: float = 0.25
    number_last_four: float = 0.10
    number_mistyped: float = 0.04
    no_birth: float = 0.35
    birth_mistyped: float = 0.03
    birth_written_otherwise: float = 0.5
    no_employer: float = 0.15
    employer_short: float = 0.30
    other_employer: float = 0.15
    no_phone: float = 0.40
    other_phone: float = 0.20
    no_sex: float = 0.30


def made_persons(count: int, seed: int) -> pl.DataFrame:
    """`count` made-up workers: `entity` and PERSON_COLUMNS; identity numbers with the right check digit."""
    rng = np.random.default_rng(seed)
    employers = made_employers(max(2, count // WORKERS), seed + 1)["name"].to_list()
    names = made_people(count, rng)
    births = [_FIRST_BIRTH + timedelta(int(days)) for days in rng.integers(0, _BIRTH_DAYS, count)]
    men = rng.random(count) < 0.7
    province = rng.choice(len(PROVINCES), count)
    county, order = rng.integers(101, 900, count), rng.integers(0, 500, count)
    body = [
        f"{PROVINCES[p]}{c:04d}{b:%Y%m%d}{2 * o + int(man):03d}"  # the last but one is odd for men
        for p, c, b, o, man in zip(province, county, births, order, men, strict=True)
    ]
    numbers = pl.DataFrame({"body": body}).select(pl.col("body") + id_check_digit(pl.col("body")))["body"]
    return pl.DataFrame(
        {
            "entity": np.arange(count),
            "name": names,
            "id_number": numbers,
            "birth_date": [b.isoformat() for b in births],
            "sex": np.where(men, "男", "女"),
            "employer": [employers[e] for e in rng.integers(0, len(employers), count)],
            "phone": [made_phone(rng) for _ in range(count)],
        }
    )


def corrupted_persons(
    persons: pl.DataFrame, records: int, seed: int, rates: PersonRates = PersonRates()
) -> pl.DataFrame:
    """`records` rows (record_id, entity, source, PERSON_COLUMNS): each person once as is, then some with errors."""
    if records < persons.height:
        raise ValueError(f"{records} records can't hold {persons.height} persons once each")
    rng = np.random.default_rng(seed)
    originals = persons.rows(named=True)
    employers = persons["employer"].unique().sort().to_list()
    again = np.sort(rng.integers(0, persons.height, records - persons.height))
    scribe = _Scribe(rng, rates, employers)
    rows = [{**row, "source": "register"} for row in originals]
    rows += [{**scribe.write(originals[i]), "source": f"agency {int(rng.integers(1, 4))}"} for i in again]
    order = rng.permutation(len(rows))
    schema = {"entity": pl.Int64, "source": pl.String, **dict.fromkeys(PERSON_COLUMNS, pl.String)}
    frame = pl.DataFrame([rows[i] for i in order], schema=schema)
    return frame.select(pl.Series("record_id", [f"P{i:07d}" for i in range(frame.height)]), *schema)


class _Scribe:
    """Writes a worker down again, with the errors of `rates`."""

    def __init__(self, rng: np.random.Generator, rates: PersonRates, employers: list[str]) -> None:
        self._rng, self._rates, self._employers = rng, rates, employers

    def _one(self, *shares: float) -> int:
        """The place of the share that a draw falls into; their number where it falls beyond all."""
        draw = self._rng.random()
        return int(np.searchsorted(np.cumsum(shares), draw, side="right"))

    def write(self, row: Row) -> Row:
        rates, out = self._rates, dict(row)
        out["name"] = self._name(str(row["name"]))
        out["id_number"] = self._number(str(row["id_number"]))
        out["birth_date"] = self._birth(str(row["birth_date"]))
        out["employer"] = self._employer(str(row["employer"]))
        match self._one(rates.no_phone, rates.other_phone):
            case 0:
                out["phone"] = None
            case 1:
                out["phone"] = made_phone(self._rng)
        if self._one(rates.no_sex) == 0:
            out["sex"] = None
        return out

    def _name(self, name: str) -> str:
        match self._one(self._rates.name_masked, self._rates.name_misheard):
            case 0:
                return name[0] + ("某" if self._one(0.3) == 0 else "*") * (len(name) - 1)
            case 1:
                return name[:-1] + GIVEN_CHARACTERS[int(self._rng.integers(len(GIVEN_CHARACTERS)))]
        return name

    def _number(self, number: str) -> str | None:
        rates = self._rates
        match self._one(rates.no_number, rates.number_masked, rates.number_last_four, rates.number_mistyped):
            case 0:
                return None
            case 1:
                return number[:6] + "********" + number[14:]
            case 2:
                return number[14:]
            case 3:
                place = int(self._rng.integers(6, 17))
                return number[:place] + str(int(self._rng.integers(10))) + number[place + 1 :]
        return number

    def _birth(self, birth: str) -> str | None:
        if self._one(self._rates.no_birth) == 0:
            return None
        year, month, day = birth.split("-")
        if self._one(self._rates.birth_mistyped) == 0:
            day = f"{int(self._rng.integers(1, 29)):02d}"
        if self._one(self._rates.birth_written_otherwise) == 0:
            return f"{year}年{int(month)}月{int(day)}日"
        return f"{year}-{month}-{day}"

    def _employer(self, employer: str) -> str | None:
        match self._one(self._rates.no_employer, self._rates.employer_short, self._rates.other_employer):
            case 0:
                return None
            case 1:
                return employer.replace("有限责任公司", "").replace("股份有限公司", "").replace("有限公司", "")
            case 2:
                return self._employers[int(self._rng.integers(len(self._employers)))]
        return employer
