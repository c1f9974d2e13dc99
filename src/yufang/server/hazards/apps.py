from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class HazardsConfig(AppConfig):
    name = "yufang.server.hazards"
    label = "hazards"
    personal = (
        acted(
            "Hazard",
            "reporter",
            "owner",
            "fixer",
            "checker",
            "refuser",
            "route_owner",
            "major_by",
            "released_by",
            shows=("title_zh", "title_en", "words", "state", "opened_at"),
            zh="隐患",
            en="hazards",
        ),
        acted("HazardStep", "by", "to", shows=("action", "note", "at"), zh="隐患处置", en="steps with hazards"),
        acted("HazardPhoto", "by", shows=("role", "sha256"), zh="隐患照片", en="photos of hazards"),
        acted("Opinion", "asked_of", "asked_by", shows=("question", "words", "asked_at"), zh="征求意见", en="opinions"),
    )

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(steps)


def steps() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every step and photo of a hazard beside the facts that its leaf must hold."""
    from yufang.server.hazards.history import photo_facts, step_facts
    from yufang.server.hazards.models import HazardPhoto, HazardStep

    for step in HazardStep.objects.order_by("id").iterator():
        yield step.ledger_index, f"hazard step {step.pk}", step_facts(step)
    for photo in HazardPhoto.objects.order_by("id").iterator():
        yield photo.ledger_index, f"hazard photo {photo.pk}", photo_facts(photo)
