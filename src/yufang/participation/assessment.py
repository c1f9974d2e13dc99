"""Self-assessment with two sides: workers and managers answer about the same facts; the gaps are what to talk about.

Works on counts of answers alone, never on a person's sheet: sheets need not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from yufang.participation.contracts import ParticipationError

Side = Literal["worker", "manager"]
SIDES: tuple[Side, ...] = ("worker", "manager")
HIGHEST = 4
UNKNOWN = 5  # the value of "I don't know"
VALUES = (*range(HIGHEST + 1), UNKNOWN)
# Fewer answers of workers than this on a question, and its figure isn't shown.
SMALLEST_CELL = 5

# (side, question, value) → how many gave that answer.
Counts = Mapping[tuple[Side, str, int], int]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(_Strict):
    """A text in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Choice(_Strict):
    value: int = Field(ge=0, le=HIGHEST)
    zh: str
    en: str


class Question(_Strict):
    """One fact, asked of both sides."""

    key: str = Field(pattern=r"^[a-z_]+$")
    worker: Said
    manager: Said


class Area(_Strict):
    key: str = Field(pattern=r"^[a-z_]+$")
    zh: str
    en: str
    questions: tuple[Question, ...] = Field(min_length=1)


class Questionnaire(_Strict):
    """Areas with their questions; answers are values of `scale` or `UNKNOWN`."""

    urn: str
    version: str
    scale: tuple[Choice, ...]
    areas: tuple[Area, ...] = Field(min_length=1)

    def question_keys(self) -> tuple[str, ...]:
        """Every question's key, in order."""
        return tuple(q.key for area in self.areas for q in area.questions)

    def check(self, answers: Mapping[str, int]) -> dict[str, int]:
        """A whole sheet of answers. Raises ParticipationError naming the question that is missing, strange or has a
        value off the scale."""
        known = self.question_keys()
        for key, value in answers.items():
            if key not in known:
                raise ParticipationError(
                    f"问卷里没有题目 {key[:40]}，请刷新后重填。",
                    f"The questionnaire has no question {key[:40]}; reload and answer again.",
                    key[:40],
                )
            if value not in VALUES:
                raise ParticipationError(
                    f"题目 {key} 的回答 {value} 不在 0–{UNKNOWN} 之内，请重新选择。",
                    f"The answer {value} to {key} is not within 0 to {UNKNOWN}; choose again.",
                    key,
                )
        missing = [key for key in known if key not in answers]
        if missing:
            raise ParticipationError(
                f"还有 {len(missing)} 题没有回答；不清楚的可选“不知道”。",
                f"{len(missing)} questions have no answer; “I don't know” is one.",
                missing[0],
            )
        return {key: answers[key] for key in known}


@cache
def questionnaire() -> Questionnaire:
    """The questionnaire that ships with the package."""
    text = resources.files("yufang.participation").joinpath("score.yaml").read_text("utf-8")
    return Questionnaire.model_validate(yaml.safe_load(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """Scores 0 to 100, rounded to whole points. None: nobody answered, or (workers) fewer than the smallest cell.

    `gap`: managers' score minus workers'; positive where managers see it rosier.
    """

    key: str
    worker: int | None
    manager: int | None
    gap: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaResult:
    """As `QuestionResult`, over the area's questions; None where one of its questions has no figure to show."""

    key: str
    worker: int | None
    manager: int | None
    gap: int | None
    questions: tuple[QuestionResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A closed round. `withheld`: too few workers answered for any figure of theirs."""

    areas: tuple[AreaResult, ...]
    worker: int | None
    manager: int | None
    withheld: bool


def summarise(form: Questionnaire, counts: Counts, *, smallest: int = SMALLEST_CELL) -> Result:
    """Scores of both sides and their gaps.

    "I don't know" is no answer: it counts neither for nor against, and not towards the smallest cell. An area is the
    mean of its questions; where one of them is withheld the area is too, for the rest would give it away.
    """
    areas = []
    for area in form.areas:
        questions = tuple(_question(q.key, counts, smallest) for q in area.questions)
        worker = _mean([q.worker for q in questions])
        manager = _mean([q.manager for q in questions])
        areas.append(
            AreaResult(key=area.key, worker=worker, manager=manager, gap=_gap(worker, manager), questions=questions)
        )
    return Result(
        areas=tuple(areas),
        worker=_mean([a.worker for a in areas]),
        manager=_mean([a.manager for a in areas]),
        withheld=all(a.worker is None for a in areas),
    )


def _question(key: str, counts: Counts, smallest: int) -> QuestionResult:
    worker = _score(counts, "worker", key, smallest)
    manager = _score(counts, "manager", key, 1)
    return QuestionResult(key=key, worker=worker, manager=manager, gap=_gap(worker, manager))


def _score(counts: Counts, side: Side, key: str, smallest: int) -> int | None:
    given = {value: counts.get((side, key, value), 0) for value in range(HIGHEST + 1)}
    n = sum(given.values())
    if n < smallest or n == 0:
        return None
    return round(100 * sum(value * k for value, k in given.items()) / (HIGHEST * n))


def _mean(scores: list[int | None]) -> int | None:
    known = [s for s in scores if s is not None]
    return round(sum(known) / len(known)) if known and len(known) == len(scores) else None


def _gap(worker: int | None, manager: int | None) -> int | None:
    return None if worker is None or manager is None else manager - worker
