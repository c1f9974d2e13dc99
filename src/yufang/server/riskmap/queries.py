"""Reads of the map: as it is, as it was, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from yufang.sensing.riskmap.history import Version, covered, moments, shown_at
from yufang.sensing.riskmap.model import Factor
from yufang.sensing.riskmap.rules import Rules
from yufang.sensing.riskmap.score import UNKNOWN, Scored, Why, score
from yufang.server.errors import Refused, not_found
from yufang.server.places.contracts import PlanOut
from yufang.server.riskmap import gathering
from yufang.server.riskmap.contracts import (
    RiskAreaOut,
    RiskBand,
    RiskExplained,
    RiskFactorOut,
    RiskFrame,
    RiskFrameArea,
    RiskMapOut,
    RiskReplay,
    WeighedFactor,
)
from yufang.server.riskmap.gathering import Ground
from yufang.server.riskmap.models import RiskSpan, RiskState, RiskVersion
from yufang.server.sensing.queries import home_of
from yufang.standards import risk_colour

FRESH_US = 12_000_000  # a map that nobody kept on for so long is made anew for whoever asks
MOST_FACTORS = 200
MOST_FRAMES = 361
LONGEST_REPLAY = timedelta(days=7)
_UNKNOWN_BAND = RiskBand(
    level=UNKNOWN, key="unknown", zh="未知", en="Unknown", lower=None, hex="#BFBFBF", text_on_hex="#000000"
)
_FORMULA_ZH = (
    "风险值 = 暴露 E × Σ（可能性 L × 后果 C × 影响程度），L 乘以现场的加重系数且不超过 {most:g}；同一来源只计最重的一项"
)
_FORMULA_EN = (
    "score = exposure E x sum of (likelihood L x consequence C x how much of it reaches here); L is multiplied by what "
    "makes it graver here, up to {most:g}; of one source only the gravest counts"
)


def micro(at: datetime) -> int:
    """A moment in µs of 1970 UTC."""
    return int(at.timestamp() * 1_000_000)


@dataclass(frozen=True, slots=True)
class _Moment:
    """The map at a moment, and the rows its factors come from. `known`: it was being kept then."""

    enterprise_id: int
    plan: PlanOut | None
    ground: Ground
    at: int
    known: bool
    scored: Scored
    ids: dict[str, int]

    def factor(self, one: Factor) -> RiskFactorOut:
        return _factor_out(one, self.ids.get(one.ref, 0), self.plan)


def risk_map(enterprise_id: int, now: datetime, plan_id: int | None = None, at: datetime | None = None) -> RiskMapOut:
    """The map of a plan, now or as it was `at`. Refuses another's enterprise or plan with 404, the future with 422."""
    moment = _moment(enterprise_id, now, plan_id, at)
    scored, grid = moment.scored, moment.scored.grid
    cells = slice(0, grid.cells)
    hazards = [one for one in scored.factors if one.part != "unknown"]
    gravest = sorted(hazards, key=lambda one: (one.part != "hazard", -one.weight, one.ref))
    kept, problem = _kept_from(enterprise_id, now), gathering.rules_problem()
    return RiskMapOut(
        enterprise_id=enterprise_id,
        plan=moment.plan,
        plans=list(moment.ground.plans),
        at=_time(moment.at),
        known=moment.known,
        columns=grid.columns,
        rows=grid.rows,
        levels=scored.levels[cells].tolist(),
        scores=[round(float(value), 1) for value in scored.score[cells]],
        unknown_cells=[n for n, unknown in enumerate(scored.unknown[cells].tolist()) if unknown],
        bands=bands(scored.rules),
        areas=[_area_out(moment, area) for area in grid.inside],
        factors=[moment.factor(one) for one in gravest[:MOST_FACTORS]],
        factors_total=len(hazards),
        unknown=[moment.factor(one) for one in scored.factors if one.part == "unknown"],
        unplaced=[moment.factor(one) for one in scored.unplaced if one.part != "unknown"],
        kept_from=None if kept is None else _time(kept),
        trouble_zh=problem.zh if problem else "",
        trouble_en=str(problem) if problem else "",
        synthetic=any(one.synthetic for one in scored.factors),
    )


def explain_cell(
    enterprise_id: int, cell: int, now: datetime, plan_id: int | None = None, at: datetime | None = None
) -> RiskExplained:
    """Why a cell has its score. Refuses what isn't there with 404, a number beyond the grid with 422."""
    moment = _moment(enterprise_id, now, plan_id, at)
    grid = moment.scored.grid
    if not 0 <= cell < grid.cells:
        raise Refused(
            422,
            "no_such_cell",
            f"没有第 {cell} 格；该平面图有 {grid.cells} 格，从 0 到 {grid.cells - 1}。"
            if grid.cells
            else "该企业没有平面图，请按区域查看。",
            f"There is no cell {cell}; the plan has {grid.cells}, from 0 to {grid.cells - 1}."
            if grid.cells
            else "The enterprise has no plan; ask for an area.",
            "cell",
        )
    return _explained(moment, cell, cell, moment.scored.explain(cell))


def explain_area(area_id: int, now: datetime, at: datetime | None = None) -> RiskExplained:
    """Why an area has its score: that of its worst cell. Refuses with 404."""
    from yufang.server.places.queries import area as find

    found = find(area_id)
    moment = _moment(found.enterprise_id, now, found.plan_id, at)
    place = moment.scored.worst_of(str(found.id))
    cell = place if place < moment.scored.grid.cells else None
    return _explained(moment, place, cell, moment.scored.explain(place))


def replay(
    enterprise_id: int, now: datetime, start: datetime, end: datetime, step_s: float, plan_id: int | None = None
) -> RiskReplay:
    """Frames from `start` to `end`, made from what was shown then. Refuses a span that can't be with 422."""
    if not (start < end <= now + timedelta(minutes=1)) or end - start > LONGEST_REPLAY:
        days = LONGEST_REPLAY.days
        raise Refused(
            422,
            "bad_span",
            f"回放时段须先后有序、不晚于现在，且不超过 {days} 天；请改正起止时间。",
            f"A replay begins before it ends, not later than now, and lasts at most {days} days; correct its ends.",
            "end",
        )
    ground, plan = _place(enterprise_id, plan_id)
    by, grid = gathering.rules(), ground.grid(plan)
    first, last = micro(start), micro(end)
    versions = _versions(enterprise_id, first, last)
    spans = _spans(enterprise_id, first, last)
    times, wide = moments(first, last, int(step_s * 1e6), MOST_FRAMES)
    frames: list[RiskFrame] = []
    made: dict[frozenset[int], RiskFrame] = {}
    for at in times:
        if not covered(spans, at):
            frames.append(_unknown_frame(at))
            continue
        shown = shown_at(versions, at)
        key = frozenset(version.id for version in shown)
        if key not in made:
            made[key] = _frame(score(grid, [version.factor for version in shown], by), at)
        frames.append(made[key].model_copy(update={"at": _time(at)}))
    kept = _kept_from(enterprise_id, now)
    return RiskReplay(
        enterprise_id=enterprise_id,
        plan_id=None if plan is None else plan.id,
        columns=grid.columns,
        rows=grid.rows,
        step_s=wide / 1e6,
        kept_from=None if kept is None else _time(kept),
        minutes_before=now - timedelta(days=1),
        frames=frames,
    )


def bands(by: Rules) -> list[RiskBand]:
    """The colours with the scores from which they begin, and that of the unknown."""
    found = []
    for level, colour in enumerate(by.colours, 1):
        known = risk_colour(colour.key)
        found.append(
            RiskBand(
                level=level,
                key=colour.key,
                zh=known.risk_zh,
                en=known.risk_en,
                lower=colour.lower,
                hex=known.hex,
                text_on_hex=known.text_on_hex,
            )
        )
    return [*found, _UNKNOWN_BAND]


def read_version(row: RiskVersion) -> Version:
    """A row as floor 1 has it."""
    return Version(row.pk, Factor.from_data(row.data), row.start, row.end)


def due(now: datetime) -> list[int]:
    """Enterprises whose map time alone has changed."""
    rows = RiskState.objects.filter(next_at__lte=micro(now)).order_by("next_at")
    return list(rows.values_list("enterprise_id", flat=True))


def kept() -> list[int]:
    """Enterprises whose map is kept: those that have had one, or that have channels or permits."""
    from yufang.server.riskmap.models import WorkPermit
    from yufang.server.sensing.riskmap_queries import enterprises_with_channels

    had = set(RiskState.objects.values_list("enterprise_id", flat=True))
    works = set(WorkPermit.objects.filter(closed_at__isnull=True).values_list("enterprise_id", flat=True))
    return sorted(had | works | set(enterprises_with_channels()))


def _place(enterprise_id: int, plan_id: int | None) -> tuple[Ground, PlanOut | None]:
    home_of(enterprise_id)
    ground = gathering.ground_of(enterprise_id)
    plan = ground.plan(plan_id)
    if plan_id is not None and plan is None:
        raise not_found()
    return ground, plan


def _moment(enterprise_id: int, now: datetime, plan_id: int | None, at: datetime | None) -> _Moment:
    if at is not None and at > now + timedelta(minutes=1):
        raise Refused(
            422,
            "in_the_future",
            "时刻不能晚于现在；未来的情况见各通道的预测。",
            "The moment can't be later than now; what is ahead stands with each channel's forecast.",
            "at",
        )
    ground, plan = _place(enterprise_id, plan_id)
    wanted = micro(min(at, now) if at is not None else now)
    by, grid = gathering.rules(), ground.grid(plan)
    spans = _spans(enterprise_id, wanted, wanted)
    fresh = at is None and bool(spans)
    if at is None and not fresh:  # nobody keeps it on: made for whoever asks, and not kept
        gathered = gathering.gather(enterprise_id, now, ground, by)
        return _Moment(enterprise_id, plan, ground, wanted, True, score(grid, gathered.factors, by), {})
    shown = shown_at(_versions(enterprise_id, wanted, wanted), wanted)
    known = fresh or covered(spans, wanted)
    factors = [version.factor for version in shown] if known else []
    ids = {version.factor.ref: version.id for version in shown}
    return _Moment(enterprise_id, plan, ground, wanted, known, score(grid, factors, by), ids)


def _versions(enterprise_id: int, start: int, end: int) -> list[Version]:
    """What was shown at any time from `start` to `end`."""
    rows = RiskVersion.objects.filter(Q(end__isnull=True) | Q(end__gt=start), enterprise_id=enterprise_id)
    return [read_version(row) for row in rows.filter(start__lte=end).order_by("id").iterator()]


def _spans(enterprise_id: int, start: int, end: int) -> list[tuple[int, int]]:
    # A span is carried on every few seconds: so long after its last sign it counts as kept.
    rows = RiskSpan.objects.filter(enterprise_id=enterprise_id, upto__gte=start - FRESH_US, start__lte=end)
    return [(first, last + FRESH_US) for first, last in rows.values_list("start", "upto")]


def _kept_from(enterprise_id: int, now: datetime) -> int | None:
    """The first moment that a replay can show; None where nothing is kept."""
    oldest = micro(now - timedelta(days=settings.CONFIG.riskmap_days))
    first: int | None = (
        RiskSpan.objects.filter(enterprise_id=enterprise_id).order_by("start").values_list("start", flat=True).first()
    )
    return None if first is None else max(first, oldest)


def _explained(moment: _Moment, place: int, cell: int | None, why: Why) -> RiskExplained:
    most = moment.scored.rules.most_likelihood
    return RiskExplained(
        enterprise_id=moment.enterprise_id,
        cell=cell,
        area_ids=[int(key) for key in moment.scored.grid.areas_of(place)],
        at=_time(moment.at),
        known=moment.known,
        score=round(why.score, 1),
        level=why.level if moment.known else UNKNOWN,
        unknown=why.unknown,
        hazard=round(why.hazard, 2),
        exposure=why.exposure,
        exposure_known=why.exposure_known,
        times=round(why.times, 3),
        factors=[
            WeighedFactor(
                factor=moment.factor(one.factor),
                weight=one.weight,
                share=None if one.share is None else round(one.share, 4),
                adds=round(one.adds, 1),
            )
            for one in why.factors
        ],
        silent=[moment.factor(one) for one in why.silent],
        formula_zh=_FORMULA_ZH.format(most=most),
        formula_en=_FORMULA_EN.format(most=most),
    )


def _area_out(moment: _Moment, key: str) -> RiskAreaOut:
    area, scored = moment.ground.areas[int(key)], moment.scored
    place = scored.worst_of(key)
    people = next((one.count for one in scored.factors if one.ref == f"people:{key}"), None)
    top = scored.top_of(place)
    drawn = place < scored.grid.cells
    return RiskAreaOut(
        area_id=area.id,
        name_zh=area.name_zh,
        name_en=area.name_en,
        outline=list(area.outline) if drawn else [],
        on_plan=drawn,
        score=round(float(scored.score[place]), 1),
        level=int(scored.levels[place]) if moment.known else UNKNOWN,
        unknown=bool(scored.unknown[scored.grid.held[key]].any()),
        people=people,
        top_zh=top.why_zh if top else "",
        top_en=top.why_en if top else "",
    )


def _frame(scored: Scored, at: int) -> RiskFrame:
    areas = []
    for key in scored.grid.inside:
        place = scored.worst_of(key)
        score_, level = round(float(scored.score[place]), 1), int(scored.levels[place])
        areas.append(RiskFrameArea(area_id=int(key), score=score_, level=level))
    top = _top(scored.factors)
    return RiskFrame(
        at=_time(at),
        known=True,
        levels=scored.levels[: scored.grid.cells].tolist(),
        areas=areas,
        factors=len(scored.factors),
        top_zh=top.why_zh if top else "",
        top_en=top.why_en if top else "",
    )


def _unknown_frame(at: int) -> RiskFrame:
    return RiskFrame(at=_time(at), known=False, levels=[], areas=[], factors=0, top_zh="", top_en="")


def _top(factors: Sequence[Factor]) -> Factor | None:
    hazards = (one for one in factors if one.part == "hazard" and one.where.placed)
    return max(hazards, key=lambda one: (one.weight, -one.since), default=None)


def _factor_out(one: Factor, pk: int, plan: PlanOut | None) -> RiskFactorOut:
    where, here = one.where, plan is not None and one.where.on_plan and one.where.plan == str(plan.id)
    spot = here and where.x is not None and not where.ring
    wide = (plan.metres_wide if plan else None) or 100.0
    return RiskFactorOut(
        id=pk,
        kind=one.kind,
        part=one.part,
        link=one.link,
        area_id=int(where.area) if where.area else None,
        x=where.x if spot else None,
        y=where.y if spot else None,
        reach=round(where.reach_m / wide, 4) if spot else None,
        ring=_points(where.ring) if here and where.ring else None,
        since=_time(one.since),
        until=None if one.until is None else _time(one.until),
        likelihood=one.likelihood,
        consequence=one.consequence,
        times=one.times,
        exposure=one.exposure,
        why_zh=one.why_zh,
        why_en=one.why_en,
        source=one.source,
        synthetic=one.synthetic,
    )


def _points(ring: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in ring]


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1e6, UTC)
