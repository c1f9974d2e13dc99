"""What the pages on security say is held by a test is held by one that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs/security").glob("*.md"))
NODE = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_test_that_is_named_exists(page: Path) -> None:
    gone = []
    for file, name in NODE.findall(page.read_text("utf-8")):
        source = (ROOT / file).read_text("utf-8") if (ROOT / file).exists() else ""
        if not source or (name and not re.search(rf"^def {name}\(", source, re.M)):
            gone.append(f"{file}::{name}")
    assert not gone


def test_every_item_of_the_standard_that_is_met_names_a_test() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs/security/asvs.md").read_text("utf-8").splitlines()
        if re.match(r"\| \d", line)
    ]
    assert len(rows) > 50
    assert {row[2] for row in rows} <= {"met", "in part", "not met", "by design", "does not apply"}
    assert not [row[0] for row in rows if row[2] == "met" and not NODE.search(row[3])]
    assert not [row[0] for row in rows if row[2] != "met" and len(row[3]) < 15], "say why"


def test_every_part_of_the_standard_is_spoken_of() -> None:
    text = (ROOT / "docs/security/asvs.md").read_text("utf-8")
    assert re.findall(r"^## V(\d+)", text, re.M) == [str(n) for n in range(1, 15)]
