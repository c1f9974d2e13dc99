"""Special equipment, special operations and the training hours that the law asks of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yufang.standards.catalogue import code_list
from yufang.standards.model import Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialEquipment:
    """A kind of special equipment: what falls under it, how often it is inspected, which certificate it asks."""

    code: str
    name_zh: str
    name_en: str
    threshold_zh: str
    threshold_en: str
    cycle_zh: str
    cycle_en: str
    cycle_months: int | None  # of the regular inspection; None where it depends on grade or age
    basis: str
    certificate: str
    confidence: Confidence


def special_equipment(at: date | None = None) -> tuple[SpecialEquipment, ...]:
    """The catalogue of special equipment. Raises `NotInForce`."""
    return tuple(
        SpecialEquipment(
            code=found.code,
            name_zh=found.name_zh,
            name_en=found.name_en,
            threshold_zh=found.definition_zh,
            threshold_en=found.definition_en,
            cycle_zh=found.values["cycle_zh"],
            cycle_en=found.values["cycle_en"],
            cycle_months=int(found.values["cycle_months"]) if found.values["cycle_months"] else None,
            basis=found.values["basis"],
            certificate=found.values["certificate"],
            confidence=found.confidence,
        )
        for found in code_list("special_equipment", at)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialOperation:
    """A category of special operation with its operations as (code, zh, en). Years are those of the certificate."""

    code: str
    name_zh: str
    name_en: str
    operations: tuple[tuple[str, str, str], ...]
    valid_years: int
    review_years: int
    confidence: Confidence


def special_operations(at: date | None = None) -> tuple[SpecialOperation, ...]:
    """Categories of special operations whose operators need a certificate. Raises `NotInForce`."""
    table = code_list("special_operation", at)
    return tuple(
        SpecialOperation(
            code=found.code,
            name_zh=found.name_zh,
            name_en=found.name_en,
            operations=tuple((item.code, item.name_zh, item.name_en) for item in table.children(found.code)),
            valid_years=int(found.values["valid_years"]),
            review_years=int(found.values["review_years"]),
            confidence=found.confidence,
        )
        for found in table.roots()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingHours:
    """Least class hours of safety training: before the work starts, and each year after (None where not set)."""

    code: str
    name_zh: str
    name_en: str
    initial: int
    yearly: int | None
    clause: str
    confidence: Confidence


def training_hours(at: date | None = None) -> tuple[TrainingHours, ...]:
    """Training hours by who is trained. Raises `NotInForce`."""
    return tuple(
        TrainingHours(
            code=found.code,
            name_zh=found.name_zh,
            name_en=found.name_en,
            initial=int(found.values["initial_hours"]),
            yearly=int(found.values["yearly_hours"]) if found.values["yearly_hours"] else None,
            clause=found.clause,
            confidence=found.confidence,
        )
        for found in code_list("training_hours", at)
    )
