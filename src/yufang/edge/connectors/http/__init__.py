"""HTTP: JSON polled from a device, or pushed by one to the node's local page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yufang.edge.connectors.contract import Connector, SettingsError, Tell


def make(name: str, settings: Mapping[str, Any], tell: Tell) -> Connector:
    """The connector of these settings: `mode` is poll (the default) or push. Raises SettingsError."""
    rest = {key: value for key, value in settings.items() if key != "mode"}
    match settings.get("mode", "poll"):
        case "poll":
            from yufang.edge.connectors.http.poll import make_poll

            return make_poll(name, rest, tell)
        case "push":
            from yufang.edge.connectors.http.push import make_push

            return make_push(name, rest, tell)
        case other:
            raise SettingsError(
                f"http {name}：mode = {other!r}：只能是 poll 或 push。", f"http {name}: mode = {other!r}: poll or push."
            )
