"""Tiered warnings: level, probability and time decide the tier; measures follow the hierarchy of controls."""

from yufang.warning.contracts import TieredWarning
from yufang.warning.raise_warnings import PROFILE, by_hierarchy, warn_of_point, warn_of_profile, warnings_for
from yufang.warning.tiers import Rule, TierError, TierTable, default_table, default_text, read_table

__all__ = [
    "PROFILE",
    "Rule",
    "TierError",
    "TierTable",
    "TieredWarning",
    "by_hierarchy",
    "default_table",
    "default_text",
    "read_table",
    "warn_of_point",
    "warn_of_profile",
    "warnings_for",
]
