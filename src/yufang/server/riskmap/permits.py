"""The only code that writes permits to work: opened, extended within the standard's validity, closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from yufang.sensing.riskmap.permits import permit_hours, works
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import PermitChanged, emit
from yufang.server.places.models import Area
from yufang.server.riskmap.contracts import PermitIn
from yufang.server.riskmap.gathering import rules
from yufang.server.riskmap.models import WorkPermit
from yufang.server.scope import Actor, action

FURTHEST_AHEAD = timedelta(days=30)


@action
def open_permit(acting_user: Actor, body: PermitIn, now: datetime, *, synthetic: bool = False) -> int:
    """Issue a permit for an area; returns its id. Refuses with 422 a kind that there isn't, a time that can't be, and
    one longer than GB 30871 lets the kind hold."""
    area = Area.objects.select_related("organisation", "enterprise", "plan").filter(id=body.area_id).first()
    if area is None:
        raise not_found()
    if body.kind not in works():
        codes = "、".join(works())
        raise Refused(
            422,
            "unknown_permit_kind",
            f"没有作业类别 {body.kind}；请从 {codes} 中选择。",
            f"There is no kind of work {body.kind}; choose one of {', '.join(works())}.",
            "kind",
        )
    _check_spot(area, body)
    _check_times(body.kind, body.starts_at, body.ends_at, now)
    row = WorkPermit.objects.create(
        path=area.path,
        organisation=area.organisation,
        enterprise=area.enterprise,
        area=area,
        kind=body.kind,
        work=body.work.strip(),
        x=body.x,
        y=body.y,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        applied_by_id=acting_user.person_id,
        at=now,
        synthetic=synthetic,
    )
    facts = {
        "kind": row.kind,
        "area": area.pk,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
    }
    ledger.append(acting_user, row.path, "riskmap.permit_opened", f"permit:{row.pk}", facts)
    _tell(row)
    return int(row.pk)


@action
def extend_permit(acting_user: Actor, permit_id: int, ends_at: datetime, now: datetime) -> None:
    """Let a permit that still holds hold longer, as long as one permit of its kind may. Refuses with 409 one that is
    over, with 422 an end that can't be."""
    row = _locked(permit_id)
    if row.closed_at is not None or row.ends_at <= now:
        raise Refused(
            409,
            "permit_over",
            "该作业票已关闭或已过期，不能延期；请重新办理作业票。",
            "The permit is closed or has run out and can't be extended; issue a new one.",
        )
    if ends_at <= row.ends_at:
        raise Refused(
            422,
            "not_longer",
            "新的结束时间须晚于原结束时间；要提前结束请关闭作业票。",
            "The new end has to be later than the one before; to end it earlier, close the permit.",
            "ends_at",
        )
    _check_times(row.kind, row.starts_at, ends_at, now)
    row.ends_at = ends_at
    row.save(update_fields=["ends_at"])
    facts = {"kind": row.kind, "ends_at": ends_at.isoformat()}
    ledger.append(acting_user, row.path, "riskmap.permit_extended", f"permit:{row.pk}", facts)
    _tell(row)


@action
def close_permit(acting_user: Actor, permit_id: int, note: str, now: datetime) -> None:
    """The work is done, or has to stop: the permit ends now. Refuses with 409 one that is closed."""
    row = _locked(permit_id)
    if row.closed_at is not None:
        raise Refused(
            409,
            "permit_closed",
            "该作业票已关闭，请刷新页面。",
            "The permit is closed already; load the page again.",
        )
    row.closed_at, row.closed_by_id, row.closed_note = now, acting_user.person_id, note.strip()
    row.save(update_fields=["closed_at", "closed_by", "closed_note"])
    facts = {"kind": row.kind, "expired": row.ends_at <= now}
    ledger.append(acting_user, row.path, "riskmap.permit_closed", f"permit:{row.pk}", facts)
    _tell(row)


def _check_spot(area: Area, body: PermitIn) -> None:
    if (body.x is None) != (body.y is None) or (body.x is not None and area.plan is None):
        raise Refused(
            422,
            "bad_spot",
            "作业点须同时给出 x 和 y，且该区域须画在平面图上；也可以都不填，表示整个区域。",
            "A spot needs x and y, and an area that is drawn on a plan; leave both out for the whole area.",
            "x",
        )


def _check_times(kind: str, starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    hours, standard = permit_hours(kind, rules())
    work = works()[kind]
    if not starts_at < ends_at or ends_at <= now or starts_at > now + FURTHEST_AHEAD:
        days = FURTHEST_AHEAD.days
        raise Refused(
            422,
            "permit_times",
            f"作业票须先开始后结束、在现在之后结束，且开始时间不晚于 {days} 天后；请改正时间。",
            f"A permit has to begin before it ends, end after now, and begin within {days} days; correct its times.",
            "ends_at",
        )
    if ends_at - starts_at > timedelta(hours=hours):
        of = work.name_zh.removesuffix("作业")
        by_zh, by_en = (work.clause, work.clause) if standard else ("本平台的上限", "the platform's own bound")
        raise Refused(
            422,
            "permit_too_long",
            f"{of}作业票有效期不超过 {hours} 小时（{by_zh}）；请缩短时段，到期后重新办票。",
            f"A permit for {work.name_en} holds at most {hours} hours ({by_en}); shorten it, and issue a new one when "
            "it has run out.",
            "ends_at",
        )


def _locked(permit_id: int) -> WorkPermit:
    row = WorkPermit.objects.select_for_update(of=("self",)).filter(id=permit_id).first()
    if row is None:
        raise not_found()
    return row


def _tell(row: WorkPermit) -> None:
    emit(PermitChanged(id=row.pk, enterprise_id=row.enterprise_id, path=row.path))
