"""The only code that writes alerts. Each of these runs in one transaction and leaves a leaf of the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils import timezone

from yufang.server import bulk
from yufang.server.accounts.models import Organisation, Person
from yufang.server.deduction.models import HazardPoint
from yufang.server.deduction.queries import deduced
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.scope import Actor, action
from yufang.server.warning import life, loads
from yufang.server.warning.models import Step, Warning
from yufang.warning.lifecycle import GRAVITY, Event, Tier

if TYPE_CHECKING:
    from yufang.warning.contracts import TieredWarning

State = Warning.State
ROUTES = {"high": "supervisor_now", "medium": "next_inspection", "low": "next_inspection"}
_COLOURS = {"high": "red", "medium": "orange", "low": "yellow"}


@action
def raise_alert(
    acting_user: Actor,
    *,
    organisation_id: int,
    rule: str,
    subject_key: str,
    tier: Tier,
    title_zh: str,
    title_en: str,
    reason_zh: str,
    reason_en: str,
    measures: Sequence[dict[str, str]] = (),
    area_id: int | None = None,
    hazard_id: int | None = None,
    point_id: int | None = None,
    at: datetime,
    due_on: date | None = None,
    probability: float = 1.0,
    colour: str = "",
    procedure_zh: str = "",
    procedure_en: str = "",
    training: str = "",
    training_en: str = "",
    synthetic: bool | None = None,
) -> int:
    """Raise an alert, or find the one that is open for this rule and subject; returns its id.

    However many call at once, one alert is open and its people are told once. An open one takes the newest words; it
    becomes graver when `tier` is, never milder. One that was resolved is raised again, one that is closed is followed
    by a new one. `measures`: mappings with level, text_zh, text_en.
    """
    place = Organisation.objects.filter(id=organisation_id).first()
    if place is None:
        raise not_found()
    words: dict[str, Any] = {
        "title_zh": title_zh,
        "title_en": title_en,
        "reason_zh": reason_zh,
        "reason_en": reason_en,
        "measures": list(measures),
        "probability": probability,
        "colour": colour or _COLOURS[tier],
        "procedure_zh": procedure_zh,
        "procedure_en": procedure_en,
        "training": training,
        "training_en": training_en,
    }
    links = {"area_id": area_id, "hazard_number": hazard_id, "hazard_point_id": point_id}
    key = {"organisation_id": place.pk, "subject_key": subject_key[:160], "rule": rule[:80]}
    row = _open_row(key)
    if row is None:
        made = Warning(
            **key,
            **words,
            **links,
            path=place.path,
            tier=tier,
            route=ROUTES[tier],
            due_on=due_on or timezone.localdate(at),
            raised_at=at,
            origin=Warning.Origin.EVENT,
            episode=_next_episode(key),
            synthetic=place.synthetic if synthetic is None else synthetic,
        )
        # Of several who find none open, the index lets one in; the others wait for it here and then see it.
        Warning.objects.bulk_create([made], ignore_conflicts=True)
        row = _open_row(key)
        if row is None:  # it was closed in this very moment: the next episode is this one's
            raise _busy()
        if row.escalate_at is None and row.state == State.RAISED and not row.steps.exists():
            life.begin(acting_user, row, at, "")
            return int(row.pk)
    for name, value in (words | {k: v for k, v in links.items() if v is not None}).items():
        setattr(row, name, value)
    if GRAVITY[tier] < GRAVITY[row.tier]:
        row.route, row.due_on = ROUTES[tier], due_on or timezone.localdate(at)
    row.save(update_fields=[*words, *links, "route", "due_on"])
    life.happen(acting_user, row, Event(kind="raise", tier=tier), at)
    return int(row.pk)


def _open_row(key: dict[str, Any]) -> Warning | None:
    return Warning.objects.select_for_update(of=("self",)).filter(**key).exclude(state=State.CLOSED).first()


def _next_episode(key: dict[str, Any]) -> int:
    return int(Warning.objects.filter(**key).aggregate(n=Max("episode"))["n"] or 0) + 1


def _busy() -> Refused:
    return Refused(
        409,
        "busy",
        "这条预警正在被关闭，请重试。",
        "This alert is being closed at this moment; try again.",
    )


@action
def acknowledge(acting_user: Actor, warning_id: int, note: str, at: datetime | None = None) -> None:
    """Take an alert on. Of two people at the same time one gets it, the other 409."""
    row = _locked(warning_id)
    life.happen(
        acting_user, row, Event(kind="acknowledge"), at or timezone.now(), note=note, assignee=acting_user.person_id
    )


@action
def hand_on(acting_user: Actor, warning_id: int, to: int, note: str, at: datetime | None = None) -> None:
    """Hand an alert to someone else of the enterprise, or of a regulator above it."""
    row = _locked(warning_id)
    person = Person.objects.filter(id=to, active=True).first()
    near = person is not None and (person.path.startswith(row.path) or row.path.startswith(person.path))
    if person is None or not near:
        raise Refused(
            422,
            "unknown_person",
            "不能转交给此人，请从列表中选择本单位或主管部门的人员。",
            "The warning can't be handed to this person; choose someone from the list.",
            "to",
        )
    life.happen(
        acting_user, row, Event(kind="hand_on"), at or timezone.now(), note=note, to=person.pk, assignee=person.pk
    )


@action
def resolve(acting_user: Actor, warning_id: int, note: str, at: datetime | None = None) -> None:
    """Say that it is dealt with. Until it closes, the same alert is raised again if its cause comes back."""
    life.happen(acting_user, _locked(warning_id), Event(kind="resolve"), at or timezone.now(), note=note)


@action
def close(acting_user: Actor, warning_id: int, note: str, at: datetime | None = None) -> None:
    """Close it for good: what comes next is another alert. Needs a reason."""
    life.happen(acting_user, _locked(warning_id), Event(kind="close"), at or timezone.now(), note=_reason(note))


@action
def snooze(acting_user: Actor, warning_id: int, until: datetime, reason: str, at: datetime | None = None) -> None:
    """Stop the countdown and the messages until `until`; then whoever is on duty is told again."""
    event = Event(kind="snooze", until=until)
    life.happen(acting_user, _locked(warning_id), event, at or timezone.now(), note=_reason(reason))


@action
def wake(acting_user: Actor, warning_id: int, note: str, at: datetime | None = None) -> None:
    """End a snooze before its time."""
    life.happen(acting_user, _locked(warning_id), Event(kind="wake"), at or timezone.now(), note=note)


@action
def downgrade(acting_user: Actor, warning_id: int, tier: Tier, note: str, at: datetime) -> None:
    """Make an alert less grave, because its downgrade condition held. It stays with whoever has it."""
    row = _locked(warning_id)
    row.route = ROUTES[tier] if GRAVITY[tier] > GRAVITY[row.tier] else row.route
    if life.happen(acting_user, row, Event(kind="downgrade", tier=tier), at, note=note):
        row.save(update_fields=["route"])


@action
def clear(acting_user: Actor, warning_id: int, note: str, at: datetime) -> None:
    """Resolve an alert because its clear condition held; does nothing to one that is resolved."""
    row = _locked(warning_id)
    if row.state not in (State.RESOLVED, State.CLOSED):
        life.happen(acting_user, row, Event(kind="clear"), at, note=note)


@action
def say_flapping(acting_user: Actor, warning_id: int, note: str, at: datetime) -> None:
    """Say in its history that the alert comes and goes, and that it therefore stands for longer."""
    life.mark_flapping(acting_user, _locked(warning_id), note, at)


@action
def run_timers(acting_user: Actor, warning_id: int, now: datetime) -> bool:
    """Run what is due of one alert, as of when it was due; does nothing the second time. Skips one that is in use."""
    row = Warning.objects.select_for_update(skip_locked=True, of=("self",)).filter(id=warning_id).first()
    if row is None or row.due_at is None or row.due_at > now:
        return False
    return life.happen(acting_user, row, Event(kind="tick"), now)


def _locked(warning_id: int) -> Warning:
    row = Warning.objects.select_for_update(of=("self",)).filter(id=warning_id).first()
    if row is None:
        raise not_found()
    return row


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused(
            422,
            "reason_missing",
            "请写明原因，其他人需要知道为什么。",
            "Say why; others need to know the reason.",
            "note",
        )
    return text.strip()


@action
def follow_point(acting_user: Actor, point_id: int, today: date) -> None:
    """Let the warnings of a hazard point follow what was found on site; does nothing the second time.

    Found: the tier is decided anew with the probability that the answer gave, and a warning stands for it. Not found
    or not applicable: its open warnings are resolved.
    """
    from yufang.server.decisions.queries import table_for
    from yufang.warning.raise_warnings import warn_of_point

    point = HazardPoint.objects.select_related("organisation").filter(id=point_id).first()
    if point is None:
        return
    if point.answered_at is None:
        _follow_taken_back(acting_user, point)
        return
    due: TieredWarning | None = None
    if point.status == HazardPoint.Status.CONFIRMED:
        due = warn_of_point(point.organisation.key, deduced(point), at=today, table=table_for(point.path))
    for warning in _of_point(point):
        if due is not None and warning.rule == due.rule:
            _keep_raised(acting_user, warning, point)
            due = None
        elif warning.state != State.RESOLVED:
            note = _SUPERSEDED if point.status == HazardPoint.Status.CONFIRMED else _NOT_THERE
            life.happen(acting_user, warning, Event(kind="resolve"), timezone.now(), note=note)
    if due is not None and not _ended_since(point, due.rule):
        values = {name: getattr(due, name) for name in loads.OWN}
        values["measures"] = json.loads(bulk.as_json(due.measures))
        key = {"organisation_id": point.organisation_id, "subject_key": due.subject_key, "rule": due.rule}
        warning = Warning.objects.create(
            organisation=point.organisation,
            path=point.path,
            hazard_point=point,
            synthetic=point.synthetic,
            episode=_next_episode(key),
            **values,
        )
        life.begin(acting_user, warning, timezone.now(), _CONFIRMED)


def _of_point(point: HazardPoint) -> Iterable[Warning]:
    rows = Warning.objects.select_for_update(of=("self",)).filter(hazard_point=point)
    return rows.exclude(state=State.CLOSED).order_by("id")


def _ended_since(point: HazardPoint, rule: str) -> bool:
    """Whether the alert of this very answer has been dealt with and closed already."""
    closed = Warning.objects.filter(hazard_point=point, rule=rule, state=State.CLOSED)
    return closed.filter(steps__at__gte=point.answered_at).exists()


def _keep_raised(acting_user: Actor, warning: Warning, point: HazardPoint) -> None:
    """A warning of a confirmed point stands; one that was resolved before the answer is raised again."""
    if warning.probability != point.probability:
        warning.probability = point.probability
        warning.save(update_fields=["probability"])
    newest = _newest_step(warning)
    ended_before = newest is None or point.answered_at is None or newest.at < point.answered_at
    if warning.state == State.RESOLVED and ended_before:
        life.happen(acting_user, warning, Event(kind="raise"), timezone.now(), note=_CONFIRMED)


def _follow_taken_back(acting_user: Actor, point: HazardPoint) -> None:
    """No answer stands any more: what the platform alone did upon one is undone; people's steps stay."""
    for warning in _of_point(point):
        newest = _newest_step(warning)
        if newest is None or newest.by_id is not None:
            continue
        if newest.action == "resolved" and newest.note in (_NOT_THERE, _SUPERSEDED):
            life.happen(acting_user, warning, Event(kind="raise"), timezone.now(), note=_TAKEN_BACK)
        elif newest.note == _CONFIRMED and warning.state != State.RESOLVED:
            life.happen(acting_user, warning, Event(kind="resolve"), timezone.now(), note=_TAKEN_BACK)


def _newest_step(warning: Warning) -> Step | None:
    """The newest that was more than a timer."""
    timers = ("escalated", "muted", "muted_over", "snoozed_over", "unmuted")
    return Step.objects.filter(warning=warning).exclude(action__in=timers).order_by("-id").first()


_TAKEN_BACK = "现场核实已撤销 / the answer from the site was taken back"
_CONFIRMED = "现场核实确认 / confirmed on site"
_NOT_THERE = "现场核实：未发现或不适用 / on site: not found or not applicable"
_SUPERSEDED = "现场核实后级别改变，由新预警代替 / superseded: confirmed on site, tier decided anew"


@action
def load_warnings(
    acting_user: Actor, region: Organisation, warnings: Iterable[TieredWarning], after: str, synthetic: bool
) -> None:
    """Take over a run's warnings; states that people gave stay.

    A region's first load takes stock: nobody is told of what may be years old. Later ones tell of each high warning
    that is new or back.
    """
    staged = bulk.stage(loads.WARNING, (loads.staged(w) for w in warnings), after=after)
    if newest_content("warning.loaded", region.path) == staged.content:
        return
    is_first = not Warning.objects.filter(path__startswith=region.path).exists()
    leaf = ledger.append_load(acting_user, region.path, "warning.loaded", staged.rows, staged.content)
    bulk.name_owners(region.pk)
    fresh = loads.take_over(synthetic, leaf)
    if not is_first:
        for row in Warning.objects.select_for_update(of=("self",)).filter(id__in=fresh).order_by("id"):
            life.begin(acting_user, row, timezone.now(), "", by_load=True)
