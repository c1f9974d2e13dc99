"""Mappings: which canonical column comes from which column of a file. Written as YAML, described in docs/lake.md."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from fnmatch import fnmatch
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from yufang.lake.errors import LakeError
from yufang.lake.tables import TABLES
from yufang.lake.values import DATE_ORDERS, UNITS

# Kind of record, as the command line names it → its table.
KINDS: MappingProxyType[str, str] = MappingProxyType(
    {"cases": "injury_cases", "hazards": "hazard_records", "enterprises": "enterprises", "equipment": "equipment"}
)
PROVENANCE = ("source", "source_row")
# What a row about an enterprise's case or hazard may also say about the enterprise itself.
ENTERPRISE_FIELDS = tuple(name for name in TABLES["enterprises"] if name not in ("enterprise_id", "name", *PROVENANCE))
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields that a mapping for `kind` may fill."""
    own = tuple(name for name in TABLES[KINDS[kind]] if name not in PROVENANCE)
    return (*own, "enterprise_name") if kind == "equipment" else own


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Column(BaseModel):
    """Where one canonical column comes from and how its values are read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    sources: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(
        (), alias="from", description="source column, or several that are joined"
    )
    join: str = Field(" ", description="what stands between several source columns")
    value: str | None = Field(None, description="a constant, the same for every row")
    template: str | None = Field(None, description="text with {source column} in it; empty where one of them is")
    hash: tuple[str, ...] = Field((), description="source columns from which an id is derived")
    prefix: str = Field("", description="put before an id")
    extract: str | None = Field(None, description="regular expression: the first group is the value")
    values: dict[str, str] = Field({}, description="value as written → value to store")
    other: Literal["keep", "empty", "reject"] = Field("keep", description="what to do with a value not in `values`")
    dates: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(
        (), description="ymd, dmy, mdy, roc or a strptime pattern"
    )
    unit: str | None = Field(None, description="unit of the source: days, hours, weeks, months, persons, …")
    use: Literal["first_article"] | None = Field(None, description="a derivation by name")

    @model_validator(mode="after")
    def _one_origin(self) -> Column:
        origins = [bool(self.sources), self.value is not None, self.template is not None, bool(self.hash)]
        if sum(origins) != 1:
            raise ValueError("give exactly one of: from, value, template, hash")
        if self.unit is not None and self.unit not in UNITS:
            raise ValueError(f"unit {self.unit!r} is not one of {', '.join(UNITS)}")
        for form in self.dates:
            if form not in DATE_ORDERS and "%" not in form:
                raise ValueError(
                    f"date format {form!r} is neither one of {', '.join(DATE_ORDERS)} nor a strptime pattern"
                )
        if self.extract is not None and re.compile(self.extract).groups < 1:
            raise ValueError("extract needs a group in brackets")
        return self

    def needs(self) -> tuple[str, ...]:
        """Return the source columns this one reads."""
        return (*self.sources, *self.hash, *_PLACEHOLDER.findall(self.template or ""))


def _as_column(value: Any) -> Any:
    """`found_on: date` is short for `found_on: {from: date}`."""
    return {"from": value} if isinstance(value, str | list) else value


Columns = dict[str, Annotated[Column, BeforeValidator(_as_column)]]


class FileMapping(BaseModel):
    """How the files whose name fits `pattern` fill one table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: str = "*"
    kind: Literal["cases", "hazards", "enterprises", "equipment"]
    sheet: str | None = None
    duplicates: Literal["keep", "reject"] | None = None
    columns: Columns
    enterprise: Columns = {}

    @model_validator(mode="after")
    def _known_fields(self) -> FileMapping:
        for given, known, part in (
            (self.columns, fields_of(self.kind), "columns"),
            (self.enterprise, ENTERPRISE_FIELDS, "enterprise"),
        ):
            unknown = [name for name in given if name not in known]
            if unknown:
                raise ValueError(
                    f"{part}: {', '.join(unknown)} not among the fields of {self.kind}: {', '.join(known)}"
                )
        if self.enterprise and self.kind in ("enterprises", "equipment"):
            raise ValueError(f"a mapping of {self.kind} has no part `enterprise`")
        return self

    def needs(self) -> list[str]:
        """Return every source column that the mapping reads, each once."""
        specs = (*self.columns.values(), *self.enterprise.values())
        return list(dict.fromkeys(column for spec in specs for column in spec.needs()))

    def missing(self, present: Iterable[str]) -> list[str]:
        """Return the source columns that `present` lacks."""
        there = set(present)
        return [column for column in self.needs() if column not in there]

    def digest(self) -> str:
        """Return a hash that changes with any part of the mapping."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def keeps_duplicates(self) -> bool:
        """Two identical injury cases may be two hurt people; two identical findings are one."""
        return self.duplicates == "keep" or (self.duplicates is None and self.kind == "cases")


class MappingFile(BaseModel):
    """A mapping file: one entry for each kind of file of a folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    title: dict[str, str] = {}
    source: str = ""
    licence: str = ""
    note: str = ""
    files: tuple[FileMapping, ...]

    def for_file(self, name: str) -> FileMapping | None:
        """Return the entry whose pattern fits the file name, if any."""
        return next((entry for entry in self.files if fnmatch(name.lower(), entry.pattern.lower())), None)


def load_mapping(path: Path | str, kind: str | None = None) -> MappingFile:
    """Read a mapping file; `kind` is for a file that holds only `columns`. Raise LakeError naming what is wrong in it.

    `path` may also be the name of a mapping that ships with the lake (`taiwan_citations`).
    """
    shipped = shipped_mappings()
    if isinstance(path, str) and path in shipped:
        return shipped[path]
    path = Path(path)
    if not path.is_file():
        raise LakeError("missing_file", file=path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LakeError("bad_mapping", mapping=path.name, reason=" ".join(str(error).split())) from error
    return _parse(content, path.name, kind)


def shipped_mappings() -> dict[str, MappingFile]:
    """Return the mappings that come with the lake, by name."""
    folder = files("yufang.lake").joinpath("mappings")
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yaml")), key=lambda e: e.name)
    return {
        entry.name.removesuffix(".yaml"): _parse(yaml.safe_load(entry.read_text(encoding="utf-8")), entry.name, None)
        for entry in found
    }


def _parse(content: Any, name: str, kind: str | None) -> MappingFile:
    if not isinstance(content, dict):
        raise LakeError("bad_mapping", mapping=name, reason="not a YAML mapping with `files` or `columns`")
    if "columns" in content and "files" not in content:
        whole = {key: content[key] for key in ("name", "title", "source", "licence", "note") if key in content}
        entry = {key: value for key, value in content.items() if key not in whole}
        content = {**whole, "files": [{"kind": kind, **entry}]}
    try:
        mapping = MappingFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise LakeError("bad_mapping", mapping=name, reason=f"{place}: {first['msg']}") from error
    return mapping if mapping.name else mapping.model_copy(update={"name": name.removesuffix(".yaml")})
