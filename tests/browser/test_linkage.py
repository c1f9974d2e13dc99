"""The linkage desk: uncertain pairs cleared by keyboard, clusters followed, in both languages and sizes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import expect

from yufang.lake import Lake
from yufang.lake.linkage.corruption import corrupted, made_employers
from yufang.lake.linkage.store import link_lake

from . import small_region
from .conftest import DESK, PHONE, ROOT, Open, serving
from .test_console_looks import CUT, OVERFLOW

SHOTS = ROOT / "screenshots"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose region was linked with two hundred made-up records."""
    folder = small_region.write(tmp_path_factory.mktemp("linked"))
    rows = corrupted(made_employers(100, 3), 220, 4).drop("entity", "source")
    link_lake(Lake(folder / "lake"), "employers", [("registers.csv", rows)], at=datetime(2026, 6, 30))
    with serving(folder, tmp_path_factory.mktemp("home")) as base:
        yield base


def test_a_person_clears_pairs_by_keyboard_alone(signed_in: Open) -> None:
    page = signed_in("coder", "/linkage")
    page.locator(".queue .item").first.wait_for()
    page.keyboard.press("j")
    page.locator(".pair-table").wait_for()
    names = page.locator(".item-open .pair-names").inner_text()
    page.keyboard.press("s")
    expect(page.locator(".item-open .pair-names")).not_to_have_text(names, use_inner_text=True)
    second = page.url
    page.keyboard.press("k")
    expect(page).not_to_have_url(second)
    for key in ("y", "n"):
        page.locator(".pair-table").wait_for()
        opened = page.url
        with page.expect_response(lambda answer: answer.url.endswith("/words")) as kept:
            page.keyboard.press(key)
        assert kept.value.ok
        expect(page).not_to_have_url(opened)
    # A word may bring other pairs to the desk (what two records share with a third), so the queue need not be shorter.
    for state in ("same", "different"):
        page.goto(f"{page.url.split('/linkage')[0]}/linkage?state={state}")
        expect(page.locator(".queue .item")).to_have_count(1)


def test_a_decided_pair_keeps_its_word_and_its_cluster_its_history(signed_in: Open) -> None:
    page = signed_in("coder", "/linkage?state=accepted")
    page.locator(".queue .item").first.click()
    page.get_by_label("理由（可不填）").fill("两家独立法人")
    page.get_by_role("button", name="不是同一个").click()
    expect(page.locator(".pair-state")).to_have_text("判为不同")
    expect(page.locator(".pair-decisions")).to_contain_text("两家独立法人")
    page.locator(".pair-clusters button").first.click()
    expect(page.locator(".ant-drawer-open")).to_contain_text("拆分")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_the_desk_looks_right(signed_in: Open, size: tuple[int, int], language: str) -> None:
    page = signed_in("coder", "/linkage?state=accepted", size=size, language=language)
    page.locator(".queue .item").nth(1).click()
    page.locator(".pair-table").wait_for()
    page.screenshot(path=SHOTS / f"linkage-{size[0]}-{language}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CUT) == []


def test_a_region_without_linkage_says_what_to_do(signed_in: Open) -> None:
    page = signed_in("coder", "/linkage?kind=persons")
    expect(page.locator(".queue, .state-block").first).to_be_visible()
    expect(page.get_by_text("yufang lake link run").first).to_be_visible()
