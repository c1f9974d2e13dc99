"""Word lists and mappings that ship with the lake, as YAML."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml


def load_data(name: str) -> Any:
    """Return the parsed YAML file `name` of this folder."""
    return yaml.safe_load(files(__name__).joinpath(name).read_text(encoding="utf-8"))
