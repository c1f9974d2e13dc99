"""Channels of the made-up plants for the demo's enterprise, with thirty made-up days behind them, all marked synthetic.

The days behind are drawn around the hours of one: stepping five plants through a month would hold the demo's start up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from yufang.demo.plants import Plant, Plants, edge_config
from yufang.sensing.readings import Readings
from yufang.server.accounts.models import Person
from yufang.server.places import actions as places
from yufang.server.places.contracts import AreaIn
from yufang.server.places.models import Area
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions
from yufang.server.sensing.contracts import SensingChannelIn, SensingLimit
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
    areas = {plant.key: _area(acting_user, home, plant) for plant in made.plants}
    names = {f"{plant.key}.{tag.key}": tag.zh for plant in made.plants for tag in plant.tags}
    for entry in edge_config(made)["channels"]:
        actions.put_channel(acting_user, _channel(home, entry, areas, names[entry["key"]]), synthetic=True)
    _history(acting_user, home, made.plants, now, days)
    return len(names)


def _area(acting_user: Actor, home: int, plant: Plant) -> int:
    """The area of a plant; it stands on no plan, its channels have metres of their own."""
    with scoped(acting_user):
        found = Area.objects.filter(organisation_id=home, key=plant.key).first()
        if found is not None:
            return int(found.pk)
    body = AreaIn(
        organisation_id=home,
        key=plant.key,
        name_zh=f"{plant.zh}(合成)",
        name_en=f"{plant.en} (synthetic)",
        kind="utility",
    )
    return places.put_area(acting_user, None, body, synthetic=True).id


def _channel(home: int, entry: dict[str, Any], areas: dict[str, int], name_zh: str) -> SensingChannelIn:
    own = entry["limits"] if isinstance(entry["limits"], list) else []
    same = {
        name: entry[name] for name in ("key", "device", "quantity", "unit", "low", "high", "every_s", "x", "y", "z")
    }
    return SensingChannelIn(
        organisation_id=home,
        **same,
        name_zh=f"{name_zh} {entry['key']}",
        name_en=entry["key"],
        area_id=areas[entry["key"].partition(".")[0]],
        limits=[SensingLimit(unit=entry["unit"], **limit) for limit in own],
    )


def _history(acting_user: Actor, home: int, plants: Iterable[Plant], now: datetime, days: int) -> None:
    """A batch a day: a reading every quarter of an hour, every five minutes on the last day."""
    made = list(plants)
    keys = [f"{plant.key}.{tag.key}" for plant in made for tag in plant.tags]
    low, high = (np.array([getattr(tag, end) for plant in made for tag in plant.tags]) for end in ("low", "high"))
    rhythm = np.array([[value for plant in made for value in _at_hour(plant, hour)] for hour in range(_PER_DAY)])
    rng = np.random.default_rng(7)
    for day in range(days, 0, -1):
        start, every = now - timedelta(days=day), _FINE_S if day == 1 else _COARSE_S
        steps = 86_400 // every
        at = np.arange(steps) * _PER_DAY // steps
        values = rhythm[at] + rng.normal(0, 0.1, (steps, len(keys))) * rhythm.std(axis=0)
        values = np.round(np.clip(values, low, high), 4)
        times = int(start.timestamp()) * 1_000_000 + np.arange(steps) * every * 1_000_000
        channel = np.tile(np.arange(len(keys)), steps)
        readings = Readings.of(channel, np.repeat(times, len(keys)), values.ravel())
        actions.take_batch(
            acting_user,
            site_id=home,
            source=HISTORY,
            sequence=days - day,
            bytes_sha256=hashlib.sha256(values.tobytes()).hexdigest(),
            readings=readings,
            keys=keys,
            at=now,
            detects=True,
        )


def _at_hour(plant: Plant, hour: int) -> list[float]:
    """The values of a plant at an hour of its day, half a minute simulated."""
    plant.start_hour, plant.seconds = float(hour), 0.0
    found = plant.step(30.0)
    return [found[tag.key] for tag in plant.tags]
