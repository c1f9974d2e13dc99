"""The made-up region's hidden truth: which hazards are present where and when, and whom they hurt.

Enterprises differ in quality. A hazard of an enterprise's own equipment appears, lasts, is found by some visits and
mended after most findings; while it is present it hurts people at a rate that grows with exposure and falls with
severity. So the cause of every injury and the state of every hazard at every visit are known, and what the platform
says can be checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import yaml

from yufang.demo.geography import District, make_districts, place_within
from yufang.demo.narratives import Told, finding, tell
from yufang.packs import installed_packs
from yufang.packs.model import Hazard, Pack

YEARS = 5
QUARTER = 91  # days
PRESENT = {"common": 0.34, "occasional": 0.15, "rare": 0.05}
EXPOSURE = {"continuous": 1.0, "daily": 0.8, "weekly": 0.4, "monthly": 0.2, "yearly": 0.08}
HARM = {"minor": 0.16, "serious": 0.10, "fatal": 0.035, "multi_fatal": 0.012}  # injuries a quarter while present
OUTCOMES = {
    "minor": (0.93, 0.07, 0.0),
    "serious": (0.55, 0.44, 0.01),
    "fatal": (0.5, 0.42, 0.08),
    "multi_fatal": (0.45, 0.4, 0.15),
}
BACKGROUND = ("WSA10011", "WSA10099", "WSA10003", "WSA10001")  # injuries that no pack hazard explains
DETECTED = 0.7  # chance that a visit finds a hazard that is present
# Spread of how prone an enterprise is to each of its hazards: a few come back again and again, most hardly ever show.
CHRONIC = 0.35
MENDED = 0.8  # chance that a finding is mended


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """A made-up enterprise with its hidden quality (1 = average; more is worse)."""

    id: str
    name: str
    credit_code: str
    industry_code: str
    industry_name: str
    employees: int
    district: District
    lon: float
    lat: float
    pack: Pack
    equipment: tuple[tuple[str, str, str, int, date], ...]  # key, name, model, count, commissioned
    quality: float

    @property
    def hazards(self) -> tuple[Hazard, ...]:
        """Hazards of the equipment it has."""
        own = {e[0] for e in self.equipment}
        return tuple(h for h in self.pack.hazards if h.equipment in own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injury:
    """An injury with its true cause: `hazard_key` is empty where no pack hazard explains it."""

    id: str
    enterprise: Enterprise
    on: date
    hazard_key: str
    accident_type: str
    equipment: str
    told: Told
    lost_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A hazard that a visit found."""

    id: str
    enterprise: Enterprise
    on: date
    hazard: Hazard
    by: str
    text: str
    mended: date | None


@dataclass(slots=True)
class World:
    """Everything of the region, hidden truth included.

    `present`: (enterprise id, hazard key, from, to). `expected`: injuries that each enterprise's hazards and size made
    likely in the last four quarters, chance left out.
    """

    districts: tuple[District, ...]
    enterprises: list[Enterprise] = field(default_factory=list)
    injuries: list[Injury] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    present: list[tuple[str, str, date, date]] = field(default_factory=list)
    expected: dict[str, float] = field(default_factory=dict)


@cache
def industries() -> list[dict[str, Any]]:
    """The region's industries, see industries.yaml."""
    rows: list[dict[str, Any]] = yaml.safe_load(
        resources.files("yufang.demo").joinpath("industries.yaml").read_text("utf-8")
    )
    return rows


def make_world(*, seed: int, today: date, enterprises: int = 300) -> World:
    """Make the region as of `today`; the same seed and day make the same region."""
    rng = np.random.default_rng(seed)
    world = World(make_districts(rng))
    packs = {p.key: p for p in installed_packs()}
    share = enterprises / sum(i["count"] for i in industries())
    for industry in industries():
        for _ in range(max(1, round(industry["count"] * share))):
            world.enterprises.append(
                _enterprise(rng, industry, packs[industry["pack"]], world.districts, today, len(world.enterprises))
            )
    for enterprise in world.enterprises:
        _live(rng, world, enterprise, today)
    world.injuries.sort(key=lambda i: (i.on, i.id))
    world.findings.sort(key=lambda f: (f.on, f.id))
    return world


def _enterprise(
    rng: np.random.Generator,
    industry: dict[str, Any],
    pack: Pack,
    districts: tuple[District, ...],
    today: date,
    number: int,
) -> Enterprise:
    district = districts[int(rng.choice(len(districts), p=_weights(len(districts))))]
    lon, lat = place_within(district, rng)
    employees = int(np.clip(rng.lognormal(np.log(industry["size"]), 0.7), 8, 2500))
    known = {e.key: e for e in pack.equipment}
    usual = [k for k in industry["equipment"] if k in known]
    others = [k for k in known if k not in usual]
    want = int(np.clip(3 + employees**0.5 / 1.5, 4, 14))
    chosen = [k for k in usual if rng.random() < 0.85]
    chosen += [str(k) for k in rng.permutation(others)[: max(2, want - len(chosen))]]
    rows = []
    for key in chosen:
        alias = [a for a in known[key].aliases if not a.isascii()]
        name = str(rng.choice(alias)) if alias and rng.random() < 0.5 else known[key].name.zh
        model = f"{'ABCDEFGHJKLMNPRSTXYZ'[rng.integers(20)]}{'BCDGHKLMTXYZ'[rng.integers(12)]}-{rng.integers(10, 990)}"
        age = int(rng.integers(100, 6000))
        rows.append((key, name, model, int(rng.integers(1, 7)), today - timedelta(days=age)))
    stems = "澜海岸屿岭望湾盛恒泰瑞宏达信德隆昌华远新兴安顺利源丰"
    stem = stems[int(rng.integers(len(stems)))] + stems[int(rng.integers(len(stems)))]
    return Enterprise(
        id=f"E{number + 1:04d}",
        name=f"{district.name_zh[:2]}{stem}{industry['names'][number % len(industry['names'])]}有限公司",
        credit_code=_credit_code(rng),
        industry_code=industry["code"],
        industry_name=industry["name"],
        employees=employees,
        district=district,
        lon=lon,
        lat=lat,
        pack=pack,
        equipment=tuple(rows),
        quality=float(rng.lognormal(0, 0.55)),
    )


def _weights(n: int) -> list[float]:
    raw = np.array([2.0] + [1.0] * (n - 1))
    return list(raw / raw.sum())


def _credit_code(rng: np.random.Generator) -> str:
    """A code with a right GB 32100 check character; the prefix 91990 belongs to no place."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    body = "91990000" + "".join(alphabet[int(i)] for i in rng.integers(0, 31, 9))
    total = sum(w * alphabet.index(c) for w, c in zip(weights, body, strict=True))
    return body + alphabet[(31 - total % 31) % 31]


def _live(rng: np.random.Generator, world: World, enterprise: Enterprise, today: date) -> None:
    """Five years of one enterprise, a quarter at a time."""
    start = today - timedelta(days=YEARS * 4 * QUARTER)
    quality = enterprise.quality
    # Quality drifts, so that some enterprises get worse while one watches and others mend their ways.
    drift = rng.normal(0, 0.06)
    since: dict[str, date] = {}
    prone = {h.id: float(rng.gamma(CHRONIC, 1 / CHRONIC)) for h in enterprise.hazards}
    for quarter in range(YEARS * 4):
        begin = start + timedelta(days=quarter * QUARTER)
        level = quality * float(np.exp(drift * (quarter - 10)))
        for hazard in enterprise.hazards:
            p = 1 - (1 - PRESENT[hazard.prevalence]) ** (level * prone[hazard.id])
            if hazard.id not in since and rng.random() < (p if quarter == 0 else p * 0.6):
                since[hazard.id] = begin + timedelta(days=int(rng.integers(QUARTER)) if quarter else 0)
            elif hazard.id in since and rng.random() < 0.2 * (1 - p):
                _end(world, enterprise, since, hazard, begin)
        _visits(rng, world, enterprise, begin, since, today)
        expected = _injuries(rng, world, enterprise, begin, since)
        if quarter >= (YEARS - 1) * 4:
            world.expected[enterprise.id] = world.expected.get(enterprise.id, 0.0) + expected
    for hazard in enterprise.hazards:
        if hazard.id in since:
            _end(world, enterprise, since, hazard, date.max)


def _end(world: World, enterprise: Enterprise, since: dict[str, date], hazard: Hazard, until: date) -> None:
    world.present.append((enterprise.id, f"{enterprise.pack.key}/{hazard.id}", since.pop(hazard.id), until))


def _visits(
    rng: np.random.Generator,
    world: World,
    enterprise: Enterprise,
    begin: date,
    since: dict[str, date],
    today: date,
) -> None:
    visits = [("区应急管理局", "citation")] * int(rng.random() < 0.3)
    visits += [("企业自查", "inspection")] * int(rng.poisson(0.5))
    for by, _ in visits:
        on = begin + timedelta(days=int(rng.integers(QUARTER)))
        for hazard in enterprise.hazards:
            if since.get(hazard.id, date.max) >= on or rng.random() > DETECTED:
                continue
            mended = on + timedelta(days=int(rng.integers(2, 60))) if rng.random() < MENDED else None
            name, part = _words(enterprise, hazard)
            world.findings.append(
                Finding(
                    id=f"H{len(world.findings) + 1:06d}",
                    enterprise=enterprise,
                    on=on,
                    hazard=hazard,
                    by=by,
                    text=finding(rng, enterprise.pack.key, hazard, name, part),
                    mended=mended if mended and mended < today else None,
                )
            )
            if mended and mended < today:
                _end(world, enterprise, since, hazard, mended)


def _injuries(
    rng: np.random.Generator, world: World, enterprise: Enterprise, begin: date, since: dict[str, date]
) -> float:
    """Injuries of one quarter; returns how many were to be expected."""
    size = float(enterprise.employees / 80) ** 0.5
    background = 0.12 * size
    total: float = background
    for hazard in enterprise.hazards:
        if hazard.id in since:
            rate: float = HARM[hazard.severity] * EXPOSURE[hazard.exposure] * size
            total += rate
            for _ in range(int(rng.poisson(rate))):
                _injure(rng, world, enterprise, begin, hazard)
    for _ in range(int(rng.poisson(background))):
        _injure(rng, world, enterprise, begin, None)
    return total


def _injure(rng: np.random.Generator, world: World, enterprise: Enterprise, begin: date, hazard: Hazard | None) -> None:
    odds = OUTCOMES[hazard.severity if hazard else "minor"]
    outcome = ("minor", "serious", "fatal")[int(rng.choice(3, p=odds))]
    kind = hazard.accident_type if hazard else str(rng.choice(BACKGROUND))
    if hazard:
        name, part = _words(enterprise, hazard)
        tasks = {t.key: t.name.zh for t in enterprise.pack.tasks}
        task = tasks.get(hazard.task or "", "作业")
    else:
        name, part, task = "设备", "", str(rng.choice(["搬运物料", "巡查", "走动", "收拾工具", "上下班"]))
    on = begin + timedelta(days=int(rng.integers(QUARTER)))
    told = tell(
        rng,
        on=on,
        sector=enterprise.pack.key,
        accident_type=kind,
        hazard=hazard,
        equipment=name,
        part=part,
        task=task,
        outcome=outcome,
    )
    days = {"minor": int(rng.integers(1, 25)), "serious": int(rng.integers(25, 200)), "fatal": 0}[outcome]
    world.injuries.append(
        Injury(
            id=f"C{len(world.injuries) + 1:06d}",
            enterprise=enterprise,
            on=on,
            hazard_key=f"{enterprise.pack.key}/{hazard.id}" if hazard else "",
            accident_type=kind,
            equipment=name if hazard else "",
            told=told,
            lost_days=days,
        )
    )


def _words(enterprise: Enterprise, hazard: Hazard) -> tuple[str, str]:
    """What the enterprise calls the equipment, and the part's name."""
    name = next(e[1] for e in enterprise.equipment if e[0] == hazard.equipment)
    kind = next(e for e in enterprise.pack.equipment if e.key == hazard.equipment)
    part = kind.parts.get(hazard.part or "")
    return name, part.zh if part else ""
