"""Learning from marked narratives: what is learned, kept, read again and refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from yufang.cases.attribution import AttributionError, Attributor
from yufang.cases.attribution.marked import Marked, read_marked
from yufang.cases.attribution.scoring import agrees, score
from yufang.cases.attribution.sequence import SequenceModel
from yufang.cases.attribution.store import load_model, save_model

# Words of an office's own that no pattern knows: 甲乙 stands for what went wrong, 丙丁 for what happened.
CAUSES = ("甲乙一号", "甲乙二号", "甲乙三号", "甲乙四号")
EVENTS = ("丙丁一处", "丙丁二处", "丙丁三处")


def _row(number: int) -> Marked:
    cause, event = CAUSES[number % 4], EVENTS[number % 3]
    text = f"当天上午九时，{cause}，随后{event}，工作照常。"
    at, then = text.index(cause), text.index(event)
    return Marked(text, ((at, at + len(cause), "Cause"), (then, then + len(event), "Event_Own")))


ROWS = [_row(number) for number in range(36)]


@pytest.fixture(scope="module")
def learned() -> Attributor:
    return Attributor.train(ROWS)


def test_an_offices_own_wording_is_learned_where_patterns_are_silent(learned: Attributor) -> None:
    text = "当天上午九时，甲乙五号，随后丙丁二处，工作照常。"
    assert not Attributor().attribute(text).spans
    found = learned.attribute(text)
    assert [(span.kind, span.tag, span.text) for span in found.spans] == [
        ("cause", "Cause", "甲乙五号"),
        ("event", "Event_Own", "随后丙丁二处"),
    ] or [span.text for span in found.spans] == ["甲乙五号", "丙丁二处"]
    assert found.calibrated
    assert all(span.why[0].startswith("model ") for span in found.spans)


def test_the_same_rows_and_seed_give_the_same_model(learned: Attributor) -> None:
    assert Attributor.train(ROWS).models["zh"].version == learned.models["zh"].version


def test_a_model_is_read_again_as_it_was_written(learned: Attributor, tmp_path: Path) -> None:
    file = tmp_path / "zh.npz"
    save_model(learned.models["zh"], file)
    again = Attributor(load_model(file))
    ours, theirs = (one.attribute(ROWS[0].text) for one in (learned, again))
    assert [(a.start, a.end, a.kind) for a in ours.spans] == [(b.start, b.end, b.kind) for b in theirs.spans]
    assert [a.confidence for a in ours.spans] == pytest.approx([b.confidence for b in theirs.spans], abs=1e-4)
    assert ours.model == theirs.model
    assert not list(tmp_path.glob("*.part"))


def _rewritten(model: SequenceModel, file: Path, **changes: object) -> Path:
    save_model(model, file)
    with np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    header = json.loads(arrays["header"].tobytes()) | changes
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    np.savez(file, **arrays)
    return file


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"format": 99}, "of format 99; this version reads"),
        ({"kind": "x"}, "no attribution model"),
        ({"version": "x"}, "altered"),
    ],
)
def test_a_model_of_another_version_or_altered_is_refused(
    learned: Attributor, tmp_path: Path, change: dict[str, object], rule: str
) -> None:
    file = _rewritten(learned.models["zh"], tmp_path / "zh.npz", **change)
    with pytest.raises(AttributionError, match=rule):
        load_model(file)


def test_what_is_no_model_is_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "zh.npz"
    with pytest.raises(AttributionError, match="No attribution model at"):
        load_model(file)
    file.write_bytes(b"not a model")
    with pytest.raises(AttributionError, match="not a whole attribution model"):
        load_model(file)


def test_too_few_marked_narratives_are_refused_with_the_number_needed() -> None:
    with pytest.raises(AttributionError, match="at least 20"):
        Attributor.train(ROWS[:5])


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ('[{"text": "a"}]', "narrative 1: has no `text` with `spans`"),
        ('[{"text": "ab", "spans": ["a"], "tags": []}]', "narrative 1: `tags` must be as many"),
        ('[{"text": "ab", "spans": [{"start": 1, "end": 9, "tag": "Cause"}]}]', "no span of its 2 characters"),
        ('[{"text": "ab", "spans": ["a"], "tags": ["Fate"]}]', "tag 'Fate' is unknown"),
        ("[1,", "line 1: is not JSON"),
    ],
)
def test_marked_data_that_cannot_be_used_is_refused_with_its_place(tmp_path: Path, content: str, rule: str) -> None:
    file = tmp_path / "marked.json"
    file.write_text(content)
    with pytest.raises(AttributionError, match=r"marked\.json") as refused:
        read_marked(file)
    assert rule in refused.value.message


def test_marks_are_read_by_words_or_by_offsets_and_lost_ones_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "marked.jsonl"
    by_words = {"text": "漏れ、また漏れ", "spans": ["漏れ", "漏れ", "火災"], "tags": ["Event", "Event", "Event"]}
    by_place = {"text": "漏れ", "spans": [{"start": 0, "end": 2, "tag": "Damage_Human"}]}
    file.write_text("\n".join(json.dumps(row) for row in (by_words, by_place)))
    first, second = read_marked(file)
    assert first.spans == ((0, 2, "Event"), (5, 7, "Event"))
    assert first.lost == 1
    assert second.spans == ((0, 2, "Damage_Human"),)


def test_a_mark_is_matched_once_and_by_half_of_its_characters() -> None:
    marked = [(0, 10, "cause")]
    assert agrees([(0, 6, "cause"), (0, 9, "cause")], marked) == [False, True]
    assert agrees([(0, 4, "cause")], marked) == [False]
    assert agrees([(0, 10, "event")], marked) == [False]
    whole = score([([(0, 5, "cause")], marked)])["cause"]
    assert (whole.exact, whole.overlap) == (0.0, 1.0)
    assert whole.characters == pytest.approx(2 / 3)
