from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from yufang.server.privacy.holdings import CONTRACT, acted, owned


class ParticipationConfig(AppConfig):
    name = "yufang.server.participation"
    label = "participation"
    personal = (
        owned("OptOut", "person", shows=("at",), zh="不具名", en="not to be named"),
        acted("PointEntry", "person", shows=("subject", "points", "at"), zh="积分", en="points", law=CONTRACT),
        owned("Thanks", "person", shows=("text_zh", "text_en", "at"), zh="致谢", en="thanks"),
        acted(
            "Reward",
            "person",
            "by",
            "paid_by",
            shows=("subject", "amount", "reason", "state", "at"),
            zh="奖励",
            en="rewards",
            law="会计法 23",
        ),
        acted("Proposal", "author", shows=("title", "problem", "idea", "at"), zh="建议", en="ideas", law=CONTRACT),
        acted("ProposalStep", "by", shows=("kind", "text", "at"), zh="建议进展", en="steps of ideas", law=CONTRACT),
        owned("Support", "person", zh="支持的建议", en="ideas supported"),
        acted("Board", "named_by", shows=("month", "at"), zh="月度榜", en="boards", law=CONTRACT),
        acted("BoardPick", "juror", shows=("reason",), zh="评选意见", en="words as a juror", law=CONTRACT),
        acted("AssessmentRound", "opened_by", shows=("opened_at",), zh="自评", en="self-assessments opened"),
    )

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
