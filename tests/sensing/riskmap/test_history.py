"""What was shown can be shown again; a thinned past never shows less danger than there was."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.sensing.riskmap.made import MINUTE, NOW, hazard
from yufang.sensing.riskmap.history import Version, covered, moments, settle, shown_at, thin


def test_a_factor_that_stays_as_it_is_goes_on() -> None:
    shown = [Version(1, hazard(reading=0.50), NOW)]
    settled = settle(shown, [hazard(reading=0.52, why_zh="别的数")])
    assert not settled.changed
    assert settled.going_on == tuple(shown)


def test_other_numbers_begin_a_version_and_keep_since_when_it_was() -> None:
    settled = settle([Version(1, hazard(), NOW)], [hazard(likelihood=6.0, since=NOW + MINUTE)])
    assert [one.id for one in settled.ended] == [1]
    assert settled.begun[0].since == NOW


def test_a_reading_that_moved_far_is_told_anew_though_the_score_stays() -> None:
    assert settle([Version(1, hazard(reading=0.5), NOW)], [hazard(reading=0.6)]).changed


def test_what_is_gone_ends() -> None:
    settled = settle([Version(1, hazard("a"), NOW), Version(2, hazard("b"), NOW)], [hazard("b")])
    assert [one.id for one in settled.ended] == [1]
    assert settled.begun == ()


def test_a_moment_shows_what_held_then_and_nothing_that_had_run_out() -> None:
    versions = [
        Version(1, hazard("a"), NOW, NOW + 10),
        Version(2, hazard("b"), NOW + 10),
        Version(3, hazard("c", until=NOW + 5), NOW),
    ]
    assert [one.id for one in shown_at(versions, NOW)] == [1, 3]
    assert [one.id for one in shown_at(versions, NOW + 9)] == [1]
    assert [one.id for one in shown_at(versions, NOW + 10)] == [2]
    assert shown_at(versions, NOW - 1) == []


def test_frames_are_as_many_as_may_be() -> None:
    assert moments(0, 100, 10, 361) == (list(range(0, 101, 10)), 10)
    times, wide = moments(0, 1_000_000, 10, 361)
    assert len(times) <= 361
    assert wide > 10


def test_between_two_spans_nobody_knows() -> None:
    spans = [(0, 10), (20, 30)]
    assert [covered(spans, at) for at in (0, 10, 15, 20, 31)] == [True, True, False, True, False]


@given(st.lists(st.tuples(st.integers(1, 90), st.sampled_from([0.5, 1.0, 3.0, 6.0])), min_size=1, max_size=12))
def test_a_thinned_past_never_shows_less(parts: list[tuple[int, float]]) -> None:
    start = NOW - NOW % MINUTE
    versions, at = [], start
    for number, (seconds, likelihood) in enumerate(parts):
        end = at + seconds * 1_000_000
        versions.append(Version(number, hazard(likelihood=likelihood), at, end))
        at = end
    gone, kept = thin(versions)
    left = [
        replace(one, start=kept.get(one.id, (one.start, 0))[0], end=kept.get(one.id, (0, one.end))[1])
        for one in versions
        if one.id not in gone
    ]
    for moment in range(start, at, 1_000_000):
        was = max(one.factor.weight for one in shown_at(versions, moment))
        assert max((one.factor.weight for one in shown_at(left, moment)), default=0.0) >= was
    assert len({one.start // MINUTE for one in left}) == len(left)
