"""The only code that writes channels, sources, batches and events."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from yufang.sensing.channels import check_channel
from yufang.sensing.errors import Refusal, SensingError
from yufang.sensing.readings import Readings
from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, forbidden, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.operations.metrics import count_batch
from yufang.server.places.models import Area, SitePlan
from yufang.server.privacy.access import note_wearers
from yufang.server.scope import Actor, action
from yufang.server.sensing import forecasting, leaking, registering, silence, taking
from yufang.server.sensing.contracts import LeakWatchIn, NewSource, Registered, SensingChannelIn, SourceIn, Taken
from yufang.server.sensing.models import Batch, Channel, Device, LeakWatch, Source, UnknownChannel
from yufang.server.sensing.queries import channel_row_path, source_out
from yufang.server.sensing.registry import channel_of

KEY_PREFIX = "yfs_"
KEEP_BATCH_ROWS = timedelta(days=30)


@action
def put_channel(acting_user: Actor, body: SensingChannelIn, *, synthetic: bool = False) -> int:
    """Register a channel with its device, or change the one of this key; returns its id."""
    place, home = where(body.organisation_id)
    area = None
    if body.area_id is not None:
        area = Area.objects.filter(id=body.area_id, enterprise=home).first()
        if area is None:
            raise not_found()
    device, _ = Device.objects.get_or_create(
        enterprise=home,
        key=body.device,
        defaults={"organisation": place, "path": place.path, "area": area, "synthetic": synthetic},
    )
    row = Channel.objects.select_for_update(of=("self",)).filter(enterprise=home, key=body.key).first()
    made = row is None
    row = row or Channel(enterprise=home, key=body.key, synthetic=synthetic)
    changed_unit = not made and row.unit != body.unit
    if changed_unit and row.last_time is not None:
        raise Refused(
            409,
            "unit_in_use",
            f"通道 {body.key} 已有以 {row.unit} 保存的读数，不能改为 {body.unit}；请登记一个新通道。",
            f"Channel {body.key} has readings in {row.unit} already, so its unit can't become {body.unit}; register a "
            "new channel.",
            "unit",
        )
    values: dict[str, Any] = body.model_dump(exclude={"organisation_id", "area_id", "device", "key"})
    for name, value in values.items():
        setattr(row, name, value)
    row.organisation, row.device, row.area, row.path = place, device, area, place.path
    row.registered_by = ""  # a person's word stands: no edge node changes it any more
    try:
        check_channel(channel_of(row, timezone.localdate(), device.key))
    except SensingError as error:
        raise refusal(error) from error
    row.save()
    UnknownChannel.objects.filter(enterprise=home, key=body.key).delete()
    name = "sensing.channel_opened" if made else "sensing.channel_changed"
    facts = {"key": row.key, "quantity": row.quantity, "unit": row.unit, "closed": row.closed}
    ledger.append(acting_user, row.path, name, f"channel:{row.pk}", facts)
    return int(row.pk)


@action
def register_channels(
    acting_user: Actor,
    *,
    site_id: int,
    by: str,
    heir_of: Iterable[str],
    sha256: str,
    rows: Sequence[Any],
    now: datetime,
) -> Registered:
    """Make the channels of an edge node (`by`, `edge/12`) what its register says: opened, changed, closed.

    Rows are checked one by one; what can't be is refused with its reason and the rest is done. The same register again
    changes nothing. `heir_of`: nodes that are closed, whose channels this one may go on with. One leaf where anything
    changed.
    """
    place, home = where(site_id)
    found = registering.register(place, home, by, heir_of, rows, timezone.localdate(now))
    if found.opened or found.changed or found.closed:
        counts = found.model_dump(include={"opened", "changed", "closed", "refused"})
        facts = {"node": by, "sha256": sha256} | counts
        ledger.append(acting_user, place.path, "sensing.channels_registered", by.replace("/", ":"), facts)
    return found


@action
def add_source(acting_user: Actor, body: SourceIn, *, synthetic: bool = False) -> NewSource:
    """Let a device or program send readings with a key of its own, which is shown this once."""
    place, home = where(body.organisation_id)
    if Source.objects.filter(enterprise=home, name=body.name).exists():
        raise Refused(
            409,
            "source_exists",
            f"已有名为 {body.name} 的数据来源，请换一个名称或为它换发密钥。",
            f"There is a source named {body.name} already; choose another name, or give it a new key.",
            "name",
        )
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    row = Source.objects.create(
        organisation=place,
        enterprise=home,
        path=place.path,
        name=body.name,
        key_sha256=key_hash(secret),
        synthetic=synthetic,
    )
    ledger.append(acting_user, row.path, "sensing.source_opened", f"source:{row.pk}", {"name": row.name})
    return NewSource(source=source_out(row), key=secret)


@action
def renew_key(acting_user: Actor, source_id: int) -> NewSource:
    """Give a source a new key; the old one ends now."""
    row = _source(source_id)
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    row.key_sha256, row.closed = key_hash(secret), False
    row.save(update_fields=["key_sha256", "closed"])
    ledger.append(acting_user, row.path, "sensing.key_renewed", f"source:{row.pk}", {})
    return NewSource(source=source_out(row), key=secret)


@action
def close_source(acting_user: Actor, source_id: int) -> None:
    """Take nothing more from a source."""
    row = _source(source_id)
    row.closed = True
    row.save(update_fields=["closed"])
    ledger.append(acting_user, row.path, "sensing.source_closed", f"source:{row.pk}", {})


@action
def take_batch(
    acting_user: Actor,
    *,
    site_id: int,
    source: str,
    sequence: int,
    bytes_sha256: str,
    readings: Readings,
    keys: Sequence[str],
    events: Sequence[Mapping[str, Any]] = (),
    at: datetime,
    units: Sequence[str] = (),
    refused: Sequence[Refusal] = (),
    refused_count: int = 0,
    detects: bool = False,
) -> Taken:
    """Take a batch of `source` at the enterprise or site `site_id`, once.

    Idempotent by (source, sequence): a second time the same is answered (`again`) and nothing is written, whatever it
    holds. `sequence` -1: the sender doesn't count; then the same bytes are taken once. `detects`: the source runs
    quality marks and detectors itself and sends its events; else the platform does. Readings go to the enterprise's
    store, events become episodes and alerts, and the batch is one leaf. `missing` names what has to be sent again.
    """
    place, home = where(site_id)
    message = taking.Message(
        source=source,
        sequence=sequence,
        sha256=bytes_sha256,
        readings=readings,
        keys=tuple(keys),
        units=tuple(units) or ("",) * len(keys),
        events=tuple(events),
        refused=tuple(refused),
        refused_count=max(refused_count, len(refused)),
        detects=detects,
    )
    taken = taking.take(acting_user, place, home, message, at)
    count_batch(taken.readings, again=taken.again)
    return taken


@action
def look(acting_user: Actor, channel_id: int, start: datetime, end: datetime) -> None:
    """Let someone look at a channel's readings. One that says something about a person needs a permission, leaves a
    leaf, and stands in the log of whoever wore the device."""
    path, personal = channel_row_path(channel_id)
    if not personal:
        return
    if not acting_user.may("sensing.personal"):
        raise forbidden("sensing.personal")
    enterprise_id, key = Channel.objects.values_list("enterprise_id", "device__key").get(id=channel_id)
    span = (int(start.timestamp() * 1e6), int(end.timestamp() * 1e6))
    note_wearers(
        acting_user, "channel", enterprise_id=enterprise_id, device_key=key, channel_id=channel_id, path=path, span=span
    )
    facts = {"start": start.isoformat(), "end": end.isoformat()}
    ledger.append(acting_user, path, "sensing.personal_read", f"channel:{channel_id}", facts)


@action
def foretell(acting_user: Actor, enterprise_id: int, now: datetime) -> int:
    """Make the forecasts of an enterprise's channels that have a model; returns how many. See `forecasting`."""
    home = Organisation.objects.filter(id=enterprise_id, kind=Organisation.Kind.ENTERPRISE).first()
    return 0 if home is None else forecasting.foretell(acting_user, home, now)


@action
def put_leak_watch(acting_user: Actor, body: LeakWatchIn) -> int:
    """Look for leaks at a site, or change where; the same name again changes it. Returns its id.

    Refuses what the detector can't work with: fewer than three gas channels with a position, an unknown wind channel.
    """
    place, home = where(body.organisation_id)
    plan = SitePlan.objects.filter(id=body.site_plan, enterprise=home).first() if body.site_plan else None
    if body.site_plan and plan is None:
        raise not_found()
    row = LeakWatch.objects.select_for_update(of=("self",)).filter(enterprise=home, name=body.name).first()
    row = row or LeakWatch(enterprise=home, name=body.name)
    row.organisation, row.path, row.plan, row.closed = place, place.path, plan, body.closed
    row.config = body.model_dump(exclude={"organisation_id", "name", "site_plan", "closed"})
    now = timezone.now()
    try:
        leaking.detector_of(row, now)
    except SensingError as error:
        if not body.closed:
            raise refusal(error) from error
    row.save()
    if row.closed:
        leaking.stop(acting_user, row, now)
    facts = {"name": row.name, "closed": row.closed, "sources": len(body.sources)}
    ledger.append(acting_user, row.path, "sensing.leak_watch_set", f"leak_watch:{row.pk}", facts)
    return int(row.pk)


@action
def look_for_leaks(acting_user: Actor, enterprise_id: int, now: datetime) -> int:
    """Let every watch of an enterprise look at what came since the last time; returns how many events were told."""
    rows = LeakWatch.objects.select_for_update(of=("self",)).select_related("enterprise")
    return sum(leaking.look(acting_user, row, now) for row in rows.filter(enterprise_id=enterprise_id, closed=False))


@action
def look_for_silence(acting_user: Actor, enterprise_id: int, now: datetime) -> int:
    """Raise what of an enterprise fell silent, clear what speaks again; returns what changed. See `silence`."""
    home = Organisation.objects.filter(id=enterprise_id, kind=Organisation.Kind.ENTERPRISE).first()
    return 0 if home is None else silence.look(acting_user, home, now)


@action
def forget_personal_values(acting_user: Actor) -> int:
    """Empty the newest value of channels that say something about one person, as `yufang privacy seal` asks: versions
    before kept it. Returns how many."""
    return Channel.objects.filter(personal=True, last_value__isnull=False).update(last_value=None)


@action
def forget_batches(acting_user: Actor, now: datetime) -> int:
    """Let go of the rows of old batches; that they came stays with their source, their leaves in the ledger."""
    count, _ = Batch.objects.filter(at__lt=now - KEEP_BATCH_ROWS).delete()
    return int(count)


def key_hash(secret: str) -> str:
    """What is kept of a key: it is random, so a plain hash can't be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def refusal(error: SensingError) -> Refused:
    """The refusal that an error of floor 1 becomes, with its way out."""
    zh, way = error.zh
    return Refused(422, error.code, f"{zh}；{way}。", f"{error.message}; {error.way_out}.")


def where(organisation_id: int) -> tuple[Organisation, Organisation]:
    """(the enterprise or site, its enterprise). Refuses what is neither with 404."""
    place = home = Organisation.objects.filter(id=organisation_id).first()
    while home is not None and home.kind != Organisation.Kind.ENTERPRISE:
        home = home.parent
    if place is None or home is None or place.kind == Organisation.Kind.TEAM:
        raise not_found()
    return place, home


def _source(source_id: int) -> Source:
    row = Source.objects.select_for_update(of=("self",)).filter(id=source_id).first()
    if row is None:
        raise not_found()
    return row
