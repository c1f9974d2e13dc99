"""Worker processes of the urgent queue for whoever kills them: `python -m tests.server.alert_worker HOST DATABASE`.

Each line on standard input forks one that works as in `yufang serve` (`serving._work`) and prints its process id. The
parent has opened no connection, so that a kill costs no second of imports.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from types import TracebackType

from yufang.server import database, serving


class Workers:
    """The parent process, from the outside."""

    def __init__(self, host: str, name: str) -> None:
        command = [sys.executable, "-m", "tests.server.alert_worker", host, name]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}
        )

    def start(self) -> int:
        """Fork a worker; returns its process id."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()


def main(host: str, name: str) -> None:
    place = {"host": host, "dbname": name}
    database._addresses = database.Addresses(
        owner=place | {"user": database.OWNER_ROLE}, web=place | {"user": database.WEB_ROLE}
    )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yufang.server.settings")
    serving.setup_django()
    from procrastinate.contrib.django import app

    app.perform_import_paths()  # the jobs of all rooms, once
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(serving._work(2, queues=["urgent"]))
        print(pid, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
