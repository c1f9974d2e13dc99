"""Personal data in narratives: found with a reason, masked, given back to the key's holder alone; companies stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yufang.commands.errors import UserError
from yufang.commands.health import mask_, unmask_
from yufang.lake import LakeError
from yufang.lake.privacy import Vault, apart, find_personal, make_key, mask, read_key, redact, unmask

NARRATIVE = (
    "2024年3月5日，职工李明在操作冲床时右手被夹伤，班长王建国、电工张三丰将李明送往市第一人民医院。"
    "李明（男，45岁，身份证号11010519491231002X），电话13812345678，家住文一西路98号3幢201室。"
)


def found(text: str) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.kind) for one in find_personal(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("职工李明在操作冲床时受伤", [("李明", "name")]),
        ("驾驶员张某某驾驶浙A12345货车", [("张某某", "name"), ("浙A12345", "plate")]),
        ("押运员欧阳修文、司机刘××受伤", [("欧阳修文", "name"), ("刘××", "name")]),
        ("勞工劉○○從施工架墜落", [("劉○○", "name")]),
        ("王强，男，1979年生", [("王强", "name")]),
        ("3.王恩典，某客运公司承包人", [("王恩典", "name")]),
        ("邓永胜驾驶车辆。事发时驾驶人邓永胜饮酒", [("邓永胜", "name"), ("邓永胜", "name")]),
        ("Mr. John Smith called 555-123-4567", [("John Smith", "name"), ("555-123-4567", "phone")]),
        ("Employee John D. fell; a.b@c.org", [("John D.", "name"), ("a.b@c.org", "email")]),
        ("卡号6222021234567890128", [("6222021234567890128", "card")]),
        ("沪AD12345撞上粤B1234挂", [("沪AD12345", "plate"), ("粤B1234挂", "plate")]),
        ("联系电话：0571-87654321", [("0571-87654321", "phone")]),
    ],
)
def test_what_belongs_to_a_person_is_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "江苏安泰建设有限公司承建的张家港市某项目发生坍塌",
        "施工方案未经审批，管理人员未到场，工人高处坠落",
        "于某日，向某公司某工地运送水泥",
        "由于吊篮钢丝绳断裂，工程发生事故，施工许可证已过期",
        "石家庄市高新区马庄村东侧路面塌陷，任务由应急部门承担",
        "Employee #1 was operating a forklift at Walker Steel in Green County",
        "发动机号16117014037，注册号340400000043004，合同金额4500000元",
        "沿国道行驶至210国道302公里处，温度45度",
    ],
)
def test_companies_places_and_plain_words_stay(text: str) -> None:
    assert found(text) == []


def test_each_find_says_where_how_sure_and_why() -> None:
    for one in find_personal(NARRATIVE):
        assert NARRATIVE[one.start : one.end].strip()
        assert 0.6 <= one.confidence <= 1
        assert one.why
    kinds = [one.kind for one in find_personal(NARRATIVE)]
    assert kinds == ["name"] * 5 + ["identity", "phone", "address"]


def test_an_identity_number_with_a_wrong_check_digit_is_found_and_less_sure() -> None:
    right, wrong = find_personal("身份证11010519491231002X")[0], find_personal("身份证110105194912310021")[0]
    assert right.confidence > wrong.confidence > 0.6
    assert find_personal("编号110105194913310021") == []  # there is no month 13


def test_one_person_has_one_token_and_the_way_back_is_exact() -> None:
    vault = Vault()
    masked = mask([NARRATIVE, "职工李明再次受伤", None], vault)
    texts = [text for text, _ in masked]
    assert texts[0] is not None
    assert texts[0].count("〔姓名1〕") == 3
    assert texts[1] == "职工〔姓名1〕再次受伤"
    assert not any(word in texts[0] for word in ("李明", "王建国", "11010519491231002X", "13812345678", "98号"))
    assert unmask(texts, vault) == [NARRATIVE, "职工李明再次受伤", None]
    assert redact("Operator Mike Jones fell") == "Operator 〔NAME1〕 fell"


@given(st.lists(st.text(alphabet="职工李明王强在〔姓名12〕，。13812345678 浙A", max_size=60), max_size=6))
@settings(max_examples=80, deadline=None)
def test_whatever_stands_in_a_text_comes_back(texts: list[str]) -> None:
    vault = Vault()
    assert unmask([text for text, _ in mask(texts, vault)], vault) == texts


def test_the_vault_opens_with_its_own_key_alone(tmp_path: Path) -> None:
    key, other = make_key(tmp_path / "keys" / "a"), make_key(tmp_path / "keys" / "b")
    vault = Vault()
    mask([NARRATIVE], vault)
    path = tmp_path / "vault.json"
    vault.save(path, key)
    assert "李明" not in path.read_text(encoding="utf-8")
    again = Vault.open(path, key)
    assert again.originals == vault.originals
    assert mask(["职工李明和职工赵四海"], again)[0][0] == "职工〔姓名1〕和职工〔姓名4〕"
    with pytest.raises(LakeError, match="does not open") as caught:
        Vault.open(path, other)
    assert caught.value.way_out
    assert caught.value.zh[1]
    path.write_text(path.read_text().replace('"data": "', '"data": "AAAA'))
    with pytest.raises(LakeError, match="altered"):
        Vault.open(path, key)
    with pytest.raises(LakeError, match="exists"):
        make_key(tmp_path / "keys" / "a")
    (tmp_path / "keys" / "c").write_text("no key")
    with pytest.raises(LakeError, match="holds no key"):
        read_key(tmp_path / "keys" / "c")
    with pytest.raises(LakeError, match="same folder"):
        apart(tmp_path / "keys" / "v", tmp_path / "keys" / "a")


def test_the_commands_mask_and_give_back_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, masked, back = tmp_path / "in.csv", tmp_path / "m.csv", tmp_path / "b.csv"
    file.write_text("姓名,经过\n赵四,职工李明被夹伤\n王五,车辆浙A12345侧翻\n", encoding="utf-8")
    vault, key = tmp_path / "v.json", tmp_path / "k" / "key"
    mask_(file, masked, vault=vault, key=key, new_key=True)
    assert masked.read_text() == "姓名,经过\n〔姓名1〕,职工〔姓名3〕被夹伤\n〔姓名2〕,车辆〔车牌1〕侧翻\n"
    unmask_(masked, back, vault=vault, key=key)
    assert back.read_text() == file.read_text()
    assert "李明" not in capsys.readouterr().out
    make_key(tmp_path / "k" / "other")
    with pytest.raises(UserError):
        unmask_(masked, back, vault=vault, key=tmp_path / "k" / "other")
    with pytest.raises(UserError, match="none"):
        mask_(file, masked, columns="none")
    with pytest.raises(UserError):
        mask_(file, masked, vault=vault)


def test_a_long_text_is_read_in_no_time() -> None:
    import time

    start = time.process_time()
    find_personal(NARRATIVE * 1000)
    find_personal("李" * 100_000)
    find_personal("1" * 100_000)
    assert time.process_time() - start < 10
