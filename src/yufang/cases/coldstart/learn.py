"""A coder for a facet that nobody has coded yet: functions vote, the label model weighs, the coder learns from the
surest rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yufang.cases.coder import Coder
from yufang.cases.coldstart.functions import FunctionSet, pack_codes
from yufang.cases.coldstart.label_model import LabelModel, fit_label_model
from yufang.cases.coldstart.votes import Votes, plain, vote
from yufang.cases.errors import CoderError
from yufang.packs import installed_packs

SURE = 0.7  # label model's probability from which a text is learned from
MOST_PER_CODE = 300  # else the commonest accident swallows the rest
LEAST_TEXTS = 50
HEAD = 300  # characters that the coder reads: what happened stands at the beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """What a cold start learned.

    coder: reads texts that went through `head`. texts: given; covered: texts of which a function spoke; learned: rows
    the coder learned from, pack texts included; by_code: these by code. agreement: share of the covered texts on
    which coder and label model agree. It is no accuracy: nobody has said what is true.
    """

    coder: Coder
    model: LabelModel
    functions: FunctionSet
    texts: int
    covered: int
    learned: int
    by_code: dict[str, int]
    agreement: float

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes in the order of `predict_proba`'s columns."""
        return self.functions.codes

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities (n, codes): the mean of label model and coder, the coder's alone where no function speaks."""
        return blend(self.coder, self.model, self.functions, texts)


def blend(coder: Coder, model: LabelModel, functions: FunctionSet, texts: Sequence[str]) -> NDArray[np.float64]:
    """Probabilities (n, functions.codes) of raw texts from a cold start's two halves."""
    own = np.zeros((len(texts), len(functions.codes)))
    own[:, [functions.codes.index(label) for label in coder.labels]] = coder.predict_proba([head(t) for t in texts])
    votes = vote(functions, texts)
    own[votes.covered] = (own[votes.covered] + model.probabilities(votes)[votes.covered]) / 2
    return own


def head(text: str) -> str:
    """The beginning of a text as a cold-start coder reads it: `plain`, cut at the end of a sentence."""
    text = plain(text)
    if len(text) <= HEAD:
        return text
    end = max(text.rfind(sign, 0, HEAD) for sign in "。;；\n") + 1
    return text[:end] if end > HEAD // 3 else text[:HEAD]


def learn(functions: FunctionSet, texts: Sequence[str], *, seed: int = 0, wanted: float = 0.95) -> ColdStart:
    """Train a coder on texts without codes. CoderError where the texts are too few or the functions hardly speak of
    them.

    The coder's threshold is chosen on labels that the functions made: it says how sure the coder is of the functions'
    opinion. Only people's answers on the desk can say more.
    """
    kept = list(dict.fromkeys(plain(text) for text in texts if text and text.strip()))
    if len(kept) < LEAST_TEXTS:
        raise CoderError(
            f"{len(kept)} different texts are too few for a cold start.", f"Give at least {LEAST_TEXTS}, better 1000."
        )
    votes = vote(functions, kept)
    model = fit_label_model(votes)
    probability = model.probabilities(votes)
    rows, codes = _surest(probability, votes)
    narratives = [head(kept[row]) for row in rows]
    labels = [functions.codes[code] for code in codes]
    for text, code in (*pack_texts(functions), *word_texts(functions)):
        narratives.append(text)
        labels.append(code)
    if len(set(labels)) < 2:
        raise CoderError(
            f"The functions are sure of only one code in these texts ({', '.join(set(labels)) or 'none'}).",
            "Give texts of more kinds of accident, or add words to the functions.",
        )
    chosen = set(rows.tolist())
    others = [head(text) for row, text in enumerate(kept) if row not in chosen]
    coder = Coder(functions.facet, wanted_accuracy=wanted).fit(narratives, labels, extra=others, seed=seed)
    covered = np.flatnonzero(votes.covered)
    said = np.array(coder.labels)[coder.predict_proba([head(kept[row]) for row in covered]).argmax(axis=1)]
    meant = np.array(functions.codes)[probability[covered].argmax(axis=1)]
    return ColdStart(
        coder=coder,
        model=model,
        functions=functions,
        texts=len(kept),
        covered=len(covered),
        learned=len(labels),
        by_code={code: labels.count(code) for code in coder.labels},
        agreement=float((said == meant).mean()),
    )


def pack_texts(functions: FunctionSet) -> list[tuple[str, str]]:
    """What packs tell of their hazards, as narratives of the accident type they lead to; none for lists packs don't
    speak."""
    to = pack_codes(functions.code_list)
    return [
        (f"{hazard.circumstance.zh}，{hazard.consequence.zh}", to[hazard.accident_type])
        for pack in installed_packs()
        for hazard in pack.hazards
        if hazard.accident_type in to
    ]


def word_texts(functions: FunctionSet) -> list[tuple[str, str]]:
    """The accident words of the functions as the shortest of narratives, so that the coder knows the rare types too."""
    return [(f"发生{word}事故", reader.code) for reader in functions.readers for word in reader.examples]


def _surest(probability: NDArray[np.float64], votes: Votes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to learn from and their codes: covered, sure, of each code at most so many, the surest first."""
    code, sure = probability.argmax(axis=1), probability.max(axis=1)
    rows: list[int] = []
    for one in np.unique(code):
        mine = np.flatnonzero((code == one) & (sure >= SURE) & votes.covered)
        rows += mine[np.argsort(-sure[mine], kind="stable")][:MOST_PER_CODE].tolist()
    taken = np.array(sorted(rows), dtype=np.int64)
    return taken, code[taken].astype(np.int64)
