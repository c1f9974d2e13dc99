"""What a run brings: cases, the codes of their sources, and the codes that the run suggests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from yufang import standards
from yufang.server import bulk
from yufang.server.accounts.models import Organisation
from yufang.server.bulk import clean
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.names import FACETS, known_code
from yufang.server.scope import Actor, action

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


# Cases that the lake no longer holds go, unless a person has decided about them or is to.
_GONE = """
    SELECT c.id FROM cases_injurycase c WHERE c.region_id = %(region)s
        AND NOT EXISTS (SELECT 1 FROM stage s WHERE s.key = c.key)
        AND NOT EXISTS (SELECT 1 FROM cases_casecode x JOIN cases_decision d ON d.case_code_id = x.id
                        WHERE x.case_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM cases_casecode x JOIN cases_campaignitem i ON i.case_code_id = x.id
                        WHERE x.case_id = c.id)
"""
_DROP_GONE = (
    f"DELETE FROM cases_labelsuspect WHERE case_code_id IN (SELECT id FROM cases_casecode WHERE case_id IN ({_GONE}))",
    f"DELETE FROM cases_goldlabel WHERE case_id IN ({_GONE})",
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


GOLD_FACETS = ("accident_type", "body_part")  # columns of the lake's table that hold a source's own code
GOLD = {"case_key": "text", "facet": "text", "code": "text"}


@action
def load_gold_labels(acting_user: Actor, region: Organisation, rows: Iterable[dict[str, Any]], after: str) -> None:
    """Take over the codes that the cases' sources gave, in the words of each facet's list; others are left out."""
    known: dict[tuple[str, str], str] = {}

    def staged_rows() -> Iterable[tuple[str, str, str]]:
        for row in rows:
            for facet in GOLD_FACETS:
                word = (row.get(facet) or "").strip()
                if not word:
                    continue
                if (facet, word) not in known:
                    known[facet, word] = code_of_word(facet, word)
                if known[facet, word]:
                    yield row["case_id"], facet, known[facet, word]

    staged = bulk.stage(GOLD, staged_rows(), after=after)
    seen = newest_content("cases.gold_loaded", region.path)
    if staged.content == seen or (not staged.rows and not seen):
        return
    bulk.run(
        """
        INSERT INTO cases_goldlabel (case_id, path, facet, code)
        SELECT c.id, c.path, s.facet, s.code
        FROM stage s JOIN cases_injurycase c ON c.region_id = %(region)s AND c.key = s.case_key
        ON CONFLICT (case_id, facet) DO UPDATE SET path = excluded.path, code = excluded.code
        """,
        {"region": region.pk},
    )
    bulk.run(
        """
        DELETE FROM cases_goldlabel g USING cases_injurycase c
        WHERE c.id = g.case_id AND c.region_id = %(region)s
            AND NOT EXISTS (SELECT 1 FROM stage s WHERE s.case_key = c.key AND s.facet = g.facet)
        """,
        {"region": region.pk},
    )
    ledger.append_load(acting_user, region.path, "cases.gold_loaded", staged.rows, staged.content)


def code_of_word(facet: str, word: str) -> str:
    """The code that a source's word stands for in the facet's list; "" where the list doesn't know it for sure."""
    if known_code(facet, word):
        return word
    list_key = FACETS.get(facet, ("", "", ""))[2]
    if found := standards.code_list(list_key).find(word):
        return found[0].code
    if facet == "accident_type" and (old := standards.code_list("gb6441_1986_type").find(word)):
        return standards.map_accident_type_1986(old[0].code).code_2025 or ""
    return ""
