"""What a start reads and what a request asks the database before its own work begins: held, since both creep up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.server.conftest import Client

# Kernels and tables: seconds of processor time, which a process that was killed can't spend before it serves again.
HEAVY = ("numba", "scipy", "sklearn", "polars", "duckdb", "pyarrow", "rustworkx", "aiohttp", "PIL", "openpyxl")
START = """
import json, sys, django
django.setup()
import yufang.server.asgi, yufang.server.urls, yufang.server.serving
print(json.dumps(sorted(set(sys.argv[1].split(",")) & set(sys.modules))))
"""


def test_a_start_reads_no_kernels(tmp_path: Path) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "yufang.server.settings", "YUFANG_HOME": str(tmp_path)}
    started = subprocess.run(
        [sys.executable, "-c", START, ",".join(HEAVY)], env=env, check=True, capture_output=True, text=True
    )
    assert json.loads(started.stdout) == []


def test_a_request_asks_four_times_beside_its_own_question(sign_in: Callable[[str], Client]) -> None:
    client = sign_in("safety_manager")
    client.get("/api/dispatch/inbox/unread")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/api/dispatch/inbox/unread").status_code == 200
    # The session; then in one transaction the person with rights and scope, and the question itself.
    assert len(asked) <= 5, [one["sql"][:100] for one in asked]
