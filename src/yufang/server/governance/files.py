"""Where models stand on disk: `models/` in the home folder, one file of arrays and one of answers a version."""

from __future__ import annotations

import json
import os
import re
import shutil
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from yufang.cases.errors import CoderError

if TYPE_CHECKING:  # the kernels behind a coder are imported where one is used
    from yufang.cases.coder import Coder

Answer = tuple[str, float]  # code, probability


def folder() -> Path:
    """The models folder; made where there is none, for this user only."""
    found: Path = settings.CONFIG.home.resolve() / "models"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def _safe(version: str) -> str:
    return re.sub(r"[^\w.-]", "_", version)


def arrays_of(version: str) -> Path:
    """The file of a version's arrays."""
    return folder() / f"{_safe(version)}.npz"


def answers_of(version: str) -> Path:
    """The file of what a version says of the gold set and of open cases."""
    return folder() / f"{_safe(version)}.answers.json"


def work_folder(run_id: int) -> Path:
    """An empty folder for one training; it holds narratives and goes when the training ends."""
    place = folder() / f"work-{run_id}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    return place


def adopt(arrays: Path, version: str, answers: dict[str, dict[str, Answer]] | None) -> None:
    """Take a version's files in, each whole or not at all; a file that is there already stays."""
    if answers is not None:
        unfinished = answers_of(version).with_suffix(".part")
        unfinished.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
        os.replace(unfinished, answers_of(version))
    if not arrays_of(version).exists():
        unfinished = arrays_of(version).with_suffix(".part")
        shutil.copyfile(arrays, unfinished)
        os.replace(unfinished, arrays_of(version))


def answers(version: str) -> dict[str, dict[str, Answer]]:
    """What a version said, by part (`gold`, `pending`) and case key; empty where the file is not there."""
    try:
        plain = json.loads(answers_of(version).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {part: {key: (code, p) for key, (code, p) in told.items()} for part, told in plain.items()}


@lru_cache(maxsize=6)
def _load(path: str, changed: int) -> Coder:
    from yufang.cases.store import load_coder

    return load_coder(Path(path))


def coder(version: str) -> Coder | None:
    """The coder of a version; None where its file is missing or can't be read by this version of the program."""
    if not version:
        return None
    path = arrays_of(version)
    try:
        return _load(str(path), path.stat().st_mtime_ns)
    except (OSError, CoderError):
        return None
