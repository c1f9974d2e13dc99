"""What tests of dispatch make: channels, ways, alerts; and what was sent."""

from __future__ import annotations

import base64
from typing import Any

from django.utils import timezone

from yufang.server.accounts.models import Person
from yufang.server.dispatch import channel_actions
from yufang.server.dispatch.models import Delivery
from yufang.server.scope import Actor, scoped
from yufang.server.warning import actions as warnings

PLATFORM = Actor.platform()
TOKEN, SECRET, KEY = "a1b2c3d4e5f60718", "SECabcdef0123456789", "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
HOOK = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
_subjects = iter(range(10_000))


def channel(world: Any, kind: str, name: str, settings: dict[str, Any], secret: dict[str, str]) -> int:
    return channel_actions.add_channel(PLATFORM, world["home"].pk, kind, name, settings, secret)


def acting(person: Person) -> Actor:
    from yufang.server.accounts.queries import actor_of

    with scoped(PLATFORM):
        return actor_of(person)


def give_way(person: Person, channel_id: int, address: str = "") -> int:
    return channel_actions.add_way(acting(person), channel_id, address)


def alert(world: Any, tier: str = "high", **more: Any) -> int:
    return warnings.raise_alert(
        PLATFORM,
        organisation_id=world["home"].pk,
        rule="GAS1",
        subject_key=f"probe-{next(_subjects)}",
        tier=tier,  # type: ignore[arg-type]
        title_zh="储罐区可燃气体浓度超限",
        title_en="Combustible gas above the limit at the tank farm",
        reason_zh="3 号探头 25 %LEL,已持续 40 秒",
        reason_en="Probe 3 at 25 %LEL for 40 seconds",
        measures=[{"level": "engineering", "text_zh": "切断进料阀", "text_en": "Shut the feed valve"}],
        procedure_zh="气体泄漏处置规程",
        procedure_en="Gas leak procedure",
        at=timezone.now(),
        **more,
    )


def sent(alert_id: int, *, bell: bool = False) -> list[Delivery]:
    with scoped(PLATFORM):
        rows = Delivery.objects.filter(warning_id=alert_id).select_related("person", "channel").order_by("id")
        return list(rows if bell else rows.exclude(kind="in_app"))


def sign_in_as(name: str) -> Any:
    from tests.server.conftest import signed_in

    return signed_in(name)
