"""Papers that ran out: reports of special equipment's statutory inspection, and operators' certificates.

What is due follows from the tables of `yufang.standards` (Special Equipment Safety Law art. 40; General
Administration order 30 art. 19, 21: certificates of special operations hold six years and are reviewed every three;
TSG Z6001-2019: those of special-equipment operators four). Where no paper is on record nobody is accused: the item
says that none is known, and asks to see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from yufang.inspections.weights import table
from yufang.standards import EquipmentCheck, checks_of_machine, special_operations
from yufang.standards.equipment_checks import due_after_report, due_after_use, months_after

Kind = Literal["equipment", "certificate"]
State = Literal["overdue", "unproven", "soon"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A row of the enterprise's equipment. `key` identifies it; `kind` is a pack's key where known."""

    key: str
    name: str
    kind: str = ""
    count: int = 1
    commissioned_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper on record. `code`: row of the check table, category or certificate; `holder`: staff number, no name.

    `valid_until` as printed; without it the standard's cycle counts from `done_on`.
    """

    kind: Kind
    code: str
    done_on: date
    equipment_key: str = ""
    holder: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePaper:
    """One paper to be seen. `due_on` None where nothing on record says when; `days` past it, negative before it."""

    kind: Kind
    code: str
    state: State
    name_zh: str
    name_en: str
    machine_key: str
    machine_name: str
    holder: str
    due_on: date | None
    days: int | None
    why_zh: str
    why_en: str
    clause: str

    @property
    def key(self) -> str:
        """The same for the same paper of the same thing."""
        return "/".join(part for part in (self.kind, self.code, self.machine_key, self.holder) if part)


def due_papers(
    machines: Sequence[Machine], processes: Sequence[str], papers: Sequence[Paper], *, today: date
) -> tuple[DuePaper, ...]:
    """Papers that ran out, run out within a month, or are not on record though due; the most urgent first."""
    found = [*_equipment(machines, papers, today), *_certificates(machines, processes, papers, today)]
    order = {"overdue": 0, "unproven": 1, "soon": 2}
    return tuple(sorted(found, key=lambda one: (order[one.state], -(one.days or 0), one.key)))


def _equipment(machines: Sequence[Machine], papers: Sequence[Paper], today: date) -> Iterable[DuePaper]:
    for machine in machines:
        checks = checks_of_machine(machine.name) or checks_of_machine(machine.kind.replace("_", " "))
        for check in checks:
            own = [
                p for p in papers if p.kind == "equipment" and p.code == check.code and p.equipment_key == machine.key
            ]
            due = _due_by_report(machine, check, own, today) if own else _due_by_use(machine, check, today)
            if due is not None:
                yield due


def _due_by_report(machine: Machine, check: EquipmentCheck, own: Sequence[Paper], today: date) -> DuePaper | None:
    newest = max(own, key=lambda p: p.done_on)
    until = newest.valid_until or due_after_report(check, newest.done_on, machine.commissioned_on)
    state = _state(until, today)
    if state is None:
        return None
    by_print = newest.valid_until is not None
    return _about(
        machine,
        check,
        state,
        until,
        today,
        f"最近一次{check.name_zh}为 {newest.done_on:%Y-%m-%d},"
        + (f"报告有效期至 {until}" if by_print else f"按周期应于 {until} 前再检"),
        f"Last report of {newest.done_on}; "
        + (f"it holds until {until}" if by_print else f"by the cycle the next is due by {until}"),
    )


def _due_by_use(machine: Machine, check: EquipmentCheck, today: date) -> DuePaper | None:
    if machine.commissioned_on is None:
        return _about(
            machine,
            check,
            "unproven",
            None,
            today,
            "无投用日期，也无检验记录，请查看最近一次检验报告",
            "Neither the day of first use nor a report is on record: ask for the newest report",
        )
    due, times = due_after_use(check, machine.commissioned_on, today)
    if not times:
        return None
    return _about(
        machine,
        check,
        "unproven",
        due,
        today,
        f"{machine.commissioned_on:%Y-%m} 投用，至今应检 {times} 次（最近一次应在 {due} 前），平台无检验记录",
        f"In use since {machine.commissioned_on:%Y-%m}; due {times} times since, last by {due}; no report is on record",
    )


def _about(
    machine: Machine, check: EquipmentCheck, state: State, due: date | None, today: date, zh: str, en: str
) -> DuePaper:
    return DuePaper(
        kind="equipment",
        code=check.code,
        state=state,
        name_zh=check.name_zh,
        name_en=check.name_en,
        machine_key=machine.key,
        machine_name=machine.name,
        holder="",
        due_on=due,
        days=(today - due).days if due else None,
        why_zh=zh,
        why_en=en,
        clause=f"特种设备安全法 第40条；{check.clause}",
    )


def _state(until: date, today: date) -> State | None:
    if until < today:
        return "overdue"
    return "soon" if until <= today + timedelta(days=int(table("weights")["soon_days"])) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """A certificate that an enterprise's work asks for, and the words that say so."""

    code: str
    name_zh: str
    name_en: str
    months: int
    because: str
    clause: str


def needed_certificates(machines: Sequence[Machine], processes: Sequence[str]) -> tuple[Needed, ...]:
    """Certificates that somebody must hold for the processes and machines named, each once."""
    rules = table("certificates")
    texts = [*processes, *(machine.name for machine in machines)]
    names = {one.code: (one.name_zh, one.name_en) for one in special_operations()}
    found: dict[str, Needed] = {}
    for row in rules["operations"]:
        said = next((text for text in texts if any(word in text for word in row["words"])), None)
        if said is not None:
            zh, en = names[row["code"]]
            found[row["code"]] = Needed(
                code=row["code"], name_zh=zh, name_en=en, months=row["months"], because=said, clause="总局令第30号"
            )
    operators = rules["operators"]
    for machine in machines:
        for check in checks_of_machine(machine.name) or checks_of_machine(machine.kind.replace("_", " ")):
            row = operators["of"].get(check.catalogue)
            only = operators["only_with"].get(check.catalogue)
            if row is None or (only and not any(word in text for word in only for text in texts)):
                continue
            found.setdefault(
                row["code"],
                Needed(
                    code=row["code"],
                    name_zh=row["zh"],
                    name_en=row["en"],
                    months=operators["months"],
                    because=machine.name,
                    clause="特种设备安全法 第14条；TSG Z6001-2019",
                ),
            )
    return tuple(found.values())


def _certificates(
    machines: Sequence[Machine], processes: Sequence[str], papers: Sequence[Paper], today: date
) -> Iterable[DuePaper]:
    for needed in needed_certificates(machines, processes):
        held: dict[str, Paper] = {}
        for paper in sorted(papers, key=lambda p: p.done_on):
            if paper.kind == "certificate" and paper.code == needed.code:
                held[paper.holder] = paper
        for holder, paper in sorted(held.items()):
            until = paper.valid_until or months_after(paper.done_on, needed.months)
            state = _state(until, today)
            if state is not None:
                yield _certificate(
                    needed,
                    state,
                    holder,
                    until,
                    today,
                    f"工号 {holder or '未填'} 的{needed.name_zh}证，应于 {until} 前复审或换证",
                    f"Certificate of {holder or 'an unnamed holder'}: review or renewal due by {until}",
                )
        if not held:
            yield _certificate(
                needed,
                "unproven",
                "",
                None,
                today,
                f"有“{needed.because}”，平台无{needed.name_zh}持证记录，请抽查证件",
                f"“{needed.because}” is done here and no certificate is on record: ask to see it",
            )


def _certificate(
    needed: Needed, state: State, holder: str, due: date | None, today: date, zh: str, en: str
) -> DuePaper:
    return DuePaper(
        kind="certificate",
        code=needed.code,
        state=state,
        name_zh=f"{needed.name_zh}持证情况",
        name_en=f"Certificates: {needed.name_en}",
        machine_key="",
        machine_name="",
        holder=holder,
        due_on=due,
        days=(today - due).days if due else None,
        why_zh=zh,
        why_en=en,
        clause=needed.clause,
    )
