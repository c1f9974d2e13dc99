"""The life of a hazard: what may follow what, and who may take which step.

opened → assigned → in progress → fixed → checked → confirmed → closed. A failed check, a reporter who says "not done"
and a reopening go back to the owner. A refusal ("not a hazard") waits for the reporter, who may contest it; nobody
refuses twice. A major hazard is closed by the regulator alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

State = Literal["opened", "assigned", "in_progress", "fixed", "checked", "confirmed", "refused", "closed"]
Action = Literal[
    "assign", "transfer", "start", "fix", "check", "send_back", "confirm", "not_done", "refuse", "contest", "accept",
    "reopen", "release", "lapse",
]  # fmt: skip
STATES: tuple[State, ...] = (
    "opened", "assigned", "in_progress", "fixed", "checked", "confirmed", "refused", "closed",
)  # fmt: skip

# action → states it may start from
FROM: Mapping[Action, tuple[State, ...]] = MappingProxyType(
    {
        "assign": ("opened",),
        "transfer": ("assigned", "in_progress"),
        "start": ("assigned",),
        "fix": ("assigned", "in_progress"),
        "check": ("fixed",),
        "send_back": ("fixed",),
        "confirm": ("checked",),
        "not_done": ("checked",),
        "refuse": ("opened", "assigned", "in_progress"),
        "contest": ("refused",),
        "accept": ("refused",),
        "reopen": ("confirmed", "closed"),
        "release": ("confirmed",),
        "lapse": ("checked", "refused"),  # nobody answered within the time that was told them
    }
)
# What "somebody said what happens" is: the promise is kept by any of these, when a named person takes it.
ANSWERS: frozenset[Action] = frozenset({"assign", "transfer", "start", "fix", "refuse"})

Why = Literal[
    "wrong_state", "own_fix", "not_owner", "not_reporter", "refused_twice", "own_refusal", "has_reporter", "no_owner",
    "not_major",
]  # fmt: skip
ClosedWhy = Literal[
    "", "confirmed", "no_reporter", "nobody_confirmed", "not_contested", "accepted", "refused_finally", "released"
]


class StepRefused(ValueError):
    """The step can't be taken; `why` says which rule holds it."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Where a hazard stands, as far as the rules need to know. People are ids; None is nobody.

    `reporter` is the person who reported; `by_code` says that an anonymous reporter can be heard by their code.
    """

    state: State = "opened"
    owner: int | None = None
    fixer: int | None = None
    checker: int | None = None
    refuser: int | None = None
    reporter: int | None = None
    by_code: bool = False
    major: bool = False
    contested: bool = False
    reopened: int = 0
    closed_why: ClosedWhy = ""

    @property
    def heard(self) -> bool:
        """Whether there is a reporter who can be asked."""
        return self.reporter is not None or self.by_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a step left behind. `then` are the states it ran through; the last is where the hazard stands."""

    life: Life
    then: tuple[State, ...]


def take(
    life: Life, action: Action, *, by: int | None, to: int | None = None, code: bool = False, lead: bool = False
) -> Moved:
    """Take `action`. `by` None is the platform, or the anonymous reporter when `code` is True; `to` the new owner.

    `lead` says that `by` may act for the owner or reopen: the owner's team or manager. Raises `StepRefused`.
    """
    if life.state not in FROM[action]:
        raise StepRefused("wrong_state")
    _may(life, action, by=by, to=to, code=code, lead=lead)
    return _MOVES[action](life, by, to)


def _may(life: Life, action: Action, *, by: int | None, to: int | None, code: bool, lead: bool) -> None:
    if action in ("assign", "transfer") and to is None:
        raise StepRefused("no_owner")
    if action in ("start", "fix") and not lead and by != life.owner:
        raise StepRefused("not_owner")
    if action in ("check", "send_back") and by == life.fixer:
        raise StepRefused("own_fix")
    if action == "reopen" and not lead and not _is_reporter(life, by, code):
        raise StepRefused("not_reporter")
    if action in ("confirm", "not_done", "contest", "accept") and not _is_reporter(life, by, code):
        raise StepRefused("not_reporter")
    if action == "refuse" and life.contested and by == life.refuser:
        raise StepRefused("own_refusal")
    if action == "release" and not life.major:
        raise StepRefused("not_major")


def _is_reporter(life: Life, by: int | None, code: bool) -> bool:
    return (code and life.by_code) or (by is not None and by == life.reporter)


def _with(life: Life, state: State, **changes: object) -> Life:
    return replace(life, state=state, **changes)  # type: ignore[arg-type]


def _stay(life: Life, state: State, **changes: object) -> Moved:
    return Moved(life=_with(life, state, **changes), then=(state,))


def _assign(life: Life, by: int | None, to: int | None) -> Moved:
    return _stay(life, "assigned", owner=to)


def _start(life: Life, by: int | None, to: int | None) -> Moved:
    return _stay(life, "in_progress")


def _fix(life: Life, by: int | None, to: int | None) -> Moved:
    return _stay(life, "fixed", fixer=by, checker=None)


def _check(life: Life, by: int | None, to: int | None) -> Moved:
    checked = _with(life, "checked", checker=by)
    if life.heard:
        return Moved(life=checked, then=("checked",))
    ended = _end(checked, "no_reporter")
    return Moved(life=ended.life, then=("checked", *ended.then))


def _confirm(life: Life, by: int | None, to: int | None) -> Moved:
    if life.major:
        return _stay(life, "confirmed")
    return Moved(life=_with(life, "closed", closed_why="confirmed"), then=("confirmed", "closed"))


def _end(life: Life, why: ClosedWhy) -> Moved:
    """After the check: closed, or for a major one on to the regulator."""
    if life.major:
        return _stay(life, "confirmed")
    return _stay(life, "closed", closed_why=why)


def _back(life: Life, by: int | None, to: int | None) -> Moved:
    """To the owner; where there never was one, to those who assign."""
    return _stay(life, "assigned" if life.owner is not None else "opened", fixer=None, checker=None)


def _reopen(life: Life, by: int | None, to: int | None) -> Moved:
    state: State = "assigned" if life.owner is not None else "opened"
    return _stay(life, state, fixer=None, checker=None, closed_why="", reopened=life.reopened + 1)


def _refuse(life: Life, by: int | None, to: int | None) -> Moved:
    if life.contested or not life.heard:  # heard twice, or nobody to contest it
        moved = _with(life, "closed", refuser=by, closed_why="refused_finally")
        return Moved(life=moved, then=("refused", "closed"))
    return _stay(life, "refused", refuser=by)


def _contest(life: Life, by: int | None, to: int | None) -> Moved:
    return _stay(life, "opened", contested=True, owner=None)


def _accept(life: Life, by: int | None, to: int | None) -> Moved:
    return _stay(life, "closed", closed_why="accepted")


def _release(life: Life, by: int | None, to: int | None) -> Moved:
    return _stay(life, "closed", closed_why="released")


def _lapse(life: Life, by: int | None, to: int | None) -> Moved:
    if life.state == "refused":
        return _stay(life, "closed", closed_why="not_contested")
    return _end(life, "nobody_confirmed")


_MOVES = MappingProxyType(
    {
        "assign": _assign, "transfer": _assign, "start": _start, "fix": _fix, "check": _check, "send_back": _back,
        "confirm": _confirm, "not_done": _reopen, "refuse": _refuse, "contest": _contest, "accept": _accept,
        "reopen": _reopen, "release": _release, "lapse": _lapse,
    }
)  # fmt: skip
