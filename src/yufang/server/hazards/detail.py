"""One hazard with everything a desk shows of it, and what whoever asks may do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from yufang.hazards.deadlines import LAPSE
from yufang.hazards.kinds import kinds
from yufang.hazards.lifecycle import FROM, Action
from yufang.server import photos as files
from yufang.server.accounts.contracts import PersonOut
from yufang.server.accounts.queries import people_for
from yufang.server.errors import not_found
from yufang.server.hazards.board import named, row_of
from yufang.server.hazards.contracts import (
    HazardDetail,
    HazardKindOut,
    HazardLinkOut,
    HazardMayOut,
    HazardOpinionOut,
    HazardPhotoOut,
    HazardStepOut,
    MajorCriterionOut,
)
from yufang.server.hazards.models import Hazard, HazardPhoto, Opinion
from yufang.server.hazards.steps import leads
from yufang.server.scope import Actor
from yufang.standards.major_hazards import MajorCriterion, major_criteria, major_criterion


def hazard(actor: Actor, hazard_id: int, now: datetime) -> HazardDetail:
    """A hazard in the open scope, as `actor` sees it. Refuses with 404."""
    related = ("enterprise", "area", "point", "warning", "case", "owner", *_PEOPLE)
    found = Hazard.objects.select_related(*related).filter(id=hazard_id).first()
    if found is None:
        raise not_found()
    waits = found.state in (Hazard.State.CHECKED, Hazard.State.REFUSED)
    return HazardDetail(
        **row_of(found, now),
        **{name: getattr(found, name) for name in _PLAIN},
        **_people(found),
        plan_id=found.area.plan_id if found.area else None,
        anonymous=found.by_code,
        lapses_at=found.since + LAPSE if waits else None,
        photos=[photo_out(p) for p in found.photos.select_related("by").order_by("id")],
        steps=_steps(found),
        opinions=_opinions(found),
        links=_links(found),
        criterion=_criterion(major_criterion(found.criterion)) if found.criterion else None,
        criteria=[_criterion(major_criterion(s["code"]), s) for s in found.suspects],
        may=_may(actor, found),
    )


_PEOPLE = ("fixer", "checker", "reporter", "route_owner", "major_by")
_PLAIN = (
    "words", "spot_source", "x", "y", "lat", "lon", "route_zh", "route_en", "route_rule", "fixed_at", "checked_at",
    "closed_why", "round", "major_at", "released_at",
)  # fmt: skip


def photo_out(photo: HazardPhoto) -> HazardPhotoOut:
    """The contract of one photo."""
    names = ("id", "role", "round", "width", "height", "at", "distance_m", "distance_share", "far")
    return HazardPhotoOut(**{name: getattr(photo, name) for name in names}, by=named(photo.by))


def _people(found: Hazard) -> dict[str, Any]:
    return {name: named(getattr(found, name)) for name in _PEOPLE}


def _steps(found: Hazard) -> list[HazardStepOut]:
    names = ("at", "action", "before", "after", "note", "text_zh", "text_en", "ledger_index")
    return [
        HazardStepOut(**{name: getattr(step, name) for name in names}, by=named(step.by), to=named(step.to))
        for step in found.steps.select_related("by", "to").order_by("id")
    ]


def _opinions(found: Hazard) -> list[HazardOpinionOut]:
    names = ("id", "question", "asked_at", "agrees", "words", "given_at")
    return [
        HazardOpinionOut(**({name: getattr(one, name) for name in names} | _asked(one)))
        for one in found.opinions.select_related("asked_by", "asked_of").order_by("id")
    ]


def _asked(one: Opinion) -> dict[str, Any]:
    return {"asked_by": named(one.asked_by), "asked_of": named(one.asked_of)}


def _links(found: Hazard) -> list[HazardLinkOut]:
    links = []
    if found.point is not None:
        p = found.point
        links.append(HazardLinkOut(kind="point", id=p.pk, title_zh=p.title_zh, title_en=p.title_en, state=p.status))
    if found.warning is not None:
        w = found.warning
        links.append(HazardLinkOut(kind="warning", id=w.pk, title_zh=w.title_zh, title_en=w.title_en, state=w.state))
    if found.case is not None:
        text = found.case.narrative[:60]
        links.append(HazardLinkOut(kind="case", id=found.case.pk, title_zh=text, title_en=text, state=""))
    return links


def _criterion(found: MajorCriterion, suggested: dict[str, Any] | None = None) -> MajorCriterionOut:
    names = ("code", "cited_zh", "cited_en", "name_zh", "name_en")
    return MajorCriterionOut(
        **{name: getattr(found, name) for name in names},
        share=suggested["share"] if suggested else None,
        words=suggested["words"] if suggested else [],
    )


def _may(actor: Actor, found: Hazard) -> HazardMayOut:
    handles, checks = actor.may("hazards.handle"), actor.may("hazards.check")
    supervises = actor.may("hazards.supervise")
    closed = found.state == Hazard.State.CLOSED
    owns = handles and (leads(actor, found) or found.owner_id == actor.person_id)
    reporter = actor.person_id is not None and found.reporter_id == actor.person_id

    def can(action: Action) -> bool:
        return found.state in FROM[action]

    return HazardMayOut(
        assign=(checks or owns) and (can("assign") or can("transfer")),
        start=owns and can("start"),
        fix=owns and can("fix"),
        check=checks and can("check") and found.fixer_id != actor.person_id,
        refuse=checks and can("refuse") and not (found.contested and found.refuser_id == actor.person_id),
        reopen=(checks or reporter) and can("reopen"),
        confirm=reporter and can("confirm"),
        contest=reporter and can("contest"),
        opinion_ask=handles and not closed,
        opinion_give=found.opinions.filter(asked_of_id=actor.person_id, given_at__isnull=True).exists(),
        decide_major=(supervises or (checks and found.major is not True)) and not closed,
        release=supervises and can("release") and found.major is True,
        photo=handles and found.state in ("opened", "assigned", "in_progress"),
        level=checks and not closed and not found.major,
    )


def people(actor: Actor, hazard_id: int) -> list[PersonOut]:
    """Whom a hazard can be given to, or asked about: the enterprise's people and its regulator's, the actor too."""
    found = Hazard.objects.filter(id=hazard_id).first()
    if found is None:
        raise not_found()
    return people_for(actor, found.enterprise_id)


def picture(photo_id: int) -> bytes:
    """The JPEG of a photo in the open scope. Refuses with 404."""
    photo = HazardPhoto.objects.filter(id=photo_id).first()
    if photo is None:
        raise not_found()
    return files.jpeg(photo.sha256)


def kind_list() -> list[HazardKindOut]:
    """All kinds of hazards."""
    return [
        HazardKindOut(key=k.key, zh=k.name.zh, en=k.name.en, level=k.level, gbt13861=list(k.gbt13861)) for k in kinds()
    ]


def criteria(q: str, most: int = 30) -> list[MajorCriterionOut]:
    """Criteria of major hazards in force today whose words or number hold `q`."""
    wanted = q.casefold().strip()
    found = [
        c
        for c in major_criteria(timezone.localdate())
        if wanted in f"{c.code} {c.cited_zh} {c.cited_en} {c.name_zh} {c.name_en}".casefold()
    ]
    return [_criterion(c) for c in found[:most]]
