"""Reads of the region, its enterprises and their profiles."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from yufang.server.cases import queries as cases
from yufang.server.deduction import queries as deduction
from yufang.server.errors import Refused, not_found
from yufang.server.names import industry_names, names
from yufang.server.paging import window
from yufang.server.profiles.contracts import (
    Colours,
    EnterpriseDetail,
    EnterprisePage,
    EnterpriseRow,
    EquipmentOut,
    ExposureOut,
    IndustryCount,
    MonthCount,
    Overview,
    PeerRow,
    PeersOut,
    ProfileMonthOut,
    RegionGroups,
    Tiers,
)
from yufang.server.profiles.models import Enterprise, Equipment, ExposureIndex, ProfileMonth, Region
from yufang.server.warning import queries as warnings

SORTS = ("rank", "score", "trend", "name", "expected_injuries", "injuries_12m", "peer_percentile")


def region() -> Region | None:
    """The region of whoever asks: their own, or the one above their enterprise."""
    return Region.objects.order_by("path").first()


def today() -> date:
    """The day it is in the region: a made-up region stands still at its own."""
    found = region()
    return found.as_of if found and found.as_of else timezone.localdate()


def overview() -> Overview:
    """The region at a glance."""
    place, day = region(), today()
    colours = dict(Enterprise.objects.values_list("colour").annotate(n=Count("*")).order_by())
    answered = deduction.answered()
    months = cases.injuries_by_month(day, 24)
    return Overview(
        enterprises=sum(colours.values()),
        colours=Colours(**{k: v for k, v in colours.items() if k}),
        open_warnings=Tiers(**warnings.open_by_tier()),
        answered_share=answered.share,
        cases_12m=sum(n for _, n in months[12:]),
        cases_prev_12m=sum(n for _, n in months[:12]),
        verified_rate=answered.verified,
        review_queue=cases.queue_length(),
        synthetic=bool(place and place.synthetic),
        region_name=place.name_zh if place else "",
        region_name_en=place.name_en if place else "",
        as_of=day,
        months=[MonthCount(month=month, injuries=n) for month, n in months],
    )


def region_map() -> bytes:
    """JSON of `RegionMap`. Built in the database: 24,000 points would take Python a second to validate."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT convert_to(json_build_object(
                'districts', coalesce((SELECT districts FROM profiles_region ORDER BY path LIMIT 1),
                                      '{"type": "FeatureCollection", "features": []}'::jsonb),
                'points', coalesce((
                    SELECT json_agg(json_build_object('id', e.organisation_id, 'name', e.name, 'lon', e.longitude,
                        'lat', e.latitude, 'colour', e.colour, 'score', e.score, 'high', coalesce(w.n, 0)))
                    FROM profiles_enterprise e
                    LEFT JOIN (SELECT organisation_id, count(*) AS n FROM warning_warning
                               WHERE state NOT IN ('resolved', 'closed') AND tier = 'high' GROUP BY 1
                              ) w USING (organisation_id)
                    WHERE e.longitude IS NOT NULL AND e.latitude IS NOT NULL), '[]'::json))::text, 'UTF8')
            """
        )
        return bytes(cursor.fetchone()[0])


def enterprises(*, q: str, industry: str, colour: str, tier: str, sort: str, page: int, size: int) -> EnterprisePage:
    """A page of the ranked list."""
    rows = Enterprise.objects.all()
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(credit_code__iexact=q))
    if industry:
        rows = rows.filter(industry_code__startswith=industry)
    if colour:
        rows = rows.filter(colour=colour)
    if tier:
        rows = rows.filter(pk__in=warnings.enterprises_with_open(tier))
    total = rows.count()
    found = list(_sorted(rows, sort)[window(page, size)])
    return EnterprisePage(total=total, page=page, size=size, items=_rows(found))


def _sorted(rows: QuerySet[Enterprise], sort: str) -> QuerySet[Enterprise]:
    field = sort.removeprefix("-")
    if field not in SORTS:
        raise Refused(
            422,
            "invalid",
            f"不能按 {sort} 排序，可用：{'、'.join(SORTS)}，前加 - 为降序。",
            f"Can't sort by {sort}; use one of {', '.join(SORTS)}, with - in front for descending.",
            "sort",
        )
    order = F(field).desc(nulls_last=True) if sort.startswith("-") else F(field).asc(nulls_last=True)
    return rows.order_by(order, "pk")


def _rows(found: Iterable[Enterprise]) -> list[EnterpriseRow]:
    found = list(found)
    tiers = warnings.open_by_enterprise([e.pk for e in found])
    return [EnterpriseRow(**_row(e, tiers.get(e.pk, {}))) for e in found]


def _row(e: Enterprise, tiers: dict[str, int]) -> dict[str, Any]:
    return {
        "id": e.pk,
        "name": e.name,
        "industry_code": e.industry_code,
        "industry_zh": e.industry_zh,
        "industry_en": e.industry_en,
        "district": e.district,
        "colour": e.colour,
        "score": e.score,
        "rank": e.rank,
        "trend": e.trend,
        "expected_injuries": e.expected_injuries,
        "peer_percentile": e.peer_percentile,
        "injuries_12m": e.injuries_12m,
        "open_warnings": Tiers(**tiers),
        "lon": e.longitude,
        "lat": e.latitude,
        "synthetic": e.synthetic,
        "sparkline": e.sparkline,
    }


def enterprise(enterprise_id: int) -> EnterpriseDetail:
    """One enterprise with its equipment and newest profile."""
    found = Enterprise.objects.filter(pk=enterprise_id).first()
    if found is None:
        raise not_found()
    months = ProfileMonth.objects.filter(organisation_id=enterprise_id).order_by("-month")
    equipment = Equipment.objects.filter(organisation_id=enterprise_id).order_by("kind", "name", "id")
    newest = months.first()
    return EnterpriseDetail(
        **_row(found, warnings.open_by_enterprise([found.pk]).get(found.pk, {})),
        employees=found.employees,
        credit_code=found.credit_code,
        equipment=[EquipmentOut.model_validate(e) for e in equipment],
        processes=found.processes,
        materials=found.materials,
        profile=_month(newest) if newest else None,
    )


def profile(enterprise_id: int) -> list[ProfileMonthOut]:
    """Every month of the enterprise's profile, oldest first."""
    if not Enterprise.objects.filter(pk=enterprise_id).exists():
        raise not_found()
    return [_month(m) for m in ProfileMonth.objects.filter(organisation_id=enterprise_id).order_by("month")]


def _month(m: ProfileMonth) -> ProfileMonthOut:
    out = ProfileMonthOut.model_validate(m)
    if out.rungs:
        both = ((rung, *_rung_names(rung.code)) for rung in out.rungs)
        named = [rung.model_copy(update={"name_zh": zh, "name_en": en}) for rung, zh, en in both]
        out = out.model_copy(update={"rungs": named})
    if not m.confirmed_since:
        return out
    n = m.confirmed_since
    return out.model_copy(
        update={
            "hazards_12m": m.hazards_12m + n,
            "reasons_zh": [*out.reasons_zh, f"本次测算后，现场核实确认 {n} 个隐患点"],
            "reasons_en": [*out.reasons_en, f"{n} hazard points confirmed on site since this was computed"],
        }
    )


def _rung_names(code: str) -> tuple[str, str]:
    return names("gbt4754_2017", code) if code else ("", "")


# Classes from fine to coarse; one is taken where it has at least this many other enterprises.
_CLASSES = (("class", 4), ("group", 3), ("division", 2))
FEWEST_PEERS, SHOWN_PEERS = 3, 7


def peers(enterprise_id: int) -> PeersOut:
    """The enterprise and those of its class that are nearest to it in size."""
    own = Enterprise.objects.filter(pk=enterprise_id).first()
    if own is None:
        raise not_found()
    digits = "".join(c for c in own.industry_code if c.isdigit())
    level, code, listed = "region", "", [own]
    for name, length in _CLASSES:
        if len(digits) < length:
            continue
        same = list(Enterprise.objects.filter(industry_code__regex=rf"^[A-T]?{digits[:length]}"))
        if len(same) > FEWEST_PEERS or name == "division":
            level, code, listed = name, digits[:length], same
            break
    size = math.log(max(own.employees or 1, 1))
    others = sorted(
        (e for e in listed if e.pk != own.pk), key=lambda e: (abs(math.log(max(e.employees or 1, 1)) - size), e.pk)
    )[:SHOWN_PEERS]
    shown = sorted([own, *others], key=lambda e: (e.score is None, -(e.score or 0.0), e.pk))
    hazards = _newest_hazards([e.pk for e in shown])
    zh, en = _rung_names(code)
    scores = [e.score for e in listed if e.score is not None]
    rates = [r for e in listed if (r := _rate(e)) is not None]
    return PeersOut(
        level=level,
        code=code,
        name_zh=zh,
        name_en=en,
        enterprises=len(listed),
        median_score=median(scores) if scores else None,
        median_rate=median(rates) if rates else None,
        rows=[
            PeerRow(
                id=e.pk,
                name=e.name,
                own=e.pk == own.pk,
                employees=e.employees,
                colour=e.colour,
                score=e.score,
                trend=e.trend,
                injuries_12m=e.injuries_12m,
                hazards_12m=hazards.get(e.pk),
                expected_injuries=e.expected_injuries,
                rate=_rate(e),
            )
            for e in shown
        ],
    )


def _rate(e: Enterprise) -> float | None:
    """Expected injuries a year per 100 employees; None where either is unknown."""
    if e.expected_injuries is None or not e.employees:
        return None
    return float(e.expected_injuries) / float(e.employees) * 100


def _newest_hazards(enterprise_ids: list[int]) -> dict[int, int]:
    months = ProfileMonth.objects.filter(organisation_id__in=enterprise_ids).order_by("organisation_id", "-month")
    newest = months.distinct("organisation_id").values_list("organisation_id", "hazards_12m", "confirmed_since")
    return {owner: found + confirmed for owner, found, confirmed in newest}


def exposure(enterprise_id: int) -> list[ExposureOut]:
    """The newest result of each post and agent, the worst first."""
    if not Enterprise.objects.filter(pk=enterprise_id).exists():
        raise not_found()
    newest: dict[tuple[str, ...], ExposureOut] = {}
    for row in ExposureIndex.objects.filter(organisation_id=enterprise_id).order_by("measured_on", "pk"):
        out = ExposureOut(id=row.pk, **row.body)
        newest[out.place, out.post, out.key, out.fraction] = out
    return sorted(newest.values(), key=lambda out: (-(out.index or 0.0), out.post, out.key))


def groups() -> RegionGroups:
    """The region by groups; without any where none was loaded."""
    found = region()
    if not found or not found.groups:
        return RegionGroups(month=None, injuries=0, previous=0, told={}, groups=[])
    return RegionGroups.model_validate(found.groups)


def industries() -> list[IndustryCount]:
    """Divisions that enterprises are in, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT left(industry_code, 2), count(*) FROM profiles_enterprise "
            "WHERE industry_code <> '' GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        found = cursor.fetchall()
    return [
        IndustryCount(code=code, name_zh=industry_names(code)[0], name_en=industry_names(code)[1], count=n)
        for code, n in found
    ]
