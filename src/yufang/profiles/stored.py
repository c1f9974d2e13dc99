"""Results of exposure measurements on disk, beside those of a run: `results/exposure.parquet`, one JSON text a row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import orjson
import polars as pl

from yufang.profiles.disease import ExpectedCases, ExposureResult

FILE = "exposure.parquet"
_ROWS = pl.Schema({"enterprise_id": pl.String, "body": pl.String})


def write_exposure(folder: Path, results: Iterable[ExposureResult]) -> None:
    """Write `results` under `folder`/results, in place of what was there."""
    rows = [(r.enterprise_id, orjson.dumps(r).decode()) for r in results]
    pl.DataFrame(rows, schema=_ROWS, orient="row").write_parquet(folder / "results" / FILE)


def read_exposure(folder: Path) -> tuple[ExposureResult, ...]:
    """What `write_exposure` wrote; empty where there is nothing."""
    path = folder / "results" / FILE
    if not path.exists():
        return ()
    out = []
    for text in pl.read_parquet(path)["body"]:
        body = orjson.loads(text)
        out.append(
            ExposureResult(
                **body
                | {
                    "measured_on": date.fromisoformat(body["measured_on"]),
                    "expected": ExpectedCases(**body["expected"]),
                    "notes_zh": tuple(body["notes_zh"]),
                    "notes_en": tuple(body["notes_en"]),
                }
            )
        )
    return tuple(out)
