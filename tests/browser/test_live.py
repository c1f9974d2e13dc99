"""The live view: a reading over its limit shows by itself, a cell says why by keyboard, a channel has its curve."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Open

PICTURES = Path(__file__).parents[2] / "screenshots"
SHOWN_MS = 2_000  # from the answer of the platform to the open page


class Site:
    """The safety manager's enterprise with three sensors on its plan, and a source that sends for them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.home = page.request.get("/api/auth/me").json()["organisation"]["id"]
        places = page.request.get(f"/api/places?enterprise_id={self.home}").json()
        self.area = next(area for area in places["areas"] if area["plan_id"])
        plan = next(plan for plan in places["plans"] if plan["id"] == self.area["plan_id"])
        wide, (x, y) = plan["metres_wide"], self.area["spot"]
        high = wide * plan["height"] / plan["width"]
        self.channels = {
            key: self.call(
                "/sensing/channels",
                {"organisation_id": self.home, "key": key, "device": "GDS-1", "quantity": quantity, "unit": unit}
                | {"name_zh": zh, "name_en": en, "area_id": self.area["id"], "every_s": 60}
                | ({} if at is None else {"x": x * wide + at, "y": (1 - y) * high}),
            )["id"]
            for key, quantity, unit, zh, en, at in (
                ("live.h2s", "gas:h2s", "ppm", "硫化氢探头", "H2S head", -10.0),
                ("live.temp", "temperature", "°C", "轴承温度", "Bearing temperature", 10.0),
                ("live.loose", "temperature", "°C", "未标位置的温度", "Loose thermometer", None),
            )
        }
        self.key = self.call("/sensing/sources", {"organisation_id": self.home, "name": "live-test"})["key"]

    def call(self, path: str, body: dict[str, Any]) -> Any:
        token = next(c["value"] for c in self.page.context.cookies() if c["name"] == "csrftoken")
        origin = "/".join(self.page.url.split("/")[:3])
        headers = {"X-CSRFToken": token, "Referer": f"{origin}/"}
        answer = self.page.request.post(f"/api{path}", data=body, headers=headers, timeout=60_000)
        assert answer.ok, answer.text()
        return answer.json()

    def send(self, *rows: tuple[str, float, float]) -> None:
        """(channel, seconds ago, value), as a gateway sends them."""
        now = datetime.now(UTC)
        readings = [
            {"channel": key, "time": (now - timedelta(seconds=ago)).isoformat(), "value": value}
            for key, ago, value in rows
        ]
        answer = self.page.request.post(
            "/api/sensing/batches",
            data={"source": "live-test", "readings": readings},
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=60_000,  # the first one compiles the detectors
        )
        assert answer.ok, answer.text()
        assert answer.json()["readings"] == len(rows)


@pytest.fixture(scope="module")
def site(make_context: Any) -> Any:
    page = make_context("zh", "safety_manager").new_page()
    page.goto("/live")
    page.locator(".top-bar").wait_for()
    made = Site(page)
    made.send(*[(key, ago, value) for key, value in (("live.h2s", 1.0), ("live.temp", 45.0)) for ago in (600, 300, 60)])
    yield made
    page.close()


def whole(page: Page, name: str) -> None:
    """No wider than its window; a picture of it is kept."""
    expect(page.locator(".loading-block")).to_have_count(0)
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= window, f"{name} is {width} px wide in a window of {window}"
    page.screenshot(path=PICTURES / f"live-{name}.png", full_page=True)


def test_a_reading_over_its_limit_shows_on_the_open_page_within_two_seconds(signed_in: Open, site: Site) -> None:
    page = signed_in("safety_manager", "/live")
    row = page.locator(".sensor-row", has_text="硫化氢探头")
    expect(row).to_contain_text("正常")
    mark = page.get_by_role("link", name=re.compile("^硫化氢探头，正常"))
    expect(mark).to_be_visible()
    site.send(("live.h2s", 1, 30.0))
    begun = time.monotonic()
    expect(row).to_contain_text("报警", timeout=SHOWN_MS)
    expect(row).to_contain_text("30 ppm")
    expect(page.get_by_role("link", name=re.compile("^硫化氢探头，报警"))).to_be_visible()
    assert time.monotonic() - begun < SHOWN_MS / 1000 + 0.5
    expect(page.get_by_role("region", name="报警", exact=True)).to_contain_text("硫化氢探头")
    whole(page, "zh-1440")
    # By keyboard: the mark opens its channel.
    page.get_by_role("link", name=re.compile("^硫化氢探头，报警")).focus()
    expect(page.locator(".live-card")).to_contain_text("30 ppm")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/live/channels/{site.channels['live.h2s']}"))


def test_a_cell_says_why_by_keyboard(signed_in: Open, site: Site) -> None:
    page = signed_in("safety_manager", "/live")
    cell = page.locator(".live-cursor")
    expect(cell).to_have_attribute("aria-label", re.compile("按回车查看原因"))
    cell.focus()
    before = cell.get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    assert cell.get_attribute("aria-label") != before
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("按作用大小排列的因素")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_a_sensor_without_a_place_gets_one_by_keyboard(signed_in: Open, site: Site) -> None:
    page = signed_in("safety_manager", "/live")
    page.get_by_role("button", name="标出位置").click()
    page.get_by_role("combobox", name="要标出哪个传感器").fill("未标位置")
    page.keyboard.press("Enter")
    cross = page.get_by_role("button", name=re.compile("正在标出：未标位置的温度"))
    expect(cross).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已保存 未标位置的温度 的位置")).to_be_visible()
    answer = page.request.get(f"/api/sensing/channels/{site.channels['live.loose']}").json()
    assert answer["x"] is not None
    assert answer["y"] is not None


def test_the_channel_page_draws_its_curve_with_limits_events_and_an_honest_word_on_the_forecast(
    signed_in: Open, site: Site
) -> None:
    site.send(("live.h2s", 0, 31.0))
    page = signed_in("safety_manager", f"/live/channels/{site.channels['live.h2s']}", language="en")
    curve = page.get_by_role("img", name=re.compile("^Curve of H2S head over 24 hours: lowest 1, highest 3"))
    expect(curve.locator("canvas")).to_be_visible()
    expect(page.get_by_role("region", name="Limits", exact=True)).to_contain_text("GB/T 50493")
    expect(page.get_by_role("region", name="Events", exact=True)).to_contain_text("Open the alert")
    expect(page.get_by_role("region", name="Forecast", exact=True)).to_contain_text("No forecast")
    page.get_by_text("1 hour", exact=True).click()
    expect(page.get_by_role("img", name=re.compile("over 1 hour"))).to_be_visible()
    whole(page, "channel-en-1440")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_the_list_says_the_same_as_the_plan(signed_in: Open, site: Site, language: str) -> None:
    page = signed_in("safety_manager", "/live", size=PHONE, language=language)
    names = ("轴承温度", "硫化氢探头") if language == "zh" else ("Bearing temperature", "H2S head")
    for name in names:
        expect(page.locator(".sensor-row", has_text=name)).to_be_visible()
    expect(page.locator(".live-board")).to_have_count(0)
    whole(page, f"{language}-390")
    page.get_by_text("平面图" if language == "zh" else "Plan", exact=True).first.click()
    expect(page.locator(".live-board .live-sensor").first).to_be_visible()
    whole(page, f"plan-{language}-390")


def test_a_node_is_made_its_token_shown_once_and_closed(signed_in: Open, site: Site) -> None:
    page = signed_in("safety_manager", "/live/nodes", size=DESK)
    page.get_by_role("button", name="新建节点").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("gateway-1")
    dialog.get_by_role("button", name="新建节点").click()
    token = page.get_by_role("dialog").filter(has_text="令牌只显示这一次")
    expect(token).to_contain_text("yfe_")
    token.get_by_role("button", name="关闭").last.click()
    card = page.locator(".node-card", has_text="gateway-1")
    expect(card).to_contain_text("等待登记")
    whole(page, "nodes-zh-1440")
    card.get_by_role("button", name="设定配置").click()
    page.get_by_role("dialog").get_by_label("打包间隔（秒）").fill("5")
    page.get_by_role("dialog").get_by_role("button", name="下发").click()
    expect(card).to_contain_text("要求第 1 版，节点报告第 0 版")
    card.get_by_role("button", name="停用").click()
    page.locator(".ant-popover").get_by_role("button", name="停用").click()
    expect(card.get_by_role("button")).to_have_count(0)
