"""A facet without labels: labelling functions written as data, a label model over their votes, then a trained coder."""

from yufang.cases.coldstart.functions import FunctionSet, load_functions, shipped_facets
from yufang.cases.coldstart.label_model import LabelModel, fit_label_model, majority_vote
from yufang.cases.coldstart.learn import ColdStart, blend, head, learn
from yufang.cases.coldstart.votes import Votes, plain, vote

__all__ = [
    "ColdStart",
    "FunctionSet",
    "LabelModel",
    "Votes",
    "blend",
    "fit_label_model",
    "head",
    "learn",
    "load_functions",
    "majority_vote",
    "plain",
    "shipped_facets",
    "vote",
]
