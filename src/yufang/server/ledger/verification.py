"""Verification of the ledger in the database: leaves, columns, tree, published files, attachments, rows that leaves
speak of. One pass, constant memory."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson
import psycopg
from django.db import connection
from django.utils import timezone

from yufang.ledger import leaf_hash
from yufang.ledger.audit import Audit, Block, Claim, Finding, StoredLeaf, audit
from yufang.ledger.checkpoint import open_checkpoint
from yufang.ledger.note import NoteError
from yufang.ledger.tiles import WIDTH
from yufang.server.ledger import keeping, tree
from yufang.server.ledger.attachments import Files, names_files
from yufang.server.ledger.contracts import FindingOut, Verification
from yufang.server.ledger.models import Checkpoint, Head, Leaf, Verified

# A room tells which rows leaves speak of: (leaf index, what the row is called, facts that the leaf must hold).
Witness = Callable[[], Iterable[tuple[int, str, dict[str, Any]]]]
_witnesses: list[Witness] = []
AT_ONCE = 4096


def witness(source: Witness) -> Witness:
    """Register the rows of a room. Called from the room's `apps.py`."""
    if source not in _witnesses:
        _witnesses.append(source)
    return source


@dataclass(frozen=True, slots=True)
class Row(StoredLeaf):
    """A leaf with the columns that stand beside its bytes."""

    path: str
    at: datetime
    actor: int | None
    action: str
    subject: str


@dataclass(frozen=True, slots=True)
class Rows(Block):
    """A full tile of them, column by column; `at` in UTC without saying so, which reads and compares faster."""

    path: Sequence[str]
    at: Sequence[datetime]
    actor: Sequence[int | None]
    action: Sequence[str]
    subject: Sequence[str]

    def leaves(self) -> list[StoredLeaf]:
        """The same, one by one."""
        return [self.row(place) for place in range(len(self.data))]

    def row(self, place: int) -> Row:
        """The leaf at one place of the tile."""
        return Row(
            self.first + place,
            self.data[place],
            self.stored[place],
            self.path[place],
            self.at[place].replace(tzinfo=UTC),
            self.actor[place],
            self.action[place],
            self.subject[place],
        )


def verify_database(others: Iterable[tuple[str, str]] = ()) -> Verification:
    """Hash everything again and compare every copy: leaves, columns, tree, tiles, checkpoints, files, rooms' rows.

    others: signed checkpoints that others hold, as (who, note). Needs a scope that covers the whole tree
    (`scoped(Actor.platform())`). Names each leaf, row and file that isn't what was written.
    """
    began, at = time.monotonic(), timezone.now()
    claims, findings, published = _claims(others)
    columns, files = _Columns(), Files()

    def look(seen: StoredLeaf | Block) -> Iterator[Finding]:
        if isinstance(seen, Rows):
            for one in columns.strange(seen):
                yield from look_at(one)
        elif isinstance(seen, Row):
            yield from look_at(seen)

    def look_at(leaf: Row) -> Iterator[Finding]:
        said = read(leaf.data)
        if said is None:
            if leaf_hash(leaf.data) == leaf.stored:
                yield _column(leaf.index, "data", "不是一条动作", "is not an action")
            return
        yield from columns.look(leaf, said)
        facts = said.get("facts")
        if isinstance(facts, dict):
            yield from files.look(leaf.index, leaf.action, facts)

    folder = keeping.folder()
    result = audit(
        rows(),
        claims,
        tiles=folder if published else None,
        bundles=folder.fullest if published else None,
        published=published,
        nodes=tree.DatabaseTiles(),
        look=look,
    )
    for finding in [*findings, *files.missing(), *_changed_rows(result)]:
        result.add(finding)
    return _told(result, at, time.monotonic() - began)


def verify_and_keep(others: Iterable[tuple[str, str]] = ()) -> Verification:
    """`verify_database`, and what it found is kept for the ledger's page."""
    found = verify_database(others)
    Verified.objects.create(
        at=found.at or timezone.now(),
        seconds=found.seconds,
        size=found.size,
        findings=[finding.model_dump() for finding in found.findings],
    )
    return found


def rows() -> Iterator[Row | Rows]:
    """The log in order of index: full tiles as blocks, what stands beside a gap or at the end one by one."""
    connection.ensure_connection()
    opened: psycopg.Connection[Any] = connection.connection
    # The database reads the next leaves while these are hashed: two cores have work.
    with tree.along_the_index(), connection.wrap_database_errors, ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(_read_rows, opened, -1)
        while found := coming.result():
            if len(found) == AT_ONCE and (rest := found[-1][0] % WIDTH + 1) < WIDTH:
                found = [row for row in found if row[0] <= found[-1][0] - rest] or found  # its tile comes whole, next
            coming = ahead.submit(_read_rows, opened, found[-1][0])
            yield from _in_tiles(found)


def _read_rows(opened: psycopg.Connection[Any], after: int) -> list[tuple[Any, ...]]:
    # In binary, past Django's cursor, to which each byte comes as two letters.
    with psycopg.Cursor(opened) as cursor:
        return cursor.execute(
            "SELECT index, data, leaf_hash, path, at AT TIME ZONE 'UTC', actor_id, action, subject FROM ledger_leaf "
            "WHERE index > %b ORDER BY index LIMIT %b",
            [after, AT_ONCE],
            binary=True,
        ).fetchall()


def _in_tiles(found: list[tuple[Any, ...]]) -> Iterator[Row | Rows]:
    place = 0
    while place < len(found):
        first = found[place][0]
        some = found[place : place + WIDTH - first % WIDTH]
        if len(some) == WIDTH and some[-1][0] == first + WIDTH - 1:
            _, data, stored, *beside = zip(*some, strict=True)
            yield Rows(first, data, stored, *beside)
        else:
            for index, data, stored, path, at, actor, action, subject in some:
                yield Row(index, data, stored, path, at.replace(tzinfo=UTC), actor, action, subject)
        place += len(some)


def one_by_one() -> Iterator[Row]:
    """`rows`, where each is wanted by itself."""
    for seen in rows():
        if isinstance(seen, Rows):
            yield from (seen.row(place) for place in range(len(seen.data)))
        else:
            yield seen


def read(data: bytes) -> dict[str, Any] | None:
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None


# ── checkpoints ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _claims(others: Iterable[tuple[str, str]]) -> tuple[list[Claim], list[Finding], int]:
    """Every root that was kept, signed, published or told, what is wrong with signatures, how much is published."""
    claims: list[Claim] = []
    findings: list[Finding] = []
    published = 0
    file = keeping.folder().folder / "checkpoint"
    notes = [(f"file {file.name}", file.read_text(encoding="utf-8", errors="replace"))] if file.exists() else []
    for row in Checkpoint.objects.order_by("size").iterator():
        who = f"checkpoint of {row.at:%Y-%m-%d %H:%M}"
        claims.append(Claim(row.size, bytes(row.root_hash), who))
        if row.note:
            notes.append((who, row.note))
    for head in Head.objects.all():
        who = f"{head.kind} checkpoint"
        claims.append(Claim(head.size, bytes(head.root_hash), who))
        notes.append((who, head.note))
        published = max(published, head.size)
    if notes or others:
        log_keys, witness_keys = keeping.log_keys(), [asked.key for asked in keeping.witnesses()]
    for who, note in [*notes, *others]:
        try:
            signed = open_checkpoint(note, log_keys, witness_keys).head
            claims.append(Claim(signed.size, signed.root, who))
            published = max(published, signed.size) if who.startswith("file") else published
        except NoteError as error:
            zh, en = f"{who} 的签名不成立：{error}", f"the signature of {who} does not hold: {error}"
            findings.append(Finding("signature", who, zh, en))
    return claims, findings, published


# ── columns beside the bytes ──────────────────────────────────────────────────────────────────────────────────────────


def _column(index: int, name: str, zh: str, en: str) -> Finding:
    where = f"leaf {index}, column {name}"
    return Finding(
        "column", where, f"第 {index} 号叶子的 {name} 列{zh}", f"the column {name} of leaf {index} {en}", index, index
    )


class _Columns:
    """Compares action, subject, actor, time and path with what the bytes say; before 0.2.0 they don't say the path,
    and one leaf holds the hashes of all paths till then."""

    def __init__(self) -> None:
        sealing = Leaf.objects.filter(action="ledger.paths_sealed").order_by("index").first()
        facts = (read(bytes(sealing.data)) or {}).get("facts", {}) if sealing else {}
        self.sealed, self.chunk = int(facts.get("leaves", 0)), int(facts.get("chunk", 256))
        self.hashes: list[str] = list(facts.get("sha256", []))
        self.digest, self.count = hashlib.sha256(), 0

    def strange(self, block: Rows) -> Iterator[Row]:
        """The leaves of a block that have to be looked at one by one: whose columns are not, letter for letter, what
        the bytes say, or that name files. A few microseconds for each: this is most of what verification takes."""
        moment = datetime.fromisoformat
        beside = zip(block.data, block.path, block.at, block.actor, block.action, block.subject, strict=True)
        for place, (data, path, at, actor, action, subject) in enumerate(beside):
            try:
                said = orjson.loads(data)
                plain = (
                    said["action"] == action
                    and said["subject"] == subject
                    and said["actor"] == actor
                    and said["path"] == path
                    and said["at"][-6:] == "+00:00"
                    and moment(said["at"][:-6]) == at
                    and not names_files(action, said["facts"])
                )
            except (ValueError, KeyError, TypeError):
                plain = False
            if not plain or block.first + place < self.sealed:
                yield block.row(place)

    def look(self, leaf: Row, said: dict[str, Any]) -> Iterator[Finding]:
        beside = (
            ("action", leaf.action, said.get("action")),
            ("subject", leaf.subject, said.get("subject")),
            ("actor_id", leaf.actor, said.get("actor")),
            ("path", leaf.path, said.get("path", leaf.path)),
        )
        for name, stored, wanted in beside:
            if stored != wanted:
                # Without the values: whoever may verify the log need not see the rows of others.
                yield _column(leaf.index, name, "与内容所写的不符", "is not what its bytes say")
        if not _same_moment(leaf.at, said.get("at")):
            yield _column(leaf.index, "at", "与内容所写的时间不符", "is not the time that its bytes say")
        if leaf.index < self.sealed:
            yield from self._seal(leaf)

    def _seal(self, leaf: Row) -> Iterator[Finding]:
        place = leaf.index % self.chunk
        if place == 0:
            self.digest, self.count = hashlib.sha256(), 0
        self.digest.update(leaf.path.encode() + b"\n")
        self.count += 1
        number = leaf.index // self.chunk
        ends = place == self.chunk - 1 or leaf.index == self.sealed - 1
        # With a leaf missing, that is what is told.
        if ends and self.count == place + 1 and self.digest.hexdigest() != self.hashes[number]:
            first = number * self.chunk
            zh = f"第 {first} 至 {leaf.index} 号叶子中有 path 列被改动"
            en = f"a column path among leaves {first} to {leaf.index} was changed"
            yield Finding("column", "column path", zh, en, first, leaf.index)


def _same_moment(at: datetime, said: Any) -> bool:
    if at.isoformat(timespec="microseconds") == said:
        return True
    try:
        return datetime.fromisoformat(said) == at
    except (TypeError, ValueError):
        return False


# ── rows of the rooms ─────────────────────────────────────────────────────────────────────────────────────────────────


def _changed_rows(result: Audit) -> Iterator[Finding]:
    """A business row that was changed behind the platform's back no longer says what its leaf says."""
    for source in _witnesses:
        rows = iter(source())
        while batch := list(islice(rows, 1000)):
            indices = {index for index, _, _ in batch if index is not None}
            leaves = dict(Leaf.objects.filter(index__in=indices).values_list("index", "data"))
            for index, name, facts in batch:
                if index not in leaves:
                    yield _row(index, name, "没有对应的叶子", f"speaks of leaf {index}, which is missing")
                    continue
                written = (read(bytes(leaves[index])) or {}).get("facts", {})
                if any(written.get(key) != value for key, value in facts.items()):
                    yield _row(index, name, "与叶子所写不符", f"no longer says what leaf {index} says")


def _row(index: int, name: str, zh: str, en: str) -> Finding:
    return Finding("row", name, f"第 {index} 号叶子所指的业务记录（{name}）{zh}", f"{name} {en}", index, index)


def _told(result: Audit, at: datetime, seconds: float) -> Verification:
    result.findings.sort(key=lambda finding: (finding.first is None, finding.first or 0))
    if result.more:
        result.findings.append(
            Finding("altered", "log", f"另有 {result.more} 处", f"{result.more} more places are not listed")
        )
    return Verification(
        ok=result.ok,
        size=result.size,
        first_bad_index=result.first,
        reason=result.findings[0].en if result.findings else "",
        findings=tuple(FindingOut(**asdict(finding)) for finding in result.findings),
        at=at,
        seconds=round(seconds, 3),
    )
