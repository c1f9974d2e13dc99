"""Many facets at once: the answers of each coder by itself, whatever the batch, the threads and the company."""

from __future__ import annotations

import pickle
import time
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.cases import Coder, CoderError
from yufang.cases.check import HARD_TEXTS, lessons
from yufang.cases.facets import CodeFacets, code_facets, code_parts
from yufang.cases.model import BLOCK_LENGTHS
from yufang.cases.packed import Packed
from yufang.cases.reading import margins_of_rows
from yufang.cases.reading_many import SHORT, product
from yufang.cases.text import encode
from yufang.lake import DuckDBEngine

# Words, ideographs, punctuation and repetitions in every mixture.
PIECES = ["worker", "fell", "from", "a scaffold", " ", ", ", "工人", "坠落", "足場", "AB12", "、", "。", "fire"]
PIECES += ["the the", "x", "手"]
MIXED = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@pytest.fixture(scope="module")
def coders() -> list[Coder]:
    texts, labels = lessons()
    return [
        Coder("type", second_readers=()).fit(texts, labels),
        Coder("time", second_readers=()).fit(texts[::2], [text.split()[0] for text in texts[::2]]),
        Coder("place", second_readers=()).fit(texts * 3, [f"{label}{i % 4}" for i, label in enumerate(labels * 3)]),
    ]


def plain(coder: Coder, texts: list[str]) -> np.ndarray:
    """Margins as they are learned: every n-gram written down, weights in single precision."""
    rows = coder.model.vocabulary.rows(encode(texts))
    return np.asarray(margins_of_rows(np.arange(len(texts)), *rows, *coder.model.weights))


@given(st.lists(MIXED, min_size=1, max_size=4))
@settings(max_examples=60)
def test_the_quick_reading_sees_what_the_plain_one_sees(coders: list[Coder], texts: list[str]) -> None:
    packed = Packed([coder.model for coder in coders], BLOCK_LENGTHS)
    for coder, margins in zip(coders, packed.margins(encode(texts)), strict=True):
        assert np.abs(margins - plain(coder, texts)).max() < 2e-3


def test_long_texts_take_another_way_to_the_same_margins(coders: list[Coder]) -> None:
    # One more character makes the text a long one; the memory of words isn't used for it.
    short = ("Worker fell from a scaffold 工人 " * SHORT)[: SHORT - 1] + "."
    packed = Packed([coder.model for coder in coders], BLOCK_LENGTHS)
    for one, other in zip(packed.margins(encode([short])), packed.margins(encode([short + "." * 40])), strict=True):
        assert np.abs(one - other).max() < 0.02
    for coder, margins in zip(coders, packed.margins(encode([short * 3])), strict=True):
        assert np.abs(margins - plain(coder, [short * 3])).max() < 2e-3


def test_facets_do_not_disturb_each_other(coders: list[Coder]) -> None:
    texts = [*lessons()[0], *HARD_TEXTS]
    together = Packed([coder.model for coder in coders], BLOCK_LENGTHS).margins(encode(texts))
    for coder, margins in zip(coders, together, strict=True):
        assert np.array_equal(margins, coder.model.margins(texts))


def test_every_row_is_coded_as_by_its_coder_in_any_batch(coders: list[Coder], tmp_path: Path) -> None:
    texts = [*lessons()[0], *(text for text in HARD_TEXTS if "\ud800" not in text), None, "  "]
    frame = pl.DataFrame({"case_id": [f"c{i}" for i in range(len(texts))], "narrative": texts})
    coded = code_facets(coders, frame)
    for coder in coders:
        probability = np.concatenate([coder.predict_proba([text or ""]) for text in texts])
        assert coded[f"{coder.facet}_code"].to_list() == [coder.labels[i] for i in probability.argmax(axis=1)]
        assert np.array_equal(coded[f"{coder.facet}_probability"].to_numpy(), probability.max(axis=1))
        stands = (probability.max(axis=1) >= coder.threshold) & [bool((text or "").strip()) for text in texts]
        assert coded[f"{coder.facet}_state"].to_list() == ["auto" if yes else "review" for yes in stands]
    assert coded["type_state"][-2:].to_list() == ["review", "review"]
    frame.sample(fraction=1.0, shuffle=True, seed=1).write_parquet(tmp_path / "cases.parquet", row_group_size=7)
    for threads in (1, 2):
        parts = code_parts(DuckDBEngine(threads), coders, [tmp_path / "cases.parquet"], tmp_path / "out")
        again = pl.read_parquet(parts).with_columns(pl.col(pl.Categorical).cast(pl.String))
        assert again.sort("case_id").equals(coded.sort("case_id"))


def test_work_that_travels_gives_the_same_answers(coders: list[Coder]) -> None:
    work = CodeFacets(coders)
    batch = pa.record_batch({"case_id": ["1", "2"], "narrative": ["工人坠落", "fire in the yard"]})
    assert pickle.loads(pickle.dumps(work))(batch).equals(work(batch))


def test_what_is_missing_or_double_is_named(coders: list[Coder]) -> None:
    with pytest.raises(CoderError, match="no column 'narrative'; it has case_id"):
        code_facets(coders, pl.DataFrame({"case_id": ["1"]}))
    with pytest.raises(CoderError, match="each once; got type, type"):
        CodeFacets([coders[0], coders[0]])
    assert code_facets(coders, pl.DataFrame({"case_id": [], "narrative": []})).height == 0


def test_a_million_characters_take_seconds(coders: list[Coder]) -> None:
    words = " ".join(f"word{i}" for i in range(120_000))
    texts = ["工人从脚手架上坠落。" * 100_000, words, "x" * 1_000_000, "a " * 500_000]
    frame = pl.DataFrame({"case_id": ["1", "2", "3", "4"], "narrative": texts})
    begin = time.process_time()
    coded = code_facets(coders, frame)
    assert time.process_time() - begin < 10
    assert coded["type_code"][0] == "fall"


def test_the_product_is_that_of_each_row_alone() -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(33, 138)).astype(np.float32), rng.normal(size=(138, 46)).astype(np.float32)
    whole = product(left, right)
    assert np.allclose(whole, left @ right, atol=1e-4)
    assert all(np.array_equal(product(left[i : i + 1], right)[0], whole[i]) for i in range(33))
