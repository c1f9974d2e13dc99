"""Pages of lists."""

from __future__ import annotations

from typing import Annotated

from ninja import Query

Page = Annotated[int, Query(1, ge=1, le=100_000)]
Size = Annotated[int, Query(20, ge=1, le=200)]


def window(page: int, size: int) -> slice:
    """The rows of `page`, counted from 1."""
    return slice((page - 1) * size, page * size)
