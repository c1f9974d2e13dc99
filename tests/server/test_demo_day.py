"""The made-up region has hazards under way and an alert that counts down, made once and marked as made up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from yufang.server.scope import Actor, scoped


def test_hazards_stand_in_every_state_and_a_second_start_adds_none(region: Any) -> None:
    from yufang.server.hazards import demo
    from yufang.server.hazards.models import Hazard
    from yufang.server.warning.models import Warning

    for _ in range(2):
        demo.open_some(Actor.platform(), datetime.now(UTC))
    with scoped(Actor.platform()):
        hazards = list(Hazard.objects.all())
        alert = Warning.objects.get(rule="gas_lel")
    assert len(hazards) == len(demo._HAZARDS)
    assert {h.state for h in hazards} >= {"opened", "assigned", "in_progress", "fixed", "checked", "closed"}
    assert all(h.synthetic for h in hazards)
    assert alert.synthetic
    assert alert.escalate_at is not None
