"""The default coder: the contract, calibration and threshold, evidence, and what it refuses."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from yufang.cases import Coder, CoderError, load_coder, save_coder
from yufang.cases.calibration import NEVER, calibration_error, cross_fitted, fit_calibration, threshold_for
from yufang.cases.check import check_coder, lessons
from yufang.cases.contracts import CodedCase
from yufang.cases.evidence import READ_CHARACTERS
from yufang.cases.store import FORMAT


def noisy_lessons(rows: int, wrong: float, seed: int = 0) -> tuple[list[str], list[str]]:
    """Made-up narratives of which a share carries a code drawn by lot."""
    rng = np.random.default_rng(seed)
    texts, labels = lessons()
    chosen = rng.integers(0, len(texts), rows)
    codes = sorted(set(labels))
    filler = ["甲", "乙", "丙", "before noon", "in the yard", "zone 7", "雨の日に", "加班时"]
    return (
        [f"{texts[i]} {filler[rng.integers(len(filler))]}" for i in chosen],
        [codes[rng.integers(3)] if rng.random() < wrong else labels[i] for i in chosen],
    )


@pytest.fixture(scope="module")
def trained() -> Coder:
    return Coder("accident_type").fit(*lessons())


def test_the_default_coder_keeps_the_contract() -> None:
    check_coder(lambda: Coder("accident_type"))


def test_the_battery_fails_a_coder_that_breaks_a_promise() -> None:
    class Boastful(Coder):
        def predict_proba(self, texts, *, threads=1):  # type: ignore[no-untyped-def]
            return super().predict_proba(texts, threads=threads) * 1.1

    with pytest.raises(AssertionError, match="rows must sum to 1"):
        check_coder(lambda: Boastful("accident_type"))


def test_probabilities_are_calibrated_where_a_third_of_the_codes_is_chance() -> None:
    texts, labels = noisy_lessons(900, wrong=0.3)
    coder = Coder("accident_type").fit(texts, labels)
    later, truth = noisy_lessons(900, wrong=0.3, seed=1)
    probability = coder.predict_proba(later)
    hit = np.array(coder.labels)[probability.argmax(axis=1)] == np.array(truth)
    assert calibration_error(probability.max(axis=1), hit) < 0.06
    assert coder.threshold == NEVER, "no case is sure when a fifth of all codes is wrong"
    assert all(case.code is None for case in coder.predict(later[:20], evidence=False))


def test_nothing_is_certain_after_few_lessons(trained: Coder) -> None:
    assert trained.predict_proba(lessons()[0]).max() < 1 - 1 / 200


def test_threads_change_nothing(trained: Coder) -> None:
    texts = lessons()[0]
    assert np.array_equal(trained.predict_proba(texts), trained.predict_proba(texts, threads=3))


def test_the_words_that_decided_are_shown_in_the_text_as_written(trained: Coder) -> None:
    text = "ＡＴ ｎｉｇｈｔ： Ｗｏｒｋｅｒ ｆｅｌｌ ｆｒｏｍ a scaffold"
    (case,) = trained.predict([text])
    assert case.suggestions[0].code == "fall"
    words = {span.text for span in case.evidence}
    assert "scaffold" in words or "ｆｅｌｌ" in words
    assert "ｎｉｇｈｔ" not in words, "a word that stands with every code decides nothing"
    assert sum(span.weight for span in case.evidence) <= 1.0001


def test_evidence_may_be_asked_for_another_code(trained: Coder) -> None:
    text = "工人从脚手架上坠落，随后车间起火"
    assert any("火" in span.text for span in trained.explain(text, "fire"))
    assert any("坠" in span.text for span in trained.explain(text, "fall"))
    with pytest.raises(CoderError, match="Code 'flood' is unknown"):
        trained.explain(text, "flood")


def test_a_narrative_of_a_megabyte_is_coded(trained: Coder) -> None:
    begin = time.process_time()
    (case,) = trained.predict(["工人从脚手架上坠落。" * 100_000])
    assert case.suggestions[0].code == "fall"
    assert case.evidence[-1].end <= READ_CHARACTERS
    assert time.process_time() - begin < 10


def test_a_row_without_text_or_code_is_refused_with_its_number() -> None:
    texts, labels = lessons()
    with pytest.raises(CoderError, match=r"Row 5: .*Leave out rows"):
        Coder("x").fit(texts, [*labels[:5], "", *labels[6:]])
    with pytest.raises(CoderError, match="between 0 and 1"):
        Coder("x", wanted_accuracy=95)


def test_narratives_without_codes_sharpen_the_rare_and_change_the_version() -> None:
    texts, labels = lessons()
    alone = Coder("x").fit(texts, labels)
    helped = Coder("x").fit(texts, labels, extra=[f"at night {i}" for i in range(300)])
    assert alone.version != helped.version
    assert alone.labels == helped.labels


def test_many_codes_do_without_the_second_and_third_view() -> None:
    texts = [f"machine kind{i % 160} broke down in hall {i % 7}" for i in range(600)]
    coder = Coder("x").fit(texts, [f"kind{i % 160}" for i in range(600)])
    assert len(coder.model.weights.bias) == 160
    assert coder.report.accuracy > 0.9


class TestThreshold:
    def test_keeps_the_wanted_accuracy_with_a_margin(self) -> None:
        rng = np.random.default_rng(0)
        probability = rng.random(20_000).astype(np.float32)
        hit = rng.random(20_000) < probability
        threshold = threshold_for(probability, hit, 0.95)
        assert hit[probability >= threshold].mean() >= 0.95
        assert 0.88 < threshold < 0.95  # (1 + 0.9) / 2 = 0.95

    def test_is_never_reached_where_too_few_rows_are_sure(self) -> None:
        assert threshold_for(np.full(12, 0.99, np.float32), np.ones(12, bool), 0.95) == NEVER
        assert threshold_for(np.zeros(0, np.float32), np.zeros(0, bool), 0.95) == NEVER

    def test_rows_of_equal_probability_stand_or_fall_together(self) -> None:
        probability = np.full(1000, 0.9, np.float32)
        hit = np.arange(1000) < 900
        assert threshold_for(probability, hit, 0.95) == NEVER

    def test_is_no_higher_than_the_wanted_accuracy_where_everything_qualifies(self) -> None:
        assert threshold_for(np.full(500, 0.999, np.float32), np.ones(500, bool), 0.95) == 0.95


def test_calibration_mends_overconfident_margins() -> None:
    rng = np.random.default_rng(3)
    target = rng.integers(0, 4, 4000)
    margins = rng.normal(-0.6, 0.5, (4000, 4)).astype(np.float32)
    margins[np.arange(4000), target] += 0.8
    fold = np.arange(4000) % 5
    probability = cross_fitted(margins, target, fold, 4)
    assert calibration_error(probability.max(axis=1), probability.argmax(axis=1) == target) < 0.03
    fitted = fit_calibration(margins, target, 4).probabilities(margins)
    assert np.allclose(fitted.sum(axis=1), 1.0, atol=1e-5)


class TestStore:
    def test_a_saved_coder_gives_the_same_answers(self, trained: Coder, tmp_path: Path) -> None:
        save_coder(trained, tmp_path / "c.npz")
        again = load_coder(tmp_path / "c.npz")
        texts = lessons()[0]
        assert again.predict(texts) == trained.predict(texts)
        assert again.report == trained.report
        assert [path.name for path in tmp_path.iterdir()] == ["c.npz"]

    def test_another_format_is_refused_by_its_number(
        self, trained: Coder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("yufang.cases.store.FORMAT", 99)
        save_coder(trained, tmp_path / "c.npz")
        monkeypatch.undo()
        with pytest.raises(CoderError, match=rf"a coder of format 99; this version reads format {FORMAT}\. Train"):
            load_coder(tmp_path / "c.npz")

    @pytest.mark.parametrize("damage", ["cut", "text", "missing"])
    def test_a_damaged_file_is_refused(self, trained: Coder, tmp_path: Path, damage: str) -> None:
        path = tmp_path / "c.npz"
        save_coder(trained, path)
        if damage == "cut":
            path.write_bytes(path.read_bytes()[:5000])
        elif damage == "text":
            path.write_text("not a coder")
        else:
            path.unlink()
        with pytest.raises(CoderError, match="Train"):
            load_coder(path)

    def test_a_folder_that_is_not_there_leaves_nothing(self, trained: Coder, tmp_path: Path) -> None:
        with pytest.raises(CoderError, match="Can't write the coder"):
            save_coder(trained, tmp_path / "none" / "c.npz")
        assert list(tmp_path.iterdir()) == []


def test_equal_versions_mean_equal_models(trained: Coder) -> None:
    assert Coder("accident_type").fit(*lessons()).version == trained.version
    assert Coder("accident_type").fit(*(part[:-1] for part in lessons())).version != trained.version
    assert isinstance(trained.predict(["坠落"])[0], CodedCase)
