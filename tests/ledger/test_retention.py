"""Retention rules: data with its source, and the days that follow from it."""

from __future__ import annotations

from datetime import date

import pytest

from yufang.ledger.retention import Period, read_rules, retention_rules, rule_of_subject

RULE = "- {type: a, zh: 甲, en: A, subjects: [x], since: written, source: s, verified: false"


def test_a_permit_is_kept_one_year_and_its_video_one_month() -> None:
    permit, video = retention_rules()["permit"], retention_rules()["permit_video"]
    assert permit.keep_until(date(2026, 3, 1)) == date(2027, 3, 1)
    assert video.keep_until(date(2026, 1, 31)) == date(2026, 2, 28)
    assert permit.verified
    assert "GB 30871-2022" in permit.source


def test_what_nobody_verified_says_so() -> None:
    assert {rule.type for rule in retention_rules().values() if rule.verified} == {
        "permit",
        "permit_video",
        "training",
        "training_special_operations",
    }


def test_a_record_stays_then_may_go_then_must_go() -> None:
    report = retention_rules()["report"]
    closed = date(2026, 5, 5)
    assert report.standing(closed, date(2027, 5, 4)) == "keep"
    assert report.standing(closed, date(2027, 5, 5)) == "may_go"
    assert report.standing(closed, date(2031, 5, 5)) == "must_go"
    assert retention_rules()["ledger"].standing(closed, date(2200, 1, 1)) == "may_go"


def test_a_leap_day_ends_on_the_last_of_february() -> None:
    assert Period(years=1).after(date(2024, 2, 29)) == date(2025, 2, 28)
    assert Period(months=14).after(date(2026, 12, 31)) == date(2028, 2, 29)


def test_a_ledger_subject_finds_its_rule() -> None:
    found = rule_of_subject("hazard:17")
    assert found is not None
    assert found.type == "hazard"
    assert rule_of_subject("load:") is None


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("- {type: a}", "rule 1"),
        (RULE.replace("written", "later") + "}", "later"),
        (f"{RULE}}}\n{RULE}}}", "there already"),
        (RULE + ", at_least: {years: 2}, at_most: {years: 1}}", "before at_least"),
        (RULE + ", at_least: {weeks: 2}}", "weeks"),
    ],
)
def test_a_broken_file_names_the_rule(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        read_rules(text)
