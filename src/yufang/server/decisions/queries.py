"""Reads of decision tables: which one stands for an organisation, versions, trials, history."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from yufang.server.decisions.models import DecisionTableVersion

if TYPE_CHECKING:
    from yufang.warning.tiers import TierTable

TIERS = "tiers"
State = DecisionTableVersion.State


def table_for(path: str) -> TierTable:
    """The tier table that stands for the organisation at `path`: its own, else its region's, else what ships."""
    from yufang.warning.tiers import default_table

    version = version_for(path)
    return default_table() if version is None else tier_table(version.sha256, version.xml)


def version_for(path: str) -> DecisionTableVersion | None:
    """The published version that stands for the organisation at `path`; None: what ships."""
    above = [path[: at + 1] for at, sign in enumerate(path) if sign == "/" and at]
    found = DecisionTableVersion.objects.filter(kind=TIERS, state=State.PUBLISHED, path__in=above)
    return max(found, key=lambda v: len(v.path), default=None)


@lru_cache(maxsize=64)
def tier_table(sha256: str, xml: str) -> TierTable:
    """A stored table, read once."""
    from yufang.warning.tiers import read_table

    return read_table(xml)
