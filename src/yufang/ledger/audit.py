"""Verification of a whole log in one pass and constant memory: what was altered, where, and which copy is right.

A log is held in several copies: the bytes of the leaves, the hash stored beside each, the published tiles, the nodes of
the tree, and the roots that were signed or told to others. Where copies differ, the one that leads to a signed root is
right, and the others are named. Where none does, leaves were rewritten together, and the checkpoints bracket them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from yufang.ledger.merkle import HASH_BYTES, CompactRange, leaf_hash
from yufang.ledger.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    TileError,
    TileSource,
    bundle,
    split,
    tile_root,
    unbundle,
    width_in,
)

Kind = Literal[
    "altered",  # the bytes of a leaf
    "hash_altered",  # its stored hash
    "missing",  # a leaf
    "moved",  # a leaf stands at another's index
    "surplus",  # a leaf that was never appended here
    "tile_altered",  # a published tile or bundle
    "tile_missing",
    "node_altered",  # a row of the tree
    "rewritten",  # leaves together with every copy: a checkpoint differs
    "shorter",  # the log ends before a checkpoint
    "forked",  # two signed checkpoints that don't agree
    "signature",  # a checkpoint whose signature doesn't hold
    "column",  # a column beside the leaf's bytes
    "attachment",  # a file that a leaf names by its hash
    "row",  # a row of a room that no longer says what its leaf says
]
MOST_FINDINGS = 200
_NOTHING = bytes(HASH_BYTES)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that isn't what it was: what, at which leaves, in which row or file, in both languages."""

    kind: Kind
    where: str
    zh: str
    en: str
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class StoredLeaf:
    """A leaf as it is kept: its index, its bytes, and the hash that was stored when it was appended."""

    index: int
    data: bytes
    stored: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """A full tile of leaves, for logs of millions: the index of the first, their bytes, the hashes stored for them."""

    first: int
    data: Sequence[bytes]
    stored: Sequence[bytes]

    def leaves(self) -> list[StoredLeaf]:
        """The same, one by one."""
        return [StoredLeaf(self.first + n, data, self.stored[n]) for n, data in enumerate(self.data)]


@dataclass(frozen=True, slots=True)
class Claim:
    """A root that somebody holds: of how many leaves, and who (`checkpoint of 2026-11-22`, a witness, a file)."""

    size: int
    root: bytes
    who: str


@dataclass(slots=True)
class Audit:
    """The outcome: how many leaves were read, the root over their bytes, and what was found, worst known first."""

    size: int = 0
    root: bytes = _NOTHING
    findings: list[Finding] = field(default_factory=list)
    more: int = 0  # findings beyond the most that are kept

    @property
    def ok(self) -> bool:
        return not self.findings

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1

    @property
    def first(self) -> int | None:
        """The first leaf that any finding names."""
        return min((finding.first for finding in self.findings if finding.first is not None), default=None)


Look = Callable[[StoredLeaf | Block], Iterable[Finding]]
_Chunk = Block | list[StoredLeaf | None]  # what stands at the places of one tile


def audit(
    leaves: Iterable[StoredLeaf | Block],
    claims: Iterable[Claim],
    *,
    tiles: TileSource | None = None,
    bundles: Callable[[Tile], bytes] | None = None,
    published: int = 0,
    nodes: TileSource | None = None,
    look: Look = lambda seen: (),
) -> Audit:
    """Read the log once, in order of index, and compare every copy of it.

    leaves: one by one or, several times as fast, in blocks. tiles, bundles: the published copies of the first
    `published` leaves, each read by its `Tile`; nodes: the levels above 0 as the database keeps them; look: what else
    is to be seen at each leaf or block of `leaves`. Memory does not grow with the log.
    """
    run = _Run(Audit(), sorted(claims, key=lambda claim: claim.size), tiles, bundles, published, nodes)
    for number, chunk in _placed(leaves, run, look):
        run.take(number, chunk)
    run.finish()
    return run.audit


def _placed(leaves: Iterable[StoredLeaf | Block], run: _Run, look: Look) -> Iterator[tuple[int, _Chunk]]:
    """Tile after tile what stands at its places, None where a leaf is missing. A leaf far off its place is told at
    once. Each is looked at."""
    expected = 0
    known = max([claim.size for claim in run.claims] + [run.published], default=0)
    chunk: list[StoredLeaf | None] = []
    for item in leaves:
        for finding in look(item):
            run.audit.add(finding)
        if isinstance(item, Block) and item.first == expected and not chunk and len(item.data) == WIDTH:
            yield expected // WIDTH, item
            expected += WIDTH
            continue
        for leaf in item.leaves() if isinstance(item, Block) else (item,):
            if leaf.index > max(known, expected + WIDTH) or leaf.index < expected:
                run.stray(leaf)
                continue
            while expected <= leaf.index:
                chunk.append(leaf if expected == leaf.index else None)
                expected += 1
                if len(chunk) == WIDTH:
                    yield expected // WIDTH - 1, chunk
                    chunk = []
    if chunk:
        yield expected // WIDTH, chunk


@dataclass(slots=True)
class _Differs:
    """A place where copies differ: the hash of the bytes, the stored one, the published one."""

    index: int
    bytes_: bytes | None
    stored: bytes | None
    tile: bytes | None
    chosen: bytes  # by what stands above it in the tree


class _Run:
    """One pass: a compact range for each copy, the places where they differ, and the levels above."""

    def __init__(
        self,
        audit: Audit,
        claims: list[Claim],
        tiles: TileSource | None,
        bundles: Callable[[Tile], bytes] | None,
        published: int,
        nodes: TileSource | None,
    ) -> None:
        self.audit, self.claims, self.published = audit, claims, published
        self.tiles, self.bundles, self.nodes = tiles, bundles, nodes
        self.ranges = {copy: CompactRange() for copy in ("chosen", "bytes", "stored", "tile")}
        self.roots: dict[int, set[bytes]] = {0: {CompactRange().root()}}
        self.by_copy: dict[tuple[str, int], bytes] = {}
        self.differs: list[_Differs] = []
        self.strays: list[StoredLeaf] = []
        self.bad_tiles: list[Finding] = []
        self.above: list[list[bytes]] = []  # the hashes of each level that its unfinished tile has so far
        self.count: list[int] = []  # finished tiles of each level
        self.sizes = sorted({claim.size for claim in claims})

    def stray(self, leaf: StoredLeaf) -> None:
        if len(self.strays) < MOST_FINDINGS:
            self.strays.append(leaf)

    # ── one tile of leaves ────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, number: int, chunk: _Chunk) -> None:
        data: list[bytes | None]
        stored: list[bytes | None]
        hashes: list[bytes | None]
        if isinstance(chunk, Block):
            data, stored = list(chunk.data), list(chunk.stored)
            hashes = [sha256(b"\x00" + one).digest() for one in chunk.data]  # `leaf_hash`, without a call for each
        else:
            data = [leaf.data if leaf else None for leaf in chunk]
            stored = [leaf.stored if leaf else None for leaf in chunk]
            hashes = [leaf_hash(leaf.data) if leaf else None for leaf in chunk]
        tile = self._tile(number, len(data))
        chosen: list[bytes]
        if None not in hashes and hashes == stored and tile == hashes[: len(tile)]:
            chosen = [hashed for hashed in hashes if hashed]
            whole = dict.fromkeys(self.ranges, chosen)
        else:
            published: list[bytes | None] = [*tile, *[None] * (len(data) - len(tile))]
            copies = {"tile": published, "bytes": hashes, "stored": stored}
            whole = {name: self._whole(name, copies) for name in copies}
            chosen = whole["chosen"] = self._choose(number, whole)
            self._note(number, copies, chosen)
        self._count_in(number, whole)
        self._compare_bundle(number, data, chosen)
        self.audit.size = number * WIDTH + len(data)

    def _tile(self, number: int, width: int) -> list[bytes]:
        """The published hashes at these places; as many as were published."""
        there = min(width_in(self.published, 0, number), width) if self.tiles else 0
        if not there or self.tiles is None:
            return []
        tile = Tile(0, number, width_in(self.published, 0, number))
        try:
            return list(split(self.tiles.hashes(tile)[: there * HASH_BYTES]))
        except TileError:
            self._bad_tile("tile_missing", tile)
            return []

    def _whole(self, name: str, copies: dict[str, list[bytes | None]]) -> list[bytes]:
        """One copy's hashes, its holes filled from the others: a hole is told by itself."""
        order = (name, *(other for other in ("tile", "stored", "bytes") if other != name))
        return [
            next((copies[one][place] for one in order if copies[one][place]), None) or _NOTHING
            for place in range(len(copies[name]))
        ]

    def _choose(self, number: int, whole: dict[str, list[bytes]]) -> list[bytes]:
        """The copy whose root stands above it in the tree, as nodes or published tiles say; else the published."""
        if len(whole["bytes"]) == WIDTH:
            above = Tile(1, number // WIDTH, number % WIDTH + 1)
            references = [self._above(source, above) for source in (self.nodes, self._tiles_above(1, number))]
            for copy in ("tile", "bytes", "stored"):
                if tile_root(b"".join(whole[copy])) in references:
                    return whole[copy]
        return whole["tile"]

    def _tiles_above(self, level: int, number: int) -> TileSource | None:
        return self.tiles if width_in(self.published, level, number // WIDTH) > number % WIDTH else None

    @staticmethod
    def _above(source: TileSource | None, tile: Tile) -> bytes | None:
        try:
            return source.hashes(tile)[-HASH_BYTES:] if source else None
        except TileError:
            return None

    def _note(self, number: int, copies: dict[str, list[bytes | None]], chosen: list[bytes]) -> None:
        for place, right in enumerate(chosen):
            hashed, stored, tile = (copies[name][place] for name in ("bytes", "stored", "tile"))
            if hashed == stored and tile in (None, hashed) and hashed is not None:
                continue
            if len(self.differs) < MOST_FINDINGS:
                self.differs.append(_Differs(number * WIDTH + place, hashed, stored, tile, right))
            else:
                self.audit.more += 1

    def _count_in(self, number: int, whole: dict[str, list[bytes]]) -> None:
        """The roots after this tile, and within it where a claim asks for one. Equal copies are hashed once."""
        start, width = number * WIDTH, len(whole["bytes"])
        asked = self.sizes[bisect_right(self.sizes, start) : bisect_left(self.sizes, start + width)]
        if width < WIDTH:
            asked.append(start + width)
        worked: dict[int, tuple[list[list[bytes]], bytes | None]] = {}
        for copy, hashes in whole.items():
            outer = self.ranges[copy]
            if id(hashes) not in worked:
                full = tile_root(b"".join(hashes)) if width == WIDTH else None
                worked[id(hashes)] = _within(hashes, [size - start for size in asked]), full
            within, full = worked[id(hashes)]
            for size, inner in zip(asked, within, strict=True):
                # What lies within the tile is smaller than the full ones before it.
                self._root(copy, size, CompactRange(size, [*outer.hashes, *inner]).root())
            if full is not None:
                outer.append(full)
                outer_size = start + WIDTH
                if copy == "bytes" or self._asked(outer_size):
                    self._root(copy, outer_size, outer.root())
                if copy == "chosen":
                    self._rise(0, number, full)

    def _root(self, copy: str, size: int, root: bytes) -> None:
        if copy == "bytes":
            self.audit.root = root
        if self._asked(size):
            self.roots.setdefault(size, set()).add(root)
            self.by_copy[copy, size] = root

    def _asked(self, size: int) -> bool:
        place = bisect_left(self.sizes, size)
        return place < len(self.sizes) and self.sizes[place] == size

    # ── the levels above ──────────────────────────────────────────────────────────────────────────────────────────────

    def _rise(self, level: int, number: int, root: bytes) -> None:
        """A full tile is done: its root stands in the level above."""
        while len(self.above) <= level:
            self.above.append([])
            self.count.append(0)
        self.above[level].append(root)
        if len(self.above[level]) == WIDTH:
            self._compare_above(level)
            whole = tile_root(b"".join(self.above[level]))
            done = self.count[level]
            self.above[level], self.count[level] = [], done + 1
            self._rise(level + 1, done, whole)

    def _compare_above(self, level: int) -> None:
        hashes, number = self.above[level], self.count[level]
        if not hashes:
            return
        if self.nodes is not None:
            self._compare_nodes(level + 1, number, hashes)
        width = min(width_in(self.published, level + 1, number), len(hashes)) if self.tiles else 0
        if width and self.tiles is not None:
            tile = Tile(level + 1, number, width_in(self.published, level + 1, number))
            try:
                if self.tiles.hashes(tile)[: width * HASH_BYTES] != b"".join(hashes[:width]):
                    self._bad_tile("tile_altered", tile)
            except TileError:
                self._bad_tile("tile_missing", tile)

    def _compare_nodes(self, level: int, number: int, hashes: list[bytes]) -> None:
        assert self.nodes is not None
        for place, right in enumerate(hashes):
            if place and place % 64 == 0 and self._nodes_right(level, number, hashes):
                return
            if place == 0 and self._nodes_right(level, number, hashes):
                return
            found = self._above(self.nodes, Tile(level, number, place + 1))
            if found != right:
                at = number * WIDTH + place
                self.audit.add(
                    Finding(
                        "node_altered",
                        f"node {level}/{at}",
                        f"树的内部节点（第 {level} 层第 {at} 号）被改动或缺失",
                        f"the tree's node {at} of level {level} was altered or is missing",
                    )
                )

    def _nodes_right(self, level: int, number: int, hashes: list[bytes]) -> bool:
        try:
            return self.nodes is not None and self.nodes.hashes(Tile(level, number, len(hashes))) == b"".join(hashes)
        except TileError:
            return False

    def _compare_bundle(self, number: int, data: list[bytes | None], chosen: list[bytes]) -> None:
        width = min(width_in(self.published, 0, number), len(data)) if self.bundles else 0
        if not width or self.bundles is None:
            return
        tile = Tile(ENTRIES, number, width_in(self.published, 0, number))
        try:
            found = self.bundles(tile)
            there = [one for one in data[:width] if one is not None]
            if len(there) == width and found == bundle(there):
                return
            entries = unbundle(found)
        except TileError:
            self._bad_tile("tile_missing", tile)
            return
        wrong = [
            place
            for place, right in enumerate(chosen[:width])
            if place >= len(entries) or (data[place] != entries[place] and leaf_hash(entries[place]) != right)
        ]
        if wrong:
            self._bad_tile("tile_altered", tile, number * WIDTH + wrong[0])

    def _bad_tile(self, kind: Kind, tile: Tile, first: int | None = None) -> None:
        said = {"tile_altered": ("被改动", "was altered"), "tile_missing": ("缺失或残缺", "is missing or cut")}[kind]
        where = f"tile/{tile.path}"
        self.bad_tiles.append(Finding(kind, where, f"文件 {where} {said[0]}", f"the file {where} {said[1]}", first))

    # ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def finish(self) -> None:
        """Which copy was right, and what the others say instead."""
        for level in range(len(self.above)):
            self._compare_above(level)
        if not self.audit.size:
            self.audit.root = CompactRange().root()
        was = {d.tile or d.stored: d.index for d in self.differs if d.tile or d.stored}
        for differs in self.differs:
            self._tell(differs, was)
        for leaf in self.strays:
            self.audit.add(_moved_or_surplus(leaf.index, leaf_hash(leaf.data), was))
        for finding in self.bad_tiles:
            self.audit.add(finding)
        self._claims()

    def _right(self, differs: _Differs) -> bytes:
        """The hash that the smallest claim over this leaf confirms; without one, what the tree above says."""
        for claim in self.claims:
            if claim.size > differs.index:
                for copy, value in (("tile", differs.tile), ("bytes", differs.bytes_), ("stored", differs.stored)):
                    if value is not None and self.by_copy.get((copy, claim.size)) == claim.root:
                        return value
        return differs.chosen

    def _tell(self, differs: _Differs, was: dict[bytes | None, int]) -> None:
        right, index = self._right(differs), differs.index
        where = f"leaf {index}"
        if differs.bytes_ is None:
            finding = Finding("missing", where, f"第 {index} 号叶子缺失", f"leaf {index} is missing", index, index)
            self.audit.add(finding)
        elif differs.bytes_ != right:
            came_from = was.get(differs.bytes_)
            if came_from is not None and came_from != index:
                self.audit.add(_moved_or_surplus(index, differs.bytes_, was))
            else:
                zh, en = f"第 {index} 号叶子的内容被改动", f"the bytes of leaf {index} are not those that were appended"
                self.audit.add(Finding("altered", where, zh, en, index, index))
        elif differs.stored != right:
            zh = f"第 {index} 号叶子的存储哈希被改动，内容完好"
            en = f"the stored hash of leaf {index} was changed; its bytes are whole"
            self.audit.add(Finding("hash_altered", where, zh, en, index, index))
        if differs.tile is not None and differs.tile != right:
            tile = f"tile/{Tile(0, index // WIDTH).path}"
            zh, en = (
                f"已公布的 {tile} 中第 {index} 号哈希被改动",
                f"the published {tile} has another hash for leaf {index}",
            )
            self.audit.add(Finding("tile_altered", tile, zh, en, index, index))

    def _claims(self) -> None:
        """Every root that somebody holds has to come out of one of the copies."""
        start, told = 0, {f.first for f in self.audit.findings}
        seen: dict[int, Claim] = {}
        for claim in self.claims:
            other = seen.setdefault(claim.size, claim)
            if other.root != claim.root:
                self.audit.add(_forked(other, claim))
            elif claim.size > self.audit.size:
                self._shorter(claim, told)
            elif claim.root not in self.roots.get(claim.size, set()):
                self.audit.add(_rewritten(claim, start))
            start = min(claim.size, self.audit.size)

    def _shorter(self, claim: Claim, told: set[int | None]) -> None:
        first, last = self.audit.size, claim.size - 1
        if first not in told:
            told.add(first)
            self.audit.add(
                Finding(
                    "shorter",
                    claim.who,
                    f"日志被截短：第 {first} 至 {last} 号叶子缺失（{claim.who}）",
                    f"leaf {first} is gone, and all up to {last}: {claim.who} has them",
                    first,
                    last,
                )
            )


def _within(hashes: list[bytes], sizes: list[int]) -> list[list[bytes]]:
    """The compact range over the first so many hashes, for each of the rising sizes."""
    inner, found = CompactRange(), []
    for size in sizes:
        for place in range(inner.size, size):
            inner.append(hashes[place])
        found.append(list(inner.hashes))
    return found


def _moved_or_surplus(index: int, hashed: bytes, was: dict[bytes | None, int]) -> Finding:
    came_from = was.get(hashed)
    if came_from is None:
        zh, en = f"第 {index} 号位置多出一片叶子", f"at {index} stands a leaf that was never appended there"
        return Finding("surplus", f"leaf {index}", zh, en, index, index)
    zh = f"第 {index} 号位置放着第 {came_from} 号叶子：顺序被改动"
    return Finding(
        "moved", f"leaf {index}", zh, f"at {index} stands what was appended as leaf {came_from}", index, index
    )


def _forked(one: Claim, other: Claim) -> Finding:
    return Finding(
        "forked",
        other.who,
        f"两个检查点同为 {one.size} 片叶子而根不同：{one.who}；{other.who}",
        f"two checkpoints of {one.size} leaves have different roots: {one.who}; {other.who}",
        None,
        one.size - 1,
    )


def _rewritten(claim: Claim, start: int) -> Finding:
    last = max(start, claim.size - 1)
    return Finding(
        "rewritten",
        claim.who,
        f"第 {start} 至 {last} 号叶子连同各份副本被改写：与{claim.who}不符",
        f"leaves {start} to {last} were rewritten together with their hashes: {claim.who} differs",
        start,
        last,
    )
