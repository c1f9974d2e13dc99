"""The only code that writes the region, enterprises and profiles."""

from __future__ import annotations

from yufang.server.deduction.models import HazardPoint
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import ProfileChanged, emit
from yufang.server.profiles.models import ProfileMonth
from yufang.server.scope import Actor, action


@action
def follow_points(acting_user: Actor, enterprise_id: int) -> None:
    """Count confirmed points into the newest profile month; does nothing where the count stands already."""
    newest = (
        ProfileMonth.objects.select_for_update()
        .filter(organisation_id=enterprise_id)
        .order_by("-month")
        .first()
    )
    if newest is None:
        return
    confirmed = HazardPoint.objects.filter(
        organisation_id=enterprise_id, status=HazardPoint.Status.CONFIRMED
    ).count()
    if confirmed == newest.confirmed_since:
        return
    newest.confirmed_since = confirmed
    newest.save(update_fields=["confirmed_since"])
    ledger.append(
        acting_user,
        newest.path,
        "profiles.followed",
        f"enterprise:{enterprise_id}",
        {"confirmed": confirmed},
    )
    emit(ProfileChanged(id=enterprise_id, enterprise_id=enterprise_id, path=newest.path))
