"""Exposure indices against limits, for each post: GBZ 2.1-2019 (chemicals, dusts), GBZ 2.2-2007 (noise)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from math import log10

from yufang import standards
from yufang.profiles.disease.expected import ExpectedCases, expected_cases
from yufang.profiles.disease.measurements import Measurement
from yufang.standards.exposure import ExposureLimit, noise_limit_dba

SHIFT = 480.0  # minutes
SHORT = 15.0  # minutes that a short-term sample lasts at most
PEAK = 3.0  # times PC-TWA, where no PC-STEL is set (GBZ 2.1-2019, peak exposure)
ENOUGH = 0.75  # share of the shift that measurements must cover, else the average is a lower bound


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureResult:
    """One agent at one post on one day. `index` is the highest of the ratios to a limit (1 = at the limit).

    `twa` is mg/m³ over 8 h or LEX,8h in dB(A); `twa_index`, `stel_index` and `mac_index` are ratios, None where there
    is no limit or no sample for it; for noise `twa_index` is the dose (1 = 85 dB(A) for 8 h). `mixture` is the additive
    index of all agents of the post that act alike, this one among them. `covered` is the measured share of the shift.
    `verdict`: over | action (half the limit or more) | under | cannot_tell.
    """

    enterprise_id: str
    place: str
    post: str
    key: str
    name_zh: str
    name_en: str
    kind: str  # noise | dust | chemical
    fraction: str
    measured_on: date
    samples: int
    twa: float
    limit: float | None
    unit: str
    twa_index: float | None
    stel_index: float | None
    mac_index: float | None
    mixture: float | None
    index: float | None
    covered: float
    verdict: str
    clause: str
    people: int | None
    expected: ExpectedCases
    notes_zh: tuple[str, ...]
    notes_en: tuple[str, ...]


def assess(measurements: Iterable[Measurement]) -> tuple[ExposureResult, ...]:
    """Indices and expected cases of every post, agent and day, the worst first."""
    rows = sorted(measurements, key=_where)
    results: list[ExposureResult] = []
    for _, group_of_post in groupby(rows, key=lambda m: _where(m)[:4]):
        of_post = list(group_of_post)
        posts = [
            _noise(list(group)) if key[4] == "noise" else _substance(list(group))
            for key, group in groupby(of_post, key=_where)
        ]
        acts = {(m.key, m.fraction): m.acts_on for m in of_post if m.acts_on}
        results += _with_mixtures(posts, acts)
    return tuple(sorted(results, key=lambda r: (-(r.index or 0.0), r.enterprise_id, r.post, r.key)))


def _where(m: Measurement) -> tuple[str, str, str, date, str, str]:
    return m.enterprise_id, m.place, m.post, m.measured_on, m.key, m.fraction


def twa(values: Iterable[tuple[float, float]], shift: float = SHIFT) -> float:
    """Average over `shift` minutes of (concentration, minutes) pairs; what was not measured counts as none."""
    return sum(value * minutes for value, minutes in values) / shift


def long_shift_factor(hours: float) -> float:
    """Factor on a TWA limit for shifts over 8 h (Brief and Scala 1975, as GBZ 2.1-2019 has it for the day): 1 up to
    8 h, (8/h)·((24-h)/16) above."""
    return 1.0 if hours <= 8 else 8 / hours * (24 - hours) / 16


def additive_index(ratios: Iterable[float]) -> float:
    """Σ C/L of substances that act alike (GBZ 2.1-2019); above 1 is over the limit."""
    return sum(ratios)


def noise_lex(levels: Iterable[tuple[float, float]]) -> float:
    """LEX,8h in dB(A) of (LAeq dB(A), minutes) stretches: 10·lg Σ (t/480)·10^(L/10) (GBZ 2.2-2007, equal energy)."""
    energy = sum(minutes / SHIFT * 10 ** (level / 10) for level, minutes in levels)
    return 10 * log10(energy) if energy > 0 else 0.0


def noise_dose(levels: Iterable[tuple[float, float]]) -> float:
    """Dose of a day, 1 = 85 dB(A) for 8 h, doubling every 3 dB: Σ t/T with T the time allowed at that level."""
    base, step = noise_limit_dba(8.0), noise_limit_dba(4.0) - noise_limit_dba(8.0)
    return sum(minutes / (SHIFT / 2 ** ((level - base) / step)) for level, minutes in levels)


def _noise(rows: list[Measurement]) -> ExposureResult:
    levels = [(m.value, m.minutes) for m in rows]
    lex, dose, minutes = noise_lex(levels), noise_dose(levels), sum(m.minutes for m in rows)
    first = rows[0]
    zh, en = _coverage(minutes, SHIFT)
    return _result(
        rows,
        kind="noise",
        names=("噪声", "Noise"),
        twa=lex,
        limit=noise_limit_dba(8.0),
        unit="dB(A)",
        indices=(dose, None, None),
        covered=min(minutes / SHIFT, 1.0),
        clause="GBZ 2.2-2007",
        expected=expected_cases("noise", level=lex, people=_people(rows), years=None, first=first),
        notes=(zh, en),
    )


def _substance(rows: list[Measurement]) -> ExposureResult:
    first, limit = rows[0], standards.limits(rows[0].key)
    minutes = sum(m.minutes for m in rows)
    shift = max(SHIFT, minutes)
    mean = twa([(m.value, m.minutes) for m in rows])
    allowed = limit.twa_respirable if first.fraction == "respirable" else limit.twa
    allowed = None if allowed is None else allowed * long_shift_factor(shift / 60)
    short = [m.value for m in rows if m.minutes <= SHORT]
    stel = limit.stel if limit.stel is not None else None if limit.twa is None else PEAK * limit.twa
    if first.fraction == "respirable":
        stel = None if limit.twa_respirable is None else PEAK * limit.twa_respirable
    highest = max(m.value for m in rows)
    notes = [_coverage(minutes, shift)]
    if allowed is None and limit.mac is None:
        notes.append(((f"标准未定{first.fraction or ''}限值",), ("the standard sets no limit for this fraction",)))
    if shift > SHIFT and allowed is not None:
        notes.append(((f"按{shift / 60:g}小时工作日折减限值",), (f"limit lowered for a day of {shift / 60:g} h",)))
    return _result(
        rows,
        kind=limit.kind,
        names=(limit.name_zh, limit.name_en),
        twa=mean,
        limit=allowed if allowed is not None else limit.mac,
        unit="mg/m3",
        indices=(
            mean / allowed if allowed else None,
            max(short) / stel if short and stel else None,
            highest / limit.mac if limit.mac else None,
        ),
        covered=min(minutes / shift, 1.0),
        clause=limit.clause or "GBZ 2.1-2019",
        expected=_expected(rows, limit, mean),
        notes=(tuple(n for z, _ in notes for n in z), tuple(n for _, e in notes for n in e)),
    )


def _expected(rows: list[Measurement], limit: ExposureLimit, mean: float) -> ExpectedCases:
    return expected_cases(
        limit.key, level=mean, people=_people(rows), years=_most(m.years for m in rows), first=rows[0], kind=limit.kind
    )


def _result(
    rows: list[Measurement],
    *,
    kind: str,
    names: tuple[str, str],
    twa: float,
    limit: float | None,
    unit: str,
    indices: tuple[float | None, float | None, float | None],
    covered: float,
    clause: str,
    expected: ExpectedCases,
    notes: tuple[tuple[str, ...], tuple[str, ...]],
) -> ExposureResult:
    first = rows[0]
    known = [i for i in indices if i is not None]
    index = max(known) if known else None
    return ExposureResult(
        enterprise_id=first.enterprise_id,
        place=first.place,
        post=first.post,
        key=first.key,
        name_zh=names[0],
        name_en=names[1],
        kind=kind,
        fraction=first.fraction,
        measured_on=first.measured_on,
        samples=len(rows),
        twa=twa,
        limit=limit,
        unit=unit,
        twa_index=indices[0],
        stel_index=indices[1],
        mac_index=indices[2],
        mixture=None,
        index=index,
        covered=covered,
        verdict=_verdict(index, covered),
        clause=clause,
        people=_people(rows),
        expected=expected,
        notes_zh=notes[0],
        notes_en=notes[1],
    )


def _verdict(index: float | None, covered: float) -> str:
    """What was not measured can only add: over the limit stands, under it needs most of the shift."""
    if index is None:
        return "cannot_tell"
    if index > 1:
        return "over"
    if covered < ENOUGH:
        return "cannot_tell"
    return "action" if index >= 0.5 else "under"


def _with_mixtures(posts: list[ExposureResult], acts: dict[tuple[str, str], str]) -> list[ExposureResult]:
    """Additive indices of a post's substances that act alike, as the file says."""
    out = []
    for one in posts:
        word = acts.get((one.key, one.fraction), "")
        alike = [p for p in posts if word and acts.get((p.key, p.fraction), "") == word and p.twa_index is not None]
        if len(alike) < 2 or one not in alike:
            out.append(one)
            continue
        mixture = additive_index(p.twa_index for p in alike if p.twa_index is not None)
        index = max(one.index or 0.0, mixture)
        covered = min(p.covered for p in alike)
        out.append(replace(one, mixture=mixture, index=index, verdict=_verdict(index, covered)))
    return out


def _coverage(minutes: float, shift: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if minutes / shift >= ENOUGH:
        return (), ()
    return (
        (f"只测了{minutes:g}分钟，平均值是下限",),
        (f"only {minutes:g} minutes measured: the average is a lower bound",),
    )


def _people(rows: list[Measurement]) -> int | None:
    return _whole(_most(m.people for m in rows))


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _most(values: Iterable[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return max(known) if known else None


__all__ = ["ExposureResult", "additive_index", "assess", "long_shift_factor", "noise_dose", "noise_lex", "twa"]
