"""Cold start: a word is read by its place, the label model weighs functions, and nobody's labels are used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from yufang.bench.coldstart_rows import read
from yufang.cases.coldstart import (
    FunctionSet,
    Votes,
    blend,
    fit_label_model,
    head,
    learn,
    load_functions,
    majority_vote,
    plain,
    shipped_facets,
    vote,
)
from yufang.cases.coldstart.functions import pack_codes
from yufang.cases.coldstart.learn import pack_texts
from yufang.cases.errors import CoderError
from yufang.standards import code_list

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def functions() -> FunctionSet:
    return load_functions("accident_type", "gb6441_2025_type")


def said(functions: FunctionSet, text: str) -> set[str]:
    votes = vote(functions, [text])
    return {votes.names[column] for column in np.flatnonzero(votes.fired[0])}


def test_the_accident_decides_over_the_equipment_named_before_it(functions: FunctionSet) -> None:
    found = said(functions, "工人在塔吊旁作业时触电，造成1人死亡。")
    assert "shock:decides" in found
    assert "crane_named:named" in found
    assert "electric_named:decides" not in found


def test_of_two_accident_words_the_last_one_decides(functions: FunctionSet) -> None:
    found = said(functions, "罐车追尾后起火，造成2人死亡。")
    assert {"road_crash:told", "fire:decides"} <= found


def test_a_crane_that_topples_is_lifting_and_a_wall_that_topples_is_collapse(functions: FunctionSet) -> None:
    assert "collapse:decides" not in said(functions, "一台塔吊在顶升时倒塌，造成3人死亡。")
    assert "crane_gives_way:decides" in said(functions, "一台塔吊在顶升时倒塌，造成3人死亡。")
    assert "structure_collapses:decides" in said(functions, "围墙倒塌，造成3人死亡。")
    assert "crane_gives_way:decides" not in said(functions, "一名工人从塔吊上坠落，造成死亡。")


def test_a_release_counts_only_where_nothing_else_came_of_it(functions: FunctionSet) -> None:
    assert "release:decides" in said(functions, "储罐阀门损坏，造成液氨泄漏。")
    assert not any("release" in name for name in said(functions, "罐车追尾。随后造成液氨泄漏。"))


def test_what_a_function_beats_is_beaten_by_its_standard_name_too(functions: FunctionSet) -> None:
    assert not {name for name in said(functions, "施工升降机坠落，造成3人死亡。") if "WSA10010:decides" in name}


def test_what_did_not_happen_gives_no_vote_and_a_danger_is_only_foretold(functions: FunctionSet) -> None:
    assert said(functions, "本次检查未发生坍塌。") == set()
    assert "fall:foretold" in said(functions, "對於高處作業，勞工有墜落之虞者，未設置護欄。")
    assert not {name for name in said(functions, "为防止火灾，已配备灭火器。") if name.endswith(":decides")}


def test_orders_and_advice_after_the_accident_are_not_read(functions: FunctionSet) -> None:
    assert said(functions, "发生触电事故。整改措施：排查坍塌、起重伤害、火灾。") >= {"shock:decides"}
    assert not any(
        name.startswith(("fire", "collapse")) for name in said(functions, "发生触电。整改措施：排查坍塌、火灾。")
    )


def test_traditional_and_full_width_characters_are_read_alike(functions: FunctionSet) -> None:
    assert plain("墜落２公尺") == "坠落2公尺"
    assert said(functions, "勞工感電致死") == said(functions, "劳工感电致死")
    assert head("短。") == "短。"
    assert len(head("长" * 1000)) == 300
    assert head("一句话说完了经过" * 30 + "。" + "其余" * 200).endswith("。")


def test_the_label_model_believes_the_functions_that_agree() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 4000)
    names, says, columns = [], [], []
    for reading, accuracy in (("decides", 0.9), ("told", 0.9), ("named", 0.35)):
        guess = np.where(rng.random(4000) < accuracy, truth, (truth + rng.integers(1, 3, 4000)) % 3)
        speaks = rng.random(4000) < 0.7
        for code in range(3):
            names.append(f"f{reading}{code}:{reading}")
            says.append(code)
            columns.append((guess == code) & speaks)
    votes = Votes(np.stack(columns, axis=1), np.array(says), tuple(names), ("a", "b", "c"))
    model = fit_label_model(votes)
    learned = dict(zip(names, model.accuracy, strict=True))
    assert learned["fdecides0:decides"] > 0.8 > 0.5 > learned["fnamed0:named"]
    covered = votes.covered
    ours = (model.probabilities(votes).argmax(axis=1) == truth)[covered].mean()
    theirs = (majority_vote(votes).argmax(axis=1) == truth)[covered].mean()
    assert ours > theirs
    assert model.prior == pytest.approx(np.full(3, 1 / 3), abs=0.05)
    with pytest.raises(CoderError, match="other functions"):
        model.probabilities(Votes(votes.fired[:, :3], votes.says[:3], votes.names[:3], votes.codes))


def test_too_few_texts_are_refused(functions: FunctionSet) -> None:
    with pytest.raises(CoderError, match="speak of 1 of 2 texts"):
        fit_label_model(vote(functions, ["触电死亡", "晴"]))
    with pytest.raises(CoderError, match="2 different texts are too few"):
        learn(functions, ["触电死亡", "触电身亡", "触电死亡"])


def test_functions_ship_for_both_lists_and_every_code_is_one_of_the_list() -> None:
    assert shipped_facets() == ("accident_type",)
    for key in ("gb6441_1986_type", "gb6441_2025_type"):
        chosen = load_functions("accident_type", key)
        known = {entry.code for entry in code_list(key)}
        assert {reader.code for reader in chosen.readers} <= known
        assert set(pack_codes(key).values()) <= known
        assert len(pack_texts(chosen)) > 200
    assert pack_codes("gbt13861_2022") == {}


def test_a_file_that_cannot_be_used_is_named_with_its_field(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    start = "facet: accident_type\nowner: me\ncode_lists: [gb6441_2025_type]\n"
    for text, says in (
        ("functions: []\n", "functions is"),
        ("functions: [{id: A1, code: [WSA10001], words: [砸]}]\n", "functions.0.id is 'A1'"),
        ("functions: [{id: a, code: [WSA1], words: [砸]}]\n", "code 'WSA1' is not in gb6441_2025_type"),
        ("functions: [{id: a, code: [null, null], words: [砸]}]\n", "has 2 codes for 1 code lists"),
        ("functions: [{id: a, code: [null], pattern: '{crane}'}]\n", ""),
        ("functions: [{id: a, code: [WSA10001], pattern: '{crane}'}]\n", "list {crane} is unknown"),
        ("functions: [{id: a, code: [WSA10001], pattern: '('}]\n", "is none"),
        ("functions: [{id: a, code: [WSA10001], words: [砸], beats: [b]}]\n", "beats 'b', which is no function"),
        ("functions: [{id: a, code: [null], words: [砸]}, {id: a, code: [null], words: [压]}]\n", "same id"),
    ):
        path.write_text(start + text, encoding="utf-8")
        if not says:
            assert load_functions("accident_type", path=path).readers
            continue
        with pytest.raises(CoderError) as refused:
            load_functions("accident_type", path=path)
        assert says in refused.value.message
        assert "own.yaml" in refused.value.message
    with pytest.raises(CoderError, match="holds functions for 'accident_type', not for 'nature'"):
        load_functions("nature", path=path)


def test_a_cold_start_answers_where_no_function_speaks_too(functions: FunctionSet) -> None:
    kinds = (
        "工人从{}楼脚手架坠落死亡",
        "{}号基坑边坡坍塌造成2人被埋",
        "电工在{}号配电箱触电身亡",
        "{}车间起火，火灾造成损失",
    )
    start = learn(functions, [kinds[i % 4].format(i) for i in range(120)])
    p = start.predict_proba(["9号配电箱", "晴"])
    assert p.sum(axis=1) == pytest.approx([1.0, 1.0], abs=1e-3)
    assert start.codes[int(p[0].argmax())] == "WSA10006"
    assert np.array_equal(p, blend(start.coder, start.model, functions, ["9号配电箱", "晴"]))
    assert start.covered == 120


@pytest.mark.data
def test_judged_rows_are_no_rows_that_are_learned_from() -> None:
    folder = SHARED / "china_accident_reports"
    assert folder.is_dir(), f"{folder} is missing: this test needs the shared data sets beside the repository"
    sources, looked = read(folder), read(folder, develop=True)
    for name, rows in sources.judged.items():
        assert len(rows.texts) > 30, name
        assert not set(rows.texts) & set(looked.judged[name].texts), name
        assert not set(rows.texts) & set(sources.unlabelled), name


@pytest.mark.data
def test_most_notices_are_typed_rightly_by_the_functions_alone() -> None:
    folder = SHARED / "china_accident_reports"
    assert folder.is_dir(), f"{folder} is missing: this test needs the shared data sets beside the repository"
    sources = read(folder, most_citations=1500)
    chosen = load_functions("accident_type", "gb6441_1986_type")
    model = fit_label_model(vote(chosen, sources.unlabelled))
    rows = sources.judged["notices"]
    best = model.probabilities(vote(chosen, rows.texts)).argmax(axis=1)
    right = [chosen.codes[c] in codes for c, codes in zip(best, rows.right[chosen.code_list], strict=True)]
    assert np.mean(right) > 0.75
