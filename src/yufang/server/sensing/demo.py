"""Channels of the made-up plants for the demo's enterprise, with thirty made-up days behind them, all marked synthetic.

The days behind are drawn around the hours of one: stepping five plants through a month would hold the demo's start up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np

from yufang.demo.plants import Plant, Plants, edge_config, tank_farm
from yufang.sensing.readings import Readings
from yufang.server.accounts.models import Person
from yufang.server.places import actions as places
from yufang.server.places.contracts import AreaIn, PlanOut
from yufang.server.places.models import Area
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions, demo_plan
from yufang.server.sensing.contracts import LeakSource, LeakWatchIn, SensingChannelIn, SensingLimit
from yufang.server.sensing.models import Channel

HISTORY = "synthetic-history"
DAYS = 30
_PER_DAY = 24  # hours of the simulated day
_COARSE_S, _FINE_S = 900, 300  # seconds between two readings: of the month, and of its last day


def open_channels(acting_user: Actor, now: datetime, days: int = DAYS) -> int:
    """Register every channel of the five plants at the demo's enterprise and make `days` of readings before `now`.

    Returns the number of channels; 0 where there is no demo enterprise, or it has them already.
    """
    with scoped(acting_user):
        person = Person.objects.filter(username="safety_manager").select_related("organisation").first()
        if person is None or not person.organisation.synthetic:
            return 0
        home = person.organisation_id
        if Channel.objects.filter(enterprise_id=home, synthetic=True).exists():
            return 0
    made = Plants(leak_after=None)
    plan = demo_plan.open_plan(acting_user, home)
    areas = {plant.key: _area(acting_user, home, plant, plan.id) for plant in made.plants}
    names = {f"{plant.key}.{tag.key}": tag.zh for plant in made.plants for tag in plant.tags}
    with scoped(acting_user):  # one transaction: a hundred commits would hold the start up
        for entry in edge_config(made)["channels"]:
            actions.put_channel(acting_user, _channel(home, entry, areas, names[entry["key"]]), synthetic=True)
        actions.put_leak_watch(acting_user, _leak_watch(home, plan))
    _history(acting_user, home, made.plants, now, days)
    demo_plan.open_permits(acting_user, areas, now)
    return len(names)


def _area(acting_user: Actor, home: int, plant: Plant, plan: int) -> int:
    """The area of a plant on the plan of the five."""
    with scoped(acting_user):
        found = Area.objects.filter(organisation_id=home, key=plant.key).first()
        if found is not None:
            return int(found.pk)
    body = AreaIn(
        organisation_id=home,
        key=plant.key,
        name_zh=f"{plant.zh}（合成）",
        name_en=f"{plant.en} (synthetic)",
        kind=demo_plan.STANDS[plant.key][0],
        plan_id=plan,
        outline=demo_plan.outline(plant.key),
    )
    return places.put_area(acting_user, None, body, synthetic=True).id


def _channel(home: int, entry: dict[str, Any], areas: dict[str, int], name_zh: str) -> SensingChannelIn:
    own = entry["limits"] if isinstance(entry["limits"], list) else []
    same = {name: entry[name] for name in ("key", "device", "quantity", "unit", "low", "high", "every_s", "z")}
    plant = entry["key"].partition(".")[0]
    x, y = demo_plan.on_plan(plant, entry["x"], entry["y"])
    return SensingChannelIn(
        organisation_id=home,
        **same,
        name_zh=f"{name_zh} {entry['key']}",
        name_en=entry["key"],
        area_id=areas[plant],
        x=x,
        y=y,
        limits=[SensingLimit(unit=entry["unit"], **limit) for limit in own],
    )


def _leak_watch(home: int, plan: PlanOut) -> LeakWatchIn:
    """What looks for leaks in the tank farm."""
    latitude, longitude = (plan.corners or (demo_plan.SOMEWHERE,))[0]
    sources = []
    for name, x, y, z in tank_farm.leak_places():
        east, north = demo_plan.on_plan("tankfarm", x, y)
        sources.append(LeakSource(key=name, x=east, y=north, z=z))
    return LeakWatchIn(
        organisation_id=home,
        name="罐区泄漏监测（合成）",
        site_plan=plan.id,
        quantity="gas:c3h8",
        latitude=latitude,
        longitude=longitude,
        sources=sources,
        **tank_farm.LEAK_WATCH,
    )


def _history(acting_user: Actor, home: int, plants: Iterable[Plant], now: datetime, days: int) -> None:
    """One batch: a reading every quarter of an hour, every five minutes on the last day."""
    made = list(plants)
    keys = [f"{plant.key}.{tag.key}" for plant in made for tag in plant.tags]
    low, high = (np.array([getattr(tag, end) for plant in made for tag in plant.tags]) for end in ("low", "high"))
    rhythm = np.array([[value for plant in made for value in _at_hour(plant, hour)] for hour in range(_PER_DAY)])
    rng = np.random.default_rng(7)
    coarse, fine = 86_400 // _COARSE_S, 86_400 // _FINE_S
    hours = [*np.tile(np.arange(coarse) * _PER_DAY // coarse, days - 1), *(np.arange(fine) * _PER_DAY // fine)]
    values = rhythm[hours] + rng.normal(0, 0.1, (len(hours), len(keys))) * rhythm.std(axis=0)
    values = np.round(np.clip(values, low, high), 4)
    back = days * 86_400 - np.array([*(np.arange(coarse * (days - 1)) * _COARSE_S), *range(0, 86_400, _FINE_S)])
    back[coarse * (days - 1) :] -= 86_400 * (days - 1)
    times = (int(now.timestamp()) - back) * 1_000_000
    actions.take_batch(
        acting_user,
        site_id=home,
        source=HISTORY,
        sequence=0,
        bytes_sha256=hashlib.sha256(values.tobytes()).hexdigest(),
        readings=Readings.of(np.tile(np.arange(len(keys)), len(hours)), np.repeat(times, len(keys)), values.ravel()),
        keys=keys,
        at=now,
        detects=True,
    )


def _at_hour(plant: Plant, hour: int) -> list[float]:
    """The values of a plant at an hour of its day, half a minute simulated."""
    plant.start_hour, plant.seconds = float(hour), 0.0
    found = plant.step(30.0)
    return [found[tag.key] for tag in plant.tags]
