"""Local outputs: what a site does about an event when no network is there."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from yufang.edge.connectors.contract import SettingsError, Tell
from yufang.edge.outputs.contract import Acted, Output

KINDS = {
    "http": "yufang.edge.outputs.http",
    "modbus": "yufang.edge.outputs.modbus",
    "mqtt": "yufang.edge.outputs.mqtt",
}

__all__ = ["KINDS", "Acted", "Output", "build"]


def build(kind: str, name: str, settings: Mapping[str, Any], tell: Tell) -> Output:
    """The output `name` of one kind from its settings; imports nothing of the other kinds. Raises SettingsError."""
    if kind not in KINDS:
        known = "、".join(KINDS)
        raise SettingsError(
            f"输出 {name}：没有种类“{kind}”，可用：{known}。",
            f"Output {name}: no kind {kind!r}; there are {', '.join(KINDS)}.",
        )
    output: Output = importlib.import_module(KINDS[kind]).make(name, settings, tell)
    return output
