from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class HazardsConfig(AppConfig):
    name = "yufang.server.hazards"
    label = "hazards"

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
