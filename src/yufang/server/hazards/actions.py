"""The only code that writes hazards: opening them, and the steps people take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils import timezone

from yufang.hazards.deadlines import PROMISE, due_at
from yufang.hazards.kinds import Level, UnknownKind, kinds
from yufang.hazards.kinds import kind as kind_of
from yufang.hazards.routing import Route, route
from yufang.hazards.spots import Beside
from yufang.server import photos as files
from yufang.server.accounts.models import Organisation, Person
from yufang.server.errors import Refused, not_found
from yufang.server.hazards import history, telling
from yufang.server.hazards.models import Hazard, HazardPhoto
from yufang.server.hazards.moving import Asked, locked, move
from yufang.server.hazards.suggesting import suggested
from yufang.server.ledger import actions as ledger
from yufang.server.places.models import Area
from yufang.server.scope import Actor, action

LONGEST_TITLE = 300  # characters; an index carries titles, and its entries have a bound
FoundBy = Literal["worker", "inspection", "deduction", "alert", "regulator"]


@action
def open_hazard(
    acting_user: Actor,
    *,
    organisation_id: int,
    kind: str,
    title_zh: str,
    words: str,
    found_by: FoundBy,
    at: datetime,
    area_id: int | None = None,
    title_en: str = "",
    level: Level | None = None,
    spot: dict[str, Any] | None = None,
    report_id: int | None = None,
    point_id: int | None = None,
    warning_id: int | None = None,
    case_id: int | None = None,
    inspection_id: int | None = None,
    reporter_person_id: int | None = None,
    photos: Sequence[str] = (),
    synthetic: bool = False,
) -> int:
    """Open a hazard, in the caller's transaction; returns its id.

    `photos` are hashes that `server.photos.store` keeps; `spot` {source, x, y, lat, lon, accuracy_m}, all optional.
    `level` None is that of the kind; "major" is refused: a named person decides it. A worker's hazard without
    `reporter_person_id` is anonymous: neither the row, its steps nor its leaves name who acted.
    """
    if found_by == "worker" and reporter_person_id is None:
        acting_user = replace(acting_user, person_id=None)
    organisation, enterprise, area = _where(organisation_id, area_id)
    hazard = Hazard(
        path=organisation.path,
        organisation=organisation,
        enterprise=enterprise,
        area=area,
        kind=kind,
        level=_level(kind, level),
        title_zh=title_zh.strip()[:LONGEST_TITLE],
        title_en=title_en.strip()[:LONGEST_TITLE],
        words=words,
        found_by=found_by,
        report_id=report_id,
        point_id=point_id,
        warning_id=warning_id,
        case_id=case_id,
        inspection_id=inspection_id,
        reporter_id=reporter_person_id,
        by_code=found_by == "worker" and report_id is not None and reporter_person_id is None,
        opened_at=at,
        since=at,
        promise_due_at=at + PROMISE,
        synthetic=synthetic,
        **_spot(spot),
    )
    routed = _route(hazard)
    hazard.due_at = due_at(at, hazard.level, routed.days if routed else None)
    hazard.suspects = suggested(hazard, timezone.localdate(at))
    hazard.save(force_insert=True)
    by = reporter_person_id if found_by == "worker" else acting_user.person_id
    history.write_step(acting_user, hazard, "opened", before="", after="opened", at=at, by=by)
    for sha256 in photos:
        keep_photo(acting_user, hazard, sha256, HazardPhoto.Role.BEFORE, spot, by, at)
    history.count(hazard, "opened")
    history.plan_timers(hazard)
    history.tell_live(hazard)
    telling.tell(acting_user, hazard, telling.safety_managers(hazard), "hazard_opened", ("新隐患", "A new hazard"), at)
    return int(hazard.pk)


def _where(organisation_id: int, area_id: int | None) -> tuple[Organisation, Organisation, Area | None]:
    organisation = Organisation.objects.filter(id=organisation_id).first()
    if organisation is None:
        raise not_found()
    enterprise = organisation
    while enterprise.kind != Organisation.Kind.ENTERPRISE:
        if enterprise.parent is None:
            raise Refused(
                422,
                "not_an_enterprise",
                "隐患须属于一家企业或其厂区，请重新选择单位。",
                "A hazard belongs to an enterprise or one of its sites; choose another organisation.",
                "organisation_id",
            )
        enterprise = enterprise.parent
    area = Area.objects.filter(id=area_id, enterprise_id=enterprise.pk).first() if area_id is not None else None
    if area_id is not None and area is None:
        raise not_found()
    return organisation, enterprise, area


def _route(hazard: Hazard) -> Route | None:
    """Ask the routing table, and keep what it said on the hazard."""
    area = hazard.area
    team = area.team if area is not None else None
    leader = _first("team_leader", Person.objects.filter(organisation=team)) if team is not None else None
    found = route(
        hazard.kind,
        hazard.level,
        area.kind if area is not None else None,
        hazard.found_by,
        has_team=leader is not None,
    )
    if found is None:
        return None
    below = Person.objects.filter(path__startswith=hazard.enterprise.path)
    owner = leader if found.role == "team" else _first("safety_manager", below)
    hazard.route_rule, hazard.route_zh, hazard.route_en = found.rule, found.why_zh, found.why_en
    hazard.route_team = team if found.role == "team" else None
    hazard.team = hazard.route_team
    hazard.route_owner = owner
    return found


def _first(role: str, people: QuerySet[Person]) -> Person | None:
    return people.filter(active=True, roles__contains=[role]).order_by("id").first()


def _level(kind: str, level: Level | None) -> str:
    try:
        known = kind_of(kind)
    except UnknownKind as error:
        keys = ", ".join(k.key for k in kinds())
        raise Refused(
            422,
            "unknown_kind",
            f"没有隐患类型 {kind}，请从这些类型中选择：{keys}。",
            f"There is no kind {kind}; choose one of {keys}.",
            "kind",
        ) from error
    if level == "major":
        raise Refused(
            422,
            "major_is_decided",
            "重大事故隐患须由专人对照判定标准判定，请先按“高”登记。",
            "A named person decides by the criteria that a hazard is major; open it as high first.",
            "level",
        )
    return level or known.level


def _spot(spot: dict[str, Any] | None) -> dict[str, Any]:
    given = spot or {}
    return {
        "spot_source": given.get("source") or "",
        **{name: given.get(name) for name in ("x", "y", "lat", "lon", "accuracy_m")},
    }


def keep_photo(
    acting_user: Actor,
    hazard: Hazard,
    sha256: str,
    role: HazardPhoto.Role,
    spot: dict[str, Any] | None,
    by: int | None,
    at: datetime,
    beside: Beside | None = None,
) -> HazardPhoto:
    """Keep a row for a stored photo, in the caller's transaction; it is saved, with its leaf, when the action ends."""
    width, height, size = files.measured(sha256)
    given = _spot(spot)
    given.pop("spot_source")
    photo = HazardPhoto(
        hazard=hazard,
        path=hazard.path,
        round=hazard.round,
        role=role,
        sha256=sha256,
        width=width,
        height=height,
        size=size,
        by_id=by,
        at=at,
        distance_m=beside.metres if beside else None,
        distance_share=beside.share if beside else None,
        far=beside.far if beside else False,
        **given,
    )

    def keep(index: int) -> None:
        photo.ledger_index = index
        photo.save(force_insert=True)

    facts = history.photo_facts(photo)
    ledger.append_last(acting_user, hazard.path, "hazards.photo_added", f"hazard:{hazard.pk}", facts, keep)
    return photo


@action
def reporter_says(acting_user: Actor, hazard_id: int, done: bool, note: str, at: datetime) -> None:
    """What the reporter answers: of a checked fix that it is done or not; of a refusal, with `done` False, that they
    contest it, with True that they accept it. `acting_user` without a person is an anonymous reporter who showed the
    private code; that the code is right is the caller's to see to."""
    hazard = locked(hazard_id)
    asked = Asked(by=acting_user.person_id, code=acting_user.person_id is None, note=note)
    if hazard.state == Hazard.State.REFUSED:
        move(acting_user, hazard, "accept" if done else "contest", asked, at)
    elif hazard.state == Hazard.State.CLOSED and not done:
        move(acting_user, hazard, "reopen", asked, at)
    else:
        move(acting_user, hazard, "confirm" if done else "not_done", asked, at)


def person_near(hazard: Hazard, person_id: int, field: str) -> Person:
    """An active person of the hazard's enterprise or of a regulator above it. Refuses with 422."""
    person = Person.objects.filter(id=person_id, active=True).first()
    home = hazard.enterprise.path
    if person is None or not (person.path.startswith(home) or home.startswith(person.path)):
        raise Refused(
            422,
            "unknown_person",
            "不能选择此人，请从列表中选择本单位或主管部门的人员。",
            "This person can't be chosen; take someone of the enterprise or of its regulator from the list.",
            field,
        )
    return person
