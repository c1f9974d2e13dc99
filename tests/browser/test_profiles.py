"""Living profiles in a browser: why a score moved, peers side by side, measured exposure, the region by groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import expect

from yufang.demo import write_region
from yufang.lake import Lake, import_folder
from yufang.profiles import RiskProfile, profile_region
from yufang.profiles.disease import assess
from yufang.profiles.disease.measurements import measurement
from yufang.profiles.stored import write_exposure
from yufang.run.results import CODES, RunResults

from .conftest import DESK, PHONE, ROOT, Open, serving
from .test_console_looks import CUT, OVERFLOW

SHOTS = ROOT / "screenshots"
TODAY = date(2026, 6, 30)


class Made:
    """A made-up region whose profiles were really worked out, and who stands out in it."""

    profiles: tuple[RiskProfile, ...]
    moved: RiskProfile
    names: dict[str, str]


MADE = Made()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("living")
    write_region(folder, seed=5, today=TODAY, enterprises=60)
    lake = Lake(folder / "lake")
    import_folder(folder / "records", lake, None)
    enterprises = lake.table("enterprises")
    profiles = profile_region(enterprises, lake.table("injury_cases"), lake.table("hazard_records"), at=TODAY)
    newest = [p for p in profiles if p.month == date(2026, 6, 1)]
    MADE.profiles = profiles
    MADE.moved = max(newest, key=lambda p: p.movement.change if p.movement else 0)
    MADE.names = dict(enterprises.select("enterprise_id", "name").iter_rows())
    RunResults(codes=pl.DataFrame(schema=CODES), points=(), profiles=profiles, warnings=()).write(folder)
    _measure(folder, MADE.moved.enterprise_id)
    with serving(folder, tmp_path_factory.mktemp("home")) as base:
        yield base


def _measure(folder: Path, owner: str) -> None:
    row = {"enterprise_id": owner, "place": "二车间", "measured_on": "2026-05-12", "minutes": 480}
    rows = [
        row | {"post": "打磨工", "agent": "noise", "unit": "dB(A)", "value": 88.5, "people": 24},
        row
        | {"post": "打磨工", "agent": "矽尘", "fraction": "respirable", "unit": "mg/m3", "value": 0.9}
        | {"people": 24, "years": 12, "quartz_pct": 22},
        row | {"post": "喷漆工", "agent": "甲苯", "unit": "mg/m3", "value": 31, "acts_on": "nerves", "people": 6},
        row | {"post": "喷漆工", "agent": "二甲苯", "unit": "mg/m3", "value": 28, "acts_on": "nerves", "people": 6},
    ]
    write_exposure(folder, assess(measurement(r, n) for n, r in enumerate(rows, 1)))


def open_moved(signed_in: Open, size: tuple[int, int] = DESK, language: str = "zh"):  # type: ignore[no-untyped-def]
    page = signed_in("supervisor", "/", size=size, language=language)
    found = page.request.get(f"/api/enterprises?q={MADE.names[MADE.moved.enterprise_id]}").json()
    page.goto(f"/enterprises/{found['items'][0]['id']}")
    page.locator(".movement").wait_for()
    return page


def test_the_shown_parts_of_a_movement_are_those_that_were_worked_out(signed_in: Open) -> None:
    page = open_moved(signed_in)
    movement = MADE.moved.movement
    assert movement is not None
    assert movement.change > 10
    shown = [p for p in movement.parts if abs(p.points) >= 0.5]
    expect(page.locator(".movement li")).to_have_count(len(shown))
    for part in shown:
        expect(page.locator(".movement")).to_contain_text(part.text_zh)
    expect(page.locator(".movement-total")).to_have_text(f"+{round(movement.change)}")


def test_the_ladder_says_where_the_rate_comes_from_and_the_seasons_of_the_class(signed_in: Open) -> None:
    page = open_moved(signed_in)
    basis = page.locator("section", has=page.locator("#basis-title")).last
    expect(basis).to_contain_text("自身记录")
    expect(basis).to_contain_text("按从业人数")
    expect(basis.get_by_role("img", name=re.compile("各月系数"))).to_be_visible()


def test_peers_stand_beside_it_and_open(signed_in: Open) -> None:
    page = open_moved(signed_in)
    table = page.locator("section.table-scroll[aria-labelledby=peers-title]")
    expect(table.locator(".row-active")).to_have_count(1)
    other = table.locator("tbody a").first
    name = other.inner_text()
    other.click()
    expect(page.locator("h1")).to_have_text(name)


def test_measured_exposure_shows_index_verdict_and_honest_cases(signed_in: Open) -> None:
    page = open_moved(signed_in)
    table = page.locator("section.table-scroll[aria-labelledby=exposure-title]")
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.filter(has_text="噪声")).to_contain_text("超限")
    expect(rows.filter(has_text="矽尘")).to_contain_text("矽肺")
    expect(rows.filter(has_text="二甲苯")).to_contain_text("混合接触")
    expect(rows.filter(has_text="二甲苯")).to_contain_text("无法判断")


def test_an_enterprise_without_measurements_shows_no_empty_table(signed_in: Open) -> None:
    page = open_moved(signed_in)
    page.locator("section.table-scroll[aria-labelledby=peers-title] tbody a").first.click()
    page.locator("#peers-title").wait_for()
    page.locator("#basis-title").wait_for()
    expect(page.locator("#exposure-title")).to_have_count(0)


def test_an_enterprise_sees_its_own_row_and_why_no_other(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/")
    page.locator("#peers-title").wait_for()
    expect(page.get_by_text("其他企业的数据不对企业账户开放")).to_be_visible()


def test_the_region_by_groups_is_one_click_away(signed_in: Open) -> None:
    page = signed_in("supervisor", "/")
    page.get_by_role("link", name="按行业、岗位、人群和情形看").click()
    expect(page.locator("h1")).to_have_text("区域分组分析")
    for title in ("行业", "岗位", "重点人群", "重点情形"):
        expect(page.locator("h2", has_text=re.compile(f"^{title}$"))).to_be_visible()
    people = page.locator("section", has=page.locator("#groups-people")).last
    expect(people).to_contain_text("没写明的不计入")
    assert page.get_by_role("img").count() >= 3


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_the_pages_look_right(signed_in: Open, size: tuple[int, int], language: str) -> None:
    page = open_moved(signed_in, size, language)
    page.locator("#peers-title").wait_for()
    page.locator("#exposure-title").wait_for()
    page.screenshot(path=SHOTS / f"living-profile-{size[0]}-{language}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CUT) == []
    page.goto("/region/groups")
    page.locator("#groups-situation").wait_for()
    page.screenshot(path=SHOTS / f"groups-{size[0]}-{language}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.evaluate(CUT) == []
