"""What one run of the main job leaves on disk, and the one reader and writer of it.

Layout of an output folder: `lake/` (canonical tables), `models/`, `report.html`, `report.json`, and
`results/` with the files below. Nested contracts are kept as JSON text, one row each, so that every engine reads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from yufang.deduction.contracts import HazardPoint, LecScore, Measure, PathStep, SupportingRecord
from yufang.profiles.contracts import RiskProfile
from yufang.warning.contracts import TieredWarning

CODES = pl.Schema(
    {
        "case_id": pl.String,
        "facet": pl.String,
        "code": pl.String,  # null where the coder says unknown
        "probability": pl.Float64,
        "threshold": pl.Float64,
        "state": pl.String,  # auto: stands without a person; review: a person decides
        "suggestions": pl.String,  # JSON list of {code, probability}
        "evidence": pl.String,  # JSON list of {start, end, text, weight}
        "model_version": pl.String,
    }
)
_ROWS = pl.Schema({"enterprise_id": pl.String, "key": pl.String, "body": pl.String})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResults:
    """Everything a run found. `points` pairs an enterprise id with its hazard points, best first."""

    codes: pl.DataFrame
    points: tuple[tuple[str, HazardPoint], ...]
    profiles: tuple[RiskProfile, ...]
    warnings: tuple[TieredWarning, ...]

    def write(self, folder: Path) -> None:
        """Write the four files under `folder`/results."""
        target = folder / "results"
        target.mkdir(parents=True, exist_ok=True)
        self.codes.select(pl.col(name).cast(kind) for name, kind in CODES.items()).write_parquet(
            target / "codes.parquet"
        )
        _write(target / "hazard_points.parquet", ((owner, p.key, p) for owner, p in self.points))
        _write(target / "profiles.parquet", ((p.enterprise_id, str(p.month), p) for p in self.profiles))
        _write(
            target / "warnings.parquet",
            ((w.enterprise_id, f"{w.subject_key}|{w.rule}", w) for w in self.warnings),
        )

    @classmethod
    def read(cls, folder: Path) -> RunResults:
        """Read what `write` wrote. Raises FileNotFoundError naming the missing file."""
        source = folder / "results"
        return cls(
            codes=pl.read_parquet(source / "codes.parquet"),
            points=tuple((o, hazard_point(b)) for o, b in _read(source / "hazard_points.parquet")),
            profiles=tuple(RiskProfile.from_json(b) for _, b in _read(source / "profiles.parquet")),
            warnings=tuple(_warning(b) for _, b in _read(source / "warnings.parquet")),
        )


def hazard_point(body: dict[str, Any]) -> HazardPoint:
    """Build a HazardPoint from its JSON form."""
    records = (r | {"on": date.fromisoformat(r["on"]) if r["on"] else None} for r in body["records"])
    return HazardPoint(
        **body
        | {
            "lec": LecScore(**body["lec"]),
            "measures": tuple(Measure(**m) for m in body["measures"]),
            "ppe": tuple(body["ppe"]),
            "signals": tuple(body["signals"]),
            "signals_en": tuple(body.get("signals_en", ())),
            "path": tuple(PathStep(**s) for s in body["path"]),
            "records": tuple(SupportingRecord(**r) for r in records),
        }
    )


def _warning(body: dict[str, Any]) -> TieredWarning:
    return TieredWarning(
        **body
        | {
            "due_on": date.fromisoformat(body["due_on"]),
            "measures": tuple(Measure(**m) for m in body["measures"]),
        }
    )


def _write(path: Path, rows: Iterable[tuple[str, str, HazardPoint | RiskProfile | TieredWarning]]) -> None:
    table = [(owner, key, orjson.dumps(body).decode()) for owner, key, body in rows]
    pl.DataFrame(table, schema=_ROWS, orient="row").write_parquet(path)


def _read(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    frame = pl.read_parquet(path)
    return zip(frame["enterprise_id"], map(orjson.loads, frame["body"]), strict=True)
