"""Two tier tables on the same past: what each would have raised.

The past is a frame of moments: `subject` (0 … n-1: a hazard point, or an enterprise's profile) and the facts as they
were then, one row for each state that the subject had. A table warns of a subject once, by its gravest moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from yufang.warning.tables import DecisionTable
from yufang.warning.tiers import TIERS

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

NONE = len(TIERS)  # the place behind high, medium and low: nobody is warned


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a table says of each subject; all of shape (subjects,).

    `tier`: 0 high, 1 medium, 2 low, 3 none. `moment`: the row that was gravest, `rule` the rule that held there; both
    -1 where no rule ever held.
    """

    tier: NDArray[np.int64]
    moment: NDArray[np.int64]
    rule: NDArray[np.int64]


def verdicts(table: DecisionTable, moments: pl.DataFrame, subjects: int) -> Verdicts:
    """What `table` would have raised. Of equally grave moments the first counts."""
    tier_of = _tiers(table)
    rules = table.rules_of(moments)
    rows = moments.height
    key = tier_of[rules] * (rows + 1) + np.arange(rows)
    best = np.full(subjects, NONE * (rows + 1) + rows, dtype=np.int64)
    np.minimum.at(best, moments["subject"].to_numpy(), key)
    tier, moment = best // (rows + 1), best % (rows + 1)
    found = tier < NONE
    moment = np.where(found, moment, -1)
    return Verdicts(tier, moment, np.where(found, rules[moment] if rows else -1, -1))


def _tiers(table: DecisionTable) -> NDArray[np.int64]:
    at = [c.name for c in table.outputs].index("tier")
    # The last is that of index -1: no rule.
    return np.array([*(TIERS.index(str(r.outputs[at])) for r in table.rules), NONE], dtype=np.int64)


def unlike_reference(table: DecisionTable, moments: pl.DataFrame, most: int) -> tuple[int, list[dict[str, Any]]]:
    """Ask SpiffWorkflow about up to `most` moments, spread evenly: (how many, those it decides otherwise)."""
    from yufang.warning.tables.spiff import SpiffTable

    rows = np.unique(np.linspace(0, moments.height - 1, min(most, moments.height)).astype(int)).tolist()
    asked = moments[rows].select(c.name for c in table.inputs)
    rules, reference = table.rules_of(asked).tolist(), SpiffTable(table)
    unlike = [
        facts
        for facts, rule in zip(asked.iter_rows(named=True), rules, strict=True)
        if reference.decide(facts) != (table.rules[rule].rule_id if rule >= 0 else None)
    ]
    return len(rows), unlike
