"""Who acts, and what part of the organisation tree they see.

Every transaction of the web role starts without a scope and then sees no tenant row at all; `scoped` opens one for
an actor. The policies that read these settings are made in each room's first migration (`yufang.server.tenancy`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

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
    "permits.manage",
    "privacy.personal",
    "privacy.oversee",
    "privacy.decide",
    "privacy.share",
    "privacy.publish",
    "accounts.manage",
    "accounts.organisations",
    "accounts.roles",
    "accounts.keys",
    "accounts.providers",
    "accounts.break_glass",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, or the platform itself (`person_id` None), acting within `scope`, a path of the organisation tree."""

    person_id: int | None
    name: str
    organisation_id: int | None
    scope: str
    permissions: frozenset[str]
    # Why the actor reads an organisation beyond their own just now (break-glass); "" otherwise.
    emergency: str = ""

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
    outermost = getattr(_connection(), "yufang_last", None) is None
    try:
        with transaction.atomic():
            set_local("yufang.scope", actor.scope)
            set_local("yufang.person", str(actor.person_id or ""))
            if outermost:
                _connection().yufang_last = []
            yield
            if outermost:
                do_what_is_left()
    finally:
        if outermost:
            _connection().yufang_last = None


@dataclass(slots=True)
class _Last:
    """Work that was put off to the end of the outermost action, and the scope of then."""

    work: Callable[[], object]
    scope: str
    asked: Callable[[], None]  # the mark of having been asked for, and of having been done
    done: Callable[[], None] | None = None


def _mark() -> Callable[[], None]:
    """Something that stands among Django's hooks until the savepoint in which it was set is rolled back."""

    def mark() -> None:
        pass

    transaction.on_commit(mark)
    return mark


def _connection() -> Any:
    """This thread's connection. On it stands what the outermost `scoped` does last; None outside of it."""
    return connections[DEFAULT_DB_ALIAS]


def at_the_end(work: Callable[[], object]) -> None:
    """Do `work` as the last thing of the outermost action (`scoped`), in the scope of now: for what makes others wait.

    At once outside of any. Not at all where it was asked for within a savepoint that is rolled back.
    """
    waiting = getattr(_connection(), "yufang_last", None)
    if waiting is None:
        work()
    else:
        waiting.append(_Last(work, _scope(), _mark()))


def do_what_is_left() -> None:
    """Do now what `at_the_end` put off, in its order; afterwards the scope is what it was."""
    waiting: list[_Last] = getattr(_connection(), "yufang_last", None) or []
    if not waiting:
        return
    hooks: list[Any] = connection.run_on_commit
    standing = [hook[1] for hook in hooks]
    # What was done within a savepoint that was rolled back since is to be done again.
    left = [one for one in waiting if one.asked in standing and one.done not in standing]
    before = now = _scope()
    for one in left:
        if one.scope != now:
            set_local("yufang.scope", one.scope)
            now = one.scope
        one.done = _mark()
        one.work()
    if now != before:
        set_local("yufang.scope", before)


def _scope() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('yufang.scope', true), '')")
        return str(cursor.fetchone()[0])


@contextmanager
def beyond(actor: Actor) -> Iterator[None]:
    """For what `actor` may do and its scope does not show, such as whether a name is taken: the whole tree, and then
    the actor's scope again. The caller has looked at the permission, and answers with no row of others.
    """
    with scoped(Actor.platform()):
        yield
    _see_as(actor)


def see_nothing() -> None:
    """Close the scope of the running transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('yufang.scope', '', true), set_config('yufang.person', '', true)")


def _see_as(actor: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('yufang.scope', %s, true), set_config('yufang.person', %s, true)",
            [actor.scope, str(actor.person_id or "")],
        )


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
