"""What `yufang ledger` does with the platform's own log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from yufang.commands.errors import UserError
from yufang.server.config import Config
from yufang.server.errors import Refused

MOST_TOLD = 50


@contextmanager
def _platform(*, published: bool = False) -> Iterator[None]:
    """The platform under the home folder, with the whole log in scope; `published`: signed up to its newest leaf."""
    from yufang.commands.server import opened

    config = Config()
    if not config.database_url and not config.data_folder.exists():
        raise UserError(
            f"there is no platform under {config.home.resolve()}",
            "set YUFANG_HOME to its folder, or DATABASE_URL to its database; or name an exported log",
        )
    with opened(config):
        from yufang.server.ledger.publishing import publish_and_tell
        from yufang.server.scope import Actor, scoped

        if published:
            publish_and_tell()
        with scoped(Actor.platform()):
            yield


def verify_platform(others: list[tuple[str, str]]) -> None:
    """Verify the platform's log. others: signed checkpoints that others hold, as (who, note)."""
    with _platform():
        from yufang.server.ledger.verification import verify_and_keep

        result = verify_and_keep(others)
    if not result.ok:
        told = "\n".join(f"{finding.zh} / {finding.en}" for finding in result.findings[:MOST_TOLD])
        more = len(result.findings) - MOST_TOLD
        where = "" if result.first_bad_index is None else f", first at leaf {result.first_bad_index}"
        raise UserError(
            f"the ledger was altered{where} / 台账被改动\n{told}" + (f"\n… {more}" if more > 0 else ""),
            "compare with a backup, and with the checkpoints that others hold / 与备份和他人保存的检查点比对",
        )
    Console(soft_wrap=True).print(f"{result.size} 片叶子，全部相符 / {result.size} leaves, all as they were appended")


def export_ledger(folder: Path) -> int:
    """Export the platform's log into `folder`; returns how many leaves."""
    with _platform(published=True):
        from yufang.server.ledger.exporting import export

        try:
            return export(folder)
        except OSError as error:
            raise UserError(f"{folder} can't be written: {error}", "check the path / 检查路径") from error


def proof_of(record: str) -> str:
    """The proof file of a record (`hazard:17`) or a leaf's index."""
    with _platform(published=True):
        from yufang.server.ledger import queries

        try:
            if record.isdigit():
                return queries.proof_file(index=int(record))
            return queries.proof_file(subject=record)
        except Refused as error:
            raise UserError(
                f"{record}: {error.problem.message_en} / {error.problem.message_zh}",
                "name a record as it stands in the ledger, such as hazard:17 / 按账本中的写法给出记录，如 hazard:17",
            ) from error


def public_key() -> str:
    """The key that verifies the platform's checkpoints."""
    with _platform():
        from yufang.server.ledger import keeping

        return str(keeping.signer().key)
