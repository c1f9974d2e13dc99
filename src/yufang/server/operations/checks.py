"""What `yufang doctor` looks at. Each check tells what it found and, where something is wrong, the way out."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import psutil
from cryptography import x509
from django.apps import apps
from django.db import DatabaseError, connection
from psycopg.conninfo import conninfo_to_dict

from yufang.server.config import Config
from yufang.server.database import WEB_ROLE
from yufang.server.operations.health import HEARTBEAT_SECONDS
from yufang.server.scope import Actor, scoped

Level = Literal["ok", "warn", "fail"]
GB = 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's: what was found, in both languages, and the way out where it isn't well."""

    check: str
    level: Level
    zh: str
    en: str
    way_out_zh: str = ""
    way_out_en: str = ""


Words = str | tuple[str, str]  # (Chinese, English), or one text for both


def told(level: Level, check: str, what: Words, way_out: Words = "") -> Finding:
    """A finding; of what is well no way out is told."""
    zh, en = what if isinstance(what, tuple) else (what, what)
    way_zh, way_en = ("", "") if level == "ok" else way_out if isinstance(way_out, tuple) else (way_out, way_out)
    return Finding(check=check, level=level, zh=zh, en=en, way_out_zh=way_zh, way_out_en=way_en)


def of_home(config: Config) -> Iterator[Finding]:
    """Home folder, key, disk, memory: what needs no database."""
    home = config.home.resolve()
    if not home.exists():
        yield told(
            "fail",
            "home",
            (f"主目录 {home} 不存在", f"the home folder {home} is not there"),
            ("设置 YUFANG_HOME，或先运行一次 yufang serve", "set YUFANG_HOME, or run yufang serve once"),
        )
        return
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        yield told(
            "fail",
            "home",
            (f"当前用户不能写入 {home}", f"this user may not write to {home}"),
            (f"以平台的用户运行，或 chown 该目录：{home}", f"run it as the platform's user, or chown {home}"),
        )
    elif config.database_url == "" and home.stat().st_mode & 0o007 and not _private_parent(home):
        yield told(
            "warn",
            "home",
            (
                f"其他用户可以进入 {home}，内置数据库信任任何能连到其套接字的人",
                f"other users may enter {home}; the embedded database trusts whoever reaches its socket",
            ),
            (
                f"chmod o-rwx {home}（数据库的用户仍须能进入）；或使用 DATABASE_URL",
                f"chmod o-rwx {home} (the database's user must still get in), or use DATABASE_URL",
            ),
        )
    else:
        yield told("ok", "home", (f"主目录 {home}", f"home folder {home}"))
    yield _key(config)
    for name, folder in (("disk", home), ("backup disk", config.backup_folder)):
        if folder is not None and Path(folder).exists():
            yield _disk(name, Path(folder))
    yield _memory()


def _private_parent(home: Path) -> bool:
    return any(not parent.stat().st_mode & 0o001 for parent in home.parents)


def _key(config: Config) -> Finding:
    file = config.secret_file
    if not file.exists():
        return told(
            "fail",
            "secret key",
            (f"没有密钥文件 {file}", f"there is no secret key {file}"),
            (
                "从备份取回；新密钥会使所有人重新登录，且无法解开通道的口令",
                "take it from a backup; a new one signs everybody out and can't open the channels' passwords",
            ),
        )
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        return told(
            "fail",
            "secret key",
            (
                f"密钥文件 {file} 的权限为 {mode:o}，他人可读",
                f"the secret key {file} has mode {mode:o}: others may read it",
            ),
            f"chmod 600 {file}",
        )
    return told("ok", "secret key", ("密钥只有本用户可读", "the secret key is this user's alone"))


def _disk(name: str, folder: Path) -> Finding:
    usage = shutil.disk_usage(folder)
    free, share = usage.free / GB, usage.free / usage.total
    return told(
        "fail" if free < 1 else "warn" if free < 5 or share < 0.05 else "ok",
        name,
        (f"{folder} 剩余 {free:.1f} GB（{share:.0%}）", f"{folder} has {free:.1f} GB free ({share:.0%})"),
        (
            "扩充磁盘，或减少 YUFANG_BACKUP_KEEP_DAYS 后运行 yufang backup run",
            "enlarge the disk, or lower YUFANG_BACKUP_KEEP_DAYS and run yufang backup run",
        ),
    )


def _memory() -> Finding:
    free = psutil.virtual_memory().available / GB
    return told(
        "ok" if free >= 0.5 else "warn",
        "memory",
        (f"可用内存 {free:.1f} GB", f"{free:.1f} GB of memory available"),
        (
            "增加内存，或减少网页进程与 YUFANG_JOB_WORKERS",
            "add memory, or run fewer web processes and fewer YUFANG_JOB_WORKERS",
        ),
    )


def of_settings(config: Config, now: datetime) -> Iterator[Finding]:
    """What is set in a way that a deployment shouldn't be, and the certificate that people meet."""
    if config.demo:
        yield told(
            "warn",
            "settings",
            ("演示模式已打开，登录页会显示演示账号", "demo mode is on: the sign-in page shows the demo's accounts"),
            ("存有真实记录时去掉 YUFANG_DEMO", "unset YUFANG_DEMO where real records are"),
        )
    if not config.https and config.host not in ("127.0.0.1", "localhost", "::1"):
        yield told(
            "warn",
            "settings",
            (f"监听 {config.host} 而未使用 HTTPS", f"it listens on {config.host} without HTTPS"),
            (
                "置于 nginx 之后并设 YUFANG_HTTPS=1，YUFANG_HOST=127.0.0.1（见 deploy/）",
                "put nginx in front (deploy/), set YUFANG_HTTPS=1 and YUFANG_HOST=127.0.0.1",
            ),
        )
    if config.public_url.startswith("https://"):
        yield certificate(config.public_url, now)


def certificate(url: str, now: datetime) -> Finding:
    """How long the certificate at `url` is good for."""
    parts = urlsplit(url)
    place = (parts.hostname or "", parts.port or 443)
    try:
        # Whether it can be trusted is what a browser says; here only its days count.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(place, timeout=3) as raw,
            context.wrap_socket(raw, server_hostname=place[0]) as wrapped,
        ):
            sent = wrapped.getpeercert(binary_form=True)
        until = x509.load_der_x509_certificate(sent or b"").not_valid_after_utc
    except (OSError, ValueError) as error:
        return told(
            "warn",
            "certificate",
            (f"无法取得 {url} 的证书（{error}）", f"the certificate of {url} can't be had ({error})"),
            (
                "检查 nginx 是否运行、YUFANG_PUBLIC_URL 是否正确",
                "see that nginx runs and that YUFANG_PUBLIC_URL is right",
            ),
        )
    days = (until - now).days
    return told(
        "fail" if days < 3 else "warn" if days < 21 else "ok",
        "certificate",
        (
            f"证书有效至 {until:%Y-%m-%d}（{days} 天）",
            f"the certificate is good until {until:%Y-%m-%d} ({days} days)",
        ),
        ("续签证书并重新加载 nginx：systemctl reload nginx", "renew it and reload nginx: systemctl reload nginx"),
    )


def of_database(config: Config, now: datetime) -> Iterator[Finding]:
    """Role, row-level security, migrations, clock, workers, queue, ledger, channels. Django must be set up."""
    with scoped(Actor.platform()), connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        yield told("ok", "database", f"PostgreSQL {cursor.fetchone()[0].split()[0]}")
        if config.database_url:
            yield encryption(config.database_url)
        if (pending := _pending()) is not None:
            yield pending
            return  # the other checks read tables that may not be there
        for check in (_role, _isolation, _clock, _workers, _queue, _checkpoint, _channels):
            yield check(cursor, now)


def encryption(url: str) -> Finding:
    """Whether what goes to and from an external database can be read, or answered by somebody else, on its way."""
    info = connection.connection.info
    mode = conninfo_to_dict(url).get("sslmode", "prefer")
    with connection.cursor() as cursor:
        cursor.execute("SELECT version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")
        row = cursor.fetchone()
    if row is None:
        local = info.host.startswith("/") or info.hostaddr in ("127.0.0.1", "::1")
        what = ("与数据库的连接未加密", "the connection to the database is not encrypted")
        if local:
            return told("ok", "encryption", (f"{what[0]}，但未离开本机", f"{what[1]}, and stays on this machine"))
    else:
        what = (f"与数据库的连接已加密（{row[0]}，{row[1]}）", f"the connection is encrypted ({row[0]}, {row[1]})")
        if mode == "verify-full":
            return told("ok", "encryption", (f"{what[0]}，证书已核验", f"{what[1]}; its certificate is verified"))
        what = (f"{what[0]}，但未核验服务器证书", f"{what[1]}, but nobody verifies whose certificate it is")
    way = "DATABASE_URL=…?sslmode=verify-full&sslrootcert=/etc/yufang/db-ca.pem"
    return told("warn", "encryption", what, way)


def _pending() -> Finding | None:
    from yufang.server.migrating import pending

    try:
        missing = pending(connection)
    except DatabaseError as error:  # migrations that broke off leave tables that the web role may not read yet
        return told(
            "fail",
            "migrations",
            (f"数据库迁移未完成（{error}）", f"migrations have not been finished ({error})"),
            "yufang serve migrate",
        )
    if not missing:
        return None
    names = ", ".join(f"{m.app_label}.{m.name}" for m in missing[:3]) + ("…" if len(missing) > 3 else "")
    return told(
        "fail",
        "migrations",
        (f"有 {len(missing)} 项数据库迁移未执行：{names}", f"{len(missing)} migrations are pending: {names}"),
        "yufang serve migrate",
    )


def _role(cursor: Any, now: datetime) -> Finding:
    cursor.execute("SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    user, bypasses = cursor.fetchone()
    cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relkind IN ('r', 'p')")
    owned = cursor.fetchone()[0]
    if user == WEB_ROLE and not bypasses and not owned:
        return told("ok", "role", (f"以 {user} 连接，不拥有任何表", f"the web connects as {user}, which owns nothing"))
    return told(
        "fail",
        "role",
        (
            f"网页以 {user} 连接，可绕过行级安全或拥有 {owned} 张表",
            f"the web connects as {user}, which can bypass row-level security or owns {owned} tables",
        ),
        (
            f"ALTER ROLE {WEB_ROLE} NOSUPERUSER NOBYPASSRLS；表的所有者应为 DATABASE_URL 的用户",
            f"ALTER ROLE {WEB_ROLE} NOSUPERUSER NOBYPASSRLS; tables belong to the user of DATABASE_URL",
        ),
    )


def _isolation(cursor: Any, now: datetime) -> Finding:
    from yufang.server.tenancy import TenantModel

    tables = [m._meta.db_table for m in apps.get_models() if issubclass(m, TenantModel)]
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND NOT (relrowsecurity AND relforcerowsecurity)",
        [tables],
    )
    bare = [row[0] for row in cursor.fetchall()]
    if not bare:
        return told(
            "ok", "isolation", (f"{len(tables)} 张表均有行级安全", f"row-level security stands on {len(tables)} tables")
        )
    return told(
        "fail",
        "isolation",
        (f"行级安全未生效：{', '.join(bare)}", f"row-level security is off on {', '.join(bare)}"),
        (
            "停止平台，以所有者执行 ALTER TABLE … ENABLE / FORCE ROW LEVEL SECURITY，并查明是谁关闭的",
            "stop the platform, ALTER TABLE … ENABLE and FORCE ROW LEVEL SECURITY as the owner, find who did it",
        ),
    )


def _clock(cursor: Any, now: datetime) -> Finding:
    cursor.execute("SELECT clock_timestamp()")
    apart = abs((cursor.fetchone()[0] - datetime.now(UTC)).total_seconds())
    if apart < 2:
        return told("ok", "clock", ("本机与数据库时钟一致", "this machine and the database agree on the time"))
    return told(
        "fail" if apart > 30 else "warn",
        "clock",
        (f"本机与数据库时钟相差 {apart:.0f} 秒", f"this machine and the database are {apart:.0f} s apart"),
        (
            "在两台机器上启用时间同步（chrony 或 systemd-timesyncd）",
            "turn on time synchronisation on both (chrony or systemd-timesyncd)",
        ),
    )


def _workers(cursor: Any, now: datetime) -> Finding:
    cursor.execute(
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)",
        [HEARTBEAT_SECONDS],
    )
    alive = cursor.fetchone()[0]
    if alive:
        return told("ok", "workers", (f"{alive} 个后台进程在工作", f"{alive} workers are at work"))
    return told(
        "fail",
        "workers",
        ("没有后台进程在工作：到期提醒和消息不会发出", "no worker is at work: deadlines and messages wait"),
        ("启动 yufang serve，或 systemctl start yufang-work", "start yufang serve, or systemctl start yufang-work"),
    )


def _queue(cursor: Any, now: datetime) -> Finding:
    cursor.execute(
        """
        SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
               coalesce(extract(epoch FROM now() - min(scheduled_at)
                        FILTER (WHERE status = 'todo' AND scheduled_at <= now())), 0),
               count(*) FILTER (WHERE status = 'failed')
        FROM procrastinate_jobs
        """
    )
    waiting, late, failed = cursor.fetchone()
    return told(
        "fail" if late > 900 else "warn" if late > 120 or waiting > 5000 or failed > 20 else "ok",
        "queue",
        (
            f"待办任务 {waiting} 个，最迟 {late:.0f} 秒，失败 {failed} 个",
            f"{waiting} jobs wait, the latest for {late:.0f} s; {failed} failed",
        ),
        (
            "查看日志中失败的任务；增加 YUFANG_JOB_WORKERS 或 YUFANG_URGENT_WORKERS",
            "see the failed jobs in the log; raise YUFANG_JOB_WORKERS or YUFANG_URGENT_WORKERS",
        ),
    )


def _checkpoint(cursor: Any, now: datetime) -> Finding:
    cursor.execute(
        "SELECT (SELECT max(at) FROM ledger_checkpoint), (SELECT max(index) + 1 FROM ledger_leaf), "
        "(SELECT max(size) FROM ledger_checkpoint)"
    )
    at, leaves, size = cursor.fetchone()
    zh, en = f"台账 {leaves or 0} 片叶子", f"{leaves or 0} leaves in the ledger"
    if (leaves or 0) <= (size or 0) or (at and now - at < timedelta(hours=1)):
        return told("ok", "ledger", (zh, en))
    return told(
        "warn",
        "ledger",
        (
            f"{zh}，最新检查点在 {size or 0}，已超过一小时",
            f"{en}; the newest checkpoint is at {size or 0} and over an hour old",
        ),
        ("检查后台进程（每十分钟保存一次检查点）", "see to the workers: they keep a checkpoint every ten minutes"),
    )


def _channels(cursor: Any, now: datetime) -> Finding:
    cursor.execute(
        "SELECT count(*), count(*) FILTER (WHERE failures >= 3), "
        "(array_agg(name ORDER BY failures DESC) FILTER (WHERE failures >= 3))[1:3] FROM dispatch_channel WHERE enabled"
    )
    number, failing, names = cursor.fetchone()
    if not failing:
        return told("ok", "messages", (f"{number} 个消息通道正常", f"{number} channels of messages work"))
    return told(
        "fail" if failing == number else "warn",
        "messages",
        (
            f"{number} 个通道中 {failing} 个连续失败：{'、'.join(names)}",
            f"{failing} of {number} channels keep failing: {', '.join(names)}",
        ),
        ("在控制台“值班与消息”中测试这些通道", "test them in the console under Duty and messages"),
    )


def of_backups(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether there is a backup, how old it is, whether changes arrive, when a restore was last tried."""
    from yufang.server.operations.backups.base import backups, gaps, newest_change
    from yufang.server.operations.backups.sealing import SealProblem
    from yufang.server.operations.backups.source import source_of

    if config.backup_folder is None:
        yield told(
            "warn",
            "backups",
            ("未设置备份", "no backups are made"),
            (
                "设置 YUFANG_BACKUP_FOLDER，每天运行 yufang backup run（deploy/systemd 中有定时器）",
                "set YUFANG_BACKUP_FOLDER and run yufang backup run daily (deploy/systemd has a timer)",
            ),
        )
        return
    try:
        source = source_of(config, {})
    except SealProblem as error:
        yield told("fail", "backups", error.message, error.way_out)
        return
    found, newest = backups(source.backups), newest_change(source)
    yield _aged(
        "backups", "最近一次备份", "the newest backup", found[-1].ended_at if found else None, now, 26, 72, "run"
    )
    hours = max(config.backup_seconds * 20 / 3600, 0.1)
    yield _aged("archive", "变更归档", "the archive of changes", newest, now, hours, 24, "receive")
    for line in gaps(source, found):
        yield told(
            "fail", "archive", line, ("立即新建备份：yufang backup run", "make a new backup now: yufang backup run")
        )
    drills = source.backups / "drills.jsonl"
    at = datetime.fromtimestamp(drills.stat().st_mtime, UTC) if drills.exists() else None
    yield _aged("restore drill", "恢复演练", "the last restore drill", at, now, 24 * 92, 24 * 366, "drill")


def _aged(
    check: str, zh: str, en: str, at: datetime | None, now: datetime, warn_hours: float, fail_hours: float, command: str
) -> Finding:
    hours = (now - at).total_seconds() / 3600 if at else None
    if hours is not None and hours <= warn_hours:
        return told("ok", check, (f"{zh}：{at:%Y-%m-%d %H:%M} UTC", f"{en}: {at:%Y-%m-%d %H:%M} UTC"))
    if hours is None:
        zh, en = f"{zh}：从未进行", f"{en}: never"
    else:
        zh, en = f"{zh}已过 {hours:.1f} 小时", f"{en} is {hours:.1f} hours old"
    level: Level = "warn" if check == "restore drill" or (hours is not None and hours <= fail_hours) else "fail"
    return told(level, check, (zh, en), f"yufang backup {command}")


def examine(config: Config, now: datetime, database: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """All checks in order. `database` gives those that need one, or says why it can't be had."""
    return [*of_home(config), *of_settings(config, now), *database(), *of_backups(config, now)]
