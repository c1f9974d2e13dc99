"""The platform that `load.py` and `load_kills.py` ask: people who sign in, and places.

Written by the platform's own actions, but for the people: all have one password, hashed once, since two thousand
hashes of scrypt would be the longest part of the benchmark. Their sessions are rows as signing in writes them.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "load-bench-2026"  # of people that exist in a database made for one run
PREPARE = """
import json, sys
from pathlib import Path
from tests.server.made import make_run
from yufang.server.config import Config
from yufang.server.serving import platform
with platform(Config()):
    from benchmarks.load_world import people_and_places
    from yufang.server.loading import admit_demo_accounts, load_results
    from yufang.server.scope import Actor
    made = make_run(Path(sys.argv[1]), enterprises=int(sys.argv[2]), points=6, cases=200)
    loaded = load_results(made, Actor.platform())
    admit_demo_accounts(Actor.platform(), loaded.region_id)
    print(json.dumps(people_and_places(int(sys.argv[3]))))
"""


def people_and_places(users: int) -> dict[str, Any]:
    """Make `users` people and an area for each enterprise. Inside the platform."""
    from django.contrib.auth.hashers import make_password
    from django.db import connections

    from yufang.server.accounts.models import Organisation, Person
    from yufang.server.places.models import Area
    from yufang.server.scope import Actor, scoped

    hashed = make_password(PASSWORD)
    with scoped(Actor.platform()):
        homes = list(Organisation.objects.filter(kind="enterprise").order_by("id"))
        region = Organisation.objects.filter(kind="regulator").order_by("id").first()
        assert region is not None
        people, names = [], []
        for n in range(users):
            # One in twenty watches the region; of the others one in five leads a team.
            home = region if n % 20 == 0 else homes[n % len(homes)]
            roles = ["supervisor"] if n % 20 == 0 else ["team_leader"] if n % 5 == 0 else ["safety_manager"]
            names.append({"name": f"load{n}", "role": roles[0], "enterprise": None if n % 20 == 0 else home.pk})
            people.append(
                Person(
                    username=f"load{n}",
                    password=hashed,
                    name=f"压测{n}",
                    organisation=home,
                    path=home.path,
                    scope=home.path,
                    roles=roles,
                )
            )
        Person.objects.bulk_create(people)
        Area.objects.bulk_create(
            [
                Area(organisation=h, enterprise=h, path=h.path, key=f"load{k}", name_zh=f"{k}号车间", kind="workshop")
                for h in homes
                for k in range(3)
            ]
        )
        tokens = list(Area.objects.values_list("token", flat=True))
        names = [one | _session(person) for one, person in zip(names, people, strict=True)]
    connections.close_all()
    return {"people": names, "tokens": tokens, "enterprises": [h.pk for h in homes]}


def _session(person: Any) -> dict[str, Any]:
    """A session of `person` as signing in leaves it, without the password's 50 ms of scrypt: cookies and token."""
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils.crypto import get_random_string

    from yufang.server.accounts.queries import session_stamp
    from yufang.server.accounts.session import CONFIRMED_KEY, PERSON_KEY, STAMP_KEY, STRONG_KEY
    from yufang.server.scope import set_local

    session = SessionStore()
    session.update({PERSON_KEY: person.pk, STAMP_KEY: session_stamp(person), CONFIRMED_KEY: 0.0, STRONG_KEY: False})
    session.create()
    key = str(session.session_key)
    set_local("yufang.person", str(person.pk))  # sessions are their person's alone
    UserSession.objects.create(user=person, ip="127.0.0.1", session_key=key, user_agent="load")
    token = get_random_string(32)
    return {"cookie": f"csrftoken={token}; yufang_session={key}", "token": token}


def environment(home: Path) -> dict[str, str]:
    """What a process of the platform under `home` is started with."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("YUFANG_", "DATABASE_", "DJANGO_"))}
    return kept | {
        "YUFANG_HOME": str(home),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "OMP_NUM_THREADS": "1",
    }


def prepare(
    home: Path, folder: Path, *, enterprises: int, users: int, more: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Make the platform under `home`, with `more` in its environment; who and where: `people_and_places`."""
    command = [sys.executable, "-c", PREPARE, str(folder), str(enterprises), str(users)]
    made = subprocess.run(command, env=environment(home) | dict(more or {}), cwd=ROOT, capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(f"the platform can't be made: {made.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(made.stdout.strip().splitlines()[-1])
    return found


@dataclass
class Running:
    """A process of the platform, started again after each death. `ready` is looked for in what it prints."""

    command: list[str]
    env: dict[str, str]
    ready: str
    process: subprocess.Popen[str] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        began = time.monotonic()
        self.process = subprocess.Popen(self.command, env=self.env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout or ():
            if re.search(self.ready, line):
                self.starts.append(time.monotonic() - began)
                return
        raise SystemExit(f"{' '.join(self.command[-4:])} ended with {self.process.wait()}")

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)

    def seconds(self, root: int = 0) -> float:
        """Processor time so far of the process, or of `root`, and its children."""
        assert self.process is not None
        root = root or self.process.pid
        total, tick = 0, os.sysconf("SC_CLK_TCK")
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parts = stat.read_text().rsplit(") ", 1)[1].split()
            except OSError:
                continue
            if int(stat.parent.name) == root or int(parts[1]) == root:
                total += int(parts[11]) + int(parts[12])
        return total / tick


def sign_in(port: int, people: list[dict[str, Any]], at_once: int = 4) -> list[dict[str, Any]]:
    """Sign everybody in through the API; each with the cookies and the token that later requests carry."""

    def one(person: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", "/api/auth/me")
        token = _cookies(connection.getresponse()).get("csrftoken", "")
        body = json.dumps({"username": person["name"], "password": PASSWORD})
        headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Cookie": f"csrftoken={token}"}
        connection.request("POST", "/api/auth/sign-in", body, headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"{person['name']} can't sign in: {answer.status} {answer.read()[:300]!r}")
        kept = {"csrftoken": token} | _cookies(answer, keep=True)
        connection.close()
        return person | {"cookie": "; ".join(f"{k}={v}" for k, v in kept.items()), "token": kept["csrftoken"]}

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(one, people))


def _cookies(answer: http.client.HTTPResponse, keep: bool = False) -> dict[str, str]:
    found = {}
    for line in answer.headers.get_all("Set-Cookie") or ():
        name, _, value = line.partition(";")[0].partition("=")
        found[name] = value
    answer.read()
    return found
