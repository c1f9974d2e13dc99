"""My data with who looked and an export; an agreement from proposal to revocation; statistics with their error."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Open

PICTURES = Path(__file__).parents[2] / "screenshots"


def _post(page: Page, path: str, data: dict[str, object]) -> dict[str, object]:
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
    answer = page.request.post(f"/api{path}", data=data, headers={"X-CSRFToken": token, "Referer": page.url})
    assert answer.ok, answer.text()
    found: dict[str, object] = answer.json()
    return found


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_fit(signed_in: Open, size: tuple[int, int], language: str) -> None:
    visits = (("worker", "/me/privacy"), ("supervisor", "/privacy?tab=retention"), ("supervisor", "/sharing"))
    for who, path in visits:
        page = signed_in(who, path, size=size, language=language)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator(".watermark").first).to_be_attached()
        expect(page.locator(".loading-block")).to_have_count(0)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0], f"{path} is {width} px wide"
        name = path.strip("/").partition("?")[0].replace("/", "-")
        page.screenshot(path=PICTURES / f"{name}-{language}-{size[0]}.png", full_page=True)


def test_a_worker_sees_who_looked_and_takes_everything_along(signed_in: Open) -> None:
    mine = signed_in("worker", "/me/privacy")
    me = mine.request.get("/api/auth/me").json()
    manager = signed_in("safety_manager", "/")
    _post(manager, f"/privacy/people/{me['id']}/reads", {"purpose": "高处作业适岗核对"})
    mine.reload()
    row = mine.locator("main .rows tbody tr").first
    expect(row).to_contain_text("高处作业适岗核对")
    expect(row).to_contain_text("李安全")
    mine.get_by_role("button", name="申请导出").click()
    link = mine.get_by_role("link", name="下载")
    expect(link).to_be_visible()
    with mine.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename.endswith(".zip")
    mark = mine.locator(".watermark").first
    assert mark.evaluate("(e) => getComputedStyle(e).backgroundImage").startswith('url("data:image/png')


def test_an_agreement_is_proposed_accepted_read_and_revoked(signed_in: Open) -> None:
    manager = signed_in("safety_manager", "/")
    home = manager.request.get("/api/auth/me").json()["organisation"]
    while home["kind"] != "enterprise":
        pytest.fail("the demo's safety manager belongs to an enterprise")
    giver = signed_in("supervisor", "/sharing")
    giver.get_by_role("button", name="发起共享").click()
    dialog = giver.get_by_role("dialog")
    dialog.get_by_label("接收方").fill(home["name"])
    giver.get_by_title(home["name"], exact=True).click()  # the list may still be on its way
    dialog.get_by_label("数据集").click()
    giver.locator(".ant-select-item-option").filter(has_text="预警").first.click()
    dialog.locator(".ant-modal-title").click()  # the list closes
    dialog.get_by_label("用途").fill("同类企业预警通报")
    dialog.get_by_label("法律依据").fill("数据安全法第四十条")
    until = (date.today() + timedelta(days=30)).isoformat()
    dialog.get_by_label("截止").fill(until)
    giver.keyboard.press("Enter")
    dialog.get_by_role("button", name="发起共享").click()
    expect(giver.locator(".agreement").first).to_contain_text("待接受")
    manager.goto("/sharing")
    manager.get_by_role("button", name="接受").first.click()
    expect(manager.locator(".agreement").first).to_contain_text("生效中")
    manager.get_by_role("button", name="查看数据").first.click()
    manager.get_by_role("dialog").get_by_role("combobox").click()
    manager.locator(".ant-select-item-option").first.click()
    expect(manager.get_by_role("dialog").locator("tbody tr").first).to_be_visible()
    giver.reload()
    expect(giver.get_by_role("button", name="读取 1 次")).to_be_visible()
    giver.get_by_role("button", name="撤销").first.click()
    giver.get_by_label("撤销理由").fill("项目结束")
    giver.get_by_role("dialog").get_by_role("button", name="撤销").click()
    expect(giver.locator(".agreement").first).to_contain_text("已撤销")
    manager.reload()
    expect(manager.locator(".agreement").first).to_contain_text("已撤销")
    expect(manager.get_by_role("button", name="查看数据")).to_have_count(0)


def test_statistics_are_published_with_their_error(signed_in: Open) -> None:
    page = signed_in("supervisor", "/privacy?tab=statistics")
    page.get_by_role("button", name="发布", exact=True).click()
    release = page.locator(".release").first
    expect(release).to_contain_text("95%")
    expect(release.locator("tbody tr")).to_have_count(28)
