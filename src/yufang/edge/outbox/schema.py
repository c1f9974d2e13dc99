"""Tables of the outbox, and how SQLite is opened for them."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

VERSION = 1
PAGE = 4096

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- readings since the last snapshot, which a restart plays back to the detectors; sealed: they are in a batch too
CREATE TABLE journal (id INTEGER PRIMARY KEY, sealed INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL);
-- level: 0 as measured, 1.. thinned. acked: the platform has it; kept for a while in case it loses it again
CREATE TABLE batch (
  lane TEXT NOT NULL, sequence INTEGER NOT NULL, created_us INTEGER NOT NULL, from_us INTEGER NOT NULL,
  to_us INTEGER NOT NULL, readings INTEGER NOT NULL, events INTEGER NOT NULL, level INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0, size INTEGER NOT NULL, acked INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL,
  PRIMARY KEY (lane, sequence));
CREATE INDEX batch_state ON batch (lane, acked, level, sequence, size, readings);
-- keys of every event that was taken: none is taken twice
CREATE TABLE event_key (key TEXT PRIMARY KEY, at_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX event_key_at ON event_key (at_us);
-- episodes that are raised and not cleared: outputs are set by them after a restart
CREATE TABLE episode (episode TEXT PRIMARY KEY, event BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE snapshot (name TEXT PRIMARY KEY, payload BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE trouble (
  source TEXT NOT NULL, place TEXT NOT NULL, kind TEXT NOT NULL, zh TEXT NOT NULL, en TEXT NOT NULL,
  first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (source, place, kind));
"""


def open_database(path: Path, limit_bytes: int) -> sqlite3.Connection:
    """Open or make the outbox at `path`. It grows to `limit_bytes` at most, besides its write-ahead log (≤ 8 MB)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    database.execute(f"PRAGMA page_size = {PAGE}")
    database.execute("PRAGMA auto_vacuum = INCREMENTAL")
    database.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit is on the disk before it is told, so a power cut takes nothing that was acknowledged.
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA cache_size = -2000")
    database.execute("PRAGMA journal_size_limit = 8388608")
    database.execute("PRAGMA wal_autocheckpoint = 500")
    database.execute(f"PRAGMA max_page_count = {max(256, limit_bytes // PAGE)}")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == 0:
        # The epoch tells this outbox from an earlier one of the same node: both count their batches from 0.
        epoch = f"INSERT INTO meta VALUES ('epoch', '{secrets.token_hex(6)}');"
        database.executescript(f"BEGIN; {_TABLES} {epoch} PRAGMA user_version = {VERSION}; COMMIT;")
    return database
