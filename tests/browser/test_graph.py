"""The risk graph: explore an incident, open what stands around it, decide on a candidate; both languages and sizes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.server.graph_world import write_graph

from . import small_region
from .conftest import DESK, PHONE, ROOT, Open, serving
from .test_console_looks import CUT, OVERFLOW

SHOTS = ROOT / "screenshots"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose region has a graph."""
    folder = write_graph(small_region.write(tmp_path_factory.mktemp("charted")))
    with serving(folder, tmp_path_factory.mktemp("home")) as base:
        yield base


def test_a_person_explores_an_incident(signed_in: Open) -> None:
    page = signed_in("supervisor", "/graph")
    page.get_by_role("searchbox", name="事故或事物").fill("池边滑倒溺水")
    page.keyboard.press("Enter")
    page.locator(".graph-canvas canvas").first.wait_for()
    expect(page.locator(".graph-count")).to_contain_text("最近的")
    # The same in words, for whoever can't see the drawing: every factor is there.
    page.get_by_text("列表", exact=True).click()
    around = page.locator(".circle-list")
    for name in ("地面材料遇水即滑", "保洁安排不当", "护栏、扶手或盖板缺失", "照明不足", "无人值守"):
        expect(around.get_by_role("button", name=name)).to_be_visible()
    # A factor keeps its own.
    people = page.get_by_role("checkbox", name="人", exact=True)
    people.click()
    expect(people).to_be_checked()
    expect(around.get_by_role("button", name="照明不足")).to_have_count(0)
    expect(around.get_by_role("button", name="无人值守")).to_be_visible()
    people.click()
    expect(people).not_to_be_checked()
    # A node says what it knows and from where, and leads on.
    around.get_by_role("button", name="护栏、扶手或盖板缺失").click()
    side = page.locator(".graph-side")
    expect(side.get_by_role("heading", level=2)).to_contain_text("护栏")
    side.locator(".fact-source summary").first.click()
    expect(side.locator(".fact-source code").first).to_be_visible()
    side.get_by_role("button", name="按高度和受力要求装设护栏").click()
    side.get_by_role("button", name="查看能阻断什么").click()
    expect(side).to_contain_text("阻断 5 条链")
    page.reload()  # what is looked at stands in the address
    expect(page.get_by_role("searchbox", name="事故或事物")).to_have_value("池边滑倒溺水")


def test_a_click_in_the_drawing_opens_a_node(signed_in: Open) -> None:
    page = signed_in("supervisor", "/graph?text=池边滑倒溺水&hops=1")
    canvas = page.locator(".graph-canvas canvas").first
    canvas.wait_for()
    page.wait_for_timeout(600)
    box = page.locator(".graph-canvas").bounding_box()
    assert box
    opened = False
    for step in range(60):  # down the middle, where incidents stand
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20 + step * (box["height"] - 40) / 60)
        if "open=" in page.url:
            opened = True
            break
    assert opened, "no incident could be opened by a click down the middle of the drawing"
    expect(page.locator(".graph-side h2")).to_be_visible()


def test_paths_and_cases_of_an_equipment(signed_in: Open) -> None:
    page = signed_in("supervisor", "/graph?node=equipment:shop/press&open=equipment:shop/press")
    side = page.locator(".graph-side")
    side.get_by_role("button", name="查看通向伤害的路径").click()
    expect(side).to_contain_text("40 起案例整条出现过")


def test_an_expert_decides_on_a_candidate(signed_in: Open) -> None:
    page = signed_in("supervisor", "/graph?tab=candidates")
    rows = page.locator(".candidate")
    rows.first.wait_for()
    waiting = rows.count()
    expect(rows.first.get_by_role("button", name="采纳")).to_be_disabled()
    rows.first.get_by_label("理由").fill("与本地事故一致")
    rows.first.get_by_role("button", name="采纳").click()
    expect(rows).to_have_count(waiting - 1)
    page.get_by_text("已采纳", exact=True).click()
    expect(page.locator(".candidate").first).to_contain_text("与本地事故一致")


def test_a_text_about_nothing_known_says_the_way_out(signed_in: Open) -> None:
    page = signed_in("supervisor", "/graph?text=zzzzqqqq")
    expect(page.get_by_role("alert")).to_contain_text("请换一种说法")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_the_graph_looks_right(signed_in: Open, size: tuple[int, int], language: str) -> None:
    text = "池边滑倒溺水" if language == "zh" else "slip and drowning at a pool edge"
    page = signed_in("supervisor", f"/graph?text={text}", size=size, language=language)
    page.locator(".graph-canvas canvas, .circle-list .item").first.wait_for()
    page.wait_for_timeout(800)
    page.screenshot(path=SHOTS / f"graph-{size[0]}-{language}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CUT) == []
    page.goto(f"{page.url}&open=cause:machine/premises/no_guard")
    page.locator(".node-detail h3").first.wait_for()
    page.screenshot(path=SHOTS / f"graph-node-{size[0]}-{language}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    page.goto(page.url.split("?")[0] + "?tab=candidates")
    page.locator(".candidate").first.wait_for()
    page.screenshot(path=SHOTS / f"graph-candidates-{size[0]}-{language}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CUT) == []
