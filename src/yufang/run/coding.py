"""The coding stage: facets that some records carry are learnt from these and told of the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from yufang import standards
from yufang.cases import CoderError, code_frame, save_coder, train
from yufang.run.results import CODES

MIN_LABELLED = 200  # under it a coder says more about chance than about the records
MAX_TRAINING_ROWS = 10_000  # the newest ones: four times as many gain about a point and cost minutes
AUDIT_ROWS = 4_000  # where no row waits for a code: enough to tell how well the text alone gives the known ones
MIN_OF_A_CODE = 20  # in a large set, a code with fewer rows is left to people
Tell = Callable[[str, int, int], None]


class CodingProblem(ValueError):
    """A facet whose coded rows can't be learnt from; the message names the facet and the way out."""

    def __init__(self, facet: str, why: str) -> None:
        super().__init__(f"facet {facet}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetReport:
    """How well a facet is coded: out-of-fold figures on the labelled rows, and what became of the others."""

    facet: str
    labelled: int
    classes: int
    accuracy: float
    ece: float
    threshold: float
    auto_share: float
    auto_accuracy: float
    coded: int
    review: int


@dataclass(frozen=True, slots=True)
class _Facet:
    name: str
    id_column: str
    text: str
    label: str
    date: str


CASE_FACETS = (
    _Facet("accident_type", "case_id", "narrative", "accident_type", "occurred_on"),
    _Facet("body_part", "case_id", "narrative", "body_part", "occurred_on"),
)
ARTICLE = _Facet("article", "record_id", "text", "article", "found_on")


def code_cases(
    cases: pl.DataFrame, hazards: pl.DataFrame, *, seed: int, tell: Tell, models: Path
) -> tuple[pl.DataFrame, pl.DataFrame, list[FacetReport]]:
    """Code every facet there are labels for.

    Returns the suggestions (`results.CODES`), the cases with a `code_<facet>` column each, and a report a facet.
    """
    suggestions: list[pl.DataFrame] = []
    reports: list[FacetReport] = []
    jobs = [(facet, _known_types(cases) if facet.name == "accident_type" else cases) for facet in CASE_FACETS]
    # A record whose source names no clause at all gets its article from the text.
    jobs.append((ARTICLE, hazards.filter(pl.col("article").fill_null("").ne("") | pl.col("clause").is_null())))
    for done, (facet, rows) in enumerate(jobs):
        tell(facet.name, done, len(jobs))
        found, report = _code(facet, rows, seed, models)
        if report is not None:
            reports.append(report)
        if found is not None:
            suggestions.append(found)
        if facet is not ARTICLE:
            cases = _with_code(cases, rows, facet, found)
    tell("", len(jobs), len(jobs))
    codes = pl.concat(suggestions) if suggestions else pl.DataFrame(schema=CODES)
    return codes, cases, reports


def _known_types(cases: pl.DataFrame) -> pl.DataFrame:
    """Accident types as GB 6441-2025 codes wherever the source's word is one, or one of 1986 with a sure successor."""
    codes: dict[str, str] = {}
    current, old = standards.code_list("gb6441_2025_type"), standards.code_list("gb6441_1986_type")
    for word in cases["accident_type"].drop_nulls().unique():
        if word in current:
            codes[word] = word
        elif found := current.find(word):
            codes[word] = found[0].code
        elif found := old.find(word):
            successor = standards.map_accident_type_1986(found[0].code).code_2025
            if successor:
                codes[word] = successor
    return cases.with_columns(pl.col("accident_type").replace(codes))


def _code(facet: _Facet, rows: pl.DataFrame, seed: int, models: Path) -> tuple[pl.DataFrame | None, FacetReport | None]:
    label = pl.col(facet.label).fill_null("")
    told = pl.col(facet.text).fill_null("").str.len_chars() >= 2
    rows = rows if facet.id_column == "case_id" else rows.rename({facet.id_column: "case_id"})
    open_rows = rows.filter(label.eq("") & told)
    newest = MAX_TRAINING_ROWS if len(open_rows) else AUDIT_ROWS
    labelled = rows.filter(label.ne("") & told).sort(facet.date).tail(newest)
    if len(labelled) < MIN_LABELLED or labelled[facet.label].n_unique() < 2:
        return None, None
    if len(labelled) >= AUDIT_ROWS:
        labelled = labelled.filter(pl.len().over(facet.label) >= MIN_OF_A_CODE)
    try:
        model = train(labelled, facet.label, facet.text, seed=seed)
    except CoderError as error:
        raise CodingProblem(facet.name, str(error)) from error
    models.mkdir(parents=True, exist_ok=True)
    save_coder(model.coder, models / f"{facet.name}.npz")
    report = model.report
    found = _suggestions(code_frame(model, open_rows, evidence=None), report.threshold) if len(open_rows) else None
    auto = int((found["state"] == "auto").sum()) if found is not None else 0
    return found, FacetReport(
        facet=facet.name,
        labelled=report.rows,
        classes=report.classes,
        accuracy=report.accuracy,
        ece=report.expected_calibration_error,
        threshold=report.threshold,
        auto_share=report.auto_share,
        auto_accuracy=report.auto_accuracy,
        coded=auto,
        review=len(open_rows) - auto,
    )


def _suggestions(coded: pl.DataFrame, threshold: float) -> pl.DataFrame:
    def as_json(column: str) -> pl.Series:
        return pl.Series(column, [json.dumps(v, ensure_ascii=False) for v in coded[column].to_list()], dtype=pl.String)

    return coded.with_columns(
        as_json("suggestions"),
        as_json("evidence"),
        threshold=pl.lit(threshold),
        # Under the threshold the coder answers "unknown"; its guess stands among the suggestions.
        code=pl.when(pl.col("state") == "auto").then(pl.col("code")),
    ).select(pl.col(name).cast(kind) for name, kind in CODES.items())


def _with_code(cases: pl.DataFrame, rows: pl.DataFrame, facet: _Facet, found: pl.DataFrame | None) -> pl.DataFrame:
    """Cases with `code_<facet>`: the source's code, else the coder's where it stands without a person."""
    name = f"code_{facet.name}"
    given = rows.select("case_id", pl.col(facet.label).replace("", None).alias(name))
    cases = cases.join(given.unique("case_id"), on="case_id", how="left", maintain_order="left")
    if found is None:
        return cases
    auto = found.filter(pl.col("state") == "auto").select("case_id", machine=pl.col("code"))
    cases = cases.join(auto, on="case_id", how="left", maintain_order="left")
    return cases.with_columns(pl.coalesce(name, "machine").alias(name)).drop("machine")
