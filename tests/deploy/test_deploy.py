"""What deploy/ holds is what this version can run: units, nginx, the container's recipe."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from yufang.cli import COMMANDS
from yufang.server.config import Config

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_takes_every_unit_without_a_word(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text().replace("/opt/yufang/bin/yufang", "/bin/true")
        (tmp_path / unit.name).write_text(re.sub(r"(?m)^(EnvironmentFile|Documentation)=.*\n", "", text))
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)]
    run = subprocess.run(command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
    ours = [line for line in run.stderr.splitlines() if "yufang" in line]
    assert not ours, "\n".join(ours)


def test_every_service_runs_a_command_of_this_version_as_its_own_user_and_shut_in() -> None:
    services = [unit for unit in UNITS if unit.suffix == ".service"]
    assert len(services) >= 6
    for unit in services:
        text = unit.read_text()
        command = re.search(r"(?m)^ExecStart=/opt/yufang/bin/yufang (\S+)", text)
        assert command, unit.name
        assert command[1] in COMMANDS, unit.name
        for line in ("User=yufang", "NoNewPrivileges=true", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
            assert line in text, f"{unit.name} lacks {line}"


def test_every_timer_starts_a_service_that_is_there() -> None:
    for timer in (unit for unit in UNITS if unit.suffix == ".timer"):
        assert timer.with_suffix(".service") in UNITS


def test_the_example_of_settings_names_settings_of_this_version() -> None:
    known = {"DATABASE_URL", *(f"YUFANG_{name.upper()}" for name in Config.model_fields)}
    lines = (DEPLOY / "yufang.env.example").read_text().splitlines()
    named = [m[1] for line in lines if (m := re.match(r"#?([A-Z_]+)=", line))]
    assert len(named) > 5
    assert set(named) <= known


_INSTRUCTIONS = {
    "ARG", "FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD",
}  # fmt: skip


def test_the_containers_recipe_copies_what_is_there_and_runs_as_a_user() -> None:
    text = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text())
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    assert {line[0] for line in lines} <= _INSTRUCTIONS
    stages = {line[3] for line in lines if line[0] == "FROM" and len(line) > 3}
    for line in (line for line in lines if line[0] == "COPY"):
        if line[1].startswith("--from="):
            assert line[1].removeprefix("--from=") in stages
            continue
        for path in line[1:-1]:
            assert (DEPLOY.parent / path).exists(), path
    last = max(n for n, line in enumerate(lines) if line[0] == "FROM")
    assert ["USER", "yufang"] in lines[last:]


def test_every_command_has_help_that_can_be_made() -> None:
    import importlib

    for module, _ in COMMANDS.values():
        assert typer.main.get_command(importlib.import_module(module).app)
