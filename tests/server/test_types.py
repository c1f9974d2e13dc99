"""The console's types are those of the server's schema as it stands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from yufang.server.api import api

WEB = Path(__file__).parents[2] / "web"
TYPES = WEB / "src/app/api.d.ts"
GENERATOR = WEB / "node_modules/openapi-typescript/bin/cli.js"
FIX = "yufang serve openapi > web/openapi.json && (cd web && npm run api)"


def node() -> str:
    """Node.js: that of the environment where setting up had to bring one, else the machine's."""
    own = Path(sys.executable).parent
    found = shutil.which("node", path=f"{own}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        pytest.fail("Node.js is missing; run: make setup")
    return found


def _contracts(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for below in kind.__subclasses__():
        yield from _contracts(below)
        if below.__module__.startswith("yufang.server."):
            yield below


def test_no_two_contracts_of_different_rooms_share_a_name() -> None:
    # The schema lists contracts by their names alone: of two, one would stand for both.
    found: dict[str, dict[str, str]] = {}
    for contract in _contracts(BaseModel):
        shape = json.dumps(contract.model_json_schema(), sort_keys=True)
        found.setdefault(contract.__name__, {}).setdefault(shape, contract.__module__)
    assert {name: sorted(shapes.values()) for name, shapes in found.items() if len(shapes) > 1} == {}


def test_the_consoles_types_are_those_of_the_servers_schema(tmp_path: Path) -> None:
    if not GENERATOR.exists():
        pytest.fail("web/node_modules is missing or incomplete; run: make setup (or: cd web && npm ci)")
    schema, types = tmp_path / "openapi.json", tmp_path / "api.d.ts"
    schema.write_text(json.dumps(api.get_openapi_schema()), encoding="utf-8")
    made = subprocess.run(
        [node(), GENERATOR, schema, "-o", types], cwd=WEB, capture_output=True, text=True, check=False, timeout=120
    )
    assert made.returncode == 0, f"the types could not be generated:\n{made.stdout}{made.stderr}"
    wanted = types.read_text(encoding="utf-8").splitlines()
    here = TYPES.read_text(encoding="utf-8").splitlines()
    if here != wanted:
        ends = min(len(here), len(wanted))
        line = next((n for n in range(ends) if here[n] != wanted[n]), ends) + 1
        pytest.fail(f"web/src/app/api.d.ts is behind the server's schema from line {line} on; run: {FIX}")
