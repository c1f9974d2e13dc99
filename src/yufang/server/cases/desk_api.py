"""The desk beyond single decisions: undo, deciding words, similar cases, bulk acceptance, coding by two people."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from yufang.server.accounts.session import actor
from yufang.server.cases import actions, bulk_accept, campaign_queries, campaigns, desk_queries, nearness
from yufang.server.cases.contracts import (
    BlindTask,
    BulkOut,
    BulkPreview,
    CampaignOut,
    ClassOffer,
    CoderOut,
    EvidenceOut,
    NearOut,
    ProgressOut,
    UndoneOut,
)
from yufang.server.errors import Problem

router = Router(tags=["cases"])
Facet = Annotated[str, Query(..., max_length=40)]
Code = Annotated[str, Query(..., min_length=1, max_length=40)]
Least = Annotated[float, Query(..., ge=0, le=1)]


class BulkIn(Schema):
    facet: str = Field(max_length=40)
    code: str = Field(min_length=1, max_length=40)
    least: float = Field(ge=0, le=1)
    reason: str = Field(min_length=1, max_length=2000)


class CampaignIn(Schema):
    title: str = Field(min_length=1, max_length=120)
    facet: str = Field(max_length=40)
    first_coder: int
    second_coder: int
    size: int = Field(ge=1, le=campaigns.MOST_CASES)
    show_suggestions: bool = False


class BlindIn(Schema):
    code: str = Field(min_length=1, max_length=40)
    note: str = Field("", max_length=2000)


@router.get("/cases/progress", response=ProgressOut)
def progress(request: HttpRequest) -> ProgressOut:
    """What waits, and what the signed-in person has done today."""
    return desk_queries.progress(actor(request))


@router.post("/cases/undo", response={200: UndoneOut, 409: Problem})
def undo(request: HttpRequest) -> UndoneOut:
    """Take back one's own newest decision; a new decision says so (permission cases.decide)."""
    return actions.undo(actor(request, "cases.decide"))


@router.get("/cases/similar", response=list[NearOut])
def similar_to_text(request: HttpRequest, q: Annotated[str, Query(max_length=20_000)] = "") -> list[NearOut]:
    """The ten decided cases most similar to a text."""
    return nearness.near_text(actor(request), q)


@router.get("/cases/classes", response=list[ClassOffer])
def classes(request: HttpRequest, facet: Facet) -> list[ClassOffer]:
    """Classes of the queue, with what people's newest decisions say of each."""
    return desk_queries.offers(facet)


@router.get("/cases/bulk", response=list[BulkOut])
def bulk_list(request: HttpRequest, facet: Facet) -> list[BulkOut]:
    """Bulk acceptances, newest first."""
    return desk_queries.bulk_accepts(facet)


@router.get("/cases/bulk/preview", response=BulkPreview)
def bulk_preview(request: HttpRequest, facet: Facet, code: Code, least: Least) -> BulkPreview:
    """What a bulk acceptance would take."""
    return desk_queries.preview(facet, code, least)


@router.post("/cases/bulk", response={200: BulkOut, 409: Problem})
def bulk(request: HttpRequest, body: BulkIn) -> BulkOut:
    """Accept every pending suggestion of a stable class (permission cases.decide)."""
    acting_user = actor(request, "cases.decide")
    return bulk_accept.accept_class(acting_user, body.facet, body.code, body.least, body.reason)


@router.post("/cases/bulk/{bulk_id}/undo", response={200: BulkOut, 409: Problem})
def bulk_undo(request: HttpRequest, bulk_id: int) -> BulkOut:
    """Take a bulk acceptance back as one action (permission cases.decide)."""
    return bulk_accept.undo_bulk(actor(request, "cases.decide"), bulk_id)


@router.get("/cases/coders", response=list[CoderOut])
def coders(request: HttpRequest) -> list[CoderOut]:
    """People who may code cases."""
    return campaign_queries.coders()


@router.get("/cases/campaigns", response=list[CampaignOut])
def campaign_list(request: HttpRequest) -> list[CampaignOut]:
    """Campaigns, newest first."""
    return campaign_queries.campaigns(actor(request))


@router.post("/cases/campaigns", response={200: CampaignOut, 409: Problem, 422: Problem})
def open_campaign(request: HttpRequest, body: CampaignIn) -> CampaignOut:
    """Open a campaign: two people code the same cases blind (permission cases.campaign)."""
    return campaigns.open_campaign(
        actor(request, "cases.campaign"),
        title=body.title.strip(),
        facet=body.facet,
        coders=(body.first_coder, body.second_coder),
        size=body.size,
        show_suggestions=body.show_suggestions,
    )


@router.get("/cases/campaigns/{campaign_id}", response=CampaignOut)
def campaign(request: HttpRequest, campaign_id: int) -> CampaignOut:
    """One campaign with kappa so far."""
    return campaign_queries.campaign(actor(request), campaign_id)


@router.get("/cases/campaigns/{campaign_id}/next", response=BlindTask | None)
def next_task(request: HttpRequest, campaign_id: int) -> BlindTask | None:
    """What the person should code, or settle, next; null where nothing is left for them."""
    return campaign_queries.next_task(actor(request), campaign_id)


@router.post("/cases/campaign-items/{item_id}/codes", response={204: None, 409: Problem})
def code_blind(request: HttpRequest, item_id: int, body: BlindIn) -> Status[None]:
    """One of the two coders' code (permission cases.decide)."""
    campaigns.code_blind(actor(request, "cases.decide"), item_id, body.code, body.note)
    return Status(204, None)


@router.post("/cases/campaign-items/{item_id}/adjudication", response={204: None, 409: Problem})
def adjudicate(request: HttpRequest, item_id: int, body: BlindIn) -> Status[None]:
    """A third person's code that settles a disagreement (permission cases.adjudicate, or cases.decide)."""
    acting_user = actor(request)
    if not acting_user.may("cases.adjudicate"):
        acting_user = actor(request, "cases.decide")
    campaigns.adjudicate(acting_user, item_id, body.code, body.note)
    return Status(204, None)


@router.get("/cases/{case_id}/similar", response=list[NearOut])
def similar(request: HttpRequest, case_id: int) -> list[NearOut]:
    """The ten decided cases most similar to a case."""
    return nearness.near_case(actor(request), case_id)


@router.get("/cases/{case_id}/words", response=list[EvidenceOut])
def words(request: HttpRequest, case_id: int, facet: Facet, code: Code) -> list[EvidenceOut]:
    """The words that speak for one suggested code."""
    return desk_queries.words(case_id, facet, code)
