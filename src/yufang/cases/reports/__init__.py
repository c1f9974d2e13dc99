"""From a long accident report to a structured case (docs/algorithms/attribution.md)."""

from __future__ import annotations

from yufang.cases.reports.contracts import Count, Enterprise, Passage, Said, StructuredCase
from yufang.cases.reports.extract import structure

__all__ = ["Count", "Enterprise", "Passage", "Said", "StructuredCase", "structure"]
