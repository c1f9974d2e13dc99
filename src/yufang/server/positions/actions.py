"""The only code that writes worn devices, consents, latest positions and looks.

Positions are for safety only. Of a person they are taken while a device is worn, the shift runs and the person agrees;
the newest replaces the one before; after the shift only the area is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Q

from yufang.sensing.channels import Channel as SensingChannel
from yufang.sensing.positions.errors import PositionError
from yufang.sensing.positions.zones import Zone
from yufang.sensing.readings import Readings
from yufang.server.accounts.models import Organisation, Person
from yufang.server.errors import Refused, forbidden, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import PeopleMoved, emit
from yufang.server.places.models import Area, SitePlan
from yufang.server.positions import queries
from yufang.server.positions.contracts import FixOut, IssueTagIn, LookIn, WornDeviceIn, ZoneIn
from yufang.server.positions.geometry import area_at, outline_metres
from yufang.server.positions.models import (
    Consent,
    LatestFix,
    PositionLook,
    Wearing,
    WornDevice,
    ZoneRules,
)
from yufang.server.privacy.access import note
from yufang.server.scope import Actor, action
from yufang.server.sensing.models import Episode

LONGEST_SHIFT = timedelta(hours=24)
LATEST_US = 60_000_000  # a filtered position tells of now
FIX_SD_M = 3.0  # of a fix that says nothing of itself
PLACES = ("position_x", "position_y", "position_floor", "position_sd")
SECRET = frozenset((*PLACES, "uwb_range"))  # quantities that give a place away: their readings are not stored


@action
def add_device(acting_user: Actor, body: WornDeviceIn, *, synthetic: bool = False) -> int:
    """Register a tag; the same key again gives the one there is. Returns its id."""
    place = home = Organisation.objects.filter(id=body.organisation_id).first()
    while home is not None and home.kind != Organisation.Kind.ENTERPRISE:
        home = home.parent
    if place is None or home is None or place.kind == Organisation.Kind.TEAM:
        raise not_found()
    plan = SitePlan.objects.filter(id=body.site_plan, enterprise=home).first() if body.site_plan else None
    if body.site_plan and plan is None:
        raise not_found()
    row, made = WornDevice.objects.get_or_create(
        enterprise=home,
        key=body.key,
        defaults={
            "organisation": place,
            "path": place.path,
            "plan": plan,
            "vehicle": body.vehicle,
            "synthetic": synthetic,
        },
    )
    if made:
        facts = {"key": row.key, "vehicle": row.vehicle}
        ledger.append(acting_user, row.path, "positions.device_added", f"worn:{row.pk}", facts)
    return int(row.pk)


@action
def issue(acting_user: Actor, device_id: int, body: IssueTagIn, now: datetime) -> None:
    """Hand a device to a person for a shift."""
    device = _device(device_id)
    person = Person.objects.filter(id=body.person_id, active=True, path__startswith=device.enterprise.path).first()
    if person is None:
        raise Refused(
            422,
            "unknown_person",
            "没有这名在册人员，请从本企业人员中选择。",
            "There is no such person; choose one of this enterprise.",
            "person_id",
        )
    if not now < body.shift_ends <= now + LONGEST_SHIFT:
        raise Refused(
            422,
            "shift_ends",
            "下班时间须在现在之后、24小时之内，请改正。",
            "The shift has to end after now and within 24 hours; correct its end.",
            "shift_ends",
        )
    taken = Wearing.objects.filter(returned_at__isnull=True)
    if taken.filter(device=device).exists() or taken.filter(person=person).exists():
        raise Refused(
            409,
            "already_worn",
            f"设备 {device.key} 或该人员已有未归还的佩戴记录，请先办理归还。",
            f"Device {device.key} is worn, or the person wears another; take that back first.",
        )
    row = Wearing.objects.create(
        path=device.path, device=device, person=person, issued_at=now, shift_ends=body.shift_ends
    )
    facts = {"person": person.pk, "shift_ends": body.shift_ends.isoformat()}
    ledger.append(acting_user, row.path, "positions.device_issued", f"worn:{device.pk}", facts)


@action
def give_back(acting_user: Actor, device_id: int, now: datetime) -> None:
    """Take a device back; what is known of its wearer's place is blurred at once."""
    device = _device(device_id)
    row = Wearing.objects.select_for_update(of=("self",)).filter(device=device, returned_at__isnull=True).first()
    if row is None:
        raise Refused(
            409,
            "not_worn",
            f"设备 {device.key} 现在无人佩戴。",
            f"Nobody wears device {device.key} now.",
        )
    row.returned_at = now
    row.save(update_fields=["returned_at"])
    _blur(LatestFix.objects.filter(wearing=row))
    _blur_episodes(device, row, now)
    ledger.append(acting_user, row.path, "positions.device_returned", f"worn:{device.pk}", {"person": row.person_id})


@action
def agree(acting_user: Actor, purpose: str, now: datetime) -> None:
    """Agree to one use of one's own position; again changes nothing."""
    person = _myself(acting_user)
    _, made = Consent.objects.get_or_create(
        person=person, purpose=purpose, withdrawn_at=None, defaults={"path": person.path, "given_at": now}
    )
    if made:
        ledger.append(acting_user, person.path, "positions.agreed", f"person:{person.pk}", {"purpose": purpose})


@action
def withdraw(acting_user: Actor, purpose: str, now: datetime) -> None:
    """Withdraw one's consent. Without any left, nothing finer than the area is kept from this moment."""
    person = _myself(acting_user)
    count = Consent.objects.filter(person=person, purpose=purpose, withdrawn_at=None).update(withdrawn_at=now)
    if not count:
        return
    if not Consent.objects.filter(person=person, withdrawn_at=None).exists():
        _blur(LatestFix.objects.filter(wearing__person=person))
    ledger.append(acting_user, person.path, "positions.withdrawn", f"person:{person.pk}", {"purpose": purpose})


@action
def look(acting_user: Actor, person_id: int, body: LookIn, now: datetime) -> FixOut:
    """Where somebody is, for one of the purposes: written down where the person reads it, and in the ledger.

    For `alarm` an open alarm has to concern the person. Refuses what the person has not agreed to; a rescue may
    look without, as life is at stake, and says why.
    """
    if not acting_user.may("sensing.personal"):
        raise forbidden("sensing.personal")
    person = Person.objects.filter(id=person_id).first()
    wearing = Wearing.objects.select_related("device").filter(person_id=person_id).order_by("-issued_at").first()
    if person is None or wearing is None:
        raise not_found()
    if body.purpose == "alarm" and not queries.alarmed(wearing):
        raise Refused(
            403,
            "no_alarm",
            "没有涉及该人员的未解除报警，不能查看其位置；救援时请选择“救援”并写明原因。",
            "No open alarm concerns this person, so the position stays hidden; in a rescue choose that and say why.",
            "purpose",
        )
    found = queries.fix_of(person_id)
    if found is None:
        raise not_found()
    row = PositionLook.objects.create(
        path=person.path,
        person=person,
        by_id=acting_user.person_id,
        by_name=acting_user.name,
        purpose=body.purpose,
        reason=body.reason.strip(),
        at=now,
    )
    agreed = Consent.objects.filter(person=person, withdrawn_at__isnull=True).exists()
    note(
        acting_user,
        "position",
        path=person.path,
        person_id=person.pk,
        purpose=f"{row.purpose}: {row.reason}",
        break_glass=not agreed,  # a rescue may look without consent
    )
    facts = {"purpose": row.purpose, "reason": row.reason}
    ledger.append(acting_user, person.path, "positions.looked", f"person:{person.pk}", facts)
    return found


@action
def put_zone(acting_user: Actor, area_id: int, body: ZoneIn) -> None:
    """Say what is asked of whoever is in an area."""
    area = Area.objects.select_related("plan").filter(id=area_id).first()
    if area is None:
        raise not_found()
    values: dict[str, Any] = body.model_dump()
    square = [[0, 0], [1, 0], [1, 1]]  # the outline is the area's; here only the rules are checked
    try:
        Zone.from_data({"key": f"area-{area.pk}", "outline": square} | values)
    except PositionError as error:
        zh, way = error.zh
        field = str(error.fields.get("field", ""))
        raise Refused(422, error.code, f"{zh}；{way}。", f"{error.message}; {error.way_out}.", field) from error
    ZoneRules.objects.update_or_create(
        area=area, defaults=values | {"enterprise_id": area.enterprise_id, "path": area.path}
    )
    ledger.append(acting_user, area.path, "positions.zone_set", f"area:{area.pk}", {"kind": body.kind})


def take_fixes(home: Organisation, readings: Readings, channels: Sequence[SensingChannel], now: datetime) -> Readings:
    """Inside the transaction of a batch: the newest fix of each worn device is kept as state, no leaf each.

    Returns the readings without those that would give a place away: they are stored nowhere.
    """
    secret = np.array([channel.quantity in SECRET for channel in channels], np.bool_)
    if not secret.any() or not len(readings):
        return readings
    _keep_newest(home, _newest(readings, channels), now)
    return readings.take(~secret[readings.channel])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Where a tag was at `at` (µs), as a filter has it."""

    tag: str
    at: int
    x: float
    y: float
    sd_m: float
    floor: int | None


@action
def take_positions(acting_user: Actor, enterprise_id: int, fixes: Sequence[Fix], now: datetime) -> int:
    """Keep filtered positions of now; the newest of each tag, under the same rules as `take_fixes`. No leaf each.

    What is older than a minute, or of a time to come, is left out: such a position is of nobody's safety any more.
    Returns how many were kept.
    """
    home = Organisation.objects.filter(id=enterprise_id, kind=Organisation.Kind.ENTERPRISE).first()
    if home is None:
        raise not_found()
    now_us = int(now.timestamp() * 1e6)
    newest: dict[str, dict[str, tuple[int, float]]] = {}
    for fix in sorted(fixes, key=lambda fix: fix.at):
        if abs(now_us - fix.at) <= LATEST_US:
            values = {"position_x": fix.x, "position_y": fix.y, "position_sd": fix.sd_m}
            values |= {} if fix.floor is None else {"position_floor": float(fix.floor)}
            newest[fix.tag] = {name: (fix.at, value) for name, value in values.items()}
    return _keep_newest(home, newest, now)


def _keep_newest(home: Organisation, newest: dict[str, dict[str, tuple[int, float]]], now: datetime) -> int:
    """Keep the newest fix of each device that may be kept: a vehicle's, or of somebody who wears it and agrees."""
    devices = {d.key: d for d in WornDevice.objects.filter(enterprise=home, key__in=newest, closed=False)}
    worn = {
        wearing.device_id: wearing
        for wearing in Wearing.objects.filter(device__in=devices.values(), returned_at__isnull=True, shift_ends__gt=now)
    }
    agreed = set(
        Consent.objects.filter(
            person_id__in=[w.person_id for w in worn.values()], withdrawn_at__isnull=True
        ).values_list("person_id", flat=True)
    )
    areas = _areas_by_plan(home)
    kept = 0
    for key, found in newest.items():
        device = devices.get(key)
        if device is None or not {"position_x", "position_y"} <= set(found):
            continue
        wearing = worn.get(device.pk)
        if not device.vehicle and (wearing is None or wearing.person_id not in agreed):
            continue
        kept += _keep(home, device, wearing, found, areas.get(device.plan_id, []))
    if kept:
        emit(PeopleMoved(id=home.pk, enterprise_id=home.pk, path=home.path))
    return kept


def _areas_by_plan(home: Organisation) -> dict[int | None, list[Area]]:
    """Areas that are drawn, by plan; under None those of the only plan there is."""
    found: dict[int | None, list[Area]] = {}
    for area in Area.objects.select_related("plan").filter(enterprise=home).exclude(outline=[]).order_by("id"):
        if outline_metres(area) is not None:
            found.setdefault(area.plan_id, []).append(area)
    if len(found) == 1:
        found[None] = next(iter(found.values()))
    return found


def _newest(readings: Readings, channels: Sequence[SensingChannel]) -> dict[str, dict[str, tuple[int, float]]]:
    """Device → quantity → (µs, value) of the newest usable reading."""
    found: dict[str, dict[str, tuple[int, float]]] = {}
    usable = readings.usable()
    for n, channel in enumerate(channels):
        if channel.quantity not in PLACES:
            continue
        where = np.flatnonzero((readings.channel == n) & usable)
        if len(where):
            last = where[int(np.argmax(readings.time[where]))]
            value = (int(readings.time[last]), float(readings.value[last]))
            found.setdefault(channel.device, {})[channel.quantity] = value
    return found


def _keep(
    home: Organisation,
    device: WornDevice,
    wearing: Wearing | None,
    found: dict[str, tuple[int, float]],
    areas: Sequence[Area],
) -> bool:
    at, x = found["position_x"]
    _, y = found["position_y"]
    _, sd = found.get("position_sd", (0, FIX_SD_M))
    _, floor = found.get("position_floor", (0, float("nan")))
    if LatestFix.objects.filter(device=device, at__gte=at).exists():
        return False
    area, p = area_at(areas, x, y, max(0.0, sd))
    values = {
        "enterprise": home,
        "path": device.path,
        "wearing": wearing,
        "at": at,
        "x": x,
        "y": y,
        "sd_m": max(0.0, sd),
        "floor": None if np.isnan(floor) else int(floor),
        "area": area,
        "area_p": p,
        "blurred": False,
    }
    LatestFix.objects.update_or_create(device=device, defaults=values)
    return True


@action
def blur(acting_user: Actor, now: datetime) -> int:
    """Blur what is kept of people whose shift has ended, and of events about them; returns how many positions were.

    Again it changes nothing.
    """
    ended = Q(shift_ends__lte=now) | Q(returned_at__isnull=False)
    over = Wearing.objects.select_related("device").filter(ended)
    count = _blur(LatestFix.objects.filter(wearing__in=over, blurred=False))
    day = now - LONGEST_SHIFT - timedelta(hours=24)
    for wearing in over.filter(shift_ends__gt=day):
        _blur_episodes(wearing.device, wearing, now)
    if count:
        ledger.append(acting_user, acting_user.scope, "positions.blurred", "positions", {"count": count})
    return count


def _blur(fixes: Any) -> int:
    return int(fixes.filter(blurred=False).update(x=None, y=None, sd_m=None, area_p=None, blurred=True))


def _blur_episodes(device: WornDevice, wearing: Wearing, now: datetime) -> None:
    """Events of the shift keep what happened and in which zone, not the spot."""
    later = Wearing.objects.filter(device=device, issued_at__gt=wearing.issued_at).order_by("issued_at").first()
    begun = int(wearing.issued_at.timestamp() * 1e6)
    over = int(
        (min(now, later.issued_at) if later else now).timestamp() * 1e6
    )  # not what the next wearer's shift tells
    rows = Episode.objects.filter(
        enterprise_id=device.enterprise_id,
        kind__in=queries.KINDS,
        evidence__tag=device.key,
        evidence__has_key="x",
        at__gte=begun,
        since__lte=over,
    )
    for row in rows:
        row.evidence = {k: v for k, v in row.evidence.items() if k not in queries.PER_KEPT_FINDING}
        row.save(update_fields=["evidence"])


def _device(device_id: int) -> WornDevice:
    row = WornDevice.objects.select_for_update(of=("self",)).select_related("enterprise").filter(id=device_id).first()
    if row is None:
        raise not_found()
    return row


def _myself(acting_user: Actor) -> Person:
    person = Person.objects.filter(id=acting_user.person_id).first() if acting_user.person_id else None
    if person is None:
        raise forbidden("oneself")
    return person
