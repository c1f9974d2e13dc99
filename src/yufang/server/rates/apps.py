from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class RatesConfig(AppConfig):
    name = "yufang.server.rates"
    label = "rates"
    personal = (
        acted("RateTable", "by", shows=("key", "at"), zh="费率表", en="rate tables"),
        acted("RateRun", "asked_by", shows=("year", "asked_at"), zh="费率测算", en="simulations"),
        acted("RateDecision", "by", shows=("kind", "reason", "at"), zh="费率审批", en="rates decided"),
    )

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(decisions)


def decisions() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every approval and return beside the facts that its leaf must hold."""
    from yufang.server.rates.actions import facts
    from yufang.server.rates.models import RateDecision

    for d in RateDecision.objects.select_related("proposal").order_by("id").iterator():
        yield d.ledger_index, f"rate decision {d.pk}", facts(d.proposal, d.kind, d.reason)
