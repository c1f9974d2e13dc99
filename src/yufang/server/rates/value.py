"""What safety is worth to one enterprise, from its newest profile and its current hazard points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from yufang.server.deduction.models import HazardPoint
from yufang.server.errors import Refused, not_found
from yufang.server.profiles.models import Enterprise, ProfileMonth
from yufang.server.rates.contracts import LossOut, MeasureValueOut, SafetyValueOut

# Refuted points stand for no injuries; a confirmed one certainly is there.
_CONFIRMED, _GONE = HazardPoint.Status.CONFIRMED, (HazardPoint.Status.NOT_FOUND, HazardPoint.Status.NOT_APPLICABLE)


def safety_value(enterprise_id: int, own_costs: Mapping[str, dict[str, Any]]) -> SafetyValueOut:
    """Loss now and after each measure. `own_costs`: measure key → once, yearly (yuan), years."""
    from yufang.rates import ControlMeasure, MeasureCost, PointAtRisk, RateError
    from yufang.rates.safety_value import safety_value as value_of

    enterprise = Enterprise.objects.filter(pk=enterprise_id).first()
    if enterprise is None:
        raise not_found()
    month = ProfileMonth.objects.filter(organisation_id=enterprise_id).order_by("-month").first()
    rows = HazardPoint.objects.filter(organisation_id=enterprise_id, current=True).exclude(status__in=_GONE)
    points = [
        PointAtRisk(
            key=p.key,
            title_zh=p.title_zh,
            title_en=p.title_en,
            severity=p.severity,
            probability=1.0 if p.status == _CONFIRMED else p.probability,
            likelihood=p.body["lec"]["likelihood"],
            exposure=p.body["lec"]["exposure"],
            measures=tuple(
                ControlMeasure(level=m["level"], text_zh=m["text_zh"], text_en=m["text_en"]) for m in p.body["measures"]
            ),
        )
        for p in rows.order_by("rank", "id")
    ]
    head: dict[str, Any] = {
        "enterprise_id": enterprise_id,
        "enterprise_name": enterprise.name,
        "synthetic": enterprise.synthetic,
        "points": len(points),
    }
    if month is None:
        sums = ("loss_yuan", "saved_yuan", "prevented_injuries", "prevented_deaths", "once_yuan")
        empty: dict[str, Any] = dict.fromkeys(("now", *(f"together_{name}" for name in sums)))
        return SafetyValueOut(**head, **empty, measures=[], together_keys=[], draws=0, seed=0)
    mean = month.expected_injuries
    try:
        found = value_of(
            points,
            expected_injuries=mean,
            low=min(month.expected_injuries_low, mean),
            high=max(month.expected_injuries_high, mean),
            own_costs={
                key: MeasureCost(once=(c["once"],) * 3, yearly=(c["yearly"],) * 3, years=c["years"])
                for key, c in own_costs.items()
            },
            seed=enterprise_id,
        )
    except RateError as error:
        raise Refused(
            422,
            "invalid",
            f"{error.zh[0]}。{error.zh[1]}。",
            f"{error.message}; {error.way_out}.",
            error.field or None,
        ) from error
    body = asdict(found)
    return SafetyValueOut(
        **head,
        now=LossOut(**body["now"]),
        measures=[MeasureValueOut(**m) for m in body["measures"]],
        **{name: body[name] for name in body if name.startswith("together_")},
        draws=found.draws,
        seed=found.seed,
    )
