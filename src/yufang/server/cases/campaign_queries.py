"""Reads of campaigns. What the other coder gave is told to nobody before both have coded the case."""

from __future__ import annotations

from typing import Literal

from django.db.models import Exists, OuterRef

from yufang.cases.agreement import Agreement, cohen_kappa
from yufang.server.accounts.models import Person, Role
from yufang.server.accounts.queries import person_label, person_label_en
from yufang.server.cases.contracts import (
    AgreementOut,
    BlindOut,
    BlindTask,
    CampaignOut,
    ClassAgreementOut,
    CoderOut,
    ConfusionOut,
)
from yufang.server.cases.models import BlindCode, Campaign, CampaignItem
from yufang.server.cases.queries import suggestions_of
from yufang.server.errors import not_found
from yufang.server.names import FACETS, facet_code_names, facet_names
from yufang.server.scope import Actor

Part = Literal["coder", "third", "reader"]


def coders() -> list[CoderOut]:
    """People who may code cases."""
    roles = list(Role.objects.filter(permissions__contains=["cases.decide"]).values_list("name", flat=True))
    return [_coder(p) for p in Person.objects.filter(active=True, roles__overlap=roles).order_by("id")]


def _coder(person: Person) -> CoderOut:
    return CoderOut(id=person.pk, name=person.name, name_en=person.name_en or person.name)


def campaigns(acting_user: Actor) -> list[CampaignOut]:
    """Every campaign, newest first."""
    rows = Campaign.objects.select_related("first_coder", "second_coder").order_by("-id")
    return [_out(acting_user, row) for row in rows[:100]]


def campaign(acting_user: Actor, campaign_id: int) -> CampaignOut:
    """One campaign with the agreement of its two coders so far."""
    return _out(acting_user, _found(campaign_id))


def _found(campaign_id: int) -> Campaign:
    row = Campaign.objects.select_related("first_coder", "second_coder").filter(id=campaign_id).first()
    if row is None:
        raise not_found()
    return row


def role_in(acting_user: Actor, row: Campaign) -> Part:
    """`coder` for one of the two, `third` for who may settle their disagreements, else `reader`."""
    if acting_user.person_id in (row.first_coder_id, row.second_coder_id):
        return "coder"
    return "third" if acting_user.may("cases.adjudicate") or acting_user.may("cases.decide") else "reader"


def _out(acting_user: Actor, row: Campaign) -> CampaignOut:
    states = list(row.items.order_by("place").values_list("id", "state"))
    given: dict[int, dict[int, str]] = {}
    for item, by, code in BlindCode.objects.filter(item__campaign=row, settles=False).values_list(
        "item_id", "by_id", "code"
    ):
        given.setdefault(item, {})[by] = code
    both = [codes for codes in given.values() if len(codes) == 2]
    count = {state: sum(s == state for _, s in states) for state in CampaignItem.State.values}
    role = role_in(acting_user, row)
    mine = {
        "coder": sum(acting_user.person_id not in given.get(item, {}) for item, _ in states),
        "third": count["disputed"],
        "reader": 0,
    }[role]
    zh, en = facet_names(row.facet)
    kappa = cohen_kappa([c[row.first_coder_id] for c in both], [c[row.second_coder_id] for c in both])
    return CampaignOut(
        id=row.pk,
        title=row.title,
        facet=row.facet,
        facet_zh=zh,
        facet_en=en,
        list_key=FACETS.get(row.facet, ("", "", ""))[2],
        first_coder=_coder(row.first_coder),
        second_coder=_coder(row.second_coder),
        show_suggestions=row.show_suggestions,
        opened_at=row.opened_at,
        cases=len(states),
        coded_first=sum(row.first_coder_id in codes for codes in given.values()),
        coded_second=sum(row.second_coder_id in codes for codes in given.values()),
        agreed=count["agreed"],
        disputed=count["disputed"],
        settled=count["settled"],
        mine=mine,
        role=role,
        agreement=agreement_out(row.facet, kappa, len(both) == len(states)),
    )


def agreement_out(facet: str, found: Agreement, finished: bool) -> AgreementOut:
    """The contract of an agreement. Codes by class are told at the end only: before, they would tell what was given."""
    name = {c: facet_code_names(facet, c) for one in found.classes for c in (one.code,)}
    return AgreementOut(
        n=found.n,
        agreed=found.agreed,
        kappa=found.kappa,
        low=found.low,
        high=found.high,
        classes=[
            ClassAgreementOut(
                code=c.code,
                name_zh=name[c.code][0],
                name_en=name[c.code][1],
                first=c.first,
                second=c.second,
                both=c.both,
                share=c.share,
            )
            for c in (found.classes if finished else ())
        ],
        confusions=[
            ConfusionOut(
                first=c.first,
                first_zh=name[c.first][0],
                first_en=name[c.first][1],
                second=c.second,
                second_zh=name[c.second][0],
                second_en=name[c.second][1],
                n=c.n,
            )
            for c in (found.confusions if finished else ())
        ],
    )


def next_task(acting_user: Actor, campaign_id: int) -> BlindTask | None:
    """What the person should code or settle next; None where nothing is left for them."""
    row = _found(campaign_id)
    role = role_in(acting_user, row)
    items = row.items.select_related("case_code__case").order_by("place")
    if role == "coder":
        own = BlindCode.objects.filter(item=OuterRef("pk"), by_id=acting_user.person_id)
        item = items.filter(~Exists(own)).first()
    elif role == "third":
        item = items.filter(state=CampaignItem.State.DISPUTED).first()
    else:
        item = None
    if item is None:
        return None
    case = item.case_code.case
    third = role == "third"
    return BlindTask(
        item_id=item.pk,
        number=item.place + 1,
        narrative=case.narrative,
        occurred_on=case.occurred_on,
        job=case.job,
        equipment=case.equipment,
        synthetic=case.synthetic,
        suggestions=suggestions_of(item.case_code) if row.show_suggestions or third else [],
        given=[_blind(row.facet, c) for c in item.codes.select_related("by").order_by("id")] if third else [],
    )


def _blind(facet: str, c: BlindCode) -> BlindOut:
    zh, en = facet_code_names(facet, c.code)
    return BlindOut(
        by=person_label(c.by), by_en=person_label_en(c.by), code=c.code, name_zh=zh, name_en=en, note=c.note
    )
