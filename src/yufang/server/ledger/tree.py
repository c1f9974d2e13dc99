"""The tree over the leaves in the database: hashes and nodes read tile by tile, so that no question reads the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg
from django.db import connection

from yufang.ledger.tiles import WIDTH, Tile, TiledTree, TileError
from yufang.server.errors import Refused

AT_ONCE = 16 * WIDTH  # leaves in memory at a time


class DatabaseTiles:
    """Tiles as the rows give them. Hashes tell nothing, so no scope applies."""

    def hashes(self, tile: Tile) -> bytes:
        """The tile's hashes. Raises TileError where a row is missing."""
        first = tile.index * 256
        with connection.cursor() as cursor:
            if tile.level == 0:
                cursor.execute("SELECT yufang_ledger_hashes(%s, %s)", [first, first + tile.width])
            else:
                cursor.execute(
                    "SELECT string_agg(hash, ''::bytea ORDER BY position) FROM ledger_node "
                    "WHERE level = %s AND position >= %s AND position < %s",
                    [tile.level, first, first + tile.width],
                )
            found = bytes(cursor.fetchone()[0] or b"")
        if len(found) != tile.width * 32:
            raise TileError(f"rows of tile {tile.path} are missing in the database")
        return found


@contextmanager
def along_the_index() -> Iterator[None]:
    """Read leaves in the order of the log, batch by batch, in the running transaction.

    Under row-level security the planner takes every scope to show one leaf in two hundred. For a large batch it would
    rather gather all that is shown by its path and sort it, each time anew: reading a log took time by its square.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('enable_sort', 'off', true)")
    yield
    with connection.cursor() as cursor:  # where something failed, the transaction's end does it
        cursor.execute("SELECT set_config('enable_sort', 'on', true)")


def leaves(first: int, end: int) -> Iterator[tuple[int, list[bytes], list[bytes]]]:
    """Leaves from `first` (where a tile begins) up to `end`, tile by tile: the first index, their bytes, their stored
    hashes. Needs a scope that covers the whole tree. Raises TileError where one is missing."""
    for start in range(first, end, AT_ONCE):
        stop = min(start + AT_ONCE, end)
        # In binary, past Django's cursor, to which each byte comes as two letters.
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
            rows = cursor.execute(
                "SELECT data, leaf_hash FROM ledger_leaf WHERE index >= %b AND index < %b ORDER BY index",
                [start, stop],
                binary=True,
            ).fetchall()
        if len(rows) != stop - start:
            raise TileError(f"a leaf from {start} on is missing in the database")
        for place in range(0, len(rows), WIDTH):
            some = rows[place : place + WIDTH]
            yield start + place, [data for data, _ in some], [stored for _, stored in some]


def size() -> tuple[int, datetime | None]:
    """How many leaves there are, and when the newest was appended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, at FROM yufang_ledger_size()")
        row = cursor.fetchone()
    return (int(row[0]), row[1]) if row else (0, None)


def tree(leaves: int | None = None) -> TiledTree:
    """The tree of the first `leaves` leaves, of all if not given."""
    return TiledTree(DatabaseTiles(), size()[0] if leaves is None else leaves)


def damaged(error: TileError) -> Refused:
    """A question that the rows can't answer any more."""
    return Refused(
        409,
        "ledger_damaged",
        "账本数据缺失，无法给出证明；请运行 yufang ledger verify 查明位置，并从备份恢复。",
        f"The ledger's rows are incomplete ({error}); run yufang ledger verify to see where, and restore a backup.",
    )
