"""Cases of disease that published dose-response relations make one expect among those exposed, or why nobody can tell.

Every relation is named with its source. The interval spans the published models, not the chance of single cases; what
lies outside a relation's range is not extrapolated.

* Silicosis from respirable crystalline silica, by cumulative exposure (mg/m³·years): Chen et al. 2001 (3010 Chinese tin
  miners, Occup Environ Med 58:31-37) and Steenland and Brown 1995 (3330 gold miners, Am J Public Health 85:1372-1377).
  Of each, a Weibull curve through the published figures: < 0.1 % at 0.36, 68.7 % at 5.4 (Chen; it then gives 51 % at
  4.5, published 55 %); 1 % at 0.5 and 41 % (35-47 %) at 4.05 (Steenland and Brown).
* Hearing impairment from noise over 40 years: excess risk at 80, 85 and 90 dB(A), per cent, as gathered in NIOSH
  98-126 (1998): ISO 1971 0, 10, 21; EPA 1973 5, 12, 22; NIOSH 1972 3, 15, 29; NIOSH 1997 (Prince et al., 1-4 kHz)
  1, 8, 25.
* Leukaemia from benzene: inhalation unit risk 2.2·10⁻⁶ to 7.8·10⁻⁶ per µg/m³ over a lifetime (US EPA IRIS 2000), taken
  to the working day: ×10/20 m³ of air a day, 240/365 days, years/70.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log
from typing import Protocol

HIGHEST_SILICA = 5.4  # mg/m³·years, the end of both cohorts
NOISE_LEVELS = (80.0, 85.0, 90.0)
NOISE_MODELS = ((0.00, 0.10, 0.21), (0.05, 0.12, 0.22), (0.03, 0.15, 0.29), (0.01, 0.08, 0.25))
BENZENE_RISK = (2.2e-6, 7.8e-6)  # per µg/m³, lifetime
LIFETIME = 70.0


class Sample(Protocol):
    """What of a measurement the relations need."""

    @property
    def fraction(self) -> str: ...
    @property
    def quartz_pct(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class ExpectedCases:
    """Cases among the exposed; None, with the reason in `why`, where nobody can tell. Else `why` says for what time."""

    cases: float | None
    low: float | None
    high: float | None
    disease_zh: str
    disease_en: str
    source: str
    why_zh: str
    why_en: str


def _cannot(why_zh: str, why_en: str, names: tuple[str, str] = ("", ""), source: str = "") -> ExpectedCases:
    return ExpectedCases(None, None, None, *names, source, why_zh, why_en)


def weibull(x1: float, p1: float, x2: float, p2: float) -> Callable[[float], float]:
    """The Weibull distribution function through two points."""
    a, b = -log(1 - p1), -log(1 - p2)
    shape = log(b / a) / log(x2 / x1)
    scale = x2 / b ** (1 / shape)
    return lambda x: 1 - exp(-((x / scale) ** shape)) if x > 0 else 0.0


SILICA_MODELS = (weibull(0.36, 0.001, 5.4, 0.687), weibull(0.5, 0.01, 4.05, 0.41))


def silicosis_risk(cumulative: float) -> tuple[float, float, float]:
    """Risk of silicosis by cumulative respirable silica, mg/m³·years: middle, lower and upper of the models."""
    risks = sorted(model(cumulative) for model in SILICA_MODELS)
    return sum(risks) / len(risks), risks[0], risks[-1]


def hearing_risk(level: float) -> tuple[float, float, float]:
    """Excess risk of hearing impairment after 40 years at `level` dB(A) LEX,8h of 80 to 90: middle, lower, upper."""
    risks = sorted(_between(level, model) for model in NOISE_MODELS)
    return sum(risks) / len(risks), risks[0], risks[-1]


def _between(level: float, model: tuple[float, ...]) -> float:
    for i in range(len(NOISE_LEVELS) - 1):
        a, b = NOISE_LEVELS[i], NOISE_LEVELS[i + 1]
        if a <= level <= b:
            return model[i] + (model[i + 1] - model[i]) * (level - a) / (b - a)
    return model[0] if level < NOISE_LEVELS[0] else model[-1]


def leukaemia_risk(mg_m3: float, years: float) -> tuple[float, float, float]:
    """Lifetime risk of leukaemia from benzene at work: middle, lower, upper."""
    dose = mg_m3 * 1000 * 0.5 * 240 / 365 * years / LIFETIME
    low, high = (min(risk * dose, 1.0) for risk in BENZENE_RISK)
    return (low + high) / 2, low, high


def expected_cases(
    key: str, *, level: float, people: int | None, years: float | None, first: Sample, kind: str = ""
) -> ExpectedCases:
    """Expected cases at a post. `level`: mg/m³ over the shift, or LEX,8h; `years`: worked there in all."""
    if key == "noise":
        return _noise(level, people)
    if kind == "dust" and key.startswith("DUST-SI"):
        return _silica(level, people, years, first)
    if key == "C6H6":
        return _benzene(level, people, years)
    return _cannot("没有收录该有害因素的剂量—反应关系", "no dose-response relation for this agent is built in")


def _missing(people: int | None, years: float | None) -> tuple[str, str] | None:
    if people is None:
        return "未填接触人数", "the number of people exposed is missing"
    if years is None:
        return "未填接触年限", "the years of exposure are missing"
    return None


def _noise(level: float, people: int | None) -> ExpectedCases:
    names, source = ("噪声性听力损失", "Noise-induced hearing impairment"), "NIOSH 98-126: ISO, EPA, NIOSH 1972, 1997"
    basis = ("按如此接触40年计", "for 40 years of such exposure")
    if level < NOISE_LEVELS[0]:
        return ExpectedCases(0.0, 0.0, 0.0, *names, source, "低于80 dB(A)", "below 80 dB(A)")
    if people is None:
        return _cannot("未填接触人数", "the number of people exposed is missing", names, source)
    if level > NOISE_LEVELS[-1]:
        return _cannot(
            "高于90 dB(A)，超出已发表关系的范围：风险高于90 dB(A)时",
            "above 90 dB(A), beyond the published relations: the risk is higher than at 90",
            names,
            source,
        )
    middle, low, high = (risk * people for risk in hearing_risk(level))
    return ExpectedCases(middle, low, high, *names, source, *basis)


def _silica(level: float, people: int | None, years: float | None, first: Sample) -> ExpectedCases:
    names, source = ("矽肺", "Silicosis"), "Chen et al. 2001; Steenland & Brown 1995"
    if gap := _missing(people, years):
        return _cannot(*gap, names, source)
    if first.fraction != "respirable":
        return _cannot(
            "只有总尘，关系针对呼吸性矽尘", "only total dust; the relation is for respirable silica", names, source
        )
    if first.quartz_pct is None:
        return _cannot("未填游离二氧化硅含量", "the share of free silica is missing", names, source)
    assert people is not None
    assert years is not None
    cumulative = level * first.quartz_pct / 100 * years
    if cumulative > HIGHEST_SILICA:
        return _cannot(
            f"累积接触{cumulative:.1f} mg/m³·年，超出队列范围（{HIGHEST_SILICA}），风险更高",
            f"cumulative {cumulative:.1f} mg/m³·years lies beyond the cohorts ({HIGHEST_SILICA}): the risk is higher",
            names,
            source,
        )
    middle, low, high = (risk * people for risk in silicosis_risk(cumulative))
    basis = (f"累积接触{cumulative:.2f} mg/m³·年", f"cumulative exposure {cumulative:.2f} mg/m³·years")
    return ExpectedCases(middle, low, high, *names, source, *basis)


def _benzene(level: float, people: int | None, years: float | None) -> ExpectedCases:
    names, source = ("苯所致白血病", "Leukaemia from benzene"), "US EPA IRIS 2000"
    if gap := _missing(people, years):
        return _cannot(*gap, names, source)
    assert people is not None
    assert years is not None
    middle, low, high = (risk * people for risk in leukaemia_risk(level, years))
    basis = (f"按接触{years:g}年、终生计", f"over a lifetime, for {years:g} years of such exposure")
    return ExpectedCases(middle, low, high, *names, source, *basis)
