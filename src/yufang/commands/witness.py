"""A witness of its own: a small HTTP server that follows logs and cosigns them, with no platform and no Django.

Its state is one SQLite file, written through before anything is answered: looked up, decided and written down as one
transaction, so that two requests at once or a machine that stops can't make it cosign two logs of one name.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from yufang.ledger.cosignature import cosign
from yufang.ledger.keys import Signer
from yufang.ledger.note import VerifierKey
from yufang.ledger.witness import LARGEST_REQUEST, NOTHING, Refusal, Seen, judge, read_request

TEXT = "text/plain; charset=utf-8"
SECONDS = 10.0


class State:
    """What the witness has cosigned, in a SQLite file. Raises sqlite3.Error."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._opened() as opened:
            opened.execute("PRAGMA journal_mode = WAL")
            opened.execute(
                "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, "
                "note TEXT NOT NULL, at INTEGER NOT NULL) STRICT"
            )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.file, timeout=SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
            yield connection
        finally:
            connection.close()

    def cosign(self, body: bytes, logs: Mapping[str, Sequence[VerifierKey]], signer: Signer, now: int) -> str:
        """Judge a request and write down what was cosigned, as one transaction. Raises Refusal."""
        request = read_request(body)
        with self._opened() as opened:
            opened.execute("BEGIN IMMEDIATE")
            row = opened.execute("SELECT size, root FROM seen WHERE origin = ?", [request.origin]).fetchone()
            try:
                head = judge(request, logs, Seen(*row) if row else NOTHING).head
                line = cosign(request.note.text, signer, now).line()
                opened.execute(
                    "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)",
                    [request.origin, head.size, head.root, str(request.note) + line, now],
                )
            except BaseException:
                opened.execute("ROLLBACK")
                raise
            opened.execute("COMMIT")
        return line

    def note(self, origin: str) -> str | None:
        """The newest checkpoint of the log that was cosigned."""
        with self._opened() as opened:
            row = opened.execute("SELECT note FROM seen WHERE origin = ?", [origin]).fetchone()
        return str(row[0]) if row else None


class WitnessServer(ThreadingHTTPServer):
    """Listens for `POST /add-checkpoint` and `GET /witnessed?origin=`; serves until `shutdown`."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], state: State, logs: Mapping[str, Sequence[VerifierKey]], signer: Signer
    ) -> None:
        super().__init__(address, _Handler)
        self.state, self.logs, self.signer = state, logs, signer
        self.busy = threading.BoundedSemaphore(32)


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    timeout = SECONDS
    server_version, sys_version = "yufang-witness", ""

    def do_POST(self) -> None:
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            length = -1
        if self.path != "/add-checkpoint" or not 0 <= length <= LARGEST_REQUEST:
            self.close_connection = True
            self._answer(404 if self.path != "/add-checkpoint" else 400, "not a request to a witness\n")
            return
        body = self.rfile.read(length)
        try:
            with self.server.busy:
                line = self.server.state.cosign(body, self.server.logs, self.server.signer, int(time.time()))
            self._answer(200, line)
        except Refusal as refusal:
            self._answer(refusal.status, refusal.body, refusal.content_type)
        except sqlite3.Error as error:
            self.log_error("the state can't be written: %s", error)
            self._answer(503, "the witness's state can't be written\n")

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/key":
            self._answer(200, f"{self.server.signer.key}\n")
            return
        origin = parse_qs(parts.query).get("origin", [""])[0]
        note = self.server.state.note(origin) if parts.path == "/witnessed" else None
        self._answer(200 if note else 404, note or "not there\n")

    def _answer(self, status: int, body: str, content_type: str = TEXT) -> None:
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: who asks is nobody's business, and what was cosigned stands in the state."""
