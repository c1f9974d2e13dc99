"""Claims of induction: chance makes few candidates, a planted association is found, a person is never left out."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest

from yufang.graph.induce import MIN_SUPPORT, Unit, associate, benjamini_hochberg, from_findings

DAY = date(2024, 1, 1)


def units(count: int, seed: int, planted: float = 0.0) -> list[Unit]:
    """Cases of twenty equipments and ten types, drawn apart; with `planted`, press and crush stand together."""
    rng = random.Random(seed)
    made = []
    for n in range(count):
        left = f"equipment:e/{rng.randrange(20)}"
        right = f"accident_type:{rng.randrange(10)}"
        if left == "equipment:e/3" and rng.random() < planted:
            right = "accident_type:7"
        made.append(Unit(f"c{n}", DAY + timedelta(days=n % 300), frozenset((left,)), frozenset((right,))))
    return made


@pytest.mark.parametrize("seed", range(5))
def test_chance_alone_offers_almost_nothing(seed: int) -> None:
    assert len(associate(units(3_000, seed), "suffers", "case")) <= 1


def test_what_was_planted_is_found_with_its_cases() -> None:
    found = associate(units(3_000, 1, planted=0.4), "suffers", "case")
    assert (found[0].source, found[0].target) == ("equipment:e/3", "accident_type:7")
    assert found[0].lift > found[0].lift_low > 1
    assert found[0].confidence < found[0].shown / found[0].units  # the lower end, not the share
    assert found[0].provenance
    assert found[0].valid_from is not None


def test_few_cases_are_no_candidate_however_striking() -> None:
    few = [Unit(f"c{n}", DAY, frozenset(("place:a",)), frozenset(("accident_type:1",))) for n in range(MIN_SUPPORT - 1)]
    rest = [Unit(f"d{n}", DAY, frozenset(("place:b",)), frozenset(("accident_type:2",))) for n in range(500)]
    assert associate(few + rest, "suffers", "case") == [
        c for c in associate(few + rest, "suffers", "case") if c.source == "place:b"
    ]


def test_what_is_curated_is_not_asked_again() -> None:
    known = frozenset({("equipment:e/3", "accident_type:7")})
    found = associate(units(3_000, 1, planted=0.4), "suffers", "case", known=known)
    assert known.isdisjoint((c.source, c.target) for c in found)


def test_the_false_share_is_held_by_the_step_up_rule() -> None:
    p = np.array([0.001, 0.02, 0.03, 0.6, 0.9])
    assert benjamini_hochberg(p, 0.05).tolist() == [True, True, True, False, False]
    assert not benjamini_hochberg(np.array([0.2, 0.9]), 0.05).any()


def test_a_finding_speaks_of_an_injury_only_when_it_came_first_and_within_a_year() -> None:
    rng = random.Random(2)
    findings, injuries = [], []
    for n in range(400):
        owner, bad = f"e{n}", n % 4 == 0
        findings.append((owner, DAY, "hazard:x/guard" if bad else f"hazard:x/{rng.randrange(6)}", f"r{n}"))
        crushed = bad and n % 8 == 0
        injuries.append(
            (owner, DAY + timedelta(days=90), "accident_type:crush" if crushed else "accident_type:slip", "c")
        )
    found = from_findings(findings, injuries, frozenset())
    foretold = [(c.source, c.relation) for c in found if c.target == "accident_type:crush"]
    assert foretold == [("hazard:x/guard", "precedes")]
    for shift in (timedelta(days=-1), timedelta(days=800)):
        moved = [(owner, DAY + shift, what, case) for owner, _, what, case in injuries]
        assert from_findings(findings, moved, frozenset()) == []
