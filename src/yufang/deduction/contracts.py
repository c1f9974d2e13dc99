"""What leaves the room `deduction`: hazard points for one enterprise, each with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEquipment:
    """One machine or group of like machines as the enterprise writes it.

    `kind`: a pack's equipment key where known. `parameters`: (key of the pack's parameter, value as written with its
    unit) such as ("stroke_rate", "55次/分"); what stands in `name` as number and unit is read as well.
    """

    name: str
    model: str = ""
    kind: str = ""
    count: int | None = None
    place: str = ""  # workshop or line
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseContext:
    """What is known of an enterprise when hazard points are deduced. Everything but the id may be empty."""

    enterprise_id: str
    name: str = ""
    industry_code: str = ""  # GB/T 4754-2017, without the section letter
    region: str = ""
    employees: int | None = None
    equipment: tuple[str, ...] = ()  # names or pack equipment keys
    processes: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    inventory: tuple[OwnEquipment, ...] = ()  # the same equipment with model, place and parameters, where known


@dataclass(frozen=True, slots=True, kw_only=True)
class LecScore:
    """LEC (Graham-Kinney): D = L × E × C, with the colour of its band (`red|orange|yellow|blue`)."""

    likelihood: float
    exposure: float
    consequence: float
    score: float
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A control measure; `level` is its place in the hierarchy of controls."""

    level: str  # eliminate | substitute | engineering | administrative | ppe
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One edge of the graph path from the enterprise to the hazard point.

    `source_en` and `target_en` are the labels for English readers, "" where a label is a name that stays as it is.
    """

    source: str  # label of the node it starts from
    relation: str
    target: str
    provenance: str  # pack row, case ids, record ids
    support: int
    source_en: str = ""
    target_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportingRecord:
    """A case or hazard record that speaks for the point. `origin`: case | citation | inspection | report | pack."""

    record_id: str
    origin: str
    on: date | None
    enterprise_name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardPoint:
    """A concrete, checkable hazard foretold for an enterprise.

    `key` is stable across runs: `<pack>/<row>` for a pack's hazard, `article/<article>` for a cited clause,
    `injury/<facet>/<code>` for an injury pattern. `probability` is the calibrated probability in [0, 1] that an
    inspector confirms the point on the next visit. `equipment`, `part`, `training` and `signals` are Chinese; their
    `…_en` hold the same in English, "" or () where there is none. `ppe` holds GB 39800 codes.

    `own_zh`, `own_en` name the enterprise's own machine with its model, "" where the equipment is only to be expected;
    `settings_…` the parameters it runs at. `cause_factor` is the one of the five factors that the circumstance speaks
    of most, `cause_…` its text. `check_…` is what the inspector does on site. `text_…` says all of it in one sentence.
    """

    key: str
    rank: int
    title_zh: str
    title_en: str
    equipment: str
    part: str
    circumstance_zh: str
    circumstance_en: str
    consequence_zh: str
    consequence_en: str
    accident_type: str  # GB 6441-2025 code, "" where unknown
    severity: str  # minor | serious | fatal | multi_fatal
    probability: float
    lec: LecScore
    measures: tuple[Measure, ...]
    clause: str
    training: str
    ppe: tuple[str, ...]
    signals: tuple[str, ...]
    path: tuple[PathStep, ...]
    records: tuple[SupportingRecord, ...]
    model_version: str
    equipment_en: str = ""
    part_en: str = ""
    training_en: str = ""
    signals_en: tuple[str, ...] = ()
    own_zh: str = ""
    own_en: str = ""
    settings_zh: str = ""
    settings_en: str = ""
    cause_factor: str = ""  # human | machine | material | method | environment
    cause_zh: str = ""
    cause_en: str = ""
    check_zh: str = ""
    check_en: str = ""
    text_zh: str = ""
    text_en: str = ""
    exposure: str = ""  # continuous | daily | weekly | monthly | yearly, as in the packs
