"""The phone app: a hazard reported in three steps without a network, and followed until its reporter says: fixed."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import APIRequestContext, BrowserContext, Page, expect

from .conftest import CONSOLE, PHONE, ROOT, Open
from .test_console_looks import CUT, OVERFLOW

SHOTS = ROOT / "screenshots"
NARROW = (320, 640)
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
FIRST_LOAD = 120 * 1024  # bytes, gzipped
SECONDS_OF_A_PERSON = 20.0
WORDS = "冲床光栅被短接，手伸进去不停机"


def photo(colour: str = "steelblue", gps: tuple[float, float] | None = None) -> dict[str, Any]:
    """A photo as a phone makes it: large, with the maker's name and, if asked for, a position."""
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    if gps:
        place = exif.get_ifd(0x8825)
        for ref, at, value, signs in ((1, 2, gps[0], "NS"), (3, 4, gps[1], "EW")):
            place[ref] = signs[value < 0]
            place[at] = (int(abs(value)), int(abs(value) % 1 * 60), round(abs(value) * 60 % 1 * 60, 2))
        exif[0x8825] = place
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000), colour).save(out, "JPEG", exif=exif)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def examine(page: Page, name: str) -> list[str]:
    """A picture of the page, and what is cut, too wide or too small to tap on it."""
    page.wait_for_timeout(100)
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=not page.locator(".has-foot").count())
    found = [f"{name}: {one}" for one in page.evaluate(CUT)]
    if (beyond := page.evaluate(OVERFLOW)) > 0:
        found.append(f"{name}: {beyond} px wider than the window")
    return found + [f"{name}: {one}" for one in page.evaluate(SMALL)]


# Buttons, links and fields under 44 px either way; what lies inside a larger label or is drawn over one counts as that.
SMALL = """() => [...document.querySelectorAll('button, a, input:not([type=radio]), textarea')]
  .filter((e) => e.checkVisibility() && e.type !== 'file')
  .map((e) => [e, e.getBoundingClientRect()])
  .filter(([, b]) => b.width < 43.5 || b.height < 43.5)
  .map(([e, b]) => `small: ${e.tagName} “${(e.textContent || e.ariaLabel).slice(0, 30)}” ${b.width}×${b.height}`)"""


def axe(page: Page) -> list[str]:
    """Serious and critical findings of axe-core on the page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    run = "async () => (await axe.run()).violations.map((v) => [v.impact, v.id, v.nodes.map((n) => n.html)])"
    found = page.evaluate(run)
    return [f"{impact} {rule}: {nodes[:3]}" for impact, rule, nodes in found if impact in ("serious", "critical")]


def settled(page: Page) -> None:
    """The app is on the phone: its service worker rules the page and has kept every file."""
    page.wait_for_function("async () => (await navigator.serviceWorker.ready) && !!navigator.serviceWorker.controller")


@pytest.fixture(scope="module")
def codes(make_context: Callable[..., BrowserContext]) -> dict[str, str]:
    """What the printed QR codes of the demo enterprise's areas say, read from their pictures."""
    manager = make_context("zh", "safety_manager").request
    home = manager.get("/api/auth/me").json()["organisation"]["id"]
    areas = manager.get(f"/api/places?enterprise_id={home}").json()["areas"]
    prints = {area["key"]: manager.get(f"/api/places/areas/{area['id']}/code.png").body() for area in areas}
    return {key: zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))[0].text for key, png in prints.items()}


class Desk:
    """Those who deal with hazards, by the API that their console uses."""

    def __init__(self, make_context: Callable[..., BrowserContext], address: str) -> None:
        self.make_context, self.address = make_context, address

    def of(self, username: str) -> tuple[APIRequestContext, dict[str, str]]:
        context = self.make_context("zh", username)
        token = next(c["value"] for c in context.cookies() if c["name"] == "csrftoken")
        return context.request, {"X-CSRFToken": token, "Referer": self.address}

    def post(self, username: str, path: str, **sent: Any) -> Any:
        request, headers = self.of(username)
        answer = request.post(f"/api/hazards/{path}", headers=headers, **sent)
        assert answer.ok, answer.text()
        return answer.json()

    def hazard_of(self, words: str) -> int:
        found = self.of("safety_manager")[0].get(f"/api/hazards?q={urllib.parse.quote(words)}").json()["items"]
        return int(found[0]["id"])

    def give(self, hazard: int) -> None:
        people = self.of("safety_manager")[0].get(f"/api/hazards/{hazard}/people").json()
        leader = next(p["id"] for p in people if p["name"].startswith("王班长"))
        self.post("safety_manager", f"{hazard}/assign", data={"to": leader, "note": "今天处理"})

    def fix(self, hazard: int, colour: str) -> None:
        sent = photo(colour)
        file = {"name": sent["name"], "mimeType": sent["mimeType"], "buffer": sent["buffer"]}
        self.post("team_leader", f"{hazard}/photos", multipart={"file": file, "source": "qr"})
        self.post("team_leader", f"{hazard}/fix", data={"note": "护罩已装回并加锁"})
        self.post("safety_manager", f"{hazard}/check", data={"passed": True, "note": "现场看过"})


@pytest.fixture(scope="module")
def desk(make_context: Callable[..., BrowserContext], address: str) -> Desk:
    return Desk(make_context, address)


def test_the_first_load_weighs_at_most_120_kb() -> None:
    page = (CONSOLE.parent / "worker.html").read_text(encoding="utf-8")
    named = re.findall(r'(?:src|href)="/static/console/(assets/[^"]+)"', page)
    files = [CONSOLE.parent / "worker.html", *(CONSOLE.parent / name for name in named)]
    weights = {file.name: len(gzip.compress(file.read_bytes(), 6)) for file in files}
    print(f"first load of the phone app: {sum(weights.values()) / 1024:.1f} KB gzipped {weights}")
    assert len(named) >= 3
    assert sum(weights.values()) <= FIRST_LOAD
    assert not any(re.search("echarts|antd|router", name) for name in named)


def test_three_steps_offline_arrive_once_the_network_is_back(new_page: Open, codes: dict[str, str]) -> None:
    page = new_page(size=PHONE)
    page.goto(codes["press"])
    expect(page.get_by_role("heading", level=1)).to_have_text("上报隐患")
    settled(page)
    found = examine(page, "worker-report-zh-390") + axe(page)

    page.context.set_offline(True)
    page.reload()  # the shell comes from the phone, and so does what it knows of the place
    expect(page.get_by_text("没有网络：")).to_be_visible()
    expect(page.locator(".place b")).to_be_visible()
    page.locator("#photo-camera").set_input_files([photo(gps=(31.5, 121.25))])
    page.locator("#photo-album").set_input_files([photo("indianred"), photo("olive")])
    expect(page.locator(".photos img")).to_have_count(3)
    expect(page.get_by_text("照片自带的位置")).to_be_visible()
    page.get_by_role("button", name="不用它").click()
    expect(page.get_by_text("来自二维码")).to_be_visible()
    page.get_by_label("哪里不对劲").fill(WORDS)
    found += examine(page, "worker-offline-zh-390")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已存好，等网络")
    found += examine(page, "worker-kept-zh-390") + axe(page)

    # The app is closed and opened again, still without a network.
    context = page.context
    page.close()
    page = context.new_page()
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.goto("/w/")
    expect(page.locator(".strip [role=status], .strip[role=status]")).to_contain_text("1 条待发送")
    found += examine(page, "worker-home-zh-390") + axe(page)
    page.locator(".reports a").click()
    context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text("谢谢，已收到")
    expect(page.locator(".pieces .sent")).to_have_count(4)
    found += examine(page, "worker-sent-zh-390") + axe(page)
    code = page.locator(".code b").inner_text()
    told = json.load(urllib.request.urlopen(f"{base_of(page)}/api/report/follow/{code}"))
    assert (told["words"], told["state"], len(told["photos"])) == (WORDS, "opened", 3)
    picture = urllib.request.urlopen(base_of(page) + told["photos"][0]).read()
    assert b"PhoneMaker" not in picture
    assert Image.open(io.BytesIO(picture)).size == (2048, 1365)
    assert not found, "\n".join(found)


def base_of(page: Page) -> str:
    return re.match(r"https?://[^/]+", page.url)[0]  # type: ignore[index]


def report(page: Page, address: str, words: str) -> str:
    """Report with one photo; gives the private code."""
    page.goto(address)
    page.locator("#photo-camera").set_input_files([photo()])
    page.get_by_label("哪里不对劲").fill(words)
    expect(page.locator(".photos img")).to_have_count(1)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("谢谢，已收到")
    return page.locator(".code b").inner_text()


def state(page: Page) -> Any:
    page.reload()
    return expect(page.locator(".state.big"))


def test_three_taps_and_little_time(signed_in: Open, codes: dict[str, str]) -> None:
    """Also: what is anonymous carries no cookie though somebody is signed in on the phone. The taps inside the camera
    are the phone's own and not counted; words are typed at five characters a second."""
    page = signed_in("worker", "/", size=PHONE)
    cookies: list[str] = []
    page.on("request", lambda r: "/api/report/" in r.url and cookies.append(r.all_headers().get("cookie", "")))
    page.goto(codes["loading"])
    page.locator(".place b").wait_for()
    started, taps = time.monotonic(), 0
    taps += 1
    with page.expect_file_chooser() as camera:
        page.get_by_role("button", name="拍一张").click()
    camera.value.set_files([photo()])
    taps += 1
    page.get_by_label("哪里不对劲").click()
    page.keyboard.type("装卸平台边缘护栏松了", delay=200)
    taps += 1
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("谢谢，已收到")
    seconds = time.monotonic() - started
    print(
        f"a report by QR code: {taps} taps, 10 characters, {seconds:.1f} s from the open page to the server's receipt"
    )
    assert seconds <= SECONDS_OF_A_PERSON
    assert len(cookies) >= 3
    assert set(cookies) == {""}

    # The machine names what is open there and proposes a kind; a person decides.
    page.get_by_role("link", name="再报一处").click()
    page.get_by_label("哪里不对劲").fill("装卸平台的护栏松动")
    similar = page.locator(".similar")
    expect(similar).to_contain_text("可能有人报过了")
    expect(page.locator(".chip small").first).to_have_text("系统建议")
    page.locator(".chip").first.click()
    found = examine(page, "worker-similar-zh-390") + axe(page)
    similar.get_by_role("button", name="是同一处").first.click()
    expect(similar).to_contain_text("将并入这一条")
    # Named: who is signed in is asked for only now.
    page.get_by_role("radio", name="署名").check()
    expect(page.get_by_text("刘工人")).to_be_visible()
    assert any(cookies)
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已并入")).to_be_visible()
    page.evaluate("localStorage.removeItem('yufang.worker.who')")
    assert not found, "\n".join(found)


def test_bad_input_gets_a_clear_answer_and_nothing_is_lost(
    new_page: Open, codes: dict[str, str], tmp_path: Path
) -> None:
    page = new_page(size=NARROW, language="en")
    page.context.grant_permissions(["geolocation"])
    page.goto(codes["chemicals"])
    page.locator("#photo-camera").set_input_files([photo()])
    page.locator("#photo-album").set_input_files(
        [{"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"<script>alert(1)</script>" * 40}]
    )
    expect(page.get_by_role("alert")).to_contain_text("“notes.jpg” cannot be opened")
    heavy = tmp_path / "60mb.jpg"
    heavy.write_bytes(bytes(photo("indianred")["buffer"]) + bytes(60 * 1024 * 1024))
    page.locator("#photo-album").set_input_files(heavy)
    expect(page.locator(".photos img")).to_have_count(2)

    for accuracy, place, told in (
        (5, (0.0, 0.0), "(0, 0)"),
        (900, (31.5, 151.2), "about 900 m only"),
        (12, (31.5, 151.2), "position of the phone, within about 12 m"),
    ):
        page.context.set_geolocation({"latitude": place[0], "longitude": place[1], "accuracy": accuracy})
        page.get_by_role("button", name="Use the phone's position").click()
        expect(page.locator(".card", has=page.locator(".place"))).to_contain_text(told)
    page.get_by_role("button", name="Tap on the plan").click()
    plan = page.locator(".plan button")
    plan.click(position={"x": 60, "y": 40})
    expect(page.get_by_text("a point on the plan")).to_be_visible()
    plan.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    found = examine(page, "worker-plan-en-320") + axe(page)
    page.get_by_label("What is wrong?").fill("The drum has no label")
    page.wait_for_timeout(500)
    page.reload()  # what was begun is still there
    expect(page.get_by_text("What you had begun is still here")).to_be_visible()
    expect(page.locator(".photos img")).to_have_count(2)

    # The code was replaced while the report waited: the reason is told, and it goes on at another place.
    gone = {"code": "unknown_place", "message_zh": "没有这个地点", "message_en": "There is no such place"}
    page.route("**/api/report/reports/*", lambda route: route.fulfill(status=404, json=gone))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It was not accepted")
    expect(page.get_by_text("There is no such place")).to_be_visible()
    found += examine(page, "worker-refused-en-320") + axe(page)
    page.unroute("**/api/report/reports/*")
    page.get_by_role("button", name="Change it and send again").click()
    expect(page.get_by_label("What is wrong?")).to_have_value("The drum has no label")
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, it has arrived")
    found += examine(page, "worker-sent-en-320-dark") + axe(page)
    assert not found, "\n".join(found)


def test_the_loop_closes_when_its_reporter_says_so(new_page: Open, codes: dict[str, str], desk: Desk) -> None:
    page = new_page(size=PHONE)
    words = "焊接工位防护屏倒了，弧光直射过道"
    code = report(page, codes["welding"], words)
    page.get_by_role("link", name="查看进展").click()
    expect(page.locator(".state.big")).to_have_text("已受理")
    expect(page.locator(".promise")).to_contain_text("还有 48 小时")
    found = examine(page, "worker-follow-opened-zh-390")

    hazard = desk.hazard_of(words)
    desk.give(hazard)
    state(page).to_have_text("已派人")
    desk.post("team_leader", f"{hazard}/start", data={"note": ""})
    desk.fix(hazard, "seagreen")
    state(page).to_contain_text("已复查")
    expect(page.locator(".compare img")).to_have_count(2)
    page.get_by_role("slider").fill("30")
    found += examine(page, "worker-follow-checked-zh-390") + axe(page)

    # Not yet: it goes back to its owner, with the reporter's word.
    page.get_by_role("button", name="还有危险").click()
    page.get_by_role("button", name="退回重新整改").click()
    expect(page.get_by_text("请写一句还有什么危险")).to_be_visible()
    page.get_by_label("还有什么危险").fill("屏风还是歪的，一碰就倒")
    page.get_by_role("button", name="退回重新整改").click()
    expect(page.locator(".state.big")).to_have_text("已派人")
    desk.fix(hazard, "darkgreen")
    state(page).to_contain_text("已复查")
    page.get_by_role("button", name="改好了").click()
    expect(page.locator(".state.big")).to_have_text("已办结")
    expect(page.locator(".thanks")).to_contain_text("焊接")
    found += examine(page, "worker-follow-closed-zh-390") + axe(page)

    # Dangerous again: the same report opens it once more.
    page.get_by_role("button", name="还有危险").click()
    page.get_by_label("还有什么危险").fill("新来的人又把屏风挪走了")
    page.get_by_role("button", name="退回重新整改").click()
    expect(page.locator(".state.big")).not_to_have_text("已办结")

    # Held to be no hazard: its reporter says otherwise, and somebody else looks again.
    page.emulate_media(color_scheme="dark")
    second = "焊接车间应急灯不亮"
    report(page, codes["welding"], second)
    desk.post("safety_manager", f"{desk.hazard_of(second)}/refuse", data={"note": "已列入大修"})
    page.get_by_role("link", name="查看进展").click()
    expect(page.locator(".story")).to_contain_text("已列入大修")
    found += examine(page, "worker-follow-refused-zh-390-dark") + axe(page)
    page.get_by_role("button", name="不同意").click()
    page.get_by_label("还有什么危险").fill("大修要等两个月，夜班看不见路")
    page.get_by_role("button", name="请重新判定").click()
    expect(page.get_by_text("已退回")).to_be_visible()
    expect(page.locator(".state.big")).not_to_have_text("判定不是隐患")

    # Another phone, with nothing but the code.
    other = new_page(size=NARROW, language="en")
    other.goto("/w/")
    other.get_by_label("Have a code?").fill(f" {code.lower()} ")
    other.get_by_role("button", name="Follow").click()
    expect(other.locator(".story li").first).to_be_visible()
    found += examine(other, "worker-follow-en-320")
    assert not found, "\n".join(found)


def test_one_reads_ones_own_data_on_the_phone_and_decides(signed_in: Open, new_page: Open) -> None:
    stranger = new_page(size=PHONE)
    stranger.goto("/w/privacy")
    way_in = stranger.get_by_role("link", name="去登录")
    expect(way_in).to_have_attribute("href", "/sign-in?next=/w/privacy")
    page = signed_in("worker", "/security", size=PHONE)
    page.goto("/sign-in?next=/w/privacy")  # whoever is signed in already goes straight on
    expect(page).to_have_url(re.compile("/w/privacy$"))
    expect(page.get_by_role("heading", name="谁看过我的信息")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("紧急查看"))).to_be_visible()
    found = examine(page, "worker-privacy-zh-390") + axe(page)
    page.get_by_role("button", name="同意 报警时确认我的位置").click()
    expect(page.get_by_role("button", name="撤回 报警时确认我的位置")).to_be_visible()
    page.get_by_role("button", name="申请导出").click()
    expect(page.get_by_role("link", name="下载").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="申请删除").click()
    page.get_by_role("button", name=re.compile("不能恢复")).click()  # the second tap
    expect(page.get_by_text("等待处理")).to_be_visible()
    assert found == []
