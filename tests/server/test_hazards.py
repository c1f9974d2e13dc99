"""A hazard from report to verified fix: nobody checks their own fix, timers keep promises, of two people one wins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from yufang.server.errors import Refused
from yufang.server.scope import Actor, scoped

T0 = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def people(region: Any) -> dict[str, Any]:
    """The demo's people as actors, by username."""
    from yufang.server.accounts.models import Person
    from yufang.server.accounts.queries import actor_of

    with scoped(Actor.platform()):
        return {p.username: actor_of(p) for p in Person.objects.all()}


@pytest.fixture(scope="module")
def home(people: dict[str, Any]) -> Any:
    """The safety manager's enterprise."""
    from yufang.server.accounts.models import Organisation

    with scoped(Actor.platform()):
        return Organisation.objects.get(id=people["safety_manager"].organisation_id)


def opened(who: Actor, home: Any, at: datetime = T0, **more: Any) -> int:
    from yufang.server.hazards.actions import open_hazard

    given = {"kind": "housekeeping", "title_zh": "通道堆放杂物", "words": "二号通道堆满料箱"} | more
    return open_hazard(who, organisation_id=home.pk, found_by=given.pop("found_by", "worker"), at=at, **given)


def test_an_anonymous_report_names_nobody(people: Any, home: Any, as_superuser: Any) -> None:
    number = opened(people["team_leader"], home, report_id=7)
    who, by_code = as_superuser.execute(
        "SELECT reporter_id, by_code FROM hazards_hazard WHERE id = %s", [number]
    ).fetchone()
    steps = as_superuser.execute("SELECT by_id FROM hazards_hazardstep WHERE hazard_id = %s", [number]).fetchall()
    leaves = as_superuser.execute(
        "SELECT actor_id FROM ledger_leaf WHERE subject = %s", [f"hazard:{number}"]
    ).fetchall()
    assert (who, by_code, steps, leaves) == (None, True, [(None,)], [(None,)])


def test_a_kind_that_is_none_is_refused_with_those_there_are(people: Any, home: Any) -> None:
    with pytest.raises(Refused) as refused:
        opened(people["safety_manager"], home, kind="gremlins")
    assert "machine_guarding" in refused.value.problem.message_en
