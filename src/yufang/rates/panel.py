"""A panel of losses: entities over years with what exposed them, and the way outliers are limited."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Rows of one entity in one year, with exposure > 0.

    `entity` (rows,): index 0…n-1; `year` (rows,); `exposure` (rows,): payroll or the like; `rate` (rows,): loss per
    unit of exposure; `group` (n,): index of the group that each entity belongs to, 0…g-1.
    """

    entity: Ints
    year: Ints
    exposure: Floats
    rate: Floats
    group: Ints

    @classmethod
    def of(cls, entity: Ints, year: Ints, exposure: Floats, loss: Floats, group: Ints | None = None) -> Panel:
        """Rows with exposure; rows without any are left out. Raises ValueError for a negative or missing figure."""
        for name, values in (("exposure", exposure), ("loss", loss)):
            bad = np.flatnonzero(~(values >= 0))
            if len(bad):
                raise ValueError(
                    f"row {int(bad[0]) + 1}: {name} is {values[bad[0]]}, but must be a number of at least 0"
                )
        keep = exposure > 0
        if not keep.any():
            raise ValueError("no row has any exposure: rates need at least one payroll above 0")
        n = int(entity.max()) + 1
        return cls(
            entity=entity[keep].astype(np.int64),
            year=year[keep].astype(np.int64),
            exposure=exposure[keep].astype(float),
            rate=loss[keep] / exposure[keep],
            group=np.zeros(n, np.int64) if group is None else group.astype(np.int64),
        )

    @property
    def entities(self) -> int:
        return len(self.group)

    @property
    def years(self) -> list[int]:
        return [int(y) for y in np.unique(self.year)]

    def only(self, keep: npt.NDArray[np.bool_]) -> Panel:
        """The rows of `keep` (rows,), with the same entities."""
        return replace(
            self,
            entity=self.entity[keep],
            year=self.year[keep],
            exposure=self.exposure[keep],
            rate=self.rate[keep],
        )

    def with_rate(self, rate: Floats) -> Panel:
        """The same rows with other losses per unit of exposure."""
        return replace(self, rate=rate)

    def totals(self) -> tuple[Floats, Floats]:
        """Exposure and own mean loss per unit of exposure of each entity, both (n,); 0 where it has no row."""
        w = np.bincount(self.entity, self.exposure, self.entities).astype(float)
        s = np.bincount(self.entity, self.exposure * self.rate, self.entities)
        return w, np.where(w > 0, s / np.maximum(w, 1e-300), 0.0)
