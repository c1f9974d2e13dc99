"""The hazard desk: assigned, fixed with a photo by phone, checked; every view in both sizes and languages."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Open

PICTURES = Path(__file__).parents[2] / "screenshots"


def photo(words: str, colour: str) -> dict[str, Any]:
    out = io.BytesIO()
    picture = Image.new("RGB", (800, 600), colour)
    ImageDraw.Draw(picture).text((300, 280), words, fill="white")
    picture.save(out, "JPEG")
    return {"name": f"{words}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def enter(page: Page, title: str, kind: str, words: str = "") -> int:
    """A hazard entered past the screen, by the API and the page's own session."""
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
    me = page.request.get("/api/auth/me").json()
    body = {"enterprise_id": me["organisation"]["id"], "kind": kind, "title_zh": title, "words": words}
    origin = page.url.split("/", 3)
    headers = {"X-CSRFToken": token, "Referer": f"{origin[0]}//{origin[2]}/"}
    answer = page.request.post("/api/hazards", data=body, headers=headers)
    assert answer.ok, answer.text()
    return int(answer.json()["id"])


@pytest.fixture(scope="module")
def hazards(make_context: Any) -> list[int]:
    """Three hazards of the safety manager's enterprise; one may be a major one."""
    page = make_context("zh", "safety_manager").new_page()
    page.goto("/hazards")
    page.locator(".top-bar").wait_for()
    entered = [
        enter(page, "冲压机光栅被遮挡", "machine_guarding", "二号冲压机光栅用胶带遮住"),
        enter(page, "除尘器旁积尘严重", "dust_noise_health", "除尘器附近积尘严重,多日未清理"),
        enter(page, "二号通道堆满料箱", "housekeeping"),
    ]
    page.close()
    return entered


def whole(page: Page, name: str) -> None:
    """No wider than its window; a picture of it is kept."""
    page.wait_for_timeout(500)
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= window, f"{name} is {width} px wide in a window of {window}"
    page.screenshot(path=PICTURES / f"hazards-{name}.png", full_page=True)


def test_assigned_fixed_by_phone_checked_and_closed(signed_in: Open, hazards: list[int]) -> None:
    manager = signed_in("safety_manager", f"/hazards/{hazards[0]}")
    with manager.expect_file_chooser() as chooser:
        manager.get_by_role("button", name="补充隐患照片").click()
    chooser.value.set_files(photo("before", "#7a2f2f"))
    expect(manager.get_by_alt_text("整改前")).to_be_visible()
    manager.keyboard.press("a")  # the first step that stands open
    dialog = manager.get_by_role("dialog")
    dialog.get_by_role("combobox", name="交给谁").fill("王班长")
    manager.locator(".ant-select-item-option", has_text="王班长").click()  # once the list of people came
    dialog.get_by_role("button", name="分派").click()
    expect(manager.locator(".hazard-head")).to_contain_text("已分派")

    leader = signed_in("team_leader", f"/hazards/{hazards[0]}", size=PHONE)
    leader.get_by_role("button", name="拍照并报告已整改").click()
    sheet = leader.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="已整改", exact=True)).to_be_disabled()
    with leader.expect_file_chooser() as chooser:
        sheet.get_by_role("button", name="拍照 / 选择照片").click()
    chooser.value.set_files(photo("after", "#2f6b3a"))
    expect(sheet.get_by_alt_text(re.compile("整改后"))).to_be_visible()
    whole(leader, "fix-zh-390")
    sheet.get_by_role("button", name="已整改", exact=True).click()
    expect(leader.locator(".hazard-head")).to_contain_text("待验收")
    expect(leader.get_by_role("button", name="验收", exact=True)).to_have_count(0)  # nobody checks their own fix

    # The manager's page follows by itself.
    expect(manager.locator(".hazard-head")).to_contain_text("待验收")
    slider = manager.get_by_role("slider", name="左右拖动对比整改前后")
    slider.press("ArrowRight")
    expect(slider).to_have_value("51")
    manager.get_by_role("button", name="验收", exact=True).click()
    manager.get_by_role("dialog").get_by_role("button", name="验收", exact=True).click()
    expect(manager.locator(".hazard-head")).to_contain_text("已关闭")
    expect(manager.locator(".hazard-story")).to_contain_text("没有可询问的报告人")
    whole(manager, "closed-zh-1440")


def test_a_major_one_is_decided_by_a_named_criterion(signed_in: Open, hazards: list[int]) -> None:
    page = signed_in("safety_manager", f"/hazards/{hazards[1]}", language="en")
    panel = page.get_by_role("region", name="Major hazard")
    expect(panel).to_contain_text("MEM order no. 10 (2023), art. 11 (10)")
    panel.get_by_role("button", name="Decide: major?").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Why").fill("Looked at on site")
    whole(page, "major-en-1440")
    dialog.get_by_role("button", name="Decide: major?").click()
    expect(panel).to_contain_text("under supervision")
    expect(page.locator(".hazard-head")).to_contain_text("Major")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_view_fits(signed_in: Open, hazards: list[int], size: tuple[int, int], language: str) -> None:
    page = signed_in("safety_manager", "/hazards", size=size, language=language)
    names = ("看板", "列表", "分布", "统计") if language == "zh" else ("Board", "Table", "Map", "Figures")
    expect(page.locator(".hazard-card").first).to_be_visible()
    for name, key in zip(names, ("board", "table", "map", "figures"), strict=True):
        page.locator(".hazard-views").get_by_text(name, exact=True).click()
        expect(page.locator(".loading-block")).to_have_count(0)
        whole(page, f"{key}-{language}-{size[0]}")


def test_the_table_is_walked_by_keyboard_and_back_returns(signed_in: Open, hazards: list[int]) -> None:
    page = signed_in("safety_manager", "/hazards?view=table")
    expect(page.locator(".hazard-rows tbody tr").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="经过")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("view=table"))
