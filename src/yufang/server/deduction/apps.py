from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class DeductionConfig(AppConfig):
    name = "yufang.server.deduction"
    label = "deduction"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(answers)


def answers() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every answer beside the facts that its leaf must hold."""
    from yufang.server.deduction.actions import facts
    from yufang.server.deduction.models import Answer

    for a in Answer.objects.order_by("id").iterator():
        yield a.ledger_index, f"answer {a.pk}", facts(a.result, a.note)
