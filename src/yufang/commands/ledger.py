"""`yufang ledger`: verify a log of decisions, whoever holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from yufang.commands.errors import UserError
from yufang.ledger import Checkpoint, ExportError, VerifyReport, as_hash, read_export, verify

app = typer.Typer(add_completion=False, no_args_is_help=True)

# verdict → (zh, en); {first} and {last} are leaf indices.
_VERDICTS = {
    "altered": ("第 {first} 号叶子的内容被改动", "the bytes of leaf {first} were altered"),
    "hash_altered": ("第 {first} 号叶子的存储哈希被改动", "the stored hash of leaf {first} was altered"),
    "missing": ("第 {first} 号叶子的内容缺失", "the bytes of leaf {first} are missing"),
    "surplus": ("第 {first} 号叶子没有存储哈希", "leaf {first} has no stored hash"),
    "rewritten": (
        "第 {first} 至 {last} 号叶子连同哈希被改写，与检查点不符",
        "leaves {first} to {last} were rewritten together with their hashes: the checkpoint does not come out",
    ),
    "shorter": ("日志被截短：第 {first} 至 {last} 号叶子缺失", "the log was cut: leaves {first} to {last} are gone"),
}


@app.callback()
def ledger() -> None:
    """台账：证明记录未被改动 / The ledger: proof that records were not altered."""


@app.command("verify")
def verify_export(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="导出的日志（JSON Lines），省略则核验平台 / an exported log (JSON Lines); the platform's if left out"
        ),
    ] = None,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option("--checkpoint", "-c", help="另行保存的检查点 / a checkpoint kept elsewhere, SIZE:ROOT"),
    ] = None,
) -> None:
    """重新计算每片叶子的哈希，指出最先被改动的一片 / Hash every leaf again; name the first altered one."""
    if file is None:
        from yufang.commands.server import verify_platform

        verify_platform()
        return
    try:
        with file.open(encoding="utf-8") as lines:
            export = read_export(lines)
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}", "check the path / 检查路径") from error
    except (ExportError, UnicodeDecodeError) as error:
        raise UserError(f"{file.name}: {error}", "export the log again / 重新导出日志") from error
    points = [*export.checkpoints, *(_checkpoint(text) for text in checkpoint or [])]
    if not points:
        raise UserError(
            f"{file.name} holds no checkpoint: nothing says what the log was",
            "name one that was kept elsewhere: --checkpoint SIZE:ROOT / 用 --checkpoint 给出检查点",
        )
    result = verify(export.entries, export.stored_hashes, points)
    if not result.ok:
        raise UserError(_told(file.name, result), "compare with another copy / 与另一份副本比对")
    console = Console(soft_wrap=True)
    console.print(f"{file.name}: {result.size} 片叶子，全部相符 / {result.size} leaves, all as they were appended")
    console.print(f"root {result.root.hex()}")


def _checkpoint(text: str) -> Checkpoint:
    size, _, root = text.partition(":")
    try:
        return Checkpoint(int(size), as_hash(root))
    except ValueError as error:
        raise UserError(f"checkpoint {text!r} is not SIZE:ROOT ({error})", "write e.g. 8:5dc9da79…") from error


def _told(name: str, result: VerifyReport) -> str:
    zh, en = (text.format(first=result.first, last=result.last) for text in _VERDICTS[result.verdict])
    return f"{name}: {zh} / {en}"
