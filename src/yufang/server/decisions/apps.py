from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class DecisionsConfig(AppConfig):
    name = "yufang.server.decisions"
    label = "decisions"
    personal = (
        acted("DecisionTableVersion", "author", shows=("kind", "note", "made_at"), zh="分级表", en="tier tables"),
        acted("TableTrial", "asked_by", shows=("asked_at",), zh="分级表试算", en="trials of tier tables"),
        acted("TableChange", "by", shows=("kind", "reason", "at"), zh="分级表发布", en="tier tables published"),
    )

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(changes)


def changes() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every publication and return beside the facts that its leaf must hold."""
    from yufang.server.decisions.actions import change_facts
    from yufang.server.decisions.models import TableChange

    for c in TableChange.objects.select_related("version", "previous", "trial").order_by("id").iterator():
        yield c.ledger_index, f"table change {c.pk}", change_facts(c.version, c.previous, c.trial, c.reason)
