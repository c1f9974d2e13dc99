"""Pasquill-Gifford stability from what a site has: wind and sun, measured radiation, or turbulence.

Sources: Pasquill 1961; Turner, Workbook of Atmospheric Dispersion Estimates, 1970 (AP-26), table 3-1; US EPA,
Meteorological Monitoring Guidance, EPA-454/R-99-005, tables 6-7 (radiation) and 6-8a, 6-8b (turbulence).
"""

from __future__ import annotations

import math

CLASSES = "ABCDEF"

# Rows: wind below 2, 3, 5, 6 m/s and above. Columns: strong, moderate, slight sun; night with cloud, clear night.
# Turner's split classes (A-B, B-C, C-D) are given to the more turbulent half in the lower row of speed.
_PASQUILL = (
    (2.0, "AABEF"),
    (3.0, "ABCEF"),
    (5.0, "BBCDE"),
    (6.0, "CCDDD"),
    (math.inf, "CDDDD"),
)
# EPA-454/R-99-005, table 6-7: radiation of at least 925, 675, 175 W/m2, less.
_RADIATION = (
    (2.0, "AABD"),
    (3.0, "ABCD"),
    (5.0, "BBCD"),
    (6.0, "CCDD"),
    (math.inf, "CDDD"),
)
# EPA-454/R-99-005, table 6-8a: lower bound of the spread of wind direction, in degrees, for A to E.
_TURBULENCE = (22.5, 17.5, 12.5, 7.5, 3.8)


def from_sun(speed: float, elevation: float, *, cloudy: bool = False) -> str:
    """Class A-F by wind speed (m/s, 10 m) and the sun's elevation (degrees); Turner 1970, table 3-1.

    Strong sun above 60 degrees, moderate above 35, slight above 15; lower in the day counts as neutral (D), as does a
    day under cloud with little sun; a night is clear unless `cloudy`.
    """
    if elevation > 0:
        if elevation <= 15 or (cloudy and elevation <= 35):
            return "D"
        column = (0 if elevation > 60 else 1 if elevation > 35 else 2) + (1 if cloudy else 0)
        column = min(column, 2)
    else:
        column = 3 if cloudy else 4
    return _row(_PASQUILL, speed)[column]


def from_radiation(speed: float, radiation: float) -> str:
    """Class A-D by day from wind speed (m/s) and measured solar radiation (W/m2); EPA-454/R-99-005, table 6-7."""
    column = 0 if radiation >= 925 else 1 if radiation >= 675 else 2 if radiation >= 175 else 3
    return _row(_RADIATION, speed)[column]


def from_turbulence(spread: float, speed: float, *, night: bool) -> str:
    """Class A-F by the standard deviation of wind direction (degrees); EPA-454/R-99-005, tables 6-8a and 6-8b.

    At night a large spread is meander, not mixing, and the class is held to what the speed (m/s) allows.
    """
    first = next((name for name, bound in zip(CLASSES, _TURBULENCE, strict=False) if spread >= bound), "F")
    if not night:
        return first if speed < 6 else max(first, "D" if first > "C" else "C")
    least = {"A": (2.9, 3.6), "B": (2.4, 3.0), "C": (2.4, 2.4)}
    if first in least:
        low, high = least[first]
        return "F" if speed < low else "E" if speed < high else "D"
    if first == "D":
        return "D"
    return "E" if first == "E" and speed < 5 else "D" if speed >= 5 else first


def sun_elevation(time_us: int, latitude: float, longitude: float) -> float:
    """The sun's elevation in degrees at UTC microseconds `time_us`, to about half a degree (Spencer 1971)."""
    days = time_us / 86_400e6
    angle = 2 * math.pi * (days % 365.2425) / 365.2425
    declination = (
        0.006918
        - 0.399912 * math.cos(angle)
        + 0.070257 * math.sin(angle)
        - 0.006758 * math.cos(2 * angle)
        + 0.000907 * math.sin(2 * angle)
    )
    minutes = 229.18 * (
        0.000075
        + 0.001868 * math.cos(angle)
        - 0.032077 * math.sin(angle)
        - 0.014615 * math.cos(2 * angle)
        - 0.040849 * math.sin(2 * angle)
    )
    hour = math.radians((days % 1) * 360 + longitude + minutes / 4 - 180)
    phi = math.radians(latitude)
    sine = math.sin(phi) * math.sin(declination) + math.cos(phi) * math.cos(declination) * math.cos(hour)
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))


def _row(table: tuple[tuple[float, str], ...], speed: float) -> str:
    return next(row for bound, row in table if speed < bound)
