"""The one way a command tells a person that something is wrong with what they gave it."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text


class UserError(Exception):
    """Bad input: what is wrong (names the field, the value, the rule) and the way out.

    Floor 1 raises its own ValueError sub-classes; commands translate them into this.
    """

    def __init__(self, message: str, way_out: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out


def report(error: UserError) -> None:
    """Print `error` to standard error as one message."""
    console = Console(stderr=True, soft_wrap=True)
    console.print(Text("error: ", style="bold red") + Text(error.message))
    if error.way_out:
        console.print(Text("  way out: ", style="bold") + Text(error.way_out))
