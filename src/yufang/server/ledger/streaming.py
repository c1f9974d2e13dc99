"""Entries as they come, for a reader whose key holds a part of the tree: each with what proves it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from yufang.ledger.tiles import TileError
from yufang.server.errors import Refused
from yufang.server.ledger import tree
from yufang.server.ledger.models import Head, Leaf

AT_ONCE = 500


def lines(start: int) -> Iterator[str]:
    """JSON Lines: the checkpoint, then the entries from index `start` on that the scope shows, then where to go on.

    Row-level security decides what shows. Each entry has its index, its bytes (base64), and the path to the root of the
    checkpoint, so that the reader need not believe the platform. Refuses with 409 before anything was signed.
    """
    head = Head.objects.filter(kind=Head.Kind.SIGNED).first()
    if head is None:
        raise Refused(
            409,
            "not_signed_yet",
            "账本还没有签名检查点，请几秒后重试。",
            "There is no signed checkpoint yet; try again in a few seconds.",
        )
    yield _line({"checkpoint": head.note})
    log = tree.tree(head.size)
    with tree.along_the_index():
        found = list(Leaf.objects.filter(index__gte=start, index__lt=head.size).order_by("index")[:AT_ONCE])
    try:
        for leaf in found:
            path = [base64.b64encode(step).decode() for step in log.inclusion_proof(leaf.index)]
            entry = base64.b64encode(bytes(leaf.data)).decode()
            yield _line({"index": leaf.index, "entry": entry, "path": path})
    except TileError as error:
        raise tree.damaged(error) from error
    full = len(found) == AT_ONCE
    yield _line({"next": found[-1].index + 1 if full else max(start, head.size), "more": full})


def _line(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
