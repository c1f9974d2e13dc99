"""Puffs and plume: what they have to agree on, and what no wind may change."""

from __future__ import annotations

import math

import numpy as np
import pytest

from yufang.sensing.leaks import Place, Puffs, affected_area, plume, ppm, seen_at
from yufang.sensing.leaks.dispersion import sigmas
from yufang.sensing.leaks.stability import from_radiation, from_sun, from_turbulence, sun_elevation

SOURCE = Place("valve", 0.0, 0.0, 2.0)


def _steady(wind: tuple[float, float], stability: str, sensors: list[Place], minutes: int = 10) -> np.ndarray:
    puffs = Puffs(reach=400.0, spacing=2.0, capacity=2000)
    for _ in range(minutes):
        rows, weights = puffs.step(wind, stability)
    return seen_at(rows, weights, [SOURCE], sensors)[0]


@pytest.mark.parametrize("stability", ["B", "D", "F"])
@pytest.mark.parametrize("bearing", [0.0, 215.0])
def test_puffs_in_a_steady_wind_are_the_closed_form_plume(stability: str, bearing: float) -> None:
    wind = (3.0 * math.cos(math.radians(bearing)), 3.0 * math.sin(math.radians(bearing)))
    across = sigmas(np.array([80.0]), stability)[0][0]
    along = (wind[0] / 3.0, wind[1] / 3.0)
    sensors = [
        Place(str(k), 80 * along[0] - k * across * along[1], 80 * along[1] + k * across * along[0], 1.5)
        for k in (0.0, 0.7, 1.5)
    ]
    x, y = np.array([s.x for s in sensors]), np.array([s.y for s in sensors])
    assert _steady(wind, stability, sensors) == pytest.approx(plume(SOURCE, x, y, 1.5, wind, stability), rel=0.06)


def test_plume_of_turner_by_hand() -> None:
    # D, 100 m: sigma_y = 8/sqrt(1.01), sigma_z = 6/sqrt(1.15); on the axis at the ground from a source at the ground.
    across, up = 8 / math.sqrt(1.01), 6 / math.sqrt(1.15)
    found = plume(Place("s", 0, 0, 0.0), np.array([100.0]), np.array([0.0]), 0.0, (4.0, 0.0), "D")
    assert found[0] == pytest.approx(1 / (math.pi * 4.0 * across * up))
    assert plume(SOURCE, np.array([-50.0]), np.array([0.0]), 1.5, (4.0, 0.0), "D")[0] == 0.0


def test_plume_refuses_a_calm() -> None:
    with pytest.raises(ValueError, match="use puffs"):
        plume(SOURCE, np.array([50.0]), np.array([0.0]), 1.5, (0.2, 0.1), "D")


def test_every_kilogram_released_is_in_the_air() -> None:
    puffs = Puffs(reach=1e9, life=1e9, capacity=100_000)
    rng = np.random.default_rng(3)
    for _ in range(8):
        rows, weights = puffs.step((float(rng.normal(0, 2)), float(rng.normal(0, 2))), "C")
    assert puffs.held[:, 4].sum() == pytest.approx(8 * 60.0)
    assert float(np.sum(weights * rows[:, 4])) == pytest.approx(7.5 * 60.0, rel=0.02)  # the mean of the last minute


def test_the_field_of_a_puff_holds_its_mass() -> None:
    puff = np.array([[0.0, 0.0, 60.0, 3.0, 5.0, 30.0]])  # 5 kg, class D, 60 m gone
    side = np.arange(-30, 30.1, 2.0)
    air = [Place("", x, y, z) for x in side for y in side for z in np.arange(0.5, 30, 1.0)]
    total = float(seen_at(puff, np.ones(1), [SOURCE], air).sum()) * 2.0 * 2.0 * 1.0
    assert total == pytest.approx(5.0, rel=0.01)  # nothing is lost through the ground


def test_puffs_follow_the_wind_round_a_corner() -> None:
    puffs = Puffs(reach=1000.0)
    for _ in range(3):
        puffs.step((1.0, 0.0), "D")
    for _ in range(2):
        rows, weights = puffs.step((0.0, 1.0), "D")
    oldest = puffs.held[np.argmax(puffs.held[:, 5])]
    assert oldest[0] == pytest.approx(180, abs=5)
    assert oldest[1] == pytest.approx(120, abs=1e-6)
    round_the_corner, straight_on = Place("a", 100, 90, 2), Place("b", 250, 0, 2)
    seen = seen_at(rows, weights, [SOURCE], [round_the_corner, straight_on])[0]
    assert seen[0] > 100 * seen[1]


def test_meander_widens_and_thins() -> None:
    axis, aside = Place("a", 60, 0, 2), Place("b", 60, 25, 2)
    puffs = Puffs()
    for _ in range(4):
        rows, weights = puffs.step((3.0, 0.0), "D")
    narrow = seen_at(rows, weights, [SOURCE], [axis, aside])[0]
    wide = seen_at(rows, weights, [SOURCE], [axis, aside], meander=0.3)[0]
    assert wide[0] < narrow[0]
    assert wide[1] > narrow[1]


def test_ppm_of_methane() -> None:
    assert ppm(np.array([0.656e-6]), 16.04)[0] == pytest.approx(1.0, rel=0.01)  # 0.656 mg/m3 is 1 ppm


def test_stability_by_sun_wind_radiation_and_turbulence() -> None:
    assert [from_sun(1.5, 70), from_sun(4, 40), from_sun(8, 70), from_sun(1.5, -5), from_sun(4, -5)] == list("ABCFE")
    assert from_sun(1.5, -5, cloudy=True) == "E"
    assert from_sun(2.5, 10) == "D"
    assert [from_radiation(1, 950), from_radiation(4, 950), from_radiation(7, 100)] == list("ABD")
    assert from_turbulence(25, 2, night=False) == "A"
    assert from_turbulence(1, 2, night=False) == "F"
    assert from_turbulence(25, 1.5, night=True) == "F"  # meander at night is not mixing


def test_sun_stands_where_the_almanac_says() -> None:
    # Noon of the solstice at Beijing (39.9 N, 116.4 E; 04:16 UTC): 73.5 degrees.
    noon = int(np.datetime64("2025-06-21T04:16", "us").astype(np.int64))
    assert sun_elevation(noon, 39.9, 116.4) == pytest.approx(73.5, abs=0.7)
    assert sun_elevation(noon + 12 * 3_600_000_000, 39.9, 116.4) < -20


def test_affected_area_lies_downwind_and_shrinks_with_the_limit() -> None:
    areas = affected_area(SOURCE, 20.0, [(2.0, 0.0)] * 8, "D", [20.0, 100.0], height=2.0, meander=0.0)
    assert [area.limit for area in areas] == [100.0, 20.0]
    assert 0 < areas[0].square_metres < areas[1].square_metres
    ring = np.array(areas[1].rings[0])
    assert np.allclose(ring[0], ring[-1])  # closed
    assert ring[:, 0].max() > 20
    assert ring[:, 0].min() > -15
    # Where the outline crosses the axis far out, the plume stands at the limit.
    end = ring[:, 0].max()
    there = ppm(plume(SOURCE, np.array([end]), np.array([0.0]), 2.0, (2.0, 0.0), "D"), 16.04)[0] * 20 / 3600
    assert there == pytest.approx(20.0, rel=0.25)


@pytest.mark.parametrize(
    ("rate", "limits", "winds"), [(0.0, [1.0], [(1.0, 0.0)]), (1.0, [0.0], [(1.0, 0.0)]), (1.0, [1.0], [])]
)
def test_affected_area_refuses_what_makes_no_sense(rate: float, limits: list[float], winds: list) -> None:
    with pytest.raises(ValueError, match=r"above zero|at least one minute"):
        affected_area(SOURCE, rate, winds, "D", limits)
