"""`yufang backup`: make backups, look after them, and bring a platform back to any moment."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from yufang import __version__
from yufang.commands.errors import UserError
from yufang.server.config import Config

if TYPE_CHECKING:
    from yufang.server.operations.backups.source import Source

app = typer.Typer(add_completion=False, no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)


@app.callback()
def backup() -> None:
    """备份与恢复 / Backups, and back from them."""


@contextmanager
def _told() -> Iterator[None]:
    """Problems of backups as messages to a person."""
    from yufang.server.operations.backups.sealing import SealProblem

    try:
        yield
    except SealProblem as error:
        raise UserError(error.message, error.way_out) from error


@contextmanager
def _source() -> Iterator[Source]:
    """What is backed up, with its database open."""
    from yufang.server.database import DatabaseProblem, open_database
    from yufang.server.operations.backups.source import source_of

    config = Config()
    with _told():
        source_of(config, {})  # a folder or key that can't be used is told before anything is started
        try:
            database = open_database(config)
        except DatabaseProblem as error:
            raise UserError(error.message, error.way_out) from error
        try:
            yield source_of(config, database.owner)
        finally:
            database.close()


@contextmanager
def _kept(folder: Path | None = None) -> Iterator[Source]:
    """What was backed up; its database may be gone."""
    from yufang.server.operations.backups.source import source_of

    config = Config()
    if folder is not None:
        config = config.model_copy(update={"backup_folder": folder})
    with _told():
        yield source_of(config, {})


@app.command()
def key(file: Annotated[Path, typer.Argument(help="密钥文件 / the key file to make")]) -> None:
    """生成加密备份的密钥文件 / Make a key file; backups are encrypted by it."""
    from yufang.server.operations.backups.sealing import make_key

    with _told():
        make_key(file)
    console.print(
        f"{file}：请另存一份于他处，没有它就无法恢复 / keep a copy elsewhere: without it nothing can be restored.\n"
        f"YUFANG_BACKUP_KEY_FILE={file.resolve()}"
    )


@app.command()
def run() -> None:
    """立即备份，平台可照常使用 / Make a backup now, while the platform is at work."""
    from yufang.server.operations.backups.base import forget_old, run_backup

    began = time.monotonic()
    with _source() as source:
        made = run_backup(source, __version__)
        gone = forget_old(source, datetime.now(UTC), Config().backup_keep_days)
    console.print(
        f"备份 {made.name} 已完成，{made.sealed_bytes / 1e6:.1f} MB，{time.monotonic() - began:.1f} 秒"
        f" / backup {made.name} made"
    )
    if gone:
        console.print(f"过期备份已清理 {len(gone)} 份 / old backups let go: {len(gone)}")


@app.command()
def receive() -> None:
    """持续归档变更（外部数据库用） / Archive every change until Ctrl-C; for an external PostgreSQL."""
    from yufang.server.operations.backups.archive import archive_changes

    with _source():
        console.print("正在归档，Ctrl-C 结束 / archiving; Ctrl-C ends it")
        try:
            asyncio.run(archive_changes(Config()))
        except KeyboardInterrupt:
            console.print("已停止归档 / archiving stopped")


@app.command("list")
def list_backups(as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """列出备份与可恢复的时段 / Backups, and which moments can be restored."""
    from yufang.server.operations.backups.base import backups, newest_change

    with _kept() as source:
        found, newest = backups(source.backups), newest_change(source)
    if as_json:
        told = {"backups": [asdict(b) for b in found], "archived_until": newest}
        typer.echo(json.dumps(told, default=str, ensure_ascii=False, indent=1))
        return
    table = Table("name", "ended", "MB", "PostgreSQL", "encrypted", title=str(source.backups), title_justify="left")
    for b in found:
        ended = b.ended_at.astimezone().isoformat(timespec="seconds")
        table.add_row(b.name, ended, f"{b.sealed_bytes / 1e6:.1f}", str(b.server_version), "✓" if b.encrypted else "")
    console.print(table)
    if found and newest:
        span = f"{found[0].ended_at.astimezone():%Y-%m-%d %H:%M:%S%z} – {newest.astimezone():%Y-%m-%d %H:%M:%S%z}"
        console.print(f"可恢复的时段 / moments that can be restored: {span}")


@app.command()
def verify() -> None:
    """读出备份的每个字节并核对 / Read every byte of the backups and name what is wrong."""
    from yufang.server.operations.backups.base import backups, check

    with _kept() as source:
        wrong = check(source)
        number = len(backups(source.backups))
    if wrong:
        raise UserError("; ".join(wrong), "use another copy of the backups; make a new one: yufang backup run")
    console.print(f"{number} 份备份及变更归档全部完好 / {number} backups and the archive of changes are whole")


@app.command()
def restore(
    into: Annotated[Path, typer.Argument(help="新的主目录，须为空 / the new home folder, empty")],
    at: Annotated[str | None, typer.Option(help="时刻 / moment, such as 2026-11-22T12:00:00+08:00")] = None,
    folder: Annotated[Path | None, typer.Option("--from", help="备份目录 / folder of backups")] = None,
) -> None:
    """恢复到某一时刻 / Make a home folder as things stood at a moment; without --at: the newest change."""
    from yufang.server.operations.backups.restoring import restore as bring_back

    moment = _moment(at)
    began = time.monotonic()
    with _kept(folder) as source:
        done = bring_back(source, into, moment)
    console.print(
        f"{into.resolve()}：已由备份 {done.backup} 恢复，{time.monotonic() - began:.1f} 秒 / restored\n"
        f"文件 / files {done.files}，台账叶子 / leaves {done.leaves}\n根 / root {done.root}\n"
        f"核验 / verify: YUFANG_HOME={into.resolve()} yufang ledger verify"
    )
    if done.published is not None:
        console.print(
            f"已公布的检查点有 {done.published} 片叶子，比恢复到的时刻新：账本以新名称和新密钥继续，原文件在 "
            f"ledger-until-{done.published}/，请告知见证方\n"
            f"the published checkpoint has {done.published} leaves and is newer than what was restored: the log goes "
            f"on under a new name and key, its files are in ledger-until-{done.published}/; tell the witnesses"
        )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(
            f"--at {text} is not a moment / --at {text} 不是时刻", "write e.g. 2026-11-22T12:00:00+08:00"
        ) from error
    if found.tzinfo is None:
        raise UserError(
            f"--at {text} doesn't say its time zone / --at {text} 缺少时区", f"write {text}+08:00, or {text}Z"
        )
    return found


@app.command()
def drill(
    at: Annotated[str | None, typer.Option(help="时刻 / moment; 省略则为最新 / the newest if left out")] = None,
) -> None:
    """恢复演练：恢复到临时目录，核验台账，再清除 / Restore to a folder of its own, verify the ledger, remove it."""
    from yufang.server.operations.backups.restoring import restore as bring_back

    began = time.monotonic()
    with _kept() as source:
        scratch = Path(tempfile.mkdtemp(prefix="yufang-drill-", dir=source.backups))
        try:
            done = bring_back(source, scratch / "home", _moment(at))
            seconds = time.monotonic() - began
            _verify(scratch / "home")
            told: dict[str, Any] = asdict(done) | {"at": datetime.now(UTC), "restore_seconds": round(seconds, 1)}
            with (source.backups / "drills.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(told, default=str) + "\n")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    console.print(
        f"演练成功：{seconds:.1f} 秒恢复，台账 {done.leaves} 片叶子全部相符"
        f" / the drill went well: restored in {seconds:.1f} s, {done.leaves} leaves as they were appended\n"
        f"根 / root {done.root}"
    )


def _verify(home: Path) -> None:
    left = ("DATABASE_URL", "YUFANG_WEB_DATABASE_URL", "YUFANG_BACKUP_FOLDER", "YUFANG_BACKUP_KEY_FILE")
    environment = {k: v for k, v in os.environ.items() if k not in left} | {"YUFANG_HOME": str(home)}
    command = [sys.executable, "-m", "yufang.cli", "ledger", "verify"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise UserError(
            f"what was restored does not stand the ledger's verification: {run.stderr.strip()} / "
            "恢复出的台账未通过核验",
            "look after this before you need a backup: try an older one",
        )
