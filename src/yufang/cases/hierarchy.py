"""Answers at the level that can be trusted: where the leaf is uncertain, the parent whose probability is high enough.

The probability of a parent is the sum of its leaves' calibrated probabilities. Works over any codes with parents: a
code list of `standards`, or codes whose parent is their prefix (OIICS, ICD). Method: docs/algorithms/hierarchy.md.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from yufang.cases.calibration import NEVER, threshold_for
from yufang.cases.errors import CoderError
from yufang.standards import CodeList

Float = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchicalAnswer:
    """One narrative's answer in a code tree.

    code: leaf or parent that is sure enough, None where not even a root is. depth: levels from the root, 1 for a
    root, 0 without a code. probability: of `code`, or of the best root where there is none. path: from the root to
    `code`. leaf, leaf_probability: the likeliest leaf, sure or not.
    """

    code: str | None
    depth: int
    is_leaf: bool
    probability: float
    threshold: float
    path: tuple[str, ...]
    leaf: str
    leaf_probability: float


class Tree:
    """Codes with parents. Immutable.

    paths: for each leaf label the codes from the root down, the label's own code last.
    """

    def __init__(self, paths: Mapping[str, Sequence[str]]) -> None:
        self._paths = {label: tuple(path) for label, path in paths.items()}
        for label, path in self._paths.items():
            if not path or len(set(path)) != len(path):
                raise CoderError(
                    f"Code {label!r} has the path {' > '.join(path)!r}, which is empty or runs in a circle.",
                    "Correct the parents in the code list.",
                )

    @classmethod
    def of_list(cls, codes: CodeList) -> Tree:
        """The tree of a code list of `standards`; every entry may be a label."""
        return cls({e.code: (*(a.code for a in reversed(codes.ancestors(e.code))), e.code) for e in codes})

    @classmethod
    def of_parents(cls, parents: Mapping[str, str | None]) -> Tree:
        """The tree of code → parent (None for a root); CoderError for a circle or a parent that is no code."""
        paths: dict[str, list[str]] = {}
        for code in parents:
            path, above = [code], parents[code]
            while above is not None:
                if above in path or above not in parents:
                    told = "stands above itself" if above in path else "is no code of the list"
                    raise CoderError(f"Parent {above!r} of code {path[-1]!r} {told}.", "Correct the parents.")
                path.append(above)
                above = parents[above]
            paths[code] = path[::-1]
        return cls(paths)

    @classmethod
    def of_prefixes(cls, codes: Mapping[str, str]) -> Tree:
        """The tree of label → code where each code's parent is the code without its last sign (OIICS: 4 > 43 > 433)."""
        return cls({label: tuple(code[: i + 1] for i in range(len(code))) for label, code in codes.items()})

    def path(self, label: str) -> tuple[str, ...]:
        """Codes from the root to `label`'s own; a label that the tree doesn't know stands alone."""
        return self._paths.get(label, (label,))

    def cuts(self, labels: Sequence[str]) -> tuple[Cut, ...]:
        """The tree cut at each depth, the shallowest first, over these leaf labels; a short path ends in its leaf."""
        return _cuts(tuple(self.path(label) for label in labels))


class Cut(NamedTuple):
    """The tree at one depth: nodes, and for each label the position of its node."""

    nodes: tuple[str, ...]
    of_label: Whole


@functools.lru_cache(maxsize=64)
def _cuts(paths: tuple[tuple[str, ...], ...]) -> tuple[Cut, ...]:
    cuts = []
    for depth in range(1, max(map(len, paths)) + 1):
        cut = [path[min(depth, len(path)) - 1] for path in paths]
        nodes = tuple(dict.fromkeys(cut))
        place = {node: i for i, node in enumerate(nodes)}
        cuts.append(Cut(nodes, np.array([place[node] for node in cut], dtype=np.int64)))
    return tuple(cuts)


def sums(probability: NDArray[np.floating], cut: Cut) -> Float:
    """Probabilities (n, nodes) of a cut's nodes: the sums of their labels' (n, labels)."""
    spread = np.zeros((len(cut.of_label), len(cut.nodes)))
    spread[np.arange(len(cut.of_label)), cut.of_label] = 1.0
    summed: Float = np.minimum(np.asarray(probability, dtype=np.float64) @ spread, 1.0)
    return summed


def fit_thresholds(
    probability: NDArray[np.floating], truth: Sequence[str], labels: Sequence[str], tree: Tree, wanted: float = 0.95
) -> tuple[float, ...]:
    """A threshold for each depth, roots first, chosen on out-of-fold rows so that each depth's answers are right
    `wanted`.

    probability: (n, labels). truth: the n true labels. The deepest level chooses first; each level above chooses on the
    rows that were left over. A level at which no 20 rows keep the accuracy gets `NEVER` (1.0).
    """
    cuts = _checked(probability, labels, tree)
    position = {label: i for i, label in enumerate(labels)}
    missing = next((label for label in truth if label not in position), None)
    if missing is not None or len(truth) != len(probability):
        raise CoderError(
            f"{len(truth)} true codes for {len(probability)} rows"
            + (f"; {missing!r} is no label." if missing else "."),
            "Give one true code to each row, from the coder's labels.",
        )
    aim = np.array([position[label] for label in truth], dtype=np.int64)
    left = np.ones(len(aim), bool)
    thresholds = [NEVER] * len(cuts)
    for depth in reversed(range(len(cuts))):
        summed = sums(probability, cuts[depth])
        best, sure = summed.argmax(axis=1), summed.max(axis=1)
        hit = best == cuts[depth].of_label[aim]
        thresholds[depth] = threshold_for(sure[left].astype(np.float32), hit[left], wanted)
        left &= ~_passes(sure, thresholds[depth])
    return tuple(thresholds)


def answer(
    probability: NDArray[np.floating], labels: Sequence[str], tree: Tree, thresholds: float | Sequence[float]
) -> list[HierarchicalAnswer]:
    """The deepest code of each row whose summed probability reaches its level's threshold.

    probability: (n, labels), calibrated. thresholds: one for all levels, or one a depth, roots first
    (`fit_thresholds`).
    """
    cuts = _checked(probability, labels, tree)
    bars = [float(thresholds)] * len(cuts) if isinstance(thresholds, int | float) else [float(t) for t in thresholds]
    if len(bars) != len(cuts):
        raise CoderError(
            f"{len(bars)} thresholds for a tree of {len(cuts)} levels.", "Give one for each level, the roots' first."
        )
    p = np.asarray(probability)
    top = p.argmax(axis=1)
    found: list[HierarchicalAnswer | None] = [None] * len(p)
    for depth in reversed(range(len(cuts))):
        open_rows = np.array([i for i, one in enumerate(found) if one is None], dtype=np.int64)
        summed = sums(p[open_rows], cuts[depth])
        best, sure = summed.argmax(axis=1), summed.max(axis=1)
        passed = _passes(sure.astype(np.float32), bars[depth])
        for j, row in enumerate(open_rows):
            if passed[j] or depth == 0:
                node = cuts[depth].nodes[best[j]] if passed[j] else None
                leaf = str(labels[top[row]])
                found[row] = _told(node, float(sure[j]), bars[depth], labels, tree, cuts[depth], leaf, p[row, top[row]])
    return [one for one in found if one is not None]


def _told(
    node: str | None, sure: float, bar: float, labels: Sequence[str], tree: Tree, cut: Cut, leaf: str, leaf_sure: float
) -> HierarchicalAnswer:
    path: tuple[str, ...] = ()
    is_leaf = False
    if node is not None:
        under = [label for label, place in zip(labels, cut.of_label, strict=True) if cut.nodes[place] == node]
        whole = tree.path(under[0])
        path = whole[: whole.index(node) + 1]
        is_leaf = len(path) == len(whole) and len(under) == 1
    return HierarchicalAnswer(
        code=node,
        depth=len(path),
        is_leaf=is_leaf,
        probability=sure,
        threshold=bar,
        path=path,
        leaf=leaf,
        leaf_probability=float(leaf_sure),
    )


def _passes(sure: NDArray[np.floating], bar: float) -> NDArray[np.bool_]:
    """Which rows stand at a level; none at `NEVER`. Single precision, as the thresholds were chosen."""
    passed: NDArray[np.bool_] = (sure.astype(np.float32) >= np.float32(bar)) & (bar < NEVER)
    return passed


def _checked(probability: NDArray[np.floating], labels: Sequence[str], tree: Tree) -> tuple[Cut, ...]:
    shape = np.shape(probability)
    if len(shape) != 2 or shape[1] != len(labels) or not len(labels):
        raise CoderError(f"Probabilities of shape {shape} for {len(labels)} labels.", "Give one column for each label.")
    return tree.cuts(labels)
