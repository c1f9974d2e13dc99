"""An edge node and the real platform whose PostgreSQL crashes again and again: readings and events exactly once.

    python benchmarks/edge_database.py [--crashes 8] [--channels 100] [--readings 600]

Makes a platform of its own (server, embedded PostgreSQL, store of readings), registers the channels, enrols a node over
HTTP, and lets it send. Meanwhile one of PostgreSQL's processes is killed (SIGKILL) every few seconds: PostgreSQL ends
all connections and recovers from its log, and every request that was under way fails. In the end each reading in the
store and each event is held against what it must be, and the ledger must verify.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yufang.server.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from edge_faults import expected_events, finish, start, told, value, wait_for, waiting_of
from tests.edge.made import SECOND

from yufang.edge.enrolment import enrol

logging.disable(logging.CRITICAL)  # every crash fails some requests, and Django would tell of each

WORLD = """
    INSERT INTO accounts_organisation (id, path, parent_id, kind, key, name, synthetic) VALUES
        (1, '/1/', NULL, 'regulator', 'r', '云岭市(合成)', true), (2, '/1/2/', 1, 'enterprise', 'e', '甲', true);
    SELECT setval(pg_get_serial_sequence('accounts_organisation', 'id'), 100);
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crashes", type=int, default=8)
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--readings", type=int, default=600)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yufang-edge-database-") as folder:
        os.chmod(folder, 0o755)  # the database's own user goes through it
        os.environ["YUFANG_HOME"] = str(Path(folder) / "server")
        os.environ.pop("DATABASE_URL", None)
        from yufang.server.config import Config
        from yufang.server.serving import listening_socket
        from yufang.server.serving import platform as opened

        with opened(Config(), pool=8) as database, listening_socket("127.0.0.1", 0) as taken:
            found = measure(database, taken, Path(folder) / "node", asked)
    print(json.dumps(found, indent=1))
    sys.exit(0 if found["ok"] else 1)


def serving(taken: Any) -> str:
    """Serve the platform in a thread; its address."""
    import uvicorn

    from yufang.server.asgi import application

    server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_level="critical", access_log=False))
    threading.Thread(target=lambda: server.run(sockets=[taken]), daemon=True).start()
    return f"http://127.0.0.1:{taken.getsockname()[1]}"


def prepared(admin: dict[str, Any], keys: list[str]) -> str:
    """Register an enterprise, its channels and a node; the node's token."""
    import psycopg

    from yufang.server.edge import actions
    from yufang.server.edge.contracts import EdgeNodeIn
    from yufang.server.scope import Actor
    from yufang.server.sensing import actions as sensing
    from yufang.server.sensing.contracts import SensingChannelIn

    with psycopg.connect(autocommit=True, **admin) as connection:
        connection.execute(WORLD)
    for key in keys:
        one = {"organisation_id": 2, "key": key, "device": "plc", "quantity": "gas:ch4", "unit": "%LEL"}
        sensing.put_channel(Actor.platform(), SensingChannelIn(**one), synthetic=True)
    return actions.open_node(Actor.platform(), EdgeNodeIn(organisation_id=2, name="bench")).token


def measure(database: Any, taken: Any, home: Path, asked: argparse.Namespace) -> dict[str, Any]:
    import psycopg
    from django.db import connections

    from yufang.server.ledger.verification import verify_database
    from yufang.server.scope import Actor, scoped
    from yufang.server.sensing.stores import store_of

    admin = database.owner | {"user": "postgres"}
    keys = [f"ch{c}" for c in range(asked.channels)]
    url = serving(taken)
    token = prepared(admin, keys)
    home.mkdir()
    asyncio.run(enrol(home, url, token))
    begin = (int(time.time()) - 3 * 3600) * SECOND
    plan = {"channels": asked.channels, "step_s": 1.0, "begin_us": begin, "readings": asked.readings, "hurry": 2}
    began = time.monotonic()
    process = start(home, **plan, url=url, more={"outbox": {"commit_s": 0.2, "batch_s": 0.5}})
    crashes = crash_it(admin, asked.crashes)
    wait_for((home / "all-emitted").exists, 600, process)
    time.sleep(2.0)
    wait_for(lambda: waiting_of(home) == 0, 600, process)
    finish(process)
    took = time.monotonic() - began
    with psycopg.connect(autocommit=True, **admin) as connection:
        events = connection.execute(
            "SELECT m.key, m.state, m.at, e.subject FROM sensing_sensingevent m "
            "JOIN sensing_episode e ON e.id = m.episode_id ORDER BY m.id"
        ).fetchall()
        counted = connection.execute("SELECT coalesce(sum(readings), 0), count(*) FROM sensing_batch").fetchone()
    counts, twice, ordered = told([{"key": k, "state": s, "at": at, "channel": c} for k, s, at, c in events])
    stored, names = store_of(2).read(keys, begin, begin + asked.readings * SECOND)
    wrong = sum(
        value(int(names[c][2:]), (at - begin) // SECOND) != v
        for c, at, v in zip(stored.channel.tolist(), stored.time.tolist(), stored.value.tolist(), strict=True)
    )
    connections.close_all()  # this process's own connection died with the first crash
    with scoped(Actor.platform()):
        ledger = verify_database()
    expected = expected_events(asked.channels, asked.readings)
    made = asked.channels * asked.readings
    assert counted is not None
    return {
        "crashes": crashes,
        "readings": made,
        "in_the_store": len(stored),
        "counted_by_batches": int(counted[0]),
        "batches": counted[1],
        "wrong": wrong,
        "events": len(events),
        "events_as_expected": counts == expected,
        "events_twice": twice,
        "events_in_order": ordered,
        "ledger": str(ledger)[:200],
        "took_s": round(took, 1),
        "ok": len(stored) == made == int(counted[0]) and not wrong and counts == expected and not twice and ordered,
    }


def crash_it(admin: dict[str, Any], times: int) -> int:
    """Kill one of PostgreSQL's processes, again and again; returns how often it came back from that."""
    import psycopg

    rng, crashes = random.Random(5), 0
    for _ in range(times):
        time.sleep(rng.uniform(1.0, 4.0))
        try:
            with psycopg.connect(autocommit=True, **admin) as connection:
                row = connection.execute("SELECT pg_backend_pid()").fetchone()
                assert row is not None
                os.kill(row[0], signal.SIGKILL)
                crashes += 1
        except psycopg.Error:
            time.sleep(0.5)  # it is still coming back
    return crashes


if __name__ == "__main__":
    main()
