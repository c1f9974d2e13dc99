"""The node stays small: what it imports, and that its command works where the platform's parts are not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("django", "psycopg", "duckdb", "polars", "lightgbm", "sklearn", "numba", "pyarrow", "pandas", "scipy")
PROBE = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {heavy!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
sys.argv = ["yufang", "edge", "check", {config!r}]
from yufang.cli import main
main()
"""
CONFIG = """
name: box
channels: [{key: a, quantity: "gas:ch4", unit: "%LEL"}, {key: t, quantity: temperature, unit: "°C", limits: none}]
connectors: [{name: csv, kind: replay, settings: {file: a.csv, time: time, key: channel, value: value}}]
rules: [{kind: limits}, {kind: rate}, {kind: stel}, {kind: cusum}, {kind: ewma}, {kind: stuck}, {kind: spike}]
"""


def test_the_node_works_where_only_its_own_parts_are_installed(tmp_path: Path) -> None:
    (tmp_path / "edge.yaml").write_text(CONFIG, "utf-8")
    (tmp_path / "a.csv").write_text("time,channel,value\n", "utf-8")
    probe = PROBE.format(heavy=set(HEAVY), config=str(tmp_path / "edge.yaml"))
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "box: 2 channels" in ran.stdout
