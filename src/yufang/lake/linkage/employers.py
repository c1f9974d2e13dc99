"""What is compared between two employers' records, and by which keys they may meet.

All of it is worked out here, in this process and once a record, so that every engine compares the same texts with
functions that mean the same everywhere: `=`, `levenshtein` of sketches, `instr`, `like`.
"""

from __future__ import annotations

import polars as pl

from yufang.lake.linkage.company import Company, parse_company, region_key, simplify
from yufang.lake.linkage.contracts import Kind, comparison, level
from yufang.lake.linkage.text import address, address_key, each, person_name, phone, simplified, sketched
from yufang.lake.names import is_credit_code

FIELDS = ("name", "former_name", "credit_code", "region", "address", "phone", "legal_person", "industry")
# A key that more records share than this is too common to tell anything: those meet by finer keys only.
COMMON = 40

COMPARISONS = (
    comparison(
        "name", "core_l is null or core_r is null",
        level("same name", "full_l = full_r", 0.30, 2e-6, tf="core"),
        level("same but for region, form or branch", "core_l = core_r", 0.28, 2e-5, tf="core"),
        level("the other's former name", "core_l = former_r or former_l = core_r or former_l = former_r", 0.05, 1e-6),
        level("one typing error", "levenshtein(core_sk_l, core_sk_r) <= 1 and length(core_sk_l) >= 4"
              " and length(core_sk_r) >= 4", 0.12, 2e-5),
        level("short form of the other", "core_l like pattern_r or core_r like pattern_l"
              " or instr(core_l, core_r) = 1 or instr(core_r, core_l) = 1", 0.14, 3e-5),
        level("two typing errors", "levenshtein(core_sk_l, core_sk_r) <= 2 and length(core_sk_l) >= 6"
              " and length(core_sk_r) >= 6", 0.03, 3e-4),
        level("same brand", "brand_l = brand_r", 0.04, 4e-4, tf="brand"),
        level("other name", None, 0.04, 0.999),
    ),
    comparison(
        "credit_code", "code_l is null or code_r is null",
        level("same code", "code_l = code_r", 0.90, 1e-6),
        # Like codes of which neither has its check digit are made up or numbered through: they prove nothing.
        level("same organisation part", "org_l = org_r and (code_ok_l or code_ok_r)", 0.03, 1e-6),
        level("code with a typing error", "levenshtein(code_l, code_r) <= 2 and (code_ok_l or code_ok_r)", 0.04, 1e-6),
        level("other code, one of them mistyped", "not (code_ok_l and code_ok_r)", 0.01, 0.05),
        level("other code", None, 0.001, 0.95),
    ),
    comparison(
        "address", "addr_l is null or addr_r is null",
        level("same address", "addr_l = addr_r", 0.55, 1e-5),
        level("same road and number", "akey_l = akey_r", 0.15, 5e-5),
        level("address with typing errors", "levenshtein(addr_sk_l, addr_sk_r) <= 2 and length(addr_sk_l) >= 6"
              " and length(addr_sk_r) >= 6", 0.10, 5e-4),
        level("other address", None, 0.20, 0.999),
    ),
    comparison(
        "phone", "phone_l is null or phone_r is null",
        level("same phone", "phone_l = phone_r", 0.80, 1e-5),
        level("phone with a typing error", "levenshtein(phone_l, phone_r) <= 1", 0.05, 1e-4),
        level("other phone", None, 0.15, 0.999),
    ),
    comparison(
        "legal_person", "legal_l is null or legal_r is null",
        level("same legal person", "legal_l = legal_r", 0.85, 2e-4, tf="legal"),
        level("other legal person", None, 0.15, 0.999),
    ),
    comparison(
        "region", "region_l is null or region_r is null",
        level("same region", "region_l = region_r", 0.93, 0.05, tf="region"),
        level("other region", None, 0.07, 0.95),
    ),
    comparison(
        "branch", "branch_l is null or branch_r is null",
        level("same branch", "branch_l = branch_r", 0.70, 0.05),
        level("other branch", None, 0.30, 0.95),
    ),
    comparison(
        "industry", "industry_l is null or industry_r is null",
        level("same industry", "industry_l = industry_r", 0.90, 0.06, tf="industry"),
        level("other industry", None, 0.10, 0.94),
    ),
)  # fmt: skip

EMPLOYERS = Kind(
    name="employers",
    fields=FIELDS,
    strong=("name", "credit_code", "phone", "address"),
    comparisons=COMPARISONS,
    blocking=(
        "l.k_code = r.k_code", "l.k_name = r.k_name", "l.k_core = r.k_old", "l.k_old = r.k_core", "l.k_old = r.k_old",
        "l.k_phone = r.k_phone", "l.k_legal = r.k_legal", "l.k_legal_place = r.k_legal_place",
        "l.k_addr = r.k_addr", "l.k_org = r.k_org", "l.k_code_a = r.k_code_a", "l.k_code_b = r.k_code_b",
        "l.k_head = r.k_head", "l.k_skip = r.k_skip", "l.k_tail = r.k_tail",
    ),
    # What EM is fitted on: pairs that agree in one thing show how often the other things agree.
    training=("l.code = r.code", "l.core = r.core and l.region = r.region", "l.phone = r.phone"),
    prior=("l.code = r.code", "l.core = r.core and l.legal = r.legal", "l.core = r.core and l.phone = r.phone"),
    exclusive="code_sure",
    proof="credit_code",
    apart="base",
    tokens=("core", "brand", "legal", "region", "industry"),
)  # fmt: skip


def employer_features(frame: pl.DataFrame) -> pl.DataFrame:
    """What is compared: one row for each of `frame` (String columns named as in FIELDS, missing ones allowed)."""
    text = {name: frame[name] if name in frame.columns else _nothing(name, frame.height) for name in FIELDS}
    parts = _companies(text["name"])
    former = each(text["former_name"], lambda value: parse_company(value).core)
    code = each(text["credit_code"], lambda value: _code(value))
    where = simplified(text["address"])
    addr = each(where, address)
    place = each(text["region"], region_key)
    named = each(where, lambda value: region_key(value, guess=False))
    features = parts.with_columns(
        pl.coalesce(former, pl.col("former")).alias("former"),
        pl.coalesce(place, named, pl.col("region")).alias("region"),
        code.alias("code"),
        code.str.slice(8, 9).alias("org"),
        addr.alias("addr"),
        sketched(addr).alias("addr_sk"),
        each(addr, address_key).alias("akey"),
        each(text["phone"], phone).alias("phone"),
        each(simplified(text["legal_person"]), person_name).alias("legal"),
        each(text["industry"], lambda value: value.strip()[:40]).alias("industry"),
    )
    valid = each(features["code"], lambda value: value if is_credit_code(value) else None)
    return _keys(
        features.with_columns(
            pl.when(pl.col("code").str.len_chars() == 18).then("org").alias("org"),
            valid.is_not_null().alias("code_ok"),
            valid.alias("code_sure"),
        )
    )


def _nothing(name: str, rows: int) -> pl.Series:
    return pl.Series(name, [None] * rows, dtype=pl.String)


def _code(value: str) -> str | None:
    """A code as written, mistyped or not: letters and digits only, and long enough to be one."""
    code = "".join(c for c in simplify(value).upper() if c.isascii() and c.isalnum())
    return code if 8 <= len(code) <= 20 and len(set(code)) > 2 else None


def _companies(names: pl.Series) -> pl.DataFrame:
    """The parts of each name, each distinct name taken apart once."""
    distinct = names.drop_nulls().unique()
    rows = [parse_company(value) for value in distinct]
    schema = dict.fromkeys(Company._fields, pl.String)
    table = pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.all().replace("", None))
    core = table["core"]
    # A short name leaves characters out: 中石化 is 中%石%化 of 中国石油化工.
    pattern = (
        pl.when(pl.col("core").str.len_chars().is_between(2, 5))
        .then(pl.col("core").str.replace_all(r"(.)", "${1}%"))
        .alias("pattern")
    )
    table = table.with_columns(distinct.alias("key"), sketched(core).alias("core_sk"), pattern)
    joined = names.alias("key").to_frame().join(table, on="key", how="left", maintain_order="left")
    base = pl.concat_str("region", "core", "form", ignore_nulls=True)
    return joined.with_columns(base.alias("base")).drop("key", "form")


def _keys(features: pl.DataFrame) -> pl.DataFrame:
    """Keys by which records meet, as numbers; null where a key is missing or too common."""
    core, region, code = pl.col("core"), pl.col("region").fill_null(""), pl.col("code")
    common = pl.len().over("core") > COMMON
    crowded = pl.len().over("akey") > COMMON
    texts = {
        "k_name": pl.when(common).then(pl.concat_str(core, region, separator="|")).otherwise(core),
        "k_phone": pl.col("phone"),
        "k_legal": pl.concat_str("legal", core.str.slice(0, 1), separator="|"),
        "k_legal_place": pl.concat_str("legal", region, separator="|"),
        "k_addr": pl.when(crowded).then(pl.concat_str(region, "akey", separator="|")).otherwise("akey"),
        "k_code": code,
        "k_org": pl.col("org"),
        "k_code_a": code.str.slice(2, 10),
        "k_code_b": pl.when(code.str.len_chars() >= 17).then(code.str.slice(11)),
        "k_head": pl.concat_str(core.str.slice(0, 2), region, separator="|"),
        "k_skip": pl.concat_str(core.str.slice(0, 1), core.str.slice(2, 2), region, separator="|"),
        "k_tail": pl.concat_str(core.str.slice(1, 3), region, separator="|"),
    }
    features = features.with_columns([numbered(expression).alias(name) for name, expression in texts.items()])
    either = pl.concat([features["core"], features["former"]]).cast(pl.Categorical).to_physical().cast(pl.Int64)
    return features.with_columns(
        either[: features.height].alias("k_core"), either[features.height :].alias("k_old")
    ).with_columns(rare(name) for name in texts)


def numbered(key: pl.Expr) -> pl.Expr:
    """A key's texts as numbers; only equality means anything."""
    return key.rank("dense").cast(pl.Int64)


def rare(name: str) -> pl.Expr:
    """The key where at most COMMON records share it; null elsewhere."""
    return pl.when(pl.len().over(name) <= COMMON).then(pl.col(name)).alias(name)
