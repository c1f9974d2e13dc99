"""All pending suggestions of a stable class accepted at once, and taken back at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.utils import timezone

from yufang.server.cases import desk_queries, queries
from yufang.server.cases.actions import keep_decision, take_back
from yufang.server.cases.contracts import BulkOut
from yufang.server.cases.models import BulkAccept, CaseCode, Decision
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import CaseDecided, emit
from yufang.server.scope import Actor, action


@action
def accept_class(acting_user: Actor, facet: str, code: str, least: float, reason: str) -> BulkOut:
    """Accept every pending suggestion of `code` from probability `least` on. Refused where the class isn't stable."""
    judged = desk_queries.class_stability(facet, code, least)
    if not judged.stable:
        raise Refused(
            409,
            "not_stable",
            f"该类近 {judged.decisions} 次决定中有 {judged.agreed} 次与建议一致，95% 下限 {judged.low:.0%} 未达 "
            f"{judged.wanted:.0%}；再有约 {judged.missing} 次一致的决定后可批量采纳，现请逐条决定。",
            f"Of the last {judged.decisions} decisions {judged.agreed} agreed with the suggestion; the lower bound "
            f"{judged.low:.0%} is under {judged.wanted:.0%}. After about {judged.missing} more that agree it can be "
            "accepted in bulk; decide one by one until then.",
        )
    rows = list(queries.pending_of_class(facet, code, least).select_for_update(of=("self",)))
    if not rows:
        raise Refused(
            409,
            "nothing_pending",
            "没有符合条件的待复核案例，请刷新后再试。",
            "No case waits that fits; reload and look again.",
        )
    home = acting_user.scope
    digest = cases_digest(row.pk for row in rows)
    index = ledger.append(
        acting_user, home, "cases.bulk_accepted", f"class:{code}", bulk_facts(facet, code, len(rows), digest, reason)
    )
    bulk = BulkAccept.objects.create(
        path=home,
        facet=facet,
        code=code,
        least_probability=least,
        accepted=len(rows),
        cases_sha256=digest,
        reason=reason,
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
    )
    for row in rows:
        keep_decision(acting_user, row, kind=Decision.Kind.BULK, code=code, note=reason, index=index, bulk=bulk)
    _tell(rows[0])
    return desk_queries.bulk_out(bulk)


@action
def undo_bulk(acting_user: Actor, bulk_id: int) -> BulkOut:
    """Take a bulk acceptance back as one action. Cases that a person decided about since keep that decision."""
    bulk = BulkAccept.objects.select_for_update().filter(id=bulk_id).first()
    if bulk is None:
        raise not_found()
    if bulk.undone_at is not None:
        raise Refused(
            409,
            "already_undone",
            "此次批量采纳已撤销，无需重复操作。",
            "This bulk acceptance was undone already; there is nothing left to do.",
        )
    standing = list(
        Decision.objects.filter(bulk=bulk, kind=Decision.Kind.BULK, undone_by__isnull=True).select_related("case_code")
    )
    mine = {d.case_code_id: d for d in standing}
    newest = queries.standing_decisions(mine)
    back = [d for code_id, d in mine.items() if newest.get(code_id) == d.pk]
    digest = cases_digest(d.case_code_id for d in back)
    facts = bulk_facts(bulk.facet, bulk.code, len(back), digest, "")
    index = ledger.append(acting_user, bulk.path, "cases.bulk_undone", f"bulk:{bulk.pk}", facts)
    for decision in back:
        row = CaseCode.objects.select_for_update().get(id=decision.case_code_id)
        take_back(acting_user, row, decision, note=f"#{bulk.pk}", index=index)
    bulk.undone_by_id, bulk.undone_at = acting_user.person_id, timezone.now()
    bulk.save(update_fields=["undone_by", "undone_at"])
    if back:
        _tell(back[0].case_code)
    return desk_queries.bulk_out(bulk)


def bulk_facts(facet: str, code: str, n: int, digest: str, reason: str) -> dict[str, str | int]:
    """What the ledger keeps of a bulk acceptance: which rows as a hash, the reason as a hash."""
    return {
        "facet": facet,
        "code": code,
        "rows": n,
        "cases_sha256": digest,
        "note_sha256": hashlib.sha256(reason.encode()).hexdigest(),
    }


def cases_digest(ids: Iterable[int]) -> str:
    """One hash for a set of rows."""
    return hashlib.sha256(",".join(str(i) for i in sorted(ids)).encode()).hexdigest()


def _tell(row: CaseCode) -> None:
    # One event for all of them: the desk reads its lists afresh.
    emit(CaseDecided(id=row.case_id, enterprise_id=row.case.organisation_id, path=row.path, facet=row.facet))
