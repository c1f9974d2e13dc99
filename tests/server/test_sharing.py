"""Across organisations nothing is read but what an active agreement gives; published tables tell nothing of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError

from tests.server.conftest import signed_in
from yufang.server.accounts.models import Person
from yufang.server.errors import Refused
from yufang.server.privacy import sharing_actions as sharing
from yufang.server.privacy import sharing_queries, statistics
from yufang.server.privacy.contracts import ProposalIn, ReleaseIn
from yufang.server.privacy.models import StatisticsBudget
from yufang.server.scope import Actor, scoped

NOW = datetime.now(UTC)
PLATFORM = Actor.platform()


@pytest.fixture(scope="module")
def agency(region: Any) -> Actor:
    """Somebody of another agency, which sees nothing of the region."""
    from yufang.server.accounts import actions as accounts

    place = accounts.open_organisation(
        PLATFORM, parent_id=None, kind="regulator", key="health", name="卫生健康委（演示）", synthetic=True
    )
    person = accounts.admit_person(
        PLATFORM,
        organisation_id=place,
        username="health",
        password="yufang-demo",
        name="钱卫健（演示）",
        name_en="Qian (demo)",
        roles=["supervisor"],
    )
    with scoped(PLATFORM):
        return _actor(Person.objects.get(id=person))


def _actor(person: Person) -> Actor:
    return Actor(
        person_id=person.pk,
        name=person.name,
        organisation_id=person.organisation_id,
        scope=person.scope,
        permissions=frozenset({"privacy.share", "privacy.publish"}),
    )


@pytest.fixture(scope="module")
def giver(region: Any) -> Actor:
    with scoped(PLATFORM):
        return _actor(Person.objects.get(username="supervisor"))


def _offer(agency: Actor, *datasets: str, days: int = 30) -> ProposalIn:
    return ProposalIn(
        receiver_id=agency.organisation_id or 0,
        datasets=list(datasets),
        purpose="occupational health planning",
        legal_basis="Law on Occupational Diseases, article 9",
        until=NOW + timedelta(days=days),
    )


@pytest.fixture
def active(giver: Actor, agency: Actor) -> int:
    number = sharing.propose(giver, _offer(agency, "warnings", "injury_aggregates"), NOW)
    sharing.answer(agency, number, True, NOW)
    return number


def test_nothing_flows_before_the_other_side_accepts(giver: Actor, agency: Actor, as_web_role: Any) -> None:
    number = sharing.propose(giver, _offer(agency, "warnings"), NOW)
    with pytest.raises(Refused, match="proposed"):
        sharing.read(agency, number, "warnings", 0, NOW)
    _refused_by_the_database(as_web_role, agency, number, "warnings")
    with pytest.raises(Refused, match="no such record"):
        sharing.answer(giver, number, True, NOW)  # the giver can't accept for the receiver
    sharing.answer(agency, number, False, NOW)
    with pytest.raises(Refused, match="declined"):
        sharing.answer(agency, number, True, NOW)


def _refused_by_the_database(
    connection: psycopg.Connection[Any], who: Actor, number: int, dataset: str, scope: str = ""
) -> None:
    """Past the code above it: raw SQL as the web role."""
    connection.execute("SELECT set_config('yufang.scope', %s, true)", [scope or who.scope])
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no active agreement"):
        connection.execute("SELECT yufang_shared(%s, %s, 0, NULL, 'x')", [number, dataset])
    connection.rollback()


def test_one_person_does_not_decide_for_both_sides(giver: Actor, agency: Actor) -> None:
    from dataclasses import replace

    number = sharing.propose(giver, _offer(agency, "warnings"), NOW)
    with pytest.raises(Refused, match="both sides"):
        sharing.answer(replace(agency, person_id=giver.person_id), number, True, NOW)


def test_the_receiver_gets_the_agreed_columns_and_the_giver_sees_each_read(
    giver: Actor, agency: Actor, active: int
) -> None:
    client = signed_in("health")
    assert client.get("/api/warnings").json()["items"] == [], "nothing by any other way"
    answer = client.get(f"/api/sharing/{active}/warnings")
    assert answer.status_code == 200, answer.content
    rows = answer.json()["rows"]
    assert rows
    assert set(rows[0]) == {"id", "enterprise", "rule", "tier", "state", "colour", "due_on", "raised_on"}
    with scoped(giver):
        reads = sharing_queries.reads(giver, active)
    assert [(r.dataset, r.rows, r.by) for r in reads] == [("warnings", len(rows), agency.name)]
    with scoped(agency), pytest.raises(Refused):
        sharing_queries.reads(agency, active)
    assert client.get("/api/warnings").json()["items"] == [], "the scope is the receiver's again"


def test_a_dataset_that_was_not_agreed_is_refused_by_the_database_too(
    agency: Actor, active: int, as_web_role: Any
) -> None:
    with pytest.raises(Refused, match="doesn't give"):
        sharing.read(agency, active, "hazard_records", 0, NOW)
    _refused_by_the_database(as_web_role, agency, active, "hazard_records")


def test_a_count_below_the_agreed_cell_is_not_given(agency: Actor, active: int, as_superuser: Any) -> None:
    rows = sharing.read(agency, active, "injury_aggregates", 0, NOW).rows
    true = dict(
        as_superuser.execute(
            "SELECT extract(year FROM occurred_on)::int || k.code, count(*) FROM cases_injurycase c "
            "JOIN cases_casecode k ON k.case_id = c.id WHERE facet = 'accident_type' "
            "AND k.state IN ('auto', 'decided') "
            "GROUP BY 1"
        ).fetchall()
    )
    assert rows
    for row in rows:
        n = true[f"{row['year']}{row['accident_type']}"]
        assert row["cases"] == (n if n >= 5 else None)
    assert any(row["cases"] is None for row in rows), "the test must be able to fail"


def test_revoking_works_at_once_and_time_ends_the_rest(
    giver: Actor, agency: Actor, active: int, as_web_role: Any, as_superuser: Any
) -> None:
    assert sharing.read(agency, active, "warnings", 0, NOW).rows
    sharing.revoke(giver, active, "the project is over", NOW)
    with pytest.raises(Refused, match="revoked"):
        sharing.read(agency, active, "warnings", 0, NOW)
    _refused_by_the_database(as_web_role, agency, active, "warnings")
    other = sharing.propose(giver, _offer(agency, "warnings"), NOW)
    sharing.answer(agency, other, True, NOW)
    assert sharing.read(agency, other, "warnings", 0, NOW).rows
    as_superuser.execute("UPDATE privacy_sharingagreement SET until = now() - interval '1 s' WHERE id = %s", [other])
    _refused_by_the_database(as_web_role, agency, other, "warnings")
    with pytest.raises(Refused, match="expired"):
        sharing.read(agency, other, "warnings", 0, datetime.now(UTC))


def test_no_third_organisation_reads_by_it(giver: Actor, agency: Actor, active: int, as_web_role: Any) -> None:
    _refused_by_the_database(as_web_role, agency, active, "warnings", scope=giver.scope)
    safety = signed_in("safety_manager")
    assert safety.get(f"/api/sharing/{active}/warnings").status_code == 404
    assert active not in [a["id"] for a in safety.get("/api/sharing/agreements").json()]


def test_a_proposal_that_makes_no_sense_is_refused(giver: Actor, agency: Actor) -> None:
    for body, field in (
        (_offer(agency, "warnings", days=-1), "until_|end"),
        (_offer(agency, "warnings", days=2000), "three years"),
        (_offer(agency, "warnings").model_copy(update={"receiver_id": giver.organisation_id}), "another"),
    ):
        with pytest.raises(Refused, match=field):
            sharing.propose(giver, body, NOW)


# ── published statistics ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def year(region: Any, as_superuser_once: Any) -> int:
    return as_superuser_once


@pytest.fixture(scope="module")
def as_superuser_once(region: Any) -> int:
    from yufang.server.cases.models import InjuryCase

    with scoped(PLATFORM):
        return InjuryCase.objects.exclude(occurred_on=None).latest("occurred_on").occurred_on.year


def test_a_table_with_noise_names_every_category_and_its_error(giver: Actor, year: int) -> None:
    made = statistics.publish(giver, ReleaseIn(method="noise", by_what="accident_type", year=year, epsilon=0.5), NOW)
    release = next(r for r in statistics.published() if r.id == made)
    assert len(release.table["rows"]) == 28, "27 types of GB 6441-2025 and unknown, whether a case is in them or not"
    assert (release.table["error_95"], release.epsilon) == (6, 0.5)
    again = next(r for r in statistics.published() if r.id == made)
    assert again == release, "drawn once: asking again tells nothing more"


@pytest.mark.parametrize("epsilon", [0, 5e-244, 0.0009, 2.1])
def test_a_loss_that_the_budget_can_not_count_is_refused(sign_in: Any, year: int, epsilon: float) -> None:
    asked = {"method": "noise", "by_what": "month", "year": year, "epsilon": epsilon}
    answer = sign_in("supervisor").post("/api/statistics/published", asked)
    assert (answer.status_code, answer.json()["field"]) == (422, "epsilon")


def test_the_budget_of_a_year_is_never_overspent(giver: Actor, year: int) -> None:
    for _ in range(3):
        statistics.publish(giver, ReleaseIn(method="noise", by_what="month", year=year - 1, epsilon=0.6), NOW)
    with pytest.raises(Refused, match=r"0\.2 is left"):
        statistics.publish(giver, ReleaseIn(method="noise", by_what="month", year=year - 1, epsilon=0.6), NOW)
    with scoped(giver):
        assert [(b.year, b.spent) for b in statistics.budgets(giver) if b.year == year - 1] == [(year - 1, 1.8)]
    with pytest.raises(IntegrityError), scoped(PLATFORM):
        StatisticsBudget.objects.filter(year=year - 1).update(spent=9999)


def test_a_table_with_hidden_cells_withstands_the_attack(giver: Actor, year: int) -> None:
    import numpy as np

    from yufang.privacy import SuppressedTable, attack

    made = statistics.publish(giver, ReleaseIn(method="cells", by_what="accident_type×month", year=year), NOW)
    table = next(r for r in statistics.published() if r.id == made).table
    counts = np.array(table["counts"])
    assert not ((counts > 0) & (counts < 5)).any()
    assert (counts < 0).any()
    audit = attack(SuppressedTable(counts, counts < 0, 0, 0, 5))
    assert audit.narrowest() >= 5 - 1e-6


def test_anybody_reads_what_is_published_and_nobody_what_was_taken_back(giver: Actor, year: int) -> None:
    from django.test import Client

    made = statistics.publish(giver, ReleaseIn(method="cells", by_what="industry", year=year, min_cell=5), NOW)
    assert made in [r["id"] for r in Client().get("/api/statistics/published").json()]
    client = signed_in("supervisor")
    left = client.post(f"/api/statistics/published/{made}/withdraw", {}).json()
    assert made not in [r["id"] for r in left]
    assert (
        signed_in("safety_manager")
        .post("/api/statistics/published", {"method": "cells", "by_what": "month", "year": year})
        .status_code
        == 403
    )
