"""The only code that writes warnings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from yufang.server import bulk
from yufang.server.accounts.models import Organisation, Person
from yufang.server.bulk import clean
from yufang.server.deduction.models import HazardPoint
from yufang.server.deduction.queries import deduced
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.live.events import WarningChanged, emit
from yufang.server.scope import Actor, action
from yufang.server.warning.models import Step, Warning

if TYPE_CHECKING:
    from yufang.warning.contracts import TieredWarning

State = Warning.State
# action → states it may start from
_FROM = {
    "acknowledged": (State.RAISED, State.HANDED_ON),
    "handed_on": (State.RAISED, State.ACKNOWLEDGED, State.HANDED_ON),
    "resolved": (State.RAISED, State.ACKNOWLEDGED, State.HANDED_ON),
    "raised_again": (State.RESOLVED,),
}


@action
def acknowledge(acting_user: Actor, warning_id: int, note: str) -> None:
    """Take a warning on. Of two people at the same time one gets it, the other 409."""
    warning = _locked(warning_id, "acknowledged")
    warning.assignee_id = acting_user.person_id
    _take(acting_user, warning, State.ACKNOWLEDGED, "acknowledged", note)


@action
def hand_on(acting_user: Actor, warning_id: int, to: int, note: str) -> None:
    """Hand a warning to someone else of the enterprise, or of a regulator above it."""
    warning = _locked(warning_id, "handed_on")
    person = Person.objects.filter(id=to, active=True).first()
    near = person is not None and (person.path.startswith(warning.path) or warning.path.startswith(person.path))
    if person is None or not near:
        raise Refused(
            422,
            "unknown_person",
            "不能转交给此人,请从列表中选择本单位或主管部门的人员。",
            "The warning can't be handed to this person; choose someone from the list.",
            "to",
        )
    warning.assignee_id = person.pk
    _take(acting_user, warning, State.HANDED_ON, "handed_on", note, to=person.pk)


@action
def resolve(acting_user: Actor, warning_id: int, note: str) -> None:
    """Close a warning."""
    _take(acting_user, _locked(warning_id, "resolved"), State.RESOLVED, "resolved", note)


def _locked(warning_id: int, step: str) -> Warning:
    warning = Warning.objects.select_for_update().filter(id=warning_id).first()
    if warning is None:
        raise not_found()
    if warning.state not in _FROM[step]:
        raise Refused(
            409,
            "wrong_state",
            "这条预警已被他人处理,请刷新后查看最新状态。",
            "Someone has dealt with this warning already; reload to see where it stands.",
        )
    return warning


def _take(acting_user: Actor, warning: Warning, state: State, step: str, note: str, *, to: int | None = None) -> None:
    before = warning.state
    index = ledger.append(
        acting_user,
        warning.path,
        f"warning.{step}",
        f"warning:{warning.pk}",
        {"from": str(before)} | facts(step, note, to),
    )
    warning.state = state
    warning.save(update_fields=["state", "assignee"])
    Step.objects.create(
        warning=warning,
        path=warning.path,
        action=step,
        note=note,
        by_id=acting_user.person_id,
        to_id=to,
        at=timezone.now(),
        ledger_index=index,
    )
    emit(
        WarningChanged(
            id=warning.pk,
            enterprise_id=warning.organisation_id,
            path=warning.path,
            state=str(state),
            tier=warning.tier,
        )
    )


def facts(step: str, note: str, to: int | None) -> dict[str, str | int | None]:
    """What the ledger keeps of a step, beside the state it started from."""
    return {"step": step, "to": to, "note_sha256": hashlib.sha256(note.encode()).hexdigest()}


@action
def follow_point(acting_user: Actor, point_id: int, today: date) -> None:
    """Let the warnings of a hazard point follow what was found on site; does nothing the second time.

    Found: the tier is decided anew with the probability that the answer gave, and a warning stands for it. Not found
    or not applicable: its open warnings are resolved.
    """
    from yufang.warning.raise_warnings import warn_of_point
    from yufang.warning.tiers import default_table

    point = HazardPoint.objects.select_related("organisation").filter(id=point_id).first()
    if point is None:
        return
    if point.answered_at is None:
        _follow_taken_back(acting_user, point)
        return
    due: TieredWarning | None = None
    if point.status == HazardPoint.Status.CONFIRMED:
        due = warn_of_point(point.organisation.key, deduced(point), at=today, table=default_table())
    for warning in Warning.objects.select_for_update().filter(hazard_point=point).order_by("id"):
        if due is not None and warning.rule == due.rule:
            _keep_raised(acting_user, warning, point)
            due = None
        elif warning.state != State.RESOLVED:
            note = _SUPERSEDED if point.status == HazardPoint.Status.CONFIRMED else _NOT_THERE
            _take(acting_user, warning, State.RESOLVED, "resolved", note)
    if due is not None:
        values = {name: getattr(due, name) for name in _OWN}
        values["measures"] = json.loads(bulk.as_json(due.measures))
        warning = Warning.objects.create(
            organisation=point.organisation,
            path=point.path,
            hazard_point=point,
            synthetic=point.synthetic,
            **values,
        )
        _take(acting_user, warning, State.RAISED, "raised", _CONFIRMED)


def _keep_raised(acting_user: Actor, warning: Warning, point: HazardPoint) -> None:
    """A warning of a confirmed point stands; one that was closed before the answer is raised again."""
    if warning.probability != point.probability:
        warning.probability = point.probability
        warning.save(update_fields=["probability"])
    newest = warning.steps.order_by("-id").first()
    closed_before = newest is None or point.answered_at is None or newest.at < point.answered_at
    if warning.state == State.RESOLVED and closed_before:
        warning.assignee = None
        _take(acting_user, warning, State.RAISED, "raised_again", _CONFIRMED)


def _follow_taken_back(acting_user: Actor, point: HazardPoint) -> None:
    """No answer stands any more: what the platform alone did upon one is undone; people's steps stay."""
    for warning in Warning.objects.select_for_update().filter(hazard_point=point).order_by("id"):
        newest = warning.steps.order_by("-id").first()
        if newest is None or newest.by_id is not None:
            continue
        if newest.action == "resolved" and newest.note in (_NOT_THERE, _SUPERSEDED):
            warning.assignee = None
            _take(acting_user, warning, State.RAISED, "raised_again", _TAKEN_BACK)
        elif newest.note == _CONFIRMED and warning.state == State.RAISED:
            _take(acting_user, warning, State.RESOLVED, "resolved", _TAKEN_BACK)


_TAKEN_BACK = "现场核实已撤销 / the answer from the site was taken back"
_CONFIRMED = "现场核实确认 / confirmed on site"
_NOT_THERE = "现场核实:未发现或不适用 / on site: not found or not applicable"
_SUPERSEDED = "现场核实后级别改变,由新预警代替 / superseded: confirmed on site, tier decided anew"


WARNING = {
    "owner": "text",
    "subject_key": "text",
    "rule": "text",
    "tier": "text",
    "route": "text",
    "due_on": "date",
    "title_zh": "text",
    "title_en": "text",
    "reason_zh": "text",
    "reason_en": "text",
    "probability": "float8",
    "colour": "text",
    "measures": "jsonb",
    "procedure_zh": "text",
    "procedure_en": "text",
    "training": "text",
    "training_en": "text",
}
_OWN = [name for name in WARNING if name != "owner"]
_MATCH = "s.owner = o.key AND s.subject_key = w.subject_key AND s.rule = w.rule"

# Texts and tiers of the newest run; the state stays with the people, except where only the platform had closed it.
_TAKE_OVER = f"""
    WITH upserted AS (
        INSERT INTO warning_warning AS w
            (organisation_id, path, state, synthetic, hazard_point_id, {", ".join(_OWN)})
        SELECT o.id, o.path, 'raised', %(synthetic)s, p.id, {", ".join("s." + name for name in _OWN)}
        FROM stage s
        JOIN owners o ON o.key = s.owner
        LEFT JOIN deduction_hazardpoint p ON p.organisation_id = o.id AND p.key = s.subject_key
        ON CONFLICT (organisation_id, subject_key, rule) DO UPDATE SET
            hazard_point_id = excluded.hazard_point_id,
            state = CASE WHEN w.state = 'resolved' AND (
                SELECT x.action FROM warning_step x WHERE x.warning_id = w.id ORDER BY x.id DESC LIMIT 1
            ) = 'lapsed' THEN 'raised' ELSE w.state END,
            {", ".join(f"{n} = excluded.{n}" for n in _OWN if n not in ("subject_key", "rule"))}
        RETURNING id, path, state, (xmax = 0) AS fresh
    )
    INSERT INTO warning_step (warning_id, path, action, note, at, ledger_index, by_load)
    SELECT u.id, u.path, CASE WHEN fresh THEN 'raised' ELSE 'raised_again' END, '', now(), %(leaf)s, true
    FROM upserted u WHERE fresh OR (u.state = 'raised' AND (
        SELECT x.action FROM warning_step x WHERE x.warning_id = u.id ORDER BY x.id DESC LIMIT 1) = 'lapsed')
"""
# Warnings that the newest run no longer gives and nobody has taken on.
_LAPSE = f"""
    WITH lapsed AS (
        UPDATE warning_warning w SET state = 'resolved' FROM owners o
        WHERE o.id = w.organisation_id AND w.state = 'raised'
            AND NOT EXISTS (SELECT 1 FROM stage s WHERE {_MATCH})
        RETURNING w.id, w.path
    )
    INSERT INTO warning_step (warning_id, path, action, note, at, ledger_index, by_load)
    SELECT id, path, 'lapsed', '', now(), %(leaf)s, true FROM lapsed
"""


@action
def load_warnings(
    acting_user: Actor, region: Organisation, warnings: Iterable[TieredWarning], after: str, synthetic: bool
) -> None:
    """Take over a run's warnings; states that people gave stay."""
    staged = bulk.stage(WARNING, (_staged(w) for w in warnings), after=after)
    if newest_content("warning.loaded", region.path) == staged.content:
        return
    leaf = ledger.append_load(acting_user, region.path, "warning.loaded", staged.rows, staged.content)
    bulk.name_owners(region.pk)
    params = {"synthetic": synthetic, "leaf": leaf}
    bulk.run(_LAPSE, params)
    bulk.run(_TAKE_OVER, params)


def _staged(w: TieredWarning) -> tuple[object, ...]:
    values = {name: getattr(w, name) for name in _OWN} | {"measures": bulk.as_json(w.measures)}
    return (w.enterprise_id, *(clean(v) if isinstance(v, str) else v for v in values.values()))
