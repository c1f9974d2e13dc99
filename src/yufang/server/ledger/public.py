"""What the ledger shows to everybody, without signing in: checkpoint, key, tiles of hashes, witnessing, the proof page.

Hashes and checkpoints say nothing about anybody, so they are public. Bundles of entries name what organisations did:
they are under `/api/ledger/tile/entries/`, for a person or key whose scope holds every one of them.
"""

from __future__ import annotations

import html

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from yufang.ledger.note import NoteError
from yufang.ledger.tiles import ENTRIES, TileError, read_path
from yufang.ledger.witness import LARGEST_REQUEST, Refusal
from yufang.server.ledger import keeping, witnessing
from yufang.server.ledger.models import Head
from yufang.server.web import NOT_BUILT

TEXT = "text/plain; charset=utf-8"
FOR_EVER = "public, max-age=31536000, immutable"
# The page verifies in the reader's browser and asks nobody: not even this server.
PROOF_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def _missing() -> HttpResponse:
    return HttpResponse("not there\n", status=404, content_type=TEXT)


@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint, signed by the log; with the witnesses' signatures once they gave them."""
    heads = {head.kind: head for head in Head.objects.all()}
    head, cosigned = heads.get(Head.Kind.SIGNED), heads.get(Head.Kind.COSIGNED)
    if head is None:
        return _missing()
    note = cosigned.note if cosigned is not None and cosigned.note.startswith(head.note) else head.note
    answer = HttpResponse(note, content_type=TEXT)
    answer.headers["Cache-Control"] = "public, max-age=2"
    return answer


@require_GET
def cosigned_checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint that witnesses cosigned; it may be some seconds older than the newest."""
    head = Head.objects.filter(kind=Head.Kind.COSIGNED).first()
    answer = HttpResponse(head.note, content_type=TEXT) if head else _missing()
    answer.headers["Cache-Control"] = "public, max-age=2"
    return answer


@require_GET
def key(request: HttpRequest) -> HttpResponse:
    """The log's public key, and below it the key by which this deployment witnesses others."""
    answer = HttpResponse(f"{keeping.signer().key}\n{keeping.witness_signer().key}\n", content_type=TEXT)
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@require_GET
def tile(request: HttpRequest, place: str) -> HttpResponse:
    """A tile of hashes (C2SP tlog-tiles). It never changes, so anybody may keep it."""
    try:
        asked = read_path(place)
        if asked.level == ENTRIES:
            return _missing()
        answer = HttpResponse(keeping.folder().hashes(asked), content_type="application/octet-stream")
    except TileError:
        return _missing()
    answer.headers["Cache-Control"] = FOR_EVER
    return answer


@csrf_exempt
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """Cosign the checkpoint of a log that this deployment follows (C2SP tlog-witness)."""
    try:
        if int(request.headers.get("Content-Length") or 0) > LARGEST_REQUEST:
            raise Refusal(400, f"a request has at most {LARGEST_REQUEST} bytes\n")
        return HttpResponse(witnessing.add_checkpoint(request.body), content_type=TEXT)
    except Refusal as refusal:
        return HttpResponse(refusal.body, status=refusal.status, content_type=refusal.content_type)
    except NoteError:
        return HttpResponse("the witness's settings are wrong\n", status=503, content_type=TEXT)
    except ValueError:
        return HttpResponse("the length is not a number\n", status=400, content_type=TEXT)


@require_GET
def witnessed(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint of another log (`?origin=`) that was cosigned here, to hold against what the log shows."""
    note = witnessing.witnessed(request.GET.get("origin", "")[:255])
    answer = HttpResponse(note, content_type=TEXT) if note else _missing()
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@require_GET
def proof_page(request: HttpRequest) -> HttpResponse:
    """The page on which anybody verifies a proof file. It is told this log's key; the reader may give another."""
    page = settings.CONSOLE / "proof.html"
    if not page.exists():
        return HttpResponse(NOT_BUILT)
    text = page.read_text(encoding="utf-8").replace("%LEDGER_KEY%", html.escape(str(keeping.signer().key)))
    answer = HttpResponse(text)
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Content-Security-Policy"] = PROOF_POLICY
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
