"""Claims of `yufang graph`: facts come in with refusals kept, things are asked for by name."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.server.graph_world import known_graph
from yufang.commands.errors import UserError
from yufang.commands.graph import app
from yufang.graph import Knowledge

HEAD = "source,source_zh,relation,target,target_zh,provenance\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YUFANG_LANG", "en")
    known_graph().write(tmp_path / "graph")
    return tmp_path / "graph"


def _run(*arguments: str) -> str:
    found = CliRunner().invoke(app, list(arguments), catch_exceptions=False, standalone_mode=False)
    return found.output


def test_an_import_with_a_cycle_names_it_takes_the_rest_and_loses_nothing(folder: Path) -> None:
    before = Knowledge.read(folder)
    table = folder.parent / "kinds.csv"
    rows = [("saw", "tool"), ("tool", "machine"), ("machine", "saw"), ("drill", "tool")]
    table.write_text(HEAD + "".join(f"equipment:x/{a},{a},is_a,equipment:x/{b},{b},book\n" for a, b in rows))
    told = _run("import", str(table), "--graph", str(folder))
    assert "taken 3, refused 1" in told
    assert "row 3" in told
    assert "equipment:x/machine → equipment:x/saw → equipment:x/tool → equipment:x/machine" in told
    kept = table.with_suffix(".refused.csv").read_text(encoding="utf-8-sig")
    assert "equipment:x/machine,machine,is_a,equipment:x/saw" in kept
    after = Knowledge.read(folder)
    assert after.facts == before.facts + 3
    assert set(before.edges()) <= set(after.edges())
    assert list(after.hierarchy.above("equipment:x/saw")) == ["equipment:x/tool", "equipment:x/machine"]


def test_a_table_that_is_refused_whole_changes_nothing(folder: Path) -> None:
    stood = (folder / "facts.parquet").read_bytes()
    table = folder.parent / "bad.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="the heading lacks source"):
        _run("import", str(table), "--graph", str(folder))
    assert (folder / "facts.parquet").read_bytes() == stood


def test_things_are_asked_for_by_what_they_are_called(folder: Path) -> None:
    assert "Press" in _run("paths", "压力机", "--graph", str(folder))
    assert "40 cases" in _run("cuts", "measure:shop/TS-01/0", "--graph", str(folder))
    assert "Drowning" in _run("links", "C000077", "C000078", "--graph", str(folder))


def test_what_does_not_exist_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="measure:x"):
        _run("cuts", "measure:x", "--graph", str(folder))
    with pytest.raises(UserError, match="holds no graph") as error:
        _run("paths", "press", "--graph", str(tmp_path / "nowhere"))
    assert "yufang graph build" in error.value.way_out


@pytest.mark.parametrize("kind", ["graphml", "turtle", "neo4j", "csv"])
def test_every_format_is_written(folder: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"out.{kind}"
    _run("export", str(out), "--format", kind, "--graph", str(folder))
    assert (out / "relationships.csv").stat().st_size if kind == "neo4j" else out.stat().st_size
