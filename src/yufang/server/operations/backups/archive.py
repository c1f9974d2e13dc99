"""The archive of changes: PostgreSQL's write-ahead log as it comes, and the files of the home folder.

`pg_receivewal` takes the log over a replication slot: what it hasn't received yet the server keeps, so neither's end
leaves a gap. Each round seals what is new. A round may break off anywhere; the next goes on from what stands there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from filelock import Timeout as LockTimeout

from yufang.server.config import Config
from yufang.server.database import addresses
from yufang.server.operations.backups.sealing import SealProblem, seal
from yufang.server.operations.backups.source import SLOT, Source, connected, copying_programs, source_of

log = logging.getLogger("yufang.backup")
SEGMENT = re.compile(r"[0-9A-F]{24}")
_HISTORY = re.compile(r"[0-9A-F]{8}\.history")
# What the server keeps for an archive that is away, before it lets go rather than fill the disk.
_KEPT_FOR_ARCHIVE = "16GB"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    segments: int
    files: int
    seconds: float


def archive_round(source: Source, now: datetime, *, whole: bool = False) -> Round:
    """Seal what came since the last round: log first, files after it. One round at a time, whoever runs it."""
    began = time.monotonic()
    with FileLock(source.backups / ".lock", timeout=600):
        segments = _seal_log(source)
        files = source.files().take(now, whole=whole)
        done = Round(segments, files, round(time.monotonic() - began, 3))
        told = json.dumps(asdict(done) | {"at": now.isoformat()})
        unfinished = source.backups / "last_round.json.part"
        unfinished.write_text(told)
        unfinished.replace(source.backups / "last_round.json")
    return done


def _seal_log(source: Source) -> int:
    if not source.spool.exists():
        return 0
    target = source.backups / "wal"
    done = 0
    whole = sorted(p for p in source.spool.iterdir() if SEGMENT.fullmatch(p.name) or _HISTORY.fullmatch(p.name))
    for path in whole:
        if not (target / f"{path.name}.sealed").exists():
            done += _seal_one(source, path, target / f"{path.name}.sealed")
        (target / f"{path.name}.partial.sealed").unlink(missing_ok=True)
    # The newest stays in the spool: by it pg_receivewal knows where to go on.
    for path in [p for p in whole if SEGMENT.fullmatch(p.name)][:-1]:
        path.unlink(missing_ok=True)
    for path in source.spool.glob("*.partial"):
        sealed = target / f"{path.name}.sealed"
        with contextlib.suppress(FileNotFoundError):  # it was completed and renamed meanwhile
            if not sealed.exists() or sealed.stat().st_mtime < path.stat().st_mtime:
                done += _seal_one(source, path, sealed)
    return done


def _seal_one(source: Source, path: Path, target: Path) -> int:
    with path.open("rb") as file:
        seal(file, target, source.key)
    return 1


def archived(source: Source) -> list[str]:
    """Names of the segments in the archive, in order; a segment that is not full yet stands last with `.partial`."""
    return sorted(p.name.removesuffix(".sealed") for p in (source.backups / "wal").glob("*.sealed"))


def prepare(source: Source) -> tuple[bool, int]:
    """Make the slot. (False where the server let go of changes that never arrived: a new backup is needed; the
    server's major version)"""
    source.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = True
    with connected(source) as connection:
        row = connection.execute("SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", [SLOT]).fetchone()
        if row is not None and row[0] == "lost":
            connection.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])
            row, whole = None, False
        if row is None:
            for old in source.spool.iterdir():  # of another life of the database
                old.unlink()
            connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [SLOT])
        if source.database.get("user") == "postgres" and str(source.database.get("host", "")).startswith("/"):
            # The embedded server is ours to set.
            connection.execute(f"ALTER SYSTEM SET max_slot_wal_keep_size = '{_KEPT_FOR_ARCHIVE}'")
            connection.execute("SELECT pg_reload_conf()")
        version = connection.info.server_version // 10_000
    return whole, version


@contextlib.contextmanager
def receiving(source: Source) -> Iterator[subprocess.Popen[bytes]]:
    """pg_receivewal, as long as the block runs. Raises BackupProblem."""
    whole, version = prepare(source)
    if not whole:
        log.error("the server let go of changes before they were archived; make a new backup: yufang backup run")
    command = [
        str(copying_programs(source, version) / "pg_receivewal"),
        *("-D", str(source.spool), "-S", SLOT, "--synchronous", "--no-loop"),
        *("-d", source.conninfo(application_name="yufang_archive")),
    ]
    receiver = subprocess.Popen(
        command, env=source.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        yield receiver
    finally:
        receiver.terminate()
        try:
            receiver.wait(5)
        except subprocess.TimeoutExpired:
            receiver.kill()
            receiver.wait()


async def archive_changes(config: Config) -> None:
    """Archive until cancelled; whatever fails is told and tried again. The database must be open."""
    while True:
        try:
            source = source_of(config, addresses().owner)
            await _archive(source, config.backup_seconds)
        except asyncio.CancelledError:
            raise
        except (SealProblem, OSError, LockTimeout, RuntimeError) as error:
            log.error("changes are not being archived (%s); trying again", error)
        await asyncio.sleep(5)


async def _archive(source: Source, seconds: float) -> None:
    try:
        with receiving(source) as receiver:
            while receiver.poll() is None:
                done = await asyncio.to_thread(archive_round, source, datetime.now(UTC))
                log.debug("archived %s", done)
                # A home with very many files is not looked through all the time.
                await asyncio.sleep(max(seconds, 10 * done.seconds))
            told = receiver.stderr.read().decode(errors="replace") if receiver.stderr else ""
            raise RuntimeError(told.strip().splitlines()[-1] if told.strip() else "pg_receivewal ended")
    finally:
        with contextlib.suppress(SealProblem, OSError, LockTimeout):
            archive_round(source, datetime.now(UTC))
