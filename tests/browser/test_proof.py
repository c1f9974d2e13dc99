"""The page on which anybody verifies a proof file: no account, no network, both languages, on a phone too."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from .conftest import PHONE, Open

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"


def _file(page: Page, folder: Path) -> Path:
    """The proof file of the newest entry, as the auditor downloads it from the console."""
    page.goto("/ledger")
    page.locator(".rows tbody tr").first.wait_for()
    # Signed within seconds: until then the platform says so and asks to try again.
    expect(page.locator(".checkpoint")).to_contain_text("公钥", timeout=20_000)
    answer = page.request.get("/api/ledger/entries/0/proof-file")
    assert answer.ok, answer.text()
    file = folder / "entry.tlog-proof"
    file.write_bytes(answer.body())
    return file


def test_a_proof_is_verified_without_an_account_and_a_changed_one_is_not(
    signed_in: Open, new_page: Open, tmp_path: Path
) -> None:
    file = _file(signed_in("auditor"), tmp_path)
    page = new_page()
    asked: list[str] = []
    page.goto("/proof")
    page.on("request", lambda request: asked.append(request.url))
    page.set_input_files("#file", file)
    expect(page.get_by_role("heading", level=2)).to_have_text("证明成立")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("The proof holds")
    file.write_text(file.read_text().replace("extra eyJ", "extra eyI"))
    page.set_input_files("#file", file)
    expect(page.get_by_role("heading", level=2)).to_have_text("1 of 1 proofs do not hold")
    page.locator("#key").fill("not a key")
    expect(page.get_by_role("alert")).to_contain_text("not complete")
    assert asked == [], "the page asks nobody"


def test_the_page_fits_a_phone_and_passes_axe(signed_in: Open, new_page: Open, tmp_path: Path) -> None:
    file = _file(signed_in("auditor"), tmp_path)
    page = new_page(size=PHONE)
    page.goto("/proof")
    page.set_input_files("#file", file)
    page.locator(".proof").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(result => result.violations.map(one => `${one.id} ${one.impact}`))")
    assert [one for one in found if one.endswith(("serious", "critical"))] == []
