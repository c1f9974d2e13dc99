"""The node's heart: readings in, events out, both written before anybody else is told of them.

Nothing here waits for a network. `tick` runs some times a second: it takes what connectors emitted, runs the rules,
lets outputs follow, and commits; every `batch_s` it seals the journal into a batch together with the rules' state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson

from yufang.edge.clock import NodeClock
from yufang.edge.config import EdgeConfig, channels_of
from yufang.edge.connectors.contract import Sample, Trouble
from yufang.edge.intake import Intake
from yufang.edge.outbox import Outbox, OutboxFull
from yufang.edge.rules import Rules, plain
from yufang.edge.zones import ZoneFile
from yufang.sensing.detectors.contract import Event, Snapshot
from yufang.sensing.readings import Readings

MOST_HELD = 300_000  # readings kept in memory while nothing can be written; the oldest go first, and it is told
MOST_HELD_EVENTS = 50_000
_TIDY_S = 600.0
_SNAPSHOT_S = 60.0
_RETRY_S = 1.0
_WRITE_S = 0.5
_COMMIT_READINGS = 20_000


class Node:
    """Everything of a node that needs no network: intake, rules, outbox, clock."""

    def __init__(
        self,
        config: EdgeConfig,
        *,
        clock: NodeClock | None = None,
        rules: Sequence[Mapping[str, Any]] | None = None,
        follow: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self.config = config
        self.follow = follow
        self.outbox = Outbox(
            config.home / "outbox.db",
            limit_bytes=config.outbox.limit_mb * 1024 * 1024,
            keep_acked_s=config.outbox.keep_sent_h * 3600,
        )
        self.clock = clock or NodeClock(config.clock.tolerance_s, not_before_us=self.outbox.last_time_us())
        today = datetime.fromtimestamp(self.clock.now_us() / 1e6, UTC).date()
        self.channels = channels_of(config, today)
        self.keys = [channel.key for channel in self.channels]
        connectors = {connector.name: connector for connector in config.connectors}
        self.intake = Intake(self.channels, connectors, tolerance_s=config.clock.tolerance_s)
        self.zones = ZoneFile(config.home)
        asked = list(config.rules) if rules is None else rules
        self.rules = Rules(asked, self.channels, self.rule_fault, self.zones.resolved)
        self.started_us = self.clock.now_us()
        self.events_told = 0
        self._held: deque[Readings] = deque()
        self._held_count = 0
        self._held_events: list[dict[str, Any]] = []
        self._lost: list[dict[str, Any]] = []
        self._lost_readings = 0
        begun = self.clock.monotonic()
        self._next_commit = begun + config.outbox.commit_s
        self._next_seal = begun + config.outbox.batch_s
        self._next_tidy = begun + _TIDY_S
        self._next_snapshot = begun + _SNAPSHOT_S
        self._retry = begun
        self._restore()

    # ── what others call ──────────────────────────────────────────────────────────────────────────────────────────

    def take(self, connector: str, sample: Sample) -> None:
        """One sample of a connector. Never raises."""
        self.intake.take(connector, sample, self.clock.now_us(), self.clock.skewed)

    def trouble(self, told: Trouble) -> None:
        """Keep what a connector or an output told."""
        self.outbox.note(told.source, told.where, told.kind, told.zh, told.en, self.clock.now_us(), told.times)

    def rule_fault(self, rule: str, zh: str, en: str) -> None:
        """Keep what went wrong with a rule."""
        self.outbox.note(f"rule {rule}", "", "failed", zh, en, self.clock.now_us())

    def tick(self) -> list[Event]:
        """Take what has come, judge it, write it. Returns the events told."""
        now_us, now = self.clock.now_us(), self.clock.monotonic()
        self.intake.silent(now_us, self.started_us)
        readings = self.intake.readings()
        events = self.rules.update(readings) if len(readings) else []
        for event in events:
            self.follow(event)  # the siren first: writing may have to wait for the disk
        self._hold(readings, events, now_us)
        if now >= self._next_commit or (self._held_events and now >= self._retry):
            self._next_commit = now + self.config.outbox.commit_s
            self._commit(now_us)
        if now >= self._next_seal:
            self._next_seal = now + self.config.outbox.batch_s
            self.seal()
        if now >= self._next_tidy:
            self._next_tidy = now + _TIDY_S
            self.outbox.forget(now_us)
        return events

    def seal(self, *, snapshot: bool = False) -> None:
        """Write what is held and close the batch; with `snapshot` (or when one is due) keep the rules' state too."""
        now_us, now = self.clock.now_us(), self.clock.monotonic()
        self._commit(now_us)
        # While something is held the rules' state runs ahead of the journal: it is not kept then.
        due = (snapshot or now >= self._next_snapshot or self.outbox.disk_full) and not self._held
        try:
            self.outbox.seal(self.keys, now_us, self._snapshots() if due else None, self._lost)
        except OutboxFull:
            return
        self._lost = []
        if due:
            self._next_snapshot = now + _SNAPSHOT_S

    def _snapshots(self) -> dict[str, Snapshot]:
        """With them the journal is let go: what repetitions are known by has to be among them."""
        return self.rules.snapshots() | {"intake": self.intake.snapshot()}

    def change_rules(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Work by other rules from now on; one that is in both goes on from its state."""
        self.seal(snapshot=True)
        states = self.rules.snapshots()
        self.rules = Rules(rules, self.channels, self.rule_fault, self.zones.resolved)
        self.rules.restore(states)
        self.seal(snapshot=True)

    def take_zones(self, told: Mapping[str, Any]) -> list[Event]:
        """Go by other zones of the platform at once; tracks stay, and alarms of zones that are gone are cleared.

        Returns those events. Raises EdgeError for zones that can't be; the old ones then stay.
        """
        if not self.zones.take(told):
            return []
        now_us = self.clock.now_us()
        events = self.rules.change_zones(self.zones.resolved, now_us)
        for event in events:
            self.follow(event)
        self._hold(Readings.empty(), events, now_us)
        self.seal(snapshot=True)
        return events

    def close(self) -> None:
        """Write everything and close the outbox."""
        self.seal(snapshot=True)
        self.outbox.close()

    def open_events(self) -> list[dict[str, Any]]:
        """The events of the episodes that last, as plain data."""
        return [dict(episode.event) for episode in self.outbox.episodes()]

    def status(self) -> dict[str, Any]:
        """How the node stands, as plain data for the page, the command and the platform."""
        state = self.clock.look()
        figures = self.outbox.figures()
        refused = {
            name: {"times": dict(found.times), "examples": found.examples}
            for name, found in self.intake.refused.items()
            if found.times
        }
        return {
            "name": self.config.name,
            "now_us": self.clock.now_us(),
            "started_us": self.started_us,
            "clock": asdict(state) | {"devices_off_s": dict(list(self.intake.device_off_s.items())[:50])},
            "outbox": asdict(figures)
            | {"held_readings": self._held_count, "held_events": len(self._held_events), "lost": self._lost_readings},
            "channels": len(self.channels),
            "silent": self.intake.silent_now,
            "readings": self.intake.taken,
            "events": self.events_told,
            "open": len(self.outbox.episodes()),
            "refused": refused,
            "rules": [
                {"name": r.name, "kind": r.data.get("kind"), "events": r.events, "quarantined": r.quarantined}
                for r in self.rules.rules
            ],
        }

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _restore(self) -> None:
        """The state of the last commit: the rules' snapshots, and the journal played back to them."""
        keys = orjson.dumps(self.keys).decode()
        before = self.outbox.get("keys")
        if before is not None and before != keys:
            # The journal counts channels by the old list: its readings go out by that, the rules start afresh.
            self.outbox.seal(orjson.loads(before), self.clock.now_us(), {})
        if before != keys:
            self.outbox.put("keys", keys)
        states = self.outbox.snapshots()
        self.rules.restore(states)
        self.intake.restore(states.get("intake", {}))
        for readings in self.outbox.journal():
            self.intake.remember(readings)
            # Their events were written with them; a rule that was added since may tell more.
            self._held_events += [plain(event) for event in self.rules.update(readings)]
        self._commit(self.clock.now_us())

    def _hold(self, readings: Readings, events: Sequence[Event], now_us: int) -> None:
        self._held_events += [plain(event) for event in events]
        self.events_told += len(events)
        if len(readings):
            self._held.append(readings)
            self._held_count += len(readings)
        dropped = 0
        while self._held_count > MOST_HELD:
            dropped += len(self._held[0])
            self._held_count -= len(self._held.popleft())
        if dropped:
            self._lost_readings += dropped
            if self._lost and self._lost[-1]["rule"] == "no room to write":
                self._lost[-1]["dropped"] += dropped
            else:
                self._lost.append({"level": -1, "rule": "no room to write", "dropped": dropped, "at_us": now_us})
        del self._held_events[:-MOST_HELD_EVENTS]

    def _commit(self, now_us: int) -> None:
        """Write what is held, the oldest first, in parts that fit into little room.

        Where there is no room for readings, events are written alone; the rest waits. Bounded in time: the rules wait.
        """
        ends = self.clock.monotonic() + _WRITE_S
        while self._held or self._held_events:
            part, count = self._part()
            try:
                self.outbox.commit(Readings.concat(part), self._held_events, now_us)
            except OutboxFull:
                self._retry = self.clock.monotonic() + _RETRY_S
                if not part:
                    return
                try:
                    self.outbox.commit(Readings.empty(), self._held_events, now_us)
                except OutboxFull:
                    return
                self._held_events = []
                return
            for _ in part:
                self._held.popleft()
            self._held_count -= count
            self._held_events = []
            if self.clock.monotonic() > ends:
                return

    def _part(self) -> tuple[list[Readings], int]:
        """The oldest readings that are held, a commit's worth, and how many they are."""
        part: list[Readings] = []
        count = 0
        for readings in self._held:
            if part and count + len(readings) > _COMMIT_READINGS:
                break
            part.append(readings)
            count += len(readings)
        return part, count
