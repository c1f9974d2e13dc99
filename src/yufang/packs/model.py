"""Schema of an industry pack: what can hurt people in one industry, and what stops it.

A pack is one folder `src/yufang/packs/data/<key>/` with `pack.yaml` (metadata, equipment, tasks, materials)
and `hazards/*.yaml` (lists of hazards). Every text is bilingual (`zh`, `en`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Severity = Literal["minor", "serious", "fatal", "multi_fatal"]
ControlLevel = Literal["eliminate", "substitute", "engineering", "administrative", "ppe"]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Text(Model):
    """A text in both languages."""

    zh: str = Field(min_length=2)
    en: str = Field(min_length=2)


class Equipment(Model):
    """An equipment kind. `aliases`: other names people write; `parts`: the parts that hazards refer to."""

    key: Key
    name: Text
    aliases: tuple[str, ...] = ()
    parts: dict[Key, Text] = Field(default_factory=dict)
    parameters: dict[Key, Text] = Field(default_factory=dict, description="What varies by model, e.g. stroke rate")
    special_equipment: str = Field("", description="Catalogue code where it is special equipment, e.g. '4000'")


class Task(Model):
    """A task or process people carry out."""

    key: Key
    name: Text
    aliases: tuple[str, ...] = ()


class Material(Model):
    """A material that is handled, stored or given off."""

    key: Key
    name: Text
    aliases: tuple[str, ...] = ()
    cas: str = ""


class Causes(Model):
    """The five factors; at least three of them are filled."""

    human: Text | None = None
    machine: Text | None = None
    material: Text | None = None
    method: Text | None = None
    environment: Text | None = None


class ControlMeasure(Model):
    """A measure and its level in the hierarchy of controls."""

    level: ControlLevel
    text: Text


class Clause(Model):
    """Where the rule stands. `status`: read in full (`text`) or known only by title or topic (`title`)."""

    ref: str = Field(min_length=3)
    status: Literal["text", "title"]


class Hazard(Model):
    """One checkable hazard: a part of an equipment fails or is used in a circumstance, with a consequence."""

    id: str = Field(pattern=r"^[A-Z]{2}-[0-9]{2,3}$")
    title: Text
    equipment: Key
    part: Key | None = None
    task: Key | None = None
    materials: tuple[Key, ...] = ()
    circumstance: Text
    consequence: Text
    causes: Causes
    accident_type: str = Field(pattern=r"^WSA1[0-9]{4}$", description="GB 6441-2025 code")
    severity: Severity
    prevalence: Literal["common", "occasional", "rare"] = Field(description="How often an inspector finds it")
    exposure: Literal["continuous", "daily", "weekly", "monthly", "yearly"]
    measures: tuple[ControlMeasure, ...] = Field(min_length=2)
    ppe: tuple[str, ...] = Field((), description="GB 39800 PPE codes, e.g. 'TB-01'")
    training: Text
    check: Text = Field(description="What an inspector does on site to confirm or refute it")
    clause: Clause
    signals: tuple[Text, ...] = ()
    words: tuple[str, ...] = Field((), description="Phrases that records use for this hazard, in Chinese")


class Pack(Model):
    """An industry pack."""

    urn: str = Field(pattern=r"^urn:yufang:pack:[a-z][a-z0-9-]*$")
    key: Key
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    name: Text
    locale: Literal["zh-CN"]
    source: str = Field(min_length=10)
    licence: Literal["CC-BY-4.0"]
    industries: tuple[str, ...] = Field(min_length=1, description="GB/T 4754-2017 codes it covers, any level")
    equipment: tuple[Equipment, ...]
    tasks: tuple[Task, ...]
    materials: tuple[Material, ...] = ()
    hazards: tuple[Hazard, ...] = ()
