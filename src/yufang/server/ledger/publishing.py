"""Publishing: tiles into the home folder, then a checkpoint that the log's key signs. Never two that don't agree.

Each run takes one lock for the whole database, looks that what was signed and published before is the beginning of the
log as it stands, writes the tiles that are new, signs, and puts the checkpoint up last. Cut off anywhere, the next run
does what is left. A log that doesn't go on from what was signed is not signed: that is for a person to look into.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.utils import timezone

from yufang.ledger.checkpoint import TreeHead, open_checkpoint, sign_head
from yufang.ledger.note import NoteError
from yufang.ledger.tiles import ENTRIES, WIDTH, Tile, TiledTree, TileError, bundle, tiles_between, write_whole
from yufang.server.ledger import actions, durable, keeping, tree
from yufang.server.ledger.models import Head, Leaf, Verified
from yufang.server.ledger.sql import PUBLISH_LOCK
from yufang.server.scope import Actor, scoped

MOST_AT_ONCE = 65_536  # leaves in one transaction: a log of an earlier release is published in such steps
MOST_SEALED = 512
_log = logging.getLogger(__name__)


class Broken(Exception):
    """The log doesn't go on from what was signed or published: nothing is signed. Says where, in both languages."""

    def __init__(self, zh: str, en: str, first: int | None = None) -> None:
        super().__init__(en)
        self.zh, self.en, self.first = zh, en, first


def publish() -> int:
    """Publish what was appended since the last time; returns the size signed. Raises Broken, OSError, NoteError."""
    if connection.in_atomic_block:
        raise RuntimeError("what is put up must be committed first: publish outside a transaction")
    while True:
        size, done = _step(_on_disk())
        if done:
            return size


def _on_disk() -> int:
    """How many leaves there are that no power cut takes away: what others are told must not be more."""
    with scoped(Actor.platform()):
        leaves = tree.size()[0]
        head = Head.objects.filter(kind=Head.Kind.SIGNED).values_list("size", flat=True).first()
        if head is None:
            seal_paths(Actor.platform())
            say_what_it_continues(Actor.platform())
            leaves = tree.size()[0]
    if head != leaves:
        durable.flush()
    return leaves


def publish_and_tell() -> None:
    """`publish`, where nobody waits for it: what is wrong is logged and kept for the ledger's page."""
    try:
        publish()
    except Broken as error:
        if _tell(error):  # every two seconds the same: once is enough
            _log.error("the ledger is not signed any further: %s", error)
    except (OSError, NoteError) as error:
        _log.error("the ledger's checkpoint can't be published: %s", error)


def _step(leaves: int) -> tuple[int, bool]:
    signer, folder = keeping.signer(), keeping.folder()
    with scoped(Actor.platform()):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [PUBLISH_LOCK])
            if not cursor.fetchone()[0]:
                return 0, True  # another process is at it
        head = Head.objects.filter(kind=Head.Kind.SIGNED).first()
        if head is not None and head.size == leaves and _is_up(head.note):
            return leaves, True
        old = head.size if head else 0
        size = min(leaves, (old + MOST_AT_ONCE) // 256 * 256) if leaves - old > MOST_AT_ONCE else leaves
        source = tree.DatabaseTiles()
        try:
            log = TiledTree(source, max(tree.size()[0], leaves))
            if head is not None:
                _goes_on(log, head.size, bytes(head.root_hash), "signed")
            _published_before(log)
            if size > old:
                folder.write_all(_tiles(old, size))
                root = TiledTree(source, size).root()
        except TileError as error:
            raise Broken(f"账本无法发布：{error}。", f"the ledger can't be published: {error}") from error
        if size > old:
            note = str(sign_head(TreeHead(signer.key.name, size, root), signer).note)
            values = {"size": size, "root_hash": root, "note": note, "at": timezone.now()}
            head, _ = Head.objects.update_or_create(kind=Head.Kind.SIGNED, defaults=values)
    if head is not None:
        _put_up(head.note)
    return (head.size if head else 0), size >= leaves


def _tiles(old: int, size: int) -> Iterator[tuple[Tile, bytes]]:
    """What a log of `size` leaves has to publish and one of `old` leaves has not."""
    source = tree.DatabaseTiles()
    for first, data, hashes in tree.leaves(old // WIDTH * WIDTH, size):
        yield Tile(ENTRIES, first // WIDTH, len(data)), bundle(data)
        yield Tile(0, first // WIDTH, len(data)), b"".join(hashes)
    for tile in tiles_between(old, size):
        if tile.level > 0:
            yield tile, source.hashes(tile)


def _goes_on(log: TiledTree, size: int, root: bytes, what: str) -> None:
    known = {"signed": "已签名", "published": "已公布"}[what]
    if size > len(log):
        raise Broken(
            f"{known}的检查点有 {size} 条，数据库只有 {len(log)} 条。数据库是否恢复到了更早的时刻？见 docs/ledger.md。",
            f"the {what} checkpoint has {size} leaves, the database {len(log)}: was it restored to an earlier moment? "
            "See docs/ledger.md",
            len(log),
        )
    if size and log.root(size) != root:
        raise Broken(
            f"前 {size} 条的根与{known}的检查点不一致：账本被改写，请运行 yufang ledger verify。",
            f"the root of the first {size} leaves is not that of the {what} checkpoint: leaves were rewritten; "
            "run yufang ledger verify",
        )


def _published_before(log: TiledTree) -> None:
    """The checkpoint that stands in the folder was told to others, whatever the database says by now."""
    file = keeping.folder().folder / "checkpoint"
    if file.exists():
        told = open_checkpoint(file.read_bytes(), keeping.log_keys()).head
        _goes_on(log, told.size, told.root, "published")


def _is_up(note: str) -> bool:
    place = keeping.folder().folder / "checkpoint"
    return place.exists() and place.read_bytes() == note.encode()


def _put_up(note: str) -> None:
    folder = keeping.folder().folder
    keys = folder / "keys"
    if not _is_up(note):
        write_whole((folder / "checkpoint", note.encode()))
    line = str(keeping.signer().key)
    known = keys.read_text().split() if keys.exists() else []
    if line not in known:
        write_whole((keys, "".join(f"{key}\n" for key in [*known, line]).encode()))


def say_what_it_continues(acting_user: Actor) -> int | None:
    """After a restore to before what was published: the first leaf under the new name says which log it continues.

    Returns the leaf's index, None where nothing had to be said.
    """
    file = keeping.folder().folder / keeping.CONTINUES
    if not file.exists():
        return None
    facts = json.loads(file.read_bytes())
    subject = f"ledger:{facts['origin']}"
    if Leaf.objects.filter(action="ledger.continued", subject=subject).exists():
        return None
    return actions.append(acting_user, acting_user.scope, "ledger.continued", subject, facts)


def seal_paths(acting_user: Actor) -> int | None:
    """Leaves of release 0.1.0 don't say which organisation they are of: hold the column `path` by a leaf of its own.

    Called before the first checkpoint is signed. Returns the leaf's index, None where nothing had to be sealed.
    """
    first = Leaf.objects.filter(index=0).values_list("data", flat=True).first()
    if first is None or "path" in _read(bytes(first)) or Leaf.objects.filter(action="ledger.paths_sealed").exists():
        return None
    leaves = tree.size()[0]
    chunk = 256
    while leaves > chunk * MOST_SEALED:
        chunk *= 2
    hashes = [hashlib.sha256() for _ in range(-(-leaves // chunk))]
    for index, path in Leaf.objects.filter(index__lt=leaves).order_by("index").values_list("index", "path").iterator():
        hashes[index // chunk].update(path.encode() + b"\n")
    facts = {"leaves": leaves, "chunk": chunk, "sha256": [digest.hexdigest() for digest in hashes]}
    return actions.append(acting_user, acting_user.scope, "ledger.paths_sealed", "ledger:", facts)


def _read(data: bytes) -> dict[str, object]:
    try:
        read = json.loads(data)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _tell(error: Broken) -> bool:
    """Keep what is wrong for the ledger's page; whether it was not known yet."""
    finding = {
        "kind": "forked",
        "first": error.first,
        "last": None,
        "where": "checkpoint",
        "zh": error.zh,
        "en": error.en,
    }
    now: datetime = timezone.now()
    with scoped(Actor.platform()):
        newest = Verified.objects.order_by("-id").first()
        if newest is not None and finding in newest.findings:
            return False
        Verified.objects.create(at=now, seconds=0.0, size=tree.size()[0], findings=[finding])
        return True
