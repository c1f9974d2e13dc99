"""The running platform that the benchmarks of sensing ask: `yufang serve` with its own PostgreSQL."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load_world import Running, environment, prepare, sign_in


@dataclass(frozen=True)
class World:
    """A platform that answers at `url`, its enterprise, and a safety manager's cookie and token."""

    url: str
    port: int
    enterprise: int
    cookie: str
    token: str

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask as the safety manager."""
        headers = {"Content-Type": "application/json", "Cookie": self.cookie, "X-CSRFToken": self.token}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))


@contextmanager
def served() -> Iterator[World]:
    """A platform in processes of its own, made for this run and gone after it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # the database's own user goes through it
        home = Path(folder) / "home"
        made = prepare(home, Path(folder) / "run", enterprises=2, users=2)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = Running(
            [sys.executable, "-m", "yufang.cli", "serve", "--port", str(port)], environment(home), "http://localhost:"
        )
        server.start()
        try:
            (person,) = sign_in(port, [p for p in made["people"] if p["role"] == "safety_manager"])
            yield World(f"http://127.0.0.1:{port}", port, person["enterprise"], person["cookie"], person["token"])
        finally:
            server.stop()
