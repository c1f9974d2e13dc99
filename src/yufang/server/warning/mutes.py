"""Mute windows: the actions that open and lift them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.places import queries as places
from yufang.server.scope import Actor, action
from yufang.server.warning import life
from yufang.server.warning.models import MuteWindow, Warning
from yufang.warning.lifecycle import Event

LONGEST = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Muting:
    """What is to be muted, when and why. No `rule`, `subject_key` and `area_id`: everything of the organisation."""

    organisation_id: int
    starts_at: datetime
    ends_at: datetime
    reason: str
    rule: str = ""
    subject_key: str = ""
    area_id: int | None = None


@action
def mute(acting_user: Actor, wanted: Muting, at: datetime) -> int:
    """Open a mute window; returns its id. Alerts inside it are raised and shown, and told of at its end."""
    place = Organisation.objects.filter(id=wanted.organisation_id).first()
    if place is None:
        raise not_found()
    if place.kind == Organisation.Kind.REGULATOR:
        raise _refused(
            "organisation_id",
            "静默只能针对一家企业或其场所，不能针对整个辖区。",
            "A mute window is for one enterprise or a part of it, not for a whole region.",
        )
    if not wanted.reason.strip():
        raise _refused("reason", "请写明静默的原因。", "Say why nobody is to be told.")
    if wanted.ends_at <= max(wanted.starts_at, at):
        raise _refused("ends_at", "结束时间须晚于开始时间和现在。", "The end must lie after the start and after now.")
    if wanted.ends_at - max(wanted.starts_at, at) > LONGEST:
        days = LONGEST.days
        raise _refused(
            "ends_at",
            f"静默最长{days}天；需要更久的，请到期后重新设置。",
            f"A mute window lasts {days} days at most; open a new one when it ends.",
        )
    if wanted.area_id is not None:
        places.area(wanted.area_id)  # refuses one that isn't there
    index = ledger.append(
        acting_user,
        place.path,
        "warning.mute_opened",
        f"organisation:{place.pk}",
        {"starts": wanted.starts_at.isoformat(), "ends": wanted.ends_at.isoformat()}
        | {"rule": wanted.rule, "area": wanted.area_id, "reason_sha256": life.text_hash(wanted.reason.strip())},
    )
    window = MuteWindow.objects.create(
        organisation=place,
        path=place.path,
        rule=wanted.rule,
        subject_key=wanted.subject_key,
        area_id=wanted.area_id,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        reason=wanted.reason.strip(),
        by_id=acting_user.person_id,
        at=at,
        ledger_index=index,
    )
    return int(window.pk)


@action
def lift(acting_user: Actor, window_id: int, at: datetime) -> None:
    """End a mute window before its time: what waited for its end is told now."""
    window = MuteWindow.objects.select_for_update(of=("self",)).filter(id=window_id).first()
    if window is None:
        raise not_found()
    if window.lifted_at is not None or window.ends_at <= at:
        raise Refused(
            409, "mute_over", "这个静默时段已经结束。", "This mute window is over already; there is nothing to lift."
        )
    window.lifted_at, window.lifted_by_id = at, acting_user.person_id
    window.save(update_fields=["lifted_at", "lifted_by"])
    ledger.append(acting_user, window.path, "warning.mute_lifted", f"mute:{window.pk}", {})
    waiting = Warning.objects.select_for_update(of=("self",)).filter(life.covered(window), quiet_why="muted")
    for row in waiting.order_by("id"):
        life.happen(acting_user, row, Event(kind="unmute"), at)


def _refused(field: str, zh: str, en: str) -> Refused:
    return Refused(422, "bad_mute", zh, en, field)
