"""`yufang sensing`: replay files of readings, compact stores."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from yufang.commands.errors import UserError
from yufang.commands.sensing_monitor import app as monitor_app
from yufang.commands.sensing_train import register

app = typer.Typer(no_args_is_help=True, help="Readings: replay files, compact stores, train forecasts.")
_TRIES = 6


@app.callback()
def main() -> None:
    """Readings: replay files, compact stores, train forecasts."""


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="CSV, Parquet or Arrow: channel, time, value; or time and channels.")],
    to: Annotated[str, typer.Option(help="Address of the platform.")] = "http://127.0.0.1:8000",
    key: Annotated[str, typer.Option(envvar="YUFANG_SOURCE_KEY", help="Key of the source.")] = "",
    timezone: Annotated[str, typer.Option(help="Zone of times without an offset, e.g. Asia/Shanghai.")] = "",
    unit: Annotated[str, typer.Option(help="Unit of the values, where the file doesn't say it.")] = "",
    batch_s: Annotated[float, typer.Option(help="Seconds of event time in one batch.", min=0.01)] = 60.0,
    speed: Annotated[float, typer.Option(help="Times as fast as it happened; 0: as fast as it goes.", min=0)] = 0.0,
    now: Annotated[bool, typer.Option("--now", help="Move the times so that the file begins now.")] = False,
) -> None:
    """Send a file's readings to the platform. Cut off, the same command again sends what is missing."""
    from yufang.sensing.errors import SensingError
    from yufang.sensing.readings import Readings
    from yufang.sensing.replay import read_recording
    from yufang.sensing.wire_arrow import to_arrow_ipc

    if not key:
        raise UserError("no key of a source was given", "Set YUFANG_SOURCE_KEY or give --key; docs/sensing/streams.md.")
    try:
        found = read_recording(file, timezone, unit)
    except SensingError as error:
        raise UserError(error.message, error.way_out) from error
    if found.rows.is_empty():
        raise UserError(f"{file} holds no reading", "Name a file with readings.")
    began, first = time.time(), int(found.rows["time"][0])
    shift = int(began * 1e6) - first if now else 0
    totals = {"readings": 0, "refused": 0, "again": 0}
    rules: dict[str, int] = {}
    for batch in found.batches(batch_s):
        if speed:
            time.sleep(max(0.0, (int(batch.time[-1]) - first) / 1e6 / speed - (time.time() - began)))
        moved = Readings.of(batch.channel, batch.time + shift, batch.value, batch.flag)
        answer = _send(to, key, to_arrow_ipc(moved, found.keys, units=found.units))
        totals["readings"] += answer["readings"]
        totals["refused"] += answer["refused"]
        totals["again"] += int(answer["again"])
        for refusal in answer["refusals"]:
            rules[refusal["reason_en"]] = rules.get(refusal["reason_en"], 0) + 1
    console = Console()
    console.print(
        f"{totals['readings']:,} readings of {len(found.keys)} channels taken, {totals['refused']:,} refused, "
        f"{found.skipped:,} rows without time or channel; {totals['again']:,} batches had come before",
        highlight=False,
    )
    for reason, count in sorted(rules.items()):
        console.print(f"  refused: {reason} ({count})", highlight=False)


@app.command()
def compact(
    home: Annotated[Path, typer.Option(help="Home folder of the platform.")] = Path(".yufang"),
    keep_days: Annotated[int, typer.Option(help="Days for which single readings are kept.", min=1)] = 90,
) -> None:
    """Compact all stores of a home folder now; the platform does it every minute by itself."""
    from yufang.sensing.errors import SensingError
    from yufang.sensing.store import ReadingStore
    from yufang.sensing.store_compact import Retention
    from yufang.sensing.store_compact import compact as compact_store

    folders = sorted(path for path in (home / "readings").glob("*") if path.is_dir())
    if not folders:
        raise UserError(f"{home / 'readings'} holds no store of readings", "Name the platform's home with --home.")
    for folder in folders:
        try:
            done = compact_store(ReadingStore(folder), int(time.time() * 1e6), Retention(raw=keep_days))
        except SensingError as error:
            raise UserError(error.message, error.way_out) from error
        typer.echo(
            f"{folder}: {done.batches} batches, {done.rows:,} readings, {done.repeated:,} repeated, "
            f"{done.merged} parts merged, {len(done.dropped)} let go"
        )


register(app)
app.add_typer(monitor_app, name="monitor")


def _send(to: str, key: str, body: bytes) -> dict[str, Any]:
    """Send one batch; again with growing pauses while the platform can't be reached."""
    request = urllib.request.Request(
        f"{to.rstrip('/')}/api/sensing/batches",
        data=body,
        method="POST",
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/vnd.apache.arrow.stream"},
    )
    for attempt in range(_TRIES):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            if error.code == 429 and attempt + 1 < _TRIES:  # it says when to come again
                time.sleep(min(60.0, float(error.headers.get("Retry-After") or 1)))
                continue
            if error.code < 500:
                raise UserError(*_told(error)) from error
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            if attempt + 1 == _TRIES:
                raise UserError(f"{to} can't be reached ({error})", "Check the address and run this again.") from error
        time.sleep(min(30.0, 0.5 * 2**attempt))
    raise UserError(f"{to} answered with an error {_TRIES} times", "Look at the platform's log and run this again.")


def _told(error: urllib.error.HTTPError) -> tuple[str, str]:
    try:
        said = json.load(error)
        return f"the platform refused: {said['message_en']} / {said['message_zh']}", "Correct it and run this again."
    except (ValueError, KeyError, OSError):
        return f"the platform refused with {error.code} {error.reason}", "Check the address."
