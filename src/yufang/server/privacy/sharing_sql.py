"""Functions in the database that read across organisations: by an active agreement, and what was published.

They turn to the giver's scope for their own duration and then back, so that row-level security holds inside them too.
Columns and rows are written out here: nothing that is not agreed can be asked for.
"""

from __future__ import annotations

from django.db import migrations

from yufang.server.database import WEB_ROLE
from yufang.server.tenancy import SCOPE

# The other side of an agreement reads it, and the word on it; it writes neither.
RECEIVER_SEES = f"receiver_path >= {SCOPE} AND receiver_path < {SCOPE} || '~'"
GIVER_SEES = f"giver_path >= {SCOPE} AND giver_path < {SCOPE} || '~'"

_PAGE = 1000
_MONTH = "to_char({} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')"

_HAZARD_STATISTICS = f"""
    SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.month, s.kind, s.level), '[]') INTO found FROM (
        SELECT {_MONTH.format("h.opened_at")} AS month, h.kind, h.level,
               CASE WHEN count(*) >= a.min_cell THEN count(*) END AS hazards,
               CASE WHEN count(*) >= a.min_cell AND count(h.closed_at) >= a.min_cell
                         AND (count(*) - count(h.closed_at) >= a.min_cell OR count(*) = count(h.closed_at))
                    THEN count(h.closed_at) END AS closed
        FROM public.hazards_hazard h GROUP BY 1, 2, 3) s;
"""
_HAZARD_RECORDS = f"""
    SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.id), '[]') INTO found FROM (
        SELECT h.id, o.name AS enterprise, h.kind, h.level, h.state, h.found_by, h.major,
               (h.opened_at AT TIME ZONE 'Asia/Shanghai')::date AS opened_on,
               (h.due_at AT TIME ZONE 'Asia/Shanghai')::date AS due_on,
               (h.closed_at AT TIME ZONE 'Asia/Shanghai')::date AS closed_on
        FROM public.hazards_hazard h JOIN public.accounts_organisation o ON o.id = h.enterprise_id
        WHERE h.id > p_after ORDER BY h.id LIMIT {_PAGE}) s;
"""
_WARNINGS = f"""
    SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.id), '[]') INTO found FROM (
        SELECT w.id, o.name AS enterprise, w.rule, w.tier, w.state, w.colour, w.due_on,
               (w.raised_at AT TIME ZONE 'Asia/Shanghai')::date AS raised_on
        FROM public.warning_warning w JOIN public.accounts_organisation o ON o.id = w.organisation_id
        WHERE w.id > p_after ORDER BY w.id LIMIT {_PAGE}) s;
"""
_INJURY_AGGREGATES = """
    SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.year, s.accident_type), '[]') INTO found FROM (
        SELECT extract(year FROM c.occurred_on)::int AS year, k.code AS accident_type,
               CASE WHEN count(*) >= a.min_cell THEN count(*) END AS cases
        FROM public.cases_injurycase c JOIN public.cases_casecode k ON k.case_id = c.id
        WHERE k.facet = 'accident_type' AND k.state IN ('auto', 'decided') AND c.occurred_on IS NOT NULL
        GROUP BY 1, 2) s;
"""
DATASETS = {
    "hazard_statistics": _HAZARD_STATISTICS,
    "hazard_records": _HAZARD_RECORDS,
    "warnings": _WARNINGS,
    "injury_aggregates": _INJURY_AGGREGATES,
}
_CASES = "\n".join(
    f"{'IF' if not n else 'ELSIF'} p_dataset = '{k}' THEN {v}" for n, (k, v) in enumerate(DATASETS.items())
)

_UP = f"""
CREATE FUNCTION yufang_shared(p_agreement bigint, p_dataset text, p_after bigint, p_person bigint, p_name text)
RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    scope text := nullif(current_setting('yufang.scope', true), '');
    a record;
    found jsonb;
BEGIN
    SELECT s.*, w.word AS said INTO a FROM public.privacy_sharingagreement s
    LEFT JOIN public.privacy_sharingword w ON w.agreement_id = s.id
    WHERE s.id = p_agreement AND starts_with(s.receiver_path, scope);
    IF a IS NULL OR a.id IS NULL OR a.said IS DISTINCT FROM 'accepted' OR a.revoked_at IS NOT NULL
       OR a.until <= clock_timestamp() OR NOT p_dataset = ANY (a.datasets) THEN
        RAISE EXCEPTION 'no active agreement % gives %', p_agreement, p_dataset
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('yufang.scope', a.path, true);
    {_CASES}
    ELSE RAISE EXCEPTION 'no dataset %', p_dataset;
    END IF;
    INSERT INTO public.privacy_sharingread (path, agreement_id, dataset, by_id, by_name, rows)
    VALUES (a.path, a.id, p_dataset, p_person, p_name, jsonb_array_length(found));
    PERFORM set_config('yufang.scope', scope, true);
    RETURN found;
END $$;

CREATE FUNCTION yufang_sharing_partners() RETURNS TABLE (id bigint, name text, path text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE scope text := nullif(current_setting('yufang.scope', true), '');
BEGIN
    IF scope IS NULL THEN RETURN; END IF;
    PERFORM set_config('yufang.scope', '/', true);
    -- Public bodies may be named to anybody; of other organisations only those in one's own scope.
    RETURN QUERY SELECT o.id, o.name::text, o.path::text FROM public.accounts_organisation o
        WHERE o.kind = 'regulator' OR (o.kind = 'enterprise' AND starts_with(o.path, scope) AND o.path <> scope)
        ORDER BY o.kind DESC, o.name;
    PERFORM set_config('yufang.scope', scope, true);
END $$;

CREATE FUNCTION yufang_published_statistics() RETURNS SETOF jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE scope text := coalesce(current_setting('yufang.scope', true), '');
BEGIN
    PERFORM set_config('yufang.scope', '/', true);
    RETURN QUERY SELECT jsonb_build_object(
        'id', s.id, 'region', o.name, 'method', s.method, 'by_what', s.by_what, 'year', s.year, 'title_zh', s.title_zh,
        'title_en', s.title_en, 'table', s."table", 'epsilon', s.epsilon / 1000.0, 'min_cell', s.min_cell, 'at', s.at,
        'synthetic', s.synthetic, 'ledger_index', s.ledger_index)
        FROM public.privacy_statisticsrelease s JOIN public.accounts_organisation o ON o.id = s.region_id
        WHERE s.withdrawn_at IS NULL ORDER BY s.id DESC LIMIT 200;
    PERFORM set_config('yufang.scope', scope, true);
END $$;

REVOKE ALL ON FUNCTION yufang_shared, yufang_sharing_partners, yufang_published_statistics FROM PUBLIC;
GRANT EXECUTE ON FUNCTION yufang_shared, yufang_sharing_partners, yufang_published_statistics TO {WEB_ROLE};
"""
_DOWN = "DROP FUNCTION yufang_shared; DROP FUNCTION yufang_sharing_partners; DROP FUNCTION yufang_published_statistics;"


def sharing_functions() -> migrations.RunSQL:
    """The migration step that makes the functions."""
    return migrations.RunSQL(_UP, _DOWN)
