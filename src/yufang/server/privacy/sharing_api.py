"""Sharing by agreement, and published statistics."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from yufang.server.accounts.session import actor
from yufang.server.errors import Problem
from yufang.server.privacy import sharing_actions, sharing_queries, statistics
from yufang.server.privacy.contracts import (
    BudgetOut,
    Dataset,
    PartnerOut,
    ProposalIn,
    ReleaseIn,
    ReleaseOut,
    RevokeIn,
    SharedReadOut,
    SharedRows,
    SharingAgreementOut,
    SharingWordIn,
)

router = Router(tags=["sharing"])
_REFUSALS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}


@router.get("/sharing/agreements", response={200: list[SharingAgreementOut], 403: Problem})
def agreements(request: HttpRequest) -> list[SharingAgreementOut]:
    """Agreements that one's organisation gives or receives by (permission privacy.share or privacy.oversee)."""
    who = actor(request)
    if not who.may("privacy.oversee"):
        who = actor(request, "privacy.share")
    return sharing_queries.agreements(who, timezone.now())


@router.get("/sharing/partners", response={200: list[PartnerOut], 403: Problem})
def partners(request: HttpRequest) -> list[PartnerOut]:
    """Organisations that something can be shared with (permission privacy.share)."""
    return sharing_queries.partners(actor(request, "privacy.share"))


@router.post("/sharing/agreements", response={201: SharingAgreementOut, **_REFUSALS})
def propose(request: HttpRequest, body: ProposalIn) -> Status[SharingAgreementOut]:
    """Offer datasets of one's own organisation to another (permission privacy.share)."""
    who, now = actor(request, "privacy.share"), timezone.now()
    made = sharing_actions.propose(who, body, now)
    return Status(201, sharing_queries.agreement(who, made, now))


@router.post("/sharing/agreements/{agreement_id}/answer", response={200: SharingAgreementOut, **_REFUSALS})
def answer(request: HttpRequest, agreement_id: int, body: SharingWordIn) -> SharingAgreementOut:
    """Accept or decline, for the receiver (permission privacy.share)."""
    who, now = actor(request, "privacy.share"), timezone.now()
    sharing_actions.answer(who, agreement_id, body.accept, now)
    return sharing_queries.agreement(who, agreement_id, now)


@router.post("/sharing/agreements/{agreement_id}/revoke", response={200: SharingAgreementOut, **_REFUSALS})
def revoke(request: HttpRequest, agreement_id: int, body: RevokeIn) -> SharingAgreementOut:
    """End an agreement at once, for the giver (permission privacy.share)."""
    who, now = actor(request, "privacy.share"), timezone.now()
    sharing_actions.revoke(who, agreement_id, body.why, now)
    return sharing_queries.agreement(who, agreement_id, now)


@router.get("/sharing/agreements/{agreement_id}/reads", response={200: list[SharedReadOut], **_REFUSALS})
def reads(request: HttpRequest, agreement_id: int) -> list[SharedReadOut]:
    """Who read what, for the giver (permission privacy.share or privacy.oversee)."""
    who = actor(request)
    if not who.may("privacy.oversee"):
        who = actor(request, "privacy.share")
    return sharing_queries.reads(who, agreement_id)


@router.get("/sharing/{agreement_id}/{dataset}", response={200: SharedRows, **_REFUSALS})
def shared(
    request: HttpRequest, agreement_id: int, dataset: Dataset, after: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> SharedRows:
    """Rows of a dataset by an active agreement, for the receiver; noted for the giver (permission privacy.share)."""
    return sharing_actions.read(actor(request, "privacy.share"), agreement_id, dataset, after, timezone.now())


@router.get("/statistics/published", auth=None, response=list[ReleaseOut])
def published(request: HttpRequest) -> list[ReleaseOut]:
    """Published statistics, for everybody."""
    return statistics.published()


@router.get("/statistics/budgets", response={200: list[BudgetOut], 403: Problem})
def budgets(request: HttpRequest) -> list[BudgetOut]:
    """What the region has spent of its privacy budget (permission privacy.publish)."""
    return statistics.budgets(actor(request, "privacy.publish"))


@router.post("/statistics/published", response={201: list[ReleaseOut], **_REFUSALS})
def publish(request: HttpRequest, body: ReleaseIn) -> Status[list[ReleaseOut]]:
    """Publish a table of injury cases (permission privacy.publish)."""
    statistics.publish(actor(request, "privacy.publish"), body, timezone.now())
    return Status(201, statistics.published())


@router.post("/statistics/published/{release_id}/withdraw", response={200: list[ReleaseOut], **_REFUSALS})
def withdraw(request: HttpRequest, release_id: int) -> list[ReleaseOut]:
    """Take a published table back (permission privacy.publish)."""
    statistics.withdraw(actor(request, "privacy.publish"), release_id, timezone.now())
    return statistics.published()
