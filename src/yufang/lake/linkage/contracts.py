"""Words of linkage: what is compared, in which levels, and what a kind of record brings along."""

from __future__ import annotations

from dataclasses import dataclass

# Kinds of records that are linked; each has a module of its own.
KINDS = ("employers", "persons")


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement: a portable SQL condition (None: all else), and m and u until data say otherwise."""

    label: str
    sql: str | None
    m: float
    u: float
    tf: str | None  # column whose rarer values weigh more


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field and its degrees of agreement, best first."""

    field: str
    null: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: its fields, how two are compared, and by which keys they may meet."""

    name: str
    fields: tuple[str, ...]
    strong: tuple[str, ...]  # one of these must hold something
    comparisons: tuple[Comparison, ...]
    blocking: tuple[str, ...]
    training: tuple[str, ...]
    prior: tuple[str, ...]
    exclusive: str | None  # two different values of this column are never one, unless a person says so
    proof: str | None  # field whose valid values prove two records one or two, so that the others can learn from it
    apart: str | None  # column whose distinct values bound how many things bear a name
    tokens: tuple[str, ...]  # columns whose values' frequency counts


def level(label: str, sql: str | None, m: float, u: float, tf: str | None = None) -> Level:
    """One level, briefly."""
    return Level(label, sql, m, u, tf)


def comparison(field: str, null: str, *levels: Level) -> Comparison:
    """One comparison, briefly."""
    return Comparison(field, null, levels)
