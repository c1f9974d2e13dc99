"""`yufang privacy`: keys of encrypted fields, and what is let go by time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from yufang.commands.errors import UserError
from yufang.commands.server import opened
from yufang.server.config import Config

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def privacy() -> None:
    """个人信息：密钥轮换、留存期限 / Personal data: keys turned, retention."""


@contextmanager
def _platform() -> Iterator[None]:
    with opened(Config()):
        from yufang.server.privacy.ring import KeyProblem

        try:
            yield
        except KeyProblem as error:
            raise UserError(str(error), error.zh) from error


@app.command("keys")
def keys() -> None:
    """列出密钥及各自加密的数据量 / List the keys and how many values each seals."""
    with _platform():
        from yufang.server.privacy import rotation, vault
        from yufang.server.scope import Actor

        ring = vault.file_ring()
        ring.at_work()
        table = Table("key", "状态 / state", "生成 / made", "数据 / values")
        for name, about in ring.keys().items():
            used = sum(rotation.rows_under(Actor.platform(), name).values())
            table.add_row(name, about["state"], about["made"] or "—", str(used))
        Console().print(table)


@app.command("seal")
def seal() -> None:
    """加密旧版本留下的明文（可中断、可重复） / Seal what earlier versions left plain; may be cut off and run again."""
    with _platform():
        from yufang.server.privacy import rotation
        from yufang.server.scope import Actor

        console = Console(soft_wrap=True)
        for column, n in rotation.seal_plain(Actor.platform(), _told(console)).items():
            console.print(f"{column}: {n}")


@app.command("rotate-keys")
def rotate_keys() -> None:
    """换新密钥并重新加密全部数据；中断后再运行即接着做 / A new key for all values; cut off, the next run goes on."""
    with _platform():
        from django.utils import timezone

        from yufang.server.privacy import rotation
        from yufang.server.scope import Actor

        console = Console(soft_wrap=True)
        turned = rotation.rotate(Actor.platform(), timezone.now(), _told(console))
        total = sum(turned.values.values())
        console.print(
            f"{turned.old} → {turned.new}: {total} 条数据已用新密钥加密；旧密钥已退役，仅用于读取旧备份 / "
            f"{total} values are under the new key; the old one is retired and reads old backups only"
        )


@app.command("destroy-key")
def destroy_key(
    key: Annotated[str, typer.Argument(help="已退役的密钥 / a retired key")],
    sure: Annotated[
        bool, typer.Option("--sure", help="确认：旧备份将无法读取 / old backups become unreadable")
    ] = False,
) -> None:
    """销毁已退役的密钥 / Destroy a retired key."""
    if not sure:
        raise UserError(
            f"backups from before the turn can't be read once {key} is destroyed",
            "add --sure when no such backup is needed / 确认不再需要旧备份后加 --sure",
        )
    with _platform():
        from yufang.server.privacy import rotation
        from yufang.server.scope import Actor

        rotation.destroy(Actor.platform(), key)
        Console().print(f"{key}: 已销毁 / destroyed")


@app.command("retention")
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只统计，不删除 / count only, change nothing")] = False,
) -> None:
    """清理超过留存期限的数据 / Let go of what is over its retention period."""
    with _platform():
        from django.utils import timezone

        from yufang.server.privacy import retention as rules
        from yufang.server.scope import Actor, scoped

        console, now = Console(soft_wrap=True), timezone.now()
        if dry_run:
            with scoped(Actor.platform()):
                counts, held = rules.due(now)
            for name, n in counts.items():
                console.print(f"{name}: {n} 条将清理 / to let go; 依法留存 / held {held.get(name, 0)}")
            return
        for path, done in rules.run_all(now).items():
            console.print(f"{path} " + (", ".join(f"{k}: {n}" for k, n in done.items()) or "0"))


def _told(console: Console) -> Callable[[str, int], None]:
    return lambda column, n: console.print(f"{column}: {n} …")
