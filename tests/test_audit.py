"""What we stand on may be stood on: licences, and the bill of materials."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tools import audit

ROOT = Path(__file__).parents[1]


def test_every_licence_in_the_locks_is_allowed() -> None:
    assert audit.licences() == []


@pytest.mark.parametrize(
    ("name", "expression", "allowed"),
    [
        ("x", "MIT", True),
        ("x", "APACHE-2.0 AND BSD-3-CLAUSE", True),
        ("x", "GPL-3.0-ONLY OR MIT", True),
        ("x", "EPL-2.0 OR BSD-3-CLAUSE", True),
        ("psycopg", "LGPL-3.0-ONLY", True),
        ("x", "LGPL-3.0-ONLY", False),
        ("x", "MPL-2.0", False),
        ("x", "GPL-3.0-ONLY", False),
        ("psycopg", "GPL-3.0-ONLY", False),
        ("x", "AGPL-3.0", False),
        ("x", "MIT AND GPL-2.0", False),
        ("x", "BUSL-1.1", False),
        ("x", "OTHER/PROPRIETARY LICENSE", False),
        ("x", "", False),
    ],
)
def test_the_verdict_follows_the_expression(name: str, expression: str, allowed: bool) -> None:
    assert (audit.verdict(name, expression) == "") is allowed


def test_the_lists_name_nothing_that_is_gone() -> None:
    here = {audit.normalised(d.metadata["Name"]) for d in importlib.metadata.distributions()}
    npm = {p.rsplit("node_modules/", 1)[-1] for p in json.loads(audit.NPM_LOCK.read_text("utf-8"))["packages"]}
    assert not [name for name in (*audit.WEAK, *audit.READ) if name not in here | npm]


def test_a_bill_of_materials_names_every_package(tmp_path: Path) -> None:
    out = tmp_path / "python.json"
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "requirements",
        "requirements.lock",
        "--of",
        "JSON",
        "-o",
        str(out),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    bill = json.loads(out.read_text("utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    assert {audit.normalised(c["name"]) for c in bill["components"]} == set(audit.locked(ROOT / "requirements.lock"))
