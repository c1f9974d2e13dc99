"""The health of the lake's data: completeness, validity, freshness, contradiction, duplication of each source."""

from yufang.lake.health.audit import audit
from yufang.lake.health.contracts import (
    FieldHealth,
    HealthReport,
    Measure,
    Reason,
    RuleCount,
    SourceHealth,
    TrendPoint,
    WorstRow,
)

__all__ = [
    "FieldHealth",
    "HealthReport",
    "Measure",
    "Reason",
    "RuleCount",
    "SourceHealth",
    "TrendPoint",
    "WorstRow",
    "audit",
]
