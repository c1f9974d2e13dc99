"""Permits to work: issued with a spot, refused in the server's words, extended, closed; a team leader on a phone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from .conftest import PHONE, Open
from .test_axe import _findings
from .test_console_looks import OVERFLOW

LOCAL = "%Y-%m-%dT%H:%M"


def listed(page: Page) -> list[dict[str, Any]]:
    home = page.request.get("/api/auth/me").json()["organisation"]["id"]
    found: list[dict[str, Any]] = page.request.get(f"/api/riskmap/permits?enterprise_id={home}").json()["items"]
    return found


def choose(page: Page, field: str, option: str) -> None:
    page.get_by_role("combobox", name=field).click()
    page.keyboard.type(option)
    page.keyboard.press("Enter")


def test_a_permit_from_issue_to_close(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/live")
    page.get_by_role("link", name="作业票").click()
    watcher = signed_in("safety_manager", "/live/permits")
    expect(watcher.get_by_text("还没有作业票")).to_be_visible()
    home = page.request.get("/api/auth/me").json()["organisation"]["id"]
    places = page.request.get(f"/api/places?enterprise_id={home}").json()
    area = next(one for one in places["areas"] if one["plan_id"])

    page.get_by_role("button", name="开作业票").click()
    dialog = page.get_by_role("dialog")
    choose(page, "作业类别", "HOT-1")
    expect(dialog.locator(".permit-kind")).to_contain_text("8 小时")
    expect(dialog.locator(".permit-kind")).to_contain_text("GB 30871-2022")
    choose(page, "区域", area["name_zh"])
    field = dialog.get_by_role("button", name=re.compile("^平面图"))
    box = field.bounding_box()
    assert box is not None
    field.click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.6})
    expect(field).to_have_attribute("aria-label", re.compile("作业点距图左边"))
    starts = datetime.strptime(dialog.get_by_label("开始").input_value(), LOCAL)
    ends = dialog.get_by_label("结束")
    assert (datetime.strptime(ends.input_value(), LOCAL) - starts).total_seconds() == 8 * 3600

    # Too long: the server's words stand at the field, and nothing is lost.
    ends.fill((starts + timedelta(hours=9)).strftime(LOCAL))
    dialog.get_by_label("作业内容").fill("进料管线焊接")
    dialog.get_by_role("button", name="开作业票").click()
    expect(dialog.locator("#ends_at_help")).to_contain_text("一级动火作业票有效期不超过 8 小时")
    assert listed(page) == []
    expect(dialog.get_by_label("作业内容")).to_have_value("进料管线焊接")
    ends.fill((starts + timedelta(hours=2)).strftime(LOCAL))
    dialog.get_by_role("button", name="开作业票").click()
    expect(dialog).to_have_count(0)

    row = page.locator(".permit", has_text="进料管线焊接")
    expect(row).to_contain_text("有效")
    expect(row).to_contain_text("还剩")
    expect(watcher.locator(".permit", has_text="进料管线焊接")).to_be_visible()  # told by the event
    [made] = listed(page)
    assert (made["kind"], made["area_id"], made["state"]) == ("HOT-1", area["id"], "valid")
    assert abs(made["x"] - 0.3) < 0.02
    assert abs(made["y"] - 0.6) < 0.02
    assert _findings(page) == []

    # Extended to the latest that the standard lets it hold; then there is no more to extend.
    row.get_by_role("button", name=re.compile("^延期")).click()
    dialog.get_by_role("button", name=re.compile("延期|延 期")).click()
    expect(row).to_contain_text("已到最长时限")
    [longer] = listed(page)
    assert longer["ends_at"] == longer["latest_end"] > made["ends_at"]

    # Whoever is told by the risk map comes to that permit.
    page.goto(f"/live/permits?permit={made['id']}")
    expect(row).to_have_attribute("aria-current", "true")
    row.get_by_role("button", name=re.compile("^关闭")).click()
    dialog.get_by_label("说明（可选）").fill("已清理现场")
    dialog.get_by_role("button", name="确认关闭").click()
    expect(row).to_contain_text("已关闭")
    expect(row).to_contain_text("已清理现场")
    expect(row.get_by_role("button", name=re.compile("^(延期|关闭)"))).to_have_count(0)
    assert listed(page)[0]["state"] == "closed"
    page.get_by_text("未关闭", exact=True).click()
    expect(page.get_by_text("所有作业票都已关闭")).to_be_visible()


def test_on_a_phone_a_spot_is_set_by_keys_and_others_only_read(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/live/permits", size=PHONE)
    page.get_by_role("button", name="开作业票").click()
    home = page.request.get("/api/auth/me").json()["organisation"]["id"]
    places = page.request.get(f"/api/places?enterprise_id={home}").json()
    choose(page, "区域", next(one for one in places["areas"] if one["plan_id"])["name_zh"])
    field = page.get_by_role("button", name=re.compile("^平面图"))
    field.focus()
    page.keyboard.press("Enter")
    before = field.get_attribute("aria-label")
    page.keyboard.press("Shift+ArrowRight")
    expect(field).not_to_have_attribute("aria-label", before or "")
    assert page.evaluate(OVERFLOW) <= 0
    assert _findings(page) == []
    page.keyboard.press("Backspace")
    expect(field).to_have_attribute("aria-label", re.compile("未标作业点"))
    page.get_by_role("dialog").get_by_role("button", name="开作业票").click()
    expect(page.get_by_role("dialog")).to_contain_text("请填写作业类别")

    reader = signed_in("supervisor", f"/live/permits?enterprise={home}")
    expect(reader.get_by_text("开票、延期和关闭由安全管理人员和班组长办理。")).to_be_visible()
    expect(reader.get_by_role("button", name="开作业票")).to_have_count(0)
