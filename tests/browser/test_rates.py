"""Rates: a pool is simulated, a rate is approved by keyboard, and a measure is argued in money and in people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from . import small_region
from .conftest import DESK, PHONE, ROOT, Open, serving
from .small_region_texts import ENTERPRISES
from .test_console_looks import CUT, OVERFLOW

SHOTS = ROOT / "screenshots"
PATIENCE = 30_000  # a simulation is a background job


def _insurance() -> str:
    """Five years of every enterprise, one row with a negative payroll, one of an enterprise in no register."""
    lines = ["统一社会信用代码,年度,缴费工资总额,基金支付,工伤人数,工亡人数,浮动档次"]
    for index in range(len(ENTERPRISES)):
        payroll = (40 + 37 * index) * 80_000
        for year in range(2021, 2026):
            hurt = (index * 3 + year) % 4 if index % 5 else 5
            lines.append(f"91990000MA{index:08d},{year},{payroll},{hurt * 60_000},{hurt},0,100")
    lines += ["91990000MA00000003,2020,-1200000,0,0,0,100", "91990000MA99999999,2025,1200000,0,0,0,100"]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = small_region.write(tmp_path_factory.mktemp("rates"))
    (folder / "insurance.csv").write_text(_insurance(), encoding="utf-8")
    with serving(folder, tmp_path_factory.mktemp("home")) as base:
        yield base


def _simulated(page: Page) -> None:
    """Run a simulation unless one stands already."""
    none_yet = page.get_by_text("还没有测算")
    page.locator(".rates-list .rates-item").first.or_(none_yet).first.wait_for(timeout=PATIENCE)
    if none_yet.count():
        page.get_by_role("button", name="测算", exact=True).click()
    page.locator(".rates-list .rates-item").first.wait_for(timeout=PATIENCE)


def test_approve_a_rate_by_keyboard(signed_in: Open) -> None:
    page = signed_in("supervisor", "/rates")
    expect(page.get_by_text("还没有测算")).to_be_visible()
    _simulated(page)
    expect(page.locator(".facts").first).to_contain_text("收入达到目标")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.locator(".rates-reasons li").nth(2).wait_for()
    name = page.locator(".rates-head h2").inner_text()
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(name)
    expect(dialog.get_by_label("理由（可不填）")).to_be_focused()
    page.keyboard.type("记录核实无误")
    page.keyboard.press("Enter")
    expect(page.locator(".rates-head .rates-state")).to_have_text("已批准")
    expect(page.locator(".rates-decisions")).to_contain_text("记录核实无误")
    expect(page.locator(".rates-decisions")).to_contain_text("存证 #")


def test_returning_without_a_reason_is_refused_and_with_one_is_kept(signed_in: Open) -> None:
    page = signed_in("supervisor", "/rates?state=proposed")
    _simulated(page)
    page.locator(".rates-item").nth(1).click()
    page.get_by_role("button", name="退回 (r)").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="退回", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("请写明理由")
    expect(dialog.get_by_label("理由")).to_be_focused()
    page.keyboard.type("工资总额待核")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    page.goto(page.url.split("/rates")[0] + "/rates?state=returned")
    expect(page.locator(".rates-item")).to_have_count(1)


def test_what_cannot_be_taken_or_rated_says_why(signed_in: Open) -> None:
    page = signed_in("supervisor", "/rates?state=unrated")
    _simulated(page)
    expect(page.locator(".rates-list")).to_contain_text("不在企业名录中")
    page.get_by_text("被拒的行").click()
    expect(page.locator(".rates-reason").first).to_contain_text("负数")


def test_a_measure_is_argued_in_money_and_in_people_and_takes_a_real_price(signed_in: Open) -> None:
    page = signed_in("supervisor", "/")
    page.locator(".rows tbody tr a").first.click()
    page.get_by_role("link", name="安全价值").click()
    rows = page.locator(".value-table tbody tr")
    rows.first.wait_for()
    expect(page.locator(".facts").first).to_contain_text("预期年损失")
    first = rows.first.locator(".value-measure").inner_text()
    rows.first.get_by_role("button", name="填入真实报价").click()
    page.get_by_label("一次性费用（元）").fill("90000000")
    page.get_by_role("button", name="重新计算").click()
    expect(rows.last.locator(".value-measure")).to_have_text(first)
    expect(rows.last).to_contain_text("收不回")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_the_pages_look_right(signed_in: Open, size: tuple[int, int], language: str) -> None:
    _simulated(signed_in("supervisor", "/rates"))
    page = signed_in("supervisor", "/rates", size=size, language=language)
    page.locator(".rates-list .rates-item").first.wait_for(timeout=PATIENCE)
    page.locator(".rates-charts canvas").first.wait_for()
    page.wait_for_timeout(400)
    page.screenshot(path=SHOTS / f"rates-pool-{size[0]}-{language}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CUT) == []
    page.locator(".rates-item").nth(2).click()
    page.locator(".rates-reasons li").first.wait_for()
    page.screenshot(path=SHOTS / f"rates-proposal-{size[0]}-{language}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CUT) == []
    page.get_by_role("link", name="安全价值" if language == "zh" else "Safety value").click()
    page.locator(".value-table tbody tr").first.wait_for()
    page.screenshot(path=SHOTS / f"safety-value-{size[0]}-{language}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CUT) == []
