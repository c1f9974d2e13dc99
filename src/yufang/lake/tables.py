"""Canonical tables of the lake: names, types and meaning of every column.

All tables are Parquet with these Polars schemas; text is normalised Unicode, dates are local civil dates.
Identifiers are strings. `source` names the import (`file name#sheet`), `source_row` the 1-based data row in it.
"""

from __future__ import annotations

from types import MappingProxyType

import polars as pl

ENTERPRISES = pl.Schema(
    {  # type: ignore[arg-type]  # polars takes classes and instances beside each other
        "enterprise_id": pl.String,  # credit code where there is one, else a hash of the normalised name
        "name": pl.String,
        "credit_code": pl.String,  # GB 32100 unified social credit code
        "industry_code": pl.String,  # GB/T 4754-2017 code without the section letter: 26, 261, 2614 …
        "industry_name": pl.String,  # as the source writes it
        "employees": pl.Int64,
        "region": pl.String,
        "longitude": pl.Float64,  # degrees, WGS 84
        "latitude": pl.Float64,
        "processes": pl.List(pl.String),  # tasks and processes the enterprise runs
        "materials": pl.List(pl.String),
        "source": pl.String,
        "source_row": pl.Int64,
    }
)

EQUIPMENT = pl.Schema(
    {
        "equipment_id": pl.String,
        "enterprise_id": pl.String,
        "name": pl.String,
        "kind": pl.String,  # a pack's equipment key where known
        "model": pl.String,
        "count": pl.Int64,
        "commissioned_on": pl.Date,
        "source": pl.String,
        "source_row": pl.Int64,
    }
)

INJURY_CASES = pl.Schema(
    {
        "case_id": pl.String,
        "enterprise_id": pl.String,
        "enterprise_name": pl.String,
        "industry_code": pl.String,
        "occurred_on": pl.Date,
        "reported_on": pl.Date,
        "narrative": pl.String,
        "place": pl.String,
        "job": pl.String,
        "equipment": pl.String,
        "accident_type": pl.String,  # a code or name given by the source; empty where it must be coded
        "body_part": pl.String,
        "lost_days": pl.Float64,
        "deaths": pl.Int64,
        "injured": pl.Int64,
        "source": pl.String,
        "source_row": pl.Int64,
    }
)

HAZARD_RECORDS = pl.Schema(
    {
        "record_id": pl.String,
        "enterprise_id": pl.String,
        "enterprise_name": pl.String,
        "industry_code": pl.String,
        "found_on": pl.Date,
        "agency": pl.String,  # who looked: an authority or the enterprise itself
        "origin": pl.String,  # citation | inspection | report
        "text": pl.String,  # what was found
        "clause": pl.String,  # clause as written by the source
        "article": pl.String,  # first article named beyond the parent Act, normalised; "" where none
        "level": pl.String,  # general | major | ""
        "rectified_on": pl.Date,
        "source": pl.String,
        "source_row": pl.Int64,
    }
)

TABLES: MappingProxyType[str, pl.Schema] = MappingProxyType(
    {
        "enterprises": ENTERPRISES,
        "equipment": EQUIPMENT,
        "injury_cases": INJURY_CASES,
        "hazard_records": HAZARD_RECORDS,
    }
)
