from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class SensingConfig(AppConfig):
    name = "yufang.server.sensing"
    label = "sensing"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(written)


def written() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every batch that is still on record beside the facts that its leaf must hold."""
    from yufang.server.sensing.facts import batch_facts
    from yufang.server.sensing.models import Batch

    for batch in Batch.objects.select_related("source").order_by("id").iterator():
        yield batch.ledger_index, f"batch {batch.pk} of readings", batch_facts(batch)
