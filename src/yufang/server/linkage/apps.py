from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class LinkageConfig(AppConfig):
    name = "yufang.server.linkage"
    label = "linkage"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(decisions)


def decisions() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every decision on a pair beside the facts that its leaf must hold."""
    from yufang.server.linkage.actions import facts
    from yufang.server.linkage.models import PairDecision

    for d in PairDecision.objects.select_related("linked").order_by("id").iterator():
        yield d.ledger_index, f"pair decision {d.pk}", facts(d.linked.kind, d.left_key, d.right_key, d.same, d.note)
