"""`yufang bench attribution`: causes, events and injuries in narratives, and long reports as cases, beside plain peers.

Reads what the folder holds: `cause_effect.json` (marked Japanese incidents: spans), `hazmat_reports.parquet` and
`construction_notices.parquet` (Chinese reports: passages and facts). Without a test folder rows are split by a seed.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from yufang.bench.attribution_reports import hazmat, notices
from yufang.cases.attribution.attribute import Attributor
from yufang.cases.attribution.contracts import Attribution
from yufang.cases.attribution.marked import Marked, read_marked
from yufang.cases.attribution.prior import kind_of
from yufang.cases.attribution.scoring import Mark, Pair, agrees, score
from yufang.cases.calibration import calibration_error

TEST_SHARE = 0.25
_MARKED = "cause_effect.json"
_ROUNDS = 80  # of the peer's training


def run(train: Path, test: Path | None, seed: int = 0) -> dict[str, Any]:
    """Score what the folder holds; FileNotFoundError where it holds none of the three files."""
    out: dict[str, Any] = {}
    if (train / _MARKED).exists():
        out |= _japanese(train, test, seed)
    if (train / "hazmat_reports.parquet").exists():
        out |= hazmat(train, test, seed)
    if (train / "construction_notices.parquet").exists():
        out |= notices(train, test, seed)
    if not out:
        raise FileNotFoundError(
            f"{train} holds neither {_MARKED} nor hazmat_reports.parquet nor construction_notices.parquet"
        )
    return out


def split(rows: list[Marked], seed: int) -> tuple[list[Marked], list[Marked]]:
    """Three quarters to learn from, one quarter to judge, by incident."""
    order = np.random.default_rng(seed).permutation(len(rows))
    held = set(order[: int(TEST_SHARE * len(rows))].tolist())
    learn = [row for place, row in enumerate(rows) if place not in held]
    return learn, [row for place, row in enumerate(rows) if place in held]


def _japanese(train: Path, test: Path | None, seed: int) -> dict[str, Any]:
    rows = read_marked(train / _MARKED)
    learn, judge = (rows, read_marked(test / _MARKED)) if test is not None else split(rows, seed)
    learned = Attributor.train(learn, seed=seed)
    read = learned.attribute_many([row.text for row in judge])
    patterns = Attributor().attribute_many([row.text for row in judge], learned_language(learned))
    hits, stated = _hits(read, judge)
    out: dict[str, Any] = {
        "spans": {
            "train_rows": len(learn),
            "test_rows": len(judge),
            **_scores(_pairs(read, judge)),
            "ece": calibration_error(stated, hits),
            "by_tag": _scores(_pairs(read, judge, by_tag=True)),
        },
        "narratives_per_second": {"patterns": _speed(Attributor(), judge), "trained": _speed(learned, judge)},
        "peers": {"patterns": {"spans": _scores(_pairs(patterns, judge))}},
    }
    peer = character_crf(learn, judge)
    if peer is not None:
        out["peers"]["character_crf"] = {
            "spans": {
                **_scores(_of_kinds(peer, judge)),
                "by_tag": _scores([(found, list(row.spans)) for found, row in zip(peer, judge, strict=True)]),
            }
        }
    return out


def learned_language(learned: Attributor) -> Any:
    """The one language an attributor was trained for."""
    return next(iter(learned.models))


def _pairs(read: list[Attribution], judge: list[Marked], by_tag: bool = False) -> list[Pair]:
    pairs: list[Pair] = []
    for one, row in zip(read, judge, strict=True):
        found = [(span.start, span.end, span.tag if by_tag else span.kind) for span in one.spans]
        marked = [(start, end, tag if by_tag else str(kind_of(tag))) for start, end, tag in row.spans]
        pairs.append((found, marked))
    return pairs


def _of_kinds(found: list[list[Mark]], judge: list[Marked]) -> list[Pair]:
    def kinds(marks: Any) -> list[Mark]:
        return [(start, end, str(kind_of(tag))) for start, end, tag in marks]

    return [(kinds(mine), kinds(row.spans)) for mine, row in zip(found, judge, strict=True)]


def _scores(pairs: list[Pair]) -> dict[str, dict[str, float]]:
    return {
        kind: {"exact_f1": one.exact, "overlap_f1": one.overlap, "character_f1": one.characters, "marked": one.marked}
        for kind, one in score(pairs).items()
    }


def _hits(read: list[Attribution], judge: list[Marked]) -> tuple[np.ndarray, np.ndarray]:
    """For each found span whether a person marked it (half or more, same kind), and the confidence stated."""
    hits: list[bool] = []
    stated: list[float] = []
    for one, (found, marked) in zip(read, _pairs(read, judge), strict=True):
        hits += agrees(found, marked)
        stated += [span.confidence for span in one.spans]
    return np.array(hits, dtype=bool), np.array(stated)


def _speed(attributor: Attributor, judge: list[Marked], rounds: int = 3) -> float:
    """Narratives a second of processor time, from text to spans, kinds and chain; the median of `rounds`."""
    texts = [row.text for row in judge]
    spent = []
    for turn in range(rounds + 1):
        begin = time.process_time()
        attributor.attribute_many(texts)
        if turn:
            spent.append(time.process_time() - begin)
    return len(texts) / float(np.median(spent))


def character_crf(learn: list[Marked], judge: list[Marked]) -> list[list[Mark]] | None:
    """A plain CRF over characters (python-crfsuite): the sign, its neighbours, pairs and triples; None without it."""
    try:
        import pycrfsuite
    except ImportError:
        return None
    import tempfile

    trainer = pycrfsuite.Trainer(verbose=False, params={"c1": 0.1, "c2": 0.1, "max_iterations": _ROUNDS})
    for row in learn:
        trainer.append(_signs(row.text), _tags(row))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "peer.crfsuite")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        found = [_marks(tagger.tag(_signs(row.text))) for row in judge]
        tagger.close()
    return found


def _signs(text: str) -> list[list[str]]:
    padded = f"__{text}__"
    out = []
    for at in range(2, len(padded) - 2):
        window = padded[at - 2 : at + 3]
        out.append(
            [f"{i}={sign}" for i, sign in enumerate(window)]
            + [f"{i}:2={window[i : i + 2]}" for i in range(4)]
            + [f"{i}:3={window[i : i + 3]}" for i in range(3)]
        )
    return out


def _tags(row: Marked) -> list[str]:
    tags = ["O"] * len(row.text)
    for start, end, tag in row.spans:
        tags[start:end] = [f"B-{tag}", *[f"I-{tag}"] * (end - start - 1)]
    return tags


def _marks(tags: list[str]) -> list[Mark]:
    marks: list[Mark] = []
    for at, tag in enumerate(tags):
        if tag == "O":
            continue
        name = tag[2:]
        if tag[0] == "I" and marks and marks[-1][1] == at and marks[-1][2] == name:
            marks[-1] = (marks[-1][0], at + 1, name)
        else:
            marks.append((at, at + 1, name))
    return marks


def kinds_told(read: list[Attribution]) -> Counter[str]:
    """How many narratives tell of each kind."""
    return Counter(kind for one in read for kind in {span.kind for span in one.spans})
