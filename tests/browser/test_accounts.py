"""Accounts in a browser: an authenticator app, a passkey, a person who is admitted and comes by a one-time link."""

from __future__ import annotations

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from .conftest import PHONE, Open

PASSWORD = "yufang-demo"
PERIOD = 30  # seconds, of every authenticator app


def _code(secret: str, ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + ahead))


def _sign_in(page: Page, username: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登 录").or_(page.get_by_role("button", name="登录", exact=True)).click()


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name=re.compile("账户")).click()
    page.get_by_role("menuitem", name="退出登录").click()
    # Exactly: the page one leaves has a heading of signed-in devices.
    expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()


def _virtual_authenticator(page: Page) -> None:
    """A device with a fingerprint reader, as Chromium pretends to have one."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    seen = {"isUserVerified": True, "automaticPresenceSimulation": True}
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options | seen})


def test_an_app_and_a_passkey_are_set_up_asked_for_and_removed(new_page: Open) -> None:
    page = new_page()
    _virtual_authenticator(page)
    _sign_in(page, "coder_b")
    page.locator(".top-bar").wait_for()
    page.goto("/security")
    page.get_by_role("button", name="设置 验证器应用").click()
    dialog = page.get_by_role("dialog", name="验证器应用")
    secret = dialog.locator(".secret").inner_text()
    expect(dialog.get_by_role("img", name="验证器应用的二维码")).to_be_visible()
    dialog.get_by_label("再输入应用显示的 6 位数字").fill("000000")
    dialog.get_by_role("button", name=re.compile("设\\s*置")).click()
    expect(dialog.get_by_role("alert")).to_contain_text("验证码不正确")
    dialog.get_by_label("再输入应用显示的 6 位数字").fill(_code(secret))
    dialog.get_by_role("button", name=re.compile("设\\s*置")).click()
    codes = page.get_by_role("dialog", name="请保存恢复码")
    expect(codes.get_by_role("listitem")).to_have_count(10)
    codes.get_by_role("button", name="已保存").click()
    page.get_by_role("button", name="添加通行密钥").click()
    naming = page.get_by_role("dialog", name="添加通行密钥")
    naming.get_by_label("名称").fill("办公电脑")
    naming.get_by_role("button", name="添加通行密钥").click()
    expect(page.get_by_role("button", name="移除 办公电脑")).to_be_visible()
    _sign_out(page)
    _sign_in(page, "coder_b")
    expect(page.get_by_role("heading", name="第二步验证")).to_be_visible()
    page.get_by_label("验证码").fill(_code(secret, 1))
    page.get_by_role("button", name=re.compile("登\\s*录")).click()
    page.locator(".top-bar").wait_for()
    _sign_out(page)
    page.get_by_role("button", name="用通行密钥登录").click()
    page.locator(".top-bar").wait_for()
    page.goto("/security")
    page.get_by_role("button", name="移除 办公电脑").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("移\\s*除")).click()
    expect(page.get_by_text("还剩")).to_be_visible()
    expect(page.get_by_role("button", name="移除 办公电脑")).to_have_count(0)


def test_a_person_is_admitted_and_comes_by_the_link(signed_in: Open, new_page: Open) -> None:
    page = signed_in("safety_manager", "/people", language="en")
    page.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("User name").fill("supervisor")
    dialog.get_by_label("Name", exact=True).fill("赵一")
    dialog.get_by_label("Organisation").click()
    page.locator(".ant-select-item-option").first.click()
    dialog.get_by_label("Roles").click()
    page.get_by_title("Worker", exact=True).click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("is taken")
    dialog.get_by_label("User name").fill("zhao.yi")
    dialog.get_by_role("button", name="Save").click()
    link = page.get_by_role("dialog", name="One-time link").locator(".secret").inner_text()
    guest = new_page(size=PHONE, language="en")
    guest.goto("/invite#" + link.split("#")[1])
    expect(guest.get_by_text("zhao.yi")).to_be_visible()
    guest.get_by_label("New password", exact=True).fill("short")
    guest.get_by_label("New password again").fill("short")
    guest.get_by_role("button", name="Set and sign in").click()
    expect(guest.get_by_role("alert").first).to_contain_text("12 characters")
    guest.get_by_label("New password", exact=True).fill("seven green kettles")
    guest.get_by_label("New password again").fill("seven green kettles")
    guest.get_by_role("button", name="Set and sign in").click()
    guest.locator(".top-bar").wait_for()
    fits = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    guest.wait_for_function(fits)


def test_the_matrix_says_what_each_role_may_do_and_takes_a_role_of_ones_own(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/people?tab=roles")
    row = page.get_by_role("row", name=re.compile("上报隐患"))
    expect(row.get_by_text("有", exact=True).first).to_be_attached()
    page.get_by_role("button", name="新建角色").click()
    dialog = page.get_by_role("dialog", name="新建角色")
    dialog.get_by_label("中文名称").fill("巡检员")
    dialog.get_by_label("英文名称").or_(dialog.get_by_label("英文名")).fill("Patrol")
    dialog.get_by_role("checkbox", name="执行检查").check()
    expect(dialog.get_by_role("checkbox", name="查看全区域概况")).to_have_count(0)
    dialog.get_by_role("button", name=re.compile("保\\s*存")).click()
    expect(page.get_by_role("columnheader", name=re.compile("巡检员"))).to_be_visible()
