"""The proof page, and what a regulator's system reads by its key."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from yufang.ledger.tiles import TileError, read_path
from yufang.server.accounts.session import actor
from yufang.server.errors import Problem, Refused, not_found
from yufang.server.ledger import queries, streaming, verification
from yufang.server.ledger.contracts import (
    CheckpointOut,
    ConsistencyOut,
    EntryPage,
    ProofOut,
    RetentionRow,
    SignedCheckpoint,
    Verification,
)
from yufang.server.paging import Page, Size
from yufang.server.scope import beyond

router = Router(tags=["ledger"])
MOST_VERIFIED = 200_000  # leaves that a request may take the time for
Index = Annotated[int, Query(ge=0, le=2**53)]


@router.get("/ledger/checkpoint", response=CheckpointOut)
def checkpoint(request: HttpRequest) -> CheckpointOut:
    """Size and root as they stand (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.checkpoint()


@router.get("/ledger/signed", response=SignedCheckpoint)
def signed(request: HttpRequest) -> SignedCheckpoint:
    """The newest signed checkpoint, its note, and what its witnesses say (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.signed_checkpoint()


@router.get("/ledger/entries", response=EntryPage)
def entries(request: HttpRequest, page: Page, size: Size, subject: str = "") -> EntryPage:
    """What was done, newest first; with `subject` (`hazard:17`) to one record (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.entries(page, size, subject)


@router.get("/ledger/entries/{index}/proof", response=ProofOut)
def proof(request: HttpRequest, index: int) -> ProofOut:
    """That an entry is in the log (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.proof(index)


@router.get("/ledger/consistency", response={200: ConsistencyOut, 409: Problem, 422: Problem})
def consistency(request: HttpRequest, old: Index) -> ConsistencyOut:
    """That the log begins with what it was at `old` leaves (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.consistency(old)


@router.get("/ledger/entries/{index}/proof-file", response={200: bytes, 404: Problem, 409: Problem})
def proof_file(request: HttpRequest, index: int) -> HttpResponse:
    """One entry with all that an outsider needs to verify it (C2SP tlog-proof; permission ledger.read)."""
    actor(request, "ledger.read")
    return _proof_file(queries.proof_file(index=index), f"ledger-{index}")


@router.get("/ledger/proof-file", response={200: bytes, 404: Problem, 409: Problem})
def record_proof_file(request: HttpRequest, subject: str) -> HttpResponse:
    """All entries of one record (`hazard:17`), each with its proof, in one file (permission ledger.read)."""
    actor(request, "ledger.read")
    name = "".join(letter if letter.isalnum() else "-" for letter in subject.partition("\n")[0])[:80]
    return _proof_file(queries.proof_file(subject=subject), name)


def _proof_file(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "-")
    answer.headers["Content-Disposition"] = f'attachment; filename="{ascii_name}.tlog-proof"'
    return answer


@router.get("/ledger/stream", response={200: bytes, 409: Problem})
def stream(request: HttpRequest, start: Annotated[int, Query(alias="from", ge=0, le=2**53)] = 0) -> HttpResponse:
    """Entries in the reader's scope as they come, each with its proof, as JSON Lines (permission ledger.read).

    The first line is the checkpoint that the proofs lead to, the last says where to go on (`next`): ask again there.
    Entries that no signed checkpoint covers yet come with a later answer.
    """
    actor(request, "ledger.read")
    lines = list(streaming.lines(start))
    return HttpResponse("".join(lines), content_type="application/x-ndjson; charset=utf-8")


@router.get("/ledger/tile/entries/{path:place}", response={200: bytes, 403: Problem, 404: Problem})
def entry_bundle(request: HttpRequest, place: str) -> HttpResponse:
    """A bundle of entries (C2SP tlog-tiles), where the reader's scope holds all of them (permission ledger.read)."""
    actor(request, "ledger.read")
    try:
        tile = read_path(f"entries/{place}")
    except TileError:
        raise not_found() from None
    return HttpResponse(queries.entry_bundle(tile), content_type="application/octet-stream")


@router.get("/ledger/verification", response=Verification | None)
def last_verification(request: HttpRequest) -> Verification | None:
    """What the newest verification of the whole log found; null before the first (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.last_verification()


@router.post("/ledger/verify", response={200: Verification, 409: Problem})
def verify(request: HttpRequest) -> Verification:
    """Re-hash every stored entry (permission ledger.read). A long log is verified by the nightly job or the command."""
    acting = actor(request, "ledger.read")
    if queries.checkpoint_size() > MOST_VERIFIED:
        raise Refused(
            409,
            "too_long_to_wait_for",
            f"账本超过 {MOST_VERIFIED} 条，请查看每晚的校验结果，或运行 yufang ledger verify。",
            f"The ledger has more than {MOST_VERIFIED} leaves: see the nightly verification, or run "
            "yufang ledger verify.",
        )
    with beyond(acting):  # the log is one: whoever verifies it, all of it is looked at
        return verification.verify_and_keep()


@router.get("/ledger/retention", response=list[RetentionRow])
def retention(request: HttpRequest) -> list[RetentionRow]:
    """How long records are kept, by type, and by what law (permission ledger.read)."""
    actor(request, "ledger.read")
    return queries.retention()
