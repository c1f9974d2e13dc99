"""Every migration since 0.1.0, and typical ones, beside readers and writers of a table of ten million rows.

    python benchmarks/online_migration.py [--rows 10000000]

The database of release 0.1.0 (tests/upgrade) is restored and its ledger filled with made-up leaves. While people read
and write it, `yufang serve migrate` brings it up to date; then a column, an index and a constraint are added the way
that migrations of this project add them. What is told is the longest time that any reader or writer took for one
statement, and how much of it was waiting for a lock, with the statement that held it: that must be one second at most.
On a machine that others use as well the first is longer than the second.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.server.test_process import environment  # noqa: E402

from yufang.server.database import OWNER_ROLE, WEB_ROLE, start_postgres  # noqa: E402
from yufang.server.operations.backups.source import programs  # noqa: E402

RELEASE = ROOT / "tests" / "upgrade" / "release-0.1.0.sql.gz"


def main() -> None:
    """Run it and print the figures; ends with 1 where somebody waited over a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    rows = parser.parse_args().rows
    home = Path(tempfile.mkdtemp(prefix="yufang-online-"))
    server = start_postgres(home / "postgres")
    try:
        place = {"host": str(server.get_postmaster_info().socket_dir), "user": "postgres", "dbname": "yufang"}
        restore(place)
        filled = fill(place, rows)
        figures = {"rows": rows, "fill_seconds": filled} | measured(home, place)
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(figures, indent=1))
    if figures["longest_lock_ms"] > 1000:
        sys.exit("somebody waited over a second for a lock")


def restore(place: dict[str, str]) -> None:
    """The database of release 0.1.0."""
    with psycopg.connect(autocommit=True, **(place | {"dbname": "postgres"})) as admin:
        for role in (OWNER_ROLE, WEB_ROLE):
            admin.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS")
        admin.execute(f"CREATE DATABASE yufang OWNER {OWNER_ROLE}")
        admin.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
        admin.execute("SELECT pg_reload_conf()")
    psql = [str(programs() / "psql"), "-qXv", "ON_ERROR_STOP=1", "-h", place["host"], "-U", "postgres", "yufang"]
    subprocess.run(psql, input=gzip.decompress(RELEASE.read_bytes()), check=True, capture_output=True)


def fill(place: dict[str, str], rows: int) -> float:
    """Made-up leaves behind those of the release."""
    began = time.monotonic()
    with psycopg.connect(autocommit=True, **place) as admin:
        admin.execute(
            """
            INSERT INTO ledger_leaf (index, path, at, actor_id, action, subject, data, leaf_hash)
            SELECT n + first, '/1/', now(), NULL, 'made.up', 'row:' || n, d, sha256('\\x00'::bytea || d)
            FROM (SELECT max(index) + 1 AS first FROM ledger_leaf) f, generate_series(0, %s - 1) n,
                 LATERAL (SELECT convert_to('{"synthetic":' || n || '}', 'UTF8')) x (d)
            """,
            [rows],
        )
        admin.execute("VACUUM (ANALYZE) ledger_leaf")
    return round(time.monotonic() - began, 1)


class Watch:
    """Readers and writers, and the longest that any of their statements took, with when it was."""

    def __init__(self, place: dict[str, str]) -> None:
        self.place = place
        self.longest: dict[str, float] = {}
        self.locks: dict[str, tuple[float, str]] = {}
        self._pids: list[int] = []
        self.statements = 0
        self.phase = ""
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(work,), daemon=True) for work in (_read, _write, _person)
        ]
        self._threads.append(threading.Thread(target=self._look, daemon=True))

    def __enter__(self) -> Watch:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self, work: Callable[[psycopg.Connection[Any]], None]) -> None:
        with psycopg.connect(autocommit=True, **self.place) as connection:
            self._pids.append(connection.info.backend_pid)
            while not self._stop.is_set():
                phase, began = self.phase, time.monotonic()
                work(connection)
                took = time.monotonic() - began
                self.longest[phase] = max(self.longest.get(phase, 0.0), took)
                self.statements += 1
                time.sleep(0.002)

    def _look(self) -> None:
        """Who of them waits for a lock, since when, and for which statement, fifty times a second."""
        with psycopg.connect(autocommit=True, **self.place) as connection:
            while not self._stop.is_set():
                for seconds, blocker in connection.execute(_WAITING, [self._pids]).fetchall():
                    if seconds > self.locks.get(self.phase, (0.0, ""))[0]:
                        self.locks[self.phase] = (seconds, " ".join(str(blocker).split())[:200])
                time.sleep(0.02)


_WAITING = """
    SELECT extract(epoch FROM clock_timestamp() - w.waitstart)::float, a.query
    FROM pg_locks w LEFT JOIN pg_stat_activity a ON a.pid = (pg_blocking_pids(w.pid))[1]
    WHERE NOT w.granted AND w.waitstart IS NOT NULL AND w.pid = ANY(%s)
"""


def _read(connection: psycopg.Connection[Any]) -> None:
    connection.execute("SELECT leaf_hash FROM ledger_leaf WHERE index = %s", [random.randrange(100_000)])


def _write(connection: psycopg.Connection[Any]) -> None:
    connection.execute(
        "INSERT INTO ledger_leaf (index, path, at, action, subject, data, leaf_hash) "
        "SELECT max(index) + 1, '/1/', now(), 'made.up', 'row', '\\x7b7d', sha256('\\x007b7d') FROM ledger_leaf"
    )


def _person(connection: psycopg.Connection[Any]) -> None:
    connection.execute("UPDATE accounts_person SET name = name WHERE id = (SELECT min(id) FROM accounts_person)")


def measured(home: Path, place: dict[str, str]) -> dict[str, Any]:
    """Migrate while others work; times in seconds, waits in milliseconds."""
    with Watch(place) as watch:
        watch.phase = "alone"
        time.sleep(3)
        watch.phase = "migrations since 0.1.0"
        began = time.monotonic()
        command = [sys.executable, "-m", "yufang.cli", "serve", "migrate"]
        run = subprocess.run(command, env=os.environ | environment(home), capture_output=True, text=True)
        if run.returncode:
            sys.exit(run.stderr)
        migrated = time.monotonic() - began
        typical_began = time.monotonic()
        typical(place, watch)
        took = time.monotonic() - typical_began
    waits = {phase: round(seconds * 1000, 1) for phase, seconds in watch.longest.items()}
    locks = {phase: {"ms": round(seconds * 1000, 1), "held_by": by} for phase, (seconds, by) in watch.locks.items()}
    return {
        "migrate_seconds": round(migrated, 1),
        "typical_seconds": round(took, 1),
        "statements_beside": watch.statements,
        "longest_wait_ms_by_phase": waits,
        "longest_wait_ms": max(wait for phase, wait in waits.items() if phase != "alone"),
        "longest_lock_ms_by_phase": locks,
        "longest_lock_ms": max((lock["ms"] for lock in locks.values()), default=0.0),
    }


def typical(place: dict[str, str], watch: Watch) -> None:
    """A column with a default, an index and a constraint, as migrations of this project add them."""
    steps = (
        ("column", "ALTER TABLE ledger_leaf ADD COLUMN made_up integer DEFAULT 0 NOT NULL"),
        ("index", "CREATE INDEX CONCURRENTLY made_up ON ledger_leaf (made_up, index)"),
        ("constraint", "ALTER TABLE ledger_leaf ADD CONSTRAINT made_up CHECK (made_up >= 0) NOT VALID"),
        ("validation", "ALTER TABLE ledger_leaf VALIDATE CONSTRAINT made_up"),
    )
    with psycopg.connect(autocommit=True, **place) as owner:
        for name, statement in steps:
            watch.phase = name
            owner.execute("SELECT set_config('lock_timeout', %s, false)", ["0" if name == "index" else "900ms"])
            for left in reversed(range(120)):
                try:
                    owner.execute(statement)
                    break
                except psycopg.errors.LockNotAvailable:
                    if not left:
                        raise
                    time.sleep(0.5)


if __name__ == "__main__":
    main()
