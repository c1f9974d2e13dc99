"""Record linkage: names taken apart, employers and persons joined, clusters that keep their ids, words that hold."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from yufang.lake import Lake
from yufang.lake.linkage import LinkageError, link_records, read_model, shipped_model
from yufang.lake.linkage.company import parse_company, region_key
from yufang.lake.linkage.corruption import corrupted, made_employers
from yufang.lake.linkage.linking import kind_of
from yufang.lake.linkage.person_corruption import corrupted_persons, made_persons
from yufang.lake.linkage.store import decide, link_lake, read_linkage
from yufang.lake.linkage.text import address, address_key, phone, sketched

AT = datetime(2026, 6, 30)
LATER = datetime(2026, 7, 1)


@pytest.mark.parametrize(
    ("name", "region", "core", "brand", "branch"),
    [
        ("深圳市宏達精密機械（股）公司第一工程處", "深圳", "宏达精密机械", "宏达", "第1工程处"),
        ("宏达（深圳）机械有限公司", "深圳", "宏达机械", "宏达", ""),
        ("ＡＣＭＥ　Tools Co., Ltd.", "", "acmetools", "acmetools", ""),
        ("北京建工集团有限责任公司第三项目部", "北京", "建工集团", "建工", "第3项目部"),
        ("中石化", "", "中石化", "中石化", ""),
    ],
)
def test_a_name_is_taken_apart(name: str, region: str, core: str, brand: str, branch: str) -> None:
    told = parse_company(name)
    assert (told.region, told.core, told.brand, told.branch) == (region, core, brand, branch)


def test_a_former_name_in_brackets_is_found() -> None:
    assert parse_company("宏达科技有限公司（原宏远科技有限公司）").former == "宏远科技"


def test_addresses_and_phones_have_one_form() -> None:
    assert address("广东省深圳市南山区科技路十二号3楼") == "科技路12号3楼"
    assert address_key("科技路12号3楼") == "科技路12"
    assert phone("+86 138-0013-8000") == phone("13800138000") == "13800138000"
    assert phone("12") is None
    assert region_key("广东省深圳市南山区") == "深圳"


def test_a_sketch_counts_characters_not_bytes() -> None:
    told = sketched(pl.Series(["宏达机械", "宏大机械", "宏达"]))
    assert [len(text) for text in told] == [4, 4, 2]
    assert sum(a != b for a, b in zip(told[0], told[1], strict=True)) == 1


def test_writings_of_one_firm_meet_and_sister_firms_stay_apart() -> None:
    rows = pl.DataFrame(
        {
            "record_id": ["a", "b", "c", "d", "e"],
            "name": [
                "深圳市宏達精密機械股份有限公司",
                "宏达精密机械（股）公司",
                "深圳宏达物流有限公司",
                "宏远精工有限公司",
                "宏达精密机械",
            ],
            "former_name": [None, None, None, "宏达精密机械股份有限公司", None],
            "credit_code": ["91350211M000100Y43", None, "91350211M000100Y43"[:-2] + "XX", None, None],
            "address": ["深圳市科技路12号", "科技路十二号", "深圳市科技路12号", "科技路12号", None],
            "phone": ["13800138000", "138-0013-8000", "13800138001", "13800138000", None],
            "legal_person": ["王大力", "王大力", "王大力", "王大力", None],
            "region": ["深圳", "深圳", "深圳", "深圳", "深圳"],
        }
    )
    clusters = dict(link_records(rows, "employers", at=AT).clusters.iter_rows())
    assert clusters["a"] == clusters["b"] == clusters["d"]


def test_two_valid_codes_are_never_one_unless_a_person_says_so(tmp_path: Path) -> None:
    made = made_employers(2, 1)
    codes = made["credit_code"].to_list()
    row = {k: v for k, v in made.row(0, named=True).items() if k != "entity"}
    rows = pl.DataFrame([row | {"record_id": "a"}, row | {"record_id": "b", "credit_code": codes[1]}])
    found = link_lake(Lake(tmp_path), "employers", [("x", rows)], at=AT)
    assert found.clusters["cluster_id"].n_unique() == 2
    told = decide(Lake(tmp_path), "employers", "x#a", "x#b", same=True, at=LATER, who="陈")
    assert told.clusters["cluster_id"].n_unique() == 1


def test_made_errors_are_seen_through() -> None:
    """A small world; `yufang bench linkage --task corrupted` measures a large one."""
    rows = corrupted(made_employers(800, 5), 1300, 6)
    found = link_records(rows.drop("entity"), "employers", at=AT)
    told = found.clusters.join(rows.select("record_id", "entity"), on="record_id")

    def pairs(*by: str) -> int:
        size = told.group_by(by).len()["len"].cast(pl.Int64)
        return int((size * (size - 1) // 2).sum())

    right = pairs("cluster_id", "entity")
    assert right / pairs("cluster_id") > 0.97
    assert right / pairs("entity") > 0.95


def test_the_same_records_in_any_order_give_the_same_clusters() -> None:
    rows = corrupted(made_employers(150, 7), 260, 8).drop("entity")
    first = link_records(rows, "employers", at=AT)
    again = link_records(rows.sample(fraction=1.0, shuffle=True, seed=3), "employers", at=AT)
    assert first.clusters.equals(again.clusters)
    assert first.pairs.equals(again.pairs)


def test_the_model_for_workers_that_ships_joins_them_across_a_small_world() -> None:
    rows = corrupted_persons(made_persons(800, 5), 1300, 6)
    found = link_records(rows.drop("entity"), "persons", at=AT)
    joined = found.clusters.join(rows.select("record_id", "entity"), on="record_id")
    together = joined.group_by("cluster_id").agg(pl.col("entity").n_unique(), pl.len())
    assert (together["entity"] > 1).sum() <= 2
    alone = joined.group_by("entity").agg(pl.col("cluster_id").n_unique(), pl.len()).filter(pl.col("len") > 1)
    assert (alone["cluster_id"] == 1).mean() > 0.85


def test_persons_meet_by_partial_numbers_and_masked_names() -> None:
    rows = pl.DataFrame(
        {
            "record_id": ["a", "b", "c", "d"],
            "name": ["张建国", "张*国", "张建军", "李红"],
            "id_number": ["11010519491231002X", "110105********002X", "110105194912310038", None],
            "birth_date": ["1949-12-31", None, "1949年12月31日", "1980/1/2"],
            "employer": ["宏达机械有限公司", "宏达机械", "宏达机械有限公司", "宏达机械有限公司"],
        }
    )
    clusters = dict(link_records(rows, "persons", at=AT).clusters.iter_rows())
    assert clusters["a"] == clusters["b"]
    assert len({clusters["a"], clusters["c"], clusters["d"]}) == 3


def test_a_kept_linkage_keeps_ids_and_words_when_it_grows(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = corrupted(made_employers(60, 9), 110, 10).drop("entity", "source")
    first = link_lake(lake, "employers", [("r.csv", rows.head(70))], at=AT)
    pair = first.pairs.filter(pl.col("state") == "accepted").row(0, named=True)
    decide(lake, "employers", pair["left"], pair["right"], same=False, at=AT, who="陈", reason="两家")
    second = link_lake(lake, "employers", [("r.csv", rows)], at=LATER)
    after = second.clustering.members
    assert after[pair["left"]] != after[pair["right"]]
    before = first.clustering.members
    parted = {before[pair["left"]]}
    kept = [cid for record, cid in before.items() if cid not in parted and after[record] == cid]
    assert len(kept) > 0.9 * (len(before) - 5)
    history = read_linkage(lake, "employers").history
    assert {"created", "split", "grown"} <= set(history["event"])
    split = history.filter(pl.col("event") == "split").row(0, named=True)
    assert (split["who"], split["reason"]) == ("陈", "两家")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({"record_id": ["a", "a"], "name": ["x", "y"]}, "duplicate_id"),
        ({"record_id": ["a", None], "name": ["x", "y"]}, "empty_id"),
        ({"record_id": ["a", "b"], "region": ["x", "y"]}, "no_usable_field"),
        ({"record_id": ["a", "b"], "credit_code": [None, ""]}, "no_usable_field"),
        ({"record_id": ["a"], "name": ["x"]}, "too_few"),
    ],
)
def test_records_that_cannot_be_linked_are_refused_by_name(rows: dict[str, list[str | None]], code: str) -> None:
    with pytest.raises(LinkageError) as refusal:
        link_records(pl.DataFrame(rows), "employers", at=AT)
    assert refusal.value.code == code
    assert all(refusal.value.zh)


def test_null_credit_codes_leave_the_other_fields_to_speak() -> None:
    rows = pl.DataFrame({"name": ["华源化工有限公司", "华源化工（有限）公司"], "credit_code": [None, None]})
    assert link_records(rows, "employers", at=AT).pairs.height == 1


def test_a_model_of_another_version_or_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    model = shipped_model(kind_of("employers"))
    model.write(path)
    assert read_model(path, kind_of("employers")).version == model.version
    for content, code in (
        (path.read_text().replace('"format": 1', '"format": 9'), "model_version"),
        (path.read_text().replace('"kind": "employers"', '"kind": "persons"'), "model_kind"),
        ("{", "bad_model"),
    ):
        path.write_text(content)
        with pytest.raises(LinkageError) as refusal:
            read_model(path, kind_of("employers"))
        assert refusal.value.code == code


def test_what_ships_lets_an_agreement_speak_for_a_match_and_a_difference_against_it() -> None:
    model = shipped_model(kind_of("employers"))
    for field, levels in model.parameters.items():
        first, last = levels[0], levels[-1]
        assert first[0] >= first[1], f"{field}: equal values speak against a match"
        assert last[0] < last[1], f"{field}: different values speak for a match"


def test_strangers_whose_codes_differ_by_a_digit_stay_apart() -> None:
    rows = pl.DataFrame(
        {
            "record_id": [f"r{i}" for i in range(20)],
            "name": [
                f"{brand}{trade}有限公司"
                for brand in ("东屿", "北坪", "澜中", "临川", "青川")
                for trade in ("机械", "木业", "冷链", "化工")
            ],
            "credit_code": [f"91990000MA{i:08d}" for i in range(20)],
        }
    )
    found = link_records(rows, "employers", at=AT)
    assert found.clusters["cluster_id"].n_unique() == 20
