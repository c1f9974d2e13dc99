"""From an enterprise's record and experience to its floating grade, by the lines and guards of a rule table."""

from __future__ import annotations

from dataclasses import dataclass

from yufang.rates.tables import RateClassRow, RuleTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The window of one enterprise. Money in yuan; `premium` is what it paid in the window's years.

    `incidence_ratio`: own injuries per payroll over those of its class (1: as its class). `experience`: expected
    loss per payroll over that of its class.
    """

    years: int
    payroll: float
    premium: float
    benefits: float
    injuries: int
    deaths: int
    diseases: int
    incidence_ratio: float
    experience: float

    @property
    def use_ratio(self) -> float:
        """Benefits over premiums of the window."""
        return self.benefits / self.premium if self.premium > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """`indicated`: by experience alone; `proposed`: after guards and steps. `guards` are the keys of those that applied
    and moved the grade; `steps_held`: the yearly step limit held it back; `young`: too few years, the grade stands."""

    indicated: int
    proposed: int
    guards: tuple[str, ...]
    steps_held: bool
    young: bool


def nearest_grade(grade: int, row: RateClassRow) -> int:
    """The grade of the class that is nearest; of two equally near, the lower."""
    return min(row.grades_pct, key=lambda g: (abs(g - grade), g))


def grade(record: Record, current: int, row: RateClassRow, table: RuleTable) -> Graded:
    """The grade of one enterprise of the class `row` that stands at `current` (a grade of that class) now."""
    line = next(x for x in table.by_experience if x.below is None or record.experience < x.below)
    indicated = nearest_grade(line.grade, row)
    if record.years < table.least_years:
        return Graded(indicated=indicated, proposed=current, guards=(), steps_held=False, young=True)
    wanted, applied = indicated, []
    for guard in table.guards:
        if not all(c.holds(float(getattr(record, c.indicator))) for c in guard.when):
            continue
        bounded = wanted
        if guard.no_reduction:
            bounded = max(bounded, current)
        if guard.no_increase:
            bounded = min(bounded, current)
        if guard.least_grade is not None:
            bounded = max(bounded, nearest_grade(guard.least_grade, row))
        if guard.most_grade is not None:
            bounded = min(bounded, nearest_grade(guard.most_grade, row))
        if bounded != wanted:
            applied.append(guard.key)
            wanted = bounded
    at = row.grades_pct.index(current)
    target = row.grades_pct.index(wanted)
    stepped = min(max(target, at - table.max_steps_down), at + table.max_steps_up)
    return Graded(
        indicated=indicated,
        proposed=row.grades_pct[stepped],
        guards=tuple(applied),
        steps_held=stepped != target,
        young=False,
    )
