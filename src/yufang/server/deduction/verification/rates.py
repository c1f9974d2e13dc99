"""Rates of verification: how much of what was deduced people found, by pack, industry, inspector and month.

A point counts once a day, by its newest valid answer. A rate is confirmed answers by all answers; “not applicable”
counts against it. Explored points stand apart, and the weighted share uses every answer to a list by 1/propensity.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection

from yufang.lake.spreadsheet import PlainWriter
from yufang.packs.checks import pack_name
from yufang.server.accounts.models import Person
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.deduction.models import BeliefVersion, HazardPoint
from yufang.server.deduction.queries import ELSEWHERE
from yufang.server.deduction.verification.contracts import (
    Dimension,
    FirstMile,
    VerifiedRates,
    VerifiedRow,
    VerifiedShare,
    WeightedShare,
)
from yufang.server.errors import Refused
from yufang.server.names import industry_names

SMALLEST = 10  # answers; a rate of fewer says more about chance than about the group

_GROUP = {
    "pack": "split_part(key, '/', 1)",
    "industry": "industry",
    "inspector": "by_id::text",
    "month": "to_char(day, 'YYYY-MM')",
}
_TOLD = r"""
    WITH said AS (
        SELECT DISTINCT ON (a.point_id, (coalesce(a.said_at, a.at) AT TIME ZONE %(zone)s)::date)
            a.point_id, a.result, a.by_id, a.expected, coalesce(s.kind, 'own') AS kind, s.propensity,
            (coalesce(a.said_at, a.at) AT TIME ZONE %(zone)s)::date AS day
        FROM deduction_answer a
        LEFT JOIN deduction_slot s ON s.id = a.slot_id
        WHERE NOT EXISTS (SELECT 1 FROM deduction_retraction r WHERE r.answer_id = a.id)
        ORDER BY a.point_id, (coalesce(a.said_at, a.at) AT TIME ZONE %(zone)s)::date, coalesce(a.said_at, a.at) DESC,
            a.id DESC
    ), told AS (
        SELECT said.*, p.key, p.organisation_id,
            left(regexp_replace(coalesce(e.industry_code, ''), '\D', '', 'g'), 2) AS industry,
            said.day = min(said.day) OVER (PARTITION BY p.organisation_id) AS first
        FROM said JOIN deduction_hazardpoint p ON p.id = said.point_id
        LEFT JOIN profiles_enterprise e ON e.organisation_id = p.organisation_id
    )
"""
_SUMS = """
    SELECT {group} AS grp, kind, first, result, count(*), sum(expected), count(expected),
        coalesce(sum(1 / propensity), 0), coalesce(sum(1 / propensity ^ 2), 0)
    FROM told
    WHERE (%(since)s::date IS NULL OR day >= %(since)s) AND (%(until)s::date IS NULL OR day <= %(until)s)
    GROUP BY 1, 2, 3, 4
"""


@dataclass(slots=True)
class _Tally:
    results: dict[str, int] = field(default_factory=lambda: {"confirmed": 0, "not_found": 0, "not_applicable": 0})
    expected: float = 0.0
    foretold: int = 0

    def add(self, result: str, n: int, expected: float | None, foretold: int) -> None:
        self.results[result] += n
        self.expected += expected or 0.0
        self.foretold += foretold

    def share(self) -> VerifiedShare:
        from yufang.deduction.answers import wilson

        n, hits = sum(self.results.values()), self.results["confirmed"]
        low, high = wilson(hits, n)
        return VerifiedShare(
            answered=n,
            **self.results,
            share=hits / n if n else None,
            low=low,
            high=high,
            small=n < SMALLEST,
            expected=self.expected / self.foretold if self.foretold else None,
        )


@dataclass(slots=True)
class _Group:
    proposed: _Tally = field(default_factory=_Tally)
    explored: _Tally = field(default_factory=_Tally)
    weight: float = 0.0
    hits: float = 0.0
    squares: float = 0.0

    def add(self, row: tuple[Any, ...]) -> None:
        _, kind, _, result, n, expected, foretold, weight, squares = row
        (self.explored if kind == "explore" else self.proposed).add(result, n, expected, foretold)
        self.weight += weight
        self.squares += squares
        self.hits += weight if result == "confirmed" else 0.0

    def row(self, key: str, zh: str, en: str) -> VerifiedRow:
        from yufang.deduction.answers import weighted_of_sums

        found = weighted_of_sums(self.weight, self.hits, self.squares)
        return VerifiedRow(
            key=key,
            name_zh=zh,
            name_en=en,
            proposed=self.proposed.share(),
            explored=self.explored.share(),
            weighted=WeightedShare(
                share=found.share,
                low=found.low,
                high=found.high,
                effective=found.looks,
                small=found.looks < SMALLEST,
            )
            if found
            else None,
        )


def rates(by: Dimension, since: date | None = None, until: date | None = None) -> VerifiedRates:
    """Rates of the open scope, grouped; the largest group first, months in order. Refuses since after until."""
    if since and until and since > until:
        raise Refused(
            422,
            "invalid",
            f"起始日期 {since} 晚于截止日期 {until}，请调整后重试。",
            f"since is {since}, after until, {until}; exchange them and try again.",
            "since",
        )
    params = {"zone": settings.TIME_ZONE, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_TOLD + _SUMS.format(group=_GROUP[by]), params)
        rows = cursor.fetchall()
        cursor.execute(_TOLD + "SELECT count(DISTINCT organisation_id) FROM told", params)
        visited = int(cursor.fetchone()[0])
    total, groups, miles = _Group(), dict[str, _Group](), {True: _Tally(), False: _Tally()}
    for row in rows:
        total.add(row)
        groups.setdefault(row[0] or "", _Group()).add(row)
        if row[1] != "explore":
            miles[row[2]].add(*row[3:7])
    named = _names(by, groups)
    found = [group.row(key, *named[key]) for key, group in groups.items()]
    found.sort(key=lambda r: r.key if by == "month" else (-r.proposed.answered - r.explored.answered, r.key))
    version = BeliefVersion.objects.order_by("-id").first()
    return VerifiedRates(
        by=by,
        since=since,
        until=until,
        smallest=SMALLEST,
        total=total.row("", "合计", "Total"),
        rows=found,
        first_mile=_first_mile(miles, visited),
        belief_version=version.version if version else None,
        synthetic=HazardPoint.objects.filter(synthetic=True).exists(),
    )


def _first_mile(miles: dict[bool, _Tally], visited: int) -> FirstMile:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(DISTINCT organisation_id) FROM deduction_hazardpoint WHERE current),
                (SELECT count(*) FROM deduction_round), (SELECT count(*) FROM deduction_slot),
                (SELECT count(DISTINCT a.slot_id) FROM deduction_answer a
                 WHERE NOT EXISTS (SELECT 1 FROM deduction_retraction r WHERE r.answer_id = a.id))
            """
        )
        enterprises, rounds, places, answered = cursor.fetchone()
    return FirstMile(
        enterprises=enterprises,
        visited=visited,
        rounds=rounds,
        places=places,
        places_answered=answered,
        first=miles[True].share(),
        later=miles[False].share(),
    )


_OTHER_KEYS = {"article": ("法规条文", "Cited articles"), "injury": ("伤害模式", "Injury patterns")}


def _names(by: Dimension, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    people = Person.objects.in_bulk([int(k) for k in keys]) if by == "inspector" else {}
    for key in keys:
        if by == "pack":
            name = pack_name(key)
            found[key] = (name.zh, name.en) if name else _OTHER_KEYS.get(key, (key, key))
        elif by == "industry":
            found[key] = industry_names(key) if key else ("行业未知", "Industry unknown")
        elif by == "inspector":
            person = people.get(int(key))
            found[key] = (person_label(person) or ELSEWHERE[0], person_label_en(person) or ELSEWHERE[1])
        else:
            found[key] = (key, key)
    return found


def as_csv(found: VerifiedRates, mark: str = "") -> str:
    """The same as a table for a spreadsheet, with its total; `mark` stands above it where it names people."""
    out = io.StringIO()
    table = PlainWriter(out)
    if mark:
        table.writerow([mark])
    share = ("answered", "confirmed", "not_found", "not_applicable", "share", "low", "high", "small", "expected")
    head = [found.by, "name_zh", "name_en", *share, *(f"explored_{name}" for name in share)]
    table.writerow([*head, "weighted_share", "weighted_low", "weighted_high", "weighted_effective"])
    for row in [*found.rows, found.total]:
        cells: list[Any] = [row.key or "total", row.name_zh, row.name_en]
        for part in (row.proposed, row.explored):
            cells += [_cell(getattr(part, name)) for name in share]
        weighted = row.weighted
        cells += [_cell(getattr(weighted, n)) for n in ("share", "low", "high", "effective")] if weighted else [""] * 4
        table.writerow(cells)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return "" if value is None else round(value, 4) if isinstance(value, float) else value
