"""Statistics of a region for everybody: with noise under a budget, or with small cells hidden. A named person
publishes; the table is made once and kept, so that asking again tells nothing more."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from fractions import Fraction
from typing import Any

import numpy as np
from django.db import connection

from yufang.privacy import noisy_counts, suppress
from yufang.privacy.cells import NotPublishable
from yufang.server.accounts.models import Organisation
from yufang.server.cases.models import CaseCode, InjuryCase
from yufang.server.errors import Refused, forbidden, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.privacy.contracts import BudgetOut, ReleaseIn, ReleaseOut
from yufang.server.privacy.models import StatisticsBudget, StatisticsRelease
from yufang.server.profiles.models import Enterprise
from yufang.server.scope import Actor, action
from yufang.standards import code_list
from yufang.standards.industries import INDUSTRIES, industry
from yufang.standards.model import UnknownCode

_NAMES = {
    "industry": ("行业", "industry"),
    "accident_type": ("事故类型", "accident type"),
    "month": ("月份", "month"),
}
UNKNOWN = "?"
Category = tuple[str, str, str]  # code, zh, en


@action
def publish(acting_user: Actor, body: ReleaseIn, now: datetime) -> int:
    """Publish a table of one year's injury cases; returns its id (permission privacy.publish).

    Refuses with 409 where the year's budget is spent, and where no pattern of hidden cells protects the table.
    """
    region = _region(acting_user)
    kinds = body.by_what.split("×")
    axes = [_categories(kind) for kind in kinds]
    cells = _count(region, kinds, body.year)
    thousandths = round(body.epsilon * 1000) if body.method == "noise" else 0
    if body.method == "noise":
        _spend(region, body.year, thousandths)
        table = _with_noise(axes, cells, Fraction(thousandths, 1000))
    else:
        table = _with_hidden(axes, cells, body.min_cell)
    zh, en = ("×".join(_NAMES[kind][n] for kind in kinds) for n in (0, 1))
    row = StatisticsRelease.objects.create(
        path=region.path,
        region=region,
        method=body.method,
        by_what=body.by_what,
        year=body.year,
        title_zh=f"{body.year} 年工伤案例：按{zh}",
        title_en=f"Injury cases {body.year} by {en}",
        table=table,
        epsilon=thousandths,
        min_cell=body.min_cell if body.method == "cells" else 0,
        by_id=acting_user.person_id,
        at=now,
        synthetic=region.synthetic,
        ledger_index=0,
    )
    facts = {"method": body.method, "by": body.by_what, "year": body.year, "epsilon_thousandths": thousandths}
    row.ledger_index = ledger.append(
        acting_user, region.path, "privacy.statistics_published", f"statistics:{row.pk}", facts
    )
    row.save(update_fields=["ledger_index"])
    return int(row.pk)


@action
def withdraw(acting_user: Actor, release_id: int, now: datetime) -> None:
    """Take a table back. What it cost of the budget stays spent: it has been read."""
    _region(acting_user)
    row = StatisticsRelease.objects.select_for_update(of=("self",)).filter(id=release_id).first()
    if row is None:
        raise not_found()
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by_id = now, acting_user.person_id
        row.save(update_fields=["withdrawn_at", "withdrawn_by"])
        ledger.append(acting_user, row.path, "privacy.statistics_withdrawn", f"statistics:{row.pk}", {})


def published() -> list[ReleaseOut]:
    """Every table that is published, for anybody, signed in or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT yufang_published_statistics()")
        rows = [row[0] for row in cursor.fetchall()]
    return [ReleaseOut(**(json.loads(row) if isinstance(row, str) else row)) for row in rows]


def budgets(acting_user: Actor) -> list[BudgetOut]:
    """What a region has spent, by year of the cases."""
    rows = StatisticsBudget.objects.filter(path=acting_user.scope).order_by("-year")
    return [BudgetOut(year=row.year, total=row.total / 1000, spent=row.spent / 1000) for row in rows]


def _region(acting_user: Actor) -> Organisation:
    if not acting_user.may("privacy.publish"):
        raise forbidden("privacy.publish")
    region = Organisation.objects.filter(path=acting_user.scope, kind=Organisation.Kind.REGULATOR).first()
    if region is None:
        raise forbidden("privacy.publish")
    return region


def _spend(region: Organisation, year: int, thousandths: int) -> None:
    StatisticsBudget.objects.bulk_create(
        [StatisticsBudget(path=region.path, region=region, year=year)], ignore_conflicts=True
    )
    budget = StatisticsBudget.objects.select_for_update(of=("self",)).get(region=region, year=year)
    if budget.spent + thousandths > budget.total:
        left = (budget.total - budget.spent) / 1000
        raise Refused(
            409,
            "budget_spent",
            f"{year} 年案例的隐私预算只剩 {left:g}，不足本次的 {thousandths / 1000:g}；请调小 ε，或使用已发布的表。",
            f"Of the privacy budget for the cases of {year} {left:g} is left, less than {thousandths / 1000:g}; "
            "choose a smaller ε, or use a table that is published.",
            "epsilon",
        )
    budget.spent += thousandths
    budget.save(update_fields=["spent"])


def _categories(kind: str) -> list[Category]:
    """Every category of an axis, whether a case is in it or not: the list must not be chosen by the data."""
    if kind == "month":
        return [(f"{month:02d}", f"{month} 月", f"{month:02d}") for month in range(1, 13)]
    if kind == "industry":
        found = [entry for entry in code_list(INDUSTRIES).entries if entry.parent is None]
    else:
        found = list(code_list("gb6441_2025_type").entries)
    return [*((e.code, e.name_zh, e.name_en) for e in found), (UNKNOWN, "未知或未编码", "unknown or not coded")]


def _count(region: Organisation, kinds: list[str], year: int) -> dict[tuple[str, ...], int]:
    cases = InjuryCase.objects.filter(region=region, occurred_on__year=year)
    rows = list(cases.values_list("id", "organisation_id", "occurred_on"))
    codes = dict(Enterprise.objects.filter(path__startswith=region.path).values_list("pk", "industry_code"))
    coded = dict(
        CaseCode.objects.filter(case__in=cases, facet="accident_type", state__in=("auto", "decided"))
        .exclude(code__isnull=True)
        .values_list("case_id", "code")
    )
    known = {kind: {code for code, _, _ in _categories(kind)} for kind in kinds}
    counts: dict[tuple[str, ...], int] = {}
    for case_id, organisation_id, day in rows:
        of = {
            "industry": _section(codes.get(organisation_id, "")),
            "accident_type": str(coded.get(case_id) or UNKNOWN),
            "month": f"{day.month:02d}",
        }
        key = tuple(of[kind] if of[kind] in known[kind] else UNKNOWN for kind in kinds)
        counts[key] = counts.get(key, 0) + 1
    return counts


def _section(code: str) -> str:
    try:
        return industry(code).section
    except UnknownCode:
        return UNKNOWN


def _with_noise(axes: list[list[Category]], cells: dict[tuple[str, ...], int], epsilon: Fraction) -> dict[str, Any]:
    keys = [(one,) for one in axes[0]] if len(axes) == 1 else [(a, b) for a in axes[0] for b in axes[1]]
    counts = [cells.get(tuple(part[0] for part in key), 0) for key in keys]
    told = noisy_counts(counts, epsilon, secrets.randbelow)
    rows = [
        {"key": "×".join(p[0] for p in key), "zh": " × ".join(p[1] for p in key), "en": " × ".join(p[2] for p in key)}
        | {"n": n}
        for key, n in zip(keys, told.counts, strict=True)
    ]
    return {"rows": rows, "sd": round(told.sd, 2), "error_95": told.error_95}


def _with_hidden(axes: list[list[Category]], cells: dict[tuple[str, ...], int], minimum: int) -> dict[str, Any]:
    rows, columns = axes[0], axes[1] if len(axes) == 2 else [("", "", "")]
    body = np.array(
        [[cells.get((r[0], c[0]) if len(axes) == 2 else (r[0],), 0) for c in columns] for r in rows], np.int64
    )
    try:
        table = suppress(body, minimum)
    except NotPublishable as error:
        raise Refused(
            409,
            "not_publishable",
            "隐去哪些格子都不足以保护这张表；请换一种分组，或改用加噪声的方式。",
            "No pattern of hidden cells protects this table; group it another way, or publish it with noise.",
        ) from error
    return {
        "rows": [list(row) for row in rows],
        "columns": [list(column) for column in columns],
        "counts": table.counts.tolist(),
        "hidden_small": table.primary,
        "hidden_too": table.secondary,
    }
