"""Decision tables (DMN 1.3): read, written, checked, and decided for one case or a million."""

from yufang.warning.tables.checks import Finding, check
from yufang.warning.tables.dmn import read_dmn, read_document, to_dmn
from yufang.warning.tables.errors import TableError
from yufang.warning.tables.feel import (
    ANYTHING,
    Between,
    Compare,
    Same,
    Tests,
    Value,
    read_tests,
    read_value,
    write_tests,
)
from yufang.warning.tables.model import HIT_POLICIES, Column, Decision, DecisionTable, Document, Named, Rule

__all__ = [
    "ANYTHING",
    "HIT_POLICIES",
    "Between",
    "Column",
    "Compare",
    "Decision",
    "DecisionTable",
    "Document",
    "Finding",
    "Named",
    "Rule",
    "Same",
    "TableError",
    "Tests",
    "Value",
    "check",
    "read_dmn",
    "read_document",
    "read_tests",
    "read_value",
    "to_dmn",
    "write_tests",
]
