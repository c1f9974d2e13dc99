from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class GovernanceConfig(AppConfig):
    name = "yufang.server.governance"
    label = "governance"
    personal = (
        acted("TrainingRun", "asked_by", shows=("facet", "asked_at"), zh="模型训练", en="trainings asked for"),
        acted("ModelChange", "by", shows=("kind", "reason", "at"), zh="模型启用与退回", en="models put to work"),
    )

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(changes)


def changes() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every promotion and return beside the facts that its leaf must hold."""
    from yufang.server.governance.actions import change_facts
    from yufang.server.governance.models import ModelChange

    for c in ModelChange.objects.select_related("model", "previous").order_by("id").iterator():
        yield c.ledger_index, f"model change {c.pk}", change_facts(c.model, c.previous, c.reason)
