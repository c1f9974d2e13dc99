"""Reads of models: what there is to learn from, versions with their cards, comparisons, accuracy over time."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection

from yufang.cases.agreement import wilson
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.cases import queries as cases
from yufang.server.errors import not_found
from yufang.server.governance import files
from yufang.server.governance.contracts import (
    ChangedOut,
    CodeFiguresOut,
    ComparisonOut,
    EvaluationOut,
    FacetDesk,
    ModelChangeOut,
    MonthOut,
    RunOut,
    VersionDetail,
    VersionRow,
)
from yufang.server.governance.models import ModelChange, ModelVersion, TrainingRun
from yufang.server.names import facet_code_names, facet_names
from yufang.server.scope import Actor

if TYPE_CHECKING:
    from yufang.cases.coder import Coder
    from yufang.cases.retraining import Evaluation, Readiness

EXAMPLES = 40
COUNTED_KEPT = 64
_counted: dict[tuple[str, str, str], tuple[tuple[int, ...], Readiness]] = {}


def coder_of(version: str) -> Coder | None:
    """The coder of a version, where its file is at hand."""
    return files.coder(version)


def report_of(coder: Coder) -> dict[str, Any]:
    """A coder's own out-of-fold report as plain JSON."""
    return asdict(coder.report)


def readiness_of(acting_user: Actor, facet: str) -> Readiness:
    """What there is to learn `facet` from. Counted anew when a decision or a load came; the page asks every second."""
    from yufang.cases.retraining import Lesson, readiness

    key = (connection.settings_dict["NAME"], acting_user.scope, facet)
    stamp = cases.lessons_stamp()
    kept = _counted.get(key)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    found = readiness(
        [
            Lesson(key=name, text=text, code=code, origin=origin, on=day)
            for name, text, day, _, code, origin in cases.lessons(facet)
        ]
    )
    if len(_counted) >= COUNTED_KEPT:
        _counted.clear()
    _counted[key] = stamp, found
    return found


def desk(acting_user: Actor) -> list[FacetDesk]:
    """Every facet that is in use."""
    synthetic = cases.any_synthetic()
    return [_facet(acting_user, facet, synthetic) for facet in cases.facets_in_use()]


def _facet(acting_user: Actor, facet: str, synthetic: bool) -> FacetDesk:
    zh, en = facet_names(facet)
    ready = readiness_of(acting_user, facet)
    versions = ModelVersion.objects.filter(facet=facet).order_by("-id")
    run = TrainingRun.objects.filter(facet=facet).select_related("asked_by").order_by("-id").first()
    return FacetDesk(
        facet=facet,
        facet_zh=zh,
        facet_en=en,
        training=ready.training,
        gold=ready.gold,
        more=ready.more,
        synthetic=synthetic,
        versions=[version_row(v) for v in versions[:50]],
        run=run_out(run) if run else None,
        can_roll_back=version_before(acting_user.scope, facet) is not None,
    )


def run_out(run: TrainingRun) -> RunOut:
    """The contract of one training."""
    return RunOut(
        id=run.pk,
        facet=run.facet,
        state=run.state,
        step=run.step,
        done=run.done,
        total=run.total,
        tries=run.tries,
        asked_by=person_label(run.asked_by),
        asked_by_en=person_label_en(run.asked_by),
        asked_at=run.asked_at,
        finished_at=run.finished_at,
        problem_zh=run.problem_zh,
        problem_en=run.problem_en,
        version_id=run.made_id,
    )


def training(run_id: int) -> RunOut:
    """One training."""
    run = TrainingRun.objects.select_related("asked_by").filter(id=run_id).first()
    if run is None:
        raise not_found()
    return run_out(run)


def version_row(version: ModelVersion) -> VersionRow:
    """The contract of one version in a list."""
    card = version.card
    return VersionRow(
        id=version.pk,
        facet=version.facet,
        version=version.version,
        state=version.state,
        origin=version.origin,
        made_at=version.made_at,
        rows=card.get("rows", 0),
        threshold=card.get("report", {}).get("threshold", 1.0),
        recoding=version.recoding,
        out_of_fold=_own_figures(version),
        gold=_evaluation(version.facet, card["gold"]) if "gold" in card else None,
    )


def _own_figures(version: ModelVersion) -> EvaluationOut | None:
    card = version.card
    if "out_of_fold" in card:
        return _evaluation(version.facet, card["out_of_fold"])
    report = card.get("report")
    if report is None:
        return None
    return EvaluationOut(
        rows=report["rows"],
        accuracy=report["accuracy"],
        auto_share=report["auto_share"],
        auto_accuracy=report["auto_accuracy"],
        ece=report["expected_calibration_error"],
        kappa=None,
        kappa_low=None,
        kappa_high=None,
        codes=[],
    )


def _evaluation(facet: str, plain: dict[str, Any]) -> EvaluationOut:
    codes = []
    for one in plain["codes"]:
        zh, en = facet_code_names(facet, one["code"])
        codes.append(CodeFiguresOut(**one, name_zh=zh, name_en=en))
    codes.sort(key=lambda one: (-one.true, one.code))
    return EvaluationOut(**{k: v for k, v in plain.items() if k != "codes"}, codes=codes)


def version(version_id: int) -> VersionDetail:
    """One version with its card."""
    found = _version(version_id)
    card = found.card
    asked_by = found.run.asked_by if found.run else None
    changes = found.changes.select_related("by").order_by("-id")
    return VersionDetail(
        row=version_row(found),
        origins=card.get("origins", {}),
        period=[date.fromisoformat(day) for day in card.get("period", [])],
        codes=card.get("codes", 0),
        left_out=card.get("left_out", 0),
        settings=card.get("settings", {}),
        data_sha256=card.get("data_sha256", ""),
        gold_sha256=card.get("gold_sha256", ""),
        asked_by=person_label(asked_by),
        asked_by_en=person_label_en(asked_by),
        changes=[
            ModelChangeOut(
                kind=c.kind,
                reason=c.reason,
                by=person_label(c.by),
                by_en=person_label_en(c.by),
                at=c.at,
                ledger_index=c.ledger_index,
            )
            for c in changes
        ],
    )


def _version(version_id: int) -> ModelVersion:
    found = ModelVersion.objects.select_related("run__asked_by").filter(id=version_id).first()
    if found is None:
        raise not_found()
    return found


def active_version(version_id: int) -> ModelVersion | None:
    """The version, where it is at work."""
    return ModelVersion.objects.filter(id=version_id, state=ModelVersion.State.ACTIVE).first()


def version_before(path: str, facet: str) -> ModelVersion | None:
    """The version one returns to: promotions pile up, a return takes the top one off."""
    pile: list[ModelVersion] = []
    changes = ModelChange.objects.filter(path=path, model__facet=facet).select_related("model", "previous")
    for change in changes.order_by("id"):
        if change.kind == ModelChange.Kind.ROLLED_BACK:
            del pile[-1:]
            continue
        if change.previous is not None and (not pile or pile[-1].pk != change.previous_id):
            pile.append(change.previous)
        pile.append(change.model)
    return pile[-2] if len(pile) > 1 else None


def compare(first_id: int, second_id: int) -> ComparisonOut:
    """Two versions side by side on the gold set as people and sources code it today, and on open cases."""
    from yufang.cases import retraining

    first, second = _version(first_id), _version(second_id)
    if first.facet != second.facet:
        raise not_found()
    facet = first.facet
    said = [_answers(v.version) for v in (first, second)]
    truth = {key: code for key, _, _, _, code, _ in cases.lessons(facet) if retraining.in_gold_set(key)}
    thresholds = tuple(v.card.get("report", {}).get("threshold", 1.0) for v in (first, second))
    fair = "gold" in first.card and "gold" in second.card
    found = retraining.compare(said[0]["gold"], said[1]["gold"], truth, (thresholds[0], thresholds[1]))
    open_keys = [k for k in said[0]["pending"] if k in said[1]["pending"]]
    moved = [k for k in open_keys if said[0]["pending"][k].code != said[1]["pending"][k].code]
    shown = [*((k, "gold") for k in found.changed), *((k, "pending") for k in moved)][:EXAMPLES]
    heads = cases.case_heads(k for k, _ in shown)
    return ComparisonOut(
        first=version_row(first),
        second=version_row(second),
        fair=fair,
        rows=found.rows if fair else 0,
        first_gold=_judged(facet, found.first) if fair and found.rows else None,
        second_gold=_judged(facet, found.second) if fair and found.rows else None,
        only_first=found.only_first if fair else 0,
        only_second=found.only_second if fair else 0,
        pending=len(open_keys),
        pending_changed=len(moved),
        changed=[
            _changed(facet, heads[k], said[0][part][k].code, said[1][part][k].code, truth.get(k))
            for k, part in shown
            if k in heads
        ],
    )


def _answers(version: str) -> dict[str, Any]:
    """What a version said of gold and open cases; of a run's coder, which left no answers, nothing."""
    from yufang.cases.retraining import Told

    kept = files.answers(version)
    return {
        part: {key: Told(code=code, probability=p) for key, (code, p) in kept.get(part, {}).items()}
        for part in ("gold", "pending")
    }


def _judged(facet: str, found: Evaluation) -> EvaluationOut:
    return _evaluation(facet, asdict(found))


def _changed(facet: str, head: tuple[int, str], first: str, second: str, truth: str | None) -> ChangedOut:
    first_zh, first_en = facet_code_names(facet, first)
    second_zh, second_en = facet_code_names(facet, second)
    return ChangedOut(
        case_id=head[0],
        excerpt=head[1],
        first=first,
        first_zh=first_zh,
        first_en=first_en,
        second=second,
        second_zh=second_zh,
        second_en=second_en,
        truth=truth,
    )


def accuracy(facet: str) -> list[MonthOut]:
    """How often people's decisions agreed with what was suggested to them, by month and version, with 95 % bounds."""
    out = []
    for month, of, version_name, n, hits in cases.agreement_by_month():
        if of == facet:
            low, high = wilson(hits, n)
            out.append(MonthOut(month=month, version=version_name, decisions=n, agreed=hits, low=low, high=high))
    return out
