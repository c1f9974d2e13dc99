"""Reads: counts for whoever leads, one's own position for everybody, names only where an alarm asks for them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from yufang.sensing.positions.errors import PositionError
from yufang.sensing.positions.zones import Zone
from yufang.server.errors import not_found
from yufang.server.places.models import Area
from yufang.server.positions.contracts import (
    AreaCount,
    Concerned,
    ConsentOut,
    FixOut,
    LookOut,
    MyPosition,
    PeoplePresent,
    WornDeviceOut,
    ZonesOf,
)
from yufang.server.positions.geometry import outline_metres
from yufang.server.positions.models import Consent, LatestFix, PositionLook, Wearing, WornDevice, ZoneRules
from yufang.server.sensing.models import Episode
from yufang.server.sensing.queries import home_of

FRESH = timedelta(minutes=10)
KINDS = (
    "zone_forbidden",
    "zone_left",
    "crowding",
    "lone_worker",
    "position_lost",
    "no_motion",
    "vehicle_near",
    "fall",
    "heart_high",
    "heart_low",
)
PER_KEPT_FINDING = ("x", "y", "sd_m")  # of an event's evidence; they go when the shift has ended


def devices_of(enterprise_id: int) -> list[WornDeviceOut]:
    """The tags of an enterprise of the open scope, with who wears them."""
    home = home_of(enterprise_id)
    rows = WornDevice.objects.filter(enterprise=home, closed=False).order_by("key")
    worn = {
        wearing.device_id: wearing
        for wearing in Wearing.objects.select_related("person").filter(
            device__enterprise=home, returned_at__isnull=True
        )
    }
    return [device_out(row, worn.get(row.pk)) for row in rows]


def device_out(row: WornDevice, wearing: Wearing | None) -> WornDeviceOut:
    return WornDeviceOut(
        id=row.pk,
        organisation_id=row.organisation_id,
        key=row.key,
        vehicle=row.vehicle,
        site_plan=row.plan_id,
        person_id=wearing.person_id if wearing else None,
        person=wearing.person.name if wearing else None,
        issued_at=wearing.issued_at if wearing else None,
        shift_ends=wearing.shift_ends if wearing else None,
    )


def device(device_id: int) -> WornDeviceOut:
    """A tag of the open scope. Refuses with 404."""
    row = WornDevice.objects.filter(id=device_id).first()
    if row is None:
        raise not_found()
    wearing = Wearing.objects.select_related("person").filter(device=row, returned_at__isnull=True).first()
    return device_out(row, wearing)


def present(enterprise_id: int, now: datetime) -> PeoplePresent:
    """How many people are where; names only of those whom an open alarm concerns."""
    home = home_of(enterprise_id)
    worn = Wearing.objects.filter(device__enterprise=home, device__vehicle=False, returned_at__isnull=True)
    running = set(worn.filter(shift_ends__gt=now).values_list("id", flat=True))
    since = int((now - FRESH).timestamp() * 1e6)
    fixes = LatestFix.objects.select_related("area").filter(wearing_id__in=running, blurred=False, at__gte=since)
    counted = Counter((fix.area_id, fix.area.name_zh if fix.area else None) for fix in fixes)
    areas = [AreaCount(area_id=key, area=name, people=n) for (key, name), n in counted.items()]
    return PeoplePresent(
        areas=sorted(areas, key=lambda row: (row.area_id is None, -row.people, row.area_id or 0)),
        unseen=len(running) - sum(counted.values()),
        concerned=_concerned(home.pk),
    )


def _concerned(enterprise_id: int) -> list[Concerned]:
    found = []
    for row in _open_alarms(enterprise_id):
        key = _tag(row)
        wearing = wearing_at(enterprise_id, key, row.since)
        fix = LatestFix.objects.select_related("area").filter(device__key=key, enterprise_id=enterprise_id).first()
        found.append(
            Concerned(
                episode_id=row.pk,
                kind=row.kind,
                device=key,
                person_id=wearing.person_id if wearing else None,
                person=wearing.person.name if wearing else None,
                since=_time(row.since),
                area=fix.area.name_zh if fix and fix.area else None,
                reason_zh=row.reason_zh,
                reason_en=row.reason_en,
            )
        )
    return found


def wearing_at(enterprise_id: int, key: str, at: int) -> Wearing | None:
    """Who wore a tag at `at` (µs), by its key."""
    worn = Wearing.objects.select_related("person").filter(
        device__enterprise_id=enterprise_id, device__key=key, issued_at__lte=_time(at)
    )
    newest = worn.order_by("-issued_at").first()
    if newest is None or (newest.returned_at is not None and newest.returned_at < _time(at)):
        return None
    return newest


def alarmed(wearing: Wearing) -> bool:
    """Whether an open alarm concerns somebody in this very shift; one left open from an earlier shift doesn't count."""
    home = wearing.device.enterprise_id
    return any(
        (worn := wearing_at(home, _tag(row), row.since)) is not None and worn.pk == wearing.pk
        for row in _open_alarms(home)
    )


def _open_alarms(enterprise_id: int) -> list[Episode]:
    rows = Episode.objects.filter(enterprise_id=enterprise_id, kind__in=KINDS, cleared_at__isnull=True, momentary=False)
    return list(rows.order_by("-since")[:200])


def _tag(row: Episode) -> str:
    return str(row.evidence.get("tag") or row.subject.partition("/")[0])


def mine(person_id: int) -> MyPosition:
    """Everything that is kept of one's own position, and who looked at it."""
    consents = Consent.objects.filter(person_id=person_id).order_by("-given_at")
    looks = PositionLook.objects.filter(person_id=person_id).order_by("-at")[:500]
    return MyPosition(
        fix=fix_of(person_id),
        consents=[
            ConsentOut(purpose=row.purpose, given_at=row.given_at, withdrawn_at=row.withdrawn_at) for row in consents
        ],
        looks=[LookOut(by=row.by_name, purpose=row.purpose, reason=row.reason, at=row.at) for row in looks],
    )


def fix_of(person_id: int) -> FixOut | None:
    """Where somebody was last. Only `actions.look` and the person themselves may ask."""
    fix = (
        LatestFix.objects.select_related("area", "device", "wearing")
        .filter(wearing__person_id=person_id)
        .order_by("-at")
        .first()
    )
    if fix is None:
        return None
    return FixOut(
        person_id=person_id,
        device=fix.device.key,
        at=_time(fix.at),
        x=fix.x,
        y=fix.y,
        sd_m=fix.sd_m,
        floor=fix.floor,
        area_id=fix.area_id,
        area=fix.area.name_zh if fix.area else None,
        area_p=fix.area_p,
        blurred=fix.blurred,
    )


def zones_of(enterprise_id: int, site_plan: int | None = None) -> ZonesOf:
    """Zones of a plan (None: of all of them) for the detector `positions`; an area that is closed is forbidden."""
    home = home_of(enterprise_id)
    rules = {rule.area_id: rule for rule in ZoneRules.objects.filter(enterprise=home)}
    zones, left_out = [], []
    for area in Area.objects.select_related("plan").filter(enterprise=home).order_by("id"):
        rule = rules.get(area.pk)
        if (rule is None and not area.closed) or site_plan not in (None, area.plan_id):
            continue
        outline = outline_metres(area)
        if outline is None:
            left_out.append(area.key)
            continue
        zone = {
            "key": f"area-{area.pk}",
            "kind": "forbidden" if area.closed or rule is None else rule.kind,
            "outline": outline,
            "name_zh": area.name_zh,
            "name_en": area.name_en,
            "hours": [] if area.closed or rule is None else rule.hours,
        }
        if rule is not None:
            zone |= {name: getattr(rule, name) for name in ("floor", "max_people", "lone_after_s", "sight_s", "hold_s")}
        try:
            Zone.from_data(zone)
        except PositionError:
            left_out.append(area.key)
            continue
        zones.append(zone)
    return ZonesOf(zones=zones, left_out=left_out)


def _time(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1e6, UTC)


def enterprise_of_area(area_id: int) -> int:
    """The enterprise of an area of the open scope. Refuses with 404."""
    found: int | None = Area.objects.filter(id=area_id).values_list("enterprise_id", flat=True).first()
    if found is None:
        raise not_found()
    return found
