"""The check: installed packs are clean and deep; each way to write a bad pack gives its one message."""

from __future__ import annotations

from itertools import pairwise

import pytest

from yufang.packs.check import check_pack, grade_of, jaccard, measure, shingles
from yufang.packs.load import installed_paths
from yufang.packs.ppe import ppe_names
from yufang.packs.rules import GRADES, RULES

from .conftest import ROW, MakePack

INSTALLED = installed_paths()


@pytest.mark.parametrize("path", INSTALLED, ids=lambda path: path.name)
def test_an_installed_pack_is_clean_and_deep(path) -> None:  # type: ignore[no-untyped-def]
    report = check_pack(path)
    assert [str(error) for error in report.refusals] == []
    assert report.measured["rows"] >= 40
    assert report.grade is not None
    assert report.grade.key in ("silver", "gold")


def test_ids_of_different_packs_have_different_prefixes() -> None:
    prefixes = []
    for path in INSTALLED:
        pack = check_pack(path).pack
        assert pack is not None
        prefixes.append(pack.hazards[0].id.split("-")[0])
    assert len(set(prefixes)) == len(INSTALLED)


def test_a_sound_small_pack_passes_as_bronze(make_pack: MakePack) -> None:
    report = check_pack(make_pack())
    assert report.refusals == ()
    assert report.advice == ()
    assert report.grade is not None
    assert report.grade.key == "bronze"


LONG_ZH = "手工送料时脚搭在无罩的踏板上，边角料落下压住踏板使滑块意外启动"
LONG_EN = "While feeding by hand the foot rests on an open pedal and falling scrap starts the slide"

# rule, (old, new) in the row, field, a part of the message
BAD_ROWS = [
    ("accident_type", ("WSA10004", "WSA10042"), "accident_type", "is no accident type of GB 6441-2025"),
    ("ppe", ("[SF-08]", "[SF-88]"), "ppe", "is no PPE code of GB 39800"),
    ("ppe_missing", ("  ppe: [SF-08]\n", ""), "ppe", "needs a PPE code"),
    ("zh_text", ("zh: 手指被冲断", "zh: Fingers off"), "consequence.zh", "must have Han characters"),
    ("en_text", (LONG_EN, f"{LONG_EN} 滑块"), "circumstance.en", "no Han characters"),
    ("length", (LONG_ZH, "踏板无罩意外启动"), "circumstance.zh", "needs at least 20 characters, has 8"),
    ("length", (LONG_EN, "The pedal has no cover"), "circumstance.en", "needs at least 60 characters"),
    ("filler", ("踏板加装三面防护罩", "加强管理，注意检查踏板罩"), "measures.1.zh", "'加强管理' is filler"),
    ("filler", ("How to use the pedal", "Be careful with the pedal"), "training.en", "'be careful' is filler"),
    (
        "causes",
        ("    human: {zh: 送料时脚不离踏板, en: The foot never leaves the pedal}\n", ""),
        "causes",
        "at least 3 of the five causes, has 2",
    ),
    ("levels", ("level: engineering", "level: ppe"), "measures", "need at least 2 levels"),
    ("words", ("  words: [脚踏开关无防护罩, 踏板未加罩, 脚踏误动作]\n", ""), "words", "at least 1 phrases"),
    ("word", ("脚踏误动作]", "踏板未加罩]"), "words", "once per row"),
    ("word", ("脚踏误动作]", "open pedal]"), "words", "must be Chinese"),
    ("clause_text", ("status: title", "status: text"), "clause.ref", "needs the number of an article"),
]


@pytest.mark.parametrize(("code", "change", "field", "message"), BAD_ROWS)
def test_a_bad_row_is_refused_with_its_message(
    make_pack: MakePack, code: str, change: tuple[str, str], field: str, message: str
) -> None:
    report = check_pack(make_pack(row=change))
    said = [error for error in report.refusals if error.code == code]
    assert len(said) == 1, [str(error) for error in report.refusals]
    assert (said[0].row, said[0].field) == ("SA-01", field)
    assert message in str(said[0])
    assert said[0].rule_zh
    assert report.grade is None
    # Measures at one level only break both rules about levels; every other fault is told once.
    allowed = {code, "above_ppe"} if code == "levels" else {code}
    assert {error.code for error in report.refusals} == allowed


def test_measures_of_one_level_above_ppe_need_a_second_level(make_pack: MakePack) -> None:
    report = check_pack(make_pack(row=("level: ppe", "level: engineering")))
    assert [error.code for error in report.refusals] == ["levels"]


BAD_HEADS = [
    ("industry", ('["33"]', '["98"]'), "industries", "98"),
    ("industry", ('["33"]', '["C"]'), "industries", "C"),
    (
        "special_equipment",
        ("aliases: [机械压力机]", 'aliases: [机械压力机]\n    special_equipment: "9999"'),
        "press.special_equipment",
        "9999",
    ),
    ("en_text", ("en: Hand feeding", "en: 手工送料"), "feeding.name.en", "手工送料"),
    ("zh_text", ("zh: 脚踏开关", "zh: Foot switch"), "press.pedal.zh", "Foot switch"),
]


@pytest.mark.parametrize(("code", "change", "field", "value"), BAD_HEADS)
def test_a_bad_head_is_refused_with_its_message(
    make_pack: MakePack, code: str, change: tuple[str, str], field: str, value: str
) -> None:
    report = check_pack(make_pack(head=change))
    assert [(error.code, error.field, error.value) for error in report.refusals] == [(code, field, value)]


def test_a_row_that_repeats_equipment_part_and_circumstance_is_refused(make_pack: MakePack) -> None:
    report = check_pack(make_pack(rows=ROW.replace("SA-01", "SA-02")))
    assert [(error.code, error.row) for error in report.refusals] == [("same_row", "SA-02")]
    assert "as SA-01" in report.refusals[0].rule


def test_a_row_in_nearly_the_same_words_is_refused(make_pack: MakePack) -> None:
    twin = ROW.replace("SA-01", "SA-02").replace("意外启动", "突然启动").replace("  part: pedal\n", "")
    report = check_pack(make_pack(rows=twin))
    assert [(error.code, error.row) for error in report.refusals] == [("alike", "SA-02")]


def test_a_row_of_another_prefix_is_refused(make_pack: MakePack) -> None:
    other = (
        ROW.replace("SA-01", "ZZ-02")
        .replace("冲床脚踏开关无防护罩", "飞轮外露卷入衣袖")
        .replace(LONG_ZH, "维修后飞轮罩没有装回，断电后惯性旋转，加油时衣袖卷入皮带")
        .replace(
            "看踏板是否有三面罩，把模式切到脚踏试能否启动滑块，核对钥匙是否拔出",
            "断电计时至飞轮停转，检查飞轮罩螺栓是否齐全并拍照",
        )
    )
    report = check_pack(make_pack(rows=other))
    assert [(error.code, error.row) for error in report.refusals] == [("id_prefix", "ZZ-02")]


def test_advice_does_not_refuse(make_pack: MakePack) -> None:
    report = check_pack(make_pack(row=("  task: feeding\n", "")))
    assert report.refusals == ()
    assert [(error.code, error.value) for error in report.advice] == [("unused", "feeding")]
    assert report.grade is not None


def test_a_pack_without_rows_is_refused(make_pack: MakePack) -> None:
    folder = make_pack()
    (folder / "hazards" / "press.yaml").unlink()
    assert [error.code for error in check_pack(folder).refusals] == ["rows"]


def test_every_schema_error_is_told_not_only_the_first(make_pack: MakePack) -> None:
    folder = make_pack(row=("severity: serious", "severity: awful"), rows="- {id: SA-02}\n")
    rows = {error.row for error in check_pack(folder).refusals}
    assert rows == {"SA-01", "SA-02"}


def test_grades_ask_more_the_higher_they_are() -> None:
    columns = measure_columns()
    for better, lower in pairwise(GRADES):
        assert all(getattr(better, column) >= getattr(lower, column) for column in columns)
        assert any(getattr(better, column) > getattr(lower, column) for column in columns)


@pytest.mark.parametrize("grade", GRADES, ids=lambda grade: grade.key)
def test_a_grade_is_given_at_its_limits_and_lost_below_any(grade) -> None:  # type: ignore[no-untyped-def]
    at_limits = {column: float(getattr(grade, column)) for column in measure_columns()}
    assert grade_of(at_limits) is grade
    for column, value in at_limits.items():
        if value > 0:
            assert grade_of({**at_limits, column: value - 0.01}) is not grade


def measure_columns() -> list[str]:
    pack = check_pack(INSTALLED[0]).pack
    assert pack is not None
    return list(measure(pack))


def test_every_rule_speaks_both_languages() -> None:
    for code, rule in RULES.items():
        assert any("一" <= letter <= "鿿" for letter in rule.zh), code
        assert not any("一" <= letter <= "鿿" for letter in rule.en), code


def test_ppe_codes_have_names_in_both_languages() -> None:
    assert len(ppe_names()) == 65
    assert ppe_names()["TB-01"].zh == "安全帽"


def test_jaccard_of_shingles() -> None:
    assert jaccard(shingles("冲床脚踏开关"), shingles("冲床，脚踏开关")) == 1.0
    assert jaccard(shingles("冲床脚踏开关"), shingles("叉车制动失效")) == 0.0
    one, two = shingles("abcdef"), shingles("abcdeg")  # 3 of 5 shingles are shared
    assert jaccard(one, two) == pytest.approx(3 / 5)
