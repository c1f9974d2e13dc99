# mypy: disable-error-code="var-annotated"
"""Tenant rows: the abstract model they share, and the steps of migrations that say who may read and who may do what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.db import migrations, models

WEB_ROLE = "yufang_web"

# An unset setting reads as NULL or, after a first transaction of the session, as ''. Neither may match a path.
SCOPE = "(SELECT nullif(current_setting('yufang.scope', true), ''))"
PERSON = "(SELECT nullif(current_setting('yufang.person', true), '')::bigint)"
# Paths are '/'-joined numbers, so in C order everything under a scope lies between it and itself with '~' behind.
# Written as a range (not starts_with) so that the index on `path` serves it.
IN_SCOPE = f"(path >= {SCOPE} AND path < {SCOPE} || '~')"


class TenantModel(models.Model):
    """A row that belongs to an organisation. `path` is the organisation's place in the tree: `/1/24/`."""

    path = models.CharField(max_length=120, db_collation="C", db_index=True, editable=False)

    # What the web role may do with the table; the grants are set after each migration.
    web_privileges: ClassVar[str] = "SELECT, INSERT, UPDATE, DELETE"

    class Meta:
        abstract = True


def tenant_policy(table: str, *, also_visible: str = "") -> migrations.RunSQL:
    """Row-level security on `table`: within the scope everything, outside it nothing.

    `also_visible` is a further SQL condition under which a row may be read (never written).
    """
    enable = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON {table} USING {IN_SCOPE} WITH CHECK {IN_SCOPE};
    """
    if also_visible:
        enable += f"CREATE POLICY also_visible ON {table} FOR SELECT USING ({also_visible});\n"
    disable = f"DROP POLICY tenant ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    return migrations.RunSQL(enable, disable)


def give_permissions(may: Mapping[str, Sequence[str]]) -> migrations.RunSQL:
    """Give roles what a new room asks for, beside what they have. may: role → permissions.

    In SQL, since a step in Python makes Django build every model of every room anew.
    """
    give = """
        UPDATE accounts_role SET permissions = permissions || ARRAY(
            SELECT new FROM unnest(%s::varchar[]) WITH ORDINALITY AS n (new, place)
            WHERE new <> ALL (permissions) ORDER BY place)
        WHERE name = %s
    """
    return migrations.RunSQL([(give, [list(permissions), role]) for role, permissions in may.items()], [])


def add_role(name: str, name_zh: str, name_en: str, permissions: Sequence[str]) -> migrations.RunSQL:
    """A role that no room before had; one of that name stays as it is."""
    add = """
        INSERT INTO accounts_role (name, name_zh, name_en, permissions) VALUES (%s, %s, %s, %s)
        ON CONFLICT (name) DO NOTHING
    """
    return migrations.RunSQL([(add, [name, name_zh, name_en, list(permissions)])], [])
