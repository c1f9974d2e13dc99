"""The ledger's functions in the database. The web role may read leaves in its scope and append; nothing else."""

from __future__ import annotations

from django.db import migrations

from yufang.server.database import WEB_ROLE
from yufang.server.tenancy import IN_SCOPE

# One number for the whole database: appends take it and wait for one another until their transactions end.
_LOCK = 7_110_962
# Another, so that two processes never publish at once.
PUBLISH_LOCK = 7_110_963

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


# Tiles of 256: the root of a full tile is kept as a node of the level above, so that no question reads the whole log.
# A tile with a leaf missing gets no node: appending goes on, and verification names the leaf.
_TREE_UP = f"""
CREATE FUNCTION yufang_ledger_root(p_hashes bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
    h bytea[] := p_hashes;
    width int := cardinality(p_hashes);
BEGIN
    WHILE width > 1 LOOP
        width := width / 2;
        FOR i IN 1 .. width LOOP
            h[i] := sha256('\\x01'::bytea || h[2 * i - 1] || h[2 * i]);
        END LOOP;
    END LOOP;
    RETURN h[1];
END $$;

CREATE FUNCTION yufang_ledger_complete(p_level int, p_tile bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    h bytea[];
BEGIN
    IF p_level = 0 THEN
        SELECT array_agg(leaf_hash ORDER BY index) INTO h FROM public.ledger_leaf
        WHERE index >= p_tile * 256 AND index < (p_tile + 1) * 256;
    ELSE
        SELECT array_agg(hash ORDER BY position) INTO h FROM public.ledger_node
        WHERE level = p_level AND position >= p_tile * 256 AND position < (p_tile + 1) * 256;
    END IF;
    IF cardinality(h) = 256 THEN
        INSERT INTO public.ledger_node (level, position, hash)
        VALUES (p_level + 1, p_tile, public.yufang_ledger_root(h)) ON CONFLICT DO NOTHING;
        IF p_tile & 255 = 255 THEN
            PERFORM public.yufang_ledger_complete(p_level + 1, p_tile >> 8);
        END IF;
    END IF;
END $$;

CREATE FUNCTION yufang_ledger_append_many(
    p_path text[], p_at timestamptz[], p_actor bigint[], p_action text[], p_subject text[], p_data bytea[]
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    scope text := nullif(current_setting('yufang.scope', true), '');
    outside text;
    n bigint;
BEGIN
    SELECT path INTO outside FROM unnest(p_path) AS path WHERE scope IS NULL OR NOT starts_with(path, scope) LIMIT 1;
    IF outside IS NOT NULL THEN
        RAISE EXCEPTION 'the path % is outside the scope', outside USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM unnest(p_data) AS data WHERE length(data) > 65535;
    IF FOUND THEN
        RAISE EXCEPTION 'a leaf has at most 65535 bytes' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    PERFORM pg_advisory_xact_lock({_LOCK});
    SELECT coalesce(max(index) + 1, 0) INTO n FROM public.ledger_leaf;
    -- RFC 6962, 2.1: the hash of a leaf is that of a zero byte and the leaf's bytes.
    INSERT INTO public.ledger_leaf (index, path, at, actor_id, action, subject, data, leaf_hash)
    SELECT n + place - 1, path, at, actor, action, subject, data, sha256('\\x00'::bytea || data)
    FROM unnest(p_path, p_at, p_actor, p_action, p_subject, p_data)
        WITH ORDINALITY AS leaf (path, at, actor, action, subject, data, place);
    FOR tile IN (n >> 8) .. ((n + cardinality(p_data)) >> 8) - 1 LOOP
        PERFORM public.yufang_ledger_complete(0, tile);
    END LOOP;
    RETURN n;
END $$;

CREATE OR REPLACE FUNCTION yufang_ledger_append(
    p_path text, p_at timestamptz, p_actor bigint, p_action text, p_subject text, p_data bytea
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT public.yufang_ledger_append_many(
        ARRAY[p_path], ARRAY[p_at], ARRAY[p_actor], ARRAY[p_action], ARRAY[p_subject], ARRAY[p_data])
$$;

CREATE FUNCTION yufang_ledger_size() RETURNS TABLE (size bigint, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT index + 1, at FROM public.ledger_leaf ORDER BY index DESC LIMIT 1 $$;

CREATE FUNCTION yufang_ledger_hashes(p_from bigint, p_to bigint) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT string_agg(leaf_hash, ''::bytea ORDER BY index) FROM public.ledger_leaf
   WHERE index >= p_from AND index < p_to $$;

REVOKE ALL ON FUNCTION yufang_ledger_root, yufang_ledger_complete, yufang_ledger_append_many, yufang_ledger_size,
    yufang_ledger_hashes(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION yufang_ledger_append_many, yufang_ledger_size, yufang_ledger_hashes(bigint, bigint)
    TO {WEB_ROLE};
DROP FUNCTION yufang_ledger_hashes();
"""

# Many leaves of one moment and one actor. What can be done before the lock is: hashes, limits, scope.
_AT_ONCE_UP = f"""
CREATE FUNCTION yufang_ledger_append_at(
    p_at timestamptz, p_actor bigint, p_path text[], p_action text[], p_subject text[], p_data bytea[]
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    scope text := nullif(current_setting('yufang.scope', true), '');
    outside text;
    hashes bytea[];
    n bigint;
BEGIN
    SELECT path INTO outside FROM (SELECT DISTINCT unnest(p_path) AS path) AS paths
    WHERE scope IS NULL OR path IS NULL OR NOT starts_with(path, scope) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the path % is outside the scope', outside USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM 1 FROM unnest(p_data) AS data WHERE length(data) > 65535;
    IF FOUND THEN
        RAISE EXCEPTION 'a leaf has at most 65535 bytes' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    -- RFC 6962, 2.1: the hash of a leaf is that of a zero byte and the leaf's bytes.
    SELECT array_agg(sha256('\\x00'::bytea || data) ORDER BY place) INTO hashes
    FROM unnest(p_data) WITH ORDINALITY AS leaf (data, place);
    PERFORM pg_advisory_xact_lock({_LOCK});
    SELECT coalesce(max(index) + 1, 0) INTO n FROM public.ledger_leaf;
    INSERT INTO public.ledger_leaf (index, path, at, actor_id, action, subject, data, leaf_hash)
    SELECT n + place - 1, path, p_at, p_actor, action, subject, data, hash
    FROM unnest(p_path, p_action, p_subject, p_data, hashes)
        WITH ORDINALITY AS leaf (path, action, subject, data, hash, place);
    FOR tile IN (n >> 8) .. ((n + cardinality(p_data)) >> 8) - 1 LOOP
        PERFORM public.yufang_ledger_complete(0, tile);
    END LOOP;
    RETURN n;
END $$;

REVOKE ALL ON FUNCTION yufang_ledger_append_at FROM PUBLIC;
GRANT EXECUTE ON FUNCTION yufang_ledger_append_at TO {WEB_ROLE};
"""


def append_at_once() -> migrations.RunSQL:
    """The migration step by which many leaves of one moment are appended with less time under the lock."""
    return migrations.RunSQL(_AT_ONCE_UP, "DROP FUNCTION yufang_ledger_append_at")


# What a log of an earlier release lacks, in transactions of 64 tiles each. Appends go on meanwhile and complete their
# own tiles; the level above is looked at last, whoever completed the level below.
_BACKFILL = """
DO $$
DECLARE
    leaves bigint;
    done int := 0;
BEGIN
    FOR depth IN 0 .. 5 LOOP
        SELECT coalesce(max(index) + 1, 0) INTO leaves FROM ledger_leaf;
        FOR tile IN 0 .. (leaves >> 8 * (depth + 1)) - 1 LOOP
            IF NOT EXISTS (SELECT 1 FROM ledger_node WHERE level = depth + 1 AND position = tile) THEN
                PERFORM yufang_ledger_complete(depth, tile);
                done := done + 1;
                IF done % 64 = 0 THEN
                    COMMIT;
                END IF;
            END IF;
        END LOOP;
    END LOOP;
END $$
"""


def tree_in_tiles() -> migrations.RunSQL:
    """The migration step by which appends complete tiles, and several leaves are appended at once."""
    return migrations.RunSQL(_TREE_UP, migrations.RunSQL.noop)


def backfill() -> migrations.RunSQL:
    """The migration step (outside a transaction) that completes the tiles of leaves which are there already."""
    return migrations.RunSQL(_BACKFILL, migrations.RunSQL.noop)
