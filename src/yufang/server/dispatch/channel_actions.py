"""Writing channels, and each person's own ways. What is entered is checked before it is kept, with the way out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yufang.server import outgoing
from yufang.server.accounts.models import Organisation, Person
from yufang.server.dispatch.actions import notice_to
from yufang.server.dispatch.checks import checked_address, checked_channel, wrong
from yufang.server.dispatch.models import Channel, Reach
from yufang.server.dispatch.sealing import seal_channel, seal_way, unseal_channel, unseal_way
from yufang.server.dispatch.spreading import TEST
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action

Kind = Channel.Kind
_MOST_WAYS = 12


@action
def add_channel(
    acting_user: Actor, organisation_id: int, kind: str, name: str, settings: dict[str, Any], secret: dict[str, str]
) -> int:
    """Make a channel of an organisation; returns its id. Refused where it couldn't send."""
    home = Organisation.objects.filter(id=organisation_id).first()
    if home is None:
        raise not_found()
    name = _name(home.pk, name, None)
    kept, sealed = checked_channel(kind, settings, secret)
    channel = Channel.objects.create(
        path=home.path,
        organisation=home,
        kind=kind,
        name=name,
        settings=kept,
        sealed=seal_channel(home.pk, sealed),
    )
    ledger.append(acting_user, home.path, "dispatch.channel_added", f"channel:{channel.pk}", {"kind": kind})
    return int(channel.pk)


@action
def change_channel(
    acting_user: Actor,
    channel_id: int,
    name: str,
    settings: dict[str, Any],
    secret: dict[str, str],
    enabled: bool,
) -> None:
    """Change a channel. A key that is left empty stays; failures are forgotten, so that it is tried anew."""
    channel = _channel(channel_id)
    held = {} if all(secret.values()) and secret else _held(channel)
    kept, sealed = checked_channel(channel.kind, settings, held | {k: v for k, v in secret.items() if v})
    channel.name = _name(channel.organisation_id, name, channel.pk)
    channel.settings, channel.enabled, channel.failures = kept, enabled, 0
    channel.sealed = seal_channel(channel.organisation_id, sealed)
    channel.save(update_fields=["name", "settings", "sealed", "enabled", "failures"])
    facts = {"enabled": enabled}
    ledger.append(acting_user, channel.path, "dispatch.channel_changed", f"channel:{channel.pk}", facts)


def _held(channel: Channel) -> dict[str, str]:
    try:
        return dict(unseal_channel(channel.organisation_id, channel.sealed))
    except Refused:  # sealed by another key of the server: whoever changes the channel enters it anew
        return {}


@action
def remove_channel(acting_user: Actor, channel_id: int) -> None:
    """Take a channel away, with the ways that people had by it. What was sent by it stays on record."""
    channel = _channel(channel_id)
    ledger.append(acting_user, channel.path, "dispatch.channel_removed", f"channel:{channel.pk}", {})
    channel.delete()


def _channel(channel_id: int) -> Channel:
    channel = Channel.objects.select_for_update().filter(id=channel_id).first()
    if channel is None:
        raise not_found()
    return channel


def _name(organisation_id: int, name: str, own: int | None) -> str:
    name = name.strip()
    if not name:
        raise wrong("name", "请给渠道起个名字。", "Give the channel a name.")
    if Channel.objects.filter(organisation_id=organisation_id, name=name).exclude(id=own).exists():
        raise Refused(
            409,
            "name_taken",
            f"已有名为“{name}”的渠道，请换一个名字。",
            f"There is a channel called “{name}” already; choose another name.",
            "name",
        )
    return name


@action
def test_channel(acting_user: Actor, channel_id: int, address: str, at: datetime) -> int:
    """Send a test message by a channel to `address` (or to the group, or to the acting person); returns the notice."""
    channel = Channel.objects.filter(id=channel_id).first()
    if channel is None:
        raise not_found()
    ways = Reach.objects.filter(person_id=acting_user.person_id, channel=channel)
    mine = ways.filter(position__gte=0).order_by("id").first()
    if mine is None or address:
        given, hint = checked_address(channel.kind, address)
        sealed = seal_way(acting_user.person_id or 0, given)
        values = {"kind": channel.kind, "sealed": sealed, "hint": hint, "enabled": False}
        mine, _ = Reach.objects.update_or_create(  # for test messages only: switched off and not shown
            person_id=acting_user.person_id,
            channel=channel,
            position=-1,
            defaults=values,
            create_defaults=values | {"path": _me(acting_user).path},
        )
    return notice_to(acting_user, mine, TEST, at)


def _me(acting_user: Actor) -> Person:
    return Person.objects.get(id=acting_user.person_id)


@action
def add_way(acting_user: Actor, channel_id: int, address: str) -> int:
    """Add a channel to one's own, as the last to be tried; returns the way's id."""
    channel = Channel.objects.filter(id=channel_id).first()
    if channel is None:
        raise not_found()
    given, hint = checked_address(channel.kind, address)
    return _add(acting_user, channel.kind, channel, given, hint)


@action
def add_browser(acting_user: Actor, subscription: dict[str, Any], hint: str) -> int:
    """Let this browser be woken (Web Push); the same browser again is the same way."""
    endpoint, keys = str(subscription.get("endpoint", "")), subscription.get("keys") or {}
    outgoing.check_url(endpoint, "endpoint")
    if not keys.get("p256dh") or not keys.get("auth"):
        raise wrong(
            "keys", "浏览器订阅不完整，请重新开启推送。", "The subscription is not complete; switch it on again."
        )
    kept = {"endpoint": endpoint, "keys": {"p256dh": str(keys["p256dh"]), "auth": str(keys["auth"])}}
    for way in Reach.objects.filter(person_id=acting_user.person_id, kind=Kind.WEB_PUSH):
        if unseal_way(way.person_id, way.sealed).get("endpoint") == endpoint:
            way.sealed, way.enabled = seal_way(way.person_id, kept), True
            way.save(update_fields=["sealed", "enabled"])
            return int(way.pk)
    return _add(acting_user, Kind.WEB_PUSH, None, kept, hint[:80])


def _add(acting_user: Actor, kind: str, channel: Channel | None, given: Any, hint: str) -> int:
    mine = Reach.objects.filter(person_id=acting_user.person_id, position__gte=0)
    if mine.count() >= _MOST_WAYS:
        raise Refused(
            409,
            "too_many",
            f"最多可设 {_MOST_WAYS} 条渠道，请先删除不用的。",
            f"There can be {_MOST_WAYS} ways at most; remove one first.",
        )
    last = mine.order_by("-position").values_list("position", flat=True).first()
    person = _me(acting_user)
    way = Reach.objects.create(
        path=person.path,
        person=person,
        channel=channel,
        kind=kind,
        sealed=seal_way(person.pk, given),
        hint=hint,
        position=0 if last is None else last + 1,
    )
    ledger.append(acting_user, person.path, "dispatch.way_added", f"way:{way.pk}", {"kind": str(kind)})
    return int(way.pk)


@action
def order_my_ways(acting_user: Actor, ways: list[tuple[int, bool]]) -> None:
    """Set the order of one's own ways, and which are switched on."""
    mine = {w.pk: w for w in Reach.objects.select_for_update().filter(person_id=acting_user.person_id, position__gte=0)}
    if sorted(mine) != sorted(number for number, _ in ways):
        raise Refused(
            409,
            "ways_changed",
            "渠道列表已变化，请刷新后再排序。",
            "Your ways have changed meanwhile; reload and order them again.",
        )
    for position, (number, enabled) in enumerate(ways):
        mine[number].position, mine[number].enabled = position, enabled
        mine[number].save(update_fields=["position", "enabled"])
    ledger.append(acting_user, _me(acting_user).path, "dispatch.ways_ordered", f"person:{acting_user.person_id}", {})


@action
def remove_way(acting_user: Actor, way_id: int) -> None:
    """Take one of one's own ways away."""
    way = Reach.objects.filter(id=way_id, person_id=acting_user.person_id).first()
    if way is None:
        raise not_found()
    ledger.append(acting_user, way.path, "dispatch.way_removed", f"way:{way.pk}", {})
    way.delete()


@action
def test_way(acting_user: Actor, way_id: int, at: datetime) -> int:
    """Send a test message by one of one's own ways; returns the notice's id."""
    way = Reach.objects.filter(id=way_id, person_id=acting_user.person_id).first()
    if way is None:
        raise not_found()
    return notice_to(acting_user, way, TEST, at)
