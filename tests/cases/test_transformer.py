"""The transformer as second reader, on a tiny one made here: same contract, nothing downloaded, clear refusals."""

from __future__ import annotations

import importlib
import importlib.util
import socket
from pathlib import Path

import numpy as np
import pytest

from yufang.cases import Coder, CoderError, load_coder, save_coder
from yufang.cases.second import FOLDS, Pool, SecondOpinion, second_opinion
from yufang.cases.second_readers import second_readers
from yufang.cases.transformer import Encoder, TransformerLearner, TransformerReader

from .test_second import PARTS, injuries


@pytest.fixture(scope="module")
def folder(deep: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformer of two thin layers with weights drawn by lot, and a vocabulary of whole words."""
    import torch
    import transformers

    place = tmp_path_factory.mktemp("model")
    words = sorted({word for text in injuries(600)[0] for word in text.replace(".", " ").split()})
    (place / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", *words]))
    torch.manual_seed(0)
    shape = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
    config = transformers.BertConfig(vocab_size=len(words) + 6, **shape)
    transformers.BertModel(config).save_pretrained(place)
    transformers.BertTokenizer(str(place / "vocab.txt")).save_pretrained(place)
    return place


@pytest.fixture(scope="module")
def reader(folder: Path) -> TransformerReader:
    texts, target = named(400)
    trained = TransformerLearner(folder).prepare(texts).train(np.arange(400), target, len(PARTS), 0)
    assert isinstance(trained, TransformerReader)
    return trained


def named(rows: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Narratives that name one part of the body."""
    target = np.random.default_rng(seed).integers(0, len(PARTS), rows)
    return [f"he strained his own {PARTS[t]} on shift {i % 7}" for i, t in enumerate(target)], target


def test_it_reads_the_part_that_is_named(reader: TransformerReader) -> None:
    texts, target = named(120, seed=1)
    assert (reader.log_probabilities(texts).argmax(axis=1) == target).mean() > 0.95


def test_an_answer_does_not_depend_on_its_neighbours(reader: TransformerReader) -> None:
    texts = [*named(20, seed=2)[0], "", "墜落受傷", "hand " * 5000]
    together = reader.log_probabilities(texts)
    assert np.array_equal(together, np.concatenate([reader.log_probabilities([text]) for text in texts]))
    assert np.allclose(np.exp(together).sum(axis=1), 1.0, atol=1e-3)
    assert reader.log_probabilities([]).shape == (0, len(PARTS))


def test_nothing_is_asked_of_a_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert Encoder(folder).vectors(["he strained his own knee"]).shape == (1, 4 * 48)


def test_what_does_not_help_is_not_kept(folder: Path) -> None:
    texts, _ = named(300)
    target = np.random.default_rng(5).integers(0, 3, 300)
    honest = np.full((300, 3), 1 / 3, np.float32)
    assert second_opinion(TransformerLearner(folder), texts, target, honest, np.arange(300) % FOLDS) is None


def test_what_helps_is_kept(folder: Path) -> None:
    texts, target = named(300)
    honest = np.full((300, len(PARTS)), 1 / len(PARTS), np.float32)
    kept = second_opinion(TransformerLearner(folder), texts, target, honest, np.arange(300) % FOLDS)
    assert kept is not None
    assert (kept[1].argmax(axis=1) == target).mean() > 0.9


def test_a_coder_is_saved_with_it_and_refuses_another_model(
    reader: TransformerReader, folder: Path, tmp_path: Path
) -> None:
    texts, target = injuries(300, seed=3)
    coder = Coder("body_part", second_readers=()).fit(texts, [PARTS[t] for t in target])
    coder.adopt(coder.model, coder.report, [SecondOpinion(reader, Pool(0.5, 0.5, np.zeros(len(PARTS), np.float32)))])
    asked = injuries(60, seed=4)[0]
    save_coder(coder, tmp_path / "coder.npz")
    again = load_coder(tmp_path / "coder.npz")
    assert again.version == coder.version
    assert np.array_equal(again.predict_proba(asked), coder.predict_proba(asked))
    weights = folder / "model.safetensors"
    kept = weights.read_bytes()
    try:
        weights.write_bytes(kept[:-4] + b"\x00\x00\x80\x3f")
        with pytest.raises(CoderError, match="another model"):
            load_coder(tmp_path / "coder.npz")
    finally:
        weights.write_bytes(kept)


def test_without_the_extra_the_message_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(CoderError) as refused:
        second_readers(tmp_path)
    assert "torch" in str(refused.value)
    assert "yufang[deep]" in refused.value.way_out


def test_a_folder_without_a_model_is_named(deep: None, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(CoderError, match="no model folder"):
        Encoder(tmp_path)
