"""Why a rate is what it is, in sentences for the enterprise and for whoever approves it."""

from __future__ import annotations

from yufang.rates.rating import Rated
from yufang.rates.tables import RuleTable


def reasons(
    one: Rated, table: RuleTable, *, factor: float, capped: bool, rate: float
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentences in the order of the decision, zh and en. `rate`: the proposed rate in per cent."""
    zh, en = [], []
    for text_zh, text_en in (
        *_record(one),
        *_experience(one),
        *_grade(one, table),
        *_pool(one, table, factor, capped),
        _effect(one, rate),
    ):
        zh.append(text_zh)
        en.append(text_en)
    return tuple(zh), tuple(en)


def _record(one: Rated) -> list[tuple[str, str]]:
    r = one.record
    zh = f"近{r.years}个缴费年度工伤{r.injuries}人"
    en = f"{r.injuries} injured in the last {r.years} paid years"
    if r.deaths:
        zh, en = f"{zh}，其中工亡{r.deaths}人", f"{en}, {r.deaths} of them died"
    if r.diseases:
        zh, en = f"{zh}，职业病{r.diseases}人", f"{en}, {r.diseases} with an occupational disease"
    zh += f";基金支付{r.benefits:,.0f}元，为所缴保费的{r.use_ratio:.0%}"
    en += f"; benefits {r.benefits:,.0f} yuan, {r.use_ratio:.0%} of the premiums paid"
    return [(zh, en)]


def _experience(one: Rated) -> list[tuple[str, str]]:
    r = one.record
    said = [
        (
            f"预期每元工资的支付为{one.row.number}类企业平均的{r.experience:.2f}倍"
            f"(自身记录为{one.own_experience:.2f}倍，权重{one.credibility:.0%}；其余按行业)",
            f"expected benefits per yuan of payroll are {r.experience:.2f} times the average of class {one.row.number} "
            f"(own record {one.own_experience:.2f} times, weight {one.credibility:.0%}; the rest from its industry)",
        )
    ]
    if r.injuries and r.incidence_ratio:
        said.append(
            (
                f"工伤发生率为同类企业的{r.incidence_ratio:.1f}倍",
                f"injuries per payroll are {r.incidence_ratio:.1f} times those of its class",
            )
        )
    return said


def _grade(one: Rated, table: RuleTable) -> list[tuple[str, str]]:
    g, said = one.graded, []
    if one.stated_grade is not None and one.stated_grade not in one.row.grades_pct:
        said.append(
            (
                f"现行档次{one.stated_grade}%不是{one.row.number}类的档次，按{one.current_grade}%计",
                f"grade {one.stated_grade}% is none of class {one.row.number}; taken as {one.current_grade}%",
            )
        )
    if g.young:
        said.append(
            (
                f"缴费不足{table.least_years}年，档次维持{one.current_grade}%",
                f"fewer than {table.least_years} paid years: the grade stays at {one.current_grade}%",
            )
        )
        return said
    said.append((f"按该倍数对应档次{g.indicated}%", f"this alone indicates the grade {g.indicated}%"))
    for guard in table.guards:
        if guard.key in g.guards:
            said.append((f"{guard.reason_zh}:档次因此受限", f"{guard.reason_en}: the grade is bounded by it"))
    if g.steps_held:
        said.append(
            (
                f"每次最多上调{table.max_steps_up}档、下调{table.max_steps_down}档，本次到{g.proposed}%",
                f"at most {table.max_steps_up} step up or {table.max_steps_down} down at a time: now {g.proposed}%",
            )
        )
    return said


def _pool(one: Rated, table: RuleTable, factor: float, capped: bool) -> list[tuple[str, str]]:
    said = []
    if abs(factor - 1) >= 0.00005:
        said.append(
            (
                f"为使统筹区总收入达到目标，基准费率统一乘以{factor:.4f}",
                f"base rates are multiplied by {factor:.4f} throughout, so that the pool's income meets its target",
            )
        )
    if capped:
        said.append(
            (
                f"年度变动限于上调{table.max_rise_pct:g}%、下调{table.max_fall_pct:g}%以内",
                f"the yearly change is held to +{table.max_rise_pct:g}% and −{table.max_fall_pct:g}%",
            )
        )
    return said


def _effect(one: Rated, rate: float) -> tuple[str, str]:
    now, then = one.payroll * one.current_rate_pct / 100, one.payroll * rate / 100
    change = then / now - 1 if now > 0 else 0.0
    sign = f"{change:+.1%}".replace("-", "−")
    return (
        f"按年工资总额{one.payroll:,.0f}元，年保费由{now:,.0f}元变为{then:,.0f}元({sign})",
        f"on a payroll of {one.payroll:,.0f} yuan the yearly premium goes from {now:,.0f} to {then:,.0f} yuan ({sign})",
    )
