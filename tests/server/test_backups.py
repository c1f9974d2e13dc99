"""Backups: any moment comes back, with its files; what was altered or cut off is named; the newest is never lost."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.homes import copy_home
from yufang.commands.backup import _moment
from yufang.commands.errors import UserError
from yufang.server.database import start_postgres
from yufang.server.operations.backups import archive, base, restoring
from yufang.server.operations.backups.files import FileStore, moment, stamp
from yufang.server.operations.backups.sealing import Key, SealProblem, make_key, opened, read_key, seal, unseal
from yufang.server.operations.backups.source import BackupProblem, Source

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def key(tmp_path: Path) -> Key:
    make_key(tmp_path / "key")
    found = read_key(tmp_path / "key")
    assert found is not None
    return found


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (2 << 20) + 7])
def test_what_is_sealed_comes_back_with_and_without_a_key(tmp_path: Path, key: Key, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    for used in (key, None):
        seal(io.BytesIO(data[:size]), tmp_path / "x", used)
        assert b"".join(opened(tmp_path / "x", used)) == data[:size]
    seal(io.BytesIO(b"a name" * 50), tmp_path / "y", key)
    assert b"a name" not in (tmp_path / "y").read_bytes()


def test_a_sealed_file_that_was_altered_cut_or_extended_is_refused(tmp_path: Path, key: Key) -> None:
    for used in (key, None):
        seal(io.BytesIO(b"z" * (3 << 20)), tmp_path / "x", used)
        whole = (tmp_path / "x").read_bytes()
        ends = [whole[:-1], whole[: len(whole) // 2], whole + b"x", whole[:10], b""]
        turned = bytearray(whole)
        turned[len(whole) // 2] ^= 1
        for bad in [*ends, bytes(turned)] if used else ends:
            (tmp_path / "x").write_bytes(bad)
            with pytest.raises(SealProblem):
                list(opened(tmp_path / "x", used))


def test_another_key_and_no_key_open_nothing_and_say_so(tmp_path: Path, key: Key) -> None:
    seal(io.BytesIO(b"data"), tmp_path / "x", key)
    with pytest.raises(SealProblem, match="is encrypted"):
        list(opened(tmp_path / "x", None))
    with pytest.raises(SealProblem, match="the key is another"):
        list(opened(tmp_path / "x", Key(b"0" * 32)))
    with pytest.raises(SealProblem, match="already"):
        make_key(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    (tmp_path / "home" / "photos").mkdir(parents=True)
    (tmp_path / "backups").mkdir()
    return FileStore(tmp_path / "backups", tmp_path / "home", None)


def _come_back(store: FileStore, at: datetime, into: Path) -> dict[str, str]:
    store.restore(store.listing_at(at), into)
    return {str(p.relative_to(into)): p.read_text() for p in into.rglob("*") if p.is_file()}


def test_files_come_back_as_they_stood_and_equal_content_is_kept_once(store: FileStore, tmp_path: Path) -> None:
    photos = store.home / "photos"
    (photos / "a").write_text("one")
    (photos / "b").write_text("one")
    (store.home / "secret_key").write_text("s")
    (store.home / "secret_key").chmod(0o600)
    assert store.take(NOON) == 2
    (photos / "a").write_text("three")
    store.take(NOON + timedelta(minutes=1))
    (photos / "a").unlink()
    (photos / "c").write_text("four")
    store.take(NOON + timedelta(minutes=2))
    assert store.take(NOON + timedelta(minutes=3)) == 0
    assert _come_back(store, NOON, tmp_path / "1") == {"photos/a": "one", "photos/b": "one", "secret_key": "s"}
    assert (tmp_path / "1" / "secret_key").stat().st_mode & 0o777 == 0o600
    # Between two lists: whatever either names, since the moment lies between them.
    between = _come_back(store, NOON + timedelta(seconds=90), tmp_path / "2")
    assert between["photos/a"] == "three"
    assert between["photos/c"] == "four"
    # Another process goes on from what stands there.
    again = FileStore(store.backups, store.home, None)
    assert again.take(NOON + timedelta(minutes=4)) == 0


def test_a_second_whole_list_still_knows_the_moment_before_it(store: FileStore, tmp_path: Path) -> None:
    (store.home / "photos" / "a").write_text("one")
    store.take(NOON)
    (store.home / "photos" / "a").unlink()
    store.take(NOON + timedelta(minutes=2), whole=True)
    assert _come_back(store, NOON + timedelta(minutes=1), tmp_path / "1") == {"photos/a": "one"}
    store.forget(NOON + timedelta(minutes=3))
    assert store.listing_at(None) == {}
    assert not list((store.backups / "files").glob("*/*.sealed")), "content that no list names is let go"


def test_a_list_cannot_write_outside_the_new_home(store: FileStore, tmp_path: Path) -> None:
    (store.home / "photos" / "a").write_text("one")
    store.take(NOON)
    digest = store.listing_at(None)["photos/a"][0]
    with pytest.raises(SealProblem, match="outside"):
        store.restore({"../evil": (digest, 3, 0o600, 0)}, tmp_path / "new")
    assert not (tmp_path / "evil").exists()


def test_names_of_moments_sort_as_moments_do() -> None:
    assert moment(stamp(NOON)) == NOON
    assert stamp(NOON) < stamp(NOON + timedelta(microseconds=1)) < stamp(NOON + timedelta(days=40))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """A platform of its own, being backed up with a key."""
    home = tmp_path_factory.mktemp("backed-up")
    copy_home(home)
    server = start_postgres(home / "postgres")
    folder = tmp_path_factory.mktemp("backups")
    make_key(folder / "key")
    place = {"host": str(server.get_postmaster_info().socket_dir), "user": "postgres", "dbname": "yufang"}
    (home / "photos").mkdir()
    yield Source(home=home, backups=folder / "b", key=read_key(folder / "key"), database=place, programs=None)
    server.cleanup()


def _write(source: Source, number: int) -> None:
    with psycopg.connect(**source.database) as connection:
        for n in range(number):
            connection.execute("INSERT INTO accounts_signintry (at, name_hash, address) VALUES (now(), %s, '::1')", [n])


def _rows(params: dict[str, Any]) -> int:
    with psycopg.connect(**params) as connection:
        row = connection.execute("SELECT count(*) FROM accounts_signintry").fetchone()
    return int(row[0]) if row else -1


def _now(source: Source) -> datetime:
    with psycopg.connect(**source.database) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    return row[0]


def test_a_moment_between_two_writes_comes_back_with_its_files(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.backups.mkdir()
    with archive.receiving(source):
        made = base.run_backup(source, "test")
        _write(source, 3)
        (source.home / "photos" / "early").write_text("early")
        then = _now(source)
        time.sleep(0.05)
        _write(source, 4)
        _until_received(source)
        archive.archive_round(source, _now(source))
    assert base.check(source) == []
    assert base.forget_old(source, NOON + timedelta(days=3650), 30) == [], "the newest backup is never let go"

    counted: list[int] = []
    found = restoring._found
    monkeypatch.setattr(restoring, "_found", lambda params: counted.append(_rows(params)) or found(params))
    into = tmp_path / "back"
    restored = restoring.restore(source, into, then)
    assert counted == [3]
    assert restored.backup == made.name
    assert (into / "photos" / "early").read_text() == "early"
    assert not (into / "wal-restore").exists()
    restoring.restore(source, tmp_path / "newest", None)
    assert counted == [3, 7]
    with pytest.raises(BackupProblem, match="not empty"):
        restoring.restore(source, into, then)
    with pytest.raises(BackupProblem, match="oldest backup"):
        restoring.restore(source, tmp_path / "x", made.started_at - timedelta(seconds=1))
    with pytest.raises(BackupProblem, match="before the moment asked for"):
        restoring.restore(source, tmp_path / "x", _now(source) + timedelta(hours=1))
    assert not (tmp_path / "x").exists(), "nothing half-restored"


def _until_received(source: Source) -> None:
    with psycopg.connect(autocommit=True, **source.database) as connection:
        told = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()
        assert told is not None
        ask = "SELECT coalesce(max(flush_lsn) >= %s::pg_lsn, false) FROM pg_stat_replication"
        deadline = time.monotonic() + 20
        while not connection.execute(ask, told).fetchone()[0]:  # type: ignore[index]
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_damage_and_gaps_of_backups_are_named(source: Source, tmp_path: Path) -> None:
    content = next((source.backups / "files").glob("*/*.sealed"))
    kept = content.read_bytes()
    content.write_bytes(kept[:-3])
    assert any(content.name in line for line in base.check(source))
    content.unlink()
    assert any("not in the store" in line for line in base.check(source))
    content.write_bytes(kept)
    log = source.backups / "wal"
    newest = archive.archived(source)[-1].removesuffix(".partial")
    later = log / f"{newest[:16]}{int(newest[16:], 16) + 2:08X}.sealed"
    later.write_bytes((log / f"{archive.archived(source)[-1]}.sealed").read_bytes())
    assert any("1 segments" in line for line in base.check(source))
    later.unlink()
    assert base.check(source) == []
    sealed = source.backups / "base" / base.backups(source.backups)[0].name / "base.sealed"
    assert unseal(sealed, tmp_path / "base.tar", source.key)


def test_a_moment_without_a_time_zone_is_refused_with_the_way_out() -> None:
    with pytest.raises(UserError) as refusal:
        _moment("2026-11-22T12:00:00")
    assert "+08:00" in refusal.value.way_out
    with pytest.raises(UserError):
        _moment("yesterday")
