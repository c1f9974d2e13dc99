"""The message that outputs send about an event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yufang.sensing.detectors import Event


def message(output: str, event: Event, on: bool) -> bytes:
    """One order as JSON: what to do, and which event changed it. Times in UTC microseconds."""
    return json.dumps(
        {
            "output": output,
            "on": on,
            "event": {
                "key": event.key,
                "episode": event.episode,
                "detector": event.detector,
                "channel": event.channel,
                "kind": event.kind,
                "state": event.state,
                "since": event.since,
                "at": event.at,
                "value": event.value,
                "limit": event.limit,
                "unit": event.unit,
                "reason_zh": event.reason_zh,
                "reason_en": event.reason_en,
            },
        },
        ensure_ascii=False,
    ).encode()


def safe(output: str, on: bool) -> bytes:
    """The message of the safe state: no event behind it."""
    return json.dumps({"output": output, "on": on, "event": None}).encode()
