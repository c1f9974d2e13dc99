"""Districts of the made-up prefecture. It lies in the open Pacific, so that nobody takes it for a real place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

CENTRE = (151.0, 31.0)  # degrees east, north
DISTRICTS = (
    ("澜中区", "Lanzhong"),
    ("澜北区", "Lanbei"),
    ("东岸区", "Dong'an"),
    ("望湾县", "Wangwan"),
    ("南屿县", "Nanyu"),
    ("西岭县", "Xiling"),
    ("临澜新区", "Linlan New Area"),
)


@dataclass(frozen=True, slots=True)
class District:
    """A district: names and its outline as a closed ring of (longitude, latitude), degrees."""

    id: str
    name_zh: str
    name_en: str
    ring: npt.NDArray[np.float64]

    def feature(self) -> dict[str, Any]:
        """The district as a GeoJSON feature."""
        return {
            "type": "Feature",
            "id": self.id,
            "properties": {"id": self.id, "name": self.name_zh, "name_zh": self.name_zh, "name_en": self.name_en},
            "geometry": {"type": "Polygon", "coordinates": [np.round(self.ring, 5).tolist()]},
        }

    def contains(self, lon: float, lat: float) -> bool:
        """Whether a point lies inside (even-odd rule)."""
        x, y = self.ring[:-1].T
        x2, y2 = self.ring[1:].T
        crosses = (y > lat) != (y2 > lat)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = (x2 - x) * (lat - y) / (y2 - y) + x
        return bool(np.count_nonzero(crosses & (lon < at)) % 2)


def make_districts(rng: np.random.Generator) -> tuple[District, ...]:
    """A centre and sectors around it that share their borders exactly."""
    sectors = len(DISTRICTS) - 1
    steps = 12
    angles = np.linspace(0, 2 * np.pi, sectors * steps, endpoint=False)
    inner = _ring(angles, 0.16, rng)
    outer = _ring(angles, 0.52, rng)
    borders = [_border(inner[i * steps], outer[i * steps], rng) for i in range(sectors)]
    rings = [np.vstack([inner, inner[:1]])]
    for i in range(sectors):
        arc = [(i * steps + j) % len(angles) for j in range(steps + 1)]
        rings.append(
            np.vstack([inner[arc], borders[(i + 1) % sectors][1:], outer[arc[::-1]][1:], borders[i][::-1][1:]])
        )
    return tuple(
        District(f"D{i + 1}", zh, en, ring) for i, ((zh, en), ring) in enumerate(zip(DISTRICTS, rings, strict=True))
    )


def place_within(district: District, rng: np.random.Generator) -> tuple[float, float]:
    """A point inside the district, in degrees."""
    low, high = district.ring.min(0), district.ring.max(0)
    while True:
        lon, lat = rng.uniform(low, high)
        if district.contains(lon, lat):
            return round(float(lon), 5), round(float(lat), 5)


def _ring(angles: npt.NDArray[np.float64], radius: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A wavy closed curve: a circle with a few harmonics of random phase."""
    r = np.full_like(angles, radius)
    for k in (2, 3, 5, 9):
        r += radius * 0.35 / k * np.cos(k * angles + rng.uniform(0, 2 * np.pi))
    return np.column_stack([CENTRE[0] + r * np.cos(angles) * 1.17, CENTRE[1] + r * np.sin(angles)])


def _border(
    start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """A crooked line from the inner ring to the outer one, both ends kept."""
    share = np.linspace(0, 1, 8)[:, None]
    line = start + (end - start) * share
    line[1:-1] += rng.normal(0, 0.008, (6, 2))
    return line
