"""`yufang serve` as people run it: it starts, tells, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.homes import copy_home

START = "from pathlib import Path; from yufang.commands.server import serve_demo; serve_demo(Path({!r}), port={})"
SERVE = [sys.executable, "-m", "yufang.cli", "serve"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("YUFANG_", "DATABASE_", "DJANGO_"))}
    return kept | {"YUFANG_HOME": str(home), "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}


def started(command: list[str], home: Path) -> tuple[subprocess.Popen[str], float]:
    """The process, once it has told its address, and the seconds that took."""
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "http://localhost:" in line:
            return process, time.monotonic() - began
    raise AssertionError(f"it ended with {process.wait()} before it served")


def left_over(home: Path) -> list[str]:
    """Command lines of processes that have to do with the home folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            if str(home) in line or (process.name() == "postgres" and str(home) in process.cwd()):
                found.append(line)
    return found


def nothing_left(home: Path, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while left_over(home):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


class Browser:
    """Just enough of one: cookies, the CSRF header and an event stream."""

    def __init__(self, port: int, username: str) -> None:
        self.port, self.cookies = port, {}
        self.call("GET", "/api/auth/me")
        self.call("POST", "/api/auth/sign-in", {"username": username, "password": "yufang-demo"})

    def call(self, verb: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        connection.request(verb, path, json.dumps(body) if body is not None else None, self._headers())
        answer = connection.getresponse()
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, value = re.match(r"([^=]+)=([^;]*)", header).groups()  # type: ignore[union-attr]
            self.cookies[name] = value
        return json.loads(answer.read() or b"null")

    def _headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        token = self.cookies.get("csrftoken", "")
        return {"Cookie": cookie, "X-CSRFToken": token, "Content-Type": "application/json"}

    def listen(self) -> list[dict[str, Any]]:
        """Events as they come, into the list that is given back; returns once the stream is open."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=60)
        connection.request("GET", "/api/events", headers=self._headers())
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.readline() == b": open\n"
        heard: list[dict[str, Any]] = []

        def read() -> None:
            name = ""
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                while line := answer.readline().decode():
                    if line.startswith("event: "):
                        name = line[7:].strip()
                    elif line.startswith("data: "):
                        heard.append({"event": name} | json.loads(line[6:]))

        threading.Thread(target=read, daemon=True).start()
        return heard


def wait_for(condition: Any, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("served")
    copy_home(home)
    return home


@pytest.fixture(scope="module")
def served(home: Path, made: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    process, _ = started([sys.executable, "-c", START.format(str(made), port)], home)
    yield process, port
    if process.poll() is None:
        process.terminate()
        process.wait(20)


def test_events_reach_those_who_may_see_the_row_and_nobody_else(served: Any) -> None:
    _, port = served
    supervisor, manager = Browser(port, "supervisor"), Browser(port, "safety_manager")
    mine = manager.call("GET", "/api/auth/me")["organisation"]["id"]
    rows = supervisor.call("GET", "/api/enterprises")["items"]
    other = next(r["id"] for r in rows if r["id"] != mine)
    all_events, own_events = supervisor.listen(), manager.listen()
    for enterprise in (other, mine):
        point = supervisor.call("GET", f"/api/enterprises/{enterprise}/hazard-points")[0]
        supervisor.call("POST", f"/api/hazard-points/{point['id']}/answers", {"result": "not_found"})
    # The second of them is there only if the job ran in the serving process.
    for name in ("hazard_point.answered", "warning.changed"):
        assert wait_for(lambda n=name: any(e["event"] == n and e["enterprise_id"] == mine for e in own_events)), name
        assert wait_for(lambda n=name: any(e["event"] == n and e["enterprise_id"] == other for e in all_events)), name
    assert {e["enterprise_id"] for e in own_events} == {mine}
    assert all("path" not in e for e in all_events)


def test_open_streams_hold_no_connection_of_the_database(served: Any) -> None:
    _, port = served
    manager = Browser(port, "safety_manager")
    began = time.monotonic()
    for _ in range(30):  # the server may open twelve
        manager.listen()
    assert manager.call("GET", "/api/auth/me")["username"] == "safety_manager"
    assert time.monotonic() - began < 15, "whoever waits for a connection gives up after 20 s"


def test_a_port_in_use_gives_one_message_with_the_way_out(served: Any, tmp_path: Path) -> None:
    _, port = served
    run = subprocess.run([*SERVE, "--port", str(port)], env=environment(tmp_path / "h"), capture_output=True, text=True)
    assert run.returncode == 2
    assert f"127.0.0.1:{port}" in run.stderr
    assert "way out" in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "h").exists(), "nothing half-written"


def test_a_home_that_cannot_be_written_gives_one_message_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    where = tmp_path / "file" / "home"
    run = subprocess.run([*SERVE, "--port", str(free_port())], env=environment(where), capture_output=True, text=True)
    assert run.returncode == 2
    assert str(where) in run.stderr
    assert "YUFANG_HOME" in run.stderr
    assert "Traceback" not in run.stderr


def test_ledger_verify_names_the_leaf_of_a_row_that_was_changed_behind_its_back(served: Any, home: Path) -> None:
    command = [sys.executable, "-m", "yufang.cli", "ledger", "verify"]
    run = subprocess.run(command, env=environment(home), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    socket_folder = (home / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    with psycopg.connect(host=socket_folder, user="postgres", dbname="yufang", autocommit=True) as behind:
        changed = "UPDATE deduction_answer SET note = 'x' WHERE id = (SELECT min(id) FROM deduction_answer)"
        index = behind.execute(f"{changed} RETURNING ledger_index").fetchone()[0]
        run = subprocess.run(command, env=environment(home), capture_output=True, text=True)
        assert run.returncode == 2
        assert f"leaf {index}" in run.stderr
        behind.execute("UPDATE ledger_leaf SET data = data || ' '::bytea WHERE index = 3")
    run = subprocess.run(command, env=environment(home), capture_output=True, text=True)
    assert run.returncode == 2
    assert "leaf 3" in run.stderr
    assert served[0].poll() is None, "the serving process still has its database"


def test_sigterm_ends_every_process_with_streams_open(served: Any, home: Path) -> None:
    process, port = served
    Browser(port, "supervisor").listen()
    assert left_over(home), "the check must be able to fail"
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert nothing_left(home), left_over(home)


def test_the_second_start_is_quick_and_a_killed_server_leaves_nothing(served: Any, home: Path, made: Path) -> None:
    served[0].wait(20)  # the one before has ended
    process, seconds = started([sys.executable, "-c", START.format(str(made), free_port())], home)
    try:
        used = psutil.Process(process.pid).cpu_times()
        # Where other work fills the machine, what the start itself cost counts.
        assert seconds <= 10 or used.user + used.system <= 6, f"{seconds:.1f} s, {used}"
    finally:
        process.kill()
        process.wait()
    assert nothing_left(home), left_over(home)


def test_ctrl_c_ends_every_process_and_the_secret_is_kept_from_others(served: Any, home: Path) -> None:
    served[0].wait(20)
    process, _ = started([*SERVE, "--port", str(free_port())], home)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert nothing_left(home), left_over(home)
    assert (home / "secret_key").stat().st_mode & 0o777 == 0o600
