"""Who acts, and what part of the organisation tree they see.

Every transaction of the web role starts without a scope and then sees no tenant row at all; `scoped` opens one for
an actor. The policies that read these settings are made in each room's first migration (`yufang.server.tenancy`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from django.db import connection, transaction

PERMISSIONS = (
    "cases.decide",
    "cases.adjudicate",
    "cases.campaign",
    "models.train",
    "models.promote",
    "deduction.answer",
    "warning.acknowledge",
    "warning.hand_on",
    "warning.mute",
    "warning.observe",
    "lake.manage",
    "linkage.decide",
    "graph.decide",
    "ledger.read",
    "rates.simulate",
    "rates.approve",
    "region.read",
    "dispatch.manage",
    "places.manage",
    "hazards.report",
    "reports.contact",
    "inspections.plan",
    "inspections.do",
    "inspections.order",
    "participation.manage",
    "participation.take_part",
    "hazards.handle",
    "hazards.check",
    "hazards.supervise",
    "decisions.edit",
    "decisions.publish",
    "sensing.manage",
    "sensing.personal",
    "edge.manage",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, or the platform itself (`person_id` None), acting within `scope`, a path of the organisation tree."""

    person_id: int | None
    name: str
    organisation_id: int | None
    scope: str
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        """Whether the actor holds `permission`."""
        return permission in self.permissions

    @classmethod
    def platform(cls, scope: str = "/") -> Actor:
        """The platform itself: loads of data and background jobs. `/` is the whole tree."""
        return cls(
            person_id=None,
            name="yufang",
            organisation_id=None,
            scope=scope,
            permissions=frozenset(PERMISSIONS),
        )


@contextmanager
def scoped(actor: Actor) -> Iterator[None]:
    """One transaction in which the database shows what `actor` may see."""
    with transaction.atomic():
        set_local("yufang.scope", actor.scope)
        set_local("yufang.person", str(actor.person_id or ""))
        yield


def set_local(name: str, value: str) -> None:
    """Set a PostgreSQL setting until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


P = ParamSpec("P")
R = TypeVar("R")


def action(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
    """An action: its first argument is the acting user; all it writes stands or falls together."""

    @functools.wraps(function)
    def run(acting_user: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with scoped(acting_user):
            return function(acting_user, *args, **kwargs)

    return run
