"""A real PostgreSQL for the session, and for each module a database of its own with a made region in it.

Databases are copied from a migrated template, so tests commit as the platform does: nothing is rolled back behind
their backs, and row-level security, jobs and events are the real ones.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from tests.homes import copy_home
from tests.server.made import make_run
from yufang.server import database
from yufang.server.config import Config

TEMPLATE = "yufang"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[database.Database]:
    """The embedded server, with the roles and the migrated template."""
    home = tmp_path_factory.mktemp("home")
    copy_home(home)
    opened = database.open_database(Config(home=home, database_url=""))
    settings.CONFIG = settings.CONFIG.model_copy(update={"home": home})  # photos and keys of tests stay with them
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


@pytest.fixture(scope="module")
def empty_database(cluster: database.Database, django_db_blocker: Any) -> Iterator[str]:
    """A database of this module, migrated and empty; open for use."""
    name = f"yufang_{next(_numbers)}"
    with psycopg.connect(autocommit=True, **superuser(cluster)) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {database.OWNER_ROLE}")
    with django_db_blocker.unblock():
        _point_at(cluster, name)
        yield name
        _close()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small made run."""
    return make_run(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def region(empty_database: str, made: Path) -> Any:
    """The made region, loaded, with the demo's accounts."""
    from yufang.server.loading import admit_demo_accounts, load_results
    from yufang.server.scope import Actor

    loaded = load_results(made, Actor.platform())
    admit_demo_accounts(Actor.platform(), loaded.region_id)
    return loaded


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
