"""Reads of areas and plans."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from yufang.server import photos
from yufang.server.accounts.models import Organisation, Person
from yufang.server.errors import not_found
from yufang.server.places.contracts import AreaOut, PlaceByToken, PlacesOf, PlanOut, TeamOut
from yufang.server.places.models import Area, SitePlan
from yufang.server.places.plan_geometry import metres_wide, middle
from yufang.server.scope import Actor, set_local


def area(area_id: int) -> AreaOut:
    """An area of the open scope. Refuses with 404 where there is none."""
    found = Area.objects.select_related("organisation", "team").filter(id=area_id).first()
    if found is None:
        raise not_found()
    return area_out(found)


def areas(enterprise_id: int) -> list[AreaOut]:
    """All areas of an enterprise, of its sites too, by name."""
    found = Area.objects.select_related("organisation", "team").filter(enterprise_id=enterprise_id)
    return [area_out(one) for one in found.order_by("organisation_id", "key")]


def area_by_token(token: str) -> PlaceByToken | None:
    """The place of a QR code, for someone who has no scope (yet). None where no area carries the token.

    A policy shows exactly the row of this token to this transaction; its plan and its organisation are then read in
    the enterprise's scope, which ends with this function. A session's own scope is put back.
    """
    set_local("yufang.place_token", token)
    row = Area.objects.filter(token=token).only("id", "path", "enterprise_id").first()
    set_local("yufang.place_token", "")
    if row is None:
        return None
    home = enterprise_path(row.path, row.enterprise_id)
    with within(home):
        found = Area.objects.select_related("organisation", "team", "plan", "enterprise").get(id=row.pk)
        return PlaceByToken(
            token=found.token,
            area=area_out(found),
            plan=plan_out(found.plan) if found.plan else None,
            organisation=found.organisation.name
            if found.organisation_id == found.enterprise_id
            else f"{found.enterprise.name} {found.organisation.name}",
            enterprise_path=home,
        )


def people_of(area_id: int) -> list[int]:
    """Ids of the people who work in an area: of its team, else of the site it belongs to. Empty where none is known."""
    found = Area.objects.select_related("organisation", "team").filter(id=area_id).first()
    if found is None:
        return []
    where = found.team or found.organisation
    people = Person.objects.filter(active=True, path__startswith=where.path)
    return list(people.order_by("id").values_list("id", flat=True))


def token_of(area_id: int) -> str:
    """The token of an area of the open scope. Refuses with 404."""
    found: str | None = Area.objects.filter(id=area_id).values_list("token", flat=True).first()
    if found is None:
        raise not_found()
    return found


def plan(plan_id: int) -> PlanOut:
    """A plan of the open scope. Refuses with 404 where there is none."""
    found = SitePlan.objects.filter(id=plan_id).first()
    if found is None:
        raise not_found()
    return plan_out(found)


def plans(enterprise_id: int) -> list[PlanOut]:
    """All plans of an enterprise of the open scope, by id."""
    return [plan_out(found) for found in SitePlan.objects.filter(enterprise_id=enterprise_id).order_by("id")]


def plan_image(plan_id: int) -> bytes:
    """The JPEG of a plan of the open scope. Refuses with 404."""
    found = SitePlan.objects.filter(id=plan_id).first()
    if found is None:
        raise not_found()
    return photos.jpeg(found.sha256)


def places_of(actor: Actor, enterprise_id: int) -> PlacesOf:
    """What the editor shows of an enterprise. Refuses with 404 where the actor sees none."""
    home = Organisation.objects.filter(id=enterprise_id, kind=Organisation.Kind.ENTERPRISE).first()
    if home is None:
        raise not_found()
    below = list(Organisation.objects.filter(path__startswith=home.path).order_by("path"))
    plans = SitePlan.objects.filter(enterprise=home).order_by("id")
    return PlacesOf(
        enterprise_id=home.pk,
        enterprise_name=home.name,
        organisations=[TeamOut(id=o.pk, name=o.name) for o in below if o.kind != Organisation.Kind.TEAM],
        teams=[TeamOut(id=o.pk, name=o.name) for o in below if o.kind == Organisation.Kind.TEAM],
        plans=[plan_out(p) for p in plans],
        areas=areas(home.pk),
        may_manage=actor.may("places.manage"),
        synthetic=home.synthetic,
    )


@contextmanager
def within(path: str) -> Iterator[None]:
    """Read in the scope `path`, then in the scope that was open before."""
    with transaction.atomic():  # an error puts the settings back by itself
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('yufang.scope', true), '')")
            before = cursor.fetchone()[0]
        set_local("yufang.scope", path)
        yield
        set_local("yufang.scope", before)


def enterprise_path(path: str, enterprise_id: int) -> str:
    """The path of the enterprise that `path` lies in."""
    mark = f"/{enterprise_id}/"
    return path[: path.index(mark) + len(mark)]


def area_out(found: Area) -> AreaOut:
    """The contract of an area; its organisation and team are read with it."""
    outline = [(float(x), float(y)) for x, y in found.outline]
    return AreaOut(
        id=found.pk,
        organisation_id=found.organisation_id,
        organisation_name=found.organisation.name,
        enterprise_id=found.enterprise_id,
        path=found.path,
        key=found.key,
        name_zh=found.name_zh,
        name_en=found.name_en,
        kind=found.kind,
        team_id=found.team_id,
        team_name=found.team.name if found.team else None,
        plan_id=found.plan_id,
        outline=outline,
        spot=middle(outline),
        lat=found.lat,
        lon=found.lon,
        closed=found.closed,
        closed_why=found.closed_why,
        synthetic=found.synthetic,
    )


def plan_out(found: SitePlan) -> PlanOut:
    """The contract of a plan."""
    corners = None
    if found.corners:
        (a, b), (c, d) = found.corners
        corners = ((a, b), (c, d))
    return PlanOut(
        id=found.pk,
        organisation_id=found.organisation_id,
        enterprise_id=found.enterprise_id,
        name=found.name,
        name_en=found.name_en,
        image=f"/api/places/plans/{found.pk}/image",
        width=found.width,
        height=found.height,
        corners=corners,
        metres_wide=round(metres_wide(corners, found.width, found.height), 1) if corners else None,
        synthetic=found.synthetic,
        at=found.at,
    )
