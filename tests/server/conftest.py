"""A real PostgreSQL for the session, and for each module a database of its own with a made region in it.

Databases are copied from templates, one migrated and empty, one with the region loaded, so tests commit as the
platform does: nothing is rolled back behind their backs, and row-level security, jobs and events are the real ones.
"""

from __future__ import annotations

import functools
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hashers, get_hashers_by_algorithm
from django.db import connections
from django.test import Client

from tests.homes import copy_home
from tests.server.made import make_run
from yufang.server import database
from yufang.server.config import Config

TEMPLATE = "yufang"
LOADED = "yufang_loaded"
# A hash of scrypt costs 50 ms, and modules sign in hundreds of times; servers in processes of their own keep scrypt.
QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's files lie."""
    home = tmp_path_factory.mktemp("home")
    copy_home(home)
    return home


@pytest.fixture(scope="session")
def cluster(session_home: Path) -> Iterator[database.Database]:
    """The embedded server, with the roles and the migrated template."""
    opened = database.open_database(Config(home=session_home, database_url=""))
    settings.CONFIG = settings.CONFIG.model_copy(update={"home": session_home})
    settings.PASSWORD_HASHERS = [QUICK_HASHER, *settings.PASSWORD_HASHERS]
    for cached in (get_hashers, get_hashers_by_algorithm):
        cached.cache_clear()
    yield opened
    opened.close()


def superuser(opened: database.Database, name: str = "postgres") -> dict[str, Any]:
    """Parameters of the role that may do everything: whoever tampers behind the platform's back."""
    return opened.owner | {"user": "postgres", "dbname": name}


def _point_at(opened: database.Database, name: str) -> None:
    _close()
    for alias, params in (("default", opened.web), ("owner", opened.owner)):
        connections.settings[alias].update(
            NAME=name, USER=params["user"], HOST=params["host"], PORT=params.get("port", ""), OPTIONS={}
        )
        connections[alias].settings_dict.update(connections.settings[alias])


def _close() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()


def _copy_database(opened: database.Database, template: str, name: str) -> None:
    with psycopg.connect(autocommit=True, **superuser(opened)) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        owner = database.OWNER_ROLE
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {owner} STRATEGY file_copy")


@contextmanager
def _at_home(home: Path) -> Iterator[None]:
    before = settings.CONFIG
    settings.CONFIG = before.model_copy(update={"home": home})
    yield
    settings.CONFIG = before


@pytest.fixture(scope="module")
def empty_database(
    cluster: database.Database,
    session_home: Path,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """A database of this module, migrated and empty, and a home for its photos, keys and tiles; open for use."""
    name = f"yufang_{next(_numbers)}"
    before = settings.CONFIG
    if before.home == session_home:  # a module that made itself a home keeps it
        settings.CONFIG = before.model_copy(update={"home": tmp_path_factory.mktemp("home")})
    _copy_database(cluster, TEMPLATE, name)
    with django_db_blocker.unblock():
        _point_at(cluster, name)
        yield name
        _close()
    settings.CONFIG = before


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small made run."""
    return make_run(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="session")
def loaded_once(cluster: database.Database, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Any]:
    """Load the session's made region into a template of its own, once; gives what was loaded, and the files' home."""

    @functools.cache
    def load(folder: Path) -> tuple[Any, Path]:
        home = tmp_path_factory.mktemp("loaded")
        _copy_database(cluster, TEMPLATE, LOADED)
        _point_at(cluster, LOADED)
        with _at_home(home):
            loaded = _load(folder)
        _close()
        return loaded, home

    return load


def _load(folder: Path) -> Any:
    from yufang.server.loading import admit_demo_accounts, load_results
    from yufang.server.scope import Actor

    loaded = load_results(folder, Actor.platform())
    admit_demo_accounts(Actor.platform(), loaded.region_id)
    return loaded


@pytest.fixture(scope="module")
def region(
    request: pytest.FixtureRequest,
    cluster: database.Database,
    empty_database: str,
    made: Path,
    loaded_once: Callable[[Path], Any],
) -> Any:
    """The made region, loaded, with the demo's accounts."""
    # A module with a run of its own, or with rows already, loads for itself.
    if "made" in vars(request.module) or _anything_in(cluster, empty_database):
        return _load(made)
    loaded, home = loaded_once(made)
    _close()
    _copy_database(cluster, LOADED, empty_database)
    _point_at(cluster, empty_database)
    shutil.copytree(home, settings.CONFIG.home, dirs_exist_ok=True)
    return loaded


def _anything_in(opened: database.Database, name: str) -> bool:
    with psycopg.connect(**superuser(opened, name)) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM accounts_organisation)").fetchone()
    return bool(row and row[0])


@pytest.fixture(scope="module")
def sign_in(region: Any) -> Callable[[str], Client]:
    """Sign in as one of the demo's people; gives a client that sends the CSRF token by itself."""
    return functools.cache(signed_in)


class TokenClient(Client):
    """A client that, like a browser's script, sends the CSRF cookie back as a header."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def post(self, path: str, data: Any = None, **extra: Any) -> Any:
        return super().post(path, data or {}, content_type="application/json", headers=self._with(extra), **extra)

    def put(self, path: str, data: Any = None, **extra: Any) -> Any:
        media = extra.pop("content_type", "application/json")
        return super().put(path, data or {}, content_type=media, headers=self._with(extra), **extra)

    def delete(self, path: str, data: Any = None, **extra: Any) -> Any:
        return super().delete(path, data or {}, content_type="application/json", headers=self._with(extra), **extra)

    def _with(self, extra: dict[str, Any]) -> dict[str, str]:
        token = self.cookies["csrftoken"].value if "csrftoken" in self.cookies else ""
        return {"X-CSRFToken": token} | extra.pop("headers", {})


def signed_in(username: str = "supervisor", password: str = "yufang-demo") -> Client:
    client = TokenClient()
    client.get("/api/auth/me")
    answer = client.post("/api/auth/sign-in", {"username": username, "password": password})
    assert answer.status_code == 200, answer.content
    return client


@pytest.fixture
def as_superuser(cluster: database.Database, empty_database: str) -> Iterator[psycopg.Connection[Any]]:
    """Straight into the module's database, past every policy."""
    with psycopg.connect(autocommit=True, **superuser(cluster, empty_database)) as connection:
        yield connection


@pytest.fixture
def as_web_role(cluster: database.Database, empty_database: str) -> Iterator[psycopg.Connection[Any]]:
    """Raw SQL as the role that serves requests."""
    with psycopg.connect(**(cluster.web | {"dbname": empty_database})) as connection:
        yield connection
