"""Restore drill: back up under load, note counts and ledger root at a moment, go on writing, destroy, restore to it.

    python benchmarks/restore_drill.py [--seconds 20] [--writers 4] [--key]

A real server with its own database is written to by signed-in people over the API (answers, each a leaf and a job) and
by appends to the ledger, while a backup is made. Of a moment T, rows of all tables that the platform's records stand in
and the ledger's root are noted, while writing goes on. Then the home folder is removed, restored to T, and compared.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.server.made import make_run  # noqa: E402
from tests.server.test_process import START, Browser, environment, free_port  # noqa: E402

CLI = [sys.executable, "-m", "yufang.cli"]
# Queues, sessions and sums of the hour move by themselves; records do not.
MOVING = ("procrastinate_", "django_session", "accounts_signintry", "usersessions_", "limits_")


def main() -> None:
    """Run the drill and print its figures; ends with 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="of writing before and after the moment")
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--key", action="store_true", help="encrypt the backups")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="yufang-drill-"))
    try:
        drill(folder, given.seconds, given.writers, given.key)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def drill(folder: Path, seconds: float, writers: int, encrypt: bool) -> None:
    """The whole drill in `folder`."""
    home, backups = folder / "home", folder / "backups"
    env = environment(home) | {"YUFANG_BACKUP_FOLDER": str(backups), "YUFANG_BACKUP_SECONDS": "2", "YUFANG_WARM": "0"}
    env |= {"YUFANG_SIGN_IN_TRIES": "1000", "YUFANG_REQUESTS_PER_MINUTE": "1000000"}
    if encrypt:
        subprocess.run([*CLI, "backup", "key", str(folder / "key")], env=env, check=True, capture_output=True)
        env["YUFANG_BACKUP_KEY_FILE"] = str(folder / "key")
    run = make_run(folder / "run", enterprises=20, points=30)
    port = free_port()
    server = _started([sys.executable, "-c", START.format(str(run), port)], env)
    load = Load(port, writers)
    load.start()
    time.sleep(seconds / 4)
    began = time.monotonic()
    made = subprocess.run([*CLI, "backup", "run"], env=env, check=True, capture_output=True, text=True)
    backup_seconds = time.monotonic() - began
    time.sleep(seconds / 2)
    moment, noted, tries = note(home)
    before = load.answers
    time.sleep(seconds / 2)
    load.stop()
    time.sleep(2 * 2 + 1)  # two rounds of the archive
    size = database_bytes(home)
    server.kill()  # not even a goodbye
    server.wait()
    _gone(home)
    shutil.rmtree(home)
    began = time.monotonic()
    back = subprocess.run(
        [*CLI, "backup", "restore", str(home), "--at", moment.isoformat()], env=env, capture_output=True, text=True
    )
    restore_seconds = time.monotonic() - began
    if back.returncode:
        sys.exit(back.stderr)
    env_after = {k: v for k, v in env.items() if not k.startswith("YUFANG_BACKUP")}
    found = counted(home)
    verified = subprocess.run([*CLI, "ledger", "verify"], env=env_after, capture_output=True, text=True)
    different = {t: (noted[t], found.get(t)) for t in noted if noted[t] != found.get(t)}
    # What was signed and published after T is told to others: the log goes on under a new name, unsigned as yet.
    anew = next(home.glob("ledger-until-*"), None) is not None
    if anew and found["ledger_head"] == 0:
        different.pop("ledger_head", None)
    figures = {
        "moment": moment.isoformat(),
        "tables_compared": len(noted) - 2,
        "rows_at_moment": sum(v for k, v in noted.items() if k not in ("ledger size", "ledger root")),
        "ledger_size": noted["ledger size"],
        "ledger_root_equal": noted["ledger root"] == found["ledger root"],
        "written_by_people": load.answers,
        "refused_or_failed": load.failures,
        "of_them_after_the_moment": load.answers - before,
        "tries_for_the_moment": tries,
        "database_mb": round(size / 1e6, 1),
        "backup_seconds_under_load": round(backup_seconds, 1),
        "restore_seconds": round(restore_seconds, 1),
        "encrypted": encrypt,
        "ledger_goes_on_under_a_new_name": anew,
        "ledger_verify": verified.returncode == 0,
        "different": different,
    }
    print(made.stdout.strip(), back.stdout.strip(), sep="\n")
    print(json.dumps(figures, indent=1, ensure_ascii=False, default=str))
    if different or verified.returncode:
        sys.exit(f"the restored platform differs: {different} {verified.stderr}")


def _started(command: list[str], env: dict[str, str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "http://localhost:" in line:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return process
    raise SystemExit(f"the server ended with {process.wait()}")


class Load:
    """Signed-in people who answer hazard points, one after the other, as fast as they are let."""

    def __init__(self, port: int, writers: int) -> None:
        self.port, self.writers = port, writers
        self.answers = self.failures = 0
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Sign in and begin."""
        self._threads = [threading.Thread(target=self._write, args=(n,), daemon=True) for n in range(self.writers)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No more."""
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _write(self, number: int) -> None:
        browser = Browser(self.port, "supervisor")
        rows = browser.call("GET", "/api/enterprises")["items"]
        turn = number
        while not self._stop.is_set():
            enterprise = rows[turn % len(rows)]["id"]
            for point in browser.call("GET", f"/api/enterprises/{enterprise}/hazard-points"):
                if self._stop.is_set():
                    return
                result = ("confirmed", "not_found")[turn % 2]
                told = browser.call("POST", f"/api/hazard-points/{point['id']}/answers", {"result": result})
                if isinstance(told, dict) and "message_en" in told:
                    self.failures += 1
                else:
                    self.answers += 1
            turn += self.writers


def _superuser(home: Path) -> dict[str, Any]:
    place = (home / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    return {"host": place, "user": "postgres", "dbname": "yufang"}


def note(home: Path) -> tuple[datetime, dict[str, Any], int]:
    """(T, what stood there at T, how often it was tried). Nobody is held up for it.

    T is a moment at which no transaction was under way that writes: the snapshot before the clock was read and the one
    after it are the same and name none. What is committed up to T is then what the second snapshot shows.
    """
    with (
        psycopg.connect(autocommit=True, **_superuser(home)) as clock,
        psycopg.connect(**_superuser(home)) as connection,
    ):
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        tables = _tables(connection)
        connection.rollback()
        until, tries = time.monotonic() + 120, 0
        while time.monotonic() < until:
            tries += 1
            before = _one(clock, "SELECT pg_current_snapshot()::text")
            low, high, under_way = before.split(":")
            if low == high and not under_way:
                moment = _one(clock, "SELECT clock_timestamp()")
                if _one(connection, "SELECT pg_current_snapshot()::text") == before:
                    return moment, _counted(connection, tables), tries
                connection.rollback()
            time.sleep(0.0005)
    raise SystemExit("for two minutes there was no moment without a transaction under way; take fewer --writers")


def _one(connection: psycopg.Connection[Any], question: LiteralString) -> Any:
    row = connection.execute(question).fetchone()
    return row[0] if row else None


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY 1"
    ).fetchall()
    return [name for (name,) in rows if not name.startswith(MOVING)]


def _counted(connection: psycopg.Connection[Any], tables: list[str]) -> dict[str, Any]:
    from yufang.server.operations.backups.restoring import ledger_of

    noted: dict[str, Any] = {}
    for table in tables:
        row = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
        noted[table] = row[0] if row else -1
    noted["ledger size"], noted["ledger root"] = ledger_of(connection)
    return noted


def counted(home: Path) -> dict[str, Any]:
    """The same of a home folder at rest."""
    from yufang.server.database import start_postgres

    server = start_postgres(home / "postgres")
    try:
        with psycopg.connect(**_superuser(home)) as connection:
            return _counted(connection, _tables(connection))
    finally:
        server.cleanup()


def database_bytes(home: Path) -> int:
    """Size of the database."""
    with psycopg.connect(**_superuser(home)) as connection:
        row = connection.execute("SELECT pg_database_size('yufang')").fetchone()
    return int(row[0]) if row else 0


def _gone(home: Path) -> None:
    """Until the guardian has stopped PostgreSQL."""
    until = time.monotonic() + 20
    while (home / "postgres" / "postmaster.pid").exists() and time.monotonic() < until:
        time.sleep(0.1)


if __name__ == "__main__":
    main()
