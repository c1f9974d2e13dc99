"""The second reader: it attends to the words that matter, is kept only where it helps, and is saved with the coder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from yufang.cases import Coder, load_coder, save_coder
from yufang.cases.attention import LONGEST, AttentionLearner, Reader, Tokens, train_reader
from yufang.cases.second import FOLDS, SURE, Pool, SecondOpinion, fit_pool, second_opinion

PARTS = ("back", "eye", "foot", "hand", "head", "knee")
FILL = (
    "the crew was told about it",
    "work went on",
    "he had been on shift since six",
    "it was raining",
    "nobody saw it",
)


def injuries(rows: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Narratives that name three parts of the body, of which only the one after "strained his own" was hurt."""
    rng = np.random.default_rng(seed)
    texts, target = [], np.empty(rows, np.int64)
    for i in range(rows):
        hurt, other, third = rng.permutation(len(PARTS))[:3]
        near = ("", "left ", "right ", "bad ", "good old ")[rng.integers(5)]
        told = [f"guarded the {PARTS[other]}", f"strained his own {near}{PARTS[hurt]}", f"looked at the {PARTS[third]}"]
        texts.append(". ".join(np.array([*told, FILL[rng.integers(len(FILL))]])[rng.permutation(4)]))
        target[i] = hurt
    return texts, target


@pytest.fixture(scope="module")
def reader() -> Reader:
    texts, target = injuries(1200)
    return train_reader(Tokens.of(texts), np.arange(1200), target, len(PARTS))


def test_it_finds_the_part_that_was_hurt_among_those_named(reader: Reader) -> None:
    texts, target = injuries(300, seed=1)
    assert (reader.log_probabilities(texts).argmax(axis=1) == target).mean() > 0.95


def test_an_answer_does_not_depend_on_the_batch(reader: Reader) -> None:
    texts, _ = injuries(40, seed=2)
    texts += ["", "。", "墜落受傷", "a word never seen: zyxwv", "hand " * 5000]
    together = reader.log_probabilities(texts)
    alone = np.concatenate([reader.log_probabilities([text]) for text in texts])
    assert np.array_equal(together, alone)
    assert np.allclose(np.exp(together).sum(axis=1), 1.0, atol=0.01)


def test_of_a_very_long_text_both_ends_are_read() -> None:
    tokens = Tokens.of(["begin " + "filler " * 3000 + "end"])
    assert len(tokens.token) == 2 * LONGEST
    assert len(tokens.keys) == 3


def test_the_pool_believes_the_reader_who_knows() -> None:
    rng = np.random.default_rng(0)
    target = rng.integers(0, 4, 2000)
    knows = np.where(np.arange(4) == target[:, None], 0.0, -2.0) + rng.normal(0, 0.5, (2000, 4))
    guesses = rng.normal(0, 1, (2000, 4))
    pool = fit_pool(guesses.astype(np.float32), knows.astype(np.float32), target)
    assert pool.second > 5 * abs(pool.first)


def test_it_is_asked_only_where_there_is_something_to_add() -> None:
    learner = AttentionLearner()
    assert learner.suits(5000, 40, 0.6)
    assert not learner.suits(500, 40, 0.6), "too few rows to learn attention from"
    assert not learner.suits(5000, 40, 0.95), "the first reader leaves hardly anything open"
    assert not learner.suits(5000, 400, 0.6), "too many codes"


def test_what_does_not_help_is_not_kept() -> None:
    texts, _ = injuries(600)
    target = np.random.default_rng(5).integers(0, 3, 600)
    honest = np.full((600, 3), 1 / 3, np.float32)
    assert second_opinion(AttentionLearner(), texts, target, honest, np.arange(600) % FOLDS) is None


def test_a_coder_asks_it_only_where_unsure_and_is_saved_with_it(reader: Reader, tmp_path: Path) -> None:
    texts, target = injuries(400, seed=3)
    drawn = np.random.default_rng(0).random(400) < 0.3  # codes drawn by lot: nobody can be sure of all
    labels = [PARTS[(t + 1) % len(PARTS)] if d else PARTS[t] for t, d in zip(target, drawn, strict=True)]
    coder = Coder("body_part", second_readers=()).fit(texts, labels)
    asked, _ = injuries(200, seed=4)
    first = coder.predict_proba(asked)
    opinion = SecondOpinion(reader, Pool(0.5, 0.5, np.zeros(len(PARTS), np.float32)))
    coder.adopt(coder.model, coder.report, [opinion])
    both = coder.predict_proba(asked)
    sure = first.max(axis=1) >= SURE
    assert sure.sum() < len(asked)
    assert np.array_equal(first[sure], both[sure])
    assert not np.any(np.all(first[~sure] == both[~sure], axis=1))
    save_coder(coder, tmp_path / "coder.npz")
    again = load_coder(tmp_path / "coder.npz")
    assert again.version == coder.version
    assert np.array_equal(again.predict_proba(asked), both)
