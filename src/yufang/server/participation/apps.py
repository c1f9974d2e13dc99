from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    name = "yufang.server.participation"
    label = "participation"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(rewards)
        witness(steps)


def rewards() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every approved reward beside the facts that its leaf must hold."""
    from yufang.server.participation.models import Reward
    from yufang.server.participation.rewards import facts

    for r in Reward.objects.order_by("id").iterator():
        yield r.ledger_index, f"reward {r.pk}", facts(r)


def steps() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every step of a proposal beside the facts that its leaf must hold."""
    from yufang.server.participation.ideas import step_facts
    from yufang.server.participation.models import ProposalStep

    for s in ProposalStep.objects.order_by("id").iterator():
        yield s.ledger_index, f"proposal step {s.pk}", step_facts(s)
