"""The model of a linkage: how often each degree of agreement is seen in matches (m) and by chance (u), as JSON."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yufang.lake.data import load_data
from yufang.lake.linkage.contracts import Kind
from yufang.lake.linkage.errors import LinkageError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Model:
    """m and u for each level of each comparison, and how many pairs of records match at all.

    `matches_per_record`, matching pairs for each record, is what the share of matching pairs follows from, whatever the
    number of records. `odds` multiplies its odds: pairs that meet by a blocking key are likelier than pairs at large.
    `accept` and `desk` are probabilities: at or above the first two records are one, between them a person looks.
    """

    kind: str
    parameters: dict[str, tuple[tuple[float, float], ...]]  # field → (m, u) for each level, best first
    matches_per_record: float
    odds: float = 1.0
    accept: float = 0.9
    desk: float = 0.1
    trained_on: str = "defaults"

    @property
    def version(self) -> str:
        """Twelve hex digits that change with anything that changes an answer."""
        return hashlib.sha256(json.dumps(self.body(), sort_keys=True).encode()).hexdigest()[:12]

    def body(self) -> dict[str, Any]:
        """What is written, but for the version."""
        return {
            "format": FORMAT,
            "kind": self.kind,
            "parameters": {field: [list(pair) for pair in pairs] for field, pairs in self.parameters.items()},
            "matches_per_record": self.matches_per_record,
            "odds": self.odds,
            "accept": self.accept,
            "desk": self.desk,
            "trained_on": self.trained_on,
        }

    def write(self, path: Path) -> None:
        """Write as JSON with its version."""
        text = json.dumps(self.body() | {"version": self.version}, ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")

    def prior(self, records: int) -> float:
        """The probability to start from for two of `records`."""
        share = min(0.5, 2 * self.matches_per_record / max(records - 1, 1))
        odds = self.odds * share / (1 - share)
        return odds / (1 + odds)


def read_model(path: Path, kind: Kind) -> Model:
    """Read a model for `kind`. Raises LinkageError where it can't be, naming format or kind."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LinkageError("bad_model", file=path.name, reason=str(error).splitlines()[0]) from error
    return model_from(body, kind, path.name)


def model_from(body: Any, kind: Kind, name: str) -> Model:
    """The model of a `body`; `name` is told where it can't be read. Raises LinkageError."""
    if not isinstance(body, dict) or "format" not in body:
        raise LinkageError("bad_model", file=name, reason="no `format`")
    if body["format"] != FORMAT:
        raise LinkageError("model_version", file=name, found=body["format"], wanted=FORMAT)
    if body.get("kind") != kind.name:
        raise LinkageError("model_kind", file=name, found=body.get("kind"), wanted=kind.name)
    try:
        parameters = {
            field: tuple((float(m), float(u)) for m, u in pairs) for field, pairs in body["parameters"].items()
        }
        model = Model(
            kind.name,
            parameters,
            float(body["matches_per_record"]),
            float(body["odds"]),
            float(body["accept"]),
            float(body["desk"]),
            str(body["trained_on"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LinkageError("bad_model", file=name, reason=repr(error)) from error
    shape = {c.field: len(c.levels) for c in kind.comparisons}
    if {field: len(pairs) for field, pairs in parameters.items()} != shape:
        raise LinkageError("bad_model", file=name, reason="its fields or levels are not those of this version")
    return model


def shipped_model(kind: Kind) -> Model:
    """The model that ships: fitted on made-up records (`yufang bench linkage --task corrupted` says how it does)."""
    body = load_data("linkage_models.yaml").get(kind.name)
    return starting_model(kind) if body is None else model_from(body, kind, "linkage_models.yaml")


def starting_model(kind: Kind) -> Model:
    """m and u as they stand in the kind's own tables, before any data."""
    return Model(kind.name, {c.field: tuple((lv.m, lv.u) for lv in c.levels) for c in kind.comparisons}, 0.3)


def splink_settings(kind: Kind, model: Model, records: int) -> dict[str, Any]:
    """The settings that Splink takes, the same for every engine: their SQL is common to all."""
    comparisons = []
    for c in kind.comparisons:
        null = {"sql_condition": c.null, "label_for_charts": "missing", "is_null_level": True}
        levels: list[dict[str, Any]] = [null]
        for lv, (m, u) in zip(c.levels, model.parameters[c.field], strict=True):
            one: dict[str, Any] = {
                "sql_condition": lv.sql or "ELSE",
                "label_for_charts": lv.label,
                "m_probability": m,
                "u_probability": u,
            }
            if lv.tf:
                # A value's own frequency stands in for u; without a floor a value seen once would prove anything.
                one |= {
                    "tf_adjustment_column": lv.tf,
                    "tf_adjustment_weight": 1.0,
                    "tf_minimum_u_value": 1e-6,
                    "disable_tf_exact_match_detection": True,
                }
            levels.append(one)
        comparisons.append({"output_column_name": c.field, "comparison_levels": levels})
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "uid",
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in kind.blocking],
        "probability_two_random_records_match": model.prior(records),
        "retain_matching_columns": True,  # the only way to be told the levels
        "retain_intermediate_calculation_columns": True,
        "max_iterations": 30,
        "em_convergence": 0.0005,
    }
