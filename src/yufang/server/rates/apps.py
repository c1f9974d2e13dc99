from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class RatesConfig(AppConfig):
    name = "yufang.server.rates"
    label = "rates"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(decisions)


def decisions() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every approval and return beside the facts that its leaf must hold."""
    from yufang.server.rates.actions import facts
    from yufang.server.rates.models import RateDecision

    for d in RateDecision.objects.select_related("proposal").order_by("id").iterator():
        yield d.ledger_index, f"rate decision {d.pk}", facts(d.proposal, d.kind, d.reason)
