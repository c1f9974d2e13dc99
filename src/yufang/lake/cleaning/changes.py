"""What the catalogue changes in a column: negations, script, units, and readings that are switched off."""

from __future__ import annotations

import polars as pl

from yufang.lake.cleaning.catalogue import Catalogue, Nothing, Numbers
from yufang.lake.cleaning.script import convert
from yufang.lake.values import Parsed, Units, by_distinct

# Which dimension of the unit table a column of numbers is in; counts where nothing is said.
_DIMENSION_OF = {"lost_days": "days"}
_UNLESS_READ = {"date": "unreadable_date", "number": "unreadable_number"}


def without_negations(raw: pl.Series, field: str, catalogue: Catalogue) -> tuple[pl.Series, pl.Series]:
    """Write words that say "none" as empty or as 0, by the rules for `field`; also the rule beside each value."""
    rules = [rule for rule in catalogue.on("nothing") if field in rule.fields]
    none = pl.Series("rule", [None], dtype=pl.String).new_from_index(0, len(raw))
    if not rules:
        return raw, none
    frame = pl.DataFrame({"raw": raw, "rule": none})
    plain = pl.col("raw").str.strip_chars(" \t\r\n　。.．!！;；").str.to_lowercase()
    for rule in rules:
        spec: Nothing = rule.parameters
        said = plain.is_in([word.lower() for word in spec.words]).fill_null(False) & pl.col("rule").is_null()
        instead = pl.lit("0") if spec.to == "zero" else pl.lit(None, dtype=pl.String)
        frame = frame.with_columns(
            pl.when(said).then(instead).otherwise("raw").alias("raw"),
            pl.when(said).then(pl.lit(rule.id)).otherwise("rule").alias("rule"),
        )
    return frame["raw"], frame["rule"]


def simplified(parsed: Parsed, field: str, catalogue: Catalogue) -> Parsed:
    """Write a column in simplified Chinese where a rule for `field` is on."""
    rule = next((rule for rule in catalogue.on("simplify") if field in rule.fields), None)
    if rule is None or parsed.values.dtype != pl.String:
        return parsed
    config = rule.parameters.config
    converted = by_distinct(parsed.values, lambda text: (convert(text, config), None), pl.String).values
    frame = pl.DataFrame({"new": converted, "old": parsed.values, "rule": parsed.rules})
    changed = pl.col("new").ne_missing(pl.col("old"))
    return Parsed(converted, frame.select(pl.when(changed).then(pl.lit(rule.id)).otherwise("rule").alias("r"))["r"])


def obey_switches(parsed: Parsed, raw: pl.Series, catalogue: Catalogue) -> Parsed:
    """Undo what a rule did that is switched off: text stands as written, a date or number counts as unreadable."""
    off = [rule for rule in catalogue.off() if catalogue.rules[rule].operation in ("text", "date", "number")]
    if not off or not parsed.rules.is_in(off).any():
        return parsed
    frame = pl.DataFrame({"v": parsed.values, "r": parsed.rules})
    hit = pl.col("r").is_in(off).fill_null(False)
    if parsed.values.dtype == pl.String:
        frame = frame.with_columns(raw.alias("raw"))
        kept = frame.select(pl.when(hit).then("raw").otherwise("v").alias("v"), pl.when(~hit).then("r").alias("r"))
        return Parsed(kept["v"], kept["r"])
    instead = {rule: _UNLESS_READ[catalogue.rules[rule].operation] for rule in off}
    kept = frame.select(pl.when(~hit).then("v").alias("v"), pl.col("r").replace(instead).alias("r"))
    return Parsed(kept["v"], kept["r"])


def units_of(field: str, catalogue: Catalogue) -> Units:
    """Return the units that a value of `field` may name, and those that would be of another column."""
    rule = catalogue.rules.get("number")
    if rule is None or not isinstance(rule.parameters, Numbers):
        return Units()
    tables = rule.parameters.units
    dimension = _DIMENSION_OF.get(field, "count")
    own = {unit.lower(): factor for unit, factor in tables.get(dimension, {}).items()}
    foreign = {unit.lower() for name, table in tables.items() if name != dimension for unit in table}
    return Units(own, frozenset(foreign - own.keys()))
