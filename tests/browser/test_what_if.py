"""A person runs a what-if and takes a visit list along: by mouse and keyboard, in both languages, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, ROOT, Open

SHOTS = ROOT / "screenshots"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FIRST = 60_000  # packs and kernels are read when the server starts; on a busy machine that takes a while


def _worst(page: Page) -> str:
    """Address of the riskiest enterprise."""
    return f"/enterprises/{page.request.get('/api/enterprises?size=1').json()['items'][0]['id']}"


def _choose(page: Page, label: str, option: str | re.Pattern[str]) -> None:
    """Choose an option of one of Ant Design's selects by its label."""
    page.get_by_role("combobox", name=label).first.click()
    page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter(has_text=option).first.click()


def _supposed(page: Page, zh: bool) -> None:
    page.goto(_worst(page) + "/what-if")
    page.locator(".what-if-form").wait_for(timeout=FIRST)
    _choose(page, "状态" if zh else "State", "改造到位" if zh else "rebuilt")
    _choose(page, "班制" if zh else "Shift pattern", "三班" if zh else "round the clock")
    page.get_by_role("button", name="开始推演" if zh else "See what changes").click()
    page.locator(".what-if-scores").wait_for(timeout=FIRST)


def test_a_guard_and_a_shift_are_supposed_and_the_scores_move(signed_in: Open) -> None:
    page = signed_in("supervisor")
    page.goto(_worst(page))
    page.get_by_role("link", name="假设推演").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("假设推演")
    _supposed(page, zh=True)
    before, after = map(_number, page.locator(".what-if-scores").inner_text().split("→"))
    assert before > 0
    assert after != before
    expect(page.locator(".what-if-told")).to_contain_text("三班连续运转")
    rows = page.locator(".what-if-table tbody tr")
    assert rows.count() >= 3
    expect(page.locator(".move-down").first).to_be_visible()
    expect(page.locator(".what-if-why").first).to_contain_text("×0.1")
    expect(page.locator(".what-if-result")).to_contain_text("E 6 → 10")


def _number(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text))


def test_nothing_chosen_is_said_and_asks_nothing(signed_in: Open) -> None:
    page = signed_in("supervisor")
    page.goto(_worst(page) + "/what-if")
    page.get_by_role("button", name="开始推演").click(timeout=FIRST)
    expect(page.get_by_role("alert")).to_contain_text("至少选择一项变化")


def test_a_machine_comes_and_its_points_with_it(signed_in: Open) -> None:
    page = signed_in("supervisor")
    page.goto(_worst(page) + "/what-if")
    page.locator(".what-if-form").wait_for(timeout=FIRST)
    page.get_by_role("combobox", name="新增设备").fill("折弯机")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="开始推演").click()
    expect(page.locator(".move-new").first).to_be_visible(timeout=FIRST)
    expect(page.locator(".what-if-told")).to_contain_text("折弯机")


def test_two_hours_make_a_list_that_fits_and_a_shorter_visit_a_shorter_one(signed_in: Open) -> None:
    page = signed_in("supervisor")
    page.goto(_worst(page))
    page.get_by_role("link", name="检查清单").click()
    page.locator(".visit-check").first.wait_for(timeout=FIRST)
    long = page.locator(".visit-check").count()
    used, minutes = map(int, re.findall(r"(\d+) / (\d+)", page.locator(".visit-fits").inner_text())[0])
    assert used <= minutes == 120
    assert 3 <= long <= 10
    _choose(page, "检查时长", "45 分钟")
    expect(page).to_have_url(re.compile("minutes=45"))
    expect(page.locator(".visit-fits")).to_contain_text("/ 45 分钟")
    assert page.locator(".visit-check").count() < long


def test_the_list_prints_with_boxes_to_tick_and_without_the_frame(signed_in: Open) -> None:
    page = signed_in("supervisor")
    page.goto(_worst(page) + "/visit")
    page.locator(".visit-check").first.wait_for(timeout=FIRST)
    expect(page.locator(".visit-boxes").first).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".visit-boxes").first).to_be_visible()
    expect(page.locator(".visit-tools")).to_be_hidden()
    expect(page.locator(".top-bar")).to_be_hidden()


def test_a_visit_that_cannot_be_says_what_is_possible(signed_in: Open) -> None:
    page = signed_in("supervisor")
    page.goto(_worst(page) + "/visit?minutes=7")
    expect(page.get_by_role("alert")).to_contain_text("minutes 为 7", timeout=FIRST)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_both_pages_fit_their_window(signed_in: Open, size: tuple[int, int], language: str) -> None:
    page = signed_in("supervisor", size=size, language=language)
    _supposed(page, zh=language == "zh")
    page.screenshot(path=SHOTS / f"what-if-{language}-{size[0]}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    page.goto(_worst(page) + "/visit")
    page.locator(".visit-check").first.wait_for(timeout=FIRST)
    page.screenshot(path=SHOTS / f"visit-{language}-{size[0]}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
