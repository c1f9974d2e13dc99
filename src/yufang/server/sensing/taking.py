"""One message of readings and events, taken: the steps of `actions.take_batch` inside its transaction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from yufang.sensing.channels import Channel as SensingChannel
from yufang.sensing.errors import Refusal, SensingError
from yufang.sensing.intake import Intake, take_in
from yufang.sensing.readings import Quality, Readings
from yufang.sensing.sequences import Came
from yufang.sensing.wire_limits import TOLD, Refusals, check_counts
from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import ReadingsTaken, emit
from yufang.server.positions import actions as positions
from yufang.server.scope import Actor
from yufang.server.sensing import detecting, episodes
from yufang.server.sensing.contracts import RefusalOut, Taken
from yufang.server.sensing.facts import batch_facts
from yufang.server.sensing.models import Batch, Channel, Source, UnknownChannel
from yufang.server.sensing.registry import channels_by_key, with_keys
from yufang.server.sensing.stores import RAW_DAYS, store_of

MOST_UNKNOWN = 200  # keys that are kept of an enterprise for a person to register
_SKEWED = np.uint16(Quality.CLOCK_SKEW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one message says; see `actions.take_batch`."""

    source: str
    sequence: int
    sha256: str
    readings: Readings
    keys: tuple[str, ...]
    units: tuple[str, ...]
    events: tuple[Mapping[str, Any], ...]
    refused: tuple[Refusal, ...]
    refused_count: int
    detects: bool


def take(acting_user: Actor, place: Organisation, home: Organisation, message: Message, at: datetime) -> Taken:
    """Take `message` at `place` of the enterprise `home`, or answer what was answered when it came first."""
    _check(message)
    source = _source(place, home, message)
    came = Came.of(source.upto, source.gaps)
    sequence = message.sequence if message.sequence >= 0 else _uncounted(source, message.sha256)
    if came.has(sequence):
        return _again(source, came, sequence)
    refusals = Refusals(list(message.refused[:TOLD]), message.refused_count)
    intake = _intake(home, message, at, refusals)
    _keep_unknown(home, source, intake, at)
    readings, found = detecting.judge(source, intake, at, ours=not message.detects)
    events = episodes.read_events((*message.events, *found), refusals)
    keys = [channel.key for channel in intake.channels]
    readings = positions.take_fixes(home, readings, intake.channels, at)  # where people are is never stored
    if len(readings):
        store_of(home.pk).land(f"{source.pk}-{sequence:015d}", readings, keys)
        _keep_newest(home, readings, keys)
    episodes.take_events(acting_user, home, source, events, at)
    batch = Batch(
        path=source.path,
        enterprise=home,
        source=source,
        sequence=sequence,
        sha256=message.sha256,
        readings=len(readings),
        events=len(events),
        refused=refusals.count,
        first_time=int(readings.time.min()) if len(readings) else None,
        last_time=int(readings.time.max()) if len(readings) else None,
        refusals=[row.model_dump() for row in _told(refusals)],
        at=at,
    )
    _count(source, came, sequence, at)
    # The leaf last: appends wait for one another until the transaction ends.
    batch.ledger_index = ledger.append(
        acting_user, source.path, "sensing.batch_taken", f"source:{source.pk}", batch_facts(batch)
    )
    batch.save(force_insert=True)
    emit(ReadingsTaken(id=source.pk, enterprise_id=home.pk, path=home.path, readings=len(readings)))
    return _answer(source, batch, again=False).model_copy(update={"unknown": len(intake.unknown)})


def _check(message: Message) -> None:
    if not message.source or len(message.source) > 120:
        raise Refused(
            422,
            "source_missing",
            "消息没有写明来源，或来源名超过120个字符。",
            "The message doesn't say its source, or its name is longer than 120 characters.",
            "source",
        )
    try:
        check_counts(len(message.readings), len(message.keys), len(message.events), len(set(message.units)))
    except SensingError as error:
        raise Refused(
            422, error.code, f"{error.zh[0]}；{error.zh[1]}。", f"{error.message}; {error.way_out}."
        ) from error


def _source(place: Organisation, home: Organisation, message: Message) -> Source:
    """The source, locked: two batches of one source wait for one another."""
    Source.objects.bulk_create(
        [
            Source(
                organisation=place,
                enterprise=home,
                path=place.path,
                name=message.source,
                detects=message.detects,
                synthetic=home.synthetic,
            )
        ],
        ignore_conflicts=True,
    )
    found = Source.objects.select_for_update(of=("self",)).get(enterprise=home, name=message.source)
    if found.closed:
        raise Refused(
            403,
            "source_closed",
            f"来源 {found.name} 已被停用；请联系本单位安全管理人员恢复。",
            f"The source {found.name} is closed; ask the safety manager of the enterprise to open it again.",
        )
    return found


def _uncounted(source: Source, sha256: str) -> int:
    """The place of a message that doesn't count itself: that of the same bytes, else the next."""
    same = Batch.objects.filter(source=source, sha256=sha256).values_list("sequence", flat=True).first()
    return int(same) if same is not None else int(source.upto)


def _intake(home: Organisation, message: Message, at: datetime, refusals: Refusals) -> Intake:
    rows = Channel.objects.select_related("device").filter(enterprise=home, closed=False)
    channels: dict[str, SensingChannel] = channels_by_key(with_keys(rows, message.keys), timezone.localdate(at))
    earliest = int((at - timedelta(days=RAW_DAYS)).timestamp() * 1e6)
    return take_in(message.readings, message.keys, message.units, channels, earliest, refusals)


def _keep_unknown(home: Organisation, source: Source, intake: Intake, at: datetime) -> None:
    """Remember a few of the keys that aren't registered, so that a person can; the rest only counts as refused."""
    if not intake.unknown:
        return
    kept = set(UnknownChannel.objects.filter(enterprise=home).values_list("key", flat=True))
    known = kept & intake.unknown.keys()
    new = list(islice((key for key in intake.unknown if key not in known), max(0, MOST_UNKNOWN - len(kept))))
    rows = [
        UnknownChannel(
            path=source.path,
            enterprise=home,
            source=source,
            key=key,
            unit=intake.unknown[key][0],
            readings=intake.unknown[key][1],
            at=at,
        )
        for key in (*sorted(known), *new)
    ]
    UnknownChannel.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["enterprise", "key"], update_fields=["unit", "readings", "at"]
    )


def _keep_newest(home: Organisation, readings: Readings, keys: list[str]) -> None:
    """The newest reading of each channel, where its clock can be believed."""
    sound = readings.take((readings.flag & _SKEWED) == 0)
    if not len(sound):
        return
    order = np.lexsort((sound.time, sound.channel))
    last = order[np.append(np.flatnonzero(np.diff(sound.channel[order])), len(order) - 1)]
    values = [value if math.isfinite(value) else None for value in sound.value[last].tolist()]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sensing_channel c SET last_time = n.time, last_flag = n.flag, "
            # Of a channel that says something about one person no value is kept: a look at its chart is on record.
            "last_value = CASE WHEN c.personal THEN NULL ELSE n.value END "
            "FROM unnest(%s::text[], %s::bigint[], %s::float8[], %s::int[]) AS n (key, time, value, flag) "
            "WHERE c.enterprise_id = %s AND c.key = n.key AND (c.last_time IS NULL OR c.last_time < n.time)",
            [
                [keys[n] for n in sound.channel[last].tolist()],
                sound.time[last].tolist(),
                values,
                sound.flag[last].tolist(),
                home.pk,
            ],
        )


def _count(source: Source, came: Came, sequence: int, at: datetime) -> None:
    try:
        after = came.after(sequence)
    except ValueError as error:
        raise Refused(
            409,
            "too_many_gaps",
            f"来源 {source.name} 的消息序号缺口过多；请先补发缺失的消息。",
            f"The messages of {source.name} have too many gaps; send the missing ones first.",
            "sequence",
        ) from error
    source.upto, source.gaps, source.last_at = after.upto, [list(gap) for gap in after.gaps], at
    source.save(update_fields=["upto", "gaps", "last_at", "state"])


def _again(source: Source, came: Came, sequence: int) -> Taken:
    batch = Batch.objects.filter(source=source, sequence=sequence).first()
    if batch is None:  # so long ago that its row is gone
        batch = Batch(source=source, sequence=sequence, readings=0, events=0, refused=0, refusals=[])
    return _answer(source, batch, again=True)


def _answer(source: Source, batch: Batch, *, again: bool) -> Taken:
    return Taken(
        source=source.name,
        sequence=batch.sequence,
        again=again,
        readings=batch.readings,
        events=batch.events,
        refused=batch.refused,
        refusals=[RefusalOut(**row) for row in batch.refusals],
        missing=[(first, last) for first, last in source.gaps],
        next=source.upto,
    )


def _told(refusals: Refusals) -> list[RefusalOut]:
    return [
        RefusalOut(
            index=one.index,
            channel=one.channel,
            field=one.field,
            value=one.value,
            rule=one.rule,
            reason_zh=one.zh,
            reason_en=one.en,
        )
        for one in refusals.told
    ]
