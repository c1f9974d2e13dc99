"""The written report of a run: one self-contained HTML page in both languages, and the same as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import polars as pl

from yufang import __version__
from yufang.deduction.contracts import HazardPoint
from yufang.profiles.contracts import RiskProfile
from yufang.run.charts import COLOURS, bars, columns
from yufang.run.pipeline import RunOutcome

TOP = 20


def write_report(outcome: RunOutcome) -> tuple[Path, Path]:
    """Write report.html and report.json into the run's folder; returns their paths."""
    body = report_body(outcome)
    json_path = outcome.folder / "report.json"
    json_path.write_text(json.dumps(body, ensure_ascii=False, indent=1, default=str), "utf-8")
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        resources.files("yufang.run").joinpath("report.html.j2").read_text("utf-8")
    )
    html_path = outcome.folder / "report.html"
    html_path.write_text(template.render(**body, charts=_charts(outcome, body), version=__version__), "utf-8")
    return html_path, json_path


def report_body(outcome: RunOutcome) -> dict[str, Any]:
    """Everything the report says, as plain data."""
    results = outcome.results
    names = dict(outcome.lake.table("enterprises").select("enterprise_id", "name").iter_rows())
    newest = newest_profiles(results.profiles)
    keys = Counter(p.key for _, p in results.points)
    titles = {p.key: (p.title_zh, p.title_en) for _, p in results.points}
    return {
        "region_zh": outcome.region.get("name_zh", ""),
        "region_en": outcome.region.get("name_en", ""),
        "synthetic": bool(outcome.region.get("synthetic", False)),
        "at": outcome.at.isoformat(),
        "counts": {
            "enterprises": len(names),
            "cases": len(outcome.lake.table("injury_cases")),
            "hazard_records": len(outcome.lake.table("hazard_records")),
            "equipment": len(outcome.lake.table("equipment")),
            "hazard_points": len(results.points),
            "warnings": len(results.warnings),
            "graph_nodes": outcome.graph_nodes,
            "graph_edges": outcome.graph_edges,
        },
        "imports": [_import_row(f) for f in outcome.imported.files],
        "skipped": {name: str(error) for name, error in outcome.imported.skipped.items()},
        "facets": [asdict(f) for f in outcome.facets],
        "deduction": {
            "model_version": outcome.model_version,
            "visits_learned": outcome.visits_learned,
            "mean_probability": _mean([p.probability for _, p in results.points]),
            "mean_probability_first": _mean([p.probability for _, p in results.points if p.rank == 1]),
        },
        "colours": dict(Counter(p.colour for p in newest.values())),
        "tiers": dict(Counter(w.tier for w in results.warnings)),
        "rules": dict(sorted(Counter(w.rule for w in results.warnings).items())),
        "enterprises": [_enterprise_row(p, names) for p in sorted(newest.values(), key=lambda p: -p.score)[:TOP]],
        "hazards": [
            {"key": key, "title_zh": titles[key][0], "title_en": titles[key][1], "enterprises": n}
            for key, n in keys.most_common(TOP)
        ],
        "warnings": [
            asdict(w) | {"enterprise_name": names.get(w.enterprise_id, w.enterprise_id)} for w in results.warnings[:TOP]
        ],
        "points": [_point_row(owner, p, names) for owner, p in _likeliest(outcome)],
        "seconds": outcome.seconds,
    }


def newest_profiles(profiles: tuple[RiskProfile, ...]) -> dict[str, RiskProfile]:
    """Each enterprise's newest profile."""
    newest: dict[str, RiskProfile] = {}
    for profile in profiles:
        held = newest.get(profile.enterprise_id)
        if held is None or profile.month > held.month:
            newest[profile.enterprise_id] = profile
    return newest


def _import_row(done: Any) -> dict[str, Any]:
    record = done.record
    return {
        "file": record.file,
        "kind": record.kind,
        "rows": record.rows,
        "taken": record.taken,
        "rejected": record.rejected,
        "known": record.known,
        "already_imported": done.already_imported,
        "rejects": {f"{field}: {rule}": n for (field, rule), n in done.rejects_by_rule.items()},
        "changes": {f"{field}: {rule}": n for (field, rule), n in done.changes_by_rule.items()},
    }


def _enterprise_row(profile: RiskProfile, names: dict[str, str]) -> dict[str, Any]:
    return asdict(profile) | {"name": names.get(profile.enterprise_id, profile.enterprise_id)}


def _point_row(owner: str, point: HazardPoint, names: dict[str, str]) -> dict[str, Any]:
    return {
        "enterprise": names.get(owner, owner),
        "title_zh": point.title_zh,
        "title_en": point.title_en,
        "circumstance_zh": point.circumstance_zh,
        "circumstance_en": point.circumstance_en,
        "probability": point.probability,
        "lec": point.lec.score,
        "colour": point.lec.colour,
        "clause": point.clause,
        "records": len(point.records),
    }


def _likeliest(outcome: RunOutcome) -> list[tuple[str, HazardPoint]]:
    """The likeliest points of the region, one an enterprise, so that the list shows its breadth."""
    seen: set[str] = set()
    chosen = []
    for owner, point in sorted(outcome.results.points, key=lambda pair: -pair[1].probability):
        if owner not in seen:
            seen.add(owner)
            chosen.append((owner, point))
        if len(chosen) == TOP:
            break
    return chosen


def _charts(outcome: RunOutcome, body: dict[str, Any]) -> dict[str, str]:
    cases, hazards = outcome.lake.table("injury_cases"), outcome.lake.table("hazard_records")
    months = pl.concat([_by_month(cases, "occurred_on"), _by_month(hazards, "found_on")])["month"].unique().sort()
    labels = [str(m)[:7] for m in months.to_list()][-60:]
    series = [
        ("工伤案例 Injury cases", _counts(cases, "occurred_on", labels), COLOURS["red"]),
        ("隐患记录 Hazard records", _counts(hazards, "found_on", labels), COLOURS["blue"]),
    ]
    order = ("red", "orange", "yellow", "blue")
    words = {"red": "红 Red", "orange": "橙 Orange", "yellow": "黄 Yellow", "blue": "蓝 Blue"}
    return {
        "months": columns(labels, [s for s in series if any(s[1])]),
        "colours": bars([(words[c], body["colours"].get(c, 0), COLOURS[c]) for c in order]),
        "hazards_zh": bars([(h["title_zh"], h["enterprises"], "#49627f") for h in body["hazards"][:12]]),
        "hazards_en": bars([(h["title_en"], h["enterprises"], "#49627f") for h in body["hazards"][:12]]),
    }


def _by_month(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    return frame.filter(pl.col(column).is_not_null()).select(month=pl.col(column).dt.truncate("1mo"))


def _counts(frame: pl.DataFrame, column: str, labels: list[str]) -> list[float]:
    counted = Counter(str(m)[:7] for m in _by_month(frame, column)["month"].to_list())
    return [float(counted.get(label, 0)) for label in labels]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
