"""From acts to points: an act counts when another person found it real, and never for its number alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import tzinfo

from yufang.participation.contracts import Act, Entry, ParticipationError
from yufang.participation.rules import RuleTable, table_on


def derive(acts: Iterable[Act], *, zone: tzinfo, tables: tuple[RuleTable, ...] | None = None) -> tuple[Entry, ...]:
    """Points of `acts`, in a fixed order; the same acts in any order, or twice, give the same entries.

    - An act without `accepted_at` earns nothing, however many there are.
    - Reports of one hazard made before it was accepted share one rule's points: the first gets `first_share`, the
      others the rest in equal parts. A report that came after says what was known and shares nothing.
    - What an act earned belongs to the month in which it was accepted (in `zone`), under the table of that day.
    - Within a person's month the earliest accepted acts count, up to `most_counted_month` acts and
      `most_points_month` points; later ones stand with their points cut, to 0 where nothing is left.

    Raises ParticipationError for a time without a zone.
    """
    kept: dict[tuple[int, str, str], Act] = {}
    for act in acts:
        if act.at.tzinfo is None or (act.accepted_at is not None and act.accepted_at.tzinfo is None):
            raise ParticipationError(
                f"{act.subject} 的时间没有时区，请带时区重新提供。",
                f"{act.subject} has a time without a zone; give it with one.",
                "at",
            )
        key = (act.person_id, act.subject, act.what)
        known = kept.get(key)
        if known is None or _order(act) < _order(known):
            kept[key] = act  # a person's first word on a subject; saying it again earns nothing more
    groups: dict[tuple[str, str], list[Act]] = defaultdict(list)
    for act in kept.values():
        if act.accepted_at is not None and act.at <= act.accepted_at:
            groups[act.subject, act.what].append(act)
    found = [entry for group in groups.values() for entry in _shared(group, zone, tables)]
    return _capped(found, tables)


def _order(act: Act) -> tuple[str, int, str]:
    accepted = act.accepted_at.isoformat() if act.accepted_at else "~"
    return (f"{act.at.timestamp():020.6f}", act.person_id, accepted)


def _shared(group: list[Act], zone: tzinfo, tables: tuple[RuleTable, ...] | None) -> list[Entry]:
    group = sorted(group, key=lambda a: (a.at, a.person_id))
    accepted = min(a.accepted_at for a in group if a.accepted_at is not None)
    first = group[0]
    table = table_on(accepted.astimezone(zone).date(), tables)
    rule = table.rule(first.what, first.level)
    if rule is None or rule.points == 0:
        return []
    return [
        Entry(
            person_id=act.person_id,
            subject=act.subject,
            what=act.what,
            rule=rule.key,
            points=part,
            before_cap=part,
            sharers=len(group),
            month=f"{accepted.astimezone(zone):%Y-%m}",
            at=accepted,
        )
        for act, part in zip(group, _parts(rule.points, len(group), table.first_share), strict=True)
    ]


def _parts(points: int, people: int, first_share: float) -> list[int]:
    """Whole points that add up to `points`; what doesn't divide goes to those who came earlier."""
    if people == 1:
        return [points]
    first = -(-points * round(first_share * 1000) // 1000)  # rounded up
    each, over = divmod(points - first, people - 1)
    return [first, *(each + (n < over) for n in range(people - 1))]


def _capped(entries: list[Entry], tables: tuple[RuleTable, ...] | None) -> tuple[Entry, ...]:
    left: dict[tuple[int, str], tuple[int, int]] = {}
    out = []
    for e in sorted(entries, key=lambda e: (e.at, e.subject, e.what, e.person_id)):
        table = table_on(e.at.date(), tables)
        acts, points = left.get((e.person_id, e.month), (table.most_counted_month, table.most_points_month))
        counted = min(e.before_cap, points) if acts > 0 else 0
        left[e.person_id, e.month] = (acts - 1, points - counted)
        out.append(_with_points(e, counted))
    return tuple(out)


def _with_points(e: Entry, points: int) -> Entry:
    return Entry(
        person_id=e.person_id,
        subject=e.subject,
        what=e.what,
        rule=e.rule,
        points=points,
        before_cap=e.before_cap,
        sharers=e.sharers,
        month=e.month,
        at=e.at,
    )
