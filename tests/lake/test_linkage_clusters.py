"""Clustering: deterministic, constrained, with ids that stay and a history that tells."""

from __future__ import annotations

from datetime import datetime
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from yufang.lake.linkage import Clustering, Decision, Edge, cluster

AT = datetime(2026, 6, 30)
RECORDS = [f"r{i}" for i in range(8)]


def _cluster(edges: list[Edge], **options: object) -> Clustering:
    return cluster(RECORDS, edges, at=AT, reason="test", who="陈", **options)  # type: ignore[arg-type]


def _word(left: str, right: str, same: bool, at: str = "2026-01-01") -> Decision:
    return Decision(left, right, same, "陈", at)


def test_a_cluster_keeps_its_id_when_it_grows_and_the_larger_wins_a_merge() -> None:
    before = _cluster([Edge("r0", "r1", 5), Edge("r1", "r2", 5), Edge("r3", "r4", 5)]).members
    grown = _cluster(
        [Edge("r0", "r1", 5), Edge("r1", "r2", 5), Edge("r3", "r4", 5), Edge("r2", "r3", 4)], before=before
    )
    assert grown.members["r4"] == before["r0"]
    (change,) = grown.changes
    assert change.event == "merged"
    assert set(change.from_ids) == {before["r0"], before["r3"]}
    assert change.to_ids == (before["r0"],)


def test_a_split_keeps_the_id_with_the_larger_part_and_never_reuses_one() -> None:
    all_edges = [Edge("r0", "r1", 5), Edge("r1", "r2", 5), Edge("r2", "r3", 5)]
    before = _cluster(all_edges).members
    parted = _cluster(all_edges, before=before, decisions=[_word("r2", "r3", False)])
    assert parted.members["r0"] == before["r0"]
    assert parted.members["r3"] not in set(before.values())
    assert [change.event for change in parted.changes] == ["split"]


def test_a_person_outweighs_every_score_and_the_newest_word_holds() -> None:
    strong = [Edge("r0", "r1", 99)]
    words = [_word("r0", "r1", False, "2026-01-01")]
    assert _cluster(strong, decisions=words).members["r0"] != _cluster(strong, decisions=words).members["r1"]
    words.append(_word("r1", "r0", True, "2026-01-02"))
    again = _cluster(strong, decisions=words)
    assert again.members["r0"] == again.members["r1"]


def test_a_forbidden_pair_is_not_joined_on_the_way_and_words_that_clash_are_told() -> None:
    words = [_word("r0", "r2", False), _word("r0", "r1", True, "2026-01-02"), _word("r1", "r2", True, "2026-01-03")]
    found = _cluster([], decisions=words)
    assert found.members["r0"] != found.members["r2"]
    assert [d.left for d in found.overruled] == ["r0"]


pairs = st.sampled_from(list(combinations(RECORDS, 2)))
edges = st.lists(st.builds(lambda p, w: Edge(*p, w), pairs, st.floats(0, 50)), max_size=12)
words = st.lists(
    st.builds(lambda p, same, n: _word(*p, same, f"2026-01-{n:02d}"), pairs, st.booleans(), st.integers(1, 9)),
    max_size=6,
)


@given(edges, words, st.randoms())
def test_whatever_the_order_the_answer_is_one_and_no_forbidden_pair_meets(
    found: list[Edge], said: list[Decision], luck: object
) -> None:
    first = _cluster(found, decisions=said)
    shuffled = list(found)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _cluster(shuffled, decisions=said).members == first.members
    newest: dict[tuple[str, str], bool] = {}
    for d in sorted(said, key=lambda d: (d.at, d.left, d.right, d.same)):
        newest[d.left, d.right] = d.same
    for (left, right), same in newest.items():
        if not same:
            assert first.members[left] != first.members[right]
