"""Reports over a bad connection to a server that dies: python benchmarks/report_faults.py [--reports 500] [--kills 2].

A proxy of our own stands between the phones and a real `yufang serve` and cuts every fifth request (a connection each)
after a random number of bytes, upward or downward, so that some requests never arrive whole and the answers of others
are lost. Meanwhile the server is killed with SIGKILL and started again. The phones do what the worker app does: send
until it is answered, first the words, then each declared file. At the end the database and the disk are looked at, not
the answers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import http.client
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PREPARE = """
import json, sys
from pathlib import Path
from tests.server.made import make_run
from yufang.server.config import Config
from yufang.server.serving import platform
with platform(Config()):
    from yufang.server.loading import admit_demo_accounts, load_results
    from yufang.server.places.models import Area
    from yufang.server.scope import Actor, scoped
    loaded = load_results(make_run(Path(sys.argv[1])), Actor.platform())
    admit_demo_accounts(Actor.platform(), loaded.region_id)
    with scoped(Actor.platform()):
        print(json.dumps(list(Area.objects.values_list("token", flat=True))))
"""
CHECK = """
import json, sys
from pathlib import Path
from yufang.server.config import Config
from yufang.server.serving import platform
with platform(Config()):
    from benchmarks.report_faults import looked_at
    print(json.dumps(looked_at(json.loads(Path(sys.argv[1]).read_text()))))
"""


def picture(n: int, side: int = 512) -> bytes:
    """A photo of its own: coloured noise over a gradient, about 90 kB."""
    from PIL import Image

    rng = np.random.default_rng(n)
    base = np.linspace(0, 180, side)[None, :, None] + rng.integers(0, 60, (side, side, 3))
    out = io.BytesIO()
    Image.fromarray(base.astype("uint8")).save(out, "JPEG", quality=80)
    return out.getvalue()


@dataclass
class Proxy:
    """A TCP proxy that cuts a share of the connections at a random place."""

    target: int
    share: float
    rng: random.Random
    port: int = 0
    connections: int = 0
    cut: Counter[str] = field(default_factory=Counter)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def start(self) -> None:
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up, down = await asyncio.open_connection("127.0.0.1", self.target)
            head = await reader.readuntil(b"\r\n\r\n")
        except (OSError, asyncio.IncompleteReadError):
            _abort(writer)  # the server is down
            return
        self.connections += 1
        way = self.rng.choice(["up", "down"]) if self.rng.random() < self.share else ""
        # Upward somewhere within the request, downward before or within the answer, of which nothing whole is left.
        left = {"up": -1, "down": -1}
        if way:
            length = re.search(rb"content-length: (\d+)", head.lower())
            whole = len(head) + int(length[1] if length else 0)
            left[way] = self.rng.randrange(whole) if way == "up" else self.rng.randrange(300)
            self.cut[way] += 1
        if 0 <= left["up"] < len(head):
            _abort(writer)
            _abort(down)
            return
        down.write(head)
        left["up"] -= len(head) if way == "up" else 0
        both = [
            asyncio.create_task(_pump(reader, down, left["up"])),
            asyncio.create_task(_pump(up, writer, left["down"])),
        ]
        # An answer that ends lets the request's side go; a cut of either ends both at once.
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not any(task.result() for task in done) and both[0] in done:
            done, _ = await asyncio.wait(both[1:])
        for task in both:
            task.cancel()
        for one in (writer, down):
            _abort(one) if way else one.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, left: int) -> bool:
    """Carry bytes; True where it was cut after `left` of them (-1: never)."""
    with contextlib.suppress(OSError):
        while data := await source.read(16_384):
            if 0 <= left < len(data):
                sink.write(data[:left])
                await sink.drain()
                return True
            left -= len(data) if left >= 0 else 0
            sink.write(data)
            await sink.drain()
        if left < 0:
            sink.write_eof()
    return left >= 0


def _abort(writer: asyncio.StreamWriter) -> None:
    """Reset, as a phone's network does, not close."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


@dataclass
class Server:
    """`yufang serve` on one port, killed and started again."""

    home: Path
    port: int
    process: subprocess.Popen[str] | None = None
    restarts: list[float] = field(default_factory=list)

    def start(self) -> None:
        began = time.monotonic()
        command = [sys.executable, "-m", "yufang.cli", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=environment(self.home), stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout or ():
            if "http://localhost:" in line:
                self.restarts.append(time.monotonic() - began)
                return
        raise SystemExit(f"the server ended with {self.process.wait()}")

    def kill(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("YUFANG_", "DATABASE_", "DJANGO_"))}
    return kept | {"YUFANG_HOME": str(home), "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@dataclass
class Tally:
    requests: int = 0
    lost: int = 0
    answered: Counter[int] = field(default_factory=Counter)
    complete: int = 0
    seconds: list[float] = field(default_factory=list)
    codes: dict[str, set[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Phone:
    """Sends one report as the worker app does: every request until it is answered."""

    def __init__(self, port: int, tally: Tally, rng: random.Random) -> None:
        self.port, self.tally, self.rng = port, tally, rng

    def send(self, client_id: str, body: dict[str, Any], pictures: list[int]) -> None:
        began = time.monotonic()
        base = f"/api/report/reports/{client_id}"
        answer = self._until_answered(base, json.dumps(body).encode(), client_id)
        photos = [picture(n) for n in pictures]
        by_id = {one["id"]: data for one, data in zip(body["files"], photos, strict=True)}
        while answer["missing"]:
            for missing in answer["missing"]:
                answer = self._until_answered(f"{base}/files/{missing}", by_id[missing], client_id)
        if answer["state"] != "complete":
            raise SystemExit(f"{client_id}: nothing is missing and it is {answer['state']}")
        with self.tally.lock:
            self.tally.complete += 1
            self.tally.seconds.append(time.monotonic() - began)

    def _until_answered(self, path: str, body: bytes, client_id: str) -> dict[str, Any]:
        wait = 0.05
        while True:
            status, found = self._once(path, body)
            with self.tally.lock:
                self.tally.requests += 1
                self.tally.lost += status == 0
                self.tally.answered[status] += 1
            if status == 200:
                with self.tally.lock:
                    self.tally.codes.setdefault(client_id, set()).add(found["code"])
                return found
            if 400 <= status < 500:
                raise SystemExit(f"{path}: {status} {found}")
            time.sleep(wait * self.rng.uniform(0.5, 1.5))
            wait = min(2.0, wait * 2)

    def _once(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("PUT", path, body, {"Content-Type": "application/json", "Connection": "close"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()


def reports(n: int, photos: int, tokens: list[str], rng: random.Random) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for number in range(n):
        pictures = [number * photos + k for k in range(photos)]
        files = []
        for seed in pictures:
            data = picture(seed)
            digest = hashlib.sha256(data).hexdigest()
            files.append({"id": f"p{seed}", "kind": "photo", "sha256": digest, "size": len(data), "type": "image/jpeg"})
        body = {
            "token": tokens[number % len(tokens)],
            "words": f"第 {number} 号上报:通道堆物,防护罩缺失",
            "kind": rng.choice(["housekeeping", "machine_guarding", "vehicles"]),
            "named": False,
            "said_at": "2026-06-30T08:00:00Z",
            "spot": {"source": "qr"},
            "files": files,
        }
        yield str(uuid.UUID(int=rng.getrandbits(128), version=4)), body, pictures


def looked_at(sent: dict[str, Any]) -> dict[str, Any]:
    """What the database and the disk hold of what was sent: {client id: [photo's number, …]}. Inside the platform."""
    from yufang.server import photos as kept
    from yufang.server.hazards.models import Hazard, HazardPhoto
    from yufang.server.ledger.verification import verify_database
    from yufang.server.reports.models import Report, ReportFile
    from yufang.server.scope import Actor, scoped

    with scoped(Actor.platform()):
        rows = {str(r.client_id): r for r in Report.objects.all()}
        hazards = Counter(Hazard.objects.filter(report_id__isnull=False).values_list("report_id", flat=True))
        files = list(ReportFile.objects.select_related("report"))
        shots = Counter(HazardPhoto.objects.values_list("hazard_id", flat=True))
        declared_right = disk_right = picture_right = 0
        for one in files:
            number = int(one.file_id[1:])
            original = picture(number)
            mine = number in sent[str(one.report.client_id)]
            declared_right += mine and hashlib.sha256(original).hexdigest() == one.declared_sha256
            data = kept.file_of(one.sha256).read_bytes() if one.sha256 else b""
            disk_right += hashlib.sha256(data).hexdigest() == one.sha256
            picture_right += kept.redrawn(original).sha256 == one.sha256
        return {
            "reports": len(rows),
            "complete": sum(r.state == "complete" for r in rows.values()),
            "unknown_reports": len(rows.keys() - sent.keys()),
            "hazards": sum(hazards.values()),
            "doubled_hazards": sum(n > 1 for n in hazards.values()),
            "reports_without_hazard": sum(r.hazard_id is None for r in rows.values()),
            "files": len(files),
            "files_arrived": sum(f.arrived_at is not None for f in files),
            "declared_hash_right": declared_right,
            "hash_on_disk_right": disk_right,
            "picture_is_the_one_sent": picture_right,
            "hazard_photos": sum(shots.values()),
            "unfinished_files_on_disk": len(list(kept.folder().rglob("*.part"))),
            "ledger_holds": verify_database().ok,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=500)
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--drop", type=float, default=0.2, help="share of connections that are cut")
    parser.add_argument("--phones", type=int, default=8, help="reports under way at once")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="yufang-faults-"))
    try:
        figures = run(given, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, indent=1))
    n, files = given.reports, given.reports * given.photos
    right = {"reports": n, "complete": n, "hazards": n, "files": files, "files_arrived": files, "hazard_photos": files}
    right |= dict.fromkeys(("declared_hash_right", "hash_on_disk_right", "picture_is_the_one_sent"), files)
    right |= dict.fromkeys(("unknown_reports", "doubled_hazards", "reports_without_hazard", "changed_codes"), 0)
    wrong = {key: figures[key] for key, value in right.items() if figures[key] != value}
    sys.exit(f"wrong: {wrong}" if wrong or not figures["ledger_holds"] else 0)


def run(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    home, rng, tally = folder / "home", random.Random(given.seed), Tally()
    made = subprocess.run(
        [sys.executable, "-c", PREPARE, str(folder / "run")],
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    tokens = json.loads(made.stdout.splitlines()[-1])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(home, port)
    server.start()
    proxy = Proxy(port, given.drop, random.Random(given.seed + 1))
    proxy.start()
    sent: dict[str, list[int]] = {}
    began = time.monotonic()
    killed: list[dict[str, int]] = []
    with ThreadPoolExecutor(given.phones) as pool:
        under_way = []
        for n, (client_id, body, pictures) in enumerate(reports(given.reports, given.photos, tokens, rng)):
            sent[client_id] = pictures
            phone = Phone(proxy.port, tally, random.Random(given.seed * 1000 + n))
            under_way.append(pool.submit(phone.send, client_id, body, pictures))
        for n in range(given.kills):
            while tally.complete < given.reports * (n + 1) / (given.kills + 1):
                time.sleep(0.01)
                for one in under_way:
                    if one.done():
                        one.result()
            killed.append({"complete": tally.complete, "requests": tally.requests})
            server.kill()
            server.start()
        for one in under_way:
            one.result()
    took = time.monotonic() - began
    proxy.stop()
    server.stop()
    (folder / "sent.json").write_text(json.dumps(sent))
    check = subprocess.run(
        [sys.executable, "-c", CHECK, str(folder / "sent.json")],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    if check.returncode:
        raise SystemExit(check.stderr)
    seconds = sorted(tally.seconds)
    return {
        "seconds": round(took, 1),
        "requests": tally.requests,
        "connections_cut": dict(proxy.cut) | {"share": round(proxy.cut.total() / proxy.connections, 3)},
        "requests_without_answer": tally.lost,
        "answers": {str(k): v for k, v in sorted(tally.answered.items())},
        "killed_after": killed,
        "seconds_to_serve_again": [round(s, 1) for s in server.restarts[1:]],
        "report_seconds_median": round(seconds[len(seconds) // 2], 2),
        "report_seconds_max": round(seconds[-1], 2),
        "changed_codes": sum(len(codes) > 1 for codes in tally.codes.values()),
        **json.loads(check.stdout.splitlines()[-1]),
    }


if __name__ == "__main__":
    main()
