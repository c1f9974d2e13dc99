"""What is compared between two persons' records: masked and partial names and identity numbers included."""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from yufang.lake.cleaning.numbers import id_fault
from yufang.lake.linkage.company import parse_company, simplify
from yufang.lake.linkage.contracts import Kind, comparison, level
from yufang.lake.linkage.employers import numbered, rare
from yufang.lake.linkage.text import each, person_name, phone, simplified, sketched

FIELDS = ("name", "id_number", "birth_date", "sex", "employer", "phone")

COMPARISONS = (
    comparison(
        "name", "name_l is null or name_r is null",
        level("same name", "name_l = name_r and not masked_l and not masked_r", 0.80, 1e-4, tf="name"),
        level("same as far as it is shown", "(masked_l or masked_r) and name_l like shown_r and name_r like shown_l",
              0.14, 0.004),
        level("one character differs", "levenshtein(name_sk_l, name_sk_r) <= 1 and length(name_sk_l) >= 2"
              " and not masked_l and not masked_r", 0.04, 0.01),
        level("other name", None, 0.02, 0.986),
    ),
    comparison(
        "id_number", "(id_l is null and head_l is null and tail_l is null)"
        " or (id_r is null and head_r is null and tail_r is null)",
        level("same number", "id_l = id_r", 0.62, 1e-7),
        level("same as far as it is shown", "(id_l is null or id_r is null) and coalesce(head_l = head_r, true)"
              " and tail_l = tail_r", 0.30, 1e-4),
        level("number with a typing error", "levenshtein(id_l, id_r) <= 2", 0.05, 1e-6),
        level("other number", None, 0.03, 0.9998),
    ),
    comparison(
        "birth_date", "birth_l is null or birth_r is null",
        level("same day", "birth_l = birth_r", 0.93, 6e-5),
        level("day with a typing error", "levenshtein(birth_l, birth_r) <= 1", 0.04, 6e-4),
        level("other day", None, 0.03, 0.999),
    ),
    comparison(
        "employer", "employer_l is null or employer_r is null",
        level("same employer", "employer_l = employer_r", 0.75, 0.004, tf="employer"),
        level("employer with a typing error", "levenshtein(employer_sk_l, employer_sk_r) <= 1"
              " and length(employer_sk_l) >= 4", 0.06, 0.001),
        level("other employer", None, 0.19, 0.995),
    ),
    comparison(
        "phone", "phone_l is null or phone_r is null",
        level("same phone", "phone_l = phone_r", 0.75, 1e-6),
        level("other phone", None, 0.25, 0.999999),
    ),
    comparison(
        "sex", "sex_l is null or sex_r is null",
        level("same sex", "sex_l = sex_r", 0.99, 0.6),
        level("other sex", None, 0.01, 0.4),
    ),
)  # fmt: skip

PERSONS = Kind(
    name="persons",
    fields=FIELDS,
    strong=("name", "id_number", "phone"),
    comparisons=COMPARISONS,
    blocking=(
        "l.k_id = r.k_id", "l.k_name_birth = r.k_name_birth", "l.k_name_employer = r.k_name_employer",
        "l.k_tail_first = r.k_tail_first", "l.k_phone = r.k_phone", "l.k_birth_first = r.k_birth_first",
        "l.k_first_employer = r.k_first_employer",
    ),
    training=("l.id = r.id", "l.name = r.name and l.birth = r.birth", "l.phone = r.phone"),
    prior=("l.id = r.id", "l.name = r.name and l.birth = r.birth"),
    exclusive="id_sure",
    proof=None,  # a day of birth is read from the number too: it would learn from itself
    apart=None,
    tokens=("name", "employer"),
)  # fmt: skip


def person_features(frame: pl.DataFrame) -> pl.DataFrame:
    """What is compared: one row for each of `frame` (String columns named as in FIELDS, missing ones allowed)."""
    text = {
        name: frame[name] if name in frame.columns else pl.Series(name, [None] * frame.height, dtype=pl.String)
        for name in FIELDS
    }
    name = each(simplified(text["name"]), person_name)
    number = each(text["id_number"], _number)
    whole = each(number, lambda value: value if "*" not in value and len(value) in (15, 18) else None)
    sure = whole.to_frame("id").select(pl.when(id_fault(pl.col("id")).is_null()).then("id"))["id"]
    employer = each(text["employer"], lambda value: parse_company(value).core)
    features = pl.DataFrame(
        {
            "name": name,
            "name_sk": sketched(name),
            "masked": name.str.contains("*", literal=True).fill_null(False),
            "shown": name.str.replace_all("%", "").str.replace_all("*", "_", literal=True),
            "id": whole,
            "head": each(number, lambda value: value[:6] if "*" not in value[:6] else None),
            "tail": each(number, lambda value: value[-4:] if "*" not in value[-4:] and len(value) >= 4 else None),
            "birth": pl.Series([None] * frame.height, dtype=pl.String) if frame.is_empty() else _birth(text, whole),
            "employer": employer,
            "employer_sk": sketched(employer),
            "phone": each(text["phone"], phone),
            "sex": each(text["sex"], _sex),
            "id_sure": sure,
        }
    )
    # A masked name meets others as far as it is shown, so `shown` has to fit both ways.
    features = features.with_columns(
        pl.when("masked").then("shown").otherwise(pl.lit("%")).alias("shown"),
        pl.coalesce("sex", each(sure, lambda v: _sex_of(v))).alias("sex"),
    )
    first = pl.when(pl.col("name").str.slice(0, 1) != "*").then(pl.col("name").str.slice(0, 1))
    texts = {
        "k_id": pl.col("id"),
        "k_name_birth": pl.concat_str("name", "birth", separator="|"),
        "k_name_employer": pl.concat_str("name", "employer", separator="|"),
        "k_tail_first": pl.concat_str("tail", first, separator="|"),
        "k_phone": pl.col("phone"),
        "k_birth_first": pl.concat_str("birth", first, separator="|"),
        "k_first_employer": pl.concat_str(first, "employer", separator="|"),
    }
    return features.with_columns(numbered(key).alias(k) for k, key in texts.items()).with_columns(
        rare(key) for key in texts
    )


def _number(text: str) -> str | None:
    """An identity number, masked places as `*`; the last four alone stay four places."""
    value = unicodedata.normalize("NFKC", text).upper().replace(" ", "").replace("-", "")
    last = value[-1:] if value[-1:] in "0123456789X" else "*"
    value = re.sub(r"[^0-9]", "*", value[:-1]) + last
    if value.isdigit() and len(value) in (4, 15):
        return value
    return value if len(value) in (4, 15, 18) and not set(value) <= {"*"} else None


def _birth(text: dict[str, pl.Series], number: pl.Series) -> pl.Series:
    """Day of birth as eight digits: as given, else from the identity number."""
    given = each(text["birth_date"], _day)
    told = each(number, lambda value: value[6:14] if len(value) == 18 else "19" + value[6:12])
    return given.fill_null(told)


def _day(text: str) -> str | None:
    numbers = re.findall(r"\d+", unicodedata.normalize("NFKC", simplify(text)))
    if len(numbers) == 1 and len(numbers[0]) == 8:
        return str(numbers[0])
    if len(numbers) >= 3 and len(numbers[0]) == 4:
        return f"{numbers[0]}{int(numbers[1]):02d}{int(numbers[2]):02d}"
    return None


def _sex(text: str) -> str | None:
    return {"男": "m", "男性": "m", "m": "m", "male": "m", "1": "m", "女": "f", "女性": "f", "f": "f", "female": "f",
            "2": "f"}.get(text.strip().casefold())  # fmt: skip


def _sex_of(number: str) -> str:
    return "m" if int(number[16]) % 2 else "f"
