"""Deduction: concrete, checkable hazard points for any enterprise, ranked by calibrated probability."""

from yufang.deduction.contracts import (
    EnterpriseContext,
    HazardPoint,
    LecScore,
    Measure,
    OwnEquipment,
    PathStep,
    SupportingRecord,
)
from yufang.deduction.deduce import Deducer, deduce, deduce_many
from yufang.deduction.model import DeductionModel, fit, update

__all__ = [
    "Deducer",
    "DeductionModel",
    "EnterpriseContext",
    "HazardPoint",
    "LecScore",
    "Measure",
    "OwnEquipment",
    "PathStep",
    "SupportingRecord",
    "deduce",
    "deduce_many",
    "fit",
    "update",
]
