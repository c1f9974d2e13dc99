"""What each room keeps of people, said by the room itself.

A room's `apps.py` carries `personal`, one `Holding` for each model with a field that names a person. Export, erasure
and the page "what is kept of me" read nothing else, so a room that is declared is in all three; a test walks all models
and fails for one that is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Erase = Literal["keep", "delete", "clear"]
DUTY = "PIPL 13(3)"  # a statutory duty: work-safety records
CONTRACT = "PIPL 13(2)"  # needed for the work, under labour rules
CONSENT = "PIPL 13(1), 29"


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows of one model that concern a person.

    of: fields that name the person. shows: fields that stand in an export. only: of the fields in `of`, those by which
    a row is about the person and not only by them; empty: the first one. erase: what becomes of rows about the person:
    keep (the person's name in them is a pseudonym), clear (the fields `clears` are emptied), delete. names: (field that
    names the person, text field that carries the name beside it). law: what the record rests on.
    """

    model: str
    of: tuple[str, ...]
    shows: tuple[str, ...]
    erase: Erase
    zh: str
    en: str
    law: str
    only: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    names: tuple[str, str] | None = None

    def subjects(self) -> tuple[str, ...]:
        """Fields by which a row is about the person."""
        return self.only or self.of[:1]


def acted(model: str, *of: str, shows: tuple[str, ...] = ("at",), zh: str, en: str, law: str = DUTY) -> Holding:
    """What somebody did in office: a record that law or safety needs whole. Erasure keeps it, under a pseudonym."""
    return Holding(model, of=of, shows=shows, erase="keep", zh=zh, en=en, law=law)


def owned(model: str, *of: str, shows: tuple[str, ...] = (), zh: str, en: str, law: str = CONTRACT) -> Holding:
    """What is there for the person only. Erasure deletes it."""
    return Holding(model, of=of, shows=shows, erase="delete", zh=zh, en=en, law=law)


def holdings() -> list[tuple[Any, Holding]]:
    """(model, holding) of every room, in the order of the rooms."""
    from django.apps import apps

    found = []
    for config in apps.get_app_configs():
        found += [(_model(config, one.model), one) for one in getattr(config, "personal", ())]
    return found


def _model(config: Any, name: str) -> Any:
    """`app.Model` for a table of a library, which can't declare its own."""
    from django.apps import apps

    return apps.get_model(name) if "." in name else config.get_model(name)


def person_fields(model: Any) -> set[str]:
    """Fields of a model that name a person, by their type."""
    from yufang.server.accounts.models import Person

    return {f.name for f in model._meta.get_fields() if f.is_relation and f.concrete and f.related_model is Person}
