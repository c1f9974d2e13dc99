"""The proof page."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from yufang.server.accounts.session import actor
from yufang.server.ledger import queries, verification
from yufang.server.ledger.contracts import CheckpointOut, EntryPage, ProofOut, Verification
from yufang.server.paging import Page, Size

router = Router(tags=["ledger"])


@router.get("/ledger/checkpoint", response=CheckpointOut)
def checkpoint(request: HttpRequest) -> CheckpointOut:
    """Size and root (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.checkpoint()


@router.get("/ledger/entries", response=EntryPage)
def entries(request: HttpRequest, page: Page, size: Size) -> EntryPage:
    """What was done, newest first (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.entries(page, size)


@router.get("/ledger/entries/{index}/proof", response=ProofOut)
def proof(request: HttpRequest, index: int) -> ProofOut:
    """That an entry is in the log (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.proof(index)


@router.post("/ledger/verify", response=Verification)
def verify(request: HttpRequest) -> Verification:
    """Re-hash every stored entry (permission ledger.read)."""
    actor(request, "ledger.read")
    return verification.verify_database()
