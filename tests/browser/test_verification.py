"""A visit on site, done on a page as wide as a phone: five points, one stretch of them without a network."""

from __future__ import annotations

import io
import json
import re
import urllib.parse
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import DESK, PHONE, ROOT, Open
from .small_region import ENTERPRISES, QUIET, WORST
from .test_console_looks import CUT, OVERFLOW

SHOTS = ROOT / "screenshots"
KEPT = re.compile("全部送达")


def examine(page: Page, name: str) -> list[str]:
    page.wait_for_timeout(300)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    found = [f"{name}: {one}" for one in page.evaluate(CUT)]
    if (beyond := page.evaluate(OVERFLOW)) > 0:
        found.append(f"{name}: {beyond} px wider than the window")
    return found


def open_round(page: Page, name: str) -> None:
    page.goto("/verify")
    page.get_by_role("textbox").fill(name)
    page.get_by_role("link", name=re.compile(re.escape(name))).click()
    page.get_by_role("button", name="生成今天的核查单").click()
    page.locator(".point-card h2").wait_for()


def title(page: Page) -> str:
    return page.locator(".point-card h2").inner_text()


def choose(page: Page, answer: str) -> None:
    page.locator(".answer-choices").get_by_role("button", name=answer).click()


@pytest.fixture(autouse=True)
def network(signed_in: Open, make_context: Callable[..., BrowserContext]) -> Iterator[None]:
    """Whatever a test did to it, the next one has a network."""
    yield
    make_context("zh", "supervisor").set_offline(False)


def photo() -> dict[str, object]:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    Image.new("RGB", (3000, 2000), "steelblue").save(out, "JPEG", exif=exif)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def answers_of(page: Page, enterprise: str) -> list[dict[str, object]]:
    """What the server holds, point by point."""
    points = page.request.get(f"/api/enterprises/{enterprise}/hazard-points").json()
    details = [page.request.get(f"/api/hazard-points/{point['id']}").json() for point in points]
    return [answer for point in details for answer in point["answers"]]


def test_five_points_are_verified_on_a_phone_with_a_stretch_offline(signed_in: Open) -> None:
    page = signed_in("supervisor", "/verify", size=PHONE)
    name = ENTERPRISES[1].name
    open_round(page, name)
    enterprise = urllib.parse.urlparse(page.url).path.rsplit("/", 1)[1]
    sign = page.locator(".queue-sign [role=status]")
    expect(sign).to_have_text(KEPT)
    dots = page.locator(".walk-dots button")
    expect(dots).to_have_count(5)
    expect(page.locator(".dot-explore")).to_have_count(1)
    found = examine(page, "verify-point-zh-390")

    first = title(page)
    page.get_by_label("备注").fill("后侧护栏缺失")
    page.locator("#verify-photo").set_input_files([photo()])
    expect(page.locator(".photo-strip img")).to_have_count(1)
    found += examine(page, "verify-photo-zh-390")
    choose(page, "属实")
    expect(page.locator(".point-card h2")).not_to_have_text(first)
    expect(sign).to_have_text(KEPT)

    page.context.set_offline(True)
    expect(sign).to_contain_text("离线")
    offline = []
    for answer in ("未发现", "不适用", "属实"):
        offline.append(title(page))
        page.get_by_label("备注").fill(f"第{len(offline)}条离线")
        choose(page, answer)
        expect(page.locator(".point-card h2")).not_to_have_text(offline[-1])
    expect(sign).to_contain_text("3 条已存本机")
    found += examine(page, "verify-offline-zh-390")
    # A slip of the thumb, taken back before the network is there: the server never hears of it.
    page.locator(".walk-last").get_by_role("button", name="撤销").click()
    expect(page.locator(".point-card h2")).to_have_text(offline[-1])
    expect(page.get_by_label("备注")).to_have_value("第3条离线")
    choose(page, "未发现")
    expect(sign).to_contain_text("3 条已存本机")
    choose(page, "属实")
    expect(page.locator("#verify-done-title")).to_be_visible()
    expect(sign).to_contain_text("4 条已存本机")

    page.context.set_offline(False)
    expect(sign).to_have_text(KEPT)
    found += examine(page, "verify-done-zh-390")
    kept = answers_of(page, enterprise)
    assert sorted(str(a["result"]) for a in kept) == [
        "confirmed",
        "confirmed",
        "not_applicable",
        "not_found",
        "not_found",
    ]
    assert {a["note"] for a in kept} >= {"后侧护栏缺失", "第1条离线", "第2条离线", "第3条离线"}
    assert [a["kind"] for a in kept].count("explore") == 1
    assert len({a["client_id"] for a in kept}) == 5
    pictures = [p for a in kept for p in a["photos"]]
    assert [(p["width"], p["height"]) for p in pictures] == [(2048, 1365)], "made smaller on the phone"
    image = page.request.get(f"/api/verify/photos/{pictures[0]['id']}").body()
    assert b"PhoneMaker" not in image

    page.reload()
    expect(page.locator("#verify-done-title")).to_be_visible()
    page.get_by_role("button", name="回看").click()
    expect(page.locator(".answer-given")).to_contain_text("已送达")
    assert not found, "\n".join(found)


def test_what_was_said_offline_outlasts_the_page_and_is_sent_once(signed_in: Open) -> None:
    page = signed_in("supervisor", "/verify", size=PHONE)
    open_round(page, ENTERPRISES[2].name)
    enterprise = urllib.parse.urlparse(page.url).path.rsplit("/", 1)[1]
    # The server keeps the answer, but its word is lost on the way back: the phone can't know.
    page.route("**/api/verify/answers", lambda route: (route.fetch(), route.abort()))
    choose(page, "属实")
    expect(page.locator(".queue-sign")).to_contain_text("1 条已存本机")
    page.unroute("**/api/verify/answers")
    page.goto("/warnings")  # the page is left; another one sends what waits
    page.locator(".item").first.wait_for()
    page.goto(f"/verify/{enterprise}")
    expect(page.locator(".queue-sign [role=status]")).to_have_text(KEPT)
    expect(page.locator(".walk-count")).to_contain_text("1 / 5")
    assert len(answers_of(page, enterprise)) == 1


def test_a_sent_answer_is_taken_back_and_given_anew_with_keys_alone(signed_in: Open) -> None:
    page = signed_in("supervisor", "/verify", size=DESK)
    open_round(page, ENTERPRISES[3].name)
    enterprise = urllib.parse.urlparse(page.url).path.rsplit("/", 1)[1]
    sign = page.locator(".queue-sign [role=status]")
    first = title(page)
    page.keyboard.press("n")
    page.keyboard.type("按错了")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator(".point-card h2")).not_to_have_text(first)
    expect(sign).to_have_text(KEPT)
    page.keyboard.press("k")
    expect(page.locator(".answer-given")).to_contain_text("已送达")
    page.keyboard.press("u")
    expect(page.locator(".choice")).to_have_count(3)
    expect(sign).to_have_text(KEPT)
    page.keyboard.press("2")
    expect(page.locator(".walk-count")).to_contain_text("1 / 5")
    expect(sign).to_have_text(KEPT)
    kept = answers_of(page, enterprise)
    assert [(a["result"], a["taken_back"]) for a in kept] == [("not_found", False), ("confirmed", True)]


def test_an_answer_that_the_server_refuses_is_told_and_not_lost(signed_in: Open) -> None:
    page = signed_in("supervisor", "/verify", size=PHONE)
    open_round(page, ENTERPRISES[4].name)
    body = json.dumps({"code": "not_found", "message_zh": "没有找到这条记录", "message_en": "There is no such record"})
    page.route("**/api/verify/answers", lambda route: route.fulfill(status=404, body=body))
    page.get_by_label("备注").fill("点位已拆除")
    choose(page, "未发现")
    refused = page.locator(".queue-refused")
    expect(refused).to_contain_text("没有找到这条记录")
    expect(refused).to_contain_text("点位已拆除")
    found = examine(page, "verify-refused-zh-390")
    page.unroute("**/api/verify/answers")
    choose(page, "属实")  # the others go on
    expect(page.locator(".queue-sign [role=status]")).to_have_text(KEPT)
    refused.get_by_role("button", name="放弃此条").click()
    expect(refused).to_have_count(0)
    expect(page.locator(".walk-count")).to_contain_text("1 / 5")
    assert not found, "\n".join(found)


def test_an_enterprises_own_person_comes_straight_to_their_points(signed_in: Open) -> None:
    page = signed_in("safety_manager", "/verify", size=PHONE)
    expect(page.get_by_role("heading", level=1)).to_have_text(WORST)
    expect(page.get_by_role("button", name="生成今天的核查单")).to_be_visible()
    assert not examine(page, "verify-start-zh-390")


def test_an_enterprise_without_points_says_so(signed_in: Open) -> None:
    page = signed_in("supervisor", "/verify", size=PHONE)
    page.get_by_role("textbox").fill(QUIET)
    page.get_by_role("link", name=re.compile(re.escape(QUIET))).click()
    expect(page.get_by_text("该企业的风险点都已核查")).to_be_visible()


@pytest.mark.parametrize(("width", "size"), [("1440", DESK), ("390", PHONE)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_rates_are_shown_and_exported(signed_in: Open, width: str, size: tuple[int, int], language: str) -> None:
    page = signed_in("supervisor", "/verify/rates", size=size, language=language)
    page.locator(".rate-figures, .ant-empty").first.wait_for()
    if page.locator(".ant-empty").count():  # this test alone
        other = signed_in("supervisor", size=PHONE)
        open_round(other, ENTERPRISES[5].name)
        choose(other, "属实")
        expect(other.locator(".queue-sign [role=status]")).to_have_text(KEPT)
    page.locator(".rate-figures").wait_for()
    page.locator(".panel canvas").wait_for()
    found = examine(page, f"rates-{language}-{width}")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.startswith("pack,name_zh")
    assert "total" in text
    page.locator(".ant-segmented-item").last.click()  # by month
    expect(page.locator(".panel canvas")).to_be_visible()
    page.locator(".ant-segmented-item").nth(2).click()  # by inspector
    expect(page.locator(".rows, .cards").last).to_contain_text("周监管" if language == "zh" else "Zhou")
    small = page.get_by_text("样本少" if language == "zh" else "Few answers")
    assert small.count() > 0
    assert not found, "\n".join(found)


def test_the_page_reads_in_english(signed_in: Open) -> None:
    page = signed_in("supervisor", "/verify", size=PHONE, language="en")
    page.get_by_role("textbox").fill(ENTERPRISES[6].name)
    page.get_by_role("link", name=re.compile(re.escape(ENTERPRISES[6].name))).click()
    page.get_by_role("button", name="Draw today's list").click()
    card = page.locator(".point-card")
    card.wait_for()
    assert not re.search(r"[\u4e00-\u9fff]", card.inner_text().replace(ENTERPRISES[6].name, "")), card.inner_text()
    assert not examine(page, "verify-point-en-390")
