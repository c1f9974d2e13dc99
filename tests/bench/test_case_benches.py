"""Benches of label errors, trees and scopes: honest splits, every peer told, and what is missing named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from yufang.bench import hierarchy, label_errors, reliability, scopes
from yufang.bench.label_errors import flip
from yufang.cases.check import lessons


def write_cases(folder: Path) -> Path:
    texts, labels = lessons()
    folder.mkdir(exist_ok=True)
    years = [2020 + i % 3 for i in range(len(texts))]
    state = [str(i % 2) for i in range(len(texts))]
    pl.DataFrame({"narrative": texts, "body_part": labels, "year": years, "state_fips": state}).write_parquet(
        folder / "cases.parquet"
    )
    return folder


def test_a_tenth_is_flipped_always_to_another_code_and_confusable_flips_follow_the_coder() -> None:
    truth = np.arange(1000) % 3
    clean = np.full((1000, 3), 0.05)
    clean[np.arange(1000), truth] = 0.9
    clean[truth == 0, 1], clean[truth == 0, 2] = 0.1, 0.0
    for kind in ("uniform", "confusable"):
        flipped, given = flip(truth, kind, clean.astype(np.float32), np.random.default_rng(0))
        assert flipped.sum() == 100
        assert (given[flipped] != truth[flipped]).all()
        assert (given[~flipped] == truth[~flipped]).all()
    assert set(given[flipped & (truth == 0)]) == {1}


def test_flipped_codes_are_found_beside_three_peers(tmp_path: Path) -> None:
    result = label_errors.run(write_cases(tmp_path), None, "body_part")
    assert result["uniform"]["found_in_desk_share"] >= 0.6
    assert set(result["peers"]) == {"self_confidence", "confident_learning", "random"}
    assert all(set(peer) == {"uniform", "confusable"} for peer in result["peers"].values())
    assert label_errors.run(tmp_path, None, "body_part") == result


def test_the_worst_class_and_its_errors_are_counted(tmp_path: Path) -> None:
    said = np.array(["a"] * 40 + ["b"] * 25)
    hit = np.array([True] * 39 + [False] + [True] * 20 + [False] * 5)
    found = reliability.automatic(said, hit, np.ones(65, bool))
    assert found["worst_class_accuracy"] == 0.8
    assert found["errors_in_classes_under_0.90"] == 5
    result = reliability.run(write_cases(tmp_path), None, "body_part")
    assert set(result["peers"]["threshold_alone"]) < set(result)


def test_small_scopes_use_the_general_model_and_are_not_counted(tmp_path: Path) -> None:
    result = scopes.run(write_cases(tmp_path), None, "body_part")
    assert (result["kept"], result["scopes"]) == (0, {})
    assert set(result["peers"]) == {"general", "own", "always_blend"}


def test_what_is_missing_or_unknown_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="task 'colour' is unknown"):
        label_errors.run(tmp_path, None, "colour")
    with pytest.raises(ValueError, match="task 'body_part' has no code tree; choose one of event, nature, source"):
        hierarchy.run(tmp_path, None, "body_part")
    with pytest.raises(ValueError, match="task 'gas' has no column to group by"):
        scopes.run(tmp_path, None, "gas")
    with pytest.raises(FileNotFoundError, match=r"cases\.parquet is missing: `bench scopes` reads narrative, nature"):
        scopes.run(tmp_path, None, "nature")
    write_cases(tmp_path)
    with pytest.raises(ValueError, match="no column nature, naics"):
        scopes.run(tmp_path, None, "nature")


def test_titles_stand_under_their_codes_whatever_their_dashes() -> None:
    tree = hierarchy.oiics_tree({"fall to lower level": "43"}, {"Fall to lower-level", "Unheard of"})
    assert tree.path("Fall to lower-level") == ("4", "43")
    assert tree.path("Unheard of") == ("Unheard of",)
