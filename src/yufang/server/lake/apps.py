from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class LakeConfig(AppConfig):
    name = "yufang.server.lake"
    label = "lake"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(owners)


def owners() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every source with a named owner beside the facts that its leaf must hold."""
    from yufang.server.lake.actions import owner_facts
    from yufang.server.lake.models import DataSource

    for source in DataSource.objects.filter(ledger_index__isnull=False).order_by("id").iterator():
        yield source.ledger_index, f"data source {source.pk}", owner_facts(source.owner)
