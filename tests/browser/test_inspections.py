"""A plan is made, carried out on a phone with the network gone, and an order is issued and followed."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import DESK, PHONE, ROOT, Open
from .small_region import QUIET, WORST
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


def send(context: BrowserContext, path: str, **more: Any) -> Any:
    token = next(c["value"] for c in context.cookies() if c["name"] == "csrftoken")
    base = next(c["domain"] for c in context.cookies() if c["name"] == "csrftoken")
    answer = context.request.post(path, headers={"X-CSRFToken": token, "Referer": f"http://{base}"}, **more)
    assert answer.ok, answer.text()
    return answer.json()


def drawing() -> bytes:
    plan = Image.new("RGB", (900, 500), "white")
    pen = ImageDraw.Draw(plan)
    for box in ((40, 40, 420, 300), (460, 40, 860, 240), (460, 280, 860, 460)):
        pen.rectangle(box, outline="black", width=4)
    out = io.BytesIO()
    plan.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def site(make_context: Callable[..., BrowserContext]) -> int:
    """The worst enterprise has a plan with a gate, the press shop and a bay for the crane."""
    own = make_context("zh", "safety_manager")
    home = own.request.get("/api/auth/me").json()["organisation"]["id"]
    if "insp-gate" in own.request.get(f"/api/places?enterprise_id={home}").text():
        return int(home)  # the server has seen this module before
    picture = {"name": "plan.png", "mimeType": "image/png", "buffer": drawing()}
    corners = json.dumps([[31.2, 151.2], [31.199, 151.202]])
    form = {"file": picture, "organisation_id": str(home), "name": "厂区平面图", "corners": corners}
    plan = send(own, "/api/places/plans", multipart=form)["id"]
    for key, name, box in (
        ("insp-gate", "东大门", ((0.0, 0.7), (0.1, 0.7), (0.1, 0.9), (0.0, 0.9))),
        ("insp-press", "压力机车间", ((0.04, 0.08), (0.47, 0.08), (0.47, 0.6), (0.04, 0.6))),
        ("insp-crane", "电动单梁起重机跨", ((0.51, 0.08), (0.95, 0.08), (0.95, 0.48), (0.51, 0.48))),
    ):
        body = {"organisation_id": home, "key": key, "name_zh": name, "plan_id": plan, "outline": box}
        send(own, "/api/places/areas", data=body)
    return int(home)


def photo() -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "steelblue").save(out, "JPEG")
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def open_item(page: Page, words: str) -> str:
    """Go to the item whose name holds `words`; gives its title."""
    page.locator(".walk-dots button", has=page.locator(f"xpath=self::*[contains(@title, '{words}')]")).first.click()
    title = page.locator(".walk-card h2")
    expect(title).to_contain_text(words)
    return title.inner_text()


def answer(page: Page, words: str) -> None:
    page.locator(".walk-choices").get_by_role("button", name=words).click()


def test_a_plan_is_made_carried_out_offline_and_its_findings_become_an_order(
    signed_in: Open, make_context: Callable[..., BrowserContext], site: int
) -> None:
    desk = signed_in("supervisor", "/inspections")
    desk.get_by_role("combobox", name="企业").fill(WORST)
    desk.locator(".ant-select-item-option", has_text=WORST).click()
    desk.get_by_role("button", name="生 成").or_(desk.get_by_role("button", name="生成", exact=True)).click()
    desk.locator(".plan-stop").first.wait_for()
    number = desk.url.rsplit("/", 1)[1]
    found = examine(desk, "inspection-plan-zh-1440")
    crane = desk.locator(".plan-item", has_text="电动单梁起重机：起重机械定期检验")
    expect(crane).to_contain_text("平台无检验记录")
    expect(crane).to_contain_text("特种设备安全法")
    expect(desk.locator(".route-map circle")).not_to_have_count(0)
    expect(desk.locator(".plan-sum")).to_contain_text("120 分钟")
    desk.emulate_media(media="print")
    desk.screenshot(path=SHOTS / "inspection-plan-print.png", full_page=True)
    expect(desk.locator(".plan-tools")).to_be_hidden()
    desk.emulate_media(media="screen")

    phone = signed_in("supervisor", f"/inspections/plans/{number}/walk", size=PHONE)
    sign = phone.locator(".queue-sign [role=status]")
    expect(sign).to_have_text(KEPT)
    found += examine(phone, "inspection-walk-zh-390")
    phone.context.set_offline(True)
    expect(sign).to_contain_text("离线")
    title = open_item(phone, "起重机械定期检验")
    phone.get_by_label("备注").fill("使用标志缺失,报告未出示")
    phone.locator("#walk-photo").set_input_files([photo()])
    expect(phone.locator(".walk-photos img")).to_have_count(1)
    found += examine(phone, "inspection-finding-zh-390")
    answer(phone, "发现隐患")
    expect(phone.locator(".walk-card h2")).not_to_have_text(title)  # the next open item by itself
    open_item(phone, "起重机司机")
    phone.get_by_label("报告或证件日期").fill("2025-05-20")
    answer(phone, "正常")
    other = phone.locator(".walk-card h2").inner_text()
    answer(phone, "不适用")
    expect(sign).to_contain_text("4 条已存本机")  # three answers and a photo
    # A slip of the thumb, taken back before the network is there: the server never hears of it.
    phone.locator(".walk-last").get_by_role("button", name="撤 销").or_(
        phone.locator(".walk-last").get_by_role("button", name="撤销")
    ).click()
    expect(phone.locator(".walk-card h2")).to_have_text(other)
    expect(sign).to_contain_text("3 条已存本机")
    found += examine(phone, "inspection-offline-zh-390")
    phone.context.set_offline(False)
    expect(sign).to_have_text(KEPT)
    plan = phone.request.get(f"/api/inspections/plans/{number}").json()
    given = {i["title_zh"]: i["answer"] for stop in plan["stops"] for i in stop["items"] if i["answer"]}
    assert sorted(one["result"] for one in given.values()) == ["finding", "ok"]
    hazard = given[title]["hazard_id"]
    assert hazard
    assert len(given[title]["photos"]) == 1
    papers = phone.request.get(f"/api/enterprises/{site}/papers").json()
    assert [(one["code"], one["done_on"]) for one in papers["kept"]] == [("Q2", "2025-05-20")]

    desk.reload()
    desk.get_by_role("button", name="下达整改指令").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox", checked=True)).to_have_count(1)
    dialog.get_by_role("textbox", name=re.compile("整改要求")).fill("停用并申请检验")
    dialog.get_by_label("依据").fill("特种设备安全法第四十条")
    found += examine(desk, "inspection-issue-zh-1440")
    dialog.get_by_role("button", name=re.compile("下\\s?达")).click()
    desk.locator(".order-items").wait_for()
    order = desk.url
    found += examine(desk, "inspection-order-zh-1440")

    own = signed_in("safety_manager", "/inspections?tab=orders", size=PHONE)
    own.locator(".plan-line", has_text="第 1 号").or_(own.locator(".plan-line")).first.click()
    expect(own.locator(".order-items")).to_contain_text("停用并申请检验")
    expect(own.locator(".order-facts")).to_contain_text("上级单位人员")
    found += examine(own, "inspection-order-zh-390")
    # What the authority does shows at once where the enterprise looks.
    desk.get_by_role("button", name="撤回指令").click()
    desk.get_by_role("dialog").get_by_role("textbox").fill("企业已当场停用")
    desk.get_by_role("dialog").get_by_role("button", name="撤回指令").click()
    expect(own.locator(".order-steps")).to_contain_text("撤回")
    assert order == desk.url
    assert not found, "\n".join(found)


def test_an_answer_is_given_and_taken_back_with_keys_alone(signed_in: Open, site: int) -> None:
    page = signed_in("safety_manager", "/inspections")
    page.get_by_role("button", name="生 成").or_(page.get_by_role("button", name="生成", exact=True)).click()
    page.locator(".plan-stop").first.wait_for()
    page.get_by_role("button", name=re.compile("开始检查|继续检查")).click()
    title = page.locator(".walk-card h2")
    first = title.inner_text()
    page.keyboard.press("n")
    page.keyboard.type("按错了")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    expect(title).not_to_have_text(first)
    expect(page.locator(".queue-sign [role=status]")).to_have_text(KEPT)
    page.keyboard.press("k")
    expect(page.locator(".walk-given")).to_contain_text("已送达")
    page.keyboard.press("u")
    expect(page.locator(".walk-choice")).to_have_count(3)
    expect(page.locator(".queue-sign [role=status]")).to_have_text(KEPT)
    plan = page.request.get(
        f"/api{page.url.partition('/plans/')[0].partition('/inspections')[1]}/plans/{page.url.rsplit('/', 2)[1]}"
    ).json()
    assert plan["answered"] == 0


def test_what_the_server_refuses_is_told_and_not_lost(signed_in: Open, site: int) -> None:
    page = signed_in("safety_manager", "/inspections", size=PHONE)
    page.locator(".plan-line").first.click()
    page.get_by_role("button", name=re.compile("开始检查|继续检查")).click()
    page.locator(".walk-card").wait_for()
    body = json.dumps({"code": "not_found", "message_zh": "没有找到这条记录", "message_en": "There is no such record"})
    page.route("**/api/inspections/answers", lambda route: route.fulfill(status=404, body=body))
    page.get_by_label("备注").fill("设备已拆除")
    answer(page, "发现隐患")
    refused = page.locator(".queue-refused")
    expect(refused).to_contain_text("没有找到这条记录")
    expect(refused).to_contain_text("设备已拆除")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")  # from under the bar at the lower edge
    found = examine(page, "inspection-refused-zh-390")
    page.unroute("**/api/inspections/answers")
    refused.get_by_role("button", name="放弃此条").click()
    expect(refused).to_have_count(0)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("width", "size"), [("1440", DESK), ("390", PHONE)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_part_looks_right(signed_in: Open, site: int, language: str, width: str, size: tuple[int, int]) -> None:
    page = signed_in("supervisor", "/inspections?tab=choose", size=size, language=language)
    page.locator(".chosen-list, .choose-form").first.wait_for()
    if page.locator(".chosen-list").count() == 0:
        page.locator(".choose-form button[type=submit]").click()
        page.locator(".chosen-list").first.wait_for()
    found = examine(page, f"inspection-choose-{language}-{width}")
    for tab, wait in (("plans", ".plan-list, .ant-empty"), ("orders", ".plan-list, .ant-empty"), ("results", ".panel")):
        page.goto(f"/inspections?tab={tab}")
        page.locator(wait).first.wait_for()
        found += examine(page, f"inspection-{tab}-{language}-{width}")
    page.goto(f"/enterprises/{site}/papers")
    page.locator(".paper-list").first.wait_for()
    found += examine(page, f"papers-{language}-{width}")
    if language == "en":
        text = page.locator(".content").inner_text()
        page.goto("/inspections?tab=results")
        text += page.locator(".content").inner_text()
        heads = [line for line in text.splitlines() if re.search(r"^(到期|已登记|命中|覆盖)", line)]
        assert not heads, heads
    assert not found, "\n".join(found)


def test_an_enterprise_with_little_to_look_at_gets_a_short_plan(signed_in: Open) -> None:
    page = signed_in("supervisor", "/inspections", size=PHONE)
    page.get_by_role("combobox", name="企业").fill(QUIET)
    page.locator(".ant-select-item-option", has_text=QUIET).click()
    page.get_by_role("button", name="生 成").or_(page.get_by_role("button", name="生成", exact=True)).click()
    expect(page.locator(".plan-item")).to_have_count(1)
    expect(page.locator(".plan-sum")).to_contain_text("20 / 120 分钟")
