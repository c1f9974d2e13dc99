"""Made-up narratives: an injury told the way injury forms tell it, from a hazard that is known to be its cause."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import yaml

from yufang.packs.model import Hazard

VAGUE = 0.3  # share of forms that don't say clearly what happened


@cache
def phrases() -> dict[str, Any]:
    """The phrase bank, see phrases.yaml."""
    bank: dict[str, Any] = yaml.safe_load(resources.files("yufang.demo").joinpath("phrases.yaml").read_text("utf-8"))
    return bank


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A narrative with what it was made from."""

    narrative: str
    place: str
    job: str
    body_part: str
    outcome: str  # minor | serious | fatal


def _pick(rng: np.random.Generator, options: Any) -> Any:
    return options[int(rng.integers(len(options)))]


def _some(rng: np.random.Generator, text: str) -> str:
    """One clause of a longer sentence, as people shorten it."""
    clauses = [c for c in re.split(r"[，；。、]", text) if len(c) >= 4]
    return str(_pick(rng, clauses)) if clauses else text


def cause_phrase(rng: np.random.Generator, hazard: Hazard) -> str:
    """How somebody who was there would name the cause."""
    spoken = list(hazard.words)
    spoken += [_some(rng, t.zh) for t in (hazard.causes.machine, hazard.causes.human, hazard.causes.method) if t]
    spoken.append(_some(rng, hazard.circumstance.zh))
    return str(_pick(rng, spoken))


def person(rng: np.random.Generator) -> str:
    """A name as forms give it: surname and 某."""
    return str(_pick(rng, phrases()["surnames"])) + str(_pick(rng, ["某", "某某", "师傅", "某"]))


def tell(
    rng: np.random.Generator,
    *,
    on: date,
    sector: str,
    accident_type: str,
    hazard: Hazard | None,
    equipment: str,
    part: str,
    task: str,
    outcome: str,
) -> Told:
    """Tell one injury in an enterprise of the pack `sector`; `hazard` is None where no hazard explains it."""
    bank = phrases()
    body_part = str(_pick(rng, list(bank["bodies"])))
    days = {"minor": rng.integers(1, 20), "serious": rng.integers(20, 180)}.get(outcome, 0)
    words = {
        "person": person(rng),
        "other": person(rng),
        "place": _pick(rng, bank["places"][sector]),
        "job": _pick(rng, bank["jobs"]),
        "shift": _pick(rng, bank["shifts"]),
        "date": _pick(rng, [f"{on.month}月{on.day}日", f"{on:%Y-%m-%d}，", "", ""]),
        "clock": _pick(rng, [f"{rng.integers(6, 23)}时{rng.integers(0, 59)}分", f"{rng.integers(1, 12)}点多", ""]),
        "hour": f"{rng.integers(6, 23)}时{rng.integers(0, 59)}分",
        "equipment": equipment,
        "part": part or equipment,
        "task": task,
        "body": _pick(rng, bank["bodies"][body_part]),
        "object": _pick(rng, bank["objects"]),
        "height": f"{rng.uniform(1.8, 12):.1f}",
        "hospital": _pick(rng, bank["hospitals"]),
        "injury": _pick(rng, bank["injuries"][outcome]),
        "days": int(days),
    }
    if hazard is not None:
        words["cause"] = cause_phrase(rng, hazard)
    event = _event(rng, accident_type)
    parts = [_pick(rng, bank["openings"])]
    # A third of the forms never say why: the cause must then be deduced from what happened and where.
    if hazard is not None and rng.random() < 0.65:
        parts.append("，" + _pick(rng, bank["circumstances"]))
    parts.append("，" + event)
    if outcome == "fatal":
        parts.append(_pick(rng, ["，经抢救无效死亡", "，当场死亡", "，送医后死亡"]))
    elif rng.random() < 0.85:
        parts.append(_pick(rng, bank["endings"]))
    narrative = "".join(parts).format(**words) + _pick(rng, bank["tails"])
    narrative = re.sub(r"，+", "，", narrative).replace("，。", "。").replace("。。", "。").lstrip("，")
    return Told(
        narrative=_blemish(rng, narrative),
        place=str(words["place"]),
        job=str(words["job"]),
        body_part=body_part if "{body}" in event else "",
        outcome=outcome,
    )


def _event(rng: np.random.Generator, accident_type: str) -> str:
    """What happened: in three of ten forms told so vaguely that several types fit."""
    bank = phrases()
    vague = [says for group in bank["vague"] if accident_type in group["of"] for says in group["says"]]
    if vague and rng.random() < VAGUE:
        return str(_pick(rng, vague))
    return str(_pick(rng, bank["events"].get(accident_type, bank["events"]["WSA10099"])))


def _blemish(rng: np.random.Generator, text: str) -> str:
    """What real forms suffer from: half-width punctuation, stray spaces, a doubled or a lost character."""
    roll = rng.random()
    if roll < 0.12:
        return text.replace("，", ",").replace("。", ".")
    at = int(rng.integers(1, max(2, len(text) - 1)))
    if roll < 0.17:
        return text[:at] + " " + text[at:]
    if roll < 0.21:
        return text[:at] + text[at + 1 :]
    return text


def finding(rng: np.random.Generator, sector: str, hazard: Hazard, equipment: str, part: str) -> str:
    """How an inspector writes a hazard that was found."""
    words = _pick(rng, hazard.words) if hazard.words and rng.random() < 0.75 else _some(rng, hazard.circumstance.zh)
    template = _pick(rng, phrases()["findings"])
    return str(
        template.format(where=_pick(rng, phrases()["places"][sector]), equipment=equipment, part=part, words=words)
    )
