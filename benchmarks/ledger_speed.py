"""The ledger at size: durable appends with tiles and checkpoints, a proof among ten million leaves, checks.

    .venv/bin/python benchmarks/ledger_speed.py [--seconds 60] [--leaves 10000000] [--proofs 200] [--verify 300000]

Starts a PostgreSQL of its own with fsync on, in a temporary folder that goes with it (about 2 GB). In turn:

sustained   batches of 500, each a transaction, while a thread publishes tiles and a signed checkpoint every two seconds
            as the server does; ends when the last leaf is signed, published and on the disk
ordinary    actions from 8 connections at once, each with a row of its own and one leaf; and from one connection
kills       the same 8 while a backend of PostgreSQL is killed (SIGKILL) again and again: what was answered is there, in
            order, without a gap, and the published checkpoint still holds
verify      the whole log, every copy of it, with memory; and files that leaves name, hashed again
proof       of leaves of a log of ten million: from the published tiles, and by the API of a warm process. All hashes
            and tiles are real; of the rows only the tiles around the asked leaves are in the database
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

BATCH = 500
WRITERS = 8
PATH = "/1/24/"
SECONDS_BETWEEN = 2.0  # between two checkpoints, as beside the web server
FILES, FILE_BYTES = 200, 1_000_000


def told(times: list[float]) -> dict[str, float]:
    """Milliseconds: median, 99th percentile, most."""
    ordered = sorted(times)
    return {
        "ms_median": round(statistics.median(ordered), 2),
        "ms_p99": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 2),
        "ms_most": round(ordered[-1], 2),
    }


# ── appends ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def publishing_beside() -> Iterator[list[float]]:
    """Publish every two seconds in a thread of its own; gives the seconds that each time took."""
    from django.db import connection

    from yufang.server.ledger import publishing

    over, took = threading.Event(), list[float]()

    def work() -> None:
        while not over.wait(SECONDS_BETWEEN):
            began = time.perf_counter()
            publishing.publish()
            took.append(time.perf_counter() - began)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield took
    finally:
        over.set()
        thread.join()


def sustained(seconds: float) -> dict[str, Any]:
    """Appends in batches for so long, published and signed up to the last one."""
    from yufang.server.ledger import publishing
    from yufang.server.ledger.actions import Entry, append_many
    from yufang.server.scope import Actor, scoped

    facts = {"passed": True, "note_sha256": "0" * 64}
    entries = [Entry(PATH, "hazards.checked", f"hazard:{n}", facts) for n in range(BATCH)]
    appended, waits, began = 0, list[float](), time.perf_counter()
    with publishing_beside() as took:
        while time.perf_counter() - began < seconds:
            start = time.perf_counter()
            with scoped(Actor.platform()):
                append_many(Actor.platform(), entries)
            waits.append((time.perf_counter() - start) * 1000)
            appended += BATCH
    appending = time.perf_counter() - began
    size = publishing.publish()
    whole = time.perf_counter() - began
    assert size >= appended
    return {
        "appends_per_second": round(appended / appending),
        "appends_per_second_to_the_last_checkpoint": round(appended / whole),
        "seconds": round(whole, 1),
        "leaves": appended,
        "checkpoints": len(took) + 1,
        "batch": {"leaves": BATCH} | told(waits),
    }


def write_one(number: int) -> tuple[int, float]:
    """An ordinary small action: a row of a room, and its leaf. Returns the leaf's index and milliseconds."""
    from django.db import connection

    from yufang.server.ledger.actions import append
    from yufang.server.scope import Actor, scoped

    start = time.perf_counter()
    with scoped(Actor.platform()):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_row VALUES (%s, %s)", [number, "x" * 200])
        index = append(Actor.platform(), PATH, "hazards.checked", f"hazard:{number}", {"passed": True})
    return index, (time.perf_counter() - start) * 1000


def ordinary(writers: int, seconds: float, first: int) -> dict[str, Any]:
    """Small actions from so many connections at once."""
    from django.db import connection

    waits: list[list[float]] = [[] for _ in range(writers)]
    until = time.perf_counter() + seconds

    def work(mine: int) -> None:
        number = first + mine * 10_000_000
        while time.perf_counter() < until:
            waits[mine].append(write_one(number)[1])
            number += 1
        connection.close()

    threads = [threading.Thread(target=work, args=(mine,)) for mine in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = [one for mine in waits for one in mine]
    return {"writers": writers, "actions_per_second": round(len(times) / seconds)} | told(times)


def kills(times: int) -> dict[str, Any]:
    """Writers while backends are killed: PostgreSQL throws away what is not on the disk, and starts again."""
    import psycopg
    from django.db import DatabaseError, connection, connections

    from yufang.server.ledger import publishing
    from yufang.server.scope import Actor, scoped

    over, answered = threading.Event(), [dict[int, int]() for _ in range(WRITERS)]

    def write(mine: int) -> None:
        number = (100 + mine) * 10_000_000
        while not over.is_set():
            number += 1
            try:
                answered[mine][write_one(number)[0]] = number
            except (DatabaseError, psycopg.Error):
                connection.close()
                time.sleep(0.05)
        connection.close()

    def publish() -> None:
        while not over.is_set():
            try:
                publishing.publish()
            except (DatabaseError, psycopg.Error):
                connection.close()
            time.sleep(0.05)
        connection.close()

    threads = [threading.Thread(target=write, args=(mine,)) for mine in range(WRITERS)]
    threads.append(threading.Thread(target=publish))
    for thread in threads:
        thread.start()
    killed = 0
    chance = random.Random(7)
    while killed < times:
        time.sleep(1.5 + chance.random())
        with contextlib.suppress(DatabaseError, psycopg.Error, ProcessLookupError):
            connections["owner"].close()
            with connections["owner"].cursor() as cursor:
                cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'yufang_web' ORDER BY random()")
                os.kill(cursor.fetchone()[0], signal.SIGKILL)
                killed += 1
    time.sleep(3)
    over.set()
    for thread in threads:
        thread.join()
    size = 0
    while not size:
        with contextlib.suppress(DatabaseError, psycopg.Error):
            connection.close()
            connections["owner"].close()
            size = publishing.publish()
    acknowledged = {index: number for mine in answered for index, number in mine.items()}
    with scoped(Actor.platform()), connection.cursor() as cursor:
        cursor.execute("SELECT index, subject FROM ledger_leaf ORDER BY index")
        there = dict(cursor.fetchall())
        cursor.execute("SELECT n FROM bench_row")
        rows = {row[0] for row in cursor.fetchall()}
    assert list(there) == list(range(size)), "a gap"
    lost = [index for index, number in acknowledged.items() if there.get(index) != f"hazard:{number}"]
    assert not lost, lost
    assert rows >= set(acknowledged.values()), "a leaf without its row"
    return {"killed": killed, "acknowledged": len(acknowledged), "lost": 0, "leaves": size}


# ── verification ──────────────────────────────────────────────────────────────────────────────────────────────────────


def verification(leaves: int) -> dict[str, Any]:
    """Verify the whole log, of at least so many leaves; with the memory it took. Then files that leaves name."""
    import resource

    from yufang.server import photos
    from yufang.server.ledger import publishing, tree
    from yufang.server.ledger.actions import Entry, append_many
    from yufang.server.ledger.verification import verify_database
    from yufang.server.scope import Actor, scoped

    entries = [Entry(PATH, "hazards.checked", f"hazard:{n}", {"note_sha256": "0" * 64}) for n in range(5000)]
    while publishing.publish() < leaves:
        with scoped(Actor.platform()):
            append_many(Actor.platform(), entries)

    def verify() -> Any:
        with scoped(Actor.platform()):
            found = verify_database()
        assert found.ok, found.findings[:3]
        return found

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found = verify()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    chance, named = random.Random(3), []
    for _ in range(FILES):
        data = chance.randbytes(FILE_BYTES)
        named.append(hashlib.sha256(data).hexdigest())
        place = photos.file_of(named[-1])
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    with scoped(Actor.platform()):
        append_many(
            Actor.platform(),
            [Entry(PATH, "hazards.photo_added", "hazard:1", {"photo_sha256": sha256}) for sha256 in named],
        )
    publishing.publish()
    with_files = verify()
    more = max(with_files.seconds - found.seconds * with_files.size / found.size, 0.001)
    assert tree.size()[0] == with_files.size
    return {
        "leaves": found.size,
        "leaves_per_second": round(found.size / found.seconds),
        "memory_mb_before_and_after": [before, after],
        "files_mb_per_second": round(FILES * FILE_BYTES / 1e6 / more),
    }


# ── a proof among ten million ─────────────────────────────────────────────────────────────────────────────────────────


def leaf(index: int) -> bytes:
    return (
        b'{"action":"a","actor":null,"at":"2026-01-01T00:00:00.000000+00:00","facts":{},'
        b'"path":"/1/24/","subject":"hazard:%d"}' % index
    )


def write_tiles(folder: str, numbers: range, leaves: int) -> list[bytes]:
    """The tiles of leaf hashes with these numbers; returns the roots of the full ones."""
    from yufang.ledger.tiles import Tile, TileFolder, tile_root, width_in

    roots = []
    for number in numbers:
        width = width_in(leaves, 0, number)
        data = b"".join(
            [hashlib.sha256(b"\x00" + leaf(index)).digest() for index in range(number * 256, number * 256 + width)]
        )
        file = TileFolder(Path(folder)).file(Tile(0, number, width))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        if width == 256:
            roots.append(tile_root(data))
    return roots


def lay_out(leaves: int, asked: list[int]) -> None:
    """All tiles of a log of so many leaves and its signed checkpoint; nodes and the rows around `asked` in the
    database."""
    from django.db import connections
    from django.utils import timezone

    from yufang.ledger.checkpoint import TreeHead, sign_head
    from yufang.ledger.tiles import Tile, TiledTree, tile_root
    from yufang.server.ledger import keeping
    from yufang.server.ledger.models import Head
    from yufang.server.scope import Actor, scoped

    folder, all_tiles = keeping.folder(), -(-leaves // 256)
    parts = [range(start, min(start + 1000, all_tiles)) for start in range(0, all_tiles, 1000)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        work = [pool.submit(write_tiles, str(folder.folder), part, leaves) for part in parts]
        row, level = [root for one in work for root in one.result()], 1
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE ledger_leaf, ledger_node, ledger_head, ledger_checkpoint")
        while row:
            cursor.execute(
                "INSERT INTO ledger_node (level, position, hash) "
                "SELECT %s, place - 1, hash FROM unnest(%s::bytea[]) WITH ORDINALITY AS node (hash, place)",
                [level, row],
            )
            some = [row[place : place + 256] for place in range(0, len(row), 256)]
            for index, hashes in enumerate(some):
                file = folder.file(Tile(level, index, len(hashes)))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(b"".join(hashes))
            row, level = [tile_root(b"".join(hashes)) for hashes in some if len(hashes) == 256], level + 1
        tiles = sorted({index // 256 for index in [*asked, leaves - 1]})
        rows = [index for tile in tiles for index in range(tile * 256, min(tile * 256 + 256, leaves))]
        for start in range(0, len(rows), 5000):
            some_rows = rows[start : start + 5000]
            cursor.execute(
                "INSERT INTO ledger_leaf (index, path, at, actor_id, action, subject, data, leaf_hash) "
                "SELECT n, '/1/24/', '2026-01-01T00:00:00Z', NULL, 'a', 'hazard:' || n, d, sha256('\\x00'::bytea || d) "
                "FROM unnest(%s::bigint[], %s::bytea[]) AS leaf (n, d)",
                [some_rows, [leaf(index) for index in some_rows]],
            )
        cursor.execute("ANALYZE ledger_leaf; ANALYZE ledger_node")
    head = TreeHead(keeping.signer().key.name, leaves, TiledTree(folder, leaves).root())
    note = str(sign_head(head, keeping.signer()).note)
    with scoped(Actor.platform()):
        Head.objects.create(kind="signed", size=leaves, root_hash=head.root, note=note, at=timezone.now())


def service_key() -> str:
    """A regulator's key that may read the ledger."""
    from django.utils import timezone

    from yufang.server.accounts.models import Organisation, Person, ServiceKey
    from yufang.server.scope import Actor, scoped

    token, now = "yufang_benchmark-of-the-ledger", timezone.now()
    with scoped(Actor.platform()):
        home = Organisation.objects.create(id=1, path="/1/", parent=None, kind="regulator", key="bench", name="bench")
        person = Person.objects.create(
            username="bench", password="", name="bench", organisation=home, path="/1/", scope="/1/", service=True
        )
        ServiceKey.objects.create(
            organisation=home, path="/1/", person=person, name="bench", prefix=token[:12],
            key_hash=hashlib.sha256(token.encode()).hexdigest(), permissions=["ledger.read"], made_by=person,
            made_at=now, expires_at=now + timedelta(days=1),
        )  # fmt: skip
    return token


def proofs(leaves: int, count: int) -> dict[str, Any]:
    """Proof files and paths of so many leaves by chance, each timed by itself and verified."""
    from django.test import Client

    from yufang.ledger import verify_inclusion
    from yufang.ledger.checkpoint import open_checkpoint
    from yufang.ledger.proof import read_proofs
    from yufang.ledger.tiles import TiledTree
    from yufang.server.ledger import keeping, tree
    from yufang.server.scope import Actor, scoped

    asked = random.Random(1).sample(range(leaves), count)
    began = time.perf_counter()
    shutil.rmtree(keeping.folder().folder, ignore_errors=True)  # another log follows under the same key
    lay_out(leaves, asked)
    laid = time.perf_counter() - began
    headers, client = {"Authorization": f"Bearer {service_key()}"}, Client()
    taken: dict[str, list[float]] = {"library_on_tiles": [], "library_on_rows": [], "api_path": [], "api_file": []}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        found = work()
        taken[name].append((time.perf_counter() - start) * 1000)
        return found

    def on_rows(index: int) -> list[bytes]:
        with scoped(Actor.platform()):
            return tree.tree(leaves).inclusion_proof(index)

    folder = keeping.folder()
    root, key = TiledTree(folder, leaves).root(), keeping.signer().key
    for path in ("proof", "proof-file"):  # warm
        assert client.get(f"/api/ledger/entries/{asked[0]}/{path}", headers=headers).status_code == 200
    for index in asked:
        hashed = hashlib.sha256(b"\x00" + leaf(index)).digest()
        from_tiles = timed("library_on_tiles", lambda index=index: TiledTree(folder, leaves).inclusion_proof(index))
        assert verify_inclusion(hashed, index, leaves, from_tiles, root)
        assert timed("library_on_rows", lambda index=index: on_rows(index)) == from_tiles
        url = f"/api/ledger/entries/{index}/proof"
        answer = timed("api_path", lambda url=url: client.get(url, headers=headers)).json()
        assert [bytes.fromhex(step) for step in answer["path"]] == from_tiles
        answer = timed("api_file", lambda url=url: client.get(f"{url}-file", headers=headers))
        [proof] = read_proofs(answer.content.decode())
        assert open_checkpoint(str(proof.note), [key]).head.root == root
        assert list(proof.path) == from_tiles
    return {"leaves": leaves, "proofs": count, "seconds_to_lay_out": round(laid, 1)} | {
        name: told(times) for name, times in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--leaves", type=int, default=10_000_000)
    parser.add_argument("--proofs", type=int, default=200)
    parser.add_argument("--verify", type=int, default=300_000)
    parser.add_argument("--kills", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"YUFANG_HOME": folder, "YUFANG_ALLOWED_HOSTS": "testserver"}
        os.environ.pop("DATABASE_URL", None)
        from yufang.server.config import Config
        from yufang.server.serving import platform

        with platform(Config(home=Path(folder), database_url="")):
            from django.db import connections

            with connections["owner"].cursor() as cursor:
                cursor.execute("SHOW fsync")
                assert cursor.fetchone()[0] == "on"
                cursor.execute(
                    "CREATE TABLE bench_row (n bigint PRIMARY KEY, text text); GRANT ALL ON bench_row TO yufang_web"
                )
            parts: dict[str, Callable[[], dict[str, Any]]] = {
                "sustained": lambda: sustained(given.seconds),
                "ordinary_8": lambda: ordinary(WRITERS, given.seconds / 4, 1),
                "ordinary_1": lambda: ordinary(1, given.seconds / 8, 90 * 10_000_000),
                "kills": lambda: kills(given.kills),
                "verify": lambda: verification(given.verify),
                "proof": lambda: proofs(given.leaves, given.proofs),
            }
            for name, part in parts.items():
                began = time.perf_counter()
                found = part() | {"took_seconds": 0.0}
                found["took_seconds"] = round(time.perf_counter() - began, 1)
                print(json.dumps({name: found}), flush=True)


if __name__ == "__main__":
    main()
