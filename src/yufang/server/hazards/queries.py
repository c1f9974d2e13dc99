"""Reads for other rooms: a reporter's story, open hazards like one being reported, contributions of people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from yufang.hazards.deadlines import LAPSE
from yufang.hazards.suggest import similar
from yufang.server.errors import not_found
from yufang.server.hazards.contracts import Contribution, SimilarHazard, Story, StoryPhoto, StoryStep, What
from yufang.server.hazards.models import OPEN_STATES, Hazard, HazardPhoto, HazardStep
from yufang.server.hazards.telling import told_to_reporter

NEAR_ENOUGH_TO_READ = 10_000  # open hazards of an area that are compared

_CONTRIBUTIONS: dict[str, What] = {
    "opened": "reported",
    "confirm": "confirmed",
    "not_done": "confirmed",
    "fix": "fixed",
    "check": "checked",
    "send_back": "checked",
}


def story(hazard_id: int) -> Story:
    """A hazard as its reporter may follow it. Refuses with 404."""
    hazard = Hazard.objects.filter(id=hazard_id).first()
    if hazard is None:
        raise not_found()
    waits = hazard.state in (Hazard.State.CHECKED, Hazard.State.REFUSED)
    after = hazard.photos.filter(role=HazardPhoto.Role.AFTER, round=hazard.round).order_by("id")
    return Story(
        hazard_id=hazard.pk,
        state=hazard.state,
        steps=[_story_step(step) for step in hazard.steps.order_by("id")],
        after_photos=[StoryPhoto.model_validate(photo) for photo in after],
        due_at=hazard.due_at,
        promise_due_at=hazard.promise_due_at,
        may_confirm=hazard.state == Hazard.State.CHECKED,
        may_contest=hazard.state == Hazard.State.REFUSED,
        lapses_at=hazard.since + LAPSE if waits else None,
    )


def _story_step(step: HazardStep) -> StoryStep:
    zh, en = told_to_reporter(step)
    return StoryStep(at=step.at, state=step.after, text_zh=zh, text_en=en)


def similar_open(area_id: int, words: str, limit: int = 3) -> list[SimilarHazard]:
    """Open hazards of an area that read like `words`, the most alike first."""
    near = Hazard.objects.filter(area_id=area_id, state__in=OPEN_STATES).order_by("-opened_at")
    read = near.values_list("id", "words", "title_zh")[:NEAR_ENOUGH_TO_READ]
    close = similar(words, [(pk, said or title) for pk, said, title in read], limit=limit)
    rows = Hazard.objects.in_bulk([one.key for one in close])
    return [SimilarHazard(**_similar(rows[one.key]), likeness=round(one.score, 3)) for one in close]


def _similar(row: Hazard) -> dict[str, Any]:
    names = ("title_zh", "title_en", "kind", "opened_at", "state")
    return {"id": row.pk} | {name: getattr(row, name) for name in names}


def contributions(since: datetime) -> list[Contribution]:
    """What people did for hazards since a moment, oldest first. Nothing of anonymous reports or of the platform."""
    steps = HazardStep.objects.filter(at__gte=since, by__isnull=False, action__in=list(_CONTRIBUTIONS))
    rows: Iterable[Any] = steps.exclude(action="opened", hazard__reporter__isnull=True).order_by("at", "id")
    return [
        Contribution(
            person_id=step.by_id,
            hazard_id=step.hazard_id,
            what=_CONTRIBUTIONS[step.action],
            level=step.level,
            at=step.at,
        )
        for step in rows
    ]
