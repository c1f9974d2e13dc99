"""Decision tables: one meaning in three evaluators, files that survive the round trip, checks that miss nothing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from yufang.warning.tables import (
    Between,
    Column,
    Compare,
    Decision,
    DecisionTable,
    Document,
    Rule,
    Same,
    TableError,
    Tests,
    check,
    read_dmn,
    read_document,
    read_tests,
    to_dmn,
    write_tests,
)
from yufang.warning.tables.spiff import SpiffTable

Tests.__test__ = False  # type: ignore[attr-defined]  # a cell's tests, none of pytest's
KINDS = {"text": pl.String, "number": pl.Float64, "boolean": pl.Boolean, "date": pl.Date}
NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([0.1, 0.25, 0.5, 1.5, 1e-9, 2.0**53, -0.0]))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(["red", "橙", "", 'a "b"', "it's ?", "\\", "null", "?"]),
    "number": NUMBERS,
    "boolean": st.booleans(),
    "date": st.dates(date(2026, 1, 1), date(2026, 1, 6)),
}


@st.composite
def cells(draw: st.DrawFn, kind: str) -> Tests:
    """Any cell that the language has."""
    value = VALUES[kind]
    kinds = [st.builds(Same, value), st.just(Same(None))]
    if kind in ("number", "date"):
        kinds.append(st.builds(Compare, st.sampled_from(["<", "<=", ">", ">="]), value))
        bounds = st.tuples(value, value).map(sorted)
        kinds.append(
            st.builds(lambda b, x, y: Between(b[0], b[1], x, y), bounds, st.booleans(), st.booleans()),
        )
    found = draw(st.lists(st.one_of(kinds), max_size=3))
    return Tests(tuple(found), bool(found) and draw(st.booleans()))


@st.composite
def tables(draw: st.DrawFn, policy: str = "FIRST", most_rules: int = 6) -> DecisionTable:
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3))
    inputs = tuple(
        Column(name=f"f{at}", kind=kind, zh=f"条件{at}", en=f"condition {at}", optional=draw(st.booleans()))
        for at, kind in enumerate(kinds)
    )
    outputs = (Column(name="tier", kind="text", zh="级别", en="tier"),)
    rules = tuple(
        Rule(rule_id=f"R{at}", conditions=tuple(draw(cells(kind)) for kind in kinds), outputs=(f"t{at}",))
        for at in range(draw(st.integers(0, most_rules)))
    )
    return DecisionTable(key="t", zh="表", en="table", hit_policy=policy, inputs=inputs, outputs=outputs, rules=rules)


def cases(table: DecisionTable) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = {c.name: st.one_of(st.none(), VALUES[c.kind]) for c in table.inputs}
    return st.lists(st.fixed_dictionaries(one), min_size=1, max_size=12)


def framed(table: DecisionTable, facts: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(
        {c.name: pl.Series([f[c.name] for f in facts], dtype=KINDS[c.kind], strict=False) for c in table.inputs}
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_one_case_many_cases_and_spiffworkflow_decide_alike(data: st.DataObject) -> None:
    table = data.draw(tables())
    facts = data.draw(cases(table))
    reference = SpiffTable(table)
    expected = [reference.decide(f) for f in facts]
    singly = [table.decide(f) for f in facts]
    assert [d.rule_id if d else None for d in singly] == expected
    many = table.decide_many(framed(table, facts))
    assert many["rule_id"].to_list() == expected
    assert many["tier"].to_list() == [d.outputs["tier"] if d else None for d in singly]


@settings(max_examples=40, deadline=None)
@given(tables())
def test_a_table_written_and_read_is_the_same_table(table: DecisionTable) -> None:
    assert read_dmn(to_dmn(table)) == table


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data())
def test_overlaps_and_gaps_are_neither_missed_nor_made_up(data: st.DataObject) -> None:
    """Held against every case there is, of columns small enough to count them."""
    table = data.draw(tables(policy="UNIQUE", most_rules=5))
    assume(all(c.kind in ("boolean", "number") for c in table.inputs))
    # In whole numbers from -3 to 3 everything that can occur is counted out.
    inputs = tuple(replace(c, allowed=(Between(-3, 3),), whole=True) if c.kind == "number" else c for c in table.inputs)
    table = replace(table, inputs=inputs)
    ranges = [
        [*((False, True) if c.kind == "boolean" else range(-3, 4)), *([None] if c.optional else [])] for c in inputs
    ]
    firing: dict[str, set[str]] = {"overlap": set(), "gap": set()}
    free = replace(table, hit_policy="FIRST")
    fired, turned = set(), set()
    for values in product(*ranges):
        held = table.compiled.holding(values)
        fired.update(held)
        turned.update(held[:1])
        firing["overlap"].update(f"R{a}R{b}" for a in held for b in held if a < b)
        if not held:
            firing["gap"].add(str(values))
    found = table.check()
    assert {"".join(f.rules) for f in found if f.kind == "overlap"} == firing["overlap"]
    assert any(f.kind == "gap" for f in found) == bool(firing["gap"])
    rules = {r.rule_id for r in table.rules}
    assert {f.rules[0] for f in found if f.kind == "never"} == rules - {f"R{at}" for at in fired}
    assert {f.rules[0] for f in free.check() if f.kind == "never"} == rules - {f"R{at}" for at in turned}
    for one in found:
        if one.kind == "gap":
            assert free.decide(one.example) is None
        if one.kind == "overlap":
            with pytest.raises(TableError, match="both hold"):
                table.decide(one.example)


def tiering(policy: str, *rules: tuple[str, str, str], **changes: Any) -> DecisionTable:
    colour = Column(
        name="colour", kind="text", zh="颜色", en="colour",
        allowed=(Same("red"), Same("orange"), Same("blue")),
    )  # fmt: skip
    age = Column(name="age", kind="number", zh="天数", en="days", whole=True, optional=True, allowed=(Between(0, 999),))
    tier = Column(name="tier", kind="text", zh="级别", en="tier", allowed=(Same("high"), Same("low")))
    made = tuple(
        Rule(
            rule_id=f"P{at}",
            conditions=(read_tests(first, "text"), read_tests(second, "number")),
            outputs=(result,),
        )
        for at, (first, second, result) in enumerate(rules, 1)
    )
    table = DecisionTable(
        key="points", zh="分级", en="Tiers", hit_policy=policy, inputs=(colour, age), outputs=(tier,), rules=made
    )
    return replace(table, **changes)


def test_days_are_whole_so_90_and_from_91_leave_no_gap() -> None:
    table = tiering("UNIQUE", ("-", "<= 90", "high"), ("-", ">= 91", "low"), ("-", "null", "low"))
    assert table.check() == ()
    split = tiering("UNIQUE", ("-", "<= 90", "high"), ("-", ">= 92", "low"), ("-", "null", "low"))
    (gap,) = split.check()
    assert (gap.kind, gap.example["age"]) == ("gap", 91)
    assert "天数为91" in gap.message_zh
    assert "days is 91" in gap.message_en


def test_an_overlap_names_both_rules_and_a_case_and_the_way_out() -> None:
    table = tiering("UNIQUE", ('"red"', "<= 90", "high"), ("-", "[30..60]", "low"))
    finding = table.check()[0]
    assert (finding.kind, finding.gravity, finding.rules) == ("overlap", "error", ("P1", "P2"))
    assert table.compiled.holding([finding.example["colour"], finding.example["age"]]) == [0, 1]
    assert "P1与P2重叠" in finding.message_zh
    assert "use hit policy FIRST" in finding.message_en


def test_a_rule_behind_others_that_take_all_of_its_cases_is_told() -> None:
    table = tiering("FIRST", ('"red","orange"', "< 50", "high"), ("-", ">= 50", "low"), ('"red"', "[10..99]", "low"))
    (finding,) = [f for f in table.check() if f.kind == "never"]
    assert finding.rules == ("P3", "P1", "P2")


def test_what_never_occurs_and_an_unknown_fact_are_told() -> None:
    table = tiering("FIRST", ('"pink"', "-", "high"), ("-", "-", "severe"))
    kinds = {(f.kind, f.gravity, f.rules) for f in check(table, {"colour": "text"})}
    assert ("unknown_value", "error", ("P1",)) in kinds
    assert ("unknown_value", "error", ("P2",)) in kinds
    assert ("never", "warning", ("P1",)) in kinds
    assert ("unknown_input", "error", ()) in kinds


def test_absence_follows_feel() -> None:
    """DMN 1.3, 10.3.2.8 and table 38: a comparison with null is null, neither it nor its negation holds."""
    for text, holds in [("< 5", False), ("not(< 5)", False), ("not(5)", True), ("null", True), ("not(null)", False),
                        ("-", True), ("not(5,>= 7)", False), ("not(>= 7,null)", False)]:  # fmt: skip
        table = tiering("FIRST", ("-", text, "high"))
        assert (table.decide({"colour": "red", "age": None}) is not None) is holds, text


@pytest.mark.parametrize(
    ("text", "kind"),
    [('"red","orange"', "text"), ("not(\"red\")", "text"), ("[1..5]", "number"), ("(1..5)", "number"),
     ("]1..5[", "number"), ("null", "number"), ("-", "date"), ("", "text"), ("true", "boolean"),
     (">=0.6,< -1", "number"),
     ('> date("2026-07-01")', "date")],
)  # fmt: skip
def test_cells_that_people_write_are_read(text: str, kind: str) -> None:
    read = read_tests(text, kind)
    assert read_tests(write_tests(read), kind) == read


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [("red", "text", "double quotes"), (">= 5", "text", "a number"), ("[5..1]", "number", "swap"),
     ("count(x) > 3", "number", "no value"), ('>= "a"', "text", "no order"), ("[1..5", "number", "lacks"),
     ('date("2026-13-01")', "date", "no date"), ("1e999", "number", "too large"), ("5 5", "number", "can't read"),
     ("{a: 1}", "text", "can't read"), ("not(5", "number", "lacks")],
)  # fmt: skip
def test_a_cell_that_cannot_be_used_says_where_and_what_to_write(text: str, kind: str, says: str) -> None:
    with pytest.raises(TableError, match=says) as refused:
        read_tests(text, kind, table="points", rule="P1", column="age")
    for name in ("points", "P1", "age"):
        assert name in refused.value.message_zh
        assert name in refused.value.message_en


GOOD = to_dmn(tiering("FIRST", ('"red"', "<= 90", "high")))
BOMB = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><d>&b;</d>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "DOCTYPE"),
        (BOMB.encode("utf-16"), "DOCTYPE"),
        (GOOD.replace("<definitions", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><definitions', 1), "DOCTYPE"),
        (GOOD.replace('"FIRST"', '"COLLECT"'), "COLLECT is not supported"),
        (GOOD.replace("20191111/MODEL", "20180521/MODEL"), "not DMN 1.3"),
        (GOOD[:-40], "well-formed"),
        ("colour;tier\nred;high", "well-formed"),
        (GOOD + " " * 10_000_000, "10.0 MB"),
        (GOOD.replace("<text>colour</text>", "<text>upper(colour)</text>"), "name of a fact"),
        (GOOD.replace("&lt;= 90", "some x in y"), "rule “P1”, column “age”"),
        (GOOD.replace("<outputEntry", "<nonsense").replace("</outputEntry", "</nonsense"), "line"),
        (GOOD.replace('typeRef="number"', 'typeRef="duration"'), "duration"),
    ],
    ids=[
        "bomb",
        "utf-16 bomb",
        "file",
        "policy",
        "old",
        "cut",
        "csv",
        "10 MB",
        "expression",
        "feel",
        "structure",
        "type",
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_clear_word(text: str | bytes, says: str) -> None:
    with pytest.raises(TableError, match=says):
        read_dmn(text)


def test_a_file_of_another_editor_reads_without_our_own_attributes() -> None:
    plain = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="DRD"
        namespace="http://camunda.org/schema/1.0/dmn" xmlns:camunda="http://camunda.org/schema/1.0/dmn">
      <decision id="route" name="Route"><decisionTable id="t">
        <input id="i1" label="Level" camunda:inputVariable="level"><inputExpression id="e1" typeRef="string">
          <text>level</text></inputExpression></input>
        <input id="i2"><inputExpression id="e2" typeRef="integer"><text>days</text></inputExpression></input>
        <output id="o1" label="Team" name="team" typeRef="string"/>
        <rule id="r1"><description>big ones</description>
          <inputEntry id="c1"><text>"major"</text></inputEntry><inputEntry id="c2"><text></text></inputEntry>
          <outputEntry id="c3"><text>"safety"</text></outputEntry></rule>
      </decisionTable></decision></definitions>"""
    table = read_dmn(plain)
    assert (table.hit_policy, table.inputs[1].whole, table.rules[0].note) == ("UNIQUE", True, "big ones")
    assert table.decide({"level": "major", "days": None}) == Decision(
        rule_id="r1", outputs={"team": "safety"}, why_zh="规则r1：Level为major", why_en="rule r1: Level is major"
    )


def test_facts_that_are_missing_or_of_the_wrong_kind_are_refused() -> None:
    table = tiering("FIRST", ('"red"', "<= 90", "high"))
    with pytest.raises(TableError, match="“age” is not given"):
        table.decide({"colour": "red"})
    with pytest.raises(TableError, match="expects a number"):
        table.decide({"colour": "red", "age": "90"})
    with pytest.raises(TableError, match="no column “age”"):
        table.decide_many(pl.DataFrame({"colour": ["red"]}))
    with pytest.raises(TableError, match="expected is number"):
        table.decide_many(pl.DataFrame({"colour": ["red"], "age": ["90"]}))


def test_two_rules_for_one_case_are_refused_in_bulk_too() -> None:
    table = tiering("UNIQUE", ('"red"', "<= 90", "high"), ("-", "[30..60]", "low"))
    frame = pl.DataFrame({"colour": ["blue", "red"], "age": [40, 40]})
    with pytest.raises(TableError, match="P1 and P2 both hold"):
        table.decide_many(frame)
    assert table.decide_many(frame[:1])["tier"].to_list() == ["low"]


def test_more_rules_than_bits_of_a_word() -> None:
    rules = tuple(("-", f"{at}", "low" if at % 2 else "high") for at in range(200))
    table = tiering("UNIQUE", *rules)
    many = table.decide_many(pl.DataFrame({"colour": ["red"] * 201, "age": list(range(201))}))
    assert many["rule_id"].to_list() == [*(f"P{at + 1}" for at in range(200)), None]


def test_a_document_keeps_its_tables_version_and_languages() -> None:
    one = tiering("FIRST", ('"red"', "-", "high"))
    document = Document(
        urn="urn:x:1", version="2", name_zh="规则", name_en="Rules", tables=(one, replace(one, key="other"))
    )
    assert read_document(to_dmn(document)) == document
    with pytest.raises(TableError, match="has 2 decision tables"):
        read_dmn(to_dmn(document))


ALL_AT_ONCE = """
import sys, threading
sys.setswitchinterval(1e-6)
import SpiffWorkflow.dmn.parser.BpmnDmnParser
from lxml import etree
from yufang.warning.tables import dmn
root, start, wrong = etree.parse(sys.argv[1]).getroot(), threading.Barrier(16), []
def read():
    start.wait()
    try:
        wrong.extend(filter(None, [dmn._against_the_schema(root)]))
    except Exception as error:
        wrong.append(error)
threads = [threading.Thread(target=read) for _ in range(16)]
for one in threads: one.start()
for one in threads: one.join()
print(len(wrong), *wrong[:1])
"""


def test_a_process_whose_first_requests_all_read_a_table_at_once_can_read_tables(tmp_path: Path) -> None:
    """libxml2 makes schemas ready with the first one and minds no threads: of such starts without a lock four in ten
    could read no table any more, and one in ten crashed."""
    file = tmp_path / "table.dmn"
    file.write_text(GOOD, encoding="utf-8")
    for _ in range(6):
        run = subprocess.run([sys.executable, "-c", ALL_AT_ONCE, str(file)], capture_output=True, text=True)
        assert run.stdout.strip() == "0", run.stdout + run.stderr
