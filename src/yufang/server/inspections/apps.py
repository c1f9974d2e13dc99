from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class InspectionsConfig(AppConfig):
    name = "yufang.server.inspections"
    label = "inspections"
    personal = (
        acted("Plan", "made_by", "closed_by", shows=("day", "made_at"), zh="检查计划", en="inspection plans"),
        acted("Answer", "by", shows=("result", "note", "at"), zh="检查结果", en="inspection answers"),
        acted("Retraction", "by", zh="撤销的检查结果", en="inspection answers taken back"),
        acted("Photo", "by", shows=("sha256", "at"), zh="检查照片", en="photos of inspections"),
        acted("Placing", "by", shows=("name_zh", "at"), zh="设备位置", en="equipment placed"),
        acted("Paper", "by", shows=("kind", "code", "at"), zh="登记的证照", en="papers put on record"),
        acted("Choice", "made_by", shows=("week", "made_at"), zh="企业抽取", en="enterprises chosen"),
        acted("Order", "issued_by", shows=("year", "number", "issued_at"), zh="整改指令", en="orders issued"),
        acted("OrderStep", "by", shows=("action", "note", "at"), zh="整改指令进展", en="steps of orders"),
    )

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
