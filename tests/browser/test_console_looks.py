# ruff: noqa: E501 - the scripts for the page
"""Every page in both languages on a desk and on a phone: photographed, and checked for what is cut or overlaps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, ROOT, Open
from .small_region import WORST

SHOTS = ROOT / "screenshots"

# Texts that stand wider or higher than their box, and headings or buttons that lie over each other.
CUT = """() => {
  const seen = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length;
  const name = (e) => `${e.tagName.toLowerCase()}.${e.className} “${(e.textContent || '').trim().slice(0, 40)}”`;
  const meant = (e) => {
    for (let p = e; p; p = p.parentElement) {
      const s = getComputedStyle(p);
      if (s.textOverflow === 'ellipsis' || s.webkitLineClamp !== 'none' || /auto|scroll/.test(s.overflowX)) return true;
    }
    return false;
  };
  const found = [];
  const texts = document.querySelectorAll('h1,h2,h3,button,a,th,td,dt,dd,label,li,p,strong,small,.ant-tag,.ant-segmented-item-label');
  for (const e of texts) {
    if (!seen(e) || !e.clientWidth || getComputedStyle(e).display === 'inline') continue;
    if (e.scrollWidth > e.clientWidth + 1 && !meant(e)) found.push(`cut: ${name(e)} ${e.scrollWidth}>${e.clientWidth}`);
  }
  const solid = [...document.querySelectorAll('h1,h2,h3,button,.ant-btn,.ant-tag,.risk-mark,.tier-mark')].filter((e) => seen(e) && e.closest('.content, .sign-in'));
  const boxes = solid.map((e) => [e, e.getBoundingClientRect()]).filter(([, b]) => b.width > 2 && b.height > 2);
  for (let i = 0; i < boxes.length; i += 1) for (let j = i + 1; j < boxes.length; j += 1) {
    const [a, A] = boxes[i], [b, B] = boxes[j];
    if (a.contains(b) || b.contains(a) || a.closest('.ant-input-affix-wrapper') || b.closest('.ant-input-affix-wrapper')) continue;
    const w = Math.min(A.right, B.right) - Math.max(A.left, B.left);
    const h = Math.min(A.bottom, B.bottom) - Math.max(A.top, B.top);
    if (w > 2 && h > 2) found.push(`overlap: ${name(a)} with ${name(b)}`);
  }
  return found;
}"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FONTS = """() => [...new Set([...document.querySelectorAll('body, h1, button, input, td, p')]
  .filter((e) => e.checkVisibility()).map((e) => getComputedStyle(e).fontFamily))]"""


# Each goes on from where the one before it stopped, as a person does; a list loads the page anew.


def _region(page: Page) -> None:
    page.goto("/")
    if page.viewport_size["width"] > PHONE[0]:  # on a phone the map is one tap away
        page.locator(".map-panel canvas").wait_for()
    page.locator(".rows tbody tr, .cards .card").first.wait_for()


def _enterprise(page: Page) -> None:
    page.get_by_role("link", name=WORST).first.click()
    page.locator("#points-title").wait_for()
    page.locator(".panel canvas").first.wait_for()
    page.locator("#points-title >> xpath=ancestor::section >> css=.rows tr, .cards .card").first.wait_for()


def _evidence(page: Page) -> None:
    section = page.locator("section:has(#points-title)")
    section.locator(".link-button, button.card").first.click()
    page.locator(".ant-drawer .chain").wait_for()
    page.locator(".ant-drawer-open").wait_for()


def _warnings(page: Page) -> None:
    page.goto("/warnings")
    page.locator(".item").first.wait_for()


def _warning(page: Page) -> None:
    page.locator(".item").first.click()
    page.locator(".detail-title").wait_for()


def _cases(page: Page) -> None:
    page.goto("/cases")
    page.locator(".item").first.wait_for()


def _case(page: Page) -> None:
    page.locator(".item").nth(1).click()
    page.locator(".narrative mark").first.wait_for()


def _ledger(page: Page) -> None:
    page.goto("/ledger")
    page.locator(".rows tbody tr, .cards .card").first.wait_for()


def _proof(page: Page) -> None:
    page.locator(".rows tbody .ant-btn, .cards .card .ant-btn").first.click()
    page.locator(".ant-drawer .ant-alert-success").wait_for()


def _map(page: Page) -> None:
    """On a phone."""
    page.goto("/")
    page.locator(".gap-below-small label").nth(1).click()
    page.locator(".map-panel canvas").wait_for()


PAGES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "region": ("supervisor", _region),
    "enterprise": ("supervisor", _enterprise),
    "evidence": ("supervisor", _evidence),
    "map": ("supervisor", _map),
    "warnings": ("supervisor", _warnings),
    "warning": ("supervisor", _warning),
    "cases": ("coder", _cases),
    "case": ("coder", _case),
    "ledger": ("auditor", _ledger),
    "proof": ("auditor", _proof),
}


def _examine(page: Page, name: str) -> list[str]:
    page.wait_for_timeout(300)  # charts and drawers come to rest
    # A drawer covers the window, not the page below it.
    whole = page.locator(".ant-drawer-open").count() == 0
    page.screenshot(path=SHOTS / f"{name}.png", full_page=whole)
    found = [f"{name}: {one}" for one in page.evaluate(CUT)]
    beyond = page.evaluate(OVERFLOW)
    if beyond > 0:
        found.append(f"{name}: the page is {beyond} px wider than the window")
    for family in page.evaluate(FONTS):
        if "Noto Sans CJK SC" not in family or "Microsoft YaHei" not in family:
            found.append(f"{name}: a text is set in {family}")
    return found


def _in_both_languages(page: Page, name: str, width: str) -> list[str]:
    found = []
    for language, lang in (("zh", "zh-CN"), ("en", "en")):
        if page.evaluate("document.documentElement.lang") != lang:
            page.evaluate("document.querySelector('.language-switch').click()")  # it may lie below a drawer
        expect(page.locator("html")).to_have_attribute("lang", lang)
        found += _examine(page, f"{name}-{language}-{width}")
    page.evaluate("document.querySelector('.language-switch').click()")
    return found


@pytest.mark.parametrize(("width", "size"), [("1440", DESK), ("390", PHONE)])
def test_nothing_is_cut_or_overlaps(signed_in: Open, new_page: Open, width: str, size: tuple[int, int]) -> None:
    SHOTS.mkdir(exist_ok=True)
    page = new_page(size=size)
    page.goto("/sign-in")
    page.locator(".chip").first.wait_for()
    found = _in_both_languages(page, "sign-in", width)
    for person in ("supervisor", "coder", "auditor"):
        page = signed_in(person, size=size)
        for name, (who, visit) in PAGES.items():
            if who == person and not (name == "map" and size == DESK):  # there it stands beside the list
                visit(page)
                found += _in_both_languages(page, name, width)
    assert not found, "\n".join(found)
