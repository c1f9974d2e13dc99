"""Hazards of the made-up region: reports of the last weeks in every state, and gas at the chemical store right now."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from yufang.server import photos
from yufang.server.accounts.models import Person
from yufang.server.accounts.queries import actor_of
from yufang.server.hazards import steps
from yufang.server.hazards.actions import open_hazard, reporter_says
from yufang.server.hazards.models import Hazard
from yufang.server.places.models import Area
from yufang.server.scope import Actor, scoped
from yufang.server.warning.observing import Observation, observe

WAY = ("opened", "assigned", "in_progress", "fixed", "checked", "confirmed")


@dataclass(frozen=True, slots=True)
class _Made:
    area: str
    kind: str
    zh: str
    en: str
    words: str
    hours: float  # since it was reported
    reached: str
    named: bool = True


_HAZARDS = (
    _Made(
        "press",
        "machine_guarding",
        "3号冲床光栅被挪到一侧",
        "Light curtain of press 3 moved aside",
        "3号冲床右边光栅歪了，手能从侧面伸进去",
        3,
        "opened",
    ),
    _Made(
        "press",
        "electrical",
        "配电箱门锁不住，线头裸露",
        "Switch box will not lock, bare wire ends",
        "配电箱门一碰就开",
        30,
        "assigned",
    ),
    _Made(
        "warehouse",
        "housekeeping",
        "消防通道堆满料箱",
        "Fire lane full of crates",
        "成品库二号通道走不过去",
        52,
        "in_progress",
        False,
    ),
    _Made(
        "welding", "fire_hot_work", "动火点旁有油桶", "Oil drum beside hot work", "焊接工位旁边两桶机油", 70, "fixed"
    ),
    _Made(
        "loading",
        "vehicles",
        "叉车倒车不响警报",
        "Forklift reverses without a sound",
        "2号叉车倒车没声音，差点碰到人",
        96,
        "checked",
    ),
    _Made(
        "chemicals",
        "hazardous_chemicals",
        "通风机停转未修",
        "Ventilator stands still",
        "化学品库风机停了两天，味道大",
        150,
        "confirmed",
    ),
    _Made(
        "power",
        "equipment_defect",
        "空压机安全阀铅封脱落",
        "Seal of the compressor's safety valve is gone",
        "动力站空压机安全阀没有铅封",
        240,
        "confirmed",
    ),
    _Made(
        "press",
        "ppe",
        "送料工不戴防割手套",
        "Feeders without cut-proof gloves",
        "夜班送料没人戴防割手套",
        300,
        "confirmed",
        False,
    ),
)


def open_some(acting_user: Actor, now: datetime) -> None:
    """Hazards and one live alert of the demo's enterprise; nothing where it has hazards already or no areas."""
    with scoped(acting_user):
        people = {p.username: actor_of(p) for p in Person.objects.filter(username__in=("worker", "team_leader"))}
        manager = Person.objects.filter(username="safety_manager").select_related("organisation").first()
        if manager is None or len(people) < 2 or not manager.organisation.synthetic:
            return
        home = manager.organisation
        areas = {area.key: area for area in Area.objects.filter(enterprise=home)}
        if not areas or Hazard.objects.filter(enterprise=home).exists():
            return
    people["safety_manager"] = actor_of(manager)
    for number, made in enumerate(_HAZARDS):
        if made.area in areas:
            _one(people, areas[made.area], made, number, now)
    store = areas.get("chemicals")
    if store is not None:
        facts = {"lel_percent": 56.0}
        seen = Observation(
            organisation_id=home.pk, rule="gas_lel", subject_key="demo-probe-1", facts=facts, at=now, area_id=store.pk
        )
        observe(people["safety_manager"], seen, now)


def _one(people: dict[str, Actor], area: Area, made: _Made, number: int, now: datetime) -> None:
    at = now - timedelta(hours=made.hours)
    by, owner, manager = people["worker"], people["team_leader"], people["safety_manager"]
    middle = [sum(axis) / len(axis) for axis in zip(*area.outline, strict=True)] if area.outline else [0.5, 0.5]
    spot = {"source": "plan", "x": middle[0], "y": middle[1]}
    before = _stored(number, fixed=False)
    with scoped(by):
        hazard = open_hazard(
            by,
            organisation_id=area.organisation_id,
            area_id=area.pk,
            kind=made.kind,
            title_zh=made.zh,
            title_en=made.en,
            words=made.words,
            found_by="worker",
            reporter_person_id=by.person_id if made.named else None,
            spot=spot,
            photos=(before,),
            at=at,
            synthetic=True,
        )
    step = timedelta(hours=made.hours / 8)
    reached = WAY.index(made.reached)
    if reached >= 1 and owner.person_id is not None:
        steps.assign(manager, hazard, owner.person_id, at=at + step)
    if reached >= 2:
        steps.start(owner, hazard, at=at + 2 * step)
    if reached >= 3:
        sent = _drawn(number, fixed=True)
        steps.add_photo(owner, hazard, io.BytesIO(sent), len(sent), spot=spot, at=at + 4 * step)
        steps.fix(owner, hazard, at=at + 4 * step)
    if reached >= 4:
        steps.check(manager, hazard, True, at=at + 5 * step)
    if reached >= 5 and made.named:
        with scoped(by):
            reporter_says(by, hazard, True, "", at + 6 * step)


def _stored(number: int, *, fixed: bool) -> str:
    picture = photos.redrawn(_drawn(number, fixed=fixed))
    photos.store(picture)
    return picture.sha256


def _drawn(number: int, *, fixed: bool) -> bytes:
    """A drawn scene as JPEG that says SYNTHETIC: a machine with a gap, and with a guard once it is fixed."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (1200, 900), "#cfd4cd")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 640, 1200, 900), fill="#a9aea6")
    left = 180 + 60 * (number % 5)
    draw.rectangle((left, 220, left + 560, 660), fill="#6f7f7a", outline="#3d4643", width=6)
    draw.rectangle((left + 90, 330, left + 470, 560), fill="#dfe4df", outline="#3d4643", width=4)
    if fixed:
        for x in range(left + 90, left + 470, 38):
            draw.line((x, 330, x, 560), fill="#d6a400", width=8)
        draw.rectangle((left + 90, 330, left + 470, 560), outline="#d6a400", width=10)
    else:
        draw.polygon(((left + 200, 560), (left + 330, 400), (left + 420, 560)), fill="#b23a2e")
    font = ImageFont.load_default(40)
    draw.text((40, 820), f"SYNTHETIC {number + 1} {'after' if fixed else 'before'}", fill="#3d4643", font=font)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()
