"""A hazard from what the platform foresaw or warned of: a confirmed point, an alert."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from yufang.hazards.kinds import Level, kind_of_accident
from yufang.server.deduction.models import HazardPoint
from yufang.server.errors import Refused, not_found
from yufang.server.hazards.actions import open_hazard
from yufang.server.hazards.models import OPEN_STATES, Hazard
from yufang.server.scope import Actor, action
from yufang.server.warning.models import Warning

_LEVEL_OF_COLOUR: dict[str, Level] = {"red": "high", "orange": "high", "yellow": "medium", "blue": "low"}
_LEVEL_OF_TIER: dict[str, Level] = {"high": "high", "medium": "medium", "low": "low"}


@action
def open_from_point(acting_user: Actor, point_id: int, at: datetime | None = None) -> int:
    """Open a hazard for a deduced point that a person confirmed on site. A second one is refused while one is open."""
    point = HazardPoint.objects.select_for_update(of=("self",)).filter(id=point_id).first()
    if point is None:
        raise not_found()
    if point.status != HazardPoint.Status.CONFIRMED:
        raise Refused(
            409,
            "not_confirmed",
            "只有现场确认的风险点才能转为隐患，请先核实。",
            "Only a point confirmed on site becomes a hazard; verify it first.",
        )
    _none_open(Hazard.objects.filter(point=point, state__in=OPEN_STATES).first())
    return open_hazard(
        acting_user,
        organisation_id=point.organisation_id,
        kind=kind_of_accident(point.accident_type),
        title_zh=point.title_zh,
        title_en=point.title_en,
        words="",
        found_by="deduction",
        level=_LEVEL_OF_COLOUR.get(point.colour),
        point_id=point.pk,
        at=at or timezone.now(),
        synthetic=point.synthetic,
    )


@action
def open_from_warning(acting_user: Actor, warning_id: int, at: datetime | None = None) -> int:
    """Open a hazard for an alert. A second one is refused while one is open."""
    alert = Warning.objects.select_for_update(of=("self",)).filter(id=warning_id).first()
    if alert is None:
        raise not_found()
    _none_open(Hazard.objects.filter(warning=alert, state__in=OPEN_STATES).first())
    point = alert.hazard_point
    return open_hazard(
        acting_user,
        organisation_id=alert.organisation_id,
        area_id=alert.area_id,
        kind=kind_of_accident(point.accident_type if point is not None else ""),
        title_zh=alert.title_zh,
        title_en=alert.title_en,
        words=alert.reason_zh,
        found_by="alert",
        level=_LEVEL_OF_TIER.get(alert.tier),
        warning_id=alert.pk,
        point_id=point.pk if point is not None else None,
        at=at or timezone.now(),
        synthetic=alert.synthetic,
    )


def _none_open(found: Hazard | None) -> None:
    if found is not None:
        raise Refused(
            409,
            "open_already",
            f"已有未关闭的隐患(编号 {found.pk})，请在该隐患中处理。",
            f"Hazard {found.pk} is open for it already; go on there.",
        )
