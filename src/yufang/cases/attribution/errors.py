"""What goes wrong in attribution."""

from __future__ import annotations

from yufang.cases.errors import CoderError


class AttributionError(CoderError):
    """Patterns, marked data or a model that can't be used: `message` says what is wrong, `way_out` what to do."""
