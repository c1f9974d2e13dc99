"""Typed events. `emit` writes them into the running transaction: PostgreSQL hands them out when it commits."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import ClassVar

from django.db import connection

CHANNEL = "yufang_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something changed in a row. Carries ids only; `path` decides who hears of it and isn't sent on."""

    name: ClassVar[str]
    id: int
    enterprise_id: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardPointAnswered(Event):
    name: ClassVar[str] = "hazard_point.answered"
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardPointsMoved(Event):
    """Probabilities of many points moved by answers to others; of no single point (0)."""

    name: ClassVar[str] = "hazard_points.moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningChanged(Event):
    name: ClassVar[str] = "warning.changed"
    state: str
    tier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecided(Event):
    name: ClassVar[str] = "case.decided"
    facet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(Event):
    name: ClassVar[str] = "profile.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChanged(Event):
    """A training moved on, or another version is at work; of no enterprise (0)."""

    name: ClassVar[str] = "model.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkageDecided(Event):
    """A person said whether two records are one; of no enterprise (0)."""

    name: ClassVar[str] = "linkage.decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphChanged(Event):
    """An expert decided on a candidate fact, or a run brought facts; of no enterprise (0)."""

    name: ClassVar[str] = "graph.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesChanged(Event):
    """A simulation moved on, or a rate was decided; `enterprise_id` is 0 where it is of no one enterprise."""

    name: ClassVar[str] = "rates.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardChanged(Event):
    """A hazard was opened or took a step."""

    name: ClassVar[str] = "hazard.changed"
    state: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationChanged(Event):
    """An idea, a board, points, a reward or a round moved on."""

    name: ClassVar[str] = "participation.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxChanged(Event):
    """Something is under the bell of people who belong to `path`; `id` is the notice's."""

    name: ClassVar[str] = "inbox.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged(Event):
    """A message about warning `id` was sent or failed (0: about something else, or a test)."""

    name: ClassVar[str] = "delivery.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsChanged(Event):
    """A draft, a trial or the table at work changed; of no enterprise (0) where it is the region's."""

    name: ClassVar[str] = "decisions.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionChanged(Event):
    """A plan was made, answered or closed, or a paper put on record (0)."""

    name: ClassVar[str] = "inspection.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(Event):
    """An order was issued, took a step, or ended."""

    name: ClassVar[str] = "order.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeChanged(Event):
    """An edge node was made, enrolled, closed, or is to be otherwise."""

    name: ClassVar[str] = "edge.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsTaken(Event):
    """A batch of a source (`id`) was taken."""

    name: ClassVar[str] = "sensing.readings"
    readings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleMoved(Event):
    """Newer positions of an enterprise (`id`) came; they say nothing of whom."""

    name: ClassVar[str] = "positions.moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskmapChanged(Event):
    """The risk map of an enterprise (`id`) shows something else now."""

    name: ClassVar[str] = "riskmap.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitChanged(Event):
    """A permit to work was issued, extended or closed."""

    name: ClassVar[str] = "permit.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeChanged(Event):
    """A detector's event was raised, changed or cleared."""

    name: ClassVar[str] = "sensing.event"
    kind: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastMade(Event):
    """A channel (`id`) has a newer forecast."""

    name: ClassVar[str] = "forecast.made"


NAMES = tuple(
    kind.name
    for kind in (
        ForecastMade,
        InspectionChanged,
        OrderChanged,
        ReadingsTaken,
        EdgeChanged,
        EpisodeChanged,
        RiskmapChanged,
        PermitChanged,
        HazardPointAnswered,
        HazardPointsMoved,
        WarningChanged,
        CaseDecided,
        ProfileChanged,
        ModelChanged,
        LinkageDecided,
        RatesChanged,
        GraphChanged,
        InboxChanged,
        DeliveryChanged,
        HazardChanged,
        ParticipationChanged,
        DecisionsChanged,
    )
)


def emit(event: Event) -> None:
    """Tell everyone who may see the row, once the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps({"event": event.name} | asdict(event))])
