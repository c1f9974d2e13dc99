"""Whatever leaves as a file and says something about people carries who took it out; a new way out is named here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.server.conftest import signed_in

ROOT = Path(__file__).parents[2]
MARKED = "marked"
# Where files are handed out → that they are marked, or why not.
SERVER = {
    "privacy/api.py": MARKED,  # each file of the archive (test_privacy)
    "deduction/verification/api.py": MARKED,  # where it counts by inspector; the other groupings name nobody
    "decisions/api.py": "a decision table, names nobody",
    "graph/api.py": "facts about machines and accidents, names nobody",
    "ledger/api.py": "a proof holds ids and commitments, and one more byte would break it",
}
WEB = {
    "rooms/accounts/admin/csv.ts": MARKED,
    "rooms/accounts/admin/LinksDialog.tsx": MARKED,
    "rooms/accounts/admin/CsvDialog.tsx": "the empty template",
    "rooms/privacy/SharedDialog.tsx": MARKED,
    "rooms/privacy/shared.ts": MARKED,
    "rooms/places/AreaForm.tsx": "the code of a place",
}
GOES_OUT = re.compile(
    r"new Blob\(\[[^\]]*(?:csv|json|rows|html)|saveCsv\(|csvText\(|csvOf\(|<a[^>]* download=", re.IGNORECASE
)


def _found(folder: str, pattern: re.Pattern[str], *ends: str) -> set[str]:
    base = ROOT / folder
    files = [f for end in ends for f in base.rglob(f"*{end}") if ".test." not in f.name]
    return {f.relative_to(base).as_posix() for f in files if pattern.search(f.read_text("utf-8"))}


def test_every_way_out_is_marked_or_says_why_not() -> None:
    assert _found("src/yufang/server", re.compile("attachment;"), ".py") == set(SERVER)
    assert _found("web/src", GOES_OUT, ".ts", ".tsx") == set(WEB)
    for name in (n for n, how in WEB.items() if how == MARKED and n.endswith(".tsx")):
        assert "exportMark" in (ROOT / "web/src" / name).read_text("utf-8"), name


def test_a_table_of_people_says_who_took_it_out_and_one_of_industries_does_not(region: Any) -> None:
    supervisor = signed_in()
    me = supervisor.get("/api/auth/me").json()
    named = supervisor.get("/api/verify/rates.csv", {"by": "inspector"}).content.decode("utf-8-sig").splitlines()
    assert me["name"] in named[0]
    assert "含个人信息" in named[0]
    assert named[1].startswith("inspector,")
    plain = supervisor.get("/api/verify/rates.csv", {"by": "industry"}).content.decode("utf-8-sig")
    assert plain.startswith("industry,")
