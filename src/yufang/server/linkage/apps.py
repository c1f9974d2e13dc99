from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class LinkageConfig(AppConfig):
    name = "yufang.server.linkage"
    label = "linkage"
    personal = (
        acted("PairDecision", "by", shows=("same", "note", "at"), zh="名录关联判定", en="pairs decided"),
        acted("ClusterChange", "by", shows=("event", "reason", "at"), zh="关联变更", en="clusters changed"),
    )

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(decisions)


def decisions() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every decision on a pair beside the facts that its leaf must hold."""
    from yufang.server.linkage.actions import facts
    from yufang.server.linkage.models import PairDecision

    for d in PairDecision.objects.select_related("linked").order_by("id").iterator():
        yield d.ledger_index, f"pair decision {d.pk}", facts(d.linked.kind, d.left_key, d.right_key, d.same, d.note)
