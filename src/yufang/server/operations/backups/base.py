"""Whole copies of the database, and which moments can be restored."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from yufang.server.operations.backups.archive import SEGMENT, archive_round, archived
from yufang.server.operations.backups.files import stamp
from yufang.server.operations.backups.sealing import SealProblem, opened, seal
from yufang.server.operations.backups.source import Source, connected, copying_programs, refused


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy of the database. Moments from `ended_at` on can be restored from it."""

    name: str
    started_at: datetime
    ended_at: datetime
    first_segment: str
    server_version: int
    superuser: str
    database: str
    system: str
    sealed_bytes: int
    sealed_sha256: str
    encrypted: bool
    yufang: str


def run_backup(source: Source, yufang: str) -> Backup:
    """Copy the database while it is at work, then the files. Raises BackupProblem."""
    with connected(source) as connection:
        # The server keeps all changes from here on until this connection ends.
        connection.execute(
            "SELECT pg_create_physical_replication_slot('yufang_backup_' || pg_backend_pid(), true, true)"
        )
        told = connection.execute(
            "SELECT clock_timestamp(), pg_walfile_name(pg_current_wal_insert_lsn()), "
            "current_setting('server_version_num')::int / 10000, "
            "(SELECT rolname FROM pg_roles WHERE oid = 10), current_database(), "
            "(SELECT system_identifier::text FROM pg_control_system())"
        ).fetchone()
        assert told is not None
        started, segment, version, superuser, database, system = told
        name = stamp(started)
        folder = source.backups / "base" / f"{name}.part"
        try:
            digest = _copy(source, folder / "base.sealed", version)
            ended = connection.execute("SELECT clock_timestamp()").fetchone()
            assert ended is not None
            archive_round(source, ended[0], whole=True)
            backup = Backup(
                name=name,
                started_at=started,
                ended_at=ended[0],
                first_segment=segment,
                server_version=version,
                superuser=superuser,
                database=database,
                system=system,
                sealed_bytes=(folder / "base.sealed").stat().st_size,
                sealed_sha256=digest,
                encrypted=source.key is not None,
                yufang=yufang,
            )
            (folder / "about.json").write_text(json.dumps(asdict(backup), default=str, indent=1), "utf-8")
            folder.rename(folder.with_name(name))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return backup


def _copy(source: Source, target: Path, version: int) -> str:
    command = [
        str(copying_programs(source, version) / "pg_basebackup"),
        *("-D", "-", "-F", "tar", "-X", "fetch", "--checkpoint=fast", "--no-password"),
        *("-d", source.conninfo(application_name="yufang_backup")),
    ]
    copying = subprocess.Popen(command, env=source.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert copying.stdout is not None
    assert copying.stderr is not None
    try:
        digest = seal(copying.stdout, target, source.key)
        told = copying.stderr.read().decode(errors="replace")
        if copying.wait() != 0:
            raise refused("pg_basebackup", str(source.database.get("user")), told)
    finally:
        if copying.poll() is None:
            copying.kill()
            copying.wait()
        copying.stdout.close()
        copying.stderr.close()
    return digest


def backups(folder: Path) -> list[Backup]:
    """Finished backups, oldest first."""
    found = []
    for about in sorted((folder / "base").glob("*/about.json")):
        if about.parent.suffix == ".part":
            continue
        told = json.loads(about.read_text("utf-8"))
        for field in ("started_at", "ended_at"):
            told[field] = datetime.fromisoformat(told[field])
        found.append(Backup(**told))
    return found


def forget_old(source: Source, now: datetime, keep_days: int) -> list[str]:
    """Let go of what no moment of the last `keep_days` days needs; returns the names of backups that went."""
    horizon = now - timedelta(days=keep_days)
    found = backups(source.backups)
    # The newest backup from before the horizon is where moments right after the horizon start from.
    older = [b for b in found if b.ended_at <= horizon]
    for backup in older[:-1]:
        shutil.rmtree(source.backups / "base" / backup.name)
    kept = backups(source.backups)
    if kept:
        for path in (source.backups / "wal").glob("*.sealed"):
            name = path.name.split(".")[0]
            if SEGMENT.fullmatch(name) and name[8:] < kept[0].first_segment[8:]:
                path.unlink(missing_ok=True)
        source.files().forget(kept[0].ended_at)
    return [b.name for b in older[:-1]]


def check(source: Source) -> list[str]:
    """Read every byte of the backups; returns what is wrong with them, nothing if all is whole."""
    wrong: list[str] = []
    found = backups(source.backups)
    paths = [source.backups / "base" / b.name / "base.sealed" for b in found]
    paths += sorted((source.backups / "wal").glob("*.sealed")) + sorted((source.backups / "files").glob("*/*.sealed"))
    for path in paths:
        try:
            for _ in opened(path, source.key):
                pass
        except SealProblem as error:
            wrong.append(error.message)
    store = source.files()
    try:
        named = {digest: name for name, (digest, *_) in store.listing_at(None).items()}
        missing = [name for digest, name in named.items() if not store.content(digest).exists()]
        wrong += [f"{name} is not in the store of files / 文件库中缺少 {name}" for name in missing]
    except SealProblem as error:
        wrong.append(error.message)
    return wrong + gaps(source, found)


def gaps(source: Source, found: list[Backup]) -> list[str]:
    """Segments that are missing between the oldest backup and the newest change, one line a gap."""
    names = [n for n in archived(source) if SEGMENT.fullmatch(n.split(".")[0])]
    if not names or not found:
        return []
    numbers = sorted({_number(n) for n in names if n[8:24] >= found[0].first_segment[8:24]})
    lines = []
    for before, after in itertools.pairwise(numbers):
        if after != before + 1:
            lines.append(f"{after - before - 1} segments of changes are missing / 缺少 {after - before - 1} 段变更日志")
    return lines


def _number(segment: str) -> int:
    """Running number of a segment of 16 MB, whatever its timeline."""
    return int(segment[8:16], 16) * 256 + int(segment[16:24], 16)


def newest_change(source: Source) -> datetime | None:
    """When the archive was last brought up to date; None: never."""
    try:
        told = json.loads((source.backups / "last_round.json").read_text())
        return datetime.fromisoformat(told["at"])
    except (OSError, ValueError, KeyError):
        return None
