"""From a narrative to typed spans, causes of the five kinds and the chain to the injury."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.cases.attribution import FACTORS, AttributionError, Attributor
from yufang.cases.attribution.crf import Chain, Units, best_path, fit, infer, segment_probability
from yufang.cases.attribution.factors import classify, measure
from yufang.cases.attribution.patterns import language_of, patterns_for, read_patterns

CHINESE = "由于地面湿滑，王某在搬运钢管时滑倒，钢管砸中左脚，造成左脚趾骨折。"
JAPANESE = "配管のフランジ部からガスが漏えいし、作業員2名が火傷を負った。原因は、ボルトの締め付け不足であった。"
ENGLISH = "The employee fell from a ladder because it was not secured. He suffered a fractured wrist."


@pytest.fixture(scope="module")
def attributor() -> Attributor:
    return Attributor()


@pytest.mark.parametrize(("text", "language"), [(CHINESE, "zh"), (JAPANESE, "ja"), (ENGLISH, "en"), ("", "en")])
def test_the_language_is_told_by_the_script(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CHINESE, [("cause", "地面湿滑"), ("event", "滑倒"), ("injury", "左脚趾骨折")]),
        (JAPANESE, [("event", "漏えい"), ("injury", "火傷"), ("cause", "締め付け不足")]),
        (ENGLISH, [("event", "fell from a ladder"), ("cause", "not secured"), ("injury", "fractured wrist")]),
    ],
    ids=["zh", "ja", "en"],
)
def test_cause_event_and_injury_are_found_in_each_language(
    attributor: Attributor, text: str, told: list[tuple[str, str]]
) -> None:
    spans = attributor.attribute(text).spans
    for kind, words in told:
        assert any(span.kind == kind and words in span.text for span in spans), (kind, words, spans)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "原料库，王某精馏时现场无高温联锁，气瓶爆炸，经抢救无效死亡。",
            [("cause", "无高温联锁"), ("event", "气瓶爆炸"), ("injury", "抢救无效死亡")],
        ),
        (
            "中班，李某换模，（用木棍绑灯泡自制手提灯），右上臂被埋，送医后死亡.事发时未佩戴安全帽.",
            [("cause", "用木棍绑灯泡"), ("event", "被埋"), ("injury", "送医后死亡"), ("cause", "未佩戴安全帽")],
        ),
        ("工程发生一起中毒事故，未造成人员死亡。", [("event", "中毒事故")]),
    ],
    ids=["lacking", "stops of another script", "nobody hurt"],
)
def test_short_forms_without_cue_words_are_read(attributor: Attributor, text: str, told: list[tuple[str, str]]) -> None:
    spans = attributor.attribute(text).spans
    for kind, words in told:
        assert any(span.kind == kind and words in span.text for span in spans), (kind, words, spans)
    assert len({span.kind for span in spans}) == len({kind for kind, _ in told})


def test_the_chain_runs_from_cause_to_event_to_injury(attributor: Attributor) -> None:
    found = attributor.attribute(CHINESE)
    steps = {(found.spans[one.source].kind, found.spans[one.target].kind) for one in found.links}
    assert steps == {("cause", "event"), ("event", "injury")}
    assert all(one.confidence <= found.spans[one.source].confidence for one in found.links)


def test_a_cue_between_cause_and_effect_is_named(attributor: Attributor) -> None:
    found = attributor.attribute("由于车速过快，致使罐车侧翻。")
    assert [one.why for one in found.links] == ["cue"]


def test_an_investigation_still_under_way_is_no_cause(attributor: Attributor) -> None:
    found = attributor.attribute("某工程发生坍塌事故，造成3名施工人员死亡。目前，事故原因正在调查中。")
    assert {span.kind for span in found.spans} == {"event", "injury"}


def test_every_span_says_why_and_patterns_never_claim_to_be_calibrated(attributor: Attributor) -> None:
    found = attributor.attribute(CHINESE)
    ids = {vote.id for vote in patterns_for("zh").votes}
    assert all(set(span.why) & ids for span in found.spans)
    assert not found.calibrated
    assert found.model == "patterns"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="由于因，。导致造成摔倒骨折左手3人ため漏えい fell due to. \n𠮷é", max_size=80))
def test_offsets_always_cut_the_text_as_written_and_spans_never_overlap(text: str) -> None:
    found = Attributor().attribute(text)
    assert all(text[span.start : span.end] == span.text for span in found.spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found.spans))
    assert all(0 <= span.confidence <= 1 for span in found.spans)
    assert all(0 <= share <= 1 for share in found.factors.values())


def test_a_text_of_a_million_characters_is_read_in_part_and_nothing_breaks(attributor: Attributor) -> None:
    found = attributor.attribute("因阀门失效，" * 170_000)
    assert found.spans
    assert found.spans[-1].end <= 20_000


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        ("未佩戴安全带", "human"),
        ("限位开关失灵", "machine"),
        ("未进行安全培训和技术交底", "method"),
        ("照明光线不良", "environment"),
    ],
)
def test_a_cause_is_of_its_kind(cause: str, kind: str) -> None:
    guesses = classify(cause, "zh")
    assert guesses[0].factor == kind
    assert guesses[0].words


@pytest.mark.parametrize(("language", "least"), [("zh", 0.80), ("en", 0.66)])
def test_kinds_of_unseen_pack_causes_are_told_and_the_probability_is_true(language: str, least: float) -> None:
    measured = measure(language)  # type: ignore[arg-type]
    assert measured["accuracy"] >= least
    assert measured["calibration_error"] <= 0.05


def test_what_is_told_at_all_is_the_union_of_its_causes(attributor: Attributor) -> None:
    found = attributor.attribute(CHINESE)
    assert max(FACTORS, key=lambda factor: found.factors[factor]) == "environment"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("kind: cause", "kind: fate"), "kind 'fate' is unknown"),
        (("reach: after", "reach: around"), "reach 'around' is unknown"),
        (("weight: 2", "weight: loud"), "weight must be a number"),
        (("match: 因", "match: '('"), "is no regular expression"),
        (("id: two", "id: one"), "stands twice"),
        (("language: zh", "language: tlh"), "`language` must be one of"),
        (("  trim: ' '", ""), "lacks trim"),
    ],
)
def test_a_spoilt_pattern_file_is_refused_with_its_place_and_rule(
    tmp_path: Path, change: tuple[str, str], rule: str
) -> None:
    good = (
        "language: zh\nunits:\n  ends: ，\n  starts: 因\n  sentence: 。\n  clause: ，\n  trim: ' '\npatterns:\n"
        "  - {id: one, kind: cause, reach: after, weight: 2, match: 因}\n"
        "  - {id: two, kind: event, reach: here, weight: 1, match: 倒}\n"
    )
    file = tmp_path / "zh.yaml"
    file.write_text(good)
    assert len(read_patterns(file).votes) == 2
    file.write_text(good.replace(*change, 1))
    with pytest.raises(AttributionError, match=r"zh\.yaml") as refused:
        read_patterns(file)
    assert rule in refused.value.message


def _every_path(chain: Chain, scores: np.ndarray) -> dict[tuple[int, ...], float]:
    """Probability of each labelling of one narrative, by trying all of them."""
    weights = {}
    for path in itertools.product(range(chain.labels), repeat=len(scores)):
        total = chain.first[path[0]] + chain.last[path[-1]] + sum(scores[u, label] for u, label in enumerate(path))
        total += sum(chain.transitions[a, b] for a, b in itertools.pairwise(path))
        weights[path] = np.exp(total)
    whole = sum(weights.values())
    return {path: value / whole for path, value in weights.items()}


def test_posteriors_best_path_and_segments_agree_with_trying_every_path() -> None:
    rng = np.random.default_rng(0)
    chain = Chain(rng.normal(size=(5, 3)), rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3))
    indptr = np.array([0, 2, 3, 5, 6, 7], dtype=np.int32)
    units = Units(rng.integers(0, 5, 7).astype(np.int32), indptr, np.array([0, 1, 5], dtype=np.int32))
    seen = infer(chain, units)
    paths = _every_path(chain, seen.scores[1:])
    marginals = seen.marginals(units.starts)[1:]
    for u, label in itertools.product(range(4), range(3)):
        assert marginals[u, label] == pytest.approx(sum(p for path, p in paths.items() if path[u] == label))
    best = best_path(chain, seen, units.starts)[1:]
    assert tuple(best.tolist()) == max(paths, key=lambda path: paths[path])
    # Units 1 and 2 labelled (1, 2), and the one behind not 2.
    segment = segment_probability(chain, seen, (2, 5), np.array([1, 2], dtype=np.int32), 2)
    assert segment == pytest.approx(sum(p for path, p in paths.items() if path[1:3] == (1, 2) and path[3] != 2))


def test_training_finds_the_labels_and_leaves_the_rest_to_the_prior() -> None:
    indices = np.tile(np.array([0, 1], dtype=np.int32), 20)
    units = Units(indices, np.arange(41, dtype=np.int32), np.arange(0, 41, 2).astype(np.int32))
    prior = Chain(np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 7.0]]), np.zeros((2, 2)), np.zeros(2), np.zeros(2))
    chain = fit(units, np.tile(np.array([0, 1], dtype=np.int32), 20), prior, penalty=0.1)
    assert best_path(chain, infer(chain, units), units.starts).tolist() == [0, 1] * 20
    assert chain.weights[2].tolist() == [0.0, 7.0]
