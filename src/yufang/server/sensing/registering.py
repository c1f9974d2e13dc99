"""The channel register of an edge node becomes channels: the steps of `actions.register_channels`.

What a person has put in order stands: a node changes and closes only channels that it registered itself. A node's
register is bounded, and so are the rows that it can leave behind by changing its keys again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from yufang.sensing.channels import check_channel, personal
from yufang.sensing.errors import SensingError
from yufang.server.accounts.models import Organisation
from yufang.server.places.models import Area
from yufang.server.sensing.contracts import RefusalOut, Registered, RegisterRow
from yufang.server.sensing.models import Channel, Device, UnknownChannel
from yufang.server.sensing.registry import channel_of

MOST_ROWS = 20_000  # channels of one node, closed ones with their history included
_TOLD = 100
_SAID = ("quantity", "unit", "low", "high", "every_s", "x", "y", "z", "calibrated_on", "calibration_expires", "place")
_NAMES = ("name_zh", "name_en")
_WRITTEN = (
    *(*_SAID, *_NAMES, "with_standards", "limits", "personal", "closed", "registered_by", "path", "area"),
    *("organisation", "device"),
)
_COMPARED = tuple(f"{name}_id" if name in ("area", "organisation", "device") else name for name in _WRITTEN)


@dataclass(slots=True)
class _Found:
    """What is to be written, and what is refused."""

    opened: list[Channel] = field(default_factory=list)
    changed: list[Channel] = field(default_factory=list)
    same: int = 0
    kept: int = 0
    refused: int = 0
    refusals: list[RefusalOut] = field(default_factory=list)

    def refuse(self, index: int, key: str, where: str, value: object, rule: str, zh: str, en: str) -> None:
        self.refused += 1
        if len(self.refusals) < _TOLD:
            self.refusals.append(
                RefusalOut(
                    index=index,
                    channel=key[:120],
                    field=where,
                    value=str(value)[:80],
                    rule=rule,
                    reason_zh=zh,
                    reason_en=en,
                )
            )


def register(
    place: Organisation, home: Organisation, by: str, heir_of: Iterable[str], rows: Sequence[Any], today: date
) -> Registered:
    """Make, change and close the channels of `by` so that they are `rows`; see `actions.register_channels`."""
    found = _Found()
    read = _read(rows, found)
    there = {
        row.key: row
        for row in Channel.objects.select_for_update(of=("self",))
        .select_related("device")
        .filter(enterprise=home, key__in=[row.key for row in read.values()])
    }
    devices = _devices(place, home, read.values())
    areas = {area.key: area for area in Area.objects.filter(enterprise=home, key__in={r.area for r in read.values()})}
    owners = {by, *heir_of}
    room = MOST_ROWS - Channel.objects.filter(enterprise=home, registered_by=by).count()
    for index, said in read.items():
        row = there.get(said.key)
        if row is not None and not _may(row, said, owners, index, found):
            continue
        made = row is None
        if made and len(found.opened) >= room:
            found.refuse(
                index, said.key, "key", said.key, "too_many",
                f"该节点登记过的通道已达 {MOST_ROWS} 个；请清理停用的通道，或改用另一个节点。",
                f"The node has registered {MOST_ROWS} channels in all; clear up closed ones, or use another node.",
            )  # fmt: skip
            continue
        row = row or Channel(enterprise=home, key=said.key, synthetic=home.synthetic)
        before = None if made else [getattr(row, name) for name in _COMPARED]
        _put(row, said, place, devices[said.device or said.key], areas.get(said.area or ""), by)
        try:
            check_channel(channel_of(row, today, row.device.key))
        except SensingError as error:
            zh, way = error.zh
            value = error.fields.get("value", "")
            found.refuse(
                index, said.key, str(error.fields.get("field", "unit")), value, error.code,
                f"{zh}；{way}。", f"{error.message}; {error.way_out}.",
            )  # fmt: skip
            continue
        if made:
            found.opened.append(row)
        elif before != [getattr(row, name) for name in _COMPARED]:
            found.changed.append(row)
        else:
            found.same += 1
    return _write(home, by, found, {str(row.get("key")) for row in rows if isinstance(row, dict)})


def _read(rows: Sequence[Any], found: _Found) -> dict[int, RegisterRow]:
    """The rows that can be read, each key once, by their place."""
    read: dict[int, RegisterRow] = {}
    seen: set[str] = set()
    for index, row in enumerate(rows):
        key = str(row.get("key", "")) if isinstance(row, dict) else ""
        try:
            said = RegisterRow.model_validate(row)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            zh = f"通道 {key[:120]} 的 {where} 不符合要求（{first['type']}）；请改正节点配置。"
            en = f"{where} of channel {key[:120]} is not valid: {first['msg']}; correct the node's configuration."
            found.refuse(index, key, where, first.get("input", ""), "row_unreadable", zh, en)
            continue
        if said.key in seen:
            zh, en = f"通道 {key} 在登记表中出现两次。", f"Channel {key} stands twice in the register."
            found.refuse(index, key, "key", key, "twice", zh, en)
            continue
        seen.add(said.key)
        read[index] = said
    return read


def _may(row: Channel, said: RegisterRow, owners: set[str], index: int, found: _Found) -> bool:
    """Whether the node may change this channel; else it is kept as it is, or refused with the reason."""
    if row.registered_by == "" and row.unit == said.unit and not row.closed:
        found.kept += 1
        return False
    if row.registered_by == "":
        closed = "并停用" if row.closed else ""
        zh = f"通道 {row.key} 已由人员以 {row.unit} 登记{closed}；请改用其他通道名，或先在平台上更正。"
        en = (
            f"A person registered channel {row.key} in {row.unit}{' and closed it' if row.closed else ''}; use another "
            "key, or correct it on the platform first."
        )
        found.refuse(index, row.key, "unit", said.unit, "persons", zh, en)
        return False
    if row.registered_by not in owners and not row.closed:
        zh = f"通道 {row.key} 属于另一个节点（{row.registered_by}）；请改用其他通道名。"
        en = f"Channel {row.key} is another node's ({row.registered_by}); use another key."
        found.refuse(index, row.key, "key", row.key, "other_node", zh, en)
        return False
    if row.unit != said.unit and row.last_time is not None:
        zh = f"通道 {row.key} 已有以 {row.unit} 保存的读数，不能改为 {said.unit}；请用一个新的通道名。"
        en = f"Channel {row.key} has readings in {row.unit}, so its unit can't become {said.unit}; use a new key."
        found.refuse(index, row.key, "unit", said.unit, "unit_in_use", zh, en)
        return False
    return True


def _put(row: Channel, said: RegisterRow, place: Organisation, device: Device, area: Area | None, by: str) -> None:
    for name in _SAID:
        setattr(row, name, getattr(said, name))
    for name in _NAMES:
        if getattr(said, name):
            setattr(row, name, getattr(said, name))
    own = said.limits if isinstance(said.limits, list) else []
    row.with_standards = said.limits == "standard"
    row.limits = [limit.model_dump() | {"unit": said.unit} for limit in own]
    row.personal, row.closed, row.registered_by = personal(said.quantity), False, by
    row.organisation, row.device, row.path = place, device, place.path
    row.area = area if said.area else row.area


def _devices(place: Organisation, home: Organisation, rows: Iterable[RegisterRow]) -> dict[str, Device]:
    keys = {row.device or row.key for row in rows}
    Device.objects.bulk_create(
        [
            Device(organisation=place, enterprise=home, path=place.path, key=key, synthetic=home.synthetic)
            for key in sorted(keys)
        ],
        ignore_conflicts=True,
        batch_size=1_000,
    )
    return {row.key: row for row in Device.objects.filter(enterprise=home, key__in=keys)}


def _write(home: Organisation, by: str, found: _Found, keys: set[str]) -> Registered:
    Channel.objects.bulk_create(found.opened, batch_size=1_000)
    if found.changed:
        Channel.objects.bulk_update(found.changed, _WRITTEN, batch_size=500)
    closed = 0
    open_ = Channel.objects.filter(enterprise=home, registered_by=by, closed=False)
    gone = [pk for pk, key in open_.values_list("id", "key") if key not in keys]
    if gone:
        closed = Channel.objects.filter(id__in=gone).update(closed=True)
    if found.opened:
        UnknownChannel.objects.filter(enterprise=home, key__in=[row.key for row in found.opened]).delete()
    return Registered(
        opened=len(found.opened),
        changed=len(found.changed),
        closed=closed,
        same=found.same,
        kept=found.kept,
        refused=found.refused,
        refusals=found.refusals,
    )
