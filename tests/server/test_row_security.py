"""One enterprise never sees another's rows by SQL: row-level security on every table, with rows of both in each."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.apps import apps

from tests.server.conftest import superuser
from tests.server.rows import fill, insert, made_row, tenant_models, two_enterprises
from yufang.server import database
from yufang.server.tenancy import TenantModel

# Tables without an organisation, and why that is right.
NOT_TENANT = {
    "django_session": "random keys, no organisation's data",
    "accounts_role": "the same for everyone",
    "accounts_signintry": "hashes, before anyone is known",
    "limits_bucket": "keyed hashes and a moment, before anyone is known",
    "ledger_checkpoint": "sizes and roots only",
    "ledger_node": "hashes of the tree only",
    "ledger_head": "sizes, roots and signatures only",
    "ledger_witness": "which witnesses are asked, and sizes",
    "ledger_followed": "signed checkpoints of other deployments",
    "ledger_verified": "indices of leaves only",
    "auth_permission": "empty: django-allauth imports Django's own user models, roles here are others",
    "auth_group": "empty, as auth_permission",
    "django_content_type": "empty, as auth_permission",
    "socialaccount_socialapp": "empty: identity providers stand in the settings",
}
# Tables of django-allauth: their rows belong to a person, whatever the organisation.
PERSONS_TABLES = {
    "account_emailaddress",
    "account_emailconfirmation",
    "mfa_authenticator",
    "socialaccount_socialaccount",
    "socialaccount_socialtoken",
    "usersessions_usersession",
}
TENANT_TABLES = [model._meta.db_table for model in tenant_models()]
# Where one may also read a row of the organisations above one's own.
OF_ABOVE = {"profiles_region", "decisions_decisiontableversion", "accounts_organisationrole"}


def _scope(connection: psycopg.Connection[Any], scope: str) -> None:
    connection.execute("SELECT set_config('yufang.scope', %s, true)", [scope])


@pytest.fixture(scope="module")
def filled(region: Any, cluster: database.Database, empty_database: str) -> Any:
    """(id, path) of the safety manager's enterprise, and of another; every tenant table has rows of both."""
    with psycopg.connect(autocommit=True, **superuser(cluster, empty_database)) as admin:
        found = two_enterprises(admin)
        for organisation_id, path in found:
            fill(admin, path, organisation_id)
    return found


def test_every_model_is_a_tenants_or_is_listed_with_a_reason() -> None:
    ours = {m._meta.db_table for m in apps.get_models() if not m._meta.db_table.startswith("procrastinate_")}
    assert ours == set(TENANT_TABLES) | NOT_TENANT.keys() | PERSONS_TABLES


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_every_tenant_table_forces_row_security(region: Any, as_superuser: psycopg.Connection[Any], table: str) -> None:
    enabled = as_superuser.execute(
        "SELECT relrowsecurity, relforcerowsecurity, tableowner FROM pg_class "
        "JOIN pg_tables ON tablename = relname WHERE relname = %s",
        [table],
    ).fetchone()
    assert enabled == (True, True, "yufang_owner")
    policies = as_superuser.execute(
        "SELECT qual FROM pg_policies WHERE tablename = %s AND policyname = 'tenant'", [table]
    ).fetchall()
    assert len(policies) == 1
    assert "yufang.scope" in policies[0][0]


@pytest.mark.parametrize("table", sorted(PERSONS_TABLES))
def test_second_factors_sessions_and_identities_show_to_their_person_only(
    region: Any, as_superuser: psycopg.Connection[Any], table: str
) -> None:
    enabled = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = %s"
    assert as_superuser.execute(enabled, [table]).fetchone() == (True, True)
    rule = "SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND policyname = 'person'"
    (read, write) = as_superuser.execute(rule, [table]).fetchone() or ("", "")
    assert read == write
    assert "yufang.person" in read or "SELECT account_emailaddress.id" in read or "socialaccount" in read


def test_the_web_role_owns_nothing_and_cannot_bypass_row_security(
    region: Any, as_superuser: psycopg.Connection[Any]
) -> None:
    role = as_superuser.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'yufang_web'"
    ).fetchone()
    assert role == (False, False, False, False)
    owned = "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = 'yufang_web'"
    assert as_superuser.execute(owned).fetchone() == (0,)
    member = "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = 'yufang_web'"
    assert as_superuser.execute(member).fetchone() == (0,)


@pytest.mark.parametrize("table", TENANT_TABLES)
def test_raw_sql_without_a_scope_reads_nothing(filled: Any, as_web_role: psycopg.Connection[Any], table: str) -> None:
    assert as_web_role.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    _scope(as_web_role, "/")
    as_web_role.execute(f"SELECT count(*) FROM {table}")
    as_web_role.commit()
    # After a first scope the setting is '' and no longer unset: still nothing.
    assert as_web_role.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.db_table)
def test_raw_sql_in_one_scope_reads_and_changes_no_row_of_another(
    filled: Any, as_web_role: psycopg.Connection[Any], model: type[TenantModel]
) -> None:
    (_, mine), (other_id, other) = filled
    table = model._meta.db_table
    _scope(as_web_role, mine)
    seen = {path for (path,) in as_web_role.execute(f"SELECT path FROM {table}").fetchall()}
    assert mine in seen
    above = {path for path in seen if mine.startswith(path) and path != mine}
    assert seen == {path for path in seen if path.startswith(mine)} | above, "a row of another enterprise"
    assert not above or table in OF_ABOVE
    for change in (f"UPDATE {table} SET path = path", f"DELETE FROM {table}"):
        assert _changed(as_web_role, f"{change} WHERE path = %s", [other]) == 0
    assert _changed(as_web_role, f"UPDATE {table} SET path = %s WHERE path = %s", [other, mine]) == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege), as_web_role.transaction():
        insert(as_web_role, model, made_row(model, other, other_id))


def _changed(connection: psycopg.Connection[Any], statement: str, values: list[Any]) -> int:
    """Rows that a statement changed, 0 where it was refused."""
    try:
        with connection.transaction():
            return connection.execute(statement, values).rowcount
    except psycopg.errors.InsufficientPrivilege:
        return 0


def test_a_scope_does_not_match_a_longer_number(filled: Any, as_web_role: psycopg.Connection[Any]) -> None:
    (_, mine), _ = filled
    _scope(as_web_role, mine[:-2] + "/")  # /1/2/ from /1/23/, or /1// from /1/2/
    found = as_web_role.execute("SELECT count(*) FROM deduction_hazardpoint WHERE path = %s", [mine]).fetchone()
    assert found == (0,)


def test_raw_sql_cannot_write_or_move_rows_across(filled: Any, as_web_role: psycopg.Connection[Any]) -> None:
    (_, mine), (_, other) = filled
    _scope(as_web_role, mine)
    moved = as_web_role.execute("UPDATE warning_warning SET state = 'resolved' WHERE path = %s", [other])
    assert moved.rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        as_web_role.execute("UPDATE warning_warning SET path = %s WHERE path = %s", [other, mine])


@pytest.mark.parametrize(
    "verb", ["UPDATE ledger_leaf SET data = ''", "DELETE FROM ledger_leaf", "TRUNCATE ledger_leaf"]
)
def test_the_web_role_cannot_change_the_ledger(region: Any, as_web_role: psycopg.Connection[Any], verb: str) -> None:
    _scope(as_web_role, "/")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_web_role.execute(verb)


def test_a_leaf_outside_the_scope_is_refused(filled: Any, as_web_role: psycopg.Connection[Any]) -> None:
    (_, mine), (_, other) = filled
    _scope(as_web_role, mine)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="outside the scope"):
        as_web_role.execute("SELECT yufang_ledger_append(%s, now(), NULL, 'x', 'x', 'x')", [other])


def test_before_sign_in_only_the_named_person_shows(region: Any, as_web_role: psycopg.Connection[Any]) -> None:
    as_web_role.execute("SELECT set_config('yufang.signing_in', 'coder', true)")
    assert as_web_role.execute("SELECT username FROM accounts_person").fetchall() == [("coder",)]
