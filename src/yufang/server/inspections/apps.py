from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "yufang.server.inspections"
    label = "inspections"

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(written)


def written() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every answer, retraction, photo and order beside the facts that its leaf must hold."""
    from yufang.server.inspections.facts import answer_facts, order_facts, photo_facts
    from yufang.server.inspections.models import Answer, Order, Photo, Retraction

    for a in Answer.objects.order_by("id").iterator():
        yield a.ledger_index, f"inspection answer {a.pk}", answer_facts(a.item_id, a.result, a.note, a.hazard_id)
    for r in Retraction.objects.order_by("id").iterator():
        yield r.ledger_index, f"inspection retraction {r.pk}", {"answer": r.answer_id}
    for p in Photo.objects.order_by("id").iterator():
        yield p.ledger_index, f"inspection photo {p.pk}", photo_facts(p.item_id, p.sha256)
    for o in Order.objects.order_by("id").iterator():
        hazards = list(o.items.order_by("position").values_list("hazard_id", flat=True))
        yield o.ledger_index, f"order {o.pk}", order_facts(o.organisation_id, o.deadline, hazards, o.basis)
