"""A drawn plan on which the five made-up plants stand, and two permits to work on it; all marked synthetic."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from yufang.server.places import actions as places
from yufang.server.places.contracts import AreaKind, Corners, PlanOut
from yufang.server.places.models import SitePlan
from yufang.server.places.plan_geometry import metres_wide, on_earth
from yufang.server.riskmap import permits
from yufang.server.riskmap.contracts import PermitIn
from yufang.server.scope import Actor, scoped

WIDTH, HEIGHT = 1600, 1000  # pixels
METRES_WIDE, METRES_HIGH = 320.0, 200.0
SOMEWHERE = (30.0, 114.0)  # where nobody knows where the demo's enterprise is: the plan still has its size

# plant → (kind of area, its box in metres from the lower left: left, bottom, right, top; where its own metres begin)
_Box = tuple[float, float, float, float]
STANDS: dict[str, tuple[AreaKind, _Box, tuple[float, float]]] = {
    "tankfarm": ("yard", (8.0, 85.0, 118.0, 192.0), (5.0, 95.0)),
    "stamping": ("workshop", (132.0, 140.0, 216.0, 186.0), (128.0, 150.0)),
    "coldstore": ("store", (232.0, 140.0, 312.0, 186.0), (238.0, 150.0)),
    "battery": ("workshop", (232.0, 84.0, 312.0, 126.0), (240.0, 92.0)),
    "longwall": ("utility", (55.0, 20.0, 262.0, 48.0), (68.0, 30.0)),
}


def open_plan(acting_user: Actor, home: int) -> PlanOut:
    """The plan of the five plants, to scale."""
    with scoped(acting_user):
        known = SitePlan.objects.filter(enterprise_id=home, corners__isnull=False).order_by("id").first()
    lat, lon = known.corners[1] if known is not None else SOMEWHERE
    return places.add_plan(
        acting_user,
        home,
        _drawn(),
        name="五个示例单元平面图（合成）",
        name_en="Plan of the five plants (synthetic)",
        corners=_corners(lat, lon),
        synthetic=True,
    )


def outline(plant: str) -> list[tuple[float, float]]:
    """The corners of a plant's area in shares of the plan."""
    left, bottom, right, top = STANDS[plant][1]
    x = [round(metres / METRES_WIDE, 4) for metres in (left, right)]
    y = [round(1 - metres / METRES_HIGH, 4) for metres in (top, bottom)]
    return [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])]


def on_plan(plant: str, x: float, y: float) -> tuple[float, float]:
    """Metres on the plan of a spot in a plant's own metres."""
    east, north = STANDS[plant][2]
    return x + east, y + north


def open_permits(acting_user: Actor, areas: dict[str, int], now: datetime) -> None:
    """Hot work among the tanks for a shift, work at height in the stamping shop for some days."""
    x, y = on_plan("tankfarm", 86.0, 52.0)
    hot = PermitIn(
        area_id=areas["tankfarm"],
        kind="HOT-1",
        starts_at=now,
        ends_at=now + timedelta(hours=8),
        x=x / METRES_WIDE,
        y=1 - y / METRES_HIGH,
        work="更换泵出口法兰垫片（合成）",
    )
    high = PermitIn(
        area_id=areas["stamping"],
        kind="WAH-2",
        starts_at=now,
        ends_at=now + timedelta(days=7),
        work="更换行车照明灯（合成）",
    )
    for body in (hot, high):
        permits.open_permit(acting_user, body, now, synthetic=True)


def _corners(lat: float, lon: float) -> Corners:
    unit: Corners = ((lat, lon), (lat - 0.001, lon + 0.001 * WIDTH / HEIGHT))
    share = METRES_WIDE / metres_wide(unit, WIDTH, HEIGHT)
    return (lat, lon), on_earth(unit, WIDTH, HEIGHT, share, share)


def _drawn() -> bytes:
    """The plan as PNG: roads, the outlines of the plants, a scale and the word SYNTHETIC."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (WIDTH, HEIGHT), "#f4f5f2")
    draw, metre = ImageDraw.Draw(picture), WIDTH / METRES_WIDE
    font = ImageFont.load_default(22)
    draw.rectangle((8, 8, WIDTH - 9, HEIGHT - 9), outline="#8a8f87", width=4)
    for box in ((0.0, 58.0, 320.0, 70.0), (120.0, 70.0, 130.0, 200.0), (218.0, 70.0, 228.0, 200.0)):
        draw.rectangle(_pixels(box), fill="#dfe2dc")
    for kind, box, _ in STANDS.values():
        under_the_sky = kind == "yard"
        draw.rectangle(_pixels(box), fill="#e9ebe4" if under_the_sky else "#ffffff", outline="#5b6157", width=3)
    draw.line((60, HEIGHT - 40, 60 + 40 * metre, HEIGHT - 40), fill="#3c403a", width=4)
    draw.text((66 + 40 * metre, HEIGHT - 54), "40 m", fill="#3c403a", font=font)
    draw.line((WIDTH - 50, 90, WIDTH - 50, 40), fill="#3c403a", width=4)
    draw.text((WIDTH - 58, 92), "N", fill="#3c403a", font=font)
    draw.text((WIDTH - 220, HEIGHT - 54), "SYNTHETIC", fill="#8a8f87", font=font)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _pixels(box: _Box) -> tuple[float, float, float, float]:
    left, bottom, right, top = box
    metre = WIDTH / METRES_WIDE
    return left * metre, HEIGHT - top * metre, right * metre, HEIGHT - bottom * metre
