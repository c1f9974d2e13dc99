"""The node's rules: each detector for itself, so that one that fails stops nothing.

A rule is the configuration of one detector (`{"kind": "limits", …}`). A rule that raises is put back to its state at
the last seal and tried again with the next readings; after three failures in a row it is quarantined with its reason
until the configuration changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from yufang.edge.errors import EdgeError
from yufang.edge.zones import KIND, asks, without_zones
from yufang.sensing.channels import Channel
from yufang.sensing.detectors.contract import Event, Snapshot
from yufang.sensing.errors import SensingError
from yufang.sensing.readings import Readings

MOST_FAILURES = 3
FRESH_S = 10.0  # a tag that was last heard longer ago has no position to tell
Fault = Callable[[str, str, str], None]  # rule, zh, en


@dataclass(slots=True)
class Rule:
    """One detector of the node, how it stands, and its state at the last seal."""

    name: str
    data: Mapping[str, Any]
    engine: Any  # EngineContract; None where it could not be built
    kept: Snapshot = field(default_factory=dict)
    failures: int = 0
    quarantined: str = ""  # the reason, "" while it runs
    events: int = 0
    asked: Mapping[str, Any] = field(default_factory=dict)  # as it was given, before zones were put in


class Rules:
    """All rules over the node's channels."""

    def __init__(
        self,
        rules: Sequence[Mapping[str, Any]],
        channels: Sequence[Channel],
        fault: Fault,
        resolved: Callable[[Mapping[str, Any]], dict[str, Any]] = dict,
    ) -> None:
        self._fault, self._channels, self._resolved = fault, channels, resolved
        self.rules = [self._build(i, data) for i, data in enumerate(rules)]

    def update(self, readings: Readings) -> list[Event]:
        """Events that the readings tell, by event time; a rule that fails is passed over."""
        found: list[Event] = []
        for rule in self.rules:
            if rule.engine is None or rule.quarantined:
                continue
            try:
                told = rule.engine.update(readings)
            except Exception as error:  # whatever a rule does, the others go on
                self._failed(rule, error)
                continue
            rule.failures = 0
            rule.events += len(told)
            found += told
        return sorted(found, key=lambda event: event.at)

    def fixes(self, now_us: int) -> list[dict[str, Any]]:
        """Where the tags are that were heard just now: tag, x, y, sd_m, floor, at; of the rules of positions."""
        found: list[dict[str, Any]] = []
        for detector in self._positions():
            now = detector.at(now_us)
            for n in (now.known & (now.age_s < FRESH_S)).nonzero()[0].tolist():
                found.append(
                    {
                        "tag": detector.tracker.tags[n].key,
                        "at": now_us,
                        "x": round(float(now.place[n, 0]), 3),
                        "y": round(float(now.place[n, 1]), 3),
                        "sd_m": round(float(now.sd[n]), 3),
                        "floor": int(now.floor[n]),
                    }
                )
        return found

    def change_zones(self, resolved: Callable[[Mapping[str, Any]], dict[str, Any]], now_us: int) -> list[Event]:
        """Let rules of positions that ask for the platform's zones go by what `resolved` makes of them now."""
        from yufang.sensing.positions.zones import read_zones

        found: list[Event] = []
        for rule in self.rules:
            if not asks(rule.asked):
                continue
            rule.data = resolved(rule.asked)
            if rule.engine is not None and not rule.quarantined:
                for detector in rule.engine.detectors:
                    found += detector.change_zones(read_zones(rule.data["zones"]), now_us)
        return found

    def _positions(self) -> list[Any]:
        live = (r for r in self.rules if r.data.get("kind") == KIND and r.engine is not None and not r.quarantined)
        return [detector for rule in live for detector in rule.engine.detectors]

    def snapshots(self) -> dict[str, Snapshot]:
        """The state of every rule that runs; kept as what a rule that fails goes back to."""
        for rule in self.rules:
            if rule.engine is not None and not rule.quarantined:
                rule.kept = rule.engine.snapshot()
        return {f"rule.{rule.name}": rule.kept for rule in self.rules if rule.kept}

    def restore(self, snapshots: Mapping[str, Snapshot]) -> None:
        """Put states back; a rule whose state doesn't fit (it was changed) starts afresh."""
        for rule in self.rules:
            state = snapshots.get(f"rule.{rule.name}")
            if rule.engine is None or state is None:
                continue
            try:
                rule.engine.restore(state)
                rule.kept = state
            except (SensingError, ValueError, KeyError) as error:
                self._fault(
                    rule.name,
                    f"规则已变更，原状态不再适用，从头开始：{_zh(error)}",
                    f"the rule was changed, its old state no longer fits; it starts afresh: {_en(error)}",
                )

    def running(self) -> int:
        """How many rules look at readings."""
        return sum(rule.engine is not None and not rule.quarantined for rule in self.rules)

    def _build(self, place: int, data: Mapping[str, Any]) -> Rule:
        name = str(data.get("name") or data.get("kind") or place)
        rule = Rule(name=name, data=self._resolved(data), engine=None, asked=data)
        try:
            rule.engine = build_engine(rule.data, self._channels)
        except Exception as error:
            rule.quarantined = _en(error)
            self._fault(name, f"规则无法使用：{_zh(error)}", f"the rule can't be used: {_en(error)}")
        return rule

    def _failed(self, rule: Rule, error: Exception) -> None:
        rule.failures += 1
        if rule.failures >= MOST_FAILURES:
            rule.quarantined = f"{type(error).__name__}: {error}"
            self._fault(
                rule.name,
                f"规则连续出错 {rule.failures} 次，已隔离：{error}",
                f"the rule failed {rule.failures} times in a row and is quarantined: {error}",
            )
            return
        self._fault(rule.name, f"规则出错，已跳过：{error}", f"the rule failed and was passed over: {error}")
        try:
            rule.engine = build_engine(rule.data, self._channels)
            if rule.kept:
                rule.engine.restore(rule.kept)
        except Exception as again:
            rule.quarantined = f"{type(again).__name__}: {again}"


def build_engine(data: Mapping[str, Any], channels: Sequence[Channel]) -> Any:
    """An engine with the one detector of `data`, without numba. Raises SensingError."""
    from yufang.sensing.detectors import Engine

    return Engine.from_config({"detectors": [dict(data)]}, channels, jit=False)


def check_rules(rules: Any, channels: Sequence[Channel]) -> None:
    """Raise EdgeError where a rule of a bundle or of a desired configuration can't be built for this node."""
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, dict) for rule in rules):
        raise EdgeError("规则应为列表，每项一条规则。", "rules should be a list, one rule an item.", field="rules")
    for place, rule in enumerate(rules):
        try:
            build_engine(without_zones(rule), channels)
        except Exception as error:
            zh, en = f"第 {place + 1} 条规则：{_zh(error)}", f"rule {place + 1}: {_en(error)}"
            raise EdgeError(zh, en, field="rules") from error


def plain(event: Event) -> dict[str, Any]:
    """An event as plain data."""
    return asdict(event)


def _zh(error: Exception) -> str:
    return "；".join(error.zh) if isinstance(error, SensingError) else str(error)


def _en(error: Exception) -> str:
    return f"{error.message}; {error.way_out}" if isinstance(error, SensingError) else str(error)
