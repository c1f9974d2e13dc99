"""Rates of work-injury insurance: rule tables, experience rating, proposals, the simulation of a pool; and what safety
is worth to an enterprise."""

from yufang.rates.contracts import Backtest, Band, Decile, Insured, RateProposal, Simulation
from yufang.rates.errors import RateError
from yufang.rates.experience import Choice, Experience, choose, fit_experience
from yufang.rates.panel import Panel
from yufang.rates.pool import InsuredTable, InsuredYear, RefusedRow, read_insured, take_rows
from yufang.rates.safety_value import ControlMeasure, MeasureValue, PointAtRisk, SafetyValue, safety_value
from yufang.rates.simulate import simulate_pool
from yufang.rates.tables import RateClassRow, RuleTable, load_table, national_table, national_text, read_table
from yufang.rates.unit_costs import MeasureCost, UnitCosts, default_costs, read_costs

__all__ = [
    "Backtest",
    "Band",
    "Choice",
    "ControlMeasure",
    "Decile",
    "Experience",
    "Insured",
    "InsuredTable",
    "InsuredYear",
    "MeasureCost",
    "MeasureValue",
    "Panel",
    "PointAtRisk",
    "RateClassRow",
    "RateError",
    "RateProposal",
    "RefusedRow",
    "RuleTable",
    "SafetyValue",
    "Simulation",
    "UnitCosts",
    "choose",
    "default_costs",
    "fit_experience",
    "load_table",
    "national_table",
    "national_text",
    "read_costs",
    "read_insured",
    "read_table",
    "safety_value",
    "simulate_pool",
    "take_rows",
]
