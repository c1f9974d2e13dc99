"""An external PostgreSQL, with web servers and jobs in processes of their own, as deploy/ runs them."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.deploy.certificates import certificate
from tests.homes import copy_home
from tests.server.external import ADMIN, encrypted, running, system_programs
from tests.server.test_process import Browser, environment, free_port, wait_for
from yufang.server import database
from yufang.server.config import Config
from yufang.server.database import DatabaseProblem

CLI = [sys.executable, "-m", "yufang.cli"]
LOAD = """
from pathlib import Path
from yufang.commands.server import load_folder, opened
from yufang.server.config import Config
with opened(Config()):
    from yufang.server.loading import admit_demo_accounts
    from yufang.server.scope import Actor
    admit_demo_accounts(Actor.platform(), load_folder(Path({!r})).region_id)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("external")
    copy_home(home)
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="yfx-") as sockets:
        Path(sockets).chmod(0o755)
        with running(home / "postgres", free_port(), Path(sockets)) as url:
            yield url


@pytest.fixture(scope="module")
def platform_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and files of the platform that uses the database."""
    return tmp_path_factory.mktemp("platform") / "home"


def _as_admin(address: str, **more: str) -> psycopg.Connection[Any]:
    where = psycopg.conninfo.conninfo_to_dict(address) | {"user": "postgres", "password": ADMIN} | more
    return psycopg.connect(autocommit=True, **where)


@contextlib.contextmanager
def process(arguments: list[str], port: int, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the platform, until the block ends; in it once /healthz answers on `port`."""
    with log.open("wb") as out:
        running_one = subprocess.Popen([*CLI, *arguments, "--port", str(port)], env=env, stdout=out, stderr=out)
    try:
        assert wait_for(lambda: _asked(port, "/healthz")[0] == 200 or running_one.poll() is not None, 60)
        assert running_one.poll() is None, log.read_text()
        yield running_one
    finally:
        running_one.send_signal(signal.SIGTERM)
        assert running_one.wait(20) == 0, log.read_text()


def _asked(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def test_two_web_servers_and_a_worker_are_one_platform_on_an_external_database(
    address: str, platform_home: Path, made: Path, tmp_path: Path
) -> None:
    home, logs = platform_home, [tmp_path / f"{n}.log" for n in range(3)]
    env = environment(home) | {"DATABASE_URL": address, "YUFANG_LOG_FORMAT": "json", "YUFANG_WARM": "0"}
    loaded = subprocess.run([sys.executable, "-c", LOAD.format(str(made))], env=env, capture_output=True, text=True)
    assert loaded.returncode == 0, loaded.stderr
    assert not (home / "postgres").exists(), "no embedded database beside the external one"
    one, two, jobs = free_port(), free_port(), free_port()
    with (
        process(["serve", "--no-jobs"], one, env, logs[0]),
        process(["serve", "--no-jobs"], two, env, logs[1]),
    ):
        ready = json.loads(_asked(one, "/readyz")[1])
        assert ready == {"ready": True, "database": True, "migrations": True, "jobs": False}
        browser = Browser(one, "supervisor")
        browser.port = two  # the same session at the other process
        heard = browser.listen()
        browser.port = one
        point = browser.call("GET", f"/api/enterprises/{_first(browser)}/hazard-points")[0]
        browser.call("POST", f"/api/hazard-points/{point['id']}/answers", {"result": "confirmed"})
        assert wait_for(lambda: any(e["event"] == "hazard_point.answered" for e in heard))
        assert not any(e["event"] == "warning.changed" for e in heard), "nobody works on jobs yet"
        with process(["work"], jobs, env, logs[2]):
            assert wait_for(lambda: any(e["event"] == "warning.changed" for e in heard)), "the job ran in `work`"
            assert wait_for(lambda: _asked(jobs, "/readyz")[0] == 200)
            assert 'yufang_job_seconds_count{outcome="done"' in _asked(jobs, "/metrics")[1]
            assert _asked(jobs, "/api/health")[0] == 404, "the worker serves nothing but its operation"
    lines = [json.loads(line) for line in logs[2].read_text().splitlines() if line.startswith("{")]
    assert any(line.get("task") == "yufang.deduction.refresh" and line["outcome"] == "done" for line in lines)


def _first(browser: Browser) -> int:
    return int(browser.call("GET", "/api/enterprises")["items"][0]["id"])


def test_a_backup_of_the_external_database_comes_back(address: str, platform_home: Path, tmp_path: Path) -> None:
    url = address.replace("yufang_owner:hand-made-owner", f"postgres:{ADMIN}")
    env = environment(platform_home) | {
        "DATABASE_URL": address,
        "YUFANG_BACKUP_DATABASE_URL": url,
        "YUFANG_BACKUP_FOLDER": str(tmp_path / "backups"),
    }
    run = subprocess.run([*CLI, "backup", "run"], env=env, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    run = subprocess.run([*CLI, "backup", "drill"], env=env, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "backups" / "drills.jsonl").exists()
    # Without a role that may copy: one message with the way out.
    del env["YUFANG_BACKUP_DATABASE_URL"]
    run = subprocess.run([*CLI, "backup", "run"], env=env, capture_output=True, text=True)
    assert run.returncode == 2
    assert "REPLICATION" in run.stderr
    assert "Traceback" not in run.stderr


def _problem(home: Path, **values: str) -> DatabaseProblem:
    before = database._addresses
    try:
        with pytest.raises(DatabaseProblem) as told:
            database.open_database(Config(home=home, **values))
        return told.value
    finally:
        database._addresses = before


def test_what_is_wrong_with_an_external_database_is_told_before_it_is_used(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _as_admin(address) as admin:
        admin.execute(
            "CREATE DATABASE bytes_only ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0 OWNER yufang_owner"
        )
        admin.execute("CREATE DATABASE of_another")
    try:
        assert "UTF8" in _problem(tmp_path, database_url=address.replace("/yufang?", "/bytes_only?")).way_out
        assert (
            "OWNER TO yufang_owner"
            in _problem(tmp_path, database_url=address.replace("/yufang?", "/of_another?")).way_out
        )
        assert "can't be reached" in _problem(tmp_path, database_url=address.replace("hand-made", "wrong")).message
        monkeypatch.setattr(database, "OLDEST_VERSION", 99)
        told = _problem(tmp_path, database_url=address)
        assert "99 or newer" in told.message
        assert "pg_upgrade" in told.way_out
    finally:
        with _as_admin(address) as admin:
            admin.execute("DROP DATABASE bytes_only")
            admin.execute("DROP DATABASE of_another")


@pytest.mark.skipif(system_programs() is None, reason="needs a PostgreSQL of the system, which speaks TLS")
def test_a_database_whose_certificate_another_signed_is_refused_and_the_doctor_tells_what_is_encrypted(
    tmp_path: Path,
) -> None:
    (tmp_path / "other").mkdir()
    another, _ = certificate(tmp_path / "other")
    with (
        tempfile.TemporaryDirectory(dir="/tmp", prefix="yftls-") as folder,
        encrypted(Path(folder), free_port()) as (url, crt),
    ):
        Path(folder).chmod(0o755)
        checked = f"{url}&sslmode=verify-full&sslrootcert="
        assert "certificate verify failed" in _problem(tmp_path, database_url=f"{checked}{another}").message
        assert "encryption" in _problem(tmp_path, database_url=f"{url}&sslmode=disable").message
        by_number = f"{checked}{crt}".replace("@localhost:", "@127.0.0.1:")
        assert "host name" in _problem(tmp_path, database_url=by_number).message
        env = environment(tmp_path / "home") | {"DATABASE_URL": f"{checked}{crt}"}
        run = subprocess.run([*CLI, "doctor", "--json"], env=env, capture_output=True, text=True)
        found = {f["check"]: f for f in json.loads(run.stdout)}
        assert found["encryption"]["level"] == "ok", run.stdout
        assert "TLSv1.3" in found["encryption"]["en"]
        assert "verified" in found["encryption"]["en"]
        env["DATABASE_URL"] = f"{url}&sslmode=require"
        run = subprocess.run([*CLI, "doctor", "--json"], env=env, capture_output=True, text=True)
        found = {f["check"]: f for f in json.loads(run.stdout)}
        assert found["encryption"]["level"] == "warn"
        assert "verify-full" in found["encryption"]["way_out_en"]


def test_a_role_that_may_pass_every_policy_is_refused(address: str, tmp_path: Path) -> None:
    with _as_admin(address) as admin:
        admin.execute("ALTER ROLE yufang_web BYPASSRLS")
        try:
            assert "NOBYPASSRLS" in _problem(tmp_path, database_url=address).way_out
        finally:
            admin.execute("ALTER ROLE yufang_web NOBYPASSRLS")


def test_the_password_of_the_web_role_is_set_once_however_many_start(address: str, tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("YUFANG_", "DATABASE_"))}
    env |= {"YUFANG_HOME": str(tmp_path), "DATABASE_URL": address}
    script = "from yufang.server import database, config; database.open_database(config.Config()); print('open')"
    Config(home=tmp_path).make_home()
    starts = [subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE) for _ in range(4)]
    assert [start.communicate()[0] for start in starts] == [b"open\n"] * 4
