"""`yufang rates`: check a rule table, simulate a pool from files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from yufang.commands.errors import UserError

app = typer.Typer(no_args_is_help=True)


def _table(folder: Path | None) -> object:
    from yufang.rates import RateError, load_table, national_table

    try:
        return national_table() if folder is None else load_table(folder)
    except RateError as error:
        raise UserError(error.message, error.way_out) from error


@app.command("table")
def table(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with a rates.yaml; without it the national one.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print the national table's text, to start from.")] = False,
) -> None:
    """Check a rule table and show what it says."""
    from yufang.rates import RuleTable, national_text

    if show:
        print(national_text())
        return
    found = _table(folder)
    assert isinstance(found, RuleTable)
    shown = Table(
        title=f"{found.name_zh} · {found.name_en} ({found.key}, {found.effective_from})", title_justify="left"
    )
    for column in ("class", "base rate %", "grades %"):
        shown.add_column(column)
    for row in found.classes.values():
        shown.add_row(str(row.number), f"{row.base_rate_pct:g}", " ".join(str(g) for g in row.grades_pct))
    Console().print(shown)
    if found.divisions:
        Console().print("divisions: " + ", ".join(f"{code} → {n}" for code, n in found.divisions.items()))


@app.command("simulate")
def simulate(
    insured: Annotated[Path, typer.Argument(help="Payroll and benefits by enterprise and year (CSV, XLSX, Parquet).")],
    lake: Annotated[Path, typer.Option(help="Lake with the register of enterprises.")],
    table_folder: Annotated[Path | None, typer.Option("--table", help="Folder with a rates.yaml of your own.")] = None,
    income: Annotated[float | None, typer.Option(help="Wanted change of the income: 0 keeps it.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every proposal.")] = False,
) -> None:
    """Simulate the pool: income, the uniform factor, moves and fairness."""
    from yufang.lake import Lake
    from yufang.rates import Insured, RateError, RuleTable, read_insured, simulate_pool

    rules = _table(table_folder)
    assert isinstance(rules, RuleTable)
    register = [
        Insured(
            enterprise_id=row["enterprise_id"],
            name=row["name"] or "",
            industry_code=row["industry_code"] or "",
            employees=row["employees"],
        )
        for row in Lake(lake).table("enterprises").iter_rows(named=True)
    ]
    try:
        taken = read_insured(insured)
        found = simulate_pool(register, taken.rows, rules, income_change=income)
    except RateError as error:
        raise UserError(error.message, error.way_out) from error
    for refused in taken.refused:
        Console(stderr=True).print(f"row {refused.row}, {refused.field} {refused.value!r}: {refused.reason_en}")
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False))
        return
    shown = Table(title=f"{rules.name_en}, {found.year}", title_justify="left")
    shown.add_column("figure")
    shown.add_column("value", justify="right")
    for name in ("rated", "unrated", "income_now", "income_plain", "income_proposed", "expected_benefits", "capped"):
        shown.add_row(name, f"{getattr(found, name):,.0f}")
    shown.add_row("factor", f"{found.factor:.4f}")
    shown.add_row("moves", ", ".join(f"{steps:+d}: {n}" for steps, n in found.moves))
    if found.backtest:
        shown.add_row("gini, now → proposed", f"{found.backtest.gini_now:.3f} → {found.backtest.gini_proposed:.3f}")
    Console().print(shown)
