from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class GraphConfig(AppConfig):
    name = "yufang.server.graph"
    label = "graph"
    personal = (
        acted("CandidateDecision", "by", shows=("accepted", "reason", "at"), zh="图谱事实判定", en="facts decided"),
    )

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(decisions)


def decisions() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every decision on a candidate beside the facts that its leaf must hold."""
    from yufang.server.graph.actions import facts
    from yufang.server.graph.models import CandidateDecision

    for d in CandidateDecision.objects.order_by("id").iterator():
        told = facts(d.source, d.relation, d.target, d.accepted, d.reason)
        yield d.ledger_index, f"candidate decision {d.pk}", told
