"""The ledger's functions in the database. The web role may read leaves in its scope and append; nothing else."""

from __future__ import annotations

from django.db import migrations

from yufang.server.database import WEB_ROLE
from yufang.server.tenancy import IN_SCOPE

# One number for the whole database: appends take it and wait for one another until their transactions end.
_LOCK = 7_110_962

_UP = f"""
ALTER TABLE ledger_leaf ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_leaf FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger_leaf FOR SELECT USING {IN_SCOPE};
CREATE POLICY keeper ON ledger_leaf TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE FUNCTION yufang_ledger_append(
    p_path text, p_at timestamptz, p_actor bigint, p_action text, p_subject text, p_data bytea
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    scope text := nullif(current_setting('yufang.scope', true), '');
    n bigint;
BEGIN
    IF scope IS NULL OR NOT starts_with(p_path, scope) THEN
        RAISE EXCEPTION 'the path % is outside the scope', p_path USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock({_LOCK});
    SELECT coalesce(max(index) + 1, 0) INTO n FROM public.ledger_leaf;
    -- RFC 6962, 2.1: the hash of a leaf is that of a zero byte and the leaf's bytes.
    INSERT INTO public.ledger_leaf (index, path, at, actor_id, action, subject, data, leaf_hash)
    VALUES (n, p_path, p_at, p_actor, p_action, p_subject, p_data, sha256('\\x00'::bytea || p_data));
    RETURN n;
END $$;

CREATE FUNCTION yufang_ledger_hashes() RETURNS TABLE (index bigint, leaf_hash bytea, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT index, leaf_hash, at FROM public.ledger_leaf ORDER BY index $$;

REVOKE ALL ON FUNCTION yufang_ledger_append, yufang_ledger_hashes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION yufang_ledger_append, yufang_ledger_hashes TO {WEB_ROLE};
"""
_DOWN = "DROP FUNCTION yufang_ledger_append; DROP FUNCTION yufang_ledger_hashes; DROP POLICY tenant ON ledger_leaf;"


def append_only_log() -> migrations.RunSQL:
    """The migration step that makes the log append-only for the web role."""
    return migrations.RunSQL(_UP, _DOWN)
