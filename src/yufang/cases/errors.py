"""What goes wrong in the room `cases`."""

from __future__ import annotations


class CoderError(ValueError):
    """A coder can't be trained, read or used as asked: `message` says what is wrong, `way_out` what to do."""

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(f"{message} {way_out}")
        self.message = message
        self.way_out = way_out
