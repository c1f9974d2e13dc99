"""The coding bench: it splits honestly, names what is missing, and the coder beats its peers on real records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from yufang.bench.coding import oracle_share, run
from yufang.bench.tasks import TASKS, level_two, split
from yufang.cases.check import lessons

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
METRICS = {
    "accuracy",
    "weighted_f1",
    "macro_f1",
    "auto_share",
    "auto_accuracy",
    "cases_per_second",
    "ece",
    "peers",
}


def write_cases(folder: Path, years: tuple[int, ...] = (2020, 2021, 2022)) -> Path:
    texts, labels = lessons()
    folder.mkdir(exist_ok=True)
    pl.DataFrame(
        {
            "narrative": texts,
            "body_part": labels,
            "event": [f" {label} " for label in labels],
            "year": [years[i % len(years)] for i in range(len(texts))],
        }
    ).write_parquet(folder / "cases.parquet")
    return folder


def shared(name: str) -> Path:
    folder = SHARED / name
    assert folder.is_dir(), f"{folder} is missing: this test needs the shared data sets beside the repository"
    return folder


def test_the_last_year_is_the_test_when_rows_are_dated(tmp_path: Path) -> None:
    learn, judge = split(TASKS["body_part"], write_cases(tmp_path), None, 0)
    assert learn.year is not None
    assert judge.year is not None
    assert set(learn.year) == {2020, 2021}
    assert set(judge.year) == {2022}


def test_undated_rows_are_split_by_the_seed_and_no_row_is_on_both_sides(tmp_path: Path) -> None:
    folder = write_cases(tmp_path)
    learn, judge = split(TASKS["event"], folder, None, 1)
    assert not set(learn.texts) & set(judge.texts)
    assert len(judge.texts) == 24
    assert set(learn.labels) == {"fall", "fire", "crush"}
    assert split(TASKS["event"], folder, None, 1)[1].texts == judge.texts
    assert split(TASKS["event"], folder, None, 2)[1].texts != judge.texts


def test_a_test_folder_is_scored_whole(tmp_path: Path) -> None:
    train, later = write_cases(tmp_path / "a"), write_cases(tmp_path / "b", (2030,))
    learn, judge = split(TASKS["body_part"], train, later, 0)
    assert len(learn.texts) == len(judge.texts) == 96


def test_every_metric_and_both_peers_are_reported(tmp_path: Path) -> None:
    result = run(write_cases(tmp_path), None, "body_part")
    assert set(result) >= METRICS
    assert set(result["peers"]) == {"word_logistic", "word_character_svm"}
    assert all("accuracy" in peer for peer in result["peers"].values())
    assert result["accuracy"] > 0.9


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"task 'colour' is unknown; choose one of body_part"):
        run(tmp_path, None, "colour")
    with pytest.raises(
        FileNotFoundError, match=r"cases\.parquet is missing: `bench coding` reads narrative, body_part"
    ):
        run(tmp_path, None, "body_part")
    write_cases(tmp_path)
    with pytest.raises(ValueError, match=r"no column cause"):
        run(tmp_path, None, "cause")


def test_the_oracle_share_is_the_longest_prefix_that_keeps_the_accuracy() -> None:
    lead = np.array([9.0, 8.0, 7.0, 6.0])
    assert oracle_share(lead, np.array([True, True, False, True]), 0.7) == 1.0
    assert oracle_share(lead, np.array([True, True, False, False]), 0.7) == 0.5
    assert oracle_share(lead, np.array([False, False, False, False]), 0.7) == 0.0


def test_titles_meet_the_code_tree_whatever_their_dashes() -> None:
    codes = {"shooting by other person intentional": "1111"}
    assert level_two(codes, "Shooting by other person—intentional") == "11"
    assert level_two(codes, "Not in the tree") == "Not in the tree"


@pytest.mark.data
@pytest.mark.parametrize(
    ("task", "folder"), [("result", "japan_gas_incidents"), ("accident_type", "osha_construction")]
)
def test_the_coder_beats_both_peers_on_real_narratives(task: str, folder: str) -> None:
    result = run(shared(folder), None, task)
    assert result["accuracy"] > max(peer["accuracy"] for peer in result["peers"].values())
    assert result["ece"] < 0.12


@pytest.mark.data
def test_citation_rows_name_an_article_with_enough_training_rows() -> None:
    learn, judge = split(TASKS["article"], shared("taiwan_citations"), None, 0)
    assert learn.year is not None
    assert max(learn.year) == 2022
    assert min(learn.labels.count(label) for label in set(judge.labels)) >= 20


@pytest.mark.data
def test_every_oiics_title_has_a_code() -> None:
    folder = shared("osha_severe_injuries")
    for name in ("event", "nature", "source"):
        task = TASKS[name]
        assert task.codes is not None
        codes = task.codes(folder)
        assert all(level_two(codes, title).isdigit() for title in set(task.load(folder).labels)), name
