"""A platform of each earlier release, with data in it, comes up to date and works."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.server.test_process import Browser, environment, free_port, started
from yufang.server.database import OWNER_ROLE, WEB_ROLE, start_postgres
from yufang.server.operations.backups.source import programs

HERE = Path(__file__).parent
# Queues and sums are emptied and filled by jobs; what other tables hold stays.
PASSING = {"procrastinate_jobs", "procrastinate_events", "hazards_tally", "warning_watch"}


def releases() -> list[str]:
    return sorted(p.name.removesuffix(".sql.gz") for p in HERE.glob("release-*.sql.gz"))


@pytest.fixture(scope="module", params=releases())
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The release's home, restored and brought up to date by the command that an operator runs."""
    home = tmp_path_factory.mktemp("upgraded")
    with tarfile.open(HERE / f"{request.param}-photos.tar.gz") as photos:
        photos.extractall(home, filter="data")
    server = start_postgres(home / "postgres")
    place = str(server.get_postmaster_info().socket_dir)
    with psycopg.connect(host=place, user="postgres", dbname="postgres", autocommit=True) as admin:
        for role in (OWNER_ROLE, WEB_ROLE):
            admin.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS")
        admin.execute(f"CREATE DATABASE yufang OWNER {OWNER_ROLE}")
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("SELECT pg_reload_conf()")
    dump = gzip.decompress((HERE / f"{request.param}.sql.gz").read_bytes())
    psql = [str(programs() / "psql"), "-qXv", "ON_ERROR_STOP=1", "-h", place, "-U", "postgres", "yufang"]
    subprocess.run(psql, input=dump, check=True, capture_output=True)
    server.cleanup()
    command = [sys.executable, "-m", "yufang.cli", "serve", "migrate"]
    run = subprocess.run(command, env=environment(home), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return request.param, home


def test_every_row_of_the_release_is_still_there(upgraded: tuple[str, Path]) -> None:
    name, home = upgraded
    before: dict[str, int] = json.loads((HERE / f"{name}.json").read_text())
    server = start_postgres(home / "postgres")
    try:
        place = str(server.get_postmaster_info().socket_dir)
        with psycopg.connect(host=place, user="postgres", dbname="yufang") as admin:
            for table, number in before.items():
                row = admin.execute(f'SELECT count(*) FROM "{table}"').fetchone()
                assert row is not None
                assert row[0] >= number or table in PASSING, table
    finally:
        server.cleanup()


def test_the_ledger_of_the_release_still_verifies(upgraded: tuple[str, Path]) -> None:
    command = [sys.executable, "-m", "yufang.cli", "ledger", "verify"]
    run = subprocess.run(command, env=environment(upgraded[1]), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_a_person_of_the_release_signs_in_and_works(upgraded: tuple[str, Path]) -> None:
    port = free_port()
    os.environ.pop("YUFANG_DEMO", None)
    command = [sys.executable, "-m", "yufang.cli", "serve", "--port", str(port)]
    process, _ = started(command, upgraded[1])
    try:
        browser = Browser(port, "supervisor")
        me: dict[str, Any] = browser.call("GET", "/api/auth/me")
        assert me["username"] == "supervisor", me
        enterprises = browser.call("GET", "/api/enterprises")["items"]
        assert len(enterprises) == 6
        for path in ("/api/hazards", "/api/warnings", "/api/ledger/entries", "/api/cases", "/api/dispatch/inbox"):
            answer = browser.call("GET", path)
            assert "code" not in (answer or {}), (path, answer)
        first = enterprises[-1]["id"]
        point = browser.call("GET", f"/api/enterprises/{first}/hazard-points")[0]
        told = browser.call("POST", f"/api/hazard-points/{point['id']}/answers", {"result": "confirmed"})
        assert "code" not in told, told
    finally:
        process.terminate()
        assert process.wait(20) == 0
