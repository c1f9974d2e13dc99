"""Inspections: plans that fill a time budget and say why, whom to visit, orders followed up, what was found.

Knows no database and no clock: the day is a parameter, the same input and seed give the same plan.
"""

from yufang.inspections.candidates import Candidate, Chances, HazardIn, PointIn, Seen, WarningIn, candidates
from yufang.inspections.choose import Chosen, EnterpriseIn, choose
from yufang.inspections.errors import InspectionError
from yufang.inspections.papers import DuePaper, Machine, Paper, due_papers
from yufang.inspections.plan import Area, Ground, Plan, PlannedItem, PlannedStop, make_plan
from yufang.inspections.rates import Outcome, Rate, rates

__all__ = [
    "Area",
    "Candidate",
    "Chances",
    "Chosen",
    "DuePaper",
    "EnterpriseIn",
    "Ground",
    "HazardIn",
    "InspectionError",
    "Machine",
    "Outcome",
    "Paper",
    "Plan",
    "PlannedItem",
    "PlannedStop",
    "PointIn",
    "Rate",
    "Seen",
    "WarningIn",
    "candidates",
    "choose",
    "due_papers",
    "make_plan",
    "rates",
]
