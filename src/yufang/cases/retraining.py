"""Training a coder anew from what people decided: who teaches, who judges, what is told about the result.

Cases whose key falls into the gold set by a fixed hash judge every model and teach none, in every installation and for
ever. So two versions that were trained a year apart are judged by the same cases.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yufang.cases.agreement import cohen_kappa
from yufang.cases.calibration import calibration_error
from yufang.cases.coder import Coder, accepted
from yufang.cases.errors import CoderError

GOLD_ONE_IN = 8
LEAST_TRAINING = 100  # narratives with a code, outside the gold set
LEAST_GOLD = 10  # narratives with a code in it: under it a comparison is a coin toss
LEAST_OF_A_CODE = 2
STEPS = ("rows", "fit", "reliability", "gold", "suspects", "save")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A narrative with the code that holds for it. origin: `person` (decided on the desk) or `source` (imported)."""

    key: str
    text: str
    code: str
    origin: str
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What there is to learn from. `more`: how many more coded cases are needed, as far as one can tell; 0: enough."""

    training: int
    gold: int
    codes: int
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFigures:
    """One code: rows that hold it (`true`), rows it was given to (`given`), how many of those rightly.

    probability: mean probability stated where it was given; beside right / given it shows how reliable the class is.
    """

    code: str
    true: int
    given: int
    right: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A coder on rows whose code is known. kappa: with the people or sources that coded them, [low, high] at 95 %."""

    rows: int
    accuracy: float
    auto_share: float
    auto_accuracy: float
    ece: float
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    codes: tuple[CodeFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a coder says of one case."""

    code: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """A fitted coder, its card (plain JSON), and what it says of the gold set and of the open cases, by key."""

    coder: Coder
    card: dict[str, Any]
    gold: dict[str, Told]
    pending: dict[str, Told]
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two coders on the gold rows both were asked about, `first` and `second`."""

    rows: int
    first: Evaluation
    second: Evaluation
    only_first: int
    only_second: int
    changed: tuple[str, ...]


def in_gold_set(key: str) -> bool:
    """Whether the case of this key judges models and never teaches one: one in eight, by SHA-256 of the key."""
    digest = hashlib.sha256(b"yufang gold set\x00" + key.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % GOLD_ONE_IN == 0


def parted(lessons: Sequence[Lesson]) -> tuple[list[Lesson], list[Lesson]]:
    """(lessons that teach, lessons that judge). Codes held by a single teaching row are left out of the teaching.

    A wording that stands in the gold set teaches nothing either: learned, it would be no test.
    """
    told = [one for one in lessons if one.text.strip() and one.code]
    gold = [one for one in told if in_gold_set(one.key)]
    tests = {one.text for one in gold}
    teaching = [one for one in told if not in_gold_set(one.key) and one.text not in tests]
    held = Counter(one.code for one in teaching)
    return [one for one in teaching if held[one.code] >= LEAST_OF_A_CODE], gold


def readiness(lessons: Sequence[Lesson]) -> Readiness:
    """Whether `lessons` are enough to train from, and how many more it takes."""
    teaching, gold = parted(lessons)
    codes = len({one.code for one in teaching})
    for_training = -(-(LEAST_TRAINING - len(teaching)) * GOLD_ONE_IN // (GOLD_ONE_IN - 1))
    more = max(for_training, (LEAST_GOLD - len(gold)) * GOLD_ONE_IN, LEAST_OF_A_CODE if codes < 2 else 0, 0)
    return Readiness(training=len(teaching), gold=len(gold), codes=codes, more=more)


def retrain(
    facet: str,
    lessons: Sequence[Lesson],
    pending: Mapping[str, str],
    *,
    wanted_accuracy: float = 0.95,
    seed: int = 0,
    tell: Tell = lambda step: None,
) -> Retrained:
    """Fit a coder for `facet` on `lessons`, judge it on the gold set, and ask it about `pending` (key → narrative).

    `tell` hears each of `STEPS` as it begins. Raises CoderError where there is too little to learn from.
    """
    tell("rows")
    ready = readiness(lessons)
    if ready.more:
        raise CoderError(
            f"{ready.training} coded cases teach the facet {facet!r} and {ready.gold} judge it; "
            f"it takes {LEAST_TRAINING} and {LEAST_GOLD}, with two codes or more.",
            f"Decide about {ready.more} more cases.",
        )
    # In one order whatever the database gave: same decisions, same model.
    teaching, gold = parted(sorted(lessons, key=lambda one: one.key))
    tell("fit")
    texts = [one.text for one in teaching]
    labels = [one.code for one in teaching]
    coder = Coder(facet, wanted_accuracy=wanted_accuracy).fit(texts, labels, extra=list(pending.values()), seed=seed)
    tell("reliability")
    honest = evaluate(coder.out_of_fold, coder.labels, labels, coder.threshold)
    tell("gold")
    asked = coder.predict_proba([one.text for one in gold])
    judged = evaluate(asked, coder.labels, [one.code for one in gold], coder.threshold)
    days = sorted(one.on for one in teaching if one.on is not None)
    card = {
        "facet": facet,
        "version": coder.version,
        "rows": len(teaching),
        "gold_rows": len(gold),
        "origins": dict(sorted(Counter(one.origin for one in teaching).items())),
        "period": [days[0].isoformat(), days[-1].isoformat()] if days else [],
        "codes": len(coder.labels),
        "left_out": _left_out(lessons, teaching, gold),
        "settings": {"wanted_accuracy": wanted_accuracy, "seed": seed, "gold_one_in": GOLD_ONE_IN},
        "data_sha256": digest(teaching),
        "gold_sha256": digest(gold),
        "report": asdict(coder.report),
        "out_of_fold": asdict(honest),
        "gold": asdict(judged),
    }
    return Retrained(
        coder=coder,
        card=card,
        gold=_told(coder, [one.key for one in gold], asked),
        pending=_told(coder, list(pending), coder.predict_proba(list(pending.values()))),
        lessons=tuple(teaching),
    )


def _left_out(lessons: Sequence[Lesson], teaching: Sequence[Lesson], gold: Sequence[Lesson]) -> int:
    """Coded cases that neither teach nor judge: without narrative, alone with their code, or worded as a gold case."""
    return len(lessons) - len(teaching) - len(gold)


def digest(lessons: Sequence[Lesson]) -> str:
    """SHA-256 over key, code and narrative of every lesson, in the order of keys: what exactly was learned from."""
    total = hashlib.sha256()
    for one in sorted(lessons, key=lambda one: one.key):
        for part in (one.key, one.code, one.text):
            total.update(hashlib.sha256(part.encode("utf-8", "surrogatepass")).digest())
    return total.hexdigest()


def evaluate(
    probability: NDArray[np.float32], labels: Sequence[str], truth: Sequence[str], threshold: float
) -> Evaluation:
    """Judge probabilities (rows, len(labels)) against `truth`. A true code unknown to the coder counts as a miss."""
    given = [labels[i] for i in probability.argmax(axis=1)] if len(truth) else []
    sure = probability.max(axis=1) if len(truth) else np.zeros(0, np.float32)
    return judge([Told(code=c, probability=float(p)) for c, p in zip(given, sure, strict=True)], truth, threshold)


def judge(told: Sequence[Told], truth: Sequence[str], threshold: float) -> Evaluation:
    """Judge what a coder said of each row against `truth`, with the threshold from which its codes stand."""
    given = [one.code for one in told]
    sure = np.array([one.probability for one in told], np.float32)
    hit = np.array([a == b for a, b in zip(given, truth, strict=True)], bool)
    auto = np.array([accepted(one.probability, threshold) for one in told], bool)
    agreement = cohen_kappa(given, list(truth))
    figures = []
    for one in agreement.classes:
        where = np.array([code == one.code for code in given], bool)
        stated = float(sure[where].mean()) if where.any() else 0.0
        figures.append(CodeFigures(code=one.code, true=one.second, given=one.first, right=one.both, probability=stated))
    return Evaluation(
        rows=len(told),
        accuracy=float(hit.mean()) if len(told) else 0.0,
        auto_share=float(auto.mean()) if len(told) else 0.0,
        auto_accuracy=float(hit[auto].mean()) if auto.any() else 0.0,
        ece=calibration_error(sure, hit),
        kappa=agreement.kappa,
        kappa_low=agreement.low,
        kappa_high=agreement.high,
        codes=tuple(figures),
    )


def compare(
    first: Mapping[str, Told],
    second: Mapping[str, Told],
    truth: Mapping[str, str],
    thresholds: tuple[float, float],
) -> Comparison:
    """Two coders side by side on the cases that both were asked about and whose true code is known.

    `changed` are the keys on which they differ, those first that only the second got right.
    """
    keys = sorted(first.keys() & second.keys() & truth.keys())
    codes = [truth[key] for key in keys]
    only_second = [k for k in keys if second[k].code == truth[k] != first[k].code]
    only_first = [k for k in keys if first[k].code == truth[k] != second[k].code]
    differ = [k for k in keys if first[k].code != second[k].code]
    settled = {*only_first, *only_second}
    return Comparison(
        rows=len(keys),
        first=judge([first[k] for k in keys], codes, thresholds[0]),
        second=judge([second[k] for k in keys], codes, thresholds[1]),
        only_first=len(only_first),
        only_second=len(only_second),
        changed=(*only_second, *only_first, *(k for k in differ if k not in settled)),
    )


def _told(coder: Coder, keys: Sequence[str], probability: NDArray[np.float32]) -> dict[str, Told]:
    labels = coder.labels
    return {
        key: Told(code=labels[int(row.argmax())], probability=min(float(row.max()), 1.0))
        for key, row in zip(keys, probability, strict=True)
    }
