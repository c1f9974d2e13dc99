"""Tier rules: edited with pickers, tried on the last 90 days, published with a reason, returned."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from . import small_region
from .conftest import DESK, PHONE, ROOT, Open, serving
from .test_console_looks import CUT, OVERFLOW

SHOTS = ROOT / "screenshots"
PATIENCE = 30_000  # a trial is a background job
BOMB = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><definitions>&b;</definitions>'


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = small_region.write(tmp_path_factory.mktemp("decisions"))
    with serving(folder, tmp_path_factory.mktemp("home")) as base:
        yield base


def _looked_at(page: Page, name: str) -> None:
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0, name
    assert page.evaluate(CUT) == [], name


def _draft(page: Page) -> None:
    page.get_by_role("button", name="修改：新建草稿").click()
    page.locator(".rule-grid").first.wait_for()


def _tried(page: Page) -> None:
    page.get_by_role("tab", name="试算").click()
    page.get_by_role("button", name="在近90天上试算").click()
    page.locator(".trial-headline").wait_for(timeout=PATIENCE)


def test_a_dmn_edit_tried_on_history_and_published(signed_in: Open) -> None:
    SHOTS.mkdir(exist_ok=True)
    page = signed_in("supervisor", "/decisions")
    expect(page.get_by_text("出厂规则 1.1.0")).to_be_visible()
    _draft(page)
    publish = page.get_by_role("button", name="发布", exact=True)
    expect(publish).to_be_disabled()

    # By keyboard: P4 asks for a higher probability.
    page.get_by_role("button", name=re.compile("^P4 的条件：核实概率")).focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("spinbutton", name="数值")
    field.fill("0.45")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="P4 的条件：核实概率: ≥ 0.45")).to_be_focused()
    page.get_by_role("button", name="删除 P6").click()

    # What is wrong shows while one writes, as sentences; one step back and it is gone.
    page.get_by_role("combobox", name="命中方式").first.click()
    page.get_by_title(re.compile("^唯一命中")).click()
    overlap = page.get_by_text(re.compile("规则P1与P2重叠，例如"))
    expect(overlap).to_be_visible()
    _looked_at(page, "decisions-overlap-zh-1440")
    page.get_by_role("button", name="撤销").click()
    expect(overlap).to_have_count(0)
    page.get_by_label("说明").fill("夏季误报多")
    page.get_by_role("button", name="保存草稿").click()
    expect(page.get_by_text("有未保存的修改")).to_have_count(0)

    _tried(page)
    before, after = re.findall(r"\d+", page.locator(".trial-headline").inner_text())[::-1][:2]
    assert int(after) < int(before)
    expect(page.locator(".example").first).to_contain_text("不预警")
    _looked_at(page, "decisions-trial-zh-1440")
    page.get_by_role("tab", name="对比").click()
    expect(page.locator(".difference-list li")).to_have_count(2)

    publish.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"会发出 {after} 条，现行规则为 {before} 条")
    dialog.get_by_role("button", name="发布").click()
    expect(dialog.get_by_text("请写明理由")).to_be_visible()
    dialog.get_by_label("理由").fill("近90天误报过多")
    dialog.get_by_role("button", name="发布").click()
    expect(page.get_by_text(re.compile(r"第 \d+ 版已生效"))).to_be_visible()
    page.get_by_role("link", name=re.compile("返回列表")).click()
    expect(page.get_by_text(re.compile(r"^本单位第 \d+ 版"))).to_be_visible()
    expect(page.locator(".change-list")).to_contain_text("近90天误报过多")
    _looked_at(page, "decisions-zh-1440")


def test_an_enterprise_reads_the_rules_and_a_phone_tries_and_returns(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/decisions", size=PHONE, language="en")
    expect(page.get_by_role("heading", name="Rules at work")).to_be_visible()
    page.get_by_role("button", name="Look at the rules").click()
    expect(page.locator(".rule-list").first).to_contain_text("risk colour is red")
    _looked_at(page, "decisions-rules-en-390")
    page = signed_in("supervisor", "/decisions", size=PHONE)
    page.get_by_role("button", name="退回上一版").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由").fill("漏报一起")
    dialog.get_by_role("button", name="退回上一版").click()
    expect(page.get_by_text("出厂规则 1.1.0")).to_be_visible()
    _looked_at(page, "decisions-zh-390")


def test_a_file_that_is_no_table_says_what_is_wrong(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/decisions", size=DESK)
    entry = page.locator("input[type=file]")
    entry.set_input_files({"name": "tiers.dmn", "mimeType": "application/xml", "buffer": BOMB})
    expect(page.get_by_role("alert")).to_contain_text("DOCTYPE")
    entry.set_input_files({"name": "tiers.dmn", "mimeType": "application/xml", "buffer": b" " * 3_000_000})
    expect(page.get_by_role("alert")).to_contain_text("3.0 MB")
    expect(page.get_by_text("还没有自己的版本")).to_be_visible()
