"""Cleaning by rules that are data: a catalogue anyone can read and an organisation can change without code."""

from yufang.lake.cleaning.catalogue import DIMENSIONS, Catalogue, Rule, load_catalogue, shipped_catalogue
from yufang.lake.cleaning.checks import check
from yufang.lake.cleaning.duplicates import near_groups
from yufang.lake.cleaning.script import simplify

__all__ = [
    "DIMENSIONS",
    "Catalogue",
    "Rule",
    "check",
    "load_catalogue",
    "near_groups",
    "shipped_catalogue",
    "simplify",
]
