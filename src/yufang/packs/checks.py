"""What to look at on site, row by row: read without the rest of the pack, when a list is opened on a phone."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

import yaml

from yufang.packs.load import DATA
from yufang.packs.model import Text

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def checks_of(pack: str) -> MappingProxyType[str, Text]:
    """Row id → check of the installed pack `pack`; empty where there is no such pack."""
    folder = DATA / pack
    found: dict[str, Text] = {}
    if not pack.isidentifier() or not folder.is_dir():
        return MappingProxyType(found)
    for file in sorted(folder.glob("hazards/*.yaml")):
        rows = yaml.load(file.read_text(encoding="utf-8"), _Loader)
        for row in rows if isinstance(rows, list) else (rows or {}).get("hazards", []):
            if "check" in row:
                found[str(row["id"])] = Text(**row["check"])
    return MappingProxyType(found)


@cache
def pack_name(pack: str) -> Text | None:
    """What the installed pack `pack` is called; None where there is no such pack."""
    file = DATA / pack / "pack.yaml"
    if not pack.isidentifier() or not file.is_file():
        return None
    # The name stands near the top; the long lists of equipment below it needn't be read.
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("name:"):
            value = yaml.load(line, _Loader)["name"]
            return Text(**value) if isinstance(value, dict) else None
    return None
