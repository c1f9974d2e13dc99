"""Decisions on single codes. What else writes stands by subject: `loads`, `bulk_accept`, `campaigns`, `recoding`."""

from __future__ import annotations

import hashlib

from django.db.models import Exists, OuterRef
from django.utils import timezone

from yufang.server.cases import queries
from yufang.server.cases.contracts import FacetOut, UndoneOut
from yufang.server.cases.loads import load_cases, load_codes, load_gold_labels
from yufang.server.cases.models import BulkAccept, CampaignItem, CaseCode, Decision, LabelSuspect
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import CaseDecided, emit
from yufang.server.names import facet_names, known_code
from yufang.server.scope import Actor, action

__all__ = ["decide", "facts", "keep_decision", "load_cases", "load_codes", "load_gold_labels", "tell", "undo"]


@action
def decide(acting_user: Actor, case_id: int, facet: str, code: str, note: str) -> FacetOut:
    """A person's code for one facet: the suggested one accepted, or another."""
    row = CaseCode.objects.select_for_update().filter(case_id=case_id, facet=facet).first()
    if row is None:
        raise not_found()
    require_known(facet, code)
    if row.campaign_items.filter(state__in=UNSETTLED).exists():
        raise Refused(
            409,
            "in_campaign",
            "此案例正在双人盲编中，请在盲编任务里编码，或待其了结。",
            "This case is being coded blind by two people; code it there, or wait until it is settled.",
        )
    index = ledger.append(acting_user, row.path, "cases.decided", f"case:{case_id}", facts(facet, row.code, code, note))
    keep_decision(acting_user, row, kind=Decision.Kind.DECIDED, code=code, note=note, index=index)
    tell(row)
    return queries.facet_of(row)


UNSETTLED = (CampaignItem.State.OPEN, CampaignItem.State.DISPUTED)


def require_known(facet: str, code: str) -> None:
    """Refuse a code that the facet's list doesn't hold."""
    if known_code(facet, code):
        return
    zh, en = facet_names(facet)
    raise Refused(
        422,
        "unknown_code",
        f"“{zh}”没有代码 {code}，请从列表中选择。",
        f"{en} has no code {code}; choose one from the list.",
        "code",
    )


def keep_decision(
    acting_user: Actor,
    row: CaseCode,
    *,
    kind: Decision.Kind,
    code: str,
    note: str,
    index: int,
    bulk: BulkAccept | None = None,
) -> Decision:
    """Write a decision whose leaf stands at `index`, and let the code follow it."""
    decision = Decision.objects.create(
        case_code=row,
        path=row.path,
        kind=kind,
        code=code,
        previous=row.code,
        previous_state=row.state,
        suggested=row.suggestions[0]["code"] if row.suggestions else "",
        suggested_probability=row.suggestions[0]["probability"] if row.suggestions else 0.0,
        model_version=row.model_version,
        note=note,
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
        bulk=bulk,
    )
    row.code, row.state = code, CaseCode.State.DECIDED
    row.save(update_fields=["code", "state"])
    LabelSuspect.objects.filter(case_code=row, open=True).update(open=False)
    return decision


def tell(row: CaseCode) -> None:
    """Let whoever may see the case hear that its code moved."""
    emit(CaseDecided(id=row.case_id, enterprise_id=row.case.organisation_id, path=row.path, facet=row.facet))


@action
def undo(acting_user: Actor) -> UndoneOut:
    """Take back the person's own newest decision that still holds. A new decision says so; nothing is erased."""
    later = Decision.objects.filter(
        case_code=OuterRef("case_code"), id__gt=OuterRef("id"), undone_by__isnull=True
    ).exclude(kind=Decision.Kind.UNDONE)
    newest = (
        Decision.objects.filter(by_id=acting_user.person_id, kind=Decision.Kind.DECIDED, undone_by__isnull=True)
        .filter(~Exists(later))
        .order_by("-id")
        .first()
    )
    if newest is None:
        raise Refused(
            409,
            "nothing_to_undo",
            "没有可撤销的决定：您最近的决定都已撤销，或已被后来的决定取代。",
            "There is nothing to undo: your decisions were undone already, or others decided after you.",
        )
    row = CaseCode.objects.select_for_update().get(id=newest.case_code_id)
    note = f"#{newest.pk}"
    index = ledger.append(
        acting_user,
        row.path,
        "cases.undone",
        f"case:{row.case_id}",
        facts(row.facet, row.code, newest.previous or "", note),
    )
    take_back(acting_user, row, newest, note=note, index=index)
    LabelSuspect.objects.filter(case_code=row, given=row.code or "").update(open=True)
    tell(row)
    return UndoneOut(case_id=row.case_id, facet=queries.facet_of(row))


def take_back(acting_user: Actor, row: CaseCode, decision: Decision, *, note: str, index: int) -> None:
    """Write the decision that undoes `decision`, and give the code back what it was before."""
    before = decision.previous_state or (CaseCode.State.REVIEW if decision.previous is None else CaseCode.State.AUTO)
    Decision.objects.create(
        case_code=row,
        path=row.path,
        kind=Decision.Kind.UNDONE,
        code=decision.previous or "",
        previous=row.code,
        previous_state=row.state,
        note=note,
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
        undoes=decision,
        bulk=decision.bulk,
    )
    row.code, row.state = decision.previous, before
    row.save(update_fields=["code", "state"])


def facts(facet: str, previous: str | None, code: str, note: str) -> dict[str, str | None]:
    """What the ledger keeps of a decision."""
    note_hash = hashlib.sha256(note.encode()).hexdigest()
    return {"facet": facet, "previous": previous, "code": code, "note_sha256": note_hash}
