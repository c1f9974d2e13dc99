from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import acted


class WarningConfig(AppConfig):
    name = "yufang.server.warning"
    label = "warning"
    personal = (
        acted("Warning", "assignee", shows=("title_zh", "title_en", "state"), zh="负责的预警", en="alerts in charge"),
        acted("Step", "by", "to", shows=("action", "note", "at"), zh="预警处置", en="steps with alerts"),
        acted("MuteWindow", "by", "lifted_by", shows=("reason", "at"), zh="静默", en="mute windows"),
    )

    def ready(self) -> None:
        from yufang.server.ledger.verification import witness

        witness(steps)


def steps() -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Every step that has a leaf of its own (a load has one for all) beside the facts that the leaf must hold."""
    from yufang.server.warning.life import facts
    from yufang.server.warning.models import Step

    for s in Step.objects.filter(by_load=False).order_by("id").iterator():
        yield s.ledger_index, f"warning step {s.pk}", facts(s.action, s.note, s.to_id)
