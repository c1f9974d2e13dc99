"""What a run gives of warnings, taken over in bulk: the SQL behind `actions.load_warnings` and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from yufang.server import bulk
from yufang.server.bulk import clean
from yufang.server.warning.life import policies

if TYPE_CHECKING:
    from yufang.warning.contracts import TieredWarning

WARNING = {
    "owner": "text",
    "subject_key": "text",
    "rule": "text",
    "tier": "text",
    "route": "text",
    "due_on": "date",
    "title_zh": "text",
    "title_en": "text",
    "reason_zh": "text",
    "reason_en": "text",
    "probability": "float8",
    "colour": "text",
    "measures": "jsonb",
    "procedure_zh": "text",
    "procedure_en": "text",
    "training": "text",
    "training_en": "text",
}
OWN = [name for name in WARNING if name != "owner"]
MATCH = "s.owner = o.key AND s.subject_key = w.subject_key AND s.rule = w.rule"

_LAPSED = """w.state = 'resolved' AND (
                SELECT x.action FROM warning_step x WHERE x.warning_id = w.id ORDER BY x.id DESC LIMIT 1) = 'lapsed'"""
_BACK = f"""state = CASE WHEN {_LAPSED} THEN 'raised' ELSE w.state END,
            close_at = CASE WHEN {_LAPSED} THEN NULL ELSE w.close_at END"""
# Texts and tiers of the newest run; the state stays with the people, except where only the platform had closed it. An
# episode that people ended and that is closed by now stays the last word; one that lapsed is followed by a new one.
TAKE_OVER = f"""
    WITH wanted AS (
        SELECT o.id AS organisation_id, o.path, p.id AS hazard_point_id, newest.episode,
            {", ".join("s." + n for n in OWN)}
        FROM stage s
        JOIN owners o ON o.key = s.owner
        LEFT JOIN deduction_hazardpoint p ON p.organisation_id = o.id AND p.key = s.subject_key
        LEFT JOIN LATERAL (
            SELECT c.id, c.episode, c.state FROM warning_warning c
            WHERE c.organisation_id = o.id AND c.subject_key = s.subject_key AND c.rule = s.rule
            ORDER BY c.episode DESC LIMIT 1
        ) newest ON true
        WHERE newest.id IS NULL OR newest.state <> 'closed' OR (
            SELECT x.action FROM warning_step x WHERE x.warning_id = newest.id AND x.action <> 'closed'
            ORDER BY x.id DESC LIMIT 1
        ) = 'lapsed'
    ), upserted AS (
        INSERT INTO warning_warning AS w
            (organisation_id, path, state, origin, synthetic, hazard_point_id, episode, {", ".join(OWN)})
        SELECT organisation_id, path, 'raised', 'run', %(synthetic)s, hazard_point_id, coalesce(episode, 0) + 1,
            {", ".join(OWN)}
        FROM wanted
        ON CONFLICT (organisation_id, subject_key, rule) WHERE NOT state = 'closed' DO UPDATE SET
            hazard_point_id = excluded.hazard_point_id,
            {_BACK},
            {", ".join(f"{n} = excluded.{n}" for n in OWN if n not in ("subject_key", "rule"))}
        RETURNING id, path, state, tier, (xmax = 0) AS fresh
    ), said AS (
        INSERT INTO warning_step (warning_id, path, action, note, at, ledger_index, by_load)
        SELECT u.id, u.path, CASE WHEN fresh THEN 'raised' ELSE 'raised_again' END, '', now(), %(leaf)s, true
        FROM upserted u WHERE fresh OR (u.state = 'raised' AND (
            SELECT x.action FROM warning_step x WHERE x.warning_id = u.id ORDER BY x.id DESC LIMIT 1) = 'lapsed')
        RETURNING warning_id
    )
    SELECT u.id FROM upserted u JOIN said ON said.warning_id = u.id WHERE u.tier = 'high' ORDER BY u.id
"""
# Warnings that the newest run no longer gives and nobody has taken on.
LAPSE = f"""
    WITH lapsed AS (
        UPDATE warning_warning w SET state = 'resolved', owed = false, escalate_at = NULL, quiet_until = NULL,
            quiet_why = '', close_at = now() + %(close_after)s FROM owners o
        WHERE o.id = w.organisation_id AND w.origin = 'run' AND w.state IN ('raised', 'escalated', 'downgraded')
            AND NOT EXISTS (SELECT 1 FROM stage s WHERE {MATCH})
        RETURNING w.id, w.path
    )
    INSERT INTO warning_step (warning_id, path, action, note, at, ledger_index, by_load)
    SELECT id, path, 'lapsed', '', now(), %(leaf)s, true FROM lapsed
"""


def take_over(synthetic: bool, leaf: int) -> list[int]:
    """Take the stage over; returns the ids of high alerts that were raised by it, now or again."""
    params: dict[str, Any] = {"synthetic": synthetic, "leaf": leaf, "close_after": policies()["low"].close_after}
    bulk.run(LAPSE, params)
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OVER, params)
        return [int(row[0]) for row in cursor.fetchall()]


def staged(w: TieredWarning) -> tuple[object, ...]:
    """A row of the stage."""
    values = {name: getattr(w, name) for name in OWN} | {"measures": bulk.as_json(w.measures)}
    return (w.enterprise_id, *(clean(v) if isinstance(v, str) else v for v in values.values()))
