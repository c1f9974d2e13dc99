"""The documentation names commands and options that are there, settings that are there, and pages that are there."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from yufang.cli import COMMANDS
from yufang.server.config import Config

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"])
_SPANS = re.compile(r"`([^`\n]+)`")
# Read by commands and builds of their own, or made up for a page.
_FOREIGN = {
    "YUFANG_SHARED",
    "YUFANG_TEST_RUN",
    "YUFANG_SERVER",
    "YUFANG_LAKE",
    "YUFANG_LANG",
    "YUFANG_RULES",
    "YUFANG_SOURCE_KEY",
}


def said(page: Path) -> Iterator[str]:
    """Each `yufang …` of a page: in a line of code, or between back-ticks."""
    for line in page.read_text(encoding="utf-8").splitlines():
        parts = [line] if line.startswith("    ") else _SPANS.findall(line)
        for part in parts:
            for command in re.split(r"&&|;|\|(?!\|)|\$ ", part):
                text = command.split("#")[0].strip()
                text = re.sub(r"^(\S*/)?(?=yufang )", "", re.sub(r"^([A-Z_]+=\S* +)+", "", text))
                if re.match(r"yufang [a-z]", text):
                    yield text


@cache
def _command(name: str) -> Any:
    return typer.main.get_command(importlib.import_module(COMMANDS[name][0]).app)


def wrong(text: str) -> str:
    """What is wrong with a command line as a page says it; "" if nothing."""
    try:
        words = shlex.split(text.replace("…", "").replace("'", "").replace("[", " ").replace("]", " "))[1:]
    except ValueError:
        return ""
    if words[0] not in COMMANDS:
        return f"there is no command {words[0]}"
    command: Any = _command(words[0])
    path, options = words[0], set(_options(command))
    for word in words[1:]:
        subs = getattr(command, "commands", {})
        if word in subs:
            command, path = subs[word], f"{path} {word}"
            options |= _options(command)
        elif word.startswith("--") and word.split("=")[0].rstrip(",.") not in options | {"--help", "--"}:
            return f"{path} has no option {word}"
        elif subs and re.fullmatch(r"[a-z][a-z-]*", word) and not _takes_arguments(command):
            return f"{path} has no sub-command {word}"
    return ""


def _options(command: Any) -> set[str]:
    return {name for p in command.params for name in (*p.opts, *p.secondary_opts) if name.startswith("-")}


def _takes_arguments(command: Any) -> bool:
    return any(p.param_type_name == "argument" or not p.is_flag for p in command.params if hasattr(p, "is_flag"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_is_there_with_its_options(page: Path) -> None:
    told = [f"{text}: {why}" for text in said(page) if (why := wrong(text))]
    assert not told, "\n".join(told)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yufang nothing", "no command"),
        ("yufang backup restore X --when now", "no option"),
        ("yufang backup repair", "no sub-command"),
        ("yufang backup restore X --at 2026-11-22T12:00:00+08:00", ""),
        ("yufang serve --no-jobs --port 8001", ""),
    ],
)
def test_the_check_can_tell(text: str, why: str) -> None:
    assert why in wrong(text)
    assert bool(why) == bool(wrong(text))


def test_every_setting_that_a_page_names_is_there() -> None:
    known = {"DATABASE_URL", *(f"YUFANG_{name.upper()}" for name in Config.model_fields)} | _FOREIGN
    unknown = {
        f"{page.name}: {name}"
        for page in PAGES
        for name in re.findall(r"\bYUFANG_[A-Z_]+[A-Z]\b", page.read_text(encoding="utf-8"))
        if name not in known
    }
    assert not unknown, sorted(unknown)


def test_every_page_that_a_page_leads_to_is_there() -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not dead, "\n".join(dead)
