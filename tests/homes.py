"""Home folders whose database is migrated and empty: made once for a whole run of the suite, then copied."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from filelock import FileLock

RUN = "YUFANG_TEST_RUN"  # what tests/conftest.py names this run of the suite
_SCRIPT = """
from yufang.server.config import Config
from yufang.server.serving import platform
with platform(Config()):
    from yufang.server.cases import nearness
    nearness.warm()  # compiled once: three servers at once would each spend a minute of a busy machine on it
"""


def of_this_run() -> Path:
    """The folder that all processes of this run of the suite share."""
    return Path(tempfile.gettempdir()) / f"yufang-tests-{os.environ[RUN]}"


def copy_home(to: Path) -> None:
    """Put a migrated home at the empty folder `to`. Its database is quick, and need not survive the machine."""
    # As root the database's files belong to another user, which `cp -a` keeps.
    subprocess.run(["cp", "-a", f"{_migrated()}/.", str(to)], check=True)


@cache
def _migrated() -> Path:
    shared = of_this_run()
    shared.mkdir(exist_ok=True)
    home = shared / "home"
    with FileLock(shared / "home.lock"):
        if not home.exists():
            made = Path(tempfile.mkdtemp(prefix="home-", dir=shared))
            environment = os.environ | {"YUFANG_HOME": str(made)}
            environment.pop("DATABASE_URL", None)
            subprocess.run([sys.executable, "-c", _SCRIPT], env=environment, check=True, capture_output=True)
            with (made / "postgres" / "postgresql.conf").open("a") as settings:
                settings.write("\nfsync = off\nfull_page_writes = off\nsynchronous_commit = off\n")
            made.rename(home)
    return home


def remove() -> None:
    """Called once, when the run ends."""
    shutil.rmtree(of_this_run(), ignore_errors=True)
