"""`yufang cases`: train, code, suspects, coldstart, and one clear message for what can't be used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from yufang.cases.card import card_path, scope_path
from yufang.cases.check import lessons
from yufang.cli import app
from yufang.commands.errors import UserError


def yufang(*words: object) -> Result:
    return CliRunner().invoke(app, ["cases", *map(str, words)], env={"COLUMNS": "200"})


def refused(*words: object) -> UserError:
    result = yufang(*words)
    assert isinstance(result.exception, UserError), result.output
    assert result.exception.way_out
    return result.exception


def table(path: Path, labels: list[str] | None = None, **columns: list[str]) -> Path:
    texts, true = lessons()
    pl.DataFrame({"narrative": texts, "kind": labels or true, **columns}).write_csv(path)
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    result = yufang("train", table(folder / "cases.csv"), "--facet", "kind", "--out", folder / "kind.npz")
    assert result.exit_code == 0, result.output
    assert "out of fold: accuracy" in result.output
    return folder


def test_a_trained_coder_codes_another_table_and_keeps_its_columns(trained: Path) -> None:
    file, out = trained / "new.csv", trained / "coded.parquet"
    pl.DataFrame({"no": ["7", "8"], "narrative": [lessons()[0][0], ""], "code": ["mine", "mine"]}).write_csv(file)
    result = yufang("code", trained / "kind.npz", file, "--out", out)
    assert result.exit_code == 0, result.output
    coded = pl.read_parquet(out)
    assert coded.columns == ["no", "narrative", "code", "coded_code", "probability", "state", "model_version"]
    assert coded["coded_code"][0] == lessons()[1][0]
    assert coded["state"][1] == "review", "a row without a narrative is for people"
    assert "2 rows" in result.output


def test_suspects_are_listed_with_the_row_of_the_file(tmp_path: Path) -> None:
    labels = lessons()[1]
    wrong = list(range(0, len(labels), 12))
    names = sorted(set(labels))
    given = [names[(names.index(x) + 1) % len(names)] if i in wrong else x for i, x in enumerate(labels)]
    out = tmp_path / "suspects.csv"
    result = yufang("suspects", table(tmp_path / "cases.csv", given), "--facet", "kind", "--out", out)
    assert result.exit_code == 0, result.output
    found = pl.read_csv(out)
    assert set(found["row"].head(len(wrong))) & {i + 1 for i in wrong}
    assert found["p_given"][0] < 0.5


def test_a_scope_and_a_tree_stand_on_the_card(tmp_path: Path) -> None:
    texts, labels = lessons()
    texts, labels = texts * 4, labels * 4
    file = tmp_path / "cases.csv"
    codes = dict(zip(sorted(set(labels)), ("7.01.1", "7.01.2", "7.02"), strict=True))
    pl.DataFrame(
        {
            "narrative": [f"{t} {i}" for i, t in enumerate(texts)],
            "kind": [codes[x] for x in labels],
            "industry": ["C3311" if i % 2 else "B06" for i in range(len(texts))],
        }
    ).write_csv(file)
    words = ("--facet", "kind", "--out", tmp_path / "kind.npz")
    result = yufang("train", file, *words, "--scope", "industry=C33", "--tree", "gb6441_1986_unsafe_act")
    assert result.exit_code == 0, result.output
    assert "industry=33: " in result.output
    assert "general" in result.output
    card = json.loads(card_path(tmp_path / "kind.npz").read_text())
    assert card["levels"]["code_list"] == "gb6441_1986_unsafe_act"
    assert (card["scope"] is not None) == scope_path(tmp_path / "kind.npz").exists()
    out = tmp_path / "coded.csv"
    assert yufang("code", tmp_path / "kind.npz", file, "--out", out).exit_code == 0
    assert {"answer", "answer_depth"} <= set(pl.read_csv(out).columns)


def test_a_cold_start_needs_no_codes_and_sends_every_case_to_people(tmp_path: Path) -> None:
    kinds = (
        "工人从{}楼脚手架坠落死亡",
        "{}号基坑边坡坍塌造成2人被埋",
        "电工在{}号配电箱触电身亡",
        "{}车间起火，火灾造成损失",
    )
    pl.DataFrame({"text": [kinds[i % 4].format(i) for i in range(80)]}).write_csv(tmp_path / "texts.csv")
    model = tmp_path / "model.npz"
    result = yufang("coldstart", "--texts", tmp_path / "texts.csv", "--text", "text", "--out", model)
    assert result.exit_code == 0, result.output
    assert "Nobody has checked these codes" in result.output
    pl.DataFrame({"text": ["9月2日，木工自屋頂墜落致死", "塔吊倒塌造成3人死亡"]}).write_csv(tmp_path / "new.csv")
    out = tmp_path / "coded.jsonl"
    assert yufang("code", model, tmp_path / "new.csv", "--out", out).exit_code == 0
    coded = pl.read_ndjson(out)
    assert coded["code"].to_list() == ["WSA10010", "WSA10005"]
    assert coded["state"].to_list() == ["review", "review"]


def test_bad_training_rows_are_named_with_the_way_out(tmp_path: Path) -> None:
    out = ("--facet", "kind", "--out", tmp_path / "m.npz")
    texts, _ = lessons()
    one = table(tmp_path / "one.csv", ["fall"] * len(texts))
    assert "1 different codes are too few" in refused("train", one, *out).message
    empty = table(tmp_path / "empty.csv", [""] * len(texts))
    assert "no row has both 'narrative' and 'kind'" in refused("train", empty, *out).message
    assert "1 different codes" in refused("suspects", one, "--facet", "kind").message
    assert "no column 'colour'" in refused("train", one, "--facet", "colour", "--out", tmp_path / "m.npz").message
    assert "not column=value" in refused("train", one, *out, "--scope", "C33").message
    assert (
        "No row belongs"
        in refused("train", table(tmp_path / "a.csv", site=["a"] * 96), *out, "--scope", "site=z").message
    )
    assert "doesn't end in .npz" in refused("train", one, "--facet", "kind", "--out", tmp_path / "m.bin").message
    assert "'no_such'" in refused("train", one, *out, "--tree", "no_such").message
    assert not list(tmp_path.glob("m.*")), "nothing half-written"


def test_a_code_with_one_row_is_learned_and_never_automatic(tmp_path: Path) -> None:
    texts, labels = lessons()
    file, out = tmp_path / "cases.csv", tmp_path / "m.npz"
    pl.DataFrame({"narrative": [*texts, "触电 electric shock"], "kind": [*labels, "shock"]}).write_csv(file)
    result = yufang("train", file, "--facet", "kind", "--out", out)
    assert result.exit_code == 0, result.output
    assert "shock" in json.loads(card_path(out).read_text())["plan"]["held"]


def test_models_of_another_version_are_refused(trained: Path, tmp_path: Path) -> None:
    file = table(tmp_path / "cases.csv")
    old = tmp_path / "old.npz"
    with np.load(trained / "kind.npz") as whole:
        arrays = dict(whole)
    header = json.loads(bytes(arrays["header"]))
    header["format"] = 0
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    np.savez(old, **arrays)
    assert "holds a coder of format 0" in refused("code", old, file, "--out", tmp_path / "x.csv").message
    broken = tmp_path / "broken.npz"
    broken.write_bytes((trained / "kind.npz").read_bytes()[:500])
    assert "not a whole coder file" in refused("code", broken, file, "--out", tmp_path / "x.csv").message
    assert "No coder at" in refused("code", tmp_path / "none.npz", file, "--out", tmp_path / "x.csv").message
    other = tmp_path / "other.npz"
    other.write_bytes((trained / "kind.npz").read_bytes())
    card = json.loads(card_path(trained / "kind.npz").read_text())
    for change, says in (
        ({"format": 9}, "card of format 9"),
        ({"version": "kind-000"}, "belongs to the coder kind-000"),
    ):
        card_path(other).write_text(json.dumps(card | change))
        assert says in refused("code", other, file, "--out", tmp_path / "x.csv").message
    card_path(other).write_text("{")
    assert "not a whole card" in refused("code", other, file, "--out", tmp_path / "x.csv").message
    assert not (tmp_path / "x.csv").exists()
    assert "unknown ending" in refused("code", other, file, "--out", tmp_path / "x.doc").message


def test_a_cold_start_says_what_is_missing(tmp_path: Path) -> None:
    texts = tmp_path / "texts.csv"
    pl.DataFrame({"narrative": [f"天气晴朗 {i}" for i in range(60)]}).write_csv(texts)
    out = ("--texts", texts, "--out", tmp_path / "m.npz")
    assert "speak of 0 of 60 texts" in refused("coldstart", *out).message
    assert (
        "No labelling functions ship for the facet 'colour'" in refused("coldstart", *out, "--facet", "colour").message
    )
    assert "no codes for the list 'gbt13861_2022'" in refused("coldstart", *out, "--list", "gbt13861_2022").message
    own = tmp_path / "own.yaml"
    own.write_text("facet: accident_type\nowner: me\ncode_lists: [gb6441_2025_type]\nfunctions: [{id: a, code: [X]}]\n")
    assert "function 'a' needs words or a pattern" in refused("coldstart", *out, "--functions", own).message
    own.write_text("facet: [")
    assert "is not YAML" in refused("coldstart", *out, "--functions", own).message
