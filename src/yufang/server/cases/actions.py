"""The only code that writes cases, codes and decisions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from yufang.server import bulk
from yufang.server.accounts.models import Organisation
from yufang.server.bulk import clean
from yufang.server.cases import queries
from yufang.server.cases.contracts import FacetOut
from yufang.server.cases.models import CaseCode, Decision
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
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
    index = ledger.append(acting_user, row.path, "cases.decided", f"case:{case_id}", facts(facet, row.code, code, note))
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


CASE = {
    "owner": "text",
    "key": "text",
    "enterprise_name": "text",
    "occurred_on": "date",
    "reported_on": "date",
    "narrative": "text",
    "place": "text",
    "job": "text",
    "equipment": "text",
    "lost_days": "float8",
    "deaths": "bigint",
}


# Cases that the lake no longer holds go, unless a person has decided about them.
_GONE = """
    SELECT c.id FROM cases_injurycase c WHERE c.region_id = %(region)s
        AND NOT EXISTS (SELECT 1 FROM stage s WHERE s.key = c.key)
        AND NOT EXISTS (SELECT 1 FROM cases_casecode x WHERE x.case_id = c.id AND x.state = 'decided')
"""
_DROP_GONE = (
    f"DELETE FROM cases_casecode WHERE case_id IN ({_GONE})",
    f"DELETE FROM cases_injurycase WHERE id IN ({_GONE})",
)


@action
def load_cases(
    acting_user: Actor, region: Organisation, rows: Iterable[dict[str, Any]], after: str, synthetic: bool
) -> str:
    """Take over the lake's injury cases; a case of an enterprise that isn't known belongs to the region."""
    staged = bulk.stage(CASE, (_case(row) for row in rows), after=after)
    if newest_content("cases.loaded", region.path) == staged.content:
        return staged.content
    own = [name for name in CASE if name != "owner"]
    bulk.name_owners(region.pk)
    bulk.run(
        f"""
        INSERT INTO cases_injurycase (organisation_id, path, region_id, synthetic, {", ".join(own)})
        SELECT coalesce(o.id, r.id), coalesce(o.path, r.path), r.id, %(synthetic)s,
            {", ".join(f"coalesce(nullif(s.{n}, ''), o.name, '')" if n == "enterprise_name" else "s." + n for n in own)}
        FROM stage s JOIN accounts_organisation r ON r.id = %(region)s
        LEFT JOIN owners o ON o.key = s.owner
        ON CONFLICT (region_id, key) DO UPDATE SET organisation_id = excluded.organisation_id,
            path = excluded.path, {", ".join(f"{n} = excluded.{n}" for n in own if n != "key")}
        """,
        {"region": region.pk, "synthetic": synthetic},
    )
    for statement in _DROP_GONE:
        bulk.run(statement, {"region": region.pk})
    ledger.append_load(acting_user, region.path, "cases.loaded", staged.rows, staged.content)
    return staged.content


def _case(row: dict[str, Any]) -> tuple[Any, ...]:
    texts = ("narrative", "place", "job", "equipment")
    return (
        row["enterprise_id"] or "",
        row["case_id"],
        clean(row["enterprise_name"])[:200],
        row["occurred_on"],
        row["reported_on"],
        *(clean(row[name]) for name in texts),
        row["lost_days"],
        row["deaths"],
    )


CODE = {
    "case_key": "text",
    "facet": "text",
    "state": "text",
    "code": "text",
    "probability": "float8",
    "threshold": "float8",
    "suggestions": "jsonb",
    "evidence": "jsonb",
    "model_version": "text",
    "gain": "float8",
}


@action
def load_codes(acting_user: Actor, region: Organisation, rows: Iterable[dict[str, Any]], after: str) -> None:
    """Take over a run's codes; what a person decided stays decided."""
    staged = bulk.stage(CODE, (_code(row) for row in rows), after=after)
    if newest_content("cases.codes_loaded", region.path) == staged.content:
        return
    own = [name for name in CODE if name != "case_key"]
    kept = ("state", "code")
    bulk.run(
        f"""
        INSERT INTO cases_casecode AS old (case_id, path, {", ".join(own)})
        SELECT c.id, c.path, {", ".join("s." + name for name in own)}
        FROM stage s JOIN cases_injurycase c ON c.region_id = %(region)s AND c.key = s.case_key
        ON CONFLICT (case_id, facet) DO UPDATE SET path = excluded.path,
            {", ".join(f"{n} = CASE old.state WHEN 'decided' THEN old.{n} ELSE excluded.{n} END" for n in kept)},
            {", ".join(f"{n} = excluded.{n}" for n in own if n not in (*kept, "facet"))}
        """,
        {"region": region.pk},
    )
    ledger.append_load(acting_user, region.path, "cases.codes_loaded", staged.rows, staged.content)


def _code(row: dict[str, Any]) -> tuple[Any, ...]:
    best = max((s["probability"] for s in json.loads(row["suggestions"] or "[]")), default=row["probability"])
    return (
        row["case_id"],
        row["facet"],
        row["state"],
        row["code"],
        row["probability"],
        row["threshold"],
        clean(row["suggestions"] or "[]"),
        clean(row["evidence"] or "[]"),
        row["model_version"][:120],
        1.0 - best,
    )
