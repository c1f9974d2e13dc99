"""The made-up plants send readings while the demo runs, so that its live view and risk map move; all marked synthetic.

Where somebody lets the plants run behind real servers (`yufang demo plants`) with an edge node, that one sends and this
one is still.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from datetime import timedelta

import numpy as np
from django.db import connection
from django.utils import timezone

from yufang.demo.plants import Plants
from yufang.sensing.readings import Readings
from yufang.server.scope import Actor, scoped
from yufang.server.sensing import actions
from yufang.server.sensing.demo import HISTORY
from yufang.server.sensing.models import Channel, Source

log = logging.getLogger(__name__)

LIVE = "synthetic-live"
EVERY_S = 5  # a batch holds a reading a second of each channel
LEAK_EVERY_S, LEAK_FROM_S, LEAK_FOR_S = 3_600, 600, 900  # the pump flange of the tank farm leaks once an hour
_OTHER_QUIET = timedelta(minutes=1)


class DemoPlants:
    """The five plants, and the enterprise that they stand in."""

    def __init__(self, home: int) -> None:
        self.home = home
        self.plants = Plants(leak_after=None, start_hour=timezone.localtime().hour)
        self.keys = [f"{plant.key}.{tag.key}" for plant in self.plants.plants for tag in plant.tags]

    def send(self, acting_user: Actor) -> int:
        """Move the plants on and send what they show; 0 where an edge node sends for them."""
        now = timezone.now()
        with scoped(acting_user):
            others = Source.objects.filter(enterprise_id=self.home, last_at__gte=now - _OTHER_QUIET)
            if others.exclude(name__in=(LIVE, HISTORY)).exists():
                return 0
        rows = [self._step() for _ in range(EVERY_S)]
        values = np.round(np.array(rows), 4)
        last = int(now.timestamp()) * 1_000_000
        times = last - np.arange(EVERY_S - 1, -1, -1) * 1_000_000
        taken = actions.take_batch(
            acting_user,
            site_id=self.home,
            source=LIVE,
            sequence=-1,
            bytes_sha256=hashlib.sha256(times.tobytes() + values.tobytes()).hexdigest(),
            readings=Readings.of(
                np.tile(np.arange(len(self.keys)), EVERY_S), np.repeat(times, len(self.keys)), values.ravel()
            ),
            keys=self.keys,
            at=now,
        )
        return taken.readings

    def _step(self) -> list[float]:
        farm = self.plants.by_key["tankfarm"]
        leaks = 0 <= farm.seconds % LEAK_EVERY_S - LEAK_FROM_S < LEAK_FOR_S
        farm.leak_at = 0.0 if leaks else None
        shown = [(plant.step(1.0), plant.tags) for plant in self.plants.plants]
        return [values[tag.key] for values, tags in shown for tag in tags]


def start(acting_user: Actor, stop: threading.Event) -> None:
    """Let the demo's plants send until `stop`, in a thread of its own; nothing where the demo has no plants."""
    with scoped(acting_user):
        first = Channel.objects.filter(synthetic=True, key__startswith="tankfarm.").order_by("id").first()
    if first is not None:
        plants = DemoPlants(first.enterprise_id)
        threading.Thread(target=_run, args=(acting_user, plants, stop), name="demo plants", daemon=True).start()


def _run(acting_user: Actor, plants: DemoPlants, stop: threading.Event) -> None:
    while not stop.wait(EVERY_S):
        try:
            plants.send(acting_user)
        except Exception as error:  # the demo serves on without them
            log.info("demo plants: a batch could not be sent (%s)", error)
        finally:
            connection.close()
