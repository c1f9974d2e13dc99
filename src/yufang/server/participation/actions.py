"""Points and thanks as they follow from what people did, and whether a person wants to be named."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from yufang.participation import Act, Entry, derive, say_thanks, table_on
from yufang.server.accounts.models import Organisation
from yufang.server.ledger import actions as ledger
from yufang.server.participation import neighbours, queries
from yufang.server.participation.ideas import tell
from yufang.server.participation.models import OptOut, PointEntry, Proposal, Thanks
from yufang.server.scope import Actor, action

# Older months stand as they were: what a person was told they had isn't taken away years later.
LOOK_BACK = timedelta(days=62)


@action
def set_opt_out(acting_user: Actor, out: bool) -> None:
    """Be named nowhere in this room, at once and for everything already shown; or be named again."""
    enterprise = queries.home(acting_user)
    if out:
        OptOut.objects.get_or_create(person_id=acting_user.person_id, defaults={"path": enterprise.path})
    else:
        OptOut.objects.filter(person_id=acting_user.person_id).delete()
    ledger.append(acting_user, enterprise.path, "participation.opted", f"person:{acting_user.person_id}", {"out": out})
    tell(enterprise.path, 0, enterprise.pk)


@action
def follow(acting_user: Actor, enterprise_id: int, now: datetime) -> int:
    """Bring points and thanks of an enterprise up to what its people did; returns how many entries changed.

    Derived anew each time from the acts of the last two months and compared with what is kept: twice changes
    nothing, and a run that was cut off is finished by the next one.
    """
    enterprise = Organisation.objects.select_for_update().get(id=enterprise_id)
    since = _first_of_month(now - LOOK_BACK)
    acts = [*neighbours.acts(enterprise_id, since), *_idea_acts(enterprise, since)]
    entries = derive(acts, zone=ZoneInfo(settings.TIME_ZONE))
    changed = _keep(acting_user, enterprise, since, [e for e in entries if e.at >= since], now)
    _thank(acting_user, enterprise, entries, now)
    if changed:
        tell(enterprise.path, 0, enterprise.pk)
    return changed


def _first_of_month(at: datetime) -> datetime:
    local = timezone.localtime(at)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _idea_acts(enterprise: Organisation, since: datetime) -> list[Act]:
    """Ideas that somebody else put on trial."""
    found = []
    ideas = Proposal.objects.filter(organisation=enterprise, steps__kind="trial", steps__at__gte=since).distinct()
    for idea in ideas.prefetch_related("steps"):
        trials = [s.at for s in idea.steps.all() if s.kind == "trial" and s.by_id != idea.author_id]
        if trials:
            found.append(
                Act(
                    person_id=idea.author_id,
                    subject=f"idea:{idea.pk}",
                    what="idea",
                    level="general",
                    at=idea.at,
                    accepted_at=min(trials),
                )
            )
    return found


def _key(e: Any) -> tuple[int, str, str]:
    """What makes an entry the same, kept or wanted."""
    return (e.person_id, e.subject, e.what)


def _keep(acting_user: Actor, enterprise: Organisation, since: datetime, entries: list[Entry], now: datetime) -> int:
    kept = {
        _key(row): row for row in PointEntry.objects.filter(organisation=enterprise, at__gte=since).select_for_update()
    }
    wanted = {_key(e): e for e in entries}
    fresh = [e for key, e in wanted.items() if key not in kept]
    moved = [
        (kept[key], e)
        for key, e in wanted.items()
        if key in kept and (kept[key].points != e.points or kept[key].withdrawn_at is not None)
    ]
    gone = [row for key, row in kept.items() if key not in wanted and row.withdrawn_at is None]
    if not (fresh or moved or gone):
        return 0
    content = json.dumps([[*_key(e), e.rule, e.points, e.month] for e in sorted(entries, key=_key)])
    facts = {
        "new": len(fresh),
        "moved": len(moved),
        "withdrawn": len(gone),
        "content_sha256": hashlib.sha256(content.encode()).hexdigest(),
    }
    index = ledger.append(acting_user, enterprise.path, "participation.points", f"enterprise:{enterprise.pk}", facts)
    PointEntry.objects.bulk_create(_row(enterprise, e, index) for e in fresh)
    for row, e in moved:
        row.points, row.before_cap, row.sharers = e.points, e.before_cap, e.sharers
        row.withdrawn_at, row.ledger_index = None, index
        row.save()
    for row in gone:
        row.withdrawn_at, row.ledger_index = now, index
        row.save()
    return len(fresh) + len(moved) + len(gone)


def _row(enterprise: Organisation, e: Entry, index: int) -> PointEntry:
    return PointEntry(
        organisation=enterprise,
        path=enterprise.path,
        person_id=e.person_id,
        subject=e.subject,
        what=e.what,
        rule=e.rule,
        table=table_on(timezone.localtime(e.at).date()).version,
        points=e.points,
        before_cap=e.before_cap,
        sharers=e.sharers,
        month=e.month,
        at=e.at,
        ledger_index=index,
    )


def _thank(acting_user: Actor, enterprise: Organisation, entries: tuple[Entry, ...], now: datetime) -> None:
    """Thank each reporter once for a hazard that is fixed and checked, whatever points it gave."""
    reported = [(e.person_id, int(e.subject.partition(":")[2])) for e in entries if e.what == "reported"]
    known = set(
        Thanks.objects.filter(subject__in=[f"hazard:{h}" for _, h in reported]).values_list("person_id", "subject")
    )
    due = [(p, h) for p, h in reported if (p, f"hazard:{h}") not in known]
    effects = neighbours.effects({h for _, h in due})
    for person_id, hazard_id in due:
        if hazard_id not in effects:
            continue
        zh, en = say_thanks(effects[hazard_id], timezone.localtime(now).date())
        subject = f"hazard:{hazard_id}"
        Thanks.objects.create(
            path=enterprise.path, person_id=person_id, subject=subject, text_zh=zh, text_en=en, at=now
        )
        neighbours.tell_person(
            acting_user,
            person_id,
            kind="thanks",
            subject=subject,
            title=("谢谢您", "Thank you"),
            body=(zh, en),
            at=now,
        )
