"""What if? Another state of a guard, another shift pattern, other equipment, processes or materials: the points and the
LEC scores before and after, each movement with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from yufang.deduction.changes import ChangeError, Changes, GuardChange, PartState, Shift, part_states, shifts
from yufang.deduction.contracts import EnterpriseContext, HazardPoint, LecScore, OwnEquipment
from yufang.deduction.deducing import LEAST, Candidate, Deducer
from yufang.deduction.inventory import inventory, name_of
from yufang.deduction.scoring import EXPOSURE
from yufang.deduction.wording import Wording
from yufang.graph.linking import simplify
from yufang.packs import Pack, match_material, match_task

Belief = Callable[[str, float], float]
MOST_SHOWN = 40
EXPOSURE_NAMES = {
    "continuous": ("连续暴露", "continuous"),
    "daily": ("每日工作时间内", "daily"),
    "weekly": ("每周一次", "weekly"),
    "monthly": ("每月一次", "monthly"),
    "yearly": ("每年几次", "yearly"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A point's score; `rank` is its place on the list of `n`, None where it is not on it."""

    probability: float
    lec: LecScore
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointChange:
    """One point before and after; None on the side where it cannot occur. `move`: new | gone | up | down | same."""

    key: str
    title_zh: str
    title_en: str
    equipment: str
    equipment_en: str
    part: str
    part_en: str
    before: Scored | None
    after: Scored | None
    move: str
    reasons_zh: tuple[str, ...]
    reasons_en: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Both lists, and what moved, the largest movement of the LEC score first.

    `score_before`, `score_after`: sum of the LEC scores of the points on either list, each counted where it can occur.
    """

    before: tuple[HazardPoint, ...]
    after: tuple[HazardPoint, ...]
    moved: tuple[PointChange, ...]
    score_before: float
    score_after: float
    told_zh: tuple[str, ...]
    told_en: tuple[str, ...]


def what_if(
    deducer: Deducer,
    context: EnterpriseContext,
    changes: Changes,
    *,
    at: date,
    n: int = 10,
    belief: Belief | None = None,
) -> WhatIf:
    """The enterprise's points as it is and under `changes`.

    belief (key, probability) → probability: what inspectors' answers have made of a point; applied on both sides.
    Raises ChangeError for a change that can't be made.
    """
    after_context = changed_context(deducer, context, changes)
    now = _Treated(belief=belief)
    then = _treatment(deducer, after_context, changes, belief)
    before, after = (
        deducer.candidates(context, at=at, treatment=now),
        deducer.candidates(after_context, at=at, treatment=then),
    )
    listed = deducer.points(context, at=at, n=n, treatment=now)
    relisted = deducer.points(after_context, at=at, n=n, treatment=then)
    shown = {point.key for point in (*listed, *relisted)}
    explain = _Explainer(then, changes)
    moved = []
    for key in dict.fromkeys([*before, *after]):
        one = _change(before.get(key), after.get(key), _ranks(listed), _ranks(relisted), explain)
        if one is not None and (key in shown or explain.touches(after.get(key))):
            moved.append(one)
    moved.sort(key=lambda change: (-_distance(change), change.key))
    english = {m.zh: m.en for own in deducer.own_machines(after_context).values() for m in own}
    told = _told(changes, then, english)
    return WhatIf(
        before=listed,
        after=relisted,
        moved=tuple(moved[:MOST_SHOWN]),
        score_before=round(sum(before[key].lec.score for key in shown if key in before), 2),
        score_after=round(sum(after[key].lec.score for key in shown if key in after), 2),
        told_zh=tuple(zh for zh, _ in told),
        told_en=tuple(en for _, en in told),
    )


@dataclass(frozen=True, slots=True)
class Believed:
    """What inspectors' answers have made of each point, and nothing else changed."""

    belief: Belief

    def probability(self, wording: Wording, probability: float) -> float:
        """The probability after the answers."""
        return self.belief(wording.key, probability)

    def exposure(self, wording: Wording) -> str:
        """As in the pack."""
        return wording.exposure


@dataclass(frozen=True, slots=True)
class _Treated:
    """Belief first, then the factors of the changes on the odds; and the exposure of the shift pattern."""

    belief: Belief | None = None
    parts: tuple[tuple[str, str, PartState], ...] = ()  # equipment node, part key or "" for all, state
    shift: Shift | None = None
    part_names: tuple[tuple[str, str, str], ...] = ()  # key, zh, en of the parts of the equipment in question

    def factor(self, wording: Wording) -> float:
        odds = self.shift.human_odds if self.shift and wording.cause_factor == "human" else 1.0
        for state in self.states(wording):
            odds *= state.odds
        return odds

    def states(self, wording: Wording) -> list[PartState]:
        return [s for node, part, s in self.parts if node == wording.equipment_node and part in ("", wording.part_key)]

    def probability(self, wording: Wording, probability: float) -> float:
        if self.belief is not None:
            probability = self.belief(wording.key, probability)
        factor = self.factor(wording)
        return probability if factor == 1.0 else factor * probability / (1 - probability + factor * probability)

    def exposure(self, wording: Wording) -> str:
        return self.shift.exposure.get(wording.exposure, wording.exposure) if self.shift else wording.exposure


def _treatment(deducer: Deducer, context: EnterpriseContext, changes: Changes, belief: Belief | None) -> _Treated:
    shift = None
    if changes.shift:
        if changes.shift not in shifts():
            raise _unknown("shift", changes.shift, list(shifts()))
        shift = shifts()[changes.shift]
    parts = [one for guard in changes.guards for one in _guarded(deducer, context, guard)]
    names = [(key, t.zh, t.en) for node, _, _ in parts for key, t in deducer.parts_of(node).items()]
    return _Treated(belief=belief, parts=tuple(parts), shift=shift, part_names=tuple(names))


def _guarded(deducer: Deducer, context: EnterpriseContext, guard: GuardChange) -> list[tuple[str, str, PartState]]:
    """The equipment nodes and part that a guard change speaks of. Raises ChangeError."""
    if guard.state not in part_states():
        raise _unknown("state", guard.state, list(part_states()))
    owned = deducer.own_machines(context)
    named = set(deducer.applicability.equipment_nodes(guard.equipment, context.industry_code))
    nodes = [node for node, own in owned.items() if node in named or guard.equipment in {m.zh for m in own}]
    if not nodes:
        names = [name_of(own)[0] for own in owned.values()]
        raise _unknown("equipment", guard.equipment, names)
    if not guard.part:
        return [(node, "", part_states()[guard.state]) for node in nodes]
    found = []
    for node in nodes:
        parts = deducer.parts_of(node)
        hit = next((k for k, text in parts.items() if guard.part in (k, text.zh, text.en)), None)
        if hit is not None:
            found.append((node, hit, part_states()[guard.state]))
    if not found:
        raise _unknown("part", guard.part, [text.zh for node in nodes for text in deducer.parts_of(node).values()])
    return found


def _unknown(field: str, value: str, possible: Sequence[str]) -> ChangeError:
    some = "、".join(possible[:12]) or "（无）"
    return ChangeError(
        field,
        f"{field}：没有“{value}”，可用：{some}",
        f"{field}: there is no {value!r}; possible: {', '.join(possible[:12])}",
    )


def changed_context(deducer: Deducer, context: EnterpriseContext, changes: Changes) -> EnterpriseContext:
    """The context with equipment, processes and materials added and taken away. Raises ChangeError."""
    own = list(inventory(context))
    for name in changes.drop_equipment:
        own = _without(deducer, context, own, name)
    for name in changes.add_equipment:
        if not deducer.applicability.equipment_nodes(name, context.industry_code):
            kinds = [kind.name.zh for pack in deducer.graph.packs for kind in pack.equipment]
            raise _near("add_equipment", name, kinds)
        own.append(OwnEquipment(name=name))
    words = {}
    for field, add, drop in (
        ("processes", changes.add_processes, changes.drop_processes),
        ("materials", changes.add_materials, changes.drop_materials),
    ):
        had: tuple[str, ...] = getattr(context, field)
        for name in drop:
            if name not in had:
                raise _unknown(f"drop_{field}", name, had)
        for name in add:
            _known(deducer, field, name)
        words[field] = (*(word for word in had if word not in drop), *add)
    if not (changes.add_equipment or changes.drop_equipment):
        return replace(context, processes=words["processes"], materials=words["materials"])
    # The words are made anew, so that what was taken away does not stay behind in them.
    return replace(
        context,
        inventory=tuple(own),
        equipment=(),
        processes=words["processes"],
        materials=words["materials"],
    )


def _known(deducer: Deducer, field: str, name: str) -> None:
    """Raise ChangeError where no pack knows a process or material."""
    task = field == "processes"

    def knows(pack: Pack) -> bool:
        return (match_task(pack, name) if task else match_material(pack, name)) is not None

    if not any(knows(pack) for pack in deducer.graph.packs):
        names = [entry.name.zh for pack in deducer.graph.packs for entry in (pack.tasks if task else pack.materials)]
        raise _near(f"add_{field}", name, names)


def _near(field: str, value: str, names: Sequence[str]) -> ChangeError:
    near = get_close_matches(simplify(value), names, n=3, cutoff=0.2) or sorted(set(names))[:3]
    return ChangeError(
        field,
        f"{field}：行业知识包里没有“{value}”，最接近的是：{'、'.join(near)}",
        f"{field}: no pack knows {value!r}; the nearest names are {', '.join(near)}",
    )


def _without(deducer: Deducer, context: EnterpriseContext, own: list[OwnEquipment], name: str) -> list[OwnEquipment]:
    """The machines without those called `name`: by their own name, else by the kind it names."""
    left = [one for one in own if name not in (one.name, one.kind, f"{one.name}（{one.model}）")]
    if len(left) < len(own):
        return left
    shown = deducer.own_machines(context)
    nodes = {node for node, machines in shown.items() if name in {m.zh for m in machines}}
    nodes |= set(deducer.applicability.equipment_nodes(name, context.industry_code))

    left = [one for one in own if not nodes & set(deducer.applicability.machine_nodes(one, context.industry_code))]
    if len(left) == len(own):
        raise _unknown("drop_equipment", name, [one.name for one in own])
    return left


def _ranks(points: Sequence[HazardPoint]) -> dict[str, int]:
    return {point.key: point.rank for point in points}


def _change(
    before: Candidate | None,
    after: Candidate | None,
    ranks: dict[str, int],
    new_ranks: dict[str, int],
    explain: _Explainer,
) -> PointChange | None:
    known = after or before
    if known is None or max(c.probability for c in (before, after) if c) < LEAST:
        return None
    wording = known.wording
    move = _move(before, after)
    reasons = explain.reasons(before, after, move)
    return PointChange(
        key=known.key,
        title_zh=wording.title_zh,
        title_en=wording.title_en,
        equipment=wording.equipment,
        equipment_en=wording.equipment_en,
        part=wording.part,
        part_en=wording.part_en,
        before=_scored(before, ranks),
        after=_scored(after, new_ranks),
        move=move,
        reasons_zh=tuple(zh for zh, _ in reasons),
        reasons_en=tuple(en for _, en in reasons),
    )


def _scored(candidate: Candidate | None, ranks: dict[str, int]) -> Scored | None:
    if candidate is None:
        return None
    return Scored(probability=round(candidate.probability, 4), lec=candidate.lec, rank=ranks.get(candidate.key))


def _move(before: Candidate | None, after: Candidate | None) -> str:
    if before is None or after is None:
        return "new" if before is None else "gone"
    old, new = ((c.lec.score, round(c.probability, 3)) for c in (before, after))
    if old == new:
        return "same"
    return "up" if new > old else "down"


def _distance(change: PointChange) -> float:
    old, new = (side.lec.score if side else 0.0 for side in (change.before, change.after))
    moved = abs(new - old)
    chance = abs(
        (change.after.probability if change.after else 0) - (change.before.probability if change.before else 0)
    )
    return moved + chance


@dataclass(frozen=True, slots=True)
class _Explainer:
    """Says why a point moved."""

    treatment: _Treated
    changes: Changes

    def touches(self, candidate: Candidate | None) -> bool:
        """Whether a guard change speaks of the point itself."""
        return candidate is not None and bool(self.treatment.states(candidate.wording))

    def reasons(self, before: Candidate | None, after: Candidate | None, move: str) -> list[tuple[str, str]]:
        if before is None or after is None:
            return [self._come_or_gone(after or before, move)]
        found: list[tuple[str, str]] = []
        wording = after.wording
        for state in self.treatment.states(wording):
            found.append(
                (
                    f"{wording.part or wording.equipment}{state.zh}：属实几率之比 ×{state.odds:g}",
                    f"{wording.part_en or wording.equipment_en} {state.en}: odds of being confirmed × {state.odds:g}",
                )
            )
        shift = self.treatment.shift
        if shift is not None and shift.human_odds != 1.0 and wording.cause_factor == "human":
            found.append(
                (
                    f"{shift.zh}，主因在人（疲劳）：属实几率之比 ×{shift.human_odds:g}",
                    f"{shift.en}, people are the main cause (fatigue): odds × {shift.human_odds:g}",
                )
            )
        if before.exposure != after.exposure:
            old, new = EXPOSURE_NAMES[before.exposure], EXPOSURE_NAMES[after.exposure]
            e, f = EXPOSURE[before.exposure], EXPOSURE[after.exposure]
            found.append((f"{old[0]}变为{new[0]}：E {e:g} → {f:g}", f"exposure {old[1]} → {new[1]}: E {e:g} → {f:g}"))
        if before.lec.likelihood != after.lec.likelihood:
            old_l, new_l = before.lec.likelihood, after.lec.likelihood
            found.append((f"可能性 L {old_l:g} → {new_l:g}", f"likelihood L {old_l:g} → {new_l:g}"))
        elif found and before.exposure == after.exposure and move != "same":
            found.append(("概率仍在同一档，L 不变", "the probability stays within its step, so L does not move"))
        if not found and move != "same":
            found.append(
                ("设备、工艺或物料变了，同类企业的比较随之变化", "another mix of equipment, processes or materials")
            )
        return found

    def _come_or_gone(self, candidate: Candidate | None, move: str) -> tuple[str, str]:
        what = candidate.wording if candidate else None
        zh, en = (what.equipment or what.title_zh, what.equipment_en or what.title_en) if what else ("", "")
        if move == "new":
            return f"{zh}进入清单，带来这一点", f"{en} comes onto the list and brings this point"
        return f"{zh}不再使用，或清单已足以排除它", f"{en} is no longer used, or the list now rules it out"


def _told(changes: Changes, treatment: _Treated, english: Mapping[str, str]) -> list[tuple[str, str]]:
    """The changes in words; `english`: names of the machines."""
    told: list[tuple[str, str]] = []
    for guard in changes.guards:
        state = part_states()[guard.state]
        parts = next(((zh, en) for key, zh, en in treatment.part_names if key == guard.part), (guard.part, guard.part))
        name_en = english.get(guard.equipment, guard.equipment)
        zh, en = (f"·{parts[0]}", f", {parts[1]}") if guard.part else ("", "")
        told.append((f"{guard.equipment}{zh}：{state.zh}", f"{name_en}{en}: {state.en}"))
    if treatment.shift is not None:
        told.append((f"班制：{treatment.shift.zh}", f"Shifts: {treatment.shift.en}"))
    for field, zh, en in (
        ("add_equipment", "新增设备", "Equipment added"),
        ("drop_equipment", "停用设备", "Equipment given up"),
        ("add_processes", "新增工艺", "Process added"),
        ("drop_processes", "停用工艺", "Process given up"),
        ("add_materials", "新增物料", "Material added"),
        ("drop_materials", "停用物料", "Material given up"),
    ):
        names = getattr(changes, field)
        if names:
            told.append((f"{zh}：{'、'.join(names)}", f"{en}: {', '.join(names)}"))
    return told


def unknown_equipment(deducer: Deducer, context: EnterpriseContext) -> dict[str, tuple[str, ...]]:
    """Equipment words that no pack knows, each with the nearest names; the rest is deduced all the same."""
    names = sorted({kind.name.zh for pack in deducer.graph.packs for kind in pack.equipment})
    found = {}
    for one in inventory(context):
        if not deducer.applicability.machine_nodes(one, context.industry_code):
            found[one.name] = tuple(get_close_matches(simplify(one.name), names, n=3, cutoff=0.2) or names[:3])
    return found
