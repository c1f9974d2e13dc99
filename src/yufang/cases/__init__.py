"""Injury narratives: normalise, code with a calibrated probability, explain; train and evaluate coders.

`train` and `code_frame` are for tables (see `frames`), `Coder` for lists of texts (see `coder`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yufang.later import later

if TYPE_CHECKING:
    from yufang.cases.coder import Coder
    from yufang.cases.errors import CoderError
    from yufang.cases.frames import TrainedCoder, code_frame, train
    from yufang.cases.store import load_coder, save_coder

__all__ = ["Coder", "CoderError", "TrainedCoder", "code_frame", "load_coder", "save_coder", "train"]

__getattr__ = later(
    __name__,
    {
        "Coder": "coder",
        "CoderError": "errors",
        "TrainedCoder": "frames",
        "code_frame": "frames",
        "load_coder": "store",
        "save_coder": "store",
        "train": "frames",
    },
)
