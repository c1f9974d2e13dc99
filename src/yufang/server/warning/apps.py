from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class WarningConfig(AppConfig):
    name = "yufang.server.warning"
    label = "warning"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(steps)


def steps() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every step that has a leaf of its own (a load has one for all) beside the facts that the leaf must hold."""
    from yufang.server.warning.life import facts
    from yufang.server.warning.models import Step

    for s in Step.objects.filter(by_load=False).order_by("id").iterator():
        yield s.ledger_index, f"warning step {s.pk}", facts(s.action, s.note, s.to_id)
