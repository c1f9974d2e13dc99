"""Jobs of the model desk."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connections
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yufang.server.governance import actions, files, queries
from yufang.server.scope import Actor, scoped

BEAT_SECONDS = 5.0
_STEPS = ("rows", "fit", "reliability", "gold", "suspects", "save")


@app.task(name=actions.TRAIN)
async def train(run_id: int, path: str) -> None:
    """Fit in a process of its own. Cut off anywhere, the active model stands and the run is taken up again."""
    acting_user = Actor.platform(scope=path)
    job = await _apart(lambda: actions.claim(acting_user, run_id))
    if job is None:
        return
    place = files.work_folder(run_id)
    try:
        (place / "job.json").write_text(json.dumps(job, ensure_ascii=False), encoding="utf-8")
        said = await _fit(acting_user, run_id, place)
        result = _result(place)
        if "problem" in result:
            what, way_out = result["problem"]
            await _apart(lambda: actions.fail(acting_user, run_id, f"{what} {way_out}", f"{what} {way_out}"))
        elif result:
            await _apart(lambda: actions.keep_version(acting_user, run_id, place / "coder.npz", result))
        else:
            why = said.strip().splitlines()[-1][:300] if said.strip() else "?"
            zh = f"训练进程意外结束({why})；现用模型不受影响，请重新训练。"
            en = f"The training process ended early ({why}); the active model stands. Train again."
            await _apart(lambda: actions.fail(acting_user, run_id, zh, en))
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def _fit(acting_user: Actor, run_id: int, place: Path) -> str:
    """Run the fitting process to its end, telling its steps; returns what it wrote to its error stream."""
    with (place / "errors.txt").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "yufang.server.governance.fitting",
            str(place),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
        step, done = "rows", 0
        try:
            assert process.stdout is not None
            while True:
                try:
                    line = await asyncio.wait_for(process.stdout.readline(), BEAT_SECONDS)
                except TimeoutError:
                    line = step.encode()
                if not line:
                    break
                word = line.decode().strip()
                if word in _STEPS:
                    step, done = word, _STEPS.index(word)
                at = (step, done)
                await _apart(lambda at=at: actions.beat(acting_user, run_id, *at))
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
    return (place / "errors.txt").read_text(errors="replace")


def _result(place: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((place / "result.json").read_text(encoding="utf-8"))
    except OSError:
        return {}
    return found


@app.task(name=actions.RECODE, retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def recode(version_id: int, path: str) -> None:
    """Code the open cases anew, batch by batch; each batch stands by itself, so it may be cut off anywhere."""
    acting_user = Actor.platform(scope=path)
    try:
        with scoped(acting_user):
            version = queries.active_version(version_id)
        coder = files.coder(version.version) if version is not None else None
        if coder is None:
            return  # another version is at work meanwhile
        while found := actions.recode_batch(acting_user, version_id, coder):
            pass
        if found is not None:
            actions.end_recoding(acting_user, version_id)
    finally:
        connections["default"].close()


@app.periodic(cron="* * * * *")
@app.task(name="yufang.governance.take_up_again", queueing_lock="governance.take_up_again")
def take_up_again(timestamp: int) -> None:
    """Every minute: what a stopped worker left is queued anew."""
    actions.take_up_again(Actor.platform())


async def _apart(function: Callable[[], Any]) -> Any:
    """Run database work in a thread, and hand its connection back."""

    def run() -> Any:
        try:
            return function()
        finally:
            connections["default"].close()

    return await asyncio.to_thread(run)
