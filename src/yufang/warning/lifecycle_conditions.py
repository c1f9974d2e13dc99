"""Conditions of alert rules as data: AND, OR and NOT over named facts, read from plain mappings (YAML, JSON).

A fact that is missing makes a comparison neither true nor false (Kleene's three-valued logic), and only what is true
holds: an unknown value never raises an alert and never clears one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Fact = float | int | str | bool
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": lambda found, wanted: found >= wanted,
    "at_most": lambda found, wanted: found <= wanted,
    "above": lambda found, wanted: found > wanted,
    "below": lambda found, wanted: found < wanted,
    "is": lambda found, wanted: found == wanted,
    "one_of": lambda found, wanted: found in wanted,
}
_DEEPEST = 12


class ConditionError(ValueError):
    """A condition that cannot be read; the message names the place in the tree, the value and what is expected."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A node of the tree. `kind`: all | any | not | one of the comparisons (then `fact` and `value` are set)."""

    kind: str
    parts: tuple[Condition, ...] = ()
    fact: str = ""
    value: Any = None

    def holds(self, facts: Mapping[str, Fact]) -> bool | None:
        """True, False, or None where the facts at hand do not tell."""
        if self.kind == "all":
            found = [part.holds(facts) for part in self.parts]
            return False if False in found else (None if None in found else True)
        if self.kind == "any":
            found = [part.holds(facts) for part in self.parts]
            return True if True in found else (None if None in found else False)
        if self.kind == "not":
            inner = self.parts[0].holds(facts)
            return None if inner is None else not inner
        return self._compare(facts.get(self.fact))

    def _compare(self, found: Fact | None) -> bool | None:
        ordered = self.kind not in ("is", "one_of")
        if found is None or (ordered and (isinstance(found, (str, bool)))):
            return None
        if ordered and found != found:  # NaN: a broken sensor tells nothing
            return None
        return bool(_COMPARE[self.kind](found, self.value))

    def facts(self) -> frozenset[str]:
        """Names of all facts that the tree asks for."""
        if self.parts:
            return frozenset().union(*(part.facts() for part in self.parts))
        return frozenset({self.fact})


def read_condition(data: object, where: str = "condition", depth: int = 0) -> Condition:
    """Read a tree: `{all: [...]}`, `{any: [...]}`, `{not: {...}}`, or `{fact: name, at_least: 1.0}`.

    Comparisons: at_least, at_most, above, below (numbers), is (a value), one_of (a list). Raises ConditionError.
    """
    if depth > _DEEPEST:
        raise ConditionError(f"{where}: more than {_DEEPEST} levels deep; write it flatter")
    if not isinstance(data, Mapping):
        raise ConditionError(f"{where}: expected a mapping such as {{fact: name, at_least: 1}}, given: {data!r}")
    keys = set(data)
    for kind in ("all", "any"):
        if keys == {kind}:
            parts = data[kind]
            if not isinstance(parts, list) or not parts:
                raise ConditionError(f"{where}.{kind}: expected a list of at least one condition, given: {parts!r}")
            return Condition(
                kind, tuple(read_condition(p, f"{where}.{kind}[{n}]", depth + 1) for n, p in enumerate(parts))
            )
    if keys == {"not"}:
        return Condition("not", (read_condition(data["not"], f"{where}.not", depth + 1),))
    return _comparison(data, where)


def _comparison(data: Mapping[Any, Any], where: str) -> Condition:
    kinds = set(data) - {"fact"}
    if "fact" not in data or len(kinds) != 1 or not kinds <= set(_COMPARE):
        given, known = sorted(map(str, data)), ", ".join(_COMPARE)
        raise ConditionError(f"{where}: expected all, any, not, or fact with one of {known}; given: {given}")
    (kind,) = kinds
    fact, value = data["fact"], data[kind]
    if not isinstance(fact, str) or not fact:
        raise ConditionError(f"{where}.fact: expected the name of a fact, given: {fact!r}")
    if kind == "one_of":
        if not isinstance(value, list) or not value:
            raise ConditionError(f"{where}.one_of: expected a list of values, given: {value!r}")
        value = tuple(value)
    elif kind != "is" and (isinstance(value, bool) or not isinstance(value, (int, float)) or value != value):
        raise ConditionError(f"{where}.{kind}: expected a number, given: {value!r}")
    return Condition(str(kind), fact=fact, value=value)
