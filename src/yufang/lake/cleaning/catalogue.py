"""The catalogue of rules: what is changed, emptied, flagged or refused, read from YAML and checked line by line.

The shipped catalogue (`rules.yaml`) can be changed by a file of the organisation's own: an id that ships takes what
differs, a new id is a rule of its own. Rules marked `fixed` belong to reading itself and can't be switched off.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from yufang.lake.errors import LakeError
from yufang.lake.tables import TABLES

Dimension = Literal["completeness", "validity", "freshness", "contradiction", "duplication"]
DIMENSIONS: tuple[Dimension, ...] = ("completeness", "validity", "freshness", "contradiction", "duplication")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Text(_Strict):
    """One text in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class NoParameters(_Strict):
    pass


class Simplify(_Strict):
    config: Literal["t2s", "tw2s", "tw2sp", "hk2s"] = "t2s"


class Nothing(_Strict):
    to: Literal["empty", "zero"]
    words: tuple[str, ...] = Field(min_length=1)

    @field_validator("words", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return tuple("null" if word is None else word for word in value) if isinstance(value, list) else value


class Numbers(_Strict):
    units: dict[str, dict[str, float]] = {}


class Range(_Strict):
    min: float | None = None
    max: float | None = None


class Identity(_Strict):
    inside: bool = False  # numbers inside longer text


class Order(_Strict):
    earlier: str
    later: str
    within_days: int | None = Field(None, ge=0)  # flags longer gaps instead of the wrong order
    least_days: int | None = Field(None, ge=0)  # flags shorter gaps


class Condition(_Strict):
    field: str
    above: float | None = None
    equals: float | str | None = None
    matches: str | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Condition:
        if sum(part is not None for part in (self.above, self.equals, self.matches)) != 1:
            raise ValueError("a condition has exactly one of above, equals, matches")
        if self.matches is not None:
            try:
                re.compile(re.sub(r"\(\?i\)", "", self.matches))
            except re.error as error:
                raise ValueError(f"matches is not a regular expression ({error})") from error
        return self


class Contradiction(_Strict):
    all: tuple[Condition, ...] = Field(min_length=2)


class Stale(_Strict):
    field: str
    days: int = Field(ge=1)
    empty: str | None = None  # only rows where this column is empty


class Near(_Strict):
    text: tuple[str, ...] = Field(min_length=1)
    threshold: float = Field(gt=0, le=1)
    same: tuple[str, ...] = ()
    day: tuple[str, ...] = ()
    within_days: int = Field(3, ge=0)
    least: int = Field(12, ge=4)  # characters; shorter texts are alike by chance


PARAMETERS: Mapping[str, type[_Strict]] = MappingProxyType(
    {
        "text": NoParameters,
        "simplify": Simplify,
        "nothing": Nothing,
        "date": NoParameters,
        "number": Numbers,
        "range": Range,
        "identity_number": Identity,
        "credit_code": NoParameters,
        "phone": NoParameters,
        "plate": NoParameters,
        "order": Order,
        "contradiction": Contradiction,
        "stale": Stale,
        "duplicate_exact": NoParameters,
        "duplicate_near": Near,
        "import": NoParameters,  # what importing itself decides
    }
)
NEED_FIELDS = ("simplify", "nothing", "range", "identity_number", "credit_code", "phone", "plate")


class Rule(_Strict):
    """One rule. `fields` are canonical columns or companions; none: wherever the operation applies."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    owner: str = Field(min_length=1)
    title: Text
    reason: Text
    operation: str
    parameters: Any = Field(NoParameters(), alias="with")
    tables: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    dimension: Dimension | None = None
    severity: Literal["info", "minor", "major"] = "minor"
    on: bool = True
    fixed: bool = False

    def covers(self, table: str) -> bool:
        return not self.tables or table in self.tables


class Companion(_Strict):
    """A column of a source that no table keeps and that rules look at."""

    kind: Literal["text", "date"]
    headers: tuple[str, ...]


class FreshBy(_Strict):
    field: str
    fresh: int = Field(ge=0)
    stale: int = Field(ge=1)


class Health(_Strict):
    """What the audit weighs and expects."""

    weights: dict[Dimension, float]
    expected: dict[str, tuple[str, ...]]
    freshness: dict[str, FreshBy]
    owners: dict[str, str] = {}  # pattern of a source's name → who answers for it


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All rules by id, the companions and the audit's expectations."""

    rules: Mapping[str, Rule]
    companions: Mapping[str, Companion]
    health: Health

    def on(self, operation: str, table: str = "") -> list[Rule]:
        """The rules of one operation that are on, and cover `table` where one is named."""
        return [
            rule
            for rule in self.rules.values()
            if rule.on and rule.operation == operation and (not table or rule.covers(table))
        ]

    def off(self) -> frozenset[str]:
        """Ids of the rules that are switched off."""
        return frozenset(rule.id for rule in self.rules.values() if not rule.on)

    def title(self, rule: str, language: str) -> str:
        """What a rule is called in `language` (zh, en); an unknown id is its own title."""
        found = self.rules.get(rule)
        return rule if found is None else str(getattr(found.title, language))

    def dimension(self, rule: str) -> Dimension | None:
        found = self.rules.get(rule)
        return found.dimension if found else None

    def digest_parts(self) -> dict[str, Any]:
        """What of the catalogue decides how rows are cleaned, for the import's identity."""
        plain = {
            key: rule.model_dump(mode="json", exclude={"title", "reason", "owner"}) for key, rule in self.rules.items()
        }
        return {"rules": plain, "companions": {k: c.model_dump(mode="json") for k, c in self.companions.items()}}


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue that comes with the lake."""
    text = files(__package__).joinpath("rules.yaml").read_text(encoding="utf-8")
    return _build(_Document("rules.yaml", text))


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The shipped catalogue, changed by the organisation's own file at `path` where one is given.

    Raises LakeError `bad_rules` naming file, line and rule for whatever is wrong in it.
    """
    if path is None:
        return shipped_catalogue()
    if not path.is_file():
        raise LakeError("missing_file", file=path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LakeError("bad_rules", file=path.name, line=1, reason=f"not UTF-8 (byte {error.start})") from error
    own = _Document(path.name, text)
    base_text = files(__package__).joinpath("rules.yaml").read_text(encoding="utf-8")
    return _build(_Document("rules.yaml", base_text), own)


class _Document:
    """A parsed YAML file that knows on which line each key stands."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._lines: dict[tuple[str, ...], int] = {}
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            self.content: Any = _SafeConstructor(text).get_single_data()
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or "not YAML"
            raise self.wrong((), str(problem), line=mark.line + 1 if mark else 1) from error
        if node is not None:
            self._walk(node, ())
        if not isinstance(self.content, dict):
            raise self.wrong((), "not a mapping with `rules`", line=1)
        unknown = set(self.content) - {"owner", "health", "companions", "rules"}
        if unknown:
            first = sorted(map(str, unknown))[0]
            raise self.wrong((first,), f"unknown key {first!r}; known are owner, health, companions, rules")

    def _walk(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                place = (*path, str(key.value))
                if place in self._lines:
                    raise self.wrong(place, f"{key.value!r} stands twice", line=key.start_mark.line + 1)
                self._lines[place] = key.start_mark.line + 1
                self._walk(value, place)
        elif isinstance(node, yaml.SequenceNode):
            for at, value in enumerate(node.value):
                self._lines[(*path, str(at))] = value.start_mark.line + 1
                self._walk(value, (*path, str(at)))

    def line(self, path: tuple[str, ...]) -> int:
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def wrong(self, path: tuple[str, ...], reason: str, line: int | None = None) -> LakeError:
        return LakeError("bad_rules", file=self.name, line=line or self.line(path), reason=reason)


class _SafeConstructor(yaml.SafeLoader):
    """SafeLoader to which `on`, `off`, `no`, `yes` as keys or words stay what the author wrote."""


_SafeConstructor.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_SafeConstructor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def _build(base: _Document, own: _Document | None = None) -> Catalogue:
    content = copy.deepcopy(base.content)
    rules: dict[str, Rule] = {
        key: _rule(base, key, body, base.content["owner"]) for key, body in content["rules"].items()
    }
    companions = dict(content["companions"])
    health = content["health"]
    if own is not None:
        mine = own.content.get("rules") or {}
        if not isinstance(mine, dict):
            raise own.wrong(("rules",), "`rules` is a mapping from ids to rules")
        owner = own.content.get("owner", "")
        for key, body in mine.items():
            rules[str(key)] = _own_rule(own, str(key), body, content["rules"].get(key), rules.get(str(key)), owner)
        companions |= own.content.get("companions") or {}
        for part, value in (own.content.get("health") or {}).items():
            health[part] = {**health.get(part, {}), **value} if isinstance(value, dict) else value
    source = own or base
    try:
        kept = {key: Companion.model_validate(body) for key, body in companions.items()}
        audit = Health.model_validate(health)
    except ValidationError as error:
        raise _told(source, ("health",), error) from error
    catalogue = Catalogue(MappingProxyType(rules), MappingProxyType(kept), audit)
    for key, rule in rules.items():
        _check_fields(source if own and key in (own.content.get("rules") or {}) else base, rule, catalogue)
    return catalogue


def _own_rule(own: _Document, key: str, body: Any, shipped: Any, known: Rule | None, owner: str) -> Rule:
    """A rule of the organisation's own file: what differs from the shipped one, or a whole new one."""
    if not isinstance(body, dict):
        raise own.wrong(("rules", key), f"rule {key}: not a mapping; to switch a rule off write `on: false`")
    if known is None:
        return _rule(own, key, body, owner)
    if known.fixed and set(body) - {"owner", "title", "reason", "severity"}:
        part = sorted(set(body) - {"owner", "title", "reason", "severity"})[0]
        reason = f"rule {key} belongs to reading itself: only owner, title, reason and severity can be changed"
        raise own.wrong(("rules", key, part), reason)
    merged = {**shipped, **body}
    if isinstance(body.get("with"), dict) and isinstance(shipped.get("with"), dict):
        merged["with"] = {**shipped["with"], **body["with"]}
    return _rule(own, key, merged, owner or known.owner)


def _rule(document: _Document, key: str, body: Any, owner: str) -> Rule:
    if not isinstance(body, dict):
        raise document.wrong(("rules", key), f"rule {key}: not a mapping")
    operation = str(body.get("operation"))
    if operation not in PARAMETERS:
        reason = f"rule {key}: unknown operation {operation!r}; there are {', '.join(PARAMETERS)}"
        raise document.wrong(("rules", key, "operation"), reason)
    try:
        parameters = PARAMETERS[operation].model_validate(body.get("with") or {})
        given = {"owner": owner, **body, "id": key, "with": parameters}
        rule = Rule.model_validate(given)
    except ValidationError as error:
        raise _told(document, ("rules", key), error, inside="with") from error
    if operation in NEED_FIELDS and not rule.fields:
        raise document.wrong(("rules", key), f"rule {key}: the operation {operation} needs `fields`")
    return rule


def _told(document: _Document, path: tuple[str, ...], error: ValidationError, inside: str = "") -> LakeError:
    """The first thing that is wrong, with the line where it stands."""
    first = error.errors()[0]
    place = tuple(str(part) for part in first["loc"])
    candidates = [(*path, *place), (*path, inside, *place)]
    line = max(document.line(candidate) for candidate in candidates)
    name = f"rule {path[1]}: " if len(path) > 1 else ""
    return document.wrong(path, f"{name}{'.'.join(place) or 'value'}: {first['msg']}", line=line)


def _check_fields(document: _Document, rule: Rule, catalogue: Catalogue) -> None:
    """Every column and table a rule names must exist."""
    for table in rule.tables:
        if table not in TABLES:
            raise document.wrong(
                ("rules", rule.id, "tables"), f"rule {rule.id}: no table {table!r}; there are {', '.join(TABLES)}"
            )
    known = {name for schema in TABLES.values() for name in schema} | set(catalogue.companions)
    named: list[tuple[str, str]] = [("fields", name) for name in rule.fields]
    parameters = rule.parameters
    if isinstance(parameters, Order):
        named += [("earlier", parameters.earlier), ("later", parameters.later)]
    elif isinstance(parameters, Stale):
        named += [("field", parameters.field), *([("empty", parameters.empty)] if parameters.empty else [])]
    elif isinstance(parameters, Contradiction):
        named += [("all", condition.field) for condition in parameters.all]
    elif isinstance(parameters, Near):
        named += [("with", name) for name in (*parameters.text, *parameters.same, *parameters.day)]
    for part, name in named:
        if name not in known:
            path = ("rules", rule.id, part) if part == "fields" else ("rules", rule.id, "with", part)
            raise document.wrong(path, f"rule {rule.id}: no column {name!r} in any table, nor a companion of that name")
