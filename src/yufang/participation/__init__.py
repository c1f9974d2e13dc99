"""Workers who take part: points and rewards by rules, ideas with trial and roll-out, two-sided self-assessment."""

from yufang.participation.assessment import (
    AreaResult,
    Questionnaire,
    QuestionResult,
    Result,
    questionnaire,
    summarise,
)
from yufang.participation.board import Pick, best_ideas
from yufang.participation.contracts import Act, Entry, ParticipationError
from yufang.participation.found import FoundMonth, found_by_workers
from yufang.participation.points import derive
from yufang.participation.proposals import OPEN, STEPS, Step, check_step
from yufang.participation.rules import Rule, RuleTable, read_tables, table_on
from yufang.participation.thanks import Effect, say_thanks

__all__ = [
    "OPEN",
    "STEPS",
    "Act",
    "AreaResult",
    "Effect",
    "Entry",
    "FoundMonth",
    "ParticipationError",
    "Pick",
    "QuestionResult",
    "Questionnaire",
    "Result",
    "Rule",
    "RuleTable",
    "Step",
    "best_ideas",
    "check_step",
    "derive",
    "found_by_workers",
    "questionnaire",
    "read_tables",
    "say_thanks",
    "summarise",
    "table_on",
]
