"""What an output is: something at the site that acts on an event, such as a siren, without the platform.

An output is one folder beside this module with a `Settings` model and a class that satisfies `Output`. It does as it is
told: which events hold it on is the runner's to know. It answers within its own deadline, so that a device that hangs
holds up neither the detectors nor another output.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from yufang.sensing.detectors import Event


@dataclass(frozen=True, slots=True)
class Acted:
    """What became of one order to an output.

    `state`: "done" (the device confirmed it, or reads back as ordered), "sent" (delivered to a device that confirms
    nothing), "failed". `took_s`: seconds from the order to the confirmation.
    """

    output: str
    on: bool
    state: Literal["done", "sent", "failed"]
    took_s: float
    zh: str = ""
    en: str = ""


class Output(Protocol):
    """One actor at the site."""

    name: str

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the connection; when `stop` is set bring the device to its safe state and return."""

    async def act(self, event: Event, on: bool) -> Acted:
        """Switch on or off; `event` is what changed it. Never raises for a device that fails: says so in the answer."""
