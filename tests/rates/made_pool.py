"""A made pool: enterprises of eight industries whose true risk differs, five years of payroll and benefits."""

from __future__ import annotations

import numpy as np

from yufang.rates import Insured, InsuredYear, national_table

INDUSTRIES = ("2614", "3311", "4710", "3752", "5710", "0610", "8211", "6513")
YEARS = (2021, 2022, 2023, 2024, 2025)
MEAN_CLAIM = 60_000.0


def made_pool(enterprises: int, seed: int = 0) -> tuple[list[Insured], list[InsuredYear]]:
    """Enterprises `E0` …, each with a true relative risk; injuries and benefits are drawn from it."""
    rng, table = np.random.default_rng(seed), national_table()
    insured, rows = [], []
    for i in range(enterprises):
        code = INDUSTRIES[i % len(INDUSTRIES)]
        employees = int(np.clip(rng.lognormal(4, 1.2), 3, 4000))
        risk = rng.gamma(2, 0.5) * table.class_of(code).base_rate_pct / 100 * 0.9
        insured.append(Insured(enterprise_id=f"E{i}", name=f"企业{i}", industry_code=code, employees=employees))
        for year in YEARS:
            payroll = employees * 80_000 * rng.uniform(0.9, 1.1)
            injuries = int(rng.poisson(risk * payroll / MEAN_CLAIM))
            benefits = float(rng.gamma(0.7, MEAN_CLAIM / 0.7, injuries).sum())
            rows.append(
                InsuredYear(enterprise_id=f"E{i}", year=year, payroll=payroll, benefits=benefits, injuries=injuries)
            )
    return insured, rows
