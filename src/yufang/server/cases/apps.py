from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "yufang.server.cases"
    label = "cases"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(decisions)


def decisions() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every decision beside the facts that its leaf must hold."""
    from yufang.server.cases.actions import facts
    from yufang.server.cases.models import Decision

    for d in Decision.objects.select_related("case_code").order_by("id").iterator():
        yield d.ledger_index, f"decision {d.pk}", facts(d.case_code.facet, d.previous, d.code, d.note)
