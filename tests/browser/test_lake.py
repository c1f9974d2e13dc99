"""The page of data health: sources, trend, columns, worst rows; an owner named by keyboard; languages and sizes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Open

PICTURES = Path(__file__).parents[2] / "screenshots"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_fits_and_tells_what_is_wrong(signed_in: Open, size: tuple[int, int], language: str) -> None:
    page = signed_in("supervisor", "/data-health", size=size, language=language)
    heading = "数据健康" if language == "zh" else "Data health"
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    for part in ("完整性", "不重复") if language == "zh" else ("Completeness", "Uniqueness"):
        expect(page.get_by_text(part, exact=True)).to_be_visible()
    expect(page.locator(".health-fields li").first).to_be_visible()
    expect(page.locator(".synthetic-tag").first).to_be_visible()
    page.wait_for_timeout(600)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0], f"the page is {width} px wide"
    page.screenshot(path=PICTURES / f"data-health-{language}-{size[0]}.png", full_page=True)


def test_the_navigation_leads_there_and_another_source_is_chosen(signed_in: Open) -> None:
    page = signed_in("auditor", "/")
    page.get_by_role("navigation").get_by_role("button", name="分析").click()
    page.get_by_role("menuitem", name="数据健康").click()
    sources = page.locator(".health-source")
    expect(sources.first).to_be_visible()
    assert sources.count() > 1
    name = sources.nth(1).locator("strong").inner_text()
    sources.nth(1).click()
    expect(page.get_by_role("heading", name=name, level=2)).to_be_visible()
    expect(page.get_by_role("button", name="指定负责人")).to_have_count(0)  # an auditor only looks


def test_a_supervisor_names_an_owner_by_keyboard(signed_in: Open) -> None:
    page: Page = signed_in("supervisor", "/data-health")
    page.get_by_role("button", name="指定负责人").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("应急局信息科")
    page.keyboard.press("Enter")
    expect(page.locator(".health-owner strong, .health-owner b")).to_have_text("应急局信息科")
    expect(page.locator(".health-source[aria-current=true]")).to_contain_text("应急局信息科")
