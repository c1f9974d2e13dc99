"""Major hazards: decided by a named person, reported up, supervised until the regulator releases them."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from yufang.hazards.deadlines import due_at
from yufang.server.errors import Refused
from yufang.server.hazards import history
from yufang.server.hazards.models import Hazard
from yufang.server.hazards.moving import Asked, locked, move, wrong_state
from yufang.server.scope import Actor, action
from yufang.standards.major_hazards import major_criterion


@action
def decide_major(
    acting_user: Actor, hazard_id: int, major: bool, criterion: str, why: str, at: datetime | None = None
) -> None:
    """Decide whether a hazard is a major one, by which criterion and why. A major one is reported to the regulator at
    once and stays under supervision; only a supervisor takes such a decision back."""
    now = at or timezone.now()
    hazard = locked(hazard_id)
    if hazard.state == Hazard.State.CLOSED:
        raise wrong_state(hazard)
    _fitting(criterion, major)
    if not why.strip():
        raise Refused(422, "why_wanted", "请写明判定理由。", "Say why you decide so.", "why")
    if hazard.major and not major and not acting_user.may("hazards.supervise"):
        raise Refused(
            403,
            "regulator_only",
            "已上报的重大事故隐患只能由监管人员撤销判定。",
            "Only a supervisor takes back the decision on a major hazard that was reported.",
        )
    if hazard.major is major and hazard.criterion == criterion:
        raise Refused(409, "decided_already", "已作出同样的判定，请刷新。", "The same was decided already; reload.")
    before = hazard.level
    hazard.major, hazard.criterion = major, criterion if major else ""
    hazard.major_by_id, hazard.major_at = acting_user.person_id, now
    if major:
        hazard.level = "major"
        hazard.due_at = min(hazard.due_at, due_at(now, "major"))
    elif before == "major":
        hazard.level = "high"
    hazard.save(update_fields=["major", "criterion", "major_by", "major_at", "level", "due_at"])
    history.recount_level(hazard, before)
    history.write_step(
        acting_user,
        hazard,
        "major" if major else "not_major",
        before=hazard.state,
        after=hazard.state,
        at=now,
        by=acting_user.person_id,
        note=why,
        text=_cited(criterion) if major else ("", ""),
    )
    history.plan_timers(hazard)
    history.tell_live(hazard)


def _fitting(criterion: str, major: bool) -> None:
    if not major:
        return
    try:
        major_criterion(criterion)
    except KeyError as error:
        raise Refused(
            422,
            "unknown_criterion",
            "请选择所依据的判定条目。",
            "Choose the criterion that the decision stands on.",
            "criterion",
        ) from error


def _cited(criterion: str) -> tuple[str, str]:
    found = major_criterion(criterion)
    return f"{found.cited_zh}:{found.name_zh}", f"{found.cited_en}: {found.name_en}"


@action
def release(acting_user: Actor, hazard_id: int, note: str, at: datetime | None = None) -> None:
    """Take a fixed, checked major hazard off supervision: the regulator's word closes it."""
    hazard = locked(hazard_id)
    move(acting_user, hazard, "release", Asked(by=acting_user.person_id, note=note), at or timezone.now())
