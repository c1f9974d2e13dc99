"""One event loop that owns a node: connectors, the tick, outputs, the exchange with the platform, the local page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from aiohttp import web

from yufang.edge import connectors, outputs
from yufang.edge.bundles import BundleStore
from yufang.edge.config import ConnectorIn, EdgeConfig, limit_notes
from yufang.edge.connectors.contract import Connector, Pushed, Sample, SettingsError, Trouble
from yufang.edge.errors import EdgeError
from yufang.edge.health import application
from yufang.edge.identity import load_key
from yufang.edge.node import Node
from yufang.edge.outputs.contract import Acted
from yufang.edge.rules import check_rules
from yufang.edge.supervision import keep_running
from yufang.edge.switching import Switch
from yufang.edge.sync import Sync
from yufang.sensing.channels import LimitNote
from yufang.sensing.detectors.contract import Event

TICK_S = 0.1
STOP_S = 5.0  # that parts have to end by themselves
_SETTINGS = ("batch_s", "commit_s", "keep_sent_h")  # what the platform may set without a signature


def read_enrolment(config: EdgeConfig) -> dict[str, Any] | None:
    """What the platform told at enrolment: `node_id`, `url`, `signers`; None where the node isn't enrolled."""
    path = config.home / "node.json"
    if not path.exists():
        return None
    try:
        found = orjson.loads(path.read_bytes())
        return {"node_id": int(found["node_id"]), "url": str(found["url"]), "signers": list(found["signers"])}
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise EdgeError(
            f"{path} 读不出来（{error}）；请重新登记：yufang edge enrol。",
            f"{path} can't be read ({error}); enrol anew: yufang edge enrol.",
        ) from error


class Runner:
    """A running node. `run` returns when `stop` is set."""

    def __init__(self, config: EdgeConfig) -> None:
        self.config = config
        self.stop = asyncio.Event()
        self.port = config.health.port
        enrolment = read_enrolment(config)
        self.bundles = BundleStore(config.home, [*config.signers, *(enrolment or {}).get("signers", [])])
        self._refused: dict[str, dict[str, str]] = {}
        self._desired_version = 0
        self._switches: list[Switch] = []
        self.node = Node(config, rules=self._rules(), follow=self._follow)
        self._connectors = [(one, self._connector(one)) for one in config.connectors]
        self._switches += [s for one in config.outputs if (s := self._switch(one)) is not None]
        self.sync: Sync | None = None
        if config.platform is not None and enrolment is not None:
            key = load_key(config.home / "node.key")
            node_id = enrolment["node_id"]
            self.sync = Sync(
                self.node, config.platform, node_id, key, reported=self.reported, desired=self._take_desired
            )
        for event in self.node.open_events():
            self._follow(Event(**event))
        self._note_limits()

    # ── running ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self, ready: Callable[[int], None] = lambda port: None) -> None:
        """Run everything until `stop` is set; then bring outputs to their safe state and write what is left."""
        page = await self._open_page()
        ready(self.port)
        tasks = [asyncio.create_task(self._ticking())]
        for one, connector in self._connectors:
            if connector is not None:
                tasks.append(self._kept(one.name, self._listening(one.name, connector)))
        for switch in self._switches:
            tasks.append(self._kept(switch.settings.name, partial(switch.output.run, self.stop)))
            tasks.append(self._kept(switch.settings.name, partial(switch.run, self.stop)))
        if self.sync is not None:
            tasks.append(self._kept("platform", partial(self.sync.run, self.stop)))
        await self.stop.wait()
        for switch in self._switches:
            switch.wake()
        _, late = await asyncio.wait(tasks, timeout=STOP_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await page.cleanup()
        self.node.close()

    async def _ticking(self) -> None:
        """Tick until `stop`. Nothing that a tick raises ends the node."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not self.stop.is_set():
            try:
                if self.node.tick() and self.sync is not None:
                    self.sync.wake.set()
                self.node.clock.look()
            except Exception as error:
                zh, en = f"内部错误：{error}", f"internal error: {type(error).__name__}: {error}"
                self.node.outbox.note("node", "tick", "failed", zh, en, self.node.clock.now_us())
            due = max(due + TICK_S, loop.time())
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _kept(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        def failed(error: Exception, pause: float) -> None:
            zh, en = getattr(error, "zh", ""), getattr(error, "en", "")
            again = f"，{pause:.1f} 秒后重试" if pause else "，不再重试"
            self.node.outbox.note(
                name,
                "task",
                "failed",
                f"{zh or error}{again}",
                f"{en or f'{type(error).__name__}: {error}'}; " + (f"again in {pause:.1f} s" if pause else "given up"),
                self.node.clock.now_us(),
            )

        return asyncio.create_task(keep_running(work, self.stop, failed))

    def _listening(self, name: str, connector: Connector) -> Callable[[], Awaitable[None]]:
        def emit(sample: Sample) -> None:
            self.node.take(name, sample)

        return lambda: connector.run(emit, self.stop)

    async def _open_page(self) -> web.AppRunner:
        pushed: list[Any] = [c for _, c in self._connectors if isinstance(c, Pushed)]
        page = web.AppRunner(application(self.status, pushed), access_log=None)
        await page.setup()
        site = web.TCPSite(page, self.config.health.host, self.config.health.port)
        try:
            await site.start()
        except OSError as error:
            host, port = self.config.health.host, self.config.health.port
            await page.cleanup()
            raise EdgeError(
                f"health：不能在 {host}:{port} 上监听（{error.strerror}）；请换一个端口。",
                f"health: can't listen on {host}:{port} ({error.strerror}); choose another port.",
                field="health.port",
            ) from error
        self.port = page.addresses[0][1]
        return page

    # ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _connector(self, one: ConnectorIn) -> Connector | None:
        """The connector, or None with its reason told: a wrong one doesn't keep the others from starting."""
        try:
            return connectors.build(one.kind, one.name, one.settings, self.node.trouble)
        except (SettingsError, ImportError) as error:
            self._told(one.name, error)
            return None

    def _switch(self, one: Any) -> Switch | None:
        try:
            output = outputs.build(one.kind, one.name, one.settings, self.node.trouble)
        except (SettingsError, ImportError) as error:
            self._told(one.name, error)
            return None
        return Switch(one, output, self._acted)

    def _told(self, name: str, error: Exception) -> None:
        zh, en = getattr(error, "zh", ""), getattr(error, "en", "")
        if isinstance(error, ImportError):
            zh = f"缺少组件 {error.name}；请安装：pip install 'yufang[edge]'"
            en = f"{error.name} is missing; install it: pip install 'yufang[edge]'"
        now = self.node.clock.now_us()
        self.node.trouble(Trouble(name, "failed", "settings", zh or str(error), en or str(error), now))

    def _note_limits(self) -> None:
        """Say which channels have no limit of a standard, or one of a table that no longer holds."""
        now_us = self.node.clock.now_us()
        today = datetime.fromtimestamp(now_us / 1e6, UTC).date()
        by_code: dict[str, list[tuple[str, LimitNote]]] = {}
        for key, note in limit_notes(self.config, today):
            by_code.setdefault(note.code, []).append((key, note))
        for code, found in by_code.items():
            keys, note = ", ".join(key for key, _ in found[:10]), found[0][1]
            more = " …" if len(found) > 10 else ""
            zh = f"{len(found)} 个通道（{keys}{more}）：{note.zh}"
            self.node.outbox.note(
                "limits", code, "limits", zh, f"{len(found)} channels ({keys}{more}): {note.en}", now_us
            )

    def _acted(self, name: str, acted: Acted) -> None:
        if acted.state == "failed":
            self.node.outbox.note(name, "act", "failed", acted.zh, acted.en, self.node.clock.now_us())

    def _follow(self, event: Event) -> None:
        for switch in self._switches:
            switch.follow(event)

    def _rules(self) -> list[Any]:
        """The rules of the bundle at work, else those of the configuration."""
        bundle = self.bundles.installed().get("rules")
        rules = list(self.config.rules) if bundle is None else bundle.rules()
        resolved = []
        for rule in rules:
            try:
                resolved.append(self.bundles.resolved(rule))
            except EdgeError:
                resolved.append(rule)  # its detector says what is missing, and only that rule is out
        return resolved

    # ── desired and reported ──────────────────────────────────────────────────────────────────────────────────────

    def reported(self) -> dict[str, Any]:
        """What the node is like: for the platform to compare with what it should be like."""
        outbox = self.node.config.outbox
        return {
            "desired_version": self._desired_version,
            "settings": {name: getattr(outbox, name) for name in _SETTINGS},
            "bundles": [
                {"kind": b.kind, "name": b.name, "version": b.version, "sha256": b.sha256, "signer": b.signer}
                for b in self.bundles.installed().values()
            ],
            "refused": list(self._refused.values()),
        }

    async def _take_desired(self, wanted: dict[str, Any], fetch: Callable[[str], Awaitable[bytes]]) -> None:
        """Become what the platform wants, part by part; what is refused is reported with its reason."""
        version = wanted.get("version")
        at_work = {bundle.sha256 for bundle in self.bundles.installed().values()}
        self._refused = {k: v for k, v in self._refused.items() if v["version"] == str(version)}
        self._take_settings(wanted.get("settings"), str(version))
        for one in wanted.get("bundles") or []:
            sha256 = str(one.get("sha256", ""))
            if sha256 in at_work or f"bundle {sha256}" in self._refused:
                continue
            try:
                self.install(await fetch(sha256))
            except EdgeError as error:
                self._refuse(f"bundle {sha256}", str(version), error)
        if isinstance(version, int):
            self._desired_version = version

    def install(self, data: bytes) -> None:
        """Put a bundle to work, tried on this node's channels first. Raises EdgeError; the old one then stays."""
        bundle = self.bundles.check(data)
        if bundle.kind == "rules":
            check_rules([self.bundles.resolved(rule) for rule in bundle.rules()], self.node.channels)
        self.bundles.install(data)
        self.node.change_rules(self._rules())

    def _take_settings(self, settings: Any, version: str) -> None:
        if not isinstance(settings, dict) or not settings:
            return
        unknown = set(settings) - set(_SETTINGS)
        try:
            if unknown:
                raise EdgeError(
                    f"平台不能设置 {'、'.join(sorted(unknown))}；请在节点的配置文件中设置，或用签名包。",
                    f"the platform can't set {', '.join(sorted(unknown))}: use the node's file, or sign a bundle.",
                )
            outbox = self.config.outbox.model_validate(self.config.outbox.model_dump() | settings)
        except ValueError as error:
            told = error if isinstance(error, EdgeError) else EdgeError(f"设置无效：{error}", f"not valid: {error}")
            self._refuse("settings", version, told)
            return
        self.node.config = self.node.config.model_copy(update={"outbox": outbox})

    def _refuse(self, what: str, version: str, error: EdgeError) -> None:
        self._refused[what] = {"what": what, "version": version, "zh": error.zh, "en": error.en}
        self.node.outbox.note("platform", what, "refused", error.zh, error.en, self.node.clock.now_us())

    # ── how it stands ─────────────────────────────────────────────────────────────────────────────────────────────

    def status(self) -> dict[str, Any]:
        """How the node stands, for its page."""
        return self.node.status() | {
            "platform": None if self.sync is None else asdict(self.sync.state),
            "bundles": [f"{b.kind} {b.name} {b.version}" for b in self.bundles.installed().values()],
            "connectors": [_connector_row(one, connector) for one, connector in self._connectors],
            "outputs": [_output_row(switch) for switch in self._switches],
            "troubles": [
                trouble | {"last": _when(trouble["last_us"]), "first": _when(trouble["first_us"])}
                for trouble in self.node.outbox.troubles()
            ],
            "memory_mb": memory_mb(),
            "processor_s": round(time.process_time(), 1),
        }


def _connector_row(one: ConnectorIn, connector: Connector | None) -> dict[str, Any]:
    if connector is None:
        return {"name": one.name, "kind": one.kind, "connected": False, "samples": 0, "refused": 0, "last": "–"}
    found = connector.status
    return {
        "name": one.name,
        "kind": one.kind,
        "connected": found.connected,
        "samples": found.samples,
        "refused": found.refused,
        "reconnects": found.reconnects,
        "channels": found.channels,
        "last": _when(found.last_sample_us),
    }


def _output_row(switch: Switch) -> dict[str, Any]:
    last = switch.last
    return {
        "name": switch.settings.name,
        "kind": switch.settings.kind,
        "wanted": switch.wanted,
        "state": switch.state,
        "last": "–" if last is None else f"{last.state} {last.took_s:.3f} s {last.zh} {last.en}".strip(),
    }


def _when(us: int | None) -> str:
    return "–" if us is None else datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")


def memory_mb() -> float:
    """Resident memory of this process, in MB; 0 where the system doesn't tell."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return round(int(line.split()[1]) / 1024, 1)
    except OSError:
        pass
    return 0.0
