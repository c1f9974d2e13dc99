"""Every page of the console passes axe without a serious or critical finding; whoever has no mouse sees where they
are, and every button has a name in the language on screen.

Routes are read from the console's own list: a new page fails here until it says who opens it and what to wait for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, TimeoutError, expect

from . import small_region
from .conftest import DESK, PHONE, ROOT, Open, serving, watch
from .test_console_looks import CUT, OVERFLOW
from .test_rates import _insurance

AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
SHOTS = ROOT / "screenshots"
ROUTES = ROOT / "web/src/app/routes.tsx"
GRAVE = ("serious", "critical")
PATIENCE = 180_000  # kernels are compiled for half a minute in a new clone, longer beside other tests


@dataclass(frozen=True)
class Visit:
    """One look at a route: who, at what address (`{key}` is an id that was asked for), and what must be there."""

    who: str
    path: str
    shows: str = "main h1"


ENTERPRISE = "/enterprises/{enterprise}"
# route → how it is looked at. The server's own pages and the worker's app have tests of their own.
VISITS: dict[str, tuple[Visit, ...]] = {
    "/sign-in": (Visit("", "/sign-in", "form"),),
    "/claim": (Visit("", "/claim", "form"),),
    "/invite": (Visit("", "/invite", "[role=alert]"),),
    "/": (Visit("supervisor", "/", ".rows tbody tr"),),
    "/region/groups": (Visit("supervisor", "/region/groups"),),
    "/enterprises/:id": (Visit("supervisor", ENTERPRISE, ".rows tbody tr"),),
    "/enterprises/:id/visit": (Visit("supervisor", ENTERPRISE + "/visit"),),
    "/enterprises/:id/safety-value": (Visit("supervisor", ENTERPRISE + "/safety-value"),),
    "/verify": (Visit("safety_manager", "/verify", "main h1, main h2"),),
    "/verify/rates": (Visit("supervisor", "/verify/rates"),),
    "/verify/:id": (Visit("supervisor", "/verify/{enterprise}", "main h1, main h2"),),
    "/warnings": (Visit("supervisor", "/warnings"),),
    "/warnings/:id": (Visit("supervisor", "/warnings/{warning}"),),
    "/cases": (Visit("coder", "/cases"),),
    "/cases/campaigns": (Visit("coder", "/cases/campaigns"),),
    "/cases/campaigns/:id": (Visit("coder", "/cases/campaigns"),),
    "/cases/:id": (Visit("coder", "/cases/{case}", ".narrative"),),
    "/models": (Visit("coder", "/models"),),
    "/data-health": (Visit("supervisor", "/data-health"),),
    "/graph": (Visit("supervisor", "/graph"),),
    "/linkage": (Visit("supervisor", "/linkage"),),
    "/linkage/:id": (Visit("supervisor", "/linkage"),),
    "/rates": (Visit("supervisor", "/rates"),),
    "/rates/:id": (Visit("supervisor", "/rates"),),
    "/participation": (
        Visit("safety_manager", "/participation?tab=ideas&idea={idea}", ".detail-title"),
        Visit("safety_manager", "/participation?tab=board", ".panel h2"),
        Visit("team_leader", "/participation?tab=mine", ".naming"),
        Visit("team_leader", "/participation?tab=assessment", ".question"),
        Visit("safety_manager", "/participation?tab=found", ".panel h2"),
        Visit("safety_manager", "/participation?tab=rewards", ".panel h2"),
    ),
    "/places": (Visit("safety_manager", "/places"),),
    "/places/print": (Visit("safety_manager", "/places/print", "main"),),
    "/decisions": (Visit("supervisor", "/decisions"),),
    "/decisions/:id": (Visit("supervisor", "/decisions/{version}"),),
    "/dispatch": (Visit("safety_manager", "/dispatch"), Visit("safety_manager", "/dispatch?tab=channels")),
    "/inbox": (Visit("safety_manager", "/inbox"),),
    "/inspections": (
        Visit("supervisor", "/inspections"),
        Visit("supervisor", "/inspections?tab=choose"),
        Visit("supervisor", "/inspections?tab=results"),
    ),
    "/inspections/plans/:id": (Visit("safety_manager", "/inspections/plans/{plan}"),),
    "/inspections/plans/:id/walk": (Visit("safety_manager", "/inspections/plans/{plan}/walk", "main h1, main h2"),),
    "/inspections/orders/:id": (Visit("supervisor", "/inspections/orders/{order}"),),
    "/enterprises/:id/papers": (Visit("safety_manager", "/enterprises/{home}/papers"),),
    "/hazards": (
        Visit("safety_manager", "/hazards"),
        Visit("safety_manager", "/hazards?view=table"),
        Visit("supervisor", "/hazards?view=map"),
        Visit("supervisor", "/hazards?view=figures"),
    ),
    "/hazards/:id": (Visit("safety_manager", "/hazards/{hazard}"),),
    "/me/privacy": (Visit("worker", "/me/privacy", ".privacy-facts"),),
    "/privacy": (
        Visit("supervisor", "/privacy", ".ant-tabs"),
        Visit("supervisor", "/privacy?tab=erasures", ".panel"),
        Visit("supervisor", "/privacy?tab=holds", ".panel"),
        Visit("supervisor", "/privacy?tab=retention", ".line-rows"),
        Visit("supervisor", "/privacy?tab=statistics", ".release, .ant-empty"),
    ),
    "/sharing": (Visit("supervisor", "/sharing", ".panel"),),
    "/people": (
        Visit("supervisor", "/people", ".rows tbody tr"),
        Visit("supervisor", "/people?tab=organisations", ".rows tbody tr"),
        Visit("supervisor", "/people?tab=roles", ".matrix tbody tr"),
        Visit("supervisor", "/people?tab=keys", ".ant-empty"),
        Visit("supervisor", "/people?tab=groups", ".ant-empty"),
        Visit("supervisor", "/people?tab=emergency", ".ant-empty"),
    ),
    "/security": (Visit("worker", "/security", ".security-row"),),
    "/live": (Visit("safety_manager", "/live", ".live-sensor"), Visit("supervisor", "/live")),
    "/live/nodes": (Visit("safety_manager", "/live/nodes"),),
    "/live/permits": (
        Visit("safety_manager", "/live/permits", ".permit"),
        Visit("supervisor", "/live/permits"),
    ),
    "/live/channels/:id": (Visit("safety_manager", "/live/channels/{channel}", "main h1"),),
    "/ledger": (Visit("auditor", "/ledger", ".rows tbody tr"),),
    "*": (Visit("supervisor", "/no-such-page", ".ant-result"),),
    # Last: it reads the model, and in a new clone compiles its kernels, which the server has begun meanwhile.
    "/enterprises/:id/what-if": (Visit("supervisor", ENTERPRISE + "/what-if"),),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = small_region.write(tmp_path_factory.mktemp("axe"))
    (folder / "insurance.csv").write_text(_insurance(), encoding="utf-8")
    with serving(folder, tmp_path_factory.mktemp("home"), warm=True) as base:
        yield base


class Api:
    """The API as one person."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address

    def get(self, path: str) -> Any:
        answer = self.context.request.get(f"/api{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        token = next(c["value"] for c in self.context.cookies() if c["name"] == "csrftoken")
        headers = {"X-CSRFToken": token, "Referer": self.address}
        answer = self.context.request.post(f"/api{path}", data=body, headers=headers)
        assert answer.ok, answer.text()
        return answer.json() if answer.status != 204 else None


IDEA = {
    "title": "给三号压力机装退料气缸",
    "problem": "取料时手要伸进模区，已有两次险情。",
    "idea": "加退料气缸和脚踏阀，取料不再伸手。",
    "show_author": True,
}


@pytest.fixture(scope="module")
def ids(make_context: Callable[..., BrowserContext], address: str) -> dict[str, str]:
    """Ids to look at, and what makes the pages more than empty: an idea on trial, an open round, a simulation."""
    supervisor = Api(make_context("zh", "supervisor"), address)
    manager = Api(make_context("zh", "safety_manager"), address)
    leader = Api(make_context("zh", "team_leader"), address)
    supervisor.post("/rates/runs", {"table_id": None, "year": None, "income_change": 0})
    home = manager.get("/enterprises?size=1")["items"][0]["id"]
    warning = supervisor.get("/warnings?size=1")["items"][0]["id"]
    entry = {"kind": "machine_guarding", "title_zh": "三号压力机缺防护罩", "title_en": "Press 3 has no guard"}
    hazard = manager.post("/hazards", {"enterprise_id": home, "words": "模区可伸手，光栅被短接。"} | entry)["id"]
    plan = manager.post(f"/enterprises/{home}/inspection-plan", {"minutes": 120})["id"]
    order = supervisor.post(
        f"/enterprises/{home}/orders",
        {"client_id": str(uuid4()), "items": [{"hazard_id": hazard}], "deadline": _in_days(10), "basis": "现场检查"},
    )["id"]
    version = supervisor.post("/decisions/drafts", {})["id"]
    idea = leader.post("/participation/ideas", IDEA)["id"]
    trial = {"kind": "trial", "where": "三号压力机", "until": _in_days(20), "measure": "每班伸手次数"}
    manager.post(f"/participation/ideas/{idea}/steps", trial)
    manager.post("/participation/assessment/rounds", {"closes_on": _in_days(10)})
    return {
        "enterprise": str(supervisor.get("/enterprises?size=1")["items"][0]["id"]),
        "home": str(home),
        "warning": str(warning),
        "hazard": str(hazard),
        "plan": str(plan),
        "order": str(order),
        "version": str(version),
        "case": str(Api(make_context("zh", "coder"), address).get("/cases?size=1")["items"][0]["id"]),
        "idea": str(idea),
        "channel": str(_sensor(manager, home)),
    }


def _sensor(manager: Api, home: int) -> int:
    """A gas head on the plan that never sent anything, a node that waits for its enrolment, and a permit beside it."""
    area = next(area for area in manager.get(f"/places?enterprise_id={home}")["areas"] if area["plan_id"])
    where = {"organisation_id": home, "area_id": area["id"], "key": "axe.h2s", "device": "GDS-1", "x": 9, "y": 9}
    manager.post("/edge/nodes", {"organisation_id": home, "name": "axe-node"})
    hours = {"starts_at": f"{_in_days(1)}T08:00:00Z", "ends_at": f"{_in_days(1)}T12:00:00Z"}
    manager.post("/riskmap/permits", {"area_id": area["id"], "kind": "CSE", "x": 0.5, "y": 0.5} | hours)
    return int(manager.post("/sensing/channels", where | {"quantity": "gas:h2s", "unit": "ppm"})["id"])


def _in_days(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def _routes() -> set[str]:
    return set(re.findall(r'path: "([^"]+)"', ROUTES.read_text("utf-8")))


# What is still loading, and the last that was asked of the server.
LOADING = """() => [
  ...[...document.querySelectorAll("[aria-busy=true], .ant-skeleton")].map((e) => e.outerHTML.slice(0, 200)),
  ...performance.getEntriesByType("resource").slice(-8).map((r) => `${r.name} ${r.responseStatus} ${r.duration} ms`),
]"""


def _settle(page: Page, shows: str) -> None:
    page.locator(shows).first.wait_for(timeout=PATIENCE)
    try:
        page.wait_for_function("() => !document.querySelector('[aria-busy=true], .ant-skeleton')", timeout=PATIENCE)
    except TimeoutError as late:
        raise AssertionError(f"{page.url} still loads: {page.evaluate(LOADING)}") from late


def _findings(page: Page) -> list[str]:
    """What axe holds against the page as it stands: rule, why, and where, grave ones only."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map(
             (v) => [v.impact, v.id, v.help, v.nodes.map((n) => n.target.join(" ") + " | " + n.html.slice(0, 160)
               + " | " + (n.any.concat(n.all, n.none).map((c) => c.message).join("; ")).slice(0, 200))])"""
    )
    return [
        f"{rule}: {text}\n    " + "\n    ".join(nodes[:6]) for impact, rule, text, nodes in found if impact in GRAVE
    ]


def test_every_page_passes_axe_without_a_grave_finding(
    make_context: Callable[..., BrowserContext], new_page: Open, ids: dict[str, str]
) -> None:
    assert AXE.exists(), "axe-core is not installed: run `npm ci` in web/, then test again"
    missing = _routes() - VISITS.keys()
    assert not missing, f"new routes {sorted(missing)}: say in VISITS who opens them and what to wait for"
    pages: dict[str, Page] = {}
    bad: list[str] = []
    for visits in VISITS.values():
        for visit in visits:
            if visit.who not in pages:
                made = make_context("zh", visit.who).new_page() if visit.who else new_page()
                made.set_viewport_size({"width": DESK[0], "height": DESK[1]})
                if visit.who:
                    watch(made, bad)  # no page may do what its own security policy refuses
                pages[visit.who] = made
            page = pages[visit.who]
            path = visit.path.format(**ids)
            page.goto(path)
            _settle(page, visit.shows)
            bad += [f"{path}: {finding}" for finding in _findings(page)]
    for page in pages.values():
        page.close()
    assert not bad, "\n".join(bad)


def test_whoever_has_no_mouse_sees_where_they_are(signed_in: Open, ids: dict[str, str]) -> None:
    """Every place that Tab reaches draws something around itself, and Tab is never caught."""
    for who, path in (("supervisor", "/"), ("coder", "/cases/" + ids["case"]), ("team_leader", "/participation")):
        page = signed_in(who, path)
        _settle(page, "main h1, main h2")
        page.locator("body").focus()
        seen = []
        for _ in range(24):
            page.keyboard.press("Tab")
            seen.append(page.evaluate(FOCUS))
        unseen = [name for name, shown in seen if not shown]
        assert not unseen, f"{path}: no ring around {unseen}"
        assert len({name for name, _ in seen}) > 12, f"{path}: Tab goes round and round {seen}"


# The element that has the focus, and whether it or the box it fills draws an outline, a shadow or an accent border.
FOCUS = """() => {
  const e = document.activeElement;
  const name = `${e.tagName} ${(e.getAttribute("aria-label") || e.textContent || e.className).trim().slice(0, 40)}`;
  if (e === document.body) return [name, true];
  const rings = (one) => {
    const s = getComputedStyle(one);
    return (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1) || s.boxShadow !== "none";
  };
  const boxes = [e, e.nextElementSibling, ...["label", ".ant-select", ".ant-input-affix-wrapper", ".ant-picker",
    ".ant-segmented-item", ".ant-tabs-tab", ".ant-checkbox"].map((s) => e.closest(s))];
  return [name, boxes.filter(Boolean).some(rings)];
}"""

# Names of what can be pressed, and whether they show as text or only by an icon.
PRESSED = """() => [...document.querySelectorAll("button, [role=button], a[href]")]
  .filter((e) => e.closest("main, header") && e.tabIndex >= 0 && !e.disabled)
  .filter((e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true })).map((e) => [
    (e.getAttribute("aria-label") || e.getAttribute("title") || e.textContent || "").trim(),
    Boolean((e.textContent || "").trim()), e.outerHTML.slice(0, 140)])"""


def test_what_shows_only_an_icon_has_a_name_in_the_language_on_screen(signed_in: Open, ids: dict[str, str]) -> None:
    paths = [
        ("supervisor", "/"),
        ("supervisor", "/warnings/" + ids["warning"]),
        ("supervisor", "/graph"),
        ("safety_manager", "/hazards/" + ids["hazard"]),
        ("safety_manager", "/dispatch"),
        ("safety_manager", "/participation?tab=rewards"),
    ]
    for language in ("zh", "en"):
        for who, path in paths:
            page = signed_in(who, path, language=language)
            _settle(page, "main h1")
            for name, worded, html in page.evaluate(PRESSED):
                assert name, f"{path} ({language}): no name: {html}"
                if language == "en" and not worded:
                    assert not re.search(r"[\u4e00-\u9fff]", name), f"{path}: a Chinese name on an English page: {html}"
                if language == "zh" and not worded:
                    assert re.search(r"[\u4e00-\u9fff]", name), f"{path}: no Chinese name: {html}"


# ── the room of participation, as people use it ───────────────────────────────────────────────────────────────────────


def _looked_at(page: Page, name: str) -> None:
    page.screenshot(path=SHOTS / f"participation-{name}.png", full_page=True)
    assert page.evaluate(OVERFLOW) <= 0, f"{name}: wider than its window"
    assert page.evaluate(CUT) == [], name


def test_an_idea_is_made_on_a_phone_supported_and_declined_with_a_reason(signed_in: Open) -> None:
    page = signed_in("team_leader", "/participation", size=PHONE)
    page.get_by_role("button", name="提一条建议").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="提一条建议").click()
    expect(dialog.get_by_text("请填写此项")).to_have_count(3)
    dialog.get_by_label("标题").fill("剪板机脚踏加护罩")
    dialog.get_by_label("问题").fill("脚踏容易误踩，手还在刀口下。")
    dialog.get_by_label("办法").fill("加一个上方封闭的护罩。")
    dialog.get_by_role("button", name="提一条建议").click()
    expect(page.locator(".detail-title")).to_have_text("剪板机脚踏加护罩")
    _looked_at(page, "idea-phone")
    number = re.search(r"idea=(\d+)", page.url)
    assert number
    desk = signed_in("safety_manager", f"/participation?tab=ideas&idea={number[1]}")
    panel = desk.locator(".detail-panel")
    panel.get_by_role("button", name="支持").click()
    expect(panel.get_by_role("button", name="已支持 · 1")).to_have_attribute("aria-pressed", "true")
    panel.get_by_role("button", name="不采纳").click()
    desk.get_by_role("dialog").get_by_label("理由").fill("该机已换成双手按钮，下月停用脚踏。")
    desk.get_by_role("dialog").get_by_role("button", name="不采纳").click()
    expect(page.locator(".history")).to_contain_text("双手按钮")  # the author sees it without reloading
    _looked_at(desk, "idea-desk")


def test_both_sides_answer_and_workers_stay_hidden_while_they_are_few(signed_in: Open) -> None:
    worker = signed_in("team_leader", "/participation?tab=assessment", size=PHONE)
    sheet = worker.locator(".sheet")
    expect(sheet).to_contain_text("您以一线员工身份回答")
    sheet.get_by_role("button", name="提交").click()
    expect(worker.get_by_role("alert").filter(has_text="还有 18 题没答")).to_be_visible()
    questions = sheet.locator("fieldset")
    for index in range(questions.count()):
        questions.nth(index).locator("label", has_text="多数时候").click()
    _looked_at(worker, "sheet-phone")
    sheet.get_by_role("button", name="提交").click()
    expect(worker.get_by_text("您已答过这一轮，谢谢。")).to_be_visible()
    manager = signed_in("safety_manager", "/participation?tab=assessment", language="en")
    expect(manager.get_by_text("Fewer than 5 workers have answered")).to_be_visible()
    questions = manager.locator(".sheet fieldset")
    for index in range(questions.count()):
        questions.nth(index).locator("label", has_text="Always").click()
    manager.get_by_role("button", name="Send").click()
    expect(manager.get_by_text("You have answered this round, thank you.")).to_be_visible()
    manager.get_by_role("button", name="Close the round").click()
    manager.locator(".ant-popover").get_by_role("button", name="Close the round").click()
    expect(manager.get_by_text("Fewer than 5 workers answered; their side isn't shown.")).to_be_visible()
    row = manager.locator("table.rows").first.locator("tbody tr").first
    expect(row).to_contain_text("not shown")
    expect(row).to_contain_text("100")
    _looked_at(manager, "assessment-en")


def test_names_go_at_once_and_the_pages_look_right_on_both_sizes(signed_in: Open) -> None:
    page = signed_in("team_leader", "/participation?tab=mine")
    page.get_by_role("switch", name="不想出现名字").click()
    expect(page.get_by_text("名字已隐藏")).to_be_visible()
    _looked_at(page, "mine")
    reader = signed_in("safety_manager", "/participation?tab=ideas")
    expect(reader.locator(".item-list .item").first).to_contain_text("一位同事")
    page.get_by_role("switch", name="不想出现名字").click()
    expect(reader.locator(".item-list .item").first).to_contain_text("王班长")
    for tab in ("board", "found", "rewards"):
        for size, name in ((DESK, "desk"), (PHONE, "phone")):
            shown = signed_in("safety_manager", f"/participation?tab={tab}", size=size, language="en")
            _settle(shown, ".panel h2")
            _looked_at(shown, f"{tab}-{name}")
            shown.close()


def test_an_unknown_code_claims_nothing_and_says_so(new_page: Open) -> None:
    page = new_page(size=PHONE)
    page.goto("/claim")
    page.get_by_label("查询码").fill("7K3M-9QWD-X2RT")
    page.keyboard.press("Enter")
    expect(page.get_by_text("没有这个查询码对应的匿名上报")).to_be_visible()
    _looked_at(page, "claim-phone")
