"""Reads of warnings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncSecond
from django.utils import timezone

from yufang.server.accounts.models import Organisation
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.deduction.contracts import MeasureOut
from yufang.server.errors import not_found
from yufang.server.paging import window
from yufang.server.places import queries as places
from yufang.server.scope import Actor
from yufang.server.warning import life
from yufang.server.warning.contracts import (
    AlertPlace,
    Counts,
    May,
    MuteOut,
    StepOut,
    WarningDetail,
    WarningPage,
    WarningRow,
)
from yufang.server.warning.models import MuteWindow, Warning, Watch
from yufang.warning import lifecycle

TIERS = ("high", "medium", "low")
OPEN = lifecycle.OPEN
_ENDED = ("resolved", "closed")
# event of the machine → permission that it takes
_NEEDS = {"hand_on": "warning.hand_on", "mute": "warning.mute"}


def warning_page(
    *, tier: str, state: str, enterprise_id: int | None, q: str, page: int, size: int, today: date
) -> WarningPage:
    """Warnings, the gravest and most urgent first."""
    base = Warning.objects.all()
    if enterprise_id is not None:
        base = base.filter(organisation_id=enterprise_id)
    # First which rows, then what belongs to them: joined before the cut, all would be joined for a page of them.
    if q:
        groups, ids = _found(base, q, state, tier, window(page, size))
    else:
        groups = list(base.values_list("state", "tier").annotate(n=Count("*")).order_by())
        ids = list(_gravest(base, state, tier).values_list("id", flat=True)[window(page, size)])
    wanted = [n for s, t, n in groups if _kept(s, state) and (not tier or t == tier)]
    items = Warning.objects.select_related("organisation", "assignee").in_bulk(ids)
    return WarningPage(
        total=sum(wanted),
        page=page,
        size=size,
        counts=_counts(groups, state, tier),
        items=[WarningRow(**_row(items[i], today)) for i in ids],
    )


def _found(
    base: QuerySet[Warning], q: str, state: str, tier: str, cut: slice
) -> tuple[list[tuple[str, str, int]], list[int]]:
    """Counts and ids of what carries `q` in its title or its enterprise's name, in one look at the rows.

    Letters have a case and Chinese characters have none: for those the comparison of bytes is enough, and ten times
    quicker than one of upper-cased texts.
    """
    how = "contains" if q.upper() == q.lower() else "icontains"
    named = Organisation.objects.filter(**{f"name__{how}": q}).values("id")
    titled = Q(**{f"title_zh__{how}": q})
    if q.isascii():
        titled |= Q(**{f"title_en__{how}": q})
    rows = base.filter(titled | Q(organisation_id__in=named))
    hits, values = rows.values("id", "state", "tier", "gravity", "due_on", "probability").query.sql_with_params()
    states = list(OPEN) if state == "open" else [state]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH hit AS MATERIALIZED ({hits}), page AS (
                SELECT id FROM hit WHERE (%s = '' OR state = ANY(%s)) AND (%s = '' OR tier = %s)
                ORDER BY gravity, due_on, probability DESC, id LIMIT %s OFFSET %s
            )
            SELECT state, tier, count(*), NULL FROM hit GROUP BY 1, 2
            UNION ALL SELECT '', '', 0, array_agg(id) FROM page
            """,
            [*values, state, states, tier, tier, cut.stop - cut.start, cut.start],
        )
        found = cursor.fetchall()
    ids = next((list(row[3] or ()) for row in found if not row[0]), [])
    return [(s, t, n) for s, t, n, _ in found if s], ids


def _kept(found: str, state: str) -> bool:
    return found == state if state and state != "open" else (state != "open" or found not in _ENDED)


def _gravest(base: QuerySet[Warning], state: str, tier: str) -> QuerySet[Warning]:
    if state == "open":
        base = base.filter(state__in=OPEN)
    elif state:
        base = base.filter(state=state)
    if tier:
        base = base.filter(tier=tier)
    return base.order_by("gravity", "due_on", "-probability", "id")


def _counts(groups: list[tuple[str, str, int]], state: str, tier: str) -> Counts:
    """Each count leaves its own filter out, so that a tab shows what a click on it would give."""
    by_tier = {t: sum(n for s, g, n in groups if g == t and _kept(s, state)) for t in TIERS}
    by_state = {
        str(s): sum(n for found, t, n in groups if found == s and (not tier or t == tier)) for s in Warning.State.values
    }
    return Counts(tier=by_tier, state=by_state)


def _row(w: Warning, today: date) -> dict[str, Any]:
    return {
        "id": w.pk,
        "tier": w.tier,
        "state": w.state,
        "route": w.route,
        "title_zh": w.title_zh,
        "title_en": w.title_en,
        "enterprise_id": w.organisation_id,
        "enterprise_name": w.organisation.name,
        "probability": w.probability,
        "colour": w.colour,
        "raised_at": w.raised_at,
        "due_on": w.due_on,
        "assignee": person_label(w.assignee),
        "assignee_en": person_label_en(w.assignee),
        "overdue": w.state not in _ENDED and w.due_on < today,
        "level": w.level,
        "escalate_at": w.escalate_at,
        "quiet_until": w.quiet_until,
        "quiet_why": w.quiet_why,
        "flapping": w.flapping,
        "area_id": w.area_id,
    }


def row(warning_id: int, today: date) -> WarningRow:
    """One warning as a row of the list."""
    return WarningRow(**_row(_get(warning_id), today))


def warning(warning_id: int, today: date, actor: Actor) -> WarningDetail:
    """One warning with its reasons, what `actor` may do with it, and its history, oldest step first."""
    w = _get(warning_id)
    now = timezone.now()
    policy = life.policies()[w.tier]
    earlier = Warning.objects.filter(
        organisation=w.organisation_id, subject_key=w.subject_key, rule=w.rule, episode__lt=w.episode
    )
    return WarningDetail(
        **_row(w, today),
        reason_zh=w.reason_zh,
        reason_en=w.reason_en,
        rule=w.rule,
        subject_key=w.subject_key,
        measures=[MeasureOut(**m) for m in w.measures],
        procedure_zh=w.procedure_zh,
        procedure_en=w.procedure_en,
        training=w.training,
        training_en=w.training_en,
        hazard_point_id=w.hazard_point_id,
        hazard_id=w.hazard_number,
        origin=w.origin,
        episode=w.episode,
        close_at=w.close_at,
        snooze_hours=int(policy.quiet_at_most.total_seconds() // 3600),
        levels=len(policy.acknowledge_within) + 1,
        may=_may(w, actor),
        place=_place(w),
        mutes=[_mute(m, now) for m in _joined(life.covering(w).filter(ends_at__gt=now, lifted_at=None))],
        earlier=list(earlier.order_by("-episode").values_list("id", flat=True)[:10]),
        history=_history(w),
        synthetic=w.synthetic,
    )


def _history(w: Warning) -> list[StepOut]:
    return [
        StepOut(
            at=s.at,
            by=person_label(s.by),
            by_en=person_label_en(s.by),
            action=s.action,
            note=s.note,
            to=person_label(s.to),
            to_en=person_label_en(s.to),
            ledger_index=s.ledger_index,
        )
        for s in w.steps.select_related("by", "to").order_by("id")
    ]


def _may(w: Warning, actor: Actor) -> list[May]:
    found: list[str] = list(life.may(w))
    if w.state in OPEN:
        found.insert(len(found) - 1, "mute")
    return [cast(May, one) for one in found if actor.may(_NEEDS.get(one, "warning.acknowledge"))]


def _place(w: Warning) -> AlertPlace | None:
    if w.area_id is None:
        return None
    area = places.area(w.area_id)
    plan = places.plan(area.plan_id) if area.plan_id else None
    return AlertPlace(
        id=area.id,
        name_zh=area.name_zh,
        name_en=area.name_en,
        outline=area.outline,
        image=plan.image if plan else None,
        width=plan.width if plan else 0,
        height=plan.height if plan else 0,
        lat=area.lat,
        lon=area.lon,
    )


def mute_windows(enterprise_id: int | None) -> list[MuteOut]:
    """Mute windows that are open or to come, the next to end first."""
    now = timezone.now()
    found = MuteWindow.objects.filter(ends_at__gt=now, lifted_at=None)
    if enterprise_id is not None:
        found = found.filter(organisation_id=enterprise_id)
    return [_mute(m, now) for m in _joined(found)[:200]]


def mute_window(window_id: int) -> MuteOut:
    """One mute window."""
    found = _joined(MuteWindow.objects.filter(id=window_id)).first()
    if found is None:
        raise not_found()
    return _mute(found, timezone.now())


def _joined(found: QuerySet[MuteWindow]) -> QuerySet[MuteWindow]:
    return found.select_related("organisation", "area", "by").order_by("ends_at", "id")


def _mute(m: MuteWindow, now: datetime) -> MuteOut:
    return MuteOut(
        id=m.pk,
        organisation_id=m.organisation_id,
        organisation_name=m.organisation.name,
        rule=m.rule,
        subject_key=m.subject_key,
        area_id=m.area_id,
        area_zh=m.area.name_zh if m.area else "",
        area_en=m.area.name_en if m.area else "",
        starts_at=m.starts_at,
        ends_at=m.ends_at,
        reason=m.reason,
        by=person_label(m.by),
        by_en=person_label_en(m.by),
        lifted_at=m.lifted_at,
        active=m.starts_at <= now < m.ends_at and m.lifted_at is None,
    )


def due(now: datetime, most: int) -> tuple[list[int], list[int]]:
    """Ids of alerts and of watched signals whose timers are due, the longest waiting first."""
    alerts = Warning.objects.filter(due_at__lte=now).order_by("due_at", "id").values_list("id", flat=True)
    watches = Watch.objects.filter(due_at__lte=now).order_by("due_at", "id").values_list("id", flat=True)
    return list(alerts[:most]), list(watches[:most])


def due_seconds(until: datetime) -> list[datetime]:
    """The full seconds by which something is due, up to `until`."""
    found: set[datetime] = set()
    for rows in (Warning.objects, Watch.objects):
        cut = rows.filter(due_at__lte=until).annotate(second=TruncSecond("due_at")).order_by()
        found |= set(cut.values_list("second", flat=True).distinct())
    return sorted(one + timedelta(seconds=1) for one in found)


def _get(warning_id: int) -> Warning:
    found = Warning.objects.select_related("organisation", "assignee").filter(id=warning_id).first()
    if found is None:
        raise not_found()
    return found


def counts(enterprise_id: int | None) -> Counts:
    """How many alerts there are, by tier (open ones) and by state."""
    base = Warning.objects.all()
    if enterprise_id is not None:
        base = base.filter(organisation_id=enterprise_id)
    return _counts(list(base.values_list("state", "tier").annotate(n=Count("*")).order_by()), "open", "")


def open_by_tier() -> dict[str, int]:
    """Open warnings by tier."""
    found = dict(Warning.objects.filter(state__in=OPEN).values_list("tier").annotate(n=Count("*")).order_by())
    return {tier: found.get(tier, 0) for tier in TIERS}


def open_by_enterprise(enterprise_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Open warnings by tier of each of the enterprises that has any."""
    rows = Warning.objects.filter(organisation_id__in=list(enterprise_ids), state__in=OPEN)
    found: dict[int, dict[str, int]] = {}
    for owner, tier, n in rows.values_list("organisation_id", "tier").annotate(n=Count("*")).order_by():
        found.setdefault(owner, {})[tier] = n
    return found


def enterprises_with_open(tier: str) -> QuerySet[Warning, Any]:
    """Ids of enterprises with an open warning of `tier`, for use in another room's filter."""
    return Warning.objects.filter(tier=tier, state__in=OPEN).values("organisation_id")
