"""Personal protective equipment by the codes of GB 39800 (those read in parts 3-7, 9, 11 and 12)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from types import MappingProxyType

from yufang.packs.model import Text

_FILE = Path(__file__).parent / "data" / "ppe_gb39800.csv"


@cache
def ppe_names() -> MappingProxyType[str, Text]:
    """Code → name of each piece of equipment, in the standard's order of categories."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        found = {row["code"]: Text(zh=row["name_zh"], en=row["name_en"]) for row in csv.DictReader(lines)}
    return MappingProxyType(found)
