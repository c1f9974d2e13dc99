"""Workers killed at random points while escalations fall due: nothing may be lost, nothing doubled.

    python benchmarks/alert_kills.py [--kills 200] [--alerts 2000]

Makes a database of its own with alerts whose deadlines passed or pass while it runs. Workers of the urgent queue, as
in `yufang serve`, are started and killed (SIGKILL) after a random time of 0 to 0.6 s from their first work, over and
over; the last one is left to finish. Then every alert must have exactly the escalations whose deadlines have passed,
each as of its exact second and with exactly one message, every step its ledger leaf, and the ledger must verify.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yufang.server.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

MINUTE = timedelta(minutes=1)
WORLD = """
    INSERT INTO accounts_organisation (id, path, parent_id, kind, key, name, synthetic) VALUES
        (1, '/1/', NULL, 'regulator', 'r', '云岭市(合成)', true), (2, '/1/2/', 1, 'enterprise', 'e', '甲', true);
    SELECT setval(pg_get_serial_sequence('accounts_organisation', 'id'), 100);
"""
WRONG = """
    SELECT count(*) FILTER (WHERE s.n <> w.level) AS steps, count(*) FILTER (WHERE t.n <> w.level + 1) AS messages,
        count(*) FILTER (WHERE w.due_at <= now() - interval '5 seconds') AS left_over,
        count(*) FILTER (WHERE s.exact <> s.n) AS moved, count(*) FILTER (WHERE s.leaves <> s.n) AS leaves
    FROM warning_warning w
    JOIN LATERAL (SELECT count(*) AS n, count(l.index) AS leaves, count(*) FILTER (WHERE
            s.at - w.raised_at = ANY('{5 min,15 min,30 min}'::interval[])) AS exact
        FROM warning_step s LEFT JOIN ledger_leaf l ON l.index = s.ledger_index AND l.action = 'warning.escalated'
        WHERE s.warning_id = w.id AND s.action = 'escalated') s ON true
    JOIN LATERAL (SELECT count(*) AS n FROM dispatch_notice n WHERE n.warning_id = w.id) t ON true
"""


def raise_them(alerts: int, seconds: float) -> None:
    """Alerts of which some deadlines have passed already, and others pass within the next `seconds`."""
    from yufang.server.scope import Actor
    from yufang.server.warning.actions import raise_alert

    rng = random.Random(1)
    for n in range(alerts):
        ago = rng.choice([5, 15, 30]) * MINUTE - timedelta(seconds=rng.uniform(-seconds, seconds))
        raise_alert(
            Actor.platform(),
            organisation_id=2,
            rule="KILL",
            subject_key=f"s{n}",
            tier="high",
            title_zh="试验",
            title_en="test",
            reason_zh="试验",
            reason_en="test",
            at=datetime.now(UTC) - ago,
        )


def kill_them(connection: Any, host: str, name: str, kills: int) -> int:
    """Start and kill workers; returns how many died at work."""
    from tests.server.alert_worker import Workers

    rng, at_work = random.Random(2), 0
    steps = "SELECT count(*) FROM warning_step WHERE action = 'escalated'"
    with Workers(host, name) as workers:
        for _ in range(kills):
            before, pid = connection.execute(steps).fetchone()[0], workers.start()
            until = time.monotonic() + 3
            while connection.execute(steps).fetchone()[0] == before and time.monotonic() < until:
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.6))
            at_work += connection.execute(steps).fetchone()[0] > before
            os.kill(pid, signal.SIGKILL)
        pid, until = workers.start(), time.monotonic() + 240
        left = "SELECT count(*) FROM warning_warning WHERE due_at <= now()"
        while connection.execute(left).fetchone()[0] and time.monotonic() < until:
            time.sleep(0.2)
        os.kill(pid, signal.SIGKILL)
    return at_work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--alerts", type=int, default=2000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yufang-kills-") as folder:
        os.chmod(folder, 0o755)  # the database's own user goes through it
        os.environ["YUFANG_HOME"] = str(Path(folder) / "home")
        os.environ.pop("DATABASE_URL", None)
        from yufang.server.config import Config
        from yufang.server.serving import platform as opened

        with opened(Config()) as database:
            measure(database, asked)


def measure(database: Any, asked: argparse.Namespace) -> None:
    import psycopg

    from yufang.server.ledger.verification import verify_database
    from yufang.server.scope import Actor, scoped

    with psycopg.connect(autocommit=True, **(database.owner | {"user": "postgres"})) as connection:
        connection.execute(WORLD)
        raise_them(asked.alerts, seconds=asked.kills / 2)
        began = time.monotonic()
        at_work = kill_them(connection, database.web["host"], database.web["dbname"], asked.kills)
        took = time.monotonic() - began
        found = connection.execute(WRONG).fetchone()
        total = connection.execute("SELECT count(*) FROM warning_step WHERE action = 'escalated'").fetchone()[0]
    with scoped(Actor.platform()):
        ledger = verify_database()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores; {asked.alerts:,} alerts, {total:,} escalations in {took:.0f} s"
    )
    print(f"workers killed {asked.kills}, of them {at_work} after they had begun to escalate")
    names = ("lost or doubled escalations", "lost or doubled messages", "left over", "moved in time", "without a leaf")
    print(", ".join(f"{name} {n}" for name, n in zip(names, found, strict=True)), f"; ledger ok: {ledger.ok}")
    if any(found) or not ledger.ok:
        sys.exit("escalations were lost, doubled or moved")


if __name__ == "__main__":
    main()
