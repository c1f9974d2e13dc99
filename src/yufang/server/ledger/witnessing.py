"""Both sides of witnessing: asking others to cosign this log, and cosigning theirs (C2SP tlog-witness)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from yufang.ledger import EMPTY_ROOT
from yufang.ledger.cosignature import cosign, cosignatures
from yufang.ledger.note import NoteError, Signature, read_note
from yufang.ledger.tiles import TileError
from yufang.ledger.witness import SIZE_TYPE, Seen, judge, read_request, read_size, write_request
from yufang.server.ledger import keeping, tree
from yufang.server.ledger.models import Followed, Head, Witness
from yufang.server.outgoing import Session
from yufang.server.scope import Actor, scoped

SECONDS = 20.0  # for a whole answer; `outgoing.TIMEOUT` holds for each step
LARGEST_ANSWER = 65_536  # bytes
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answered."""

    status: int
    body: bytes
    content_type: str


Post = Callable[[str, bytes], Answer]


def post(url: str, body: bytes) -> Answer:
    """Send a request's body to the witness at `url`, where the server may connect to. Raises OSError.

    The answer is read up to `LARGEST_ANSWER` bytes and for `SECONDS`: a witness that trickles keeps nobody waiting.
    """
    until = time.monotonic() + SECONDS
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    with Session() as session, session.post(f"{url}/add-checkpoint", body, headers=headers, stream=True) as response:
        answer = b""
        for part in response.iter_content(4096):
            answer += part
            if len(answer) > LARGEST_ANSWER or time.monotonic() > until:
                raise OSError(f"the answer is longer than {LARGEST_ANSWER} bytes, or took longer than {SECONDS:.0f} s")
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(response.status_code, answer, kind)


def ask_all(send: Post = post) -> int:
    """Ask every witness of the settings to cosign the newest checkpoint; returns how many did. Safe to run twice.

    What goes wrong with one is kept for the ledger's page and keeps nobody else from being asked.
    """
    with scoped(Actor.platform()):
        head = Head.objects.filter(kind=Head.Kind.SIGNED).first()
        kept = Head.objects.filter(kind=Head.Kind.COSIGNED).first()
    wanted = keeping.witnesses()
    if head is None or not wanted:
        return 0
    signatures = _already(kept, head)
    found = dict(signatures)
    for asked in wanted:
        if asked.key.name in found:
            continue
        try:
            found[asked.key.name] = _ask(asked, head, send)
        except (OSError, NoteError, TileError) as error:
            _note_problem(asked.key.name, f"{type(error).__name__}: {error}"[:300])
    if found != signatures:
        note = head.note + "".join(found[name].line() for name in sorted(found))
        values = {"size": head.size, "root_hash": bytes(head.root_hash), "note": note, "at": timezone.now()}
        with scoped(Actor.platform()):
            Head.objects.update_or_create(kind=Head.Kind.COSIGNED, defaults=values)
    return len(found)


def _already(kept: Head | None, head: Head) -> dict[str, Signature]:
    """The cosignatures that the very same checkpoint has already."""
    if kept is None or not kept.note.startswith(head.note):
        return {}
    own = len(read_note(head.note).signatures)
    return {signature.name: signature for signature in read_note(kept.note).signatures[own:]}


def _ask(asked: keeping.Asked, head: Head, send: Post) -> Signature:
    """The witness's cosignature of `head`. Raises NoteError where it refuses or answers with something else."""
    with scoped(Actor.platform()):
        row, _ = Witness.objects.get_or_create(name=asked.key.name)
    old = row.size
    note = read_note(head.note)
    for _ in range(2):  # a witness that saw another size says which, and is asked again from there
        with scoped(Actor.platform()):
            proof = tree.tree(head.size).consistency_proof(old) if old <= head.size else []
        answer = send(asked.url, write_request(min(old, head.size), proof, note))
        if answer.status == 200:
            given = cosignatures(answer.body.decode("utf-8"), note.text, [asked.key])
            if not given:
                raise NoteError("it answered without its signature")
            _note_success(asked.key.name, head.size)
            return given[0][0]
        if answer.status != 409 or answer.content_type != SIZE_TYPE:
            break
        seen = read_size(answer.body)
        if seen > head.size or seen == old == head.size:
            raise NoteError(f"it has seen another log of this name: {seen} leaves and another root, a fork")
        old = seen
    raise NoteError(f"it refused with {answer.status}: {answer.body[:120].decode('utf-8', errors='replace').strip()}")


def _note_success(name: str, size: int) -> None:
    now = timezone.now()
    with scoped(Actor.platform()):
        Witness.objects.filter(name=name).update(size=size, cosigned_at=now, tried_at=now, problem="")


def _note_problem(name: str, problem: str) -> None:
    _log.warning("the witness %s did not cosign: %s", name, problem)
    with scoped(Actor.platform()):
        values = {"tried_at": timezone.now(), "problem": problem}
        Witness.objects.update_or_create(name=name, defaults=values)


def add_checkpoint(body: bytes) -> str:
    """The other side: cosign the checkpoint of a log that the settings name. Raises `ledger.witness.Refusal`.

    Looked up, decided and committed before anything is answered; two requests for one log wait for one another.
    """
    request = read_request(body)
    logs = keeping.followed()
    signer = keeping.witness_signer()
    with transaction.atomic():
        if request.origin in logs:
            empty = {"size": 0, "root_hash": EMPTY_ROOT, "note": "", "at": timezone.now()}
            Followed.objects.get_or_create(origin=request.origin, defaults=empty)
        row = Followed.objects.select_for_update().filter(origin=request.origin).first()
        seen = Seen(row.size, bytes(row.root_hash)) if row else Seen(0, EMPTY_ROOT)
        head = judge(request, logs, seen).head
        line = cosign(request.note.text, signer, int(time.time())).line()
        if row is not None:
            row.size, row.root_hash, row.at = head.size, head.root, timezone.now()
            row.note = str(request.note) + line
            row.save()
    return line


def witnessed(origin: str) -> str | None:
    """The newest checkpoint of another deployment's log that was cosigned here; None where none was."""
    row = Followed.objects.filter(origin=origin).exclude(note="").first()
    return row.note if row else None
