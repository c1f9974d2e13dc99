"""A real server on a free port with its own embedded database, a small loaded region, and a real Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.homes import copy_home

from . import small_region

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = ROOT / "src/yufang/server/static/console/index.html"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
START_SECONDS = 180
PATIENCE_MS = 8_000
DESK, PHONE = (1440, 900), (390, 844)

Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that holds the small region and the demo accounts."""
    folder = small_region.write(tmp_path_factory.mktemp("region"))
    with serving(folder, tmp_path_factory.mktemp("home"), warm=True) as base:
        yield base


def _environment(home: Path) -> dict[str, str]:
    # Every test signs in anew, all from one address.
    env = os.environ | {"YUFANG_HOME": str(home), "YUFANG_SIGN_IN_TRIES": "50"}
    env.pop("DATABASE_URL", None)
    return env


@contextmanager
def serving(folder: Path, home: Path, *, warm: bool = False) -> Iterator[str]:
    """A server of its own that holds the region in `folder`; gives its address. `warm`: deduction is read ahead."""
    if not CONSOLE.exists():
        pytest.fail("The console is not built. Run `make web` (or `npm ci && npm run build` in web/), then test again.")
    copy_home(home)
    log = folder / "server.log"
    port = _free_port()
    script = (
        "import sys, pathlib; from yufang.commands.server import serve_demo; "
        "serve_demo(pathlib.Path(sys.argv[1]), port=int(sys.argv[2]))"
    )
    command = [sys.executable, "-c", script, str(folder), str(port)]
    with log.open("w") as output:
        environment = _environment(home) | {"YUFANG_WARM": str(int(warm))}
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        base = f"http://localhost:{port}"
        _await(base, server, log)
        yield base
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(base: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{base}/api/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The server did not start. It said:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("The browser tests need Chromium and found none. Install the package `chromium`, then test again.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What scripts threw in any page of the test, and what its security policy refused; anything fails it."""
    found: list[str] = []
    yield found
    assert not found, f"scripts failed, or the policy refused them, in the page: {found}"


@pytest.fixture(scope="module")
def make_context(browser: Browser, address: str) -> Iterator[Callable[..., BrowserContext]]:
    """Contexts of the module: one for each person and language is kept, with its sign-in and its cache."""
    kept: dict[tuple[str, str], BrowserContext] = {}

    def make(language: str, username: str = "") -> BrowserContext:
        key = (language, username)
        if username and key in kept:
            return kept[key]
        context = browser.new_context(base_url=address, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        once = "localStorage.getItem('yufang.language') || localStorage.setItem('yufang.language', '%s')"
        context.add_init_script(once % language)
        if username:
            kept[key] = context
            context.request.get("/api/auth/me")  # sets the CSRF cookie
            token = next(c["value"] for c in context.cookies() if c["name"] == "csrftoken")
            entry = {"username": username, "password": "yufang-demo"}
            answer = context.request.post(
                "/api/auth/sign-in", data=entry, headers={"X-CSRFToken": token, "Referer": address}
            )
            assert answer.ok, answer.text()
        return context

    expect.set_options(timeout=PATIENCE_MS)
    yield make
    for context in kept.values():
        context.close()


def watch(page: Page, troubles: list[str]) -> None:
    """Adds to `troubles` what scripts throw in the page, and what its security policy refuses."""
    page.on("pageerror", lambda error: troubles.append(str(error)))
    # Chromium says so in the console, whatever was refused: a style, a script, a picture from elsewhere.
    page.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)


def _resize(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})


@pytest.fixture
def new_page(make_context: Callable[..., BrowserContext], troubles: list[str]) -> Iterator[Open]:
    """`new_page(size=…, language=…)`: a page of a browser that knows nobody."""
    made: list[BrowserContext] = []

    def make(size: tuple[int, int] = DESK, language: str = "zh") -> Page:
        made.append(make_context(language))
        page = made[-1].new_page()
        _resize(page, size)
        watch(page, troubles)
        return page

    yield make
    for context in made:
        context.close()


@pytest.fixture
def signed_in(make_context: Callable[..., BrowserContext], troubles: list[str]) -> Iterator[Open]:
    """`signed_in("supervisor", "/warnings", size=…)`: a page whose person is signed in, at that address."""
    made: list[Page] = []

    def make(username: str, path: str = "/", size: tuple[int, int] = DESK, language: str = "zh") -> Page:
        page = make_context(language, username).new_page()
        _resize(page, size)
        made.append(page)
        watch(page, troubles)
        page.goto(path)
        page.locator(".top-bar").wait_for()
        return page

    yield make
    for page in made:
        page.close()
