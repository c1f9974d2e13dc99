"""Duty and messages: a hole in a roster is seen and filled, a channel that cannot send is refused, the inbox."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import PHONE, Open


def _fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than the screen"


def test_a_hole_in_the_roster_is_loud_and_filled_from_where_it_is_seen(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/dispatch")
    page.get_by_role("button", name="新建值班表").click()
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.get_by_text(re.compile("段时间无人值班"))).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="当前没有现场负责人值班")).to_be_visible()
    page.get_by_role("button", name=re.compile("无人值班.*排班")).first.click()
    dialog = page.get_by_role("dialog", name=re.compile("排班"))
    dialog.get_by_label("人员").click()
    page.get_by_title(re.compile("王班长")).click()
    dialog.get_by_label("结束").fill("2020-01-01T00:00")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_role("alert")).to_contain_text("结束时间必须晚于开始时间")
    begins = dialog.get_by_label("开始").input_value()
    dialog.get_by_label("结束").fill(begins[:11] + "20:00")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("button", name=re.compile("王班长")).first).to_be_visible()
    _fits(page)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    expect(page.get_by_role("button", name=re.compile("王班长")).first).to_be_visible()
    _fits(page)


def test_a_channel_that_could_not_send_is_refused_and_one_that_can_shows_its_health(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/dispatch?tab=channels", language="en")
    page.get_by_role("button", name="Add channel").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Group of the press shop")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("token of the DingTalk robot")
    dialog.get_by_label("Robot's webhook address or token").fill("a1b2c3d4e5f60718")
    dialog.get_by_label("Private deployment (optional)").fill("http://127.0.0.1:9")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("YUFANG_PRIVATE_NETWORKS")
    dialog.get_by_label("Private deployment (optional)").fill("")
    dialog.get_by_role("button", name="Save").click()
    card = page.get_by_role("listitem").filter(has_text="Group of the press shop")
    expect(card.get_by_text("Not used yet")).to_be_visible()
    expect(page.get_by_text("a1b2c3d4e5f60718")).to_have_count(0)
    _fits(page)


def test_the_bell_leads_to_the_inbox_where_i_say_how_i_am_reached(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/", size=PHONE)
    page.get_by_role("link", name=re.compile("收件箱")).click()
    expect(page.get_by_role("heading", name="收件箱")).to_be_visible()
    page.get_by_label(re.compile("手机号")).fill("不是号码")
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="不是手机号")).to_be_visible()
    page.get_by_label(re.compile("手机号")).fill("138 0013 8000")
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_text("138****8000")).to_be_visible()
    _fits(page)
