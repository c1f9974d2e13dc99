"""Zones that the platform draws, for rules of positions that say `zones: platform`; kept for starts without network."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from yufang.edge.errors import EdgeError

KIND, FROM_PLATFORM = "positions", "platform"
MOST_ZONES = 2_000


def asks(rule: Mapping[str, Any]) -> bool:
    """Whether a rule goes by the platform's zones."""
    return rule.get("kind") == KIND and rule.get("zones") == FROM_PLATFORM


def without_zones(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule that asks for the platform's zones as if there were none: to see whether the rest of it holds."""
    return {n: v for n, v in rule.items() if n != "site_plan"} | {"zones": []} if asks(rule) else dict(rule)


class ZoneFile:
    """`zones.json` in the node's home: the zones that the platform told last."""

    def __init__(self, home: Path) -> None:
        self._path = home / "zones.json"
        self.sha256, self.zones = "", []  # type: str, list[dict[str, Any]]
        try:
            found = orjson.loads(self._path.read_bytes())
            self.sha256, self.zones = str(found["sha256"]), list(found["zones"])
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
            pass  # none yet, or not whole: the platform tells them again

    def wanted(self, rules: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
        """What to ask the platform: of which plan, and which zones are here; None where no rule asks."""
        asking = [rule for rule in rules if asks(rule)]
        return {"site_plan": asking[0].get("site_plan"), "sha256": self.sha256} if asking else None

    def resolved(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """The rule as its detector takes it."""
        if not asks(rule):
            return dict(rule)
        return {name: value for name, value in rule.items() if name != "site_plan"} | {"zones": self.zones}

    def take(self, told: Mapping[str, Any]) -> bool:
        """Keep other zones. False where they are those that are here. Raises EdgeError for what is no list of zones."""
        from yufang.sensing.positions.errors import PositionError
        from yufang.sensing.positions.zones import read_zones

        sha256, zones = told.get("sha256"), told.get("zones")
        if not isinstance(sha256, str) or not isinstance(zones, list) or len(zones) > MOST_ZONES:
            raise EdgeError("平台给出的区域无法读取；仍用原有区域。", "the zones can't be read; the old ones stay.")
        if sha256 == self.sha256:
            return False
        try:
            read_zones(zones)
        except PositionError as error:
            raise EdgeError(f"{error.zh[0]}；仍用原有区域。", f"{error.message}; the old zones stay.") from error
        part = self._path.with_suffix(".part")
        part.write_bytes(orjson.dumps({"sha256": sha256, "zones": zones}))
        os.replace(part, self._path)
        self.sha256, self.zones = sha256, zones
        return True
