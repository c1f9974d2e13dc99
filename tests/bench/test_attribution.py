"""`yufang bench attribution` on real reports and on marked narratives of a few lines."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from yufang.bench import attribution, attribution_reports
from yufang.bench.attribution import character_crf, split
from yufang.cases.attribution.marked import Marked

SHARED = Path(os.environ.get("YUFANG_SHARED", Path(__file__).resolve().parents[3] / "shared" / "data"))


def _shared() -> Path:
    folder = SHARED / "china_accident_reports"
    assert folder.is_dir(), f"{folder} is missing: this test needs the shared data sets beside the repository"
    return folder


def test_a_folder_with_nothing_to_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"cause_effect\.json"):
        attribution.run(tmp_path, None)


def test_marked_narratives_are_split_three_to_one_without_overlap_and_alike_each_time() -> None:
    rows = [Marked(str(number), ()) for number in range(40)]
    learn, judge = split(rows, 0)
    assert (len(learn), len(judge)) == (30, 10)
    assert not {row.text for row in learn} & {row.text for row in judge}
    assert split(rows, 0) == (learn, judge)


def test_scores_stand_beside_the_peers_under_the_same_names(tmp_path: Path) -> None:
    rows = [
        {
            "text": f"{n}時、配管から漏えいした。原因は、腐食{n}である。",
            "spans": ["配管から漏えいした", f"腐食{n}である"],
            "tags": ["Event_Leak", "Cause"],
        }
        for n in range(40)
    ]
    (tmp_path / "cause_effect.json").write_text(json.dumps(rows))
    result = attribution.run(tmp_path, None)
    assert result["spans"]["all"]["exact_f1"] > 0.9
    assert result["spans"]["test_rows"] == 10
    assert set(result["peers"]["patterns"]["spans"]["all"]) == set(result["spans"]["all"])
    assert result["narratives_per_second"]["trained"] > 0


def test_the_peer_learns_too() -> None:
    rows = [Marked(f"原因は、腐食{n}である。", ((4, 6, "Cause"),)) for n in range(30)]
    found = character_crf(rows[:20], rows[20:])
    if found is None:
        pytest.skip("python-crfsuite is not installed")
    assert found[0] == [(4, 6, "Cause")]


@pytest.mark.data
def test_chinese_reports_are_structured_better_than_by_keywords() -> None:
    result = attribution_reports.hazmat(_shared(), None, 0)
    ours, peer = result["reports"], result["peers"]["keywords"]["reports"]
    assert ours["management_causes_f1"] > peer["management_causes_f1"] + 0.1
    assert ours["lessons_taken_for_causes"] < peer["lessons_taken_for_causes"]


@pytest.mark.data
def test_notices_give_date_deaths_and_contractor() -> None:
    told = attribution_reports.notices(_shared(), None, 0)["notices"]
    assert told["date"] >= 0.95
    assert told["deaths"] >= 0.95
    assert told["contractor"] >= 0.95
    assert told["accident_type"] >= 0.85
