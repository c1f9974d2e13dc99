"""Which messages of a source came: a count up to which all did, and the gaps below it. Constant size, any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_GAPS = 1_000


@dataclass(frozen=True, slots=True)
class Came:
    """All messages before `upto` came, but for `gaps`: disjoint (from, to), both included, in order."""

    upto: int = 0
    gaps: tuple[tuple[int, int], ...] = ()

    @staticmethod
    def of(upto: int, gaps: Sequence[Sequence[int]]) -> Came:
        return Came(upto, tuple((int(first), int(last)) for first, last in gaps))

    def has(self, sequence: int) -> bool:
        """Whether message `sequence` came already."""
        return sequence < self.upto and not any(first <= sequence <= last for first, last in self.gaps)

    def after(self, sequence: int) -> Came:
        """What came when `sequence` has come too. Raises ValueError where that would leave more than `MAX_GAPS`."""
        if self.has(sequence):
            return self
        gaps = list(self.gaps)
        if sequence >= self.upto:
            if sequence > self.upto:
                gaps.append((self.upto, sequence - 1))
            upto = sequence + 1
        else:
            upto = self.upto
            at = next(n for n, (first, last) in enumerate(gaps) if first <= sequence <= last)
            first, last = gaps[at]
            gaps[at : at + 1] = [gap for gap in ((first, sequence - 1), (sequence + 1, last)) if gap[0] <= gap[1]]
        if len(gaps) > MAX_GAPS:
            raise ValueError(f"more than {MAX_GAPS} gaps in the sequence")
        return Came(upto, tuple(gaps))
