"""What a host knows of the nodes it hears: their births, aliases and sequence. Pure: no network, no clock.

Source: Eclipse Sparkplug Specification 3.0.0, sections 4 (topics), 5 (operational behaviour) and 6.4 (payload).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from yufang.edge.connectors.sparkplug.payload import Metric, Payload, typed

MOST_NODES = 2_000


@dataclass(slots=True)
class Heard:
    """What one message gave: values to emit, channels that went silent, whether a rebirth must be asked for and why."""

    values: list[tuple[str, str, Metric]] = field(default_factory=list)  # device ("" the node), metric name, metric
    silent: list[tuple[str, str]] = field(default_factory=list)  # device, metric name
    rebirth: str | None = None
    unknown: int = 0  # metrics without a birth


@dataclass(slots=True)
class Node:
    """One edge-of-network node: alias → name and datatype for each device, the last sequence number, its birth."""

    born: bool = False
    seq: int | None = None
    bd_seq: int | None = None
    names: dict[str, dict[str, int]] = field(default_factory=dict)  # device → name → datatype
    aliases: dict[int, tuple[str, str]] = field(default_factory=dict)  # alias → device, name: unique within a node


class Nodes:
    """All nodes of one connector, at most `MOST_NODES`; each at most `most_metrics` metrics."""

    def __init__(self, most_metrics: int = 1_000) -> None:
        self._nodes: dict[tuple[str, str], Node] = {}
        self._most = most_metrics

    def __contains__(self, node: tuple[str, str]) -> bool:
        return node in self._nodes

    def known(self) -> list[tuple[str, str]]:
        """Group and node of all that were heard."""
        return list(self._nodes)

    def forget(self) -> None:
        """After a lost connection: a message may have been missed, so every node must be born again."""
        for node in self._nodes.values():
            node.born = False
            node.seq = None

    def hear(self, group: str, kind: str, node: str, device: str, payload: Payload) -> Heard:
        """Take one message of a node. `kind` is NBIRTH, NDATA, NDEATH, DBIRTH, DDATA or DDEATH."""
        key = (group, node)
        if key not in self._nodes:
            if len(self._nodes) >= MOST_NODES:
                return Heard(unknown=len(payload.metrics))
            self._nodes[key] = Node()
        one = self._nodes[key]
        match kind:
            case "NBIRTH":
                return self._birth(one, payload)
            case "NDEATH":
                return self._death(one, payload)
        gap = self._follows(one, payload) if one.born else "no birth was heard"
        match kind:
            case "DBIRTH":
                heard = self._named(one, device, payload)
            case "DDEATH":
                heard = Heard(silent=[(device, name) for name in one.names.get(device, {})])
            case _:
                heard = self._data(one, device, payload)
        if gap is not None:
            # A birth may have been missed, and with it new aliases: from now on only metrics that carry their name
            # are read, until the node is born again.
            one.born = False
            heard.rebirth = gap
        return heard

    def _follows(self, one: Node, payload: Payload) -> str | None:
        """None where the message is the next one; else what is wrong. Numbers run 0 to 255 and around."""
        expected = None if one.seq is None else (one.seq + 1) % 256
        one.seq = payload.seq
        if payload.seq is None:
            return "a message without sequence number"
        if expected is not None and payload.seq != expected:
            return f"sequence {payload.seq} came where {expected} was due"
        return None

    def _birth(self, one: Node, payload: Payload) -> Heard:
        one.names.clear()
        one.aliases.clear()
        one.born, one.seq = True, payload.seq
        one.bd_seq = _bd_seq(payload)
        return self._named(one, "", payload)

    def _named(self, one: Node, device: str, payload: Payload) -> Heard:
        heard = Heard()
        held = sum(len(names) for of, names in one.names.items() if of != device)
        names: dict[str, int] = {}
        one.aliases = {alias: of for alias, of in one.aliases.items() if of[0] != device}
        one.names[device] = names
        for metric in payload.metrics:
            if metric.name is None or held + len(names) >= self._most:
                heard.unknown += 1
                continue
            names[metric.name] = metric.datatype
            if metric.alias is not None:
                one.aliases[metric.alias] = (device, metric.name)
            heard.values.append((device, metric.name, metric))
        return heard

    def _data(self, one: Node, device: str, payload: Payload) -> Heard:
        heard = Heard()
        for metric in payload.metrics:
            name = metric.name
            if name is None and metric.alias is not None and one.born:
                of, name = one.aliases.get(metric.alias, ("", None))
                if of != device:
                    name = None
            datatype = one.names.get(device, {}).get(name) if name is not None else None
            if name is None or datatype is None:
                heard.unknown += 1
                heard.rebirth = "a metric whose birth was not heard"
                continue
            heard.values.append((device, name, typed(metric, datatype)))
        return heard

    def _death(self, one: Node, payload: Payload) -> Heard:
        """A death counts only for the birth with the same bdSeq: one of an earlier session may come late."""
        died = _bd_seq(payload)
        if one.bd_seq is not None and died is not None and died != one.bd_seq:
            return Heard()
        one.born = False
        return Heard(silent=[(device, name) for device, names in one.names.items() for name in names])


def _bd_seq(payload: Payload) -> int | None:
    for metric in payload.metrics:
        if metric.name == "bdSeq" and isinstance(metric.value, float):
            return int(metric.value)
    return None
