"""Risk profiles of a region's enterprises: expected injuries and severity, trend, rank, colour, reasons and movement.

See docs/algorithms/profiles.md. In short: injuries are Poisson with a gamma prior from the ladder of industries; what
inspectors found and signals reported moves the expectation by factors learnt from earlier years; severity is the own
mean of lost days, shrunk towards the class; the change of the score is shared out among its causes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from yufang import standards
from yufang.profiles.colours import ColourBands, ColourTable, default_colours
from yufang.profiles.contracts import Movement, RiskProfile
from yufang.profiles.credibility import Floats
from yufang.profiles.estimate import WINDOW, Region, Snapshot, learn, percentile, snapshot
from yufang.profiles.factors import SIGNAL_MONTHS, Classes, Weights
from yufang.profiles.hierarchy import Path
from yufang.profiles.history import build_history, month_start
from yufang.profiles.inputs import SIGNAL_KINDS
from yufang.profiles.movement import decompose
from yufang.profiles.reasons import Facts, reasons
from yufang.profiles.trend import Seasons, Trends, seasons, trends
from yufang.profiles.wording import Change, movement
from yufang.standards.model import UnknownCode

__all__ = ["ColourBands", "industry_paths", "percentile", "profile_region"]

SMALL_REGION = 2000
TREND_MONTHS = 6
MOVEMENT_MONTHS = 3


def profile_region(
    enterprises: pl.DataFrame,
    cases: pl.DataFrame,
    hazards: pl.DataFrame,
    *,
    at: date,
    months: int = 24,
    bands: ColourBands | ColourTable | None = None,
    exposure: pl.DataFrame | None = None,
    signals: pl.DataFrame | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[RiskProfile, ...]:
    """Profiles of all `enterprises` at the month of `at`, and `months` - 1 months before where something happened.

    Tables follow `lake.tables`, `exposure` and `signals` the schemas of `profiles.inputs`; cases may carry
    `code_accident_type`, a coder's. In a region of more than `SMALL_REGION` enterprises, earlier months are kept only
    of those with an injury within three years: the others' say nothing of their own. Raises ValueError for an empty
    region, ProfileInputError for a table of exposure or signals that can't be used.
    """
    if not len(enterprises):
        raise ValueError("no enterprises: a risk profile needs at least one")
    table = bands.table() if isinstance(bands, ColourBands) else bands or default_colours()
    history = build_history(enterprises, cases, hazards, at=at, exposure=exposure, signals=signals)
    region = Region(history, _classes(enterprises), industry_paths(enterprises))
    weights = learn(region)
    ends = range(max(1, history.months - months + 1), history.months + 1)
    back = {end - step for end in ends for step in (TREND_MONTHS, MOVEMENT_MONTHS)} | set(ends)
    snapshots = {end: snapshot(region, weights, end) for end in sorted(back)}
    out: list[RiskProfile] = []
    for done, end in enumerate(ends, 1):
        out += _month(region, weights, snapshots, end, table)
        if progress:
            progress(done, len(ends))
    return tuple(out)


def _classes(enterprises: pl.DataFrame) -> Classes:
    """Class of each enterprise: its GB/T 4754 division, or what the source calls its industry.

    One class for all where the industry of more than a fifth is unknown: sources often name it only for those who had
    an accident, and then every class would look dangerous.
    """
    code = _digits().str.slice(0, 2)
    name = pl.col("industry_name").fill_null("").str.split("(").list.first().str.slice(0, 12)
    frame = enterprises.select(pl.when(code != "").then(code).otherwise(name))
    classes = frame.to_series().to_numpy().astype(str)
    return classes if (classes != "").mean() >= 0.8 else np.full(len(classes), "")


def _digits() -> pl.Expr:
    return pl.col("industry_code").fill_null("").str.strip_chars_start("ABCDEFGHIJKLMNOPQRST")


def industry_paths(enterprises: pl.DataFrame) -> list[Path]:
    """Section, division, group and class of each enterprise (GB/T 4754-2017), "" where its code is shorter.

    Where divisions are not used as classes (see `_classes`), every path is empty strings.
    """
    classes = _classes(enterprises)
    if not (classes != "").any():
        return [("", "", "", "")] * len(classes)
    known: dict[tuple[str, str], Path] = {}
    paths = []
    for code, name in zip(enterprises.select(_digits()).to_series(), classes.tolist(), strict=True):
        if (code, name) not in known:
            section = _section(code[:2]) if code else name
            known[code, name] = (section, name, code[:3] if len(code) > 2 else "", code[:4] if len(code) > 3 else "")
        paths.append(known[code, name])
    return paths


def _section(division: str) -> str:
    try:
        return standards.industry(division).section
    except UnknownCode:
        return ""


def _month(
    region: Region, weights: Weights, snapshots: dict[int, Snapshot], end: int, table: ColourTable
) -> list[RiskProfile]:
    """Profiles of one month."""
    history = region.history
    injuries = history.window(history.injuries, end, 12)
    newest = end == history.months
    everyone = newest or len(injuries) <= SMALL_REGION
    wanted = np.flatnonzero(everyone | (history.window(history.injuries, end, WINDOW) > 0))
    moved = _movements(region, weights, snapshots, end, wanted)
    _, index = np.unique(region.classes, return_inverse=True)
    span = slice(max(0, end - WINDOW), end)
    change = trends(history.injuries[:, span], history.exposure[:, span], index.astype(np.int64))
    of_class = _seasons(region, index, end) if newest else {}
    return [
        _profile(region, snapshots, end, int(i), table, change, of_class.get(int(index[i])), moved.get(int(i)), newest)
        for i in wanted
    ]


def _seasons(region: Region, index: npt.NDArray[np.int64], end: int) -> dict[int, Seasons]:
    """Seasons of each class, shrunk towards the region's."""
    history = region.history
    counts, weight = history.injuries[:, :end], history.exposure[:, :end]
    wide = seasons(counts.sum(0), weight.sum(0), history.first)
    found = {}
    for number in range(int(index.max()) + 1):
        rows = index == number
        one = seasons(counts[rows].sum(0), weight[rows].sum(0), history.first, wide) or wide
        if one:
            found[number] = one
    return found


def _movements(
    region: Region,
    weights: Weights,
    snapshots: dict[int, Snapshot],
    end: int,
    wanted: npt.NDArray[np.int64],
) -> dict[int, Movement]:
    """Movement of each wanted row since three months before; none where the history is not that long."""
    start = end - MOVEMENT_MONTHS
    if start < 1:
        return {}
    history, before, now = region.history, snapshots[start], snapshots[end]
    shares = decompose(region, weights, before, now, (start, end), wanted)
    since, month = month_start(history.first + start), month_start(history.first + end)
    found = [history.window(history.hazards, e, 12) for e in (start, end)]
    out = {}
    for place, i in enumerate(wanted.tolist()):
        zh, en = _class_names(str(region.classes[i]))
        out[i] = movement(
            since,
            month,
            {cause: float(share[place]) for cause, share in shares.items()},
            Change(
                new=tuple(h for h in history.happenings.get(i, ()) if start <= h.column < end),
                left=int(history.injuries[i, max(0, start - WINDOW) : max(0, end - WINDOW)].sum()),
                window_years=WINDOW // 12,
                found=(int(found[0][i]), int(found[1][i])),
                unmended=(int(history.unmended[i, start]), int(history.unmended[i, end])),
                exposure=(float(before.state.year[i]), float(now.state.year[i])),
                class_zh=zh,
                class_en=en,
            ),
        )
    return out


def _class_names(code: str) -> tuple[str, str]:
    if not code:
        return "全部企业", "all enterprises"
    try:
        found = standards.industry(code)
    except UnknownCode:
        return code, code
    return found.name_zh, found.name_en


def _profile(
    region: Region,
    snapshots: dict[int, Snapshot],
    end: int,
    i: int,
    table: ColourTable,
    change: Trends,
    season: Seasons | None,
    moved: Movement | None,
    newest: bool,
) -> RiskProfile:
    history, now, before = region.history, snapshots[end], snapshots[end - TREND_MONTHS]
    facts = _facts(region, now, before, end, i, change)
    zh, en = reasons(facts)
    score, s = float(now.score[i]), now.state
    rule = table.decide(score, facts.deaths, facts.injuries, facts.unmended)
    own = float(s.counts[i] / s.exposure[i])
    return RiskProfile(
        enterprise_id=history.enterprises[i],
        month=month_start(history.first + end),
        injuries_12m=facts.injuries,
        lost_days_12m=float(history.lost_days[i, max(0, end - 12) : end].sum()),
        hazards_12m=facts.hazards,
        expected_injuries=float(now.expected[i]),
        expected_injuries_low=float(now.low[i]),
        expected_injuries_high=float(now.high[i]),
        expected_lost_days=float(now.lost_days[i]),
        credibility=facts.credibility,
        class_code=facts.class_code,
        score=score,
        colour=rule.colour,
        colour_rule=rule.rule,
        trend=facts.trend,
        peer_percentile=float(now.peers[i]),
        reasons_zh=zh,
        reasons_en=en,
        exposure=float(s.year[i]),
        exposure_basis=history.basis[i],
        yearly_change=float(change.change[i]),
        yearly_change_low=float(change.low[i]),
        yearly_change_high=float(change.high[i]),
        seasons=season.factor if season else (),
        rungs=now.ladder.rungs(region.paths[i], own, facts.credibility) if newest else (),
        movement=moved,
    )


def _sum(table: Floats, i: int, start: int, end: int) -> float:
    return float(table[i, max(0, start) : max(0, end)].sum())


def _facts(region: Region, now: Snapshot, before: Snapshot, end: int, i: int, change: Trends) -> Facts:
    history = region.history
    recent = end - SIGNAL_MONTHS
    return Facts(
        injuries=int(_sum(history.injuries, i, end - 12, end)),
        previous=int(_sum(history.injuries, i, end - 24, end - 12)),
        deaths=int(_sum(history.deaths, i, end - 12, end)),
        hazards=int(_sum(history.hazards, i, end - 12, end)),
        unmended=int(history.unmended[i, end]),
        credibility=float(now.credibility[i]),
        class_code=str(region.classes[i]),
        ratio_to_class=float(now.expected[i] / max(now.state.mean[i] * now.state.year[i], 1e-12)),
        hazard_factor=float(now.factor[i]),
        trend=float(now.expected[i] / max(before.expected[i], 1e-9) - 1),
        yearly_low=float(change.low[i]),
        yearly_high=float(change.high[i]),
        signals=tuple(
            (kind, tuple(h for h in history.happenings.get(i, ()) if h.kind == kind and recent <= h.column < end))
            for kind in SIGNAL_KINDS
        ),
    )
