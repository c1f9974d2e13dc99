"""What follows a change of model: open cases are coded anew, suspects are put to people. Decided codes stay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from yufang.cases.desk import expected_gain
from yufang.server.cases.models import CaseCode, LabelSuspect
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.cases.coder import Coder

BATCH = 500
MOST_SUSPECTS = 500


@action
def recode_batch(acting_user: Actor, facet: str, coder: Coder) -> int:
    """Code anew the next open cases that another version coded; returns how many, 0 when none is left."""
    rows = (
        CaseCode.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("case")
        .filter(facet=facet)
        .exclude(state=CaseCode.State.DECIDED)
        .exclude(model_version=coder.version)
        .order_by("-gain", "id")[:BATCH]
    )
    found = list(rows)
    for row, said in zip(found, coder.predict([row.case.narrative for row in found]), strict=True):
        stands = said.code is not None and bool(row.case.narrative.strip())
        row.code = said.code if stands else None
        row.state = CaseCode.State.AUTO if stands else CaseCode.State.REVIEW
        row.probability, row.threshold = said.probability, said.threshold
        row.suggestions = [{"code": s.code, "probability": s.probability} for s in said.suggestions]
        row.evidence = [{"start": e.start, "end": e.end, "text": e.text, "weight": e.weight} for e in said.evidence]
        row.model_version = said.model_version
        row.gain = expected_gain([s.probability for s in said.suggestions])
    fields = ["code", "state", "probability", "threshold", "suggestions", "evidence", "model_version", "gain"]
    CaseCode.objects.bulk_update(found, fields)
    return len(found)


@action
def finish_recoding(acting_user: Actor, facet: str, version: str) -> None:
    """Say in the ledger that the open cases carry the suggestions of `version`."""
    rows = CaseCode.objects.filter(facet=facet, model_version=version).exclude(state=CaseCode.State.DECIDED).count()
    ledger.append(acting_user, acting_user.scope, "cases.recoded", f"model:{version}", {"facet": facet, "rows": rows})


@action
def keep_suspects(acting_user: Actor, facet: str, version: str, rows: Iterable[dict[str, Any]]) -> int:
    """Put a training's suspects to people, worst first; those of the training before that are still open go.

    rows: case_id, path, given, likely, p_given, p_likely, origin, suggestions. A code that a person gave or confirmed
    at the desk after having been suspected isn't asked about again.
    """
    LabelSuspect.objects.filter(case_code__facet=facet, open=True).delete()
    settled = set(LabelSuspect.objects.filter(case_code__facet=facet).values_list("case_code__case_id", flat=True))
    kept = 0
    for row in rows:
        if row["case_id"] in settled or kept >= MOST_SUSPECTS:
            continue
        code, _ = CaseCode.objects.get_or_create(
            case_id=row["case_id"],
            facet=facet,
            defaults={
                "path": row["path"],
                "state": CaseCode.State.DECIDED,  # its source decided
                "code": row["given"],
                "probability": row["p_likely"],
                "threshold": 1.0,
                "suggestions": row["suggestions"],
                "evidence": [],
                "model_version": version,
                "gain": 1.0 - row["p_given"],
            },
        )
        kept += 1
        LabelSuspect.objects.create(
            case_code=code,
            path=code.path,
            given=row["given"],
            likely=row["likely"],
            p_given=row["p_given"],
            p_likely=row["p_likely"],
            rank=kept,
            origin=row["origin"],
        )
    return kept
