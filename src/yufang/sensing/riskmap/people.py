"""From people present: how many are in each area, as bands. Nobody is named, and no position is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from yufang.sensing.riskmap.model import Factor, Where
from yufang.sensing.riskmap.rules import Rules, step


def band_of(people: int, rules: Rules) -> str:
    """The band that a number of people is told as: "0", "1-2", "3-9", "10+"."""
    starts = sorted(rules.people.bands)
    start = max(bound for bound in starts if people >= bound)
    after = next((bound for bound in starts if bound > start), None)
    if after is None:
        return f"{start}+"
    return str(start) if after == start + 1 else f"{start}-{after - 1}"


def people_factors(
    counts: Mapping[str, int], areas: Iterable[str], unseen: int, now: int, rules: Rules, *, beyond: int = 0
) -> list[Factor]:
    """Exposure of every area by `counts` (people by area; an area without an entry is empty), and of all other ground
    by `beyond`. `unseen` tags are worn and silent: then somebody may be anywhere, and nowhere counts as empty.

    Call it only where tags are worn; without any nobody knows where people are, and the rules' `unknown` holds.
    """
    found = [_exposure("people:beyond", Where(extent="beyond"), beyond, unseen, now, rules)]
    found += [_exposure(f"people:{area}", Where(area=area), counts.get(area, 0), unseen, now, rules) for area in areas]
    if unseen:
        found.append(
            Factor(
                ref="people:unseen",
                kind="people_unseen",
                part="unknown",
                where=Where(),
                since=now,
                why_zh=f"{unseen} 个已佩戴的定位标签没有信号，佩戴者位置未知",
                why_en=f"{unseen} tags that are worn can't be seen; where their wearers are is unknown",
            )
        )
    return found


def _exposure(ref: str, where: Where, people: int, unseen: int, now: int, rules: Rules) -> Factor:
    exposure = step(rules.people.bands, people) or 0.0
    if unseen and exposure < rules.people.unseen:
        exposure = rules.people.unseen
    band = band_of(people, rules)
    zh, en = ("没有看到人员", "nobody is seen") if people == 0 else (f"现有 {band} 人", f"{band} people are present")
    if unseen and people == 0:
        zh, en = f"{zh}，但有标签失去信号", f"{en}, but some tags are silent"
    return Factor(
        ref=ref, kind="people", part="exposure", where=where, since=now, exposure=exposure, count=band,
        why_zh=f"{zh}（暴露系数 {exposure:g}）", why_en=f"{en} (exposure {exposure:g})", source="yufang.positions",
    )  # fmt: skip
