"""The only code that writes areas and plans."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from yufang.server import photos
from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.places.contracts import AreaIn, AreaOut, Corners, PlanOut
from yufang.server.places.models import Area, SitePlan, new_token
from yufang.server.places.plan_geometry import metres_wide, no_position
from yufang.server.places.queries import area as area_of
from yufang.server.places.queries import plan_out
from yufang.server.scope import Actor, action

_KEPT = photos.Kept("平面图和区域没有改变", "plans and areas are as they were")
WIDEST = 50_000  # metres; a plan that stands for more has its corners wrong


@action
def add_plan(
    acting_user: Actor,
    organisation_id: int,
    sent: bytes,
    *,
    name: str,
    name_en: str = "",
    corners: Corners | None = None,
    synthetic: bool = False,
) -> PlanOut:
    """Keep a plan: a photo or a drawing of the enterprise or of one of its sites, drawn anew."""
    place, home = _where(organisation_id)
    picture = photos.redrawn(sent, _KEPT)
    _check_corners(corners, picture.width, picture.height)
    photos.store(picture)
    plan = SitePlan.objects.create(
        path=place.path,
        organisation=place,
        enterprise=home,
        name=name.strip(),
        name_en=name_en.strip(),
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        corners=corners,
        synthetic=synthetic,
        at=timezone.now(),
    )
    ledger.append(acting_user, plan.path, "places.plan_added", f"plan:{plan.pk}", {"sha256": plan.sha256})
    return plan_out(plan)


@action
def locate_plan(acting_user: Actor, plan_id: int, *, name: str, name_en: str, corners: Corners | None) -> PlanOut:
    """Name a plan and say where its upper left and lower right corner lie."""
    plan = SitePlan.objects.select_for_update().filter(id=plan_id).first()
    if plan is None:
        raise not_found()
    _check_corners(corners, plan.width, plan.height)
    plan.name, plan.name_en, plan.corners = name.strip(), name_en.strip(), corners
    plan.save(update_fields=["name", "name_en", "corners"])
    ledger.append(acting_user, plan.path, "places.plan_located", f"plan:{plan.pk}", {"located": corners is not None})
    return plan_out(plan)


@action
def put_area(acting_user: Actor, area_id: int | None, body: AreaIn, *, synthetic: bool = False) -> AreaOut:
    """Make an area (`area_id` None), or change one. Its token stays."""
    place, home = _where(body.organisation_id)
    plan = _plan(body.plan_id, home)
    _check_outline(body, plan)
    team = _team(body.team_id, home)
    if area_id is None:
        area = Area(token=new_token(), synthetic=synthetic)
    else:
        found = Area.objects.select_for_update().filter(id=area_id, enterprise=home).first()
        if found is None:
            raise not_found()
        area = found
    if Area.objects.filter(organisation=place, key=body.key).exclude(id=area_id).exists():
        raise Refused(
            409,
            "key_taken",
            f"本单位已有编号为 {body.key} 的区域，请换一个编号。",
            f"There is an area with the key {body.key} already; choose another key.",
            "key",
        )
    values: dict[str, Any] = body.model_dump(exclude={"organisation_id", "plan_id", "team_id"})
    for name, value in values.items():
        setattr(area, name, value)
    area.organisation, area.enterprise, area.path = place, home, place.path
    area.plan, area.team = plan, team
    if not area.closed:
        area.closed_why = ""
    area.save()
    name = "places.area_opened" if area_id is None else "places.area_changed"
    ledger.append(acting_user, area.path, name, f"area:{area.pk}", {"closed": area.closed, "plan": area.plan_id})
    return area_of(area.pk)


@action
def renew_token(acting_user: Actor, area_id: int) -> AreaOut:
    """Give an area a new code: what hangs there now stops working."""
    area = _locked(area_id)
    area.token = new_token()
    area.save(update_fields=["token"])
    ledger.append(acting_user, area.path, "places.token_renewed", f"area:{area.pk}", {})
    return area_of(area.pk)


@action
def remove_area(acting_user: Actor, area_id: int) -> None:
    """Remove an area that was made by mistake. Refuses where anything was reported, raised or planned in it."""
    area = _locked(area_id)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Straight, for the model's way would first take what other rooms keep about the area.
            cursor.execute("DELETE FROM places_area WHERE id = %s", [area_id])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        raise Refused(
            409,
            "area_in_use",
            "该区域已有上报、隐患或预警记录，不能删除；如不再使用，请将其设为关闭并注明原因。",
            "Reports, hazards or alerts belong to this area, so it can't be removed; close it and say why instead.",
        ) from error
    ledger.append(acting_user, area.path, "places.area_removed", f"area:{area_id}", {})


def _locked(area_id: int) -> Area:
    area = Area.objects.select_for_update().filter(id=area_id).first()
    if area is None:
        raise not_found()
    return area


def _where(organisation_id: int) -> tuple[Organisation, Organisation]:
    """(the enterprise or site, its enterprise). Refuses what is neither."""
    place = home = Organisation.objects.filter(id=organisation_id).first()
    while home is not None and home.kind != Organisation.Kind.ENTERPRISE:
        home = home.parent
    if place is None or home is None:
        raise not_found()
    if place.kind == Organisation.Kind.TEAM:
        raise Refused(
            422,
            "team_is_no_place",
            "区域属于企业或厂区，班组请填写在“作业班组”里。",
            "An area belongs to an enterprise or a site; name the team as the team that works there.",
            "organisation_id",
        )
    return place, home


def _plan(plan_id: int | None, home: Organisation) -> SitePlan | None:
    if plan_id is None:
        return None
    plan = SitePlan.objects.filter(id=plan_id, enterprise=home).first()
    if plan is None:
        raise not_found()
    return plan


def _team(team_id: int | None, home: Organisation) -> Organisation | None:
    if team_id is None:
        return None
    team = Organisation.objects.filter(id=team_id, kind=Organisation.Kind.TEAM, path__startswith=home.path).first()
    if team is None:
        raise Refused(
            422,
            "unknown_team",
            "没有这个班组，请从本企业的班组中选择。",
            "There is no such team; choose one of this enterprise.",
            "team_id",
        )
    return team


def _check_outline(body: AreaIn, plan: SitePlan | None) -> None:
    if body.outline and plan is None:
        raise Refused(
            422,
            "outline_without_plan",
            "画出的边界需要平面图，请先选择平面图或清除边界。",
            "An outline needs a plan; choose one or clear the outline.",
            "outline",
        )
    if body.outline and len(body.outline) < 3:
        raise Refused(
            422,
            "outline_too_short",
            f"边界只有 {len(body.outline)} 个点，至少需要 3 个；请继续点选或清除边界。",
            f"The outline has {len(body.outline)} points and needs 3; go on drawing or clear it.",
            "outline",
        )
    if (body.lat is None) != (body.lon is None) or (body.lat is not None and no_position(body.lat, body.lon)):
        raise Refused(
            422,
            "no_position",
            f"经纬度({body.lat},{body.lon})不是有效位置，请同时填写有效的纬度和经度，或都留空。",
            f"({body.lat}, {body.lon}) is no position; give both latitude and longitude, or neither.",
            "lat",
        )
    if body.closed and not body.closed_why.strip():
        raise Refused(
            422,
            "closed_why",
            "关闭区域须注明原因，扫码的人会看到。",
            "Say why the area is closed; whoever scans its code reads it.",
            "closed_why",
        )


def _check_corners(corners: Corners | None, width: int, height: int) -> None:
    if corners is None:
        return
    try:
        wrong = any(no_position(lat, lon) for lat, lon in corners) or metres_wide(corners, width, height) > WIDEST
    except ValueError:
        wrong = True
    if wrong:
        raise Refused(
            422,
            "wrong_corners",
            "左上角和右下角的经纬度无效：须是两个不同的有效位置，图宽不超过 50 公里。",
            "The positions of the upper left and lower right corner are not valid: two different places, at most 50 km "
            "of width.",
            "corners",
        )
