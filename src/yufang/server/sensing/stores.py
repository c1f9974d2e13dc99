"""Where the readings of an enterprise lie: `readings/<enterprise>/` in the home folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from yufang.sensing.store import ReadingStore

RAW_DAYS = 90  # readings that are older are not taken, and let go


def folder() -> Path:
    """The folder of all stores."""
    found: Path = settings.CONFIG.home.resolve() / "readings"
    return found


def store_of(enterprise_id: int) -> ReadingStore:
    """The store of an enterprise; made by the first batch that lands in it."""
    from yufang.sensing.store import ReadingStore  # polars, once there are readings

    return ReadingStore(folder() / str(int(enterprise_id)))
