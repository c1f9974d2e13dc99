"""What several commands ask of their options; light, so that a start that needs no analysis stays quick."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from yufang.commands.errors import UserError

if TYPE_CHECKING:
    from yufang.warning import TierTable


def parse_day(text: str | None) -> date | None:
    """A day given on the command line."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"--at {text!r} is not a day", "Write it as YYYY-MM-DD, for instance 2026-06-30.") from None


def writable(target: Path) -> None:
    """Refuse at once where nothing can be written, before minutes of work are lost."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        probe = target / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(f"{target} can't be written to ({reason})", "Give another folder with --out.") from error


def tier_rules(path: Path | None) -> TierTable | None:
    """The tier rules of a DMN file; None where none is given."""
    if path is None:
        return None
    from yufang.warning.tiers import TierError, read_table

    try:
        return read_table(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}", "Give a file that exists.") from error
    except TierError as error:
        raise UserError(f"{path}: {error}", "Correct it; docs/decision-tables.md says how.") from error
