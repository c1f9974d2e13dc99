"""Connectors: one folder each, imported only when a node's settings name it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from yufang.edge.connectors.contract import (
    Answer,
    Connector,
    Emit,
    Pushed,
    Sample,
    SettingsError,
    Status,
    Tell,
    Trouble,
)

KINDS = {
    "http": "yufang.edge.connectors.http",
    "modbus": "yufang.edge.connectors.modbus",
    "mqtt": "yufang.edge.connectors.mqtt",
    "opcua": "yufang.edge.connectors.opcua",
    "replay": "yufang.edge.connectors.replay",
    "sparkplug": "yufang.edge.connectors.sparkplug",
}

__all__ = [
    "KINDS",
    "Answer",
    "Connector",
    "Emit",
    "Pushed",
    "Sample",
    "SettingsError",
    "Status",
    "Tell",
    "Trouble",
    "build",
]


def build(kind: str, name: str, settings: Mapping[str, Any], tell: Tell) -> Connector:
    """The connector `name` of one kind from its settings; imports nothing of the other kinds. Raises SettingsError."""
    if kind not in KINDS:
        known = "、".join(KINDS)
        raise SettingsError(
            f"连接器 {name}：没有种类“{kind}”，可用：{known}。",
            f"Connector {name}: no kind {kind!r}; there are {', '.join(KINDS)}.",
        )
    connector: Connector = importlib.import_module(KINDS[kind]).make(name, settings, tell)
    return connector
