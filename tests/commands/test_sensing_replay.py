"""`yufang sensing`: a file goes to the platform batch by batch; what goes wrong is one clear message."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from yufang.commands.errors import UserError
from yufang.commands.sensing import app
from yufang.sensing.readings import Batch, Readings
from yufang.sensing.store import ReadingStore
from yufang.sensing.wire import from_arrow_ipc


class Platform(HTTPServer):
    """Takes batches as the platform does; `troubles` are answered first, one a request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Door)
        self.taken: list[Batch] = []
        self.troubles: list[tuple[int, dict[str, str]]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Door(BaseHTTPRequestHandler):
    server: Platform

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/api/sensing/batches"
        assert self.headers["Authorization"] == "Bearer yfs_x"
        status, told = self.server.troubles.pop(0) if self.server.troubles else (200, self._take(body))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def _take(self, body: bytes) -> dict[str, object]:
        batch = from_arrow_ipc(body)
        self.server.taken.append(batch)
        return {"readings": len(batch.readings), "refused": 0, "again": False, "refusals": []}

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gas.csv"
    rows = "".join(f"2026-06-01T00:0{n}:00Z,gas-1,{n}.5\n" for n in range(6))
    path.write_text("time,channel,value\n" + rows)
    return path


def replay(file: Path, to: str, *more: str, key: str = "yfs_x") -> str:
    found = CliRunner().invoke(app, ["replay", str(file), "--to", to, "--key", key, *more])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


def test_a_file_is_sent_in_batches_of_event_time(platform: Platform, file: Path) -> None:
    said = replay(file, platform.address, "--batch-s", "120", "--unit", "ppm")
    assert "6 readings of 1 channels taken, 0 refused" in said
    assert [batch.readings.value.tolist() for batch in platform.taken] == [[0.5, 1.5], [2.5, 3.5], [4.5, 5.5]]
    assert {(batch.keys, batch.units) for batch in platform.taken} == {(("gas-1",), ("ppm",))}


@pytest.mark.parametrize("ending", ["arrow", "parquet"])
def test_tables_are_replayed_like_text(platform: Platform, file: Path, ending: str) -> None:
    table, path = pl.read_csv(file), file.with_suffix(f".{ending}")
    table.write_ipc(path) if ending == "arrow" else table.write_parquet(path)
    assert "6 readings of 1 channels taken, 0 refused" in replay(path, platform.address)


def test_a_platform_that_is_busy_is_asked_again_and_a_refusal_is_told(platform: Platform, file: Path) -> None:
    platform.troubles = [(503, {})]
    assert "6 readings" in replay(file, platform.address, "--batch-s", "9999")
    platform.troubles = [(401, {"message_en": "no such key", "message_zh": "密钥无效"})]
    with pytest.raises(UserError, match="no such key / 密钥无效"):
        replay(file, platform.address)
    with pytest.raises(UserError, match="no key"):
        replay(file, platform.address, key="")


def test_stores_of_a_home_are_compacted(tmp_path: Path) -> None:
    store = ReadingStore(tmp_path / "readings" / "2")
    store.land("a-1", Readings.of([0], [1_780_000_000_000_000], [1.0]), ["a"])
    found = CliRunner().invoke(app, ["compact", "--home", str(tmp_path), "--keep-days", "36500"])
    assert "1 batches, 1 readings, 0 repeated" in found.output
    assert not list((store.root / "landing").iterdir())
