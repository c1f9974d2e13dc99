"""Injury narratives: normalise, code with a calibrated probability, explain; train and evaluate coders.

`train` and `code_frame` are for tables (see `frames`), `Coder` for lists of texts (see `coder`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yufang.cases.coder import Coder
    from yufang.cases.errors import CoderError
    from yufang.cases.frames import TrainedCoder, code_frame, train
    from yufang.cases.store import load_coder, save_coder

__all__ = ["Coder", "CoderError", "TrainedCoder", "code_frame", "load_coder", "save_coder", "train"]

_HOMES = {
    "Coder": "coder",
    "CoderError": "errors",
    "TrainedCoder": "frames",
    "code_frame": "frames",
    "load_coder": "store",
    "save_coder": "store",
    "train": "frames",
}


def __getattr__(name: str) -> Any:
    # The contracts are imported all over the server; the kernels behind a coder only where one is used.
    if name not in _HOMES:
        raise AttributeError(name)
    import importlib

    return getattr(importlib.import_module(f"yufang.cases.{_HOMES[name]}"), name)
