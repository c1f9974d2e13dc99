from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class DeductionConfig(AppConfig):
    name = "yufang.server.deduction"
    label = "deduction"
    personal = (
        acted(
            "HazardPoint",
            "answered_by",
            shows=("title_zh", "title_en"),
            zh="最后核实的隐患点",
            en="hazard points last answered",
        ),
        acted("Answer", "by", shows=("result", "note", "at"), zh="现场核实", en="answers on site"),
        acted("Retraction", "by", zh="撤销的核实", en="answers taken back"),
        acted("Photo", "by", shows=("sha256", "at"), zh="核实照片", en="photos of answers"),
        acted("Round", "by", shows=("day", "at"), zh="核查单", en="rounds drawn"),
    )

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(answers)


def answers() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every answer, retraction and photo beside the facts that its leaf must hold."""
    from yufang.server.deduction.actions import facts
    from yufang.server.deduction.models import Answer, Photo, Retraction
    from yufang.server.deduction.verification.photos import photo_facts

    for a in Answer.objects.order_by("id").iterator():
        yield a.ledger_index, f"answer {a.pk}", facts(a.result, a.note)
    for r in Retraction.objects.order_by("id").iterator():
        yield r.ledger_index, f"retraction {r.pk}", {"answer": r.answer_id}
    for p in Photo.objects.order_by("id").iterator():
        yield p.ledger_index, f"photo {p.pk}", photo_facts(p.answer_id, p.sha256)
