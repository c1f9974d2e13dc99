"""A stored log: whatever is altered, reordered, cut or added is found, and the first such leaf is named."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.commands.errors import UserError
from yufang.commands.ledger import verify_export
from yufang.ledger import Checkpoint, ExportError, Tree, canonical, leaf_hash, read_export, verify, write_export

ENTRIES = [canonical({"action": "confirmed", "point": number, "by": "李明"}) for number in range(13)]
HASHES = [leaf_hash(entry) for entry in ENTRIES]
TREE = Tree(HASHES)


def point(size: int) -> Checkpoint:
    return Checkpoint(size, TREE.root(size))


def test_an_untouched_log_is_whole() -> None:
    report = verify(ENTRIES, HASHES, [point(5), point(13), point(0)])
    assert report.ok
    assert (report.size, report.root) == (13, TREE.root())


@given(st.data())
@settings(max_examples=200)
def test_any_altered_byte_is_found_at_its_leaf(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, 12))
    place = data.draw(st.integers(0, len(ENTRIES[index]) - 1))
    mask = data.draw(st.integers(1, 255))
    altered = bytearray(ENTRIES[index])
    altered[place] ^= mask
    report = verify([*ENTRIES[:index], bytes(altered), *ENTRIES[index + 1 :]], HASHES, point(13))
    assert (report.verdict, report.first) == ("altered", index)


@given(st.sets(st.integers(0, 12), min_size=1))
def test_of_several_altered_leaves_the_first_is_named(indices: set[int]) -> None:
    entries = [entry + b" " if number in indices else entry for number, entry in enumerate(ENTRIES)]
    assert verify(entries, HASHES, point(13)).first == min(indices)


@given(st.data())
def test_any_change_of_order_is_found(data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(13)).filter(lambda p: list(p) != list(range(13))))
    first = next(number for number, index in enumerate(order) if number != index)
    assert verify([ENTRIES[i] for i in order], HASHES, point(13)).first == first
    both = verify([ENTRIES[i] for i in order], [HASHES[i] for i in order], point(13))
    assert both.verdict == "rewritten"


@given(st.integers(0, 12))
def test_a_cut_log_is_found(size: int) -> None:
    cut = verify(ENTRIES[:size], HASHES[:size], point(13))
    assert (cut.verdict, cut.first, cut.last) == ("shorter", size, 12)
    assert verify(ENTRIES[:size], HASHES, point(13)).verdict == "missing"
    assert verify(ENTRIES, HASHES[:size], point(13)).verdict == "surplus"


@given(st.integers(0, 12))
def test_an_altered_stored_hash_is_told_from_an_altered_leaf(index: int) -> None:
    hashes = [*HASHES[:index], leaf_hash(b"x"), *HASHES[index + 1 :]]
    report = verify(ENTRIES, hashes, point(13))
    assert (report.verdict, report.first) == ("hash_altered", index)


@given(st.integers(0, 12))
def test_a_leaf_replaced_together_with_its_hash_is_bracketed_by_checkpoints(index: int) -> None:
    entries = [*ENTRIES[:index], b"forged", *ENTRIES[index + 1 :]]
    report = verify(entries, [leaf_hash(entry) for entry in entries], [point(4), point(9), point(13)])
    assert report.verdict == "rewritten"
    assert report.first is not None
    assert report.last is not None
    assert report.first <= index <= report.last
    assert report.last - report.first <= 4


def test_entries_after_the_checkpoint_may_follow() -> None:
    assert verify(ENTRIES, HASHES, point(9)).ok


def export_text() -> str:
    file = io.StringIO()
    write_export(file, ENTRIES, HASHES, point(13))
    return file.getvalue()


def test_an_export_reads_back_as_it_was() -> None:
    export = read_export(export_text().splitlines())
    assert (export.entries, export.stored_hashes, export.checkpoints) == (ENTRIES, HASHES, [point(13)])


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("{", "line 1 is not JSON"),
        ("[]", "line 1 is not a JSON object"),
        ('{"index": 1, "leaf": "", "hash": ""}', "leaf 1 where 0 should follow"),
        ('{"index": 0, "leaf": "*", "hash": ""}', "line 1"),
        ('{"index": 0, "leaf": ""}', "'hash' is missing"),
        ('{"size": 3}', "'root' is missing"),
    ],
)
def test_a_broken_export_names_the_line(line: str, match: str) -> None:
    with pytest.raises(ExportError, match=match):
        read_export([line])


def test_the_command_names_the_first_altered_leaf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(export_text())
    verify_export(path)
    assert "13 leaves" in capsys.readouterr().out
    lines = export_text().splitlines()
    lines[6] = lines[6].replace("ey", "ez", 1)
    path.write_text("\n".join(lines))
    with pytest.raises(UserError, match="the bytes of leaf 6 are not those"):
        verify_export(path)


def test_the_command_wants_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(export_text().splitlines()[:-1]))
    with pytest.raises(UserError, match="no checkpoint"):
        verify_export(path)
    verify_export(path, [f"13:{TREE.root().hex()}"])
    with pytest.raises(UserError, match="rewritten"):
        verify_export(path, [f"13:{TREE.root(12).hex()}"])
    with pytest.raises(UserError, match="is not SIZE:ROOT and no file"):
        verify_export(path, ["13"])
