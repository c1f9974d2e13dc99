"""What belongs to a coder beside its arrays: the plan for automatic codes, level thresholds, its scope, its cold start.

A JSON file next to the coder's .npz (`body_part.npz` → `body_part.card.json`), bound to the coder by its version.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from yufang.cases.errors import CoderError

FORMAT = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Levels(_Part):
    """Answers in a code tree: the code list, and a threshold for each depth, roots first."""

    code_list: str
    thresholds: tuple[float, ...]


class Plan(_Part):
    """What is coded without a person."""

    threshold: float
    held: tuple[str, ...]


class ScopePart(_Part):
    """A scope's coder stands beside (`<name>.scope.npz`), blended with this weight."""

    column: str
    value: str
    weight: float
    threshold: float
    version: str


class ColdStartPart(_Part):
    """Label model of a coder that learned without labels."""

    code_list: str
    functions: str  # "" for the shipped ones, else the file's name
    columns: tuple[str, ...]
    prior: tuple[float, ...]
    accuracy: tuple[float, ...]


class Card(_Part):
    """All of it. `text_column`: the column that was read."""

    kind: Literal["yufang coder card"] = "yufang coder card"
    format: int = FORMAT
    version: str
    facet: str
    text_column: str
    plan: Plan | None = None
    levels: Levels | None = None
    scope: ScopePart | None = None
    cold_start: ColdStartPart | None = None


def card_path(model: Path) -> Path:
    """Where a coder's card lies."""
    return model.with_suffix(".card.json")


def scope_path(model: Path) -> Path:
    """Where the coder of its scope lies."""
    return model.with_suffix(".scope.npz")


def save_card(card: Card, model: Path) -> None:
    """Write the card beside the coder; it appears whole or not at all. CoderError where nothing can be written."""
    path = card_path(model)
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.write_text(card.model_dump_json(indent=1), encoding="utf-8")
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CoderError(f"Can't write {path}: {error}.", "Choose a folder that can be written.") from error


def load_card(model: Path, version: str) -> Card | None:
    """The card of the coder at `model`, None where it has none; CoderError for another coder's card or another
    format."""
    path = card_path(model)
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(told, dict) and told.get("format") != FORMAT:
            raise CoderError(
                f"{path} is a card of format {told.get('format')!r}; this version reads format {FORMAT}.",
                "Train the coder again with this version.",
            )
        card = Card.model_validate(told)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, ValidationError) as error:
        raise CoderError(f"{path} is not a whole card: {str(error)[:200]}.", "Train the coder again.") from error
    if card.version != version:
        raise CoderError(
            f"{path} belongs to the coder {card.version}, but {model.name} holds {version}.",
            "Keep the two files together, or train again.",
        )
    return card
