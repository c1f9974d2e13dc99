"""An import that is killed at any moment leaves the lake as it was or as it should be, and goes on when run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from yufang.lake import Lake, import_file
from yufang.lake.manifest import STAGING

ROWS = 1500
CHUNK = 250

# Kills itself at the given call of a function that every step goes through, or runs to the end.
CHILD = """
import os, signal, sys
from pathlib import Path
path, root, at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
calls = 0
def die(real):
    def step(*args, **kwargs):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return step
os.fsync, os.replace = die(os.fsync), die(os.replace)
Path.replace, Path.unlink = die(Path.replace), die(Path.unlink)
from yufang.lake import Lake, import_file
import_file(path, "cases", Lake(root), chunk_rows=int(sys.argv[4]))
print(calls)
"""


def tables(lake: Lake) -> dict[str, list[tuple[object, ...]]]:
    return {name: lake.table(name).rows() for name in ("injury_cases", "enterprises", "rejects", "changes")}


def child(path: Path, root: Path, at: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-c", CHILD, str(path), str(root), str(at), str(CHUNK)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    lines = [f"第{i % 40}机械厂,2024/{i % 12 + 1}/{i % 28 + 1},第{i}次：右手被夹" for i in range(ROWS)]
    lines[700] = "甲厂,去年,坠落"
    path = tmp_path / "cases.csv"
    path.write_text("单位,事故日期,事故经过\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_killed_at_any_step_the_lake_is_whole_and_the_import_goes_on(source: Path, tmp_path: Path) -> None:
    whole = Lake(tmp_path / "whole")
    import_file(source, "cases", whole, chunk_rows=CHUNK)
    expected = tables(whole)
    steps = int(child(source, tmp_path / "count", 0).stdout)
    assert steps > 3 * ROWS / CHUNK  # three files a chunk
    # In the middle of cleaning, among the parts, and around the commit, which is the last rename but the clearing up.
    for at in sorted({steps // 2, steps - 1, steps}):
        root = tmp_path / f"killed-{at}"
        ended = child(source, root, at)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        lake = Lake(root)
        after = tables(lake)  # readable whatever was left
        assert after in (expected, {name: [] for name in expected})
        import_file(source, "cases", lake, chunk_rows=CHUNK)
        assert tables(lake) == expected
        import_file(source, "cases", lake, chunk_rows=CHUNK)
        assert lake.imports().height == 1


def test_chunks_done_before_the_kill_are_not_done_again(source: Path, tmp_path: Path) -> None:
    root = tmp_path / "lake"
    child(source, root, 30)
    kept = {path: path.stat().st_mtime_ns for path in (root / STAGING).glob("*/*.rows.parquet")}
    assert kept
    seen: dict[Path, int] = {}

    def watch(stage: str, done: int, total: int) -> None:
        if stage == "link" and not done:
            seen.update({path: path.stat().st_mtime_ns for path in kept})

    import_file(source, "cases", Lake(root), chunk_rows=CHUNK, progress=watch)
    assert seen == kept
    assert not (root / STAGING).exists()
