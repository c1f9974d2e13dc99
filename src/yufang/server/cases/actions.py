"""The only code that writes cases, codes and decisions."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from yufang.server.cases import queries
from yufang.server.cases.contracts import FacetOut
from yufang.server.cases.models import CaseCode, Decision
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import CaseDecided, emit
from yufang.server.names import facet_names, known_code
from yufang.server.scope import Actor, action


@action
def decide(acting_user: Actor, case_id: int, facet: str, code: str, note: str) -> FacetOut:
    """A person's code for one facet: the suggested one accepted, or another."""
    row = CaseCode.objects.select_for_update().filter(case_id=case_id, facet=facet).first()
    if row is None:
        raise not_found()
    if not known_code(facet, code):
        zh, en = facet_names(facet)
        raise Refused(
            422,
            "unknown_code",
            f"“{zh}”没有代码 {code},请从列表中选择。",
            f"{en} has no code {code}; choose one from the list.",
            "code",
        )
    index = ledger.append(
        acting_user, row.path, "cases.decided", f"case:{case_id}", facts(facet, row.code, code, note)
    )
    Decision.objects.create(
        case_code=row,
        path=row.path,
        code=code,
        previous=row.code,
        note=note,
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
    )
    row.code, row.state = code, CaseCode.State.DECIDED
    row.save(update_fields=["code", "state"])
    emit(CaseDecided(id=case_id, enterprise_id=row.case.organisation_id, path=row.path, facet=facet))
    return queries.facet_of(row)


def facts(facet: str, previous: str | None, code: str, note: str) -> dict[str, str | None]:
    """What the ledger keeps of a decision."""
    note_hash = hashlib.sha256(note.encode()).hexdigest()
    return {"facet": facet, "previous": previous, "code": code, "note_sha256": note_hash}
