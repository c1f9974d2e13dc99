"""The tables that weigh and time items, as data; their hash goes onto every plan."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "data"


@cache
def table(name: str) -> Mapping[str, Any]:
    """`data/<name>.yaml` as read."""
    found: Mapping[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


@cache
def version() -> str:
    """SHA-256 of the tables: two plans with the same one were weighed alike."""
    digest = hashlib.sha256()
    for file in sorted(_FOLDER.glob("*.yaml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
