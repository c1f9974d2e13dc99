"""What the case desk shows of a narrative's causes and chain: by keyboard, in both languages, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, ROOT, Open

SHOTS = ROOT / "screenshots"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _opened(page: Page) -> None:
    """The first case of the queue, its narrative read."""
    page.goto("/cases")
    page.locator(".item").first.click()
    page.locator(".attribution .chain-step").first.wait_for(timeout=30_000)  # the five kinds are learned at first use


def test_a_step_is_picked_by_keyboard_and_says_why(signed_in: Open) -> None:
    page = signed_in("coder")
    _opened(page)
    step = page.locator(".chain-step").first
    step.focus()
    page.keyboard.press("Space")
    expect(step).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".attribution-why")).to_contain_text("依据")
    expect(page.locator(".attribution-text .told-picked")).to_have_count(1)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_chain_fits_its_page(signed_in: Open, size: tuple[int, int], language: str) -> None:
    page = signed_in("coder", size=size, language=language)
    _opened(page)
    part = page.locator(".attribution")
    part.scroll_into_view_if_needed()
    part.screenshot(path=SHOTS / f"attribution-{language}-{size[0]}.png")
    assert page.evaluate(OVERFLOW) <= 0
