"""A draft and the table at work on the last 90 days, counted, with examples and what became of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from yufang.server.decisions import history
from yufang.server.decisions.history import Batch, Injury, Subject

if TYPE_CHECKING:
    from yufang.warning.tables import DecisionTable
    from yufang.warning.tiers import TierTable
    from yufang.warning.trial import Verdicts

TIERS = ("high", "medium", "low", "none")
MOVES = ("dropped", "lowered", "raised", "new")
MOST_EXAMPLES = 12
MOST_ENTERPRISES = 40
KEPT = 400  # of each move, of which the most telling are shown
REFERENCE = 60  # moments of each batch that SpiffWorkflow is asked about
MOST_REFERENCE = 600


class Unlike(Exception):
    """The two engines decide one case differently; carries its facts."""


@dataclass
class Tally:
    """What was counted so far."""

    subjects: Counter[str] = field(default_factory=Counter)
    matrix: dict[str, list[list[int]]] = field(
        default_factory=lambda: {"point": [[0] * 4 for _ in range(4)], "profile": [[0] * 4 for _ in range(4)]}
    )
    owners: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 8))
    moved: dict[str, Counter[str]] = field(default_factory=lambda: {move: Counter() for move in MOVES})
    kept: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {move: [] for move in MOVES})
    asked: int = 0
    below: int = 0

    def hold_against(self, batch: Batch, own: DecisionTable, floor: DecisionTable) -> None:
        """Count what an enterprise's own table would tier lower than the one above it."""
        from yufang.warning.trial import verdicts

        if batch.subjects:
            tiers = [verdicts(table, batch.moments, len(batch.subjects)).tier for table in (own, floor)]
            self.below += int((tiers[0] > tiers[1]).sum())

    def add(self, batch: Batch, before: DecisionTable, after: DecisionTable, hurt: dict[int, list[Injury]]) -> None:
        """Count one batch. Raises Unlike where SpiffWorkflow decides otherwise than the arrays do."""
        from yufang.warning.trial import verdicts

        if not batch.subjects:
            return
        self._ask_reference(batch, after)
        first = verdicts(before, batch.moments, len(batch.subjects))
        second = verdicts(after, batch.moments, len(batch.subjects))
        for at, subject in enumerate(batch.subjects):
            old, new = int(first.tier[at]), int(second.tier[at])
            self.subjects[subject.kind] += 1
            self.matrix[subject.kind][old][new] += 1
            if old == new == 3:
                continue
            counts = self.owners[subject.organisation_id]
            counts[old] += 1
            counts[4 + new] += 1
            if old != new:
                self._moved(batch, at, (first, second), (before, after), hurt)

    def _ask_reference(self, batch: Batch, table: DecisionTable) -> None:
        from yufang.warning.trial import unlike_reference

        if self.asked < MOST_REFERENCE:
            asked, unlike = unlike_reference(table, batch.moments, REFERENCE)
            self.asked += asked
            if unlike:
                raise Unlike(f"{table.key}: {unlike[0]}")

    def _moved(
        self,
        batch: Batch,
        at: int,
        found: tuple[Verdicts, Verdicts],
        tables: tuple[DecisionTable, DecisionTable],
        hurt: dict[int, list[Injury]],
    ) -> None:
        subject = batch.subjects[at]
        old, new = int(found[0].tier[at]), int(found[1].tier[at])
        move = "dropped" if new == 3 else "new" if old == 3 else "lowered" if new > old else "raised"
        same = [
            case
            for case in hurt.get(subject.organisation_id, ())
            if subject.kind == "profile" or (case.accident_type and case.accident_type == subject.accident_type)
        ]
        self.moved[move].update(["all", subject.status or "none", *(["injured"] if same else [])])
        if len(self.kept[move]) >= KEPT and not same and subject.status != "confirmed":
            return
        self.kept[move].append(_example(subject, batch, at, found, tables, same))
        if len(self.kept[move]) >= 2 * KEPT:
            self.kept[move] = sorted(self.kept[move], key=_telling)[:KEPT]


def _example(
    subject: Subject,
    batch: Batch,
    at: int,
    found: tuple[Verdicts, Verdicts],
    tables: tuple[DecisionTable, DecisionTable],
    same: Sequence[Injury],
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": subject.kind,
        "id": subject.id,
        "enterprise_id": subject.organisation_id,
        "title_zh": subject.title_zh,
        "title_en": subject.title_en,
        "status": subject.status,
        "answered_on": subject.answered_on.isoformat() if subject.answered_on else None,
        "injuries": [
            {"id": c.id, "on": c.on.isoformat(), "lost_days": c.lost_days, "deaths": c.deaths} for c in same[:5]
        ],
        "injured": len(same),
    }
    for name, verdict, table in zip(("before", "after"), found, tables, strict=True):
        rule = int(verdict.rule[at])
        decided = table.decision(rule) if rule >= 0 else None
        made[name] = TIERS[int(verdict.tier[at])]
        made[f"{name}_rule"] = decided.rule_id if decided else ""
        made[f"{name}_zh"], made[f"{name}_en"] = (decided.why_zh, decided.why_en) if decided else ("", "")
    moment = next(int(v.moment[at]) for v in found if v.moment[at] >= 0)
    facts = batch.moments.row(moment, named=True)
    made["facts"] = {name: value for name, value in facts.items() if name != "subject"}
    return made


def _telling(one: dict[str, Any]) -> tuple[Any, ...]:
    """Confirmed on site first, then where people were hurt, then the gravest."""
    gravest = min(TIERS.index(one["before"]), TIERS.index(one["after"]))
    return (
        one["status"] != "confirmed",
        -one["injured"],
        gravest,
        one["kind"],
        -(one["facts"].get("probability") or 0.0),
        one["id"],
    )


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a trial needs."""

    path: str
    since: date
    until: date
    before: TierTable
    after: TierTable
    without: tuple[str, ...]  # paths of enterprises with a table of their own
    floor: TierTable | None  # what stands above an enterprise: its own table may not ask less


def run_batch(job: Job, ids: Sequence[int], tally: Tally) -> None:
    """Count the points and profiles of some enterprises."""
    hurt = history.injuries(ids, job.since, job.until)
    for batch, key in (
        (history.points(ids, job.since, job.until), "points"),
        (history.profiles(ids, job.since, job.until), "profiles"),
    ):
        tally.add(batch, job.before.document.table(key), job.after.document.table(key), hurt)
        if job.floor is not None:
            tally.hold_against(batch, job.after.document.table(key), job.floor.document.table(key))


def result(job: Job, tally: Tally, enterprises: int) -> dict[str, Any]:
    """The trial's result as it is kept."""
    matrix = [[sum(tally.matrix[kind][old][new] for kind in tally.matrix) for new in range(4)] for old in range(4)]
    changed = {owner: counts for owner, counts in tally.owners.items() if counts[:4] != counts[4:]}
    by_size = sorted(changed.items(), key=lambda one: (-_difference(one[1]), one[0]))[:MOST_ENTERPRISES]
    examples = {move: sorted(tally.kept[move], key=_telling)[:MOST_EXAMPLES] for move in MOVES}
    ids = {owner for owner, _ in by_size} | {one["enterprise_id"] for some in examples.values() for one in some}
    names = history.names(sorted(ids))
    for some in examples.values():
        for one in some:
            one["enterprise"] = names.get(one["enterprise_id"], "")
    return {
        "enterprises": enterprises,
        "left_out": len(job.without),
        "subjects": dict(tally.subjects),
        "matrix": tally.matrix,
        "before": {tier: sum(matrix[at]) for at, tier in enumerate(TIERS[:3])},
        "after": {tier: sum(row[at] for row in matrix) for at, tier in enumerate(TIERS[:3])},
        "stood": history.stood(job.path, job.since),
        "moved": {move: dict(tally.moved[move]) for move in MOVES},
        "enterprises_changed": len(changed),
        "by_enterprise": [
            {
                "id": owner,
                "name": names.get(owner, ""),
                "before": dict(zip(TIERS[:3], counts[:3], strict=True)),
                "after": dict(zip(TIERS[:3], counts[4:7], strict=True)),
            }
            for owner, counts in by_size
        ],
        "examples": examples,
        "reference": tally.asked,
        "below": tally.below,
    }


def _difference(counts: Sequence[int]) -> int:
    return sum(abs(counts[at] - counts[4 + at]) for at in range(3))
