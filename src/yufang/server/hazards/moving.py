"""One step of a hazard, whole: the rules asked, the row moved, the history written, timers planned, people told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from yufang.hazards.deadlines import PROMISE, due_at
from yufang.hazards.lifecycle import ANSWERS, Action, Life, Moved, StepRefused, take
from yufang.server.errors import Refused, not_found
from yufang.server.hazards import history, telling
from yufang.server.hazards.models import Hazard
from yufang.server.scope import Actor

_STATE_NAMES = {
    "opened": ("待分派", "opened"),
    "assigned": ("已分派", "assigned"),
    "in_progress": ("整改中", "in progress"),
    "fixed": ("已整改", "fixed"),
    "checked": ("已验收", "checked"),
    "confirmed": ("待销号", "confirmed"),
    "refused": ("已判定不是隐患", "refused as not a hazard"),
    "closed": ("已关闭", "closed"),
}
_REFUSALS: dict[str, tuple[int, str, str]] = {
    "own_fix": (
        409,
        "整改人不能验收自己的整改，请由其他人验收。",
        "Whoever fixed a hazard can't check it; let somebody else check.",
    ),
    "not_owner": (
        403,
        "此隐患由他人负责整改，请由责任人、其班组或安全管理员操作。",
        "Somebody else owns this hazard; its owner, the owner's team or the safety manager takes this step.",
    ),
    "not_reporter": (
        403,
        "只有报告人可以确认或申诉；匿名报告请凭查询码操作。",
        "Only the reporter confirms or contests; an anonymous reporter uses the private code.",
    ),
    "own_refusal": (
        409,
        "报告人已申诉，须由另一人重新判定。",
        "The reporter contested this refusal; somebody else must decide again.",
    ),
    "no_owner": (422, "请选择整改责任人。", "Choose who shall fix it."),
    "not_major": (409, "只有重大事故隐患需要销号。", "Only a major hazard is released by the regulator."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks for a step. `by` None: the platform, or with `code` the anonymous reporter."""

    by: int | None
    to: int | None = None
    code: bool = False
    lead: bool = False
    note: str = ""
    text: tuple[str, str] = ("", "")


def locked(hazard_id: int) -> Hazard:
    """The hazard, held until the transaction ends. Refuses with 404."""
    hazard = Hazard.objects.select_for_update(of=("self",)).filter(id=hazard_id).first()
    if hazard is None:
        raise not_found()
    return hazard


def wrong_state(hazard: Hazard) -> Refused:
    zh, en = _STATE_NAMES[hazard.state]
    return Refused(
        409,
        "wrong_state",
        f"此隐患当前为“{zh}”，不能进行这一步，请刷新后重试。",
        f"This hazard is {en} now, so this step can't be taken; reload and try again.",
    )


def move(acting_user: Actor, hazard: Hazard, action: Action, asked: Asked, at: datetime) -> Moved:
    """Take a step with a locked hazard, in the caller's transaction. Refuses with 409, 403 or 422."""
    before = history.life_of(hazard)
    try:
        moved = take(before, action, by=asked.by, to=asked.to, code=asked.code, lead=asked.lead)
    except StepRefused as error:
        if error.why == "wrong_state":
            raise wrong_state(hazard) from error
        status, zh, en = _REFUSALS[error.why]
        raise Refused(status, error.why, zh, en) from error
    unanswered = hazard.answer_minutes is None
    _apply(hazard, action, asked, moved, at)
    hazard.save()
    _write(acting_user, hazard, action, asked, before, moved, at)
    _count(hazard, before, moved, unanswered)
    history.plan_timers(hazard)
    history.tell_live(hazard)
    telling.moved(acting_user, hazard, action, moved, at)
    return moved


def _apply(hazard: Hazard, action: Action, asked: Asked, moved: Moved, at: datetime) -> None:
    life = moved.life
    hazard.state = life.state
    hazard.owner_id, hazard.fixer_id = life.owner, life.fixer
    hazard.checker_id, hazard.refuser_id = life.checker, life.refuser
    hazard.contested, hazard.reopened = life.contested, life.reopened
    hazard.closed_why = life.closed_why
    hazard.closed_at = at if life.state == "closed" else None
    hazard.since = at
    if action in ANSWERS and asked.by is not None:
        _answered(hazard, at)
    if action == "fix":
        hazard.fixed_at = at
    if action == "check":
        hazard.checked_at = at
    if action in ("send_back", "not_done", "reopen"):
        hazard.round += 1
        hazard.fixed_at = hazard.checked_at = None
        hazard.due_at = due_at(at, hazard.level)
        hazard.escalated = 0
    if action == "reopen":
        hazard.released_at = hazard.released_by_id = None
    if action == "contest":
        hazard.answered_at = None
        hazard.promise_due_at = at + PROMISE
        hazard.due_at = due_at(at, hazard.level)
    if action == "release":
        hazard.released_at, hazard.released_by_id = at, asked.by


def _answered(hazard: Hazard, at: datetime) -> None:
    if hazard.answered_at is None:
        hazard.answered_at = at
        hazard.escalated = 0
    if hazard.answer_minutes is None:  # the first answer of all; a contest doesn't start the count anew
        hazard.answer_minutes = max(0, int((at - hazard.opened_at).total_seconds() + 59) // 60)


def _write(
    acting_user: Actor, hazard: Hazard, action: Action, asked: Asked, before: Life, moved: Moved, at: datetime
) -> None:
    previous: str = before.state
    for number, state in enumerate(moved.then):
        first = number == 0
        history.write_step(
            acting_user,
            hazard,
            action if first else "closed",
            before=previous,
            after=state,
            at=at,
            by=asked.by if first else None,
            to=asked.to if first else None,
            note=asked.note if first else "",
            text=asked.text if first else telling.closed_text(hazard.closed_why),
        )
        previous = state


def _count(hazard: Hazard, before: Life, moved: Moved, first: bool) -> None:
    if first and hazard.answer_minutes is not None:
        history.count(hazard, "answered")
    if moved.life.state == "closed" and before.state != "closed":
        history.count(hazard, "closed")
    if before.state == "closed" and moved.life.state != "closed":
        history.count(hazard, "closed", -1)
