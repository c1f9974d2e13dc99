"""Deduction: concrete, checkable hazard points for any enterprise, ranked by calibrated probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yufang.later import later

if TYPE_CHECKING:
    from yufang.deduction.contracts import (
        EnterpriseContext,
        HazardPoint,
        LecScore,
        Measure,
        OwnEquipment,
        PathStep,
        SupportingRecord,
    )
    from yufang.deduction.deducing import Deducer, deduce, deduce_many
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

__getattr__ = later(
    __name__,
    {
        "Deducer": "deducing",
        "DeductionModel": "model",
        "EnterpriseContext": "contracts",
        "HazardPoint": "contracts",
        "LecScore": "contracts",
        "Measure": "contracts",
        "OwnEquipment": "contracts",
        "PathStep": "contracts",
        "SupportingRecord": "contracts",
        "deduce": "deducing",
        "deduce_many": "deducing",
        "fit": "model",
        "update": "model",
    },
)
