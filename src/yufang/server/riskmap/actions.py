"""The only code that writes what the map knew. It follows from rows that have leaves of their own, and has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from yufang.sensing.riskmap.history import MINUTE, settle, thin
from yufang.sensing.riskmap.model import Factor
from yufang.server.accounts.models import Organisation
from yufang.server.live.events import RiskmapChanged, emit
from yufang.server.riskmap import gathering
from yufang.server.riskmap.models import RiskSpan, RiskState, RiskVersion
from yufang.server.riskmap.queries import micro, read_version
from yufang.server.scope import Actor, action

EXACT_FOR = timedelta(days=1)  # after that one version a minute is kept
_GAP_US = 30_000_000  # a longer silence of the platform ends a span: nobody knows what happened meanwhile
_THIN_US = 3 * 86_400_000_000  # what grew older than a day in these days is looked at
_LOCK = 0x5249534B  # "RISK"


@action
def refresh(acting_user: Actor, enterprise_id: int, now: datetime) -> bool | None:
    """Make the map of an enterprise anew and keep what changed. Returns whether something did; None where another
    process is at it, or has a later one already."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, enterprise_id])
        if not cursor.fetchone()[0]:
            return None
    home = Organisation.objects.filter(id=enterprise_id, kind=Organisation.Kind.ENTERPRISE).first()
    at = micro(now)
    state = RiskState.objects.filter(enterprise_id=enterprise_id).first()
    if home is None:
        return None
    if state is not None and state.made_at > at + _GAP_US:
        _set_back(home, at)
    elif state is not None and state.made_at >= at:
        return None
    _span(home, at)
    gathered = gathering.gather(home.pk, now, gathering.ground_of(home.pk), gathering.rules())
    rows = list(RiskVersion.objects.filter(enterprise=home, end__isnull=True))
    settled = settle((read_version(row) for row in rows), gathered.factors)
    RiskVersion.objects.filter(id__in=[version.id for version in settled.ended]).update(end=at)
    RiskVersion.objects.bulk_create(_rows(home, settled.begun, at))
    RiskState.objects.update_or_create(
        enterprise=home, defaults={"path": home.path, "made_at": at, "next_at": gathered.next_at}
    )
    if settled.changed:
        emit(RiskmapChanged(id=home.pk, enterprise_id=home.pk, path=home.path))
    return settled.changed


@action
def keep_on(acting_user: Actor, now: datetime) -> int:
    """Say of every map that is being kept that it still is; between two changes nothing else writes. Returns how many
    maps are."""
    at = micro(now)
    return RiskSpan.objects.filter(upto__gte=at - _GAP_US, upto__lt=at).update(upto=at)


@action
def forget(acting_user: Actor, now: datetime) -> tuple[int, int]:
    """(versions let go as too old, versions let go by thinning). Open ones stay, however old."""
    oldest, exact = micro(now - timedelta(days=settings.CONFIG.riskmap_days)), micro(now - EXACT_FOR)
    gone, _ = RiskVersion.objects.filter(end__lt=oldest).delete()
    RiskSpan.objects.filter(upto__lt=oldest).delete()
    thinned = 0
    short = RiskVersion.objects.filter(end__lt=exact, end__gte=exact - _THIN_US, start__gte=F("end") - MINUTE)
    for enterprise_id in list(short.order_by("enterprise_id").values_list("enterprise_id", flat=True).distinct()):
        thinned += _thin(enterprise_id, exact)
    return gone, thinned


def _thin(enterprise_id: int, exact: int) -> int:
    rows = RiskVersion.objects.filter(enterprise_id=enterprise_id, end__lt=exact, end__gte=exact - _THIN_US)
    drop, stretch = thin([read_version(row) for row in rows.iterator()])
    RiskVersion.objects.filter(id__in=drop).delete()
    for pk, (start, end) in stretch.items():
        RiskVersion.objects.filter(id=pk).update(start=start, end=end)
    return len(drop)


def _span(home: Organisation, at: int) -> None:
    last = RiskSpan.objects.filter(enterprise=home).order_by("-upto").first()
    if last is not None and at - last.upto <= _GAP_US:
        RiskSpan.objects.filter(id=last.pk, upto__lt=at).update(upto=at)
        return
    if last is not None:  # what was open when the platform stopped ended then: what was meanwhile nobody knows
        over = RiskVersion.objects.filter(enterprise=home, end__isnull=True)
        over.update(end=Greatest(F("start") + 1, last.upto))
    RiskSpan.objects.create(path=home.path, enterprise=home, start=at, upto=at)


def _set_back(home: Organisation, at: int) -> None:
    """The clock was ahead and is right again: what was kept under times to come is let go."""
    versions, spans = (model.objects.filter(enterprise=home) for model in (RiskVersion, RiskSpan))
    versions.filter(start__gte=at).delete()
    versions.filter(end__gt=at).update(end=at)
    spans.filter(start__gt=at).delete()
    spans.filter(upto__gt=at).update(upto=at)


def _rows(home: Organisation, factors: Sequence[Factor], at: int) -> list[RiskVersion]:
    return [
        RiskVersion(path=home.path, enterprise=home, ref=factor.ref[:240], start=at, data=factor.as_data())
        for factor in factors
    ]
