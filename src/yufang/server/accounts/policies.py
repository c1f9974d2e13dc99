"""Row-level security of tables that belong to a person, not to an organisation: those of django-allauth."""

from __future__ import annotations

from django.db import migrations

from yufang.server.tenancy import PERSON, SCOPE

# An administrator's action names, for its transaction, the one person whose second factors or sessions it removes.
ADMINISTERED = "(SELECT nullif(current_setting('yufang.administered', true), '')::bigint)"
# At a sign-in through an identity provider the person is known by what the provider vouches for.
BY_IDENTITY = "provider || ' ' || uid = (SELECT nullif(current_setting('yufang.identity', true), ''))"
# The role of a region's own making is read by the enterprises under it.
OF_AN_ORGANISATION_ABOVE = f"starts_with({SCOPE}, path)"
# Before anybody is signed in, exactly the row that is named by a secret, or the mappings of the provider that vouched.
INVITED = "token_hash = (SELECT nullif(current_setting('yufang.invitation', true), ''))"
KEYED = "key_hash = (SELECT nullif(current_setting('yufang.service_key', true), ''))"
MAPPED = "provider = (SELECT nullif(current_setting('yufang.provider', true), ''))"


def persons_policy(table: str, column: str, of: str = "", *, also_visible: str = "") -> migrations.RunSQL:
    """Rows of `table` show to the person in `column`, or where `column` is one of the rows that `of` selects."""
    rule = f"{column} IN ({of})" if of else f"({column} = {PERSON} OR {column} = {ADMINISTERED})"
    enable = f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY person ON {table} USING ({rule}) WITH CHECK ({rule});
    """
    if also_visible:
        enable += f"CREATE POLICY also_visible ON {table} FOR SELECT USING ({also_visible});\n"
    disable = f"DROP POLICY person ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    return migrations.RunSQL(enable, disable)
