"""Places of the made-up region: a plan drawn by code with its areas, a few areas elsewhere; all marked synthetic."""

from __future__ import annotations

import io

from yufang.server.accounts.models import Organisation
from yufang.server.places import actions
from yufang.server.places.contracts import AreaIn, AreaKind, Corners
from yufang.server.places.models import Area
from yufang.server.places.plan_geometry import metres_wide, on_earth
from yufang.server.profiles.models import Enterprise
from yufang.server.scope import Actor, scoped

WIDTH, HEIGHT = 1600, 1000  # pixels
METRES_WIDE = 160.0
_Box = tuple[float, float, float, float]  # left, top, right, bottom in shares of the plan

# key, zh, en, kind, where
_AREAS: tuple[tuple[str, str, str, AreaKind, _Box], ...] = (
    ("press", "冲压车间", "Press shop", "workshop", (0.05, 0.08, 0.42, 0.46)),
    ("welding", "焊接车间", "Welding shop", "workshop", (0.46, 0.08, 0.70, 0.46)),
    ("chemicals", "化学品库", "Chemical store", "store", (0.76, 0.08, 0.94, 0.28)),
    ("power", "动力站", "Power house", "utility", (0.76, 0.34, 0.94, 0.50)),
    ("loading", "装卸区", "Loading yard", "yard", (0.05, 0.60, 0.50, 0.92)),
    ("warehouse", "成品库", "Finished-goods store", "store", (0.54, 0.60, 0.78, 0.92)),
    ("office", "办公楼", "Office", "office", (0.82, 0.60, 0.94, 0.92)),
)
# two areas of other enterprises, without a plan; the second is closed
_ELSEWHERE: tuple[tuple[str, str, str, AreaKind, str], ...] = (
    ("line-1", "一号生产线", "Production line 1", "workshop", ""),
    ("pit", "污水处理池", "Waste-water pit", "utility", "检修停用，待通风检测合格后开放"),
)


def drawn_plan() -> bytes:
    """A plan of a made-up works as PNG: roads, buildings, doors, a scale and the word SYNTHETIC."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (WIDTH, HEIGHT), "#f4f5f2")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(22)
    draw.rectangle((8, 8, WIDTH - 9, HEIGHT - 9), outline="#8a8f87", width=4)
    draw.rectangle((8, int(0.505 * HEIGHT), WIDTH - 9, int(0.575 * HEIGHT)), fill="#dfe2dc")
    for x in range(40, WIDTH - 40, 60):
        draw.line((x, int(0.54 * HEIGHT), x + 30, int(0.54 * HEIGHT)), fill="#ffffff", width=4)
    for key, _, _, _, box in _AREAS:
        left, top, right, bottom = (round(v * (WIDTH, HEIGHT)[n % 2]) for n, v in enumerate(box))
        open_air = key == "loading"
        draw.rectangle(
            (left, top, right, bottom), fill="#e9ebe4" if open_air else "#ffffff", outline="#5b6157", width=3
        )
        door = (left + right) // 2
        edge = top if top > HEIGHT // 2 else bottom
        draw.line((door - 28, edge, door + 28, edge), fill="#f4f5f2", width=7)
        if key in ("press", "welding"):
            for n in range(6):
                x = left + 40 + n * (right - left - 80) // 6
                draw.rectangle((x, top + 60, x + 34, top + 110), outline="#9aa095", width=2)
                draw.rectangle((x, bottom - 120, x + 34, bottom - 70), outline="#9aa095", width=2)
    for n in range(5):
        x = int((0.08 + n * 0.085) * WIDTH)
        draw.rectangle((x, int(0.66 * HEIGHT), x + 70, int(0.86 * HEIGHT)), outline="#b3b8ae", width=2)
    metre = WIDTH / METRES_WIDE
    draw.line((60, HEIGHT - 40, 60 + 20 * metre, HEIGHT - 40), fill="#3c403a", width=4)
    draw.text((66 + 20 * metre, HEIGHT - 54), "20 m", fill="#3c403a", font=font)
    draw.line((WIDTH - 50, 90, WIDTH - 50, 40), fill="#3c403a", width=4)
    draw.text((WIDTH - 58, 92), "N", fill="#3c403a", font=font)
    draw.text((WIDTH - 220, HEIGHT - 54), "SYNTHETIC", fill="#8a8f87", font=font)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def corners_around(lat: float, lon: float) -> Corners:
    """The corners of the drawn plan with its middle at a position, north up."""
    half = METRES_WIDE / 2
    unit: Corners = ((lat, lon), (lat - 0.001, lon + 0.001 * WIDTH / HEIGHT))
    share = half / metres_wide(unit, WIDTH, HEIGHT)
    return on_earth(unit, WIDTH, HEIGHT, -share, -share), on_earth(unit, WIDTH, HEIGHT, share, share)


def open_all(acting_user: Actor, home: Organisation, team: Organisation | None) -> None:
    """Places for the demo's enterprise `home` and for three others of its region, where they are made up."""
    if not home.synthetic:
        return
    with scoped(acting_user):
        place = Enterprise.objects.filter(organisation=home).first()
        others = Organisation.objects.filter(parent_id=home.parent_id, kind=Organisation.Kind.ENTERPRISE)
        three = list(others.exclude(id=home.pk).order_by("id")[:3])
    known = place is not None and place.latitude is not None and place.longitude is not None
    open_places(acting_user, home, team, (place.latitude, place.longitude) if place and known else None)
    for other in three:
        open_elsewhere(acting_user, other)


def open_places(
    acting_user: Actor, home: Organisation, team: Organisation | None, position: tuple[float, float] | None
) -> None:
    """The drawn plan and its areas for an enterprise; nothing where it has areas already."""
    with scoped(acting_user):
        if Area.objects.filter(enterprise=home).exists():
            return
    corners = corners_around(*position) if position else None
    plan = actions.add_plan(
        acting_user,
        home.pk,
        drawn_plan(),
        name="厂区平面图(合成)",
        name_en="Plan of the works (synthetic)",
        corners=corners,
        synthetic=True,
    )
    for key, zh, en, kind, (left, top, right, bottom) in _AREAS:
        middle = ((left + right) / 2, (top + bottom) / 2)
        lat, lon = on_earth(corners, plan.width, plan.height, *middle) if corners else (None, None)
        body = AreaIn(
            organisation_id=home.pk,
            key=key,
            name_zh=zh,
            name_en=en,
            kind=kind,
            team_id=team.pk if team and key in ("press", "welding", "loading") else None,
            plan_id=plan.id,
            outline=[(left, top), (right, top), (right, bottom), (left, bottom)],
            lat=lat,
            lon=lon,
        )
        actions.put_area(acting_user, None, body, synthetic=True)


def open_elsewhere(acting_user: Actor, home: Organisation) -> None:
    """Two areas without a plan for another enterprise; nothing where it has areas already."""
    with scoped(acting_user):
        if Area.objects.filter(enterprise=home).exists():
            return
    for key, zh, en, kind, why in _ELSEWHERE:
        body = AreaIn(
            organisation_id=home.pk, key=key, name_zh=zh, name_en=en, kind=kind, closed=bool(why), closed_why=why
        )
        actions.put_area(acting_user, None, body, synthetic=True)
