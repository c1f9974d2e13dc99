"""Cells over a plan, and the areas drawn on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Outline = tuple[tuple[float, float], ...]
LONG_SIDE = 32  # cells along the longer side of a plan
ASSUMED_M = 100.0  # width of a plan that nobody measured: only how far a spot reaches depends on it


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaOnMap:
    """An area. outline: corners in shares of the plan that it is drawn on (() where it isn't drawn)."""

    key: str
    outline: Outline = ()
    indoors: bool = False


@dataclass(frozen=True)
class Grid:
    """Cells of a plan, row by row from the upper left, and after them one place for every area that isn't drawn.

    plan: the plan's key, "" for a map without a plan (areas only; columns and rows are 0 then). wide_m, high_m: what
    the plan's width and height stand for.
    """

    plan: str
    columns: int
    rows: int
    wide_m: float
    high_m: float
    areas: tuple[AreaOnMap, ...]

    @staticmethod
    def of(plan: str, width: int, height: int, areas: Sequence[AreaOnMap], metres_wide: float | None = None) -> Grid:
        """Cells as square as whole numbers allow for a plan of width x height pixels; none where `plan` is ""."""
        if not plan:
            return Grid("", 0, 0, ASSUMED_M, ASSUMED_M, tuple(areas))
        if width <= 0 or height <= 0:
            raise ValueError(f"a plan of {width} x {height} pixels has no cells")
        wide = metres_wide or ASSUMED_M
        along = max(width, height)
        columns, rows = (max(4, round(LONG_SIDE * side / along)) for side in (width, height))
        return Grid(plan, columns, rows, wide, wide * height / width, tuple(areas))

    @property
    def cells(self) -> int:
        return self.columns * self.rows

    @cached_property
    def undrawn(self) -> tuple[AreaOnMap, ...]:
        """Areas that have a place of their own, behind the cells."""
        return tuple(area for area in self.areas if not self.plan or len(area.outline) < 3)

    @property
    def places(self) -> int:
        """Cells, and areas that aren't drawn."""
        return self.cells + len(self.undrawn)

    @cached_property
    def x(self) -> Floats:
        """Middles of the columns, in shares."""
        return ((np.arange(self.columns) + 0.5) / max(self.columns, 1)).astype(np.float32)

    @cached_property
    def y(self) -> Floats:
        """Middles of the rows, in shares."""
        return ((np.arange(self.rows) + 0.5) / max(self.rows, 1)).astype(np.float32)

    @cached_property
    def inside(self) -> dict[str, Mask]:
        """Places (mask of `places`) of each area: cells whose middle lies in it, at least the one that holds it."""
        found = {}
        for area in self.areas:
            mask = np.zeros(self.places, np.bool_)
            if area in self.undrawn:
                mask[self.cells + self.undrawn.index(area)] = True
            else:
                mask[: self.cells] = self.ring_mask(area.outline)
            found[area.key] = mask
        return found

    @cached_property
    def outdoors(self) -> Mask:
        """Places under the open sky: all but those of areas that are buildings."""
        mask = np.ones(self.places, np.bool_)
        for area in self.areas:
            if area.indoors:
                mask &= ~self.inside[area.key]
        return mask

    @cached_property
    def beyond(self) -> Mask:
        """Places that belong to no area."""
        mask = np.ones(self.places, np.bool_)
        for inside in self.inside.values():
            mask &= ~inside
        return mask

    @cached_property
    def held(self) -> dict[str, npt.NDArray[np.int32]]:
        """Numbers of the places of each area."""
        return {key: np.flatnonzero(mask).astype(np.int32) for key, mask in self.inside.items()}

    @cached_property
    def apart(self) -> dict[str, npt.NDArray[np.int32]]:
        """Of each area that isn't drawn its place behind the cells."""
        return {area.key: self.held[area.key] for area in self.undrawn}

    def ring_mask(self, ring: Outline) -> Mask:
        """Cells whose middle lies in `ring` (even-odd); where it holds no middle, the cell that its own lies in."""
        points = np.asarray(ring, np.float64)
        x, y = np.meshgrid(self.x.astype(np.float64), self.y.astype(np.float64))
        odd = np.zeros(x.shape, np.bool_)
        for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0), strict=True):
            if ay == by:
                continue
            crosses = (ay > y) != (by > y)
            odd ^= crosses & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        mask: Mask = odd.ravel()
        if not mask.any() and self.cells:
            middle = points.mean(axis=0)
            mask[self.cell_at(float(middle[0]), float(middle[1]))] = True
        return mask

    def cell_at(self, x: float, y: float) -> int:
        """The number of the cell that holds a spot, the nearest where it lies beyond the plan."""
        column = min(max(math.floor(x * self.columns), 0), self.columns - 1)
        row = min(max(math.floor(y * self.rows), 0), self.rows - 1)
        return row * self.columns + column

    def areas_of(self, place: int) -> list[str]:
        """Keys of the areas that a place belongs to."""
        return [key for key, mask in self.inside.items() if mask[place]]
