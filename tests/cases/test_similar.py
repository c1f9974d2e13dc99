"""Similar narratives: the like ones first, in every language, quickly."""

from __future__ import annotations

import time

import pytest

from yufang.cases.check import HARD_TEXTS, lessons
from yufang.cases.similar import SimilarTexts

TEXTS = [
    "工人从脚手架上坠落,腿部骨折",
    "蒸汽管道泄漏造成灼烫",
    "作業員が足場から墜落した",
    "Worker fell from a scaffold and broke a leg",
    "Hand was crushed in a press",
]


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("从脚手架坠落", 0),
        ("管道泄漏灼烫", 1),
        ("足場から墜落", 2),
        ("fell from scaffold", 3),
        ("crushed by the press", 4),
    ],
)
def test_the_like_text_comes_first(asked: str, nearest: int) -> None:
    found = SimilarTexts(TEXTS).nearest(asked)
    assert found[0].position == nearest
    assert 0 < found[0].similarity <= 1
    assert [n.similarity for n in found] == sorted((n.similarity for n in found), reverse=True)


def test_a_text_is_most_like_itself_unless_left_out() -> None:
    index = SimilarTexts(TEXTS)
    for place, text in enumerate(TEXTS):
        best = index.nearest(text)[0]
        assert (best.position, best.similarity) == (place, pytest.approx(1.0, abs=1e-5))
        assert place not in [n.position for n in index.nearest(text, leave_out=place)]


def test_what_shares_nothing_has_no_neighbours_and_hard_texts_do_no_harm() -> None:
    index = SimilarTexts(TEXTS)
    assert index.nearest("Ωψ ξζ") == []
    assert index.nearest("  ") == []
    assert index.nearest("脚手架", most=0) == []
    assert SimilarTexts([]).nearest("脚手架") == []
    assert SimilarTexts(["", " "]).nearest("脚手架") == []
    mixed = SimilarTexts([*HARD_TEXTS, *TEXTS])
    assert mixed.nearest("从脚手架坠落")[0].position == len(HARD_TEXTS)
    for text in HARD_TEXTS:
        mixed.nearest(text)


def test_ten_thousand_narratives_are_asked_in_milliseconds() -> None:
    texts = [f"{i}号工位 {text}" for i in range(105) for text in lessons()[0]]
    index = SimilarTexts(texts)
    assert len(index) == 10_080
    begin = time.process_time()
    for text in texts[:20]:
        assert len(index.nearest(text)) == 10
    assert (time.process_time() - begin) / 20 < 0.05
