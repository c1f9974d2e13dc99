"""Load on loopback: two thousand people at their desks and twenty thousand phones that synchronise.

    python benchmarks/load.py [--users 2000] [--phones 20000] [--seconds 60] [--stages 5] [--pace 0.5,1,2]

Makes a platform of its own in which everybody is signed in, starts the server, opens one event stream for each
person, and then asks in stages: without `--pace` it looks for the highest that holds, first upwards and then between
the last that held and the first that did not, in `--stages` stages. `--pace` is how busy people are: at 1 each opens a
page every 60 seconds (one to three requests; one in ten does something that is written) and each phone synchronises
once in 30 minutes (its reports' answers; every tenth also sends a new report with a photo). Arrivals are drawn ahead
(Poisson) and a request's time counts from when it was due, so that a server that falls behind can't hide it. Prints for
each stage the rate reached, errors, and times of reads and writes; the fastest stage that keeps `--reads-ms`,
`--writes-ms` and no errors is what the machine sustains. Client, server and database share the cores; the processor
time of each is told.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import io
import json
import os
import platform
import random
import resource
import socket
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.load_world import Running, environment, prepare  # noqa: E402

PAGE_EVERY_S = 60.0
SYNC_EVERY_S = 1800.0
WRITES = 0.1  # share of what people do that is written
NEW_REPORT = 0.1  # share of synchronisations that bring a new report
ADDRESSES = 200  # of 127.0.0.0/8, so that limits by address see many phones


def photo(side: int = 640) -> bytes:
    """A photo of about 60 kB: noise over a gradient."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(1)
    base = np.linspace(0, 180, side)[None, :, None] + rng.integers(0, 25, (side, side, 3))
    out = io.BytesIO()
    Image.fromarray(base.astype("uint8")).save(out, "JPEG", quality=75)
    return out.getvalue()


@dataclass
class Stage:
    """What one stage saw: kind (`read`, `write`) and route → milliseconds; refusals and failures by status."""

    times: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    late: int = 0  # answered after the stage ended

    def of(self, kind: str) -> list[float]:
        return sorted(t for (k, _), times in self.times.items() if k == kind for t in times)


def share(times: list[float], part: float) -> float:
    """The value below which `part` of sorted `times` lie; nan of none."""
    return times[min(len(times) - 1, int(part * len(times)))] if times else float("nan")


class Clients:
    """Everybody who asks, over kept-open connections from many loopback addresses."""

    def __init__(self, port: int, world: dict[str, Any], people: list[dict[str, Any]], rng: random.Random) -> None:
        self.base, self.world, self.people, self.rng = f"http://127.0.0.1:{port}", world, people, rng
        self.stage = Stage()
        self.codes: list[str] = []
        self.open_warnings: dict[int, list[int]] = defaultdict(list)
        self.picture = photo()
        self.streams: list[asyncio.Task[None]] = []
        self.events = 0
        self.sessions: list[Any] = []
        self.sent: dict[str, str] = {}  # client id of a report → its code, once acknowledged

    async def open(self) -> None:
        import aiohttp

        for n in range(ADDRESSES):
            connector = aiohttp.TCPConnector(limit=0, local_addr=(f"127.0.{1 + n // 250}.{1 + n % 250}", 0))
            timeout = aiohttp.ClientTimeout(total=60)
            self.sessions.append(aiohttp.ClientSession(connector=connector, timeout=timeout))

    async def close(self) -> None:
        for task in self.streams:
            task.cancel()
        await asyncio.gather(*self.streams, return_exceptions=True)
        for session in self.sessions:
            await session.close()

    async def listen(self) -> None:
        """One event stream for each person, opened a few at a time."""
        gate = asyncio.Semaphore(20)
        opened = asyncio.Event()
        left = len(self.people)

        async def one(n: int, person: dict[str, Any]) -> None:
            nonlocal left
            import aiohttp

            for_ever = aiohttp.ClientTimeout(total=None)
            while True:
                with contextlib.suppress(OSError, aiohttp.ClientError, TimeoutError):
                    async with contextlib.AsyncExitStack() as stack:
                        async with gate:
                            answer = await stack.enter_async_context(
                                self.sessions[n % ADDRESSES].get(
                                    f"{self.base}/api/events", headers={"Cookie": person["cookie"]}, timeout=for_ever
                                )
                            )
                            await answer.content.readline()
                        left -= 1
                        if left <= 0:
                            opened.set()
                        async for line in answer.content:
                            self.events += line.startswith(b"event:")
                await asyncio.sleep(1)

        self.streams = [asyncio.create_task(one(n, p)) for n, p in enumerate(self.people)]
        await opened.wait()

    async def ask(
        self, due: float, kind: str, route: str, method: str, path: str, who: dict[str, Any] | None = None, **sent: Any
    ) -> Any:
        """One request, timed from when it was due; its JSON, or None where it failed."""
        import aiohttp

        headers = {}
        if who is not None:
            headers = {"Cookie": who["cookie"], "X-CSRFToken": who["token"]}
        session = self.sessions[hash(who["name"] if who else path) % ADDRESSES]
        stage = self.stage
        try:
            async with session.request(method, self.base + path, headers=headers, **sent) as answer:
                body = await answer.read()
                status = answer.status
        except (OSError, aiohttp.ClientError, TimeoutError) as error:
            stage.failures[f"{route} {type(error).__name__}"] += 1
            return None
        stage.times[kind, route].append((time.monotonic() - due) * 1000)
        stage.answered += 1
        if status >= 400 and not (status == 409 and method == "POST"):  # somebody else was first
            stage.failures[f"{route} {status}"] += 1
            return None
        return json.loads(body) if status < 400 and body else None

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────────────

    async def page(self, due: float) -> None:
        """A person opens a page, or does something."""
        who = self.rng.choice(self.people)
        if self.rng.random() < WRITES:
            await self.act(due, who)
            return
        home = who["enterprise"] or self.rng.choice(self.world["enterprises"])
        choice = self.rng.random()
        if choice < 0.35:
            page = await self.ask(due, "read", "warnings", "GET", "/api/warnings?page=1&size=20", who)
            for row in (page or {}).get("items", ()):
                if row["state"] in ("open", "raised", "sent"):
                    self.open_warnings[row["enterprise_id"]].append(row["id"])
            now = time.monotonic()
            await self.ask(now, "read", "warnings/counts", "GET", "/api/warnings/counts", who)
        elif choice < 0.6:
            await self.ask(due, "read", "hazards", "GET", "/api/hazards?page=1&size=20", who)
            now = time.monotonic()
            await self.ask(now, "read", "inbox/unread", "GET", "/api/dispatch/inbox/unread", who)
        elif choice < 0.85:
            await self.ask(due, "read", "enterprise", "GET", f"/api/enterprises/{home}", who)
            now = time.monotonic()
            both = (
                self.ask(now, "read", "hazard-points", "GET", f"/api/enterprises/{home}/hazard-points", who),
                self.ask(now, "read", "profile", "GET", f"/api/enterprises/{home}/profile", who),
            )
            await asyncio.gather(*both)
        elif choice < 0.95:
            await self.ask(due, "read", "me", "GET", "/api/auth/me", who)
        else:
            await self.ask(due, "read", "figures", "GET", "/api/hazards/figures", who)

    async def act(self, due: float, who: dict[str, Any]) -> None:
        """Acknowledge a warning, or report a hazard from the desk."""
        home = who["enterprise"]
        if home is not None and self.open_warnings[home] and self.rng.random() < 0.5:
            warning = self.open_warnings[home].pop()
            await self.ask(
                due, "write", "acknowledge", "POST", f"/api/warnings/{warning}/acknowledge", who, json={"note": ""}
            )
            return
        await self.report(due)

    # ── what phones do ────────────────────────────────────────────────────────────────────────────────────────────────

    async def sync(self, due: float) -> None:
        """A phone asks how its report stands, and now and then sends a new one."""
        if self.codes and self.rng.random() >= NEW_REPORT:
            code = self.rng.choice(self.codes)
            await self.ask(due, "read", "follow", "GET", f"/api/report/follow/{code}")
            return
        await self.report(due, with_photo=True)

    async def report(self, due: float, with_photo: bool = False) -> None:
        """Words, then a photo: each until it is acknowledged, the same again being the same report."""
        client, token = str(uuid.UUID(int=self.rng.getrandbits(128), version=4)), self.rng.choice(self.world["tokens"])
        data = self.picture + client.encode()  # each photo has a hash of its own
        digest = hashlib.sha256(data).hexdigest()
        files = [{"id": "p0", "kind": "photo", "sha256": digest, "size": len(data), "type": "image/jpeg"}]
        body = {
            "token": token,
            "words": f"{client[:8]}：通道堆物，防护罩缺失",
            "kind": "housekeeping",
            "named": False,
            "said_at": "2026-06-30T08:00:00Z",
            "spot": {"source": "qr"},
            "files": files if with_photo else [],
        }
        base = f"/api/report/reports/{client}"
        answer = await self.ask(due, "write", "report", "PUT", base, json=body)
        if answer is None:
            return
        if with_photo:
            now = time.monotonic()
            answer = await self.ask(now, "write", "photo", "PUT", f"{base}/files/p0", data=data)
        if answer is not None:
            self.codes.append(answer["code"])
            self.sent[client] = answer["code"]


async def arrivals(rate: float, seconds: float, rng: random.Random, do: Callable[[float], Awaitable[None]]) -> None:
    """Begin `do` at moments drawn ahead, whether or not earlier ones have been answered."""
    if not rate:
        return
    running: set[asyncio.Task[None]] = set()
    due = began = time.monotonic()
    while (due := due + rng.expovariate(rate)) < began + seconds:
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.ensure_future(do(due))
        running.add(task)  # type: ignore[arg-type]
        task.add_done_callback(running.discard)  # type: ignore[arg-type]
    if running:
        await asyncio.wait(running)


async def stage(clients: Clients, asked: argparse.Namespace, pace: float) -> dict[str, Any]:
    """One stage at `pace`; what it saw."""
    clients.stage = seen = Stage()
    began = time.monotonic()
    await asyncio.gather(
        arrivals(asked.users * pace / PAGE_EVERY_S, asked.seconds, clients.rng, clients.page),
        arrivals(asked.phones * pace / SYNC_EVERY_S, asked.seconds, clients.rng, clients.sync),
    )
    took = time.monotonic() - began
    reads, writes = seen.of("read"), seen.of("write")
    return {
        "pace": pace,
        "requests_per_second": round(seen.answered / took, 1),
        "requests": seen.answered,
        "failures": dict(seen.failures),
        "error_rate": round(sum(seen.failures.values()) / max(1, seen.answered), 5),
        **{
            f"{kind}_{name}_ms": round(share(times, part), 1)
            for kind, times in (("read", reads), ("write", writes))
            for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("worst", 1.0))
        },
        "by_route_p95_ms": {
            route: round(share(sorted(times), 0.95), 1) for (_, route), times in sorted(seen.times.items())
        },
    }


def stages(asked: argparse.Namespace, found: list[dict[str, Any]]) -> Iterator[float]:
    """The paces to try; `found` is what was seen so far."""
    if asked.pace:
        yield from (float(part) for part in asked.pace.split(","))
        return
    yield 1.0
    while len(found) < asked.stages:
        held = [one["pace"] for one in found if one["held"]]
        failed = [one["pace"] for one in found if not one["held"]]
        if not failed:
            yield max(held) * 1.6
        else:
            yield round((max((h for h in held if h < min(failed)), default=0.2) + min(failed)) / 2, 2)


def database(home: Path) -> int:
    """The process of the PostgreSQL under `home`."""
    return int(next(home.rglob("postmaster.pid")).read_text().split()[0])


async def measure(
    port: int, server: Running, home: Path, world: dict[str, Any], asked: argparse.Namespace
) -> list[dict[str, Any]]:
    people = world["people"]
    clients = Clients(port, world, people, random.Random(asked.seed))
    await clients.open()
    found: list[dict[str, Any]] = []
    try:
        began = time.monotonic()
        await clients.listen()
        print(f"{len(people)} signed in, their event streams open after {time.monotonic() - began:.0f} s", flush=True)
        await stage(clients, argparse.Namespace(**vars(asked) | {"seconds": min(30.0, asked.seconds)}), 0.5)  # warm-up
        for pace in stages(asked, found):
            served, stored, mine = server.seconds(), server.seconds(database(home)), time.process_time()
            wall = time.monotonic()
            seen = await stage(clients, asked, pace)
            wall = time.monotonic() - wall
            seen["server_cores"] = round((server.seconds() - served) / wall, 2)
            seen["database_cores"] = round((server.seconds(database(home)) - stored) / wall, 2)
            seen["client_cores"] = round((time.process_time() - mine) / wall, 2)
            seen["cpu_ms_per_request"] = round(
                (seen["server_cores"] + seen["database_cores"]) * wall * 1000 / max(1, seen["requests"]), 1
            )
            seen["streamed_events"], clients.events = clients.events, 0
            seen["held"] = holds(seen, asked)
            print(json.dumps(seen, ensure_ascii=False), flush=True)
            found.append(seen)
    finally:
        await clients.close()
    return found


def holds(one: dict[str, Any], asked: argparse.Namespace) -> bool:
    """Whether a stage kept every promise."""
    in_time = one["read_p95_ms"] <= asked.reads_ms and one["write_p95_ms"] <= asked.writes_ms
    return in_time and not one["failures"]


def sustained(found: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The fastest stage that kept every promise."""
    return max((one for one in found if one["held"]), key=lambda one: one["pace"], default=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--phones", type=int, default=20_000)
    parser.add_argument("--enterprises", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pace", default="", help="these stages instead of a search")
    parser.add_argument("--stages", type=int, default=5)
    parser.add_argument("--reads-ms", type=float, default=300.0)
    parser.add_argument("--writes-ms", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", default="", help="more arguments of `yufang serve`")
    asked = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="yufang-load-") as folder:
        os.chmod(folder, 0o755)  # the database's own user goes through it
        home = Path(folder) / "home"
        world = prepare(home, Path(folder) / "run", enterprises=asked.enterprises, users=asked.users)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "yufang.cli", "serve", "--port", str(port), *asked.serve.split()]
        server = Running(command, environment(home), "http://localhost:")
        server.start()
        try:
            found = asyncio.run(measure(port, server, home, world, asked))
        finally:
            server.stop()
    best = sustained(found)
    print(f"{platform.machine()}, {os.cpu_count()} cores for client, server and database")
    print("sustained:", json.dumps(best, ensure_ascii=False) if best else "no stage kept every promise")
    sys.exit(0 if best else 1)


if __name__ == "__main__":
    main()
