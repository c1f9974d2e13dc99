from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "yufang.server.governance"
    label = "governance"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(changes)


def changes() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every promotion and return beside the facts that its leaf must hold."""
    from yufang.server.governance.actions import change_facts
    from yufang.server.governance.models import ModelChange

    for c in ModelChange.objects.select_related("model", "previous").order_by("id").iterator():
        yield c.ledger_index, f"model change {c.pk}", change_facts(c.model, c.previous, c.reason)
