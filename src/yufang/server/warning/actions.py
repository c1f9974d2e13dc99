"""The only code that writes warnings."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from yufang.server.accounts.models import Person
from yufang.server.deduction.models import HazardPoint
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import WarningChanged, emit
from yufang.server.scope import Actor, action
from yufang.server.warning.models import Step, Warning

State = Warning.State
# action → states it may start from
_FROM = {
    "acknowledged": (State.RAISED, State.HANDED_ON),
    "handed_on": (State.RAISED, State.ACKNOWLEDGED, State.HANDED_ON),
    "resolved": (State.RAISED, State.ACKNOWLEDGED, State.HANDED_ON),
    "raised_again": (State.RESOLVED,),
}


@action
def acknowledge(acting_user: Actor, warning_id: int, note: str) -> None:
    """Take a warning on. Of two people at the same time one gets it, the other 409."""
    warning = _locked(warning_id, "acknowledged")
    warning.assignee_id = acting_user.person_id
    _take(acting_user, warning, State.ACKNOWLEDGED, "acknowledged", note)


@action
def hand_on(acting_user: Actor, warning_id: int, to: int, note: str) -> None:
    """Hand a warning to someone else of the enterprise, or of a regulator above it."""
    warning = _locked(warning_id, "handed_on")
    person = Person.objects.filter(id=to, active=True).first()
    near = person is not None and (
        person.path.startswith(warning.path) or warning.path.startswith(person.path)
    )
    if person is None or not near:
        raise Refused(
            422,
            "unknown_person",
            "不能转交给此人,请从列表中选择本单位或主管部门的人员。",
            "The warning can't be handed to this person; choose someone from the list.",
            "to",
        )
    warning.assignee_id = person.pk
    _take(acting_user, warning, State.HANDED_ON, "handed_on", note, to=person.pk)


@action
def resolve(acting_user: Actor, warning_id: int, note: str) -> None:
    """Close a warning."""
    _take(acting_user, _locked(warning_id, "resolved"), State.RESOLVED, "resolved", note)


def _locked(warning_id: int, step: str) -> Warning:
    warning = Warning.objects.select_for_update().filter(id=warning_id).first()
    if warning is None:
        raise not_found()
    if warning.state not in _FROM[step]:
        raise Refused(
            409,
            "wrong_state",
            "这条预警已被他人处理,请刷新后查看最新状态。",
            "Someone has dealt with this warning already; reload to see where it stands.",
        )
    return warning


def _take(
    acting_user: Actor, warning: Warning, state: State, step: str, note: str, *, to: int | None = None
) -> None:
    before = warning.state
    index = ledger.append(
        acting_user,
        warning.path,
        f"warning.{step}",
        f"warning:{warning.pk}",
        {"from": str(before)} | facts(step, note, to),
    )
    warning.state = state
    warning.save(update_fields=["state", "assignee"])
    Step.objects.create(
        warning=warning,
        path=warning.path,
        action=step,
        note=note,
        by_id=acting_user.person_id,
        to_id=to,
        at=timezone.now(),
        ledger_index=index,
    )
    emit(
        WarningChanged(
            id=warning.pk,
            enterprise_id=warning.organisation_id,
            path=warning.path,
            state=str(state),
            tier=warning.tier,
        )
    )


def facts(step: str, note: str, to: int | None) -> dict[str, str | int | None]:
    """What the ledger keeps of a step, beside the state it started from."""
    return {"step": step, "to": to, "note_sha256": hashlib.sha256(note.encode()).hexdigest()}


@action
def follow_point(acting_user: Actor, point_id: int) -> None:
    """Let the warnings of a hazard point follow what was found on site; does nothing the second time."""
    point = HazardPoint.objects.filter(id=point_id).first()
    if point is None or point.status == HazardPoint.Status.OPEN:
        return
    there = point.status == HazardPoint.Status.CONFIRMED
    warnings = Warning.objects.select_for_update().filter(hazard_point=point)
    for warning in warnings.order_by("id"):
        warning.probability = point.probability
        warning.save(update_fields=["probability"])
        if there and warning.state == State.RESOLVED:
            warning.assignee = None
            _take(acting_user, warning, State.RAISED, "raised_again", "现场核实确认 / confirmed on site")
        elif not there and warning.state != State.RESOLVED:
            note = "现场核实:未发现或不适用 / on site: not found or not applicable"
            _take(acting_user, warning, State.RESOLVED, "resolved", note)
