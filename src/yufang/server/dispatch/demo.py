"""Who is on duty in the made-up region: a roster of eight weeks with a hole that the console shows."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from yufang.server.accounts.models import Person
from yufang.server.dispatch import roster_actions
from yufang.server.dispatch.models import Roster
from yufang.server.scope import Actor, scoped

WEEKS = 8


def open_roster(acting_user: Actor, now: datetime) -> None:
    """The demo enterprise's on-site supervisors: the team leader by day, the safety manager by night.

    From Saturday evening until Monday morning nobody is: a hole to look at, and to fill. Does nothing a second time.
    """
    with scoped(acting_user):
        people = {p.username: p for p in Person.objects.filter(username__in=("team_leader", "safety_manager"))}
        if len(people) < 2 or Roster.objects.filter(synthetic=True).exists():
            return
    home, leader = people["safety_manager"], people["team_leader"]
    duty = Roster.Duty.ON_SITE_SUPERVISOR
    roster = roster_actions.open_roster(acting_user, home.organisation_id, duty, synthetic=True)
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    for day in range(6):
        begin = monday + timedelta(days=day, hours=8)
        roster_actions.add_shift(acting_user, roster, leader.pk, begin, begin + timedelta(hours=12))
        if day < 5:
            night = begin + timedelta(hours=12)
            roster_actions.add_shift(acting_user, roster, home.pk, night, night + timedelta(hours=12))
    for week in range(1, WEEKS):
        roster_actions.repeat_week(acting_user, roster, monday + timedelta(days=7 * week))
