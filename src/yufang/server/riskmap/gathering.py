"""From the rows of the other rooms to the factors that hold now. Reads only."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from yufang.sensing.riskmap.equipment import equipment_factors
from yufang.sensing.riskmap.grid import AreaOnMap, Grid
from yufang.sensing.riskmap.hazards import hazard_factors
from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.people import people_factors
from yufang.sensing.riskmap.permits import Permit, permit_factors
from yufang.sensing.riskmap.rules import Rules, RulesProblem, read_rules, shipped
from yufang.sensing.riskmap.sensors import event_factors, forecast_factors, next_silence, sensor_factors
from yufang.sensing.riskmap.weather import weather_factors
from yufang.server.hazards import riskmap_queries as hazards
from yufang.server.places import queries as places
from yufang.server.places.contracts import AreaOut, PlanOut
from yufang.server.positions import riskmap_queries as positions
from yufang.server.riskmap.models import WorkPermit
from yufang.server.sensing import riskmap_queries as sensing
from yufang.server.sensing.riskmap_queries import OPEN_AIR

log = logging.getLogger(__name__)

PEOPLE_AGAIN = timedelta(minutes=1)  # positions grow old without anybody telling


@dataclass(frozen=True, slots=True)
class Ground:
    """Plans and areas of an enterprise."""

    plans: tuple[PlanOut, ...]
    areas: Mapping[int, AreaOut]
    watched: Mapping[int, int]  # plan → channels in its areas

    @property
    def metres(self) -> dict[int, tuple[float, float]]:
        """Width and height in metres of the plans that were measured."""
        return {
            plan.id: (plan.metres_wide, plan.metres_wide * plan.height / plan.width)
            for plan in self.plans
            if plan.metres_wide
        }

    def plan(self, plan_id: int | None) -> PlanOut | None:
        """The plan of this id, without an id the one with the most channels, then areas; None where there is none."""
        if plan_id is not None:
            return next((plan for plan in self.plans if plan.id == plan_id), None)
        drawn = [area.plan_id for area in self.areas.values()]
        rank = lambda plan: (self.watched.get(plan.id, 0), drawn.count(plan.id), -plan.id)  # noqa: E731
        return max(self.plans, key=rank, default=None)

    def grid(self, plan: PlanOut | None) -> Grid:
        """Cells of a plan with the areas drawn on it, and a place for each area that isn't drawn on any plan."""
        found = []
        for area in self.areas.values():
            if plan is not None and area.plan_id not in (None, plan.id):
                continue
            drawn = plan is not None and area.plan_id == plan.id
            outline = tuple(area.outline) if drawn else ()
            indoors = area.kind not in (*OPEN_AIR, "other")
            found.append(AreaOnMap(key=str(area.id), outline=outline, indoors=indoors))
        if plan is None:
            return Grid.of("", 0, 0, found)
        return Grid.of(str(plan.id), plan.width, plan.height, found, plan.metres_wide)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The factors that hold now, and when time alone changes them (µs)."""

    factors: tuple[Factor, ...]
    next_at: int | None


def rules() -> Rules:
    """The rules of this deployment: `riskmap.yaml` of the home folder over those that ship, which hold alone where that
    file is wrong (`rules_problem`): a wrong file must not take the map away."""
    return _rules()[0]


def rules_problem() -> RulesProblem | None:
    """What is wrong with this deployment's file of rules; None where nothing is."""
    return _rules()[1]


def _rules() -> tuple[Rules, RulesProblem | None]:
    path: Path = settings.CONFIG.home.resolve() / "riskmap.yaml"
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return shipped(), None
    return _read(path, changed)


@lru_cache(maxsize=4)
def _read(path: Path, changed_ns: int) -> tuple[Rules, RulesProblem | None]:
    try:
        return read_rules(path), None
    except RulesProblem as problem:
        log.error("%s", problem)
        return shipped(), problem


def ground_of(enterprise_id: int) -> Ground:
    """Plans and areas of an enterprise of the open scope."""
    areas = {area.id: area for area in places.areas(enterprise_id)}
    return Ground(tuple(places.plans(enterprise_id)), areas, sensing.channels_by_plan(enterprise_id))


def gather(enterprise_id: int, now: datetime, ground: Ground, by: Rules) -> Gathered:
    """Everything that the map of an enterprise knows at `now`."""
    at = int(now.timestamp() * 1e6)
    metres = ground.metres
    by_device = sensing.sensors(enterprise_id, timezone.localdate(now), ground.areas, metres)
    sensors = [sensor for _, sensor in by_device]
    by_key = {sensor.key: sensor for sensor in sensors}
    permits = _permits(enterprise_id, now, ground)
    factors = sensor_factors(sensors, at, by)
    factors += event_factors(sensing.open_events(enterprise_id, by_key, ground.areas, metres), by_key, by)
    factors += forecast_factors(sensing.forecasts(enterprise_id), by_key, at, by)
    factors += weather_factors(sensors, at, by)
    factors += equipment_factors(by_device, at, by)
    factors += hazard_factors(hazards.open_hazards(enterprise_id, ground.areas), by)
    factors += permit_factors(permits, sensors, at, by, {str(plan): size for plan, size in metres.items()})
    people = positions.counts(enterprise_id, now)
    if people is not None:
        counts, beyond, unseen = people
        by_area = {str(area): number for area, number in counts.items()}
        factors += people_factors(by_area, map(str, ground.areas), unseen, at, by, beyond=beyond)
    ends = [moment for permit in permits for moment in (permit.since, permit.until)]
    ends += [factor.until for factor in factors if factor.until is not None]
    ends += [at + int(PEOPLE_AGAIN.total_seconds() * 1e6)] if people is not None else []
    ends += [silence] if (silence := next_silence(sensors, at, by)) is not None else []
    unique = {factor.ref: factor for factor in factors}
    return Gathered(tuple(unique.values()), min((moment for moment in ends if moment > at), default=None))


def _permits(enterprise_id: int, now: datetime, ground: Ground) -> list[Permit]:
    """Permits that hold now or will."""
    rows = WorkPermit.objects.filter(enterprise_id=enterprise_id, closed_at__isnull=True, ends_at__gt=now)
    found = []
    for row in rows.order_by("id"):
        area = ground.areas.get(row.area_id)
        placed = area is not None and area.plan_id is not None and row.x is not None
        found.append(
            Permit(
                key=f"permit:{row.pk}",
                kind=row.kind,
                where=Where(
                    area=str(row.area_id),
                    plan=str(area.plan_id) if placed and area is not None else "",
                    x=row.x if placed else None,
                    y=row.y if placed else None,
                ),
                since=int(row.starts_at.timestamp() * 1e6),
                until=int(row.ends_at.timestamp() * 1e6),
                outdoors=area is not None and area.kind in OPEN_AIR,
                link=f"permit:{row.pk}",
                synthetic=row.synthetic,
            )
        )
    return found
