"""Two people code the same cases without seeing each other's codes; a third settles what they disagree on."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from yufang.server.accounts.models import Person
from yufang.server.accounts.queries import permissions_of
from yufang.server.cases import campaign_queries, queries
from yufang.server.cases.actions import keep_decision, require_known, tell
from yufang.server.cases.contracts import CampaignOut
from yufang.server.cases.models import BlindCode, Campaign, CampaignItem, Decision
from yufang.server.errors import Refused, forbidden, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.names import FACETS
from yufang.server.scope import Actor, action

MOST_CASES = 500


@action
def open_campaign(
    acting_user: Actor, *, title: str, facet: str, coders: tuple[int, int], size: int, show_suggestions: bool
) -> CampaignOut:
    """Open a campaign on the `size` waiting cases with most to gain. Both coders must be others than each other."""
    if facet not in FACETS:
        raise not_found()
    if coders[0] == coders[1]:
        raise Refused(
            422,
            "same_coder",
            "两位编码员必须是不同的人，请另选一位。",
            "The two coders must be two people; choose another one.",
            "second_coder",
        )
    people = [p for p in Person.objects.filter(id__in=coders, active=True) if "cases.decide" in permissions_of(p.roles)]
    if len(people) != 2:
        raise Refused(
            422,
            "not_a_coder",
            "所选人员没有编码权限，请从列表中选择。",
            "A person who was chosen may not code cases; choose from the list.",
            "second_coder",
        )
    rows = list(queries.waiting(facet)[: min(size, MOST_CASES)])
    if not rows:
        raise Refused(
            409,
            "nothing_waits",
            "此编码项没有待复核的案例，请换一个编码项。",
            "No case waits for this facet; choose another one.",
            "facet",
        )
    facts = {"facet": facet, "cases": len(rows), "coders": list(coders)}
    index = ledger.append(acting_user, acting_user.scope, "cases.campaign_opened", "campaign:", facts)
    campaign = Campaign.objects.create(
        path=acting_user.scope,
        title=title,
        facet=facet,
        first_coder_id=coders[0],
        second_coder_id=coders[1],
        show_suggestions=show_suggestions,
        opened_by_id=acting_user.person_id,
        opened_at=timezone.now(),
        ledger_index=index,
    )
    CampaignItem.objects.bulk_create(
        CampaignItem(path=row.path, campaign=campaign, case_code=row, place=place) for place, row in enumerate(rows)
    )
    return campaign_queries.campaign(acting_user, campaign.pk)


@action
def code_blind(acting_user: Actor, item_id: int, code: str, note: str) -> None:
    """One of the two coders' code. When the second one comes, the item is agreed or goes to a third person."""
    item = _locked(item_id)
    campaign = item.campaign
    if acting_user.person_id not in (campaign.first_coder_id, campaign.second_coder_id):
        raise forbidden("cases.decide")
    if item.codes.filter(by_id=acting_user.person_id).exists():
        raise Refused(
            409,
            "already_coded",
            "您已为此案例编码，盲编不可更改；如有分歧将由第三人裁定。",
            "You have coded this case; a blind code isn't changed, a third person settles disagreements.",
        )
    require_known(campaign.facet, code)
    _keep(acting_user, item, code, note, settles=False)
    given = dict(item.codes.filter(settles=False).values_list("by_id", "code"))
    if len(given) < 2:
        return
    if len(set(given.values())) > 1:
        item.state = CampaignItem.State.DISPUTED
    else:
        item.state = CampaignItem.State.AGREED
        _stand(acting_user, item, Decision.Kind.AGREED, code, "")
    item.save(update_fields=["state"])
    tell(item.case_code)


@action
def adjudicate(acting_user: Actor, item_id: int, code: str, note: str) -> None:
    """A third person's code settles a disagreement and stands."""
    item = _locked(item_id)
    campaign = item.campaign
    if acting_user.person_id in (campaign.first_coder_id, campaign.second_coder_id):
        raise Refused(
            403,
            "own_dispute",
            "您是两位编码员之一，须由第三人裁定。",
            "You are one of the two coders; a third person must settle it.",
        )
    if item.state != CampaignItem.State.DISPUTED:
        raise Refused(
            409,
            "nothing_to_settle",
            "此案例没有待裁定的分歧，请返回列表。",
            "There is no disagreement to settle on this case; go back to the list.",
        )
    require_known(campaign.facet, code)
    _keep(acting_user, item, code, note, settles=True)
    item.state = CampaignItem.State.SETTLED
    item.save(update_fields=["state"])
    _stand(acting_user, item, Decision.Kind.ADJUDICATED, code, note)
    tell(item.case_code)


def _locked(item_id: int) -> CampaignItem:
    found = CampaignItem.objects.select_for_update().filter(id=item_id).first()
    if found is None:
        raise not_found()
    return found


def _keep(acting_user: Actor, item: CampaignItem, code: str, note: str, *, settles: bool) -> None:
    name = "cases.adjudicated" if settles else "cases.coded_blind"
    facts = blind_facts(item.campaign.facet, code, note)
    index = ledger.append(acting_user, item.path, name, f"case:{item.case_code.case_id}", facts)
    BlindCode.objects.create(
        item=item,
        path=item.path,
        by_id=acting_user.person_id,
        code=code,
        note=note,
        settles=settles,
        at=timezone.now(),
        ledger_index=index,
    )


def _stand(acting_user: Actor, item: CampaignItem, kind: Decision.Kind, code: str, note: str) -> None:
    """The code becomes the case's; its leaf is the blind code's own that brought it about."""
    newest = item.codes.order_by("-id").first()
    keep_decision(acting_user, item.case_code, kind=kind, code=code, note=note, index=newest.ledger_index)


def blind_facts(facet: str, code: str, note: str) -> dict[str, str]:
    """What the ledger keeps of a blind code."""
    return {"facet": facet, "code": code, "note_sha256": hashlib.sha256(note.encode()).hexdigest()}
