"""Appending: one order without a gap, with the action or not at all, on the disk before anybody is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from yufang.ledger import canonical
from yufang.server.ledger import durable
from yufang.server.ledger.actions import Entry, append, append_last, append_many
from yufang.server.ledger.models import Leaf, Salt
from yufang.server.scope import Actor, beyond, scoped

PLATFORM = Actor.platform()


@pytest.fixture(autouse=True)
def waiting_for_the_disk(empty_database: str) -> Iterator[None]:
    """Commits wait for the disk, as they do outside of the tests."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")


def ask(question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def one(number: int = 0) -> int:
    return append(PLATFORM, "/1/", "hazards.checked", f"hazard:{number}", {"n": number})


def test_writers_at_once_make_one_order_without_a_gap() -> None:
    """Some give up after they appended; each leaf that is there stands beside the row of its action."""
    kept: list[tuple[int, int]] = []

    def write(writer: int) -> None:
        for number in range(writer * 100, writer * 100 + 8):
            try:
                with scoped(PLATFORM):
                    Salt.objects.create(path="/1/", subject=f"hazard:{number}", field="f", commitment=number, salt=b"")
                    if number % 3:
                        index = one(number)
                    else:
                        entries = [Entry("/1/", "hazards.checked", f"hazard:{number}", {"n": number})] * 3
                        index = append_many(PLATFORM, entries)[0]
                    if number % 4 == 1:
                        raise ZeroDivisionError
                kept.append((index, number))
            except ZeroDivisionError:
                pass
        connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scoped(PLATFORM):
        leaves = dict(Leaf.objects.order_by("index").values_list("index", "subject"))
        rows = set(Salt.objects.values_list("subject", flat=True))
    assert list(leaves) == list(range(len(leaves)))
    assert all(leaves[index] == f"hazard:{number}" for index, number in kept)
    assert set(leaves.values()) == rows == {f"hazard:{number}" for _, number in kept}


@pytest.mark.parametrize("many", [False, True])
def test_a_leaf_is_on_the_disk_before_anything_that_waits_for_the_commit(many: bool) -> None:
    seen: list[bool] = []
    with scoped(PLATFORM):
        transaction.on_commit(lambda: seen.append(ask(f"SELECT pg_current_wal_flush_lsn() >= '{written}'")))
        if many:
            append_many(PLATFORM, [Entry("/1/", "hazards.checked", "hazard:1", {})] * 2)
        else:
            one()
        written = ask("SELECT pg_current_wal_insert_lsn()")
        assert ask("SHOW synchronous_commit") == "off"
    assert seen == [True]
    assert ask("SHOW synchronous_commit") == "on"


def test_a_savepoint_that_is_rolled_back_takes_its_leaf_and_its_way_of_committing_along() -> None:
    indices: list[int] = []

    def give_up() -> None:
        with transaction.atomic():
            indices.append(one())
            raise ZeroDivisionError

    with scoped(PLATFORM):
        with pytest.raises(ZeroDivisionError):
            give_up()
        assert ask("SHOW synchronous_commit") == "on"
        assert not connection.run_on_commit
        assert [one()] == indices
        one()
        assert [hook for _, hook, _ in connection.run_on_commit] == [durable.flush], "one wait for all"


def test_the_lock_is_free_while_the_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer appends and commits between one's commit and its wait for the disk."""
    order: list[str] = []

    def other() -> None:
        with scoped(PLATFORM):
            one(2)
        order.append("the other is done")
        connection.close()

    flush = durable.flush

    def waiting() -> None:
        if threading.current_thread() is threading.main_thread():
            thread = threading.Thread(target=other)
            thread.start()
            thread.join(20)
            order.append("the disk has it")
        flush()

    monkeypatch.setattr(durable, "flush", waiting)
    with scoped(PLATFORM):
        one(1)
    assert order == ["the other is done", "the disk has it"]


def test_what_is_put_off_comes_last_in_its_order_and_not_from_a_savepoint_that_was_rolled_back() -> None:
    told: list[tuple[str, int]] = []

    def last(name: str) -> None:
        append_last(PLATFORM, "/1/", "hazards.checked", name, {}, lambda index: told.append((name, index)))

    def give_up_after(work: Callable[[], object]) -> None:
        with transaction.atomic():
            work()
            raise ZeroDivisionError

    with scoped(PLATFORM):
        before = Leaf.objects.count()
        last("hazard:1")
        with pytest.raises(ZeroDivisionError):
            give_up_after(lambda: last("hazard:given_up"))
        assert not told
        with pytest.raises(ZeroDivisionError):
            give_up_after(one)  # the leaf that was put off is appended before this one, and both are taken back
        middle = one(2)
        assert told == [("hazard:1", before)] * 2
        last("hazard:3")
        assert ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == 1
    assert (middle, told[2:]) == (before + 1, [("hazard:3", before + 2)])
    with pytest.raises(ZeroDivisionError), scoped(PLATFORM):
        give_up_after(lambda: last("hazard:4"))
    assert len(told) == 3


def test_nobody_waits_for_a_writer_that_appends_last() -> None:
    with scoped(PLATFORM):
        append_last(PLATFORM, "/1/", "hazards.checked", "hazard:1", {})
        assert ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()") == 0
    with scoped(Actor.platform("/1/2/")):
        with beyond(Actor.platform("/1/2/")):  # put off in the scope of then
            append_last(PLATFORM, "/1/3/", "hazards.checked", "hazard:2", {})
        append_last(PLATFORM, "/1/2/", "hazards.checked", "hazard:2", {})
    with pytest.raises(Exception, match="outside the scope"), scoped(Actor.platform("/1/2/")):
        append_last(PLATFORM, "/1/3/", "hazards.checked", "hazard:2", {})


def test_many_are_refused_whole_where_one_is_outside_the_scope_or_too_long(
    as_web_role: psycopg.Connection[Any],
) -> None:
    with scoped(PLATFORM):
        before = Leaf.objects.count()
    mine = Actor.platform("/1/2/")
    with pytest.raises(Exception, match="outside the scope"), scoped(mine):
        append_many(mine, [Entry("/1/2/", "a", "s", {}), Entry("/1/3/", "a", "s", {})])
    with pytest.raises(Exception, match="at most 65535 bytes"), scoped(mine):
        append_many(mine, [Entry("/1/2/", "a", "s", {}), Entry("/1/2/", "a", "s", {"long": "x" * 70_000})])
    with scoped(PLATFORM):
        assert Leaf.objects.count() == before
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="outside the scope"):
        as_web_role.execute(
            "SELECT yufang_ledger_append_at(now(), NULL, '{/1/}', '{a}', '{s}', %s)", [[canonical({"a": 1})]]
        )
